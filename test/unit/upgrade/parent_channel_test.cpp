#include "upgrade/parent_channel.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "os/message_socket.hpp"
#include "unit/os/nothing_left.hpp"
#include "upgrade/handover_message.hpp"

namespace baton::upgrade {
namespace {

struct channel_to_a_parent : unit::nothing_left {
  boost::asio::io_context context{1};
  os::socket_pair ends = std::move(*os::make_socket_pair());
  std::unique_ptr<parent_channel> channel = std::make_unique<parent_channel>(std::move(ends.theirs), os::unique_fd{});
  int gone = 0;

  void watch(std::function<void()> released = {}) {
    parent_events events;
    events.gone = [this] { ++gone; };
    events.released = std::move(released);
    channel->watch(context, std::move(events));
  }
  handover_message heard() const {
    const auto received = os::receive_message(ends.ours, max_message_size);
    BOOST_TEST_REQUIRE((received && received->outcome == os::message_outcome::message));
    auto message = decode(received->bytes);
    BOOST_TEST_REQUIRE(message.has_value());
    return std::move(*message);
  }
};

BOOST_FIXTURE_TEST_SUITE(channel_to_the_predecessor, channel_to_a_parent)

BOOST_AUTO_TEST_CASE(ready_names_this_process) {
  BOOST_TEST(channel->ready().has_value());
  BOOST_TEST(std::get<ready_message>(heard()).pid == static_cast<std::uint32_t>(::getpid()));
}

BOOST_AUTO_TEST_CASE(ready_puts_the_real_standard_error_back) {
  const os::unique_fd kept{::fcntl(2, F_DUPFD_CLOEXEC, 10)};
  auto real = os::make_pipe(os::pipe_reading::nonblocking);
  parent_channel with_error{std::move(*os::duplicate(ends.ours)), std::move(real->write)};
  const bool said = with_error.ready().has_value();
  os::write_all(os::fd_view{2}, "x", 1);
  static_cast<void>(os::replace(os::fd_view{2}, kept));
  char byte = 0;
  BOOST_TEST(said);
  BOOST_TEST((os::read_some(real->read, &byte, 1)->outcome == os::read_outcome::data));
  // And it holds no other copy: with standard error replaced again, the pipe is at its end.
  BOOST_TEST((os::read_some(real->read, &byte, 1)->outcome == os::read_outcome::end));
}

BOOST_AUTO_TEST_CASE(failed_says_why) {
  channel->failed("cannot bind");
  BOOST_TEST(std::get<failed_message>(heard()).text == "cannot bind");
}

BOOST_AUTO_TEST_CASE(ready_without_a_predecessor_is_an_error_and_no_signal) {
  ends.ours.reset();
  BOOST_TEST(channel->ready().error().code.value() == EPIPE);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_predecessor_is_told_once) {
  watch();
  context.poll();
  BOOST_TEST(gone == 0);
  ends.ours.reset();
  context.run();
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(the_release_of_the_listeners_is_told_and_then_the_end) {
  int released = 0;
  watch([&] { ++released; });
  BOOST_TEST(os::send_message(ends.ours, *encode(released_message{})).has_value());
  context.run_one();
  BOOST_TEST(released == 1);
  BOOST_TEST(gone == 0);
  ends.ours.reset();
  context.run();
  BOOST_TEST(released == 1);
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(ready_works_after_watching_has_begun) {
  watch();
  BOOST_TEST(channel->ready().has_value());
  BOOST_TEST(std::get<ready_message>(heard()).pid == static_cast<std::uint32_t>(::getpid()));
}

BOOST_AUTO_TEST_CASE(unknown_messages_do_not_hide_the_end) {
  watch();
  BOOST_TEST(os::send_message(ends.ours, "of a later version").has_value());
  context.poll();
  BOOST_TEST(gone == 0);
  ends.ours.reset();
  context.run();
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(an_unread_message_at_the_predecessor_does_not_hide_the_end) {
  watch();
  BOOST_TEST(channel->ready().has_value());
  ends.ours.reset();
  context.run();
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_once_the_channel_is_destroyed) {
  watch();
  ends.ours.reset();
  channel.reset();
  context.run();
  BOOST_TEST(gone == 0);
}

BOOST_AUTO_TEST_CASE(the_channel_may_be_destroyed_by_what_it_tells) {
  parent_events events;
  events.gone = [this] {
    ++gone;
    channel.reset();
  };
  channel->watch(context, std::move(events));
  ends.ours.reset();
  context.run();
  BOOST_TEST(gone == 1);
}

BOOST_AUTO_TEST_CASE(a_process_that_nobody_handed_over_to_is_the_first_generation) {
  const auto inherited = inherit();
  BOOST_TEST_REQUIRE(inherited.has_value());
  BOOST_TEST(inherited->generation == 1U);
  BOOST_TEST(!inherited->parent);
  BOOST_TEST(inherited->listeners.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
