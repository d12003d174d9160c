// What is in a file that has no name.
#pragma once

#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>

#include "os/sealed_copy.hpp"

namespace baton::unit {

inline std::string bytes_of(os::fd_view fd) {
  const auto bytes = os::read_whole("/proc/self/fd/" + std::to_string(fd.get()), 1 << 20);
  BOOST_TEST_REQUIRE(bytes.has_value());
  return *bytes;
}

}  // namespace baton::unit
