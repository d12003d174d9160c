// A fixture that fails a test which leaves descriptors or children behind.
#pragma once

#include <cerrno>
#include <vector>

#include <sys/wait.h>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"

namespace baton::unit {

class nothing_left {
 public:
  nothing_left() : before_{os::list_open_descriptors()} {}
  ~nothing_left() {
    BOOST_TEST(os::list_open_descriptors() == before_, boost::test_tools::per_element());
    siginfo_t info{};
    const int found = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    BOOST_TEST((found == -1 && errno == ECHILD), "a child process is left, ended or running");
  }
  nothing_left(const nothing_left&) = delete;
  nothing_left& operator=(const nothing_left&) = delete;

 private:
  std::vector<int> before_;
};

}  // namespace baton::unit
