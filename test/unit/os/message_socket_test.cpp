#include "os/message_socket.hpp"

#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

struct pair_of_sockets : unit::nothing_left {
  socket_pair ends = std::move(*make_socket_pair());
};

bool same_file(fd_view a, fd_view b) {
  struct stat of_a {};
  struct stat of_b {};
  return ::fstat(a.get(), &of_a) == 0 && ::fstat(b.get(), &of_b) == 0 && of_a.st_ino == of_b.st_ino;
}

BOOST_FIXTURE_TEST_SUITE(message_sockets, pair_of_sockets)

BOOST_AUTO_TEST_CASE(messages_keep_their_borders) {
  BOOST_TEST(send_message(ends.ours, "one").has_value());
  BOOST_TEST(send_message(ends.ours, "two!").has_value());
  BOOST_TEST(receive_message(ends.theirs, 16)->bytes == "one");
  BOOST_TEST(receive_message(ends.theirs, 16)->bytes == "two!");
}

BOOST_AUTO_TEST_CASE(descriptors_travel_along_and_close_on_exec) {
  const auto pipe = make_pipe(pipe_reading::nonblocking);
  const std::array<fd_view, 2> sent{pipe->read, pipe->write};
  BOOST_TEST(send_message(ends.ours, "x", sent).has_value());
  const auto got = receive_message(ends.theirs, 16, 2);
  BOOST_TEST_REQUIRE(got->descriptors.size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(same_file(got->descriptors[i], sent[i]));
    BOOST_TEST((::fcntl(got->descriptors[i].get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

BOOST_AUTO_TEST_CASE(surplus_descriptors_are_refused_and_closed) {
  const auto pipe = make_pipe(pipe_reading::nonblocking);
  const std::array<fd_view, 3> sent{pipe->read, pipe->write, pipe->write};
  const auto before = count_open_descriptors();
  for (std::size_t accepted = 0; accepted < sent.size(); ++accepted) {
    BOOST_TEST(send_message(ends.ours, "x", sent).has_value());
    const auto got = receive_message(ends.theirs, 16, accepted);
    BOOST_TEST_REQUIRE(!got.has_value());
    BOOST_TEST(got.error().code.value() == EMSGSIZE);
    BOOST_TEST(count_open_descriptors() == before);
  }
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_long_is_refused_and_the_next_one_comes) {
  BOOST_TEST(send_message(ends.ours, "12345").has_value());
  BOOST_TEST(send_message(ends.ours, "1234").has_value());
  BOOST_TEST(receive_message(ends.theirs, 4).error().code.value() == EMSGSIZE);
  BOOST_TEST(receive_message(ends.theirs, 4)->bytes == "1234");
}

BOOST_AUTO_TEST_CASE(nothing_yet_and_end_of_file_are_told_apart) {
  BOOST_TEST((receive_message(ends.theirs, 16)->outcome == message_outcome::would_block));
  ends.ours.reset();
  BOOST_TEST((receive_message(ends.theirs, 16)->outcome == message_outcome::end));
}

BOOST_AUTO_TEST_CASE(what_was_sent_before_the_end_is_still_received) {
  BOOST_TEST(send_message(ends.ours, "last").has_value());
  ends.ours.reset();
  BOOST_TEST(receive_message(ends.theirs, 16)->bytes == "last");
  BOOST_TEST((receive_message(ends.theirs, 16)->outcome == message_outcome::end));
}

BOOST_AUTO_TEST_CASE(sending_to_one_who_has_gone_is_an_error_and_no_signal) {
  ends.theirs.reset();
  BOOST_TEST(send_message(ends.ours, "x").error().code.value() == EPIPE);
}

BOOST_AUTO_TEST_CASE(an_empty_message_is_not_sent_for_it_would_look_like_the_end) {
  BOOST_TEST(send_message(ends.ours, "").error().code.value() == EINVAL);
}

BOOST_AUTO_TEST_CASE(a_full_queue_does_not_block_the_sender) {
  const std::string big(32 * 1024, 'x');
  result<void> sent;
  for (int i = 0; i < 1000 && sent; ++i) sent = send_message(ends.ours, big);
  BOOST_TEST_REQUIRE(!sent.has_value());
  BOOST_TEST(sent.error().code.value() == EAGAIN);
}

BOOST_AUTO_TEST_CASE(waiting_ends_with_a_message_or_with_the_time) {
  BOOST_TEST(!*wait_readable(ends.theirs, 0));
  BOOST_TEST(send_message(ends.ours, "x").has_value());
  BOOST_TEST(*wait_readable(ends.theirs, 10'000));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
