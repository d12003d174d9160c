#include "os/unique_fd.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

unique_fd open_null() {
  return unique_fd{::open("/dev/null", O_RDWR | O_CLOEXEC)};
}

BOOST_FIXTURE_TEST_SUITE(owned_descriptor, unit::nothing_left)

BOOST_AUTO_TEST_CASE(it_closes_what_it_owns) {
  int number = -1;
  {
    const unique_fd fd = open_null();
    number = fd.get();
    BOOST_TEST(is_open(fd));
  }
  BOOST_TEST(!is_open(fd_view{number}));
}

BOOST_AUTO_TEST_CASE(moving_leaves_one_owner) {
  unique_fd first = open_null();
  const int number = first.get();
  unique_fd second = std::move(first);
  BOOST_TEST(!first);  // NOLINT: that is what is tested
  BOOST_TEST(second.get() == number);
  second = open_null();
  BOOST_TEST(!is_open(fd_view{number}));
}

BOOST_AUTO_TEST_CASE(a_released_descriptor_stays_open) {
  unique_fd fd = open_null();
  const int number = fd.release();
  BOOST_TEST(!fd);
  BOOST_TEST(is_open(fd_view{number}));
  ::close(number);
}

BOOST_AUTO_TEST_CASE(closing_keeps_errno) {
  unique_fd fd = open_null();
  errno = ENOENT;
  fd.reset();
  BOOST_TEST(errno == ENOENT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
