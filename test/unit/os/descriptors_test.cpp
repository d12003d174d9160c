#include "os/descriptors.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "os/message_socket.hpp"
#include "unit/os/listening_socket.hpp"
#include "unit/os/nothing_left.hpp"
#include "unit/os/run.hpp"

namespace baton::os {
namespace {

bool close_on_exec(fd_view fd) {
  return (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
}

BOOST_FIXTURE_TEST_SUITE(descriptors, unit::nothing_left)

BOOST_AUTO_TEST_CASE(close_on_exec_is_set_and_cleared) {
  const unique_fd fd{::open("/dev/null", O_RDWR)};
  BOOST_TEST(set_close_on_exec(fd, true).has_value());
  BOOST_TEST(close_on_exec(fd));
  BOOST_TEST(set_close_on_exec(fd, false).has_value());
  BOOST_TEST(!close_on_exec(fd));
}

BOOST_AUTO_TEST_CASE(a_closed_descriptor_is_an_error_that_names_it) {
  const auto set = set_close_on_exec(fd_view{987}, true);
  BOOST_TEST_REQUIRE(!set.has_value());
  BOOST_TEST(set.error().text() == "fcntl descriptor 987: bad file descriptor");
}

BOOST_AUTO_TEST_CASE(only_a_listening_stream_socket_is_one) {
  const unique_fd listening = unit::listening_ipv4();
  const unique_fd bound = unit::bound_ipv4();
  const unique_fd datagram{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const unique_fd packets{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  const unique_fd file{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  BOOST_TEST(is_listening_stream_socket(listening));
  BOOST_TEST(!is_listening_stream_socket(bound));
  BOOST_TEST(!is_listening_stream_socket(datagram));
  BOOST_TEST(!is_listening_stream_socket(packets));
  BOOST_TEST(!is_listening_stream_socket(file));
  BOOST_TEST(!is_listening_stream_socket(fd_view{987}));
}

BOOST_AUTO_TEST_CASE(only_a_local_packet_socket_is_one) {
  const auto pair = make_socket_pair();
  const unique_fd listening = unit::listening_ipv4();
  BOOST_TEST(is_local_packet_socket(pair->theirs));
  BOOST_TEST(!is_local_packet_socket(listening));
}

BOOST_AUTO_TEST_CASE(the_list_has_what_is_open_and_nothing_of_its_own) {
  const auto before = list_open_descriptors();
  const unique_fd fd{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  const auto after = list_open_descriptors();
  BOOST_TEST(after.size() == before.size() + 1);
  BOOST_TEST(std::count(after.begin(), after.end(), fd.get()) == 1);
  BOOST_TEST(std::is_sorted(after.begin(), after.end()));
  BOOST_TEST(count_open_descriptors() == after.size());
}

BOOST_AUTO_TEST_CASE(a_duplicate_closes_on_exec_and_is_no_standard_descriptor) {
  const auto copy = duplicate(fd_view{2});
  BOOST_TEST_REQUIRE(copy.has_value());
  BOOST_TEST(copy->get() > 2);
  BOOST_TEST(close_on_exec(*copy));
}

BOOST_AUTO_TEST_CASE(a_replaced_descriptor_names_the_other_file_and_stays_over_exec) {
  auto first = make_pipe(pipe_reading::nonblocking);
  auto second = make_pipe(pipe_reading::nonblocking);
  BOOST_TEST(replace(first->write, second->write).has_value());
  write_all(first->write, "x", 1);
  char byte = 0;
  BOOST_TEST(read_some(second->read, &byte, 1)->size == 1U);
  BOOST_TEST(!close_on_exec(first->write));
}

BOOST_AUTO_TEST_CASE(a_pipe_tells_nothing_yet_data_and_end_apart) {
  auto pipe = make_pipe(pipe_reading::nonblocking);
  char buffer[8];
  BOOST_TEST((read_some(pipe->read, buffer, sizeof buffer)->outcome == read_outcome::would_block));
  write_all(pipe->write, "abc", 3);
  const auto got = read_some(pipe->read, buffer, sizeof buffer);
  BOOST_TEST((got->outcome == read_outcome::data));
  BOOST_TEST(got->size == 3U);
  pipe->write.reset();
  BOOST_TEST((read_some(pipe->read, buffer, sizeof buffer)->outcome == read_outcome::end));
}

BOOST_AUTO_TEST_CASE(the_writing_end_of_a_nonblocking_pipe_blocks) {
  const auto pipe = make_pipe(pipe_reading::nonblocking);
  BOOST_TEST((::fcntl(pipe->write.get(), F_GETFL) & O_NONBLOCK) == 0);
}

BOOST_AUTO_TEST_CASE(closed_standard_descriptors_become_the_null_device) {
  const unique_fd kept{::fcntl(0, F_DUPFD_CLOEXEC, 10)};
  ::close(0);
  const bool opened = open_standard_descriptors().has_value();
  const bool open_now = is_open(fd_view{0});
  ::dup2(kept.get(), 0);
  BOOST_TEST(opened);
  BOOST_TEST(open_now);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
