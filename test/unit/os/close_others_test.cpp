#include "os/close_others.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

// Calls `close` in a process of its own, with descriptors up to 600 open; true if afterwards exactly
// 0-2, what is below `first`, and `kept` are.
bool closes_the_others(int (*close)(int, int) noexcept) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const int fd : {5, 6, 7, 40, 600}) ::dup2(0, fd);
    if (close(6, 40) != 0) ::_exit(2);
    bool right = is_open(fd_view{5}) && is_open(fd_view{40});
    for (int fd = 6; fd <= 700; ++fd) right = right && (is_open(fd_view{fd}) == (fd == 40));
    ::_exit(right ? 0 : 1);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

BOOST_FIXTURE_TEST_SUITE(closing_of_descriptors, unit::nothing_left)

BOOST_AUTO_TEST_CASE(all_but_the_kept_one_are_closed) {
  BOOST_TEST(closes_the_others(close_others));
}

BOOST_AUTO_TEST_CASE(all_but_the_kept_one_are_closed_where_there_is_no_close_range) {
  BOOST_TEST(closes_the_others(close_others_by_listing));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
