#include "upgrade/handover_channel.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "os/message_socket.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::upgrade {
namespace {

// Both ends in this process.
struct a_channel : unit::nothing_left {
  boost::asio::io_context context{1};
  os::socket_pair ends = std::move(*os::make_socket_pair());
  std::unique_ptr<handover_channel> here = std::make_unique<handover_channel>(context, std::move(ends.ours));
  std::unique_ptr<handover_channel> there = std::make_unique<handover_channel>(context, std::move(ends.theirs));
  std::vector<incoming_message> got;
  std::vector<std::string> garbage;
  int ended = 0;

  void listen() {
    channel_events events;
    events.on_message = [this](incoming_message incoming) { got.push_back(std::move(incoming)); };
    events.on_garbage = [this](const std::string& why) { garbage.push_back(why); };
    events.on_end = [this] { ++ended; };
    there->listen(std::move(events));
  }
  void run() {
    context.restart();
    context.poll();
  }
};

os::unique_fd some_file() {
  return os::unique_fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

BOOST_FIXTURE_TEST_SUITE(handover_channels, a_channel)

BOOST_AUTO_TEST_CASE(messages_come_in_their_order) {
  listen();
  here->send(alive_message{});
  here->send(roll_back_message{"an operator"});
  here->send(stopping_message{});
  run();
  BOOST_TEST_REQUIRE(got.size() == 3U);
  BOOST_TEST(std::holds_alternative<alive_message>(got[0].message));
  BOOST_TEST(std::get<roll_back_message>(got[1].message).by == "an operator");
  BOOST_TEST(std::holds_alternative<stopping_message>(got[2].message));
}

BOOST_AUTO_TEST_CASE(descriptors_come_with_their_message_and_stay_the_senders) {
  listen();
  const os::unique_fd file = some_file();
  here->send(state_message{"x", 1, 0}, {file, file});
  run();
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST(got.front().descriptors.size() == 2U);
  BOOST_TEST(!got.front().cut);
  BOOST_TEST(os::is_open(file));
}

BOOST_AUTO_TEST_CASE(what_the_socket_does_not_take_waits_and_is_told_when_it_has_gone) {
  const std::string large(max_failure_size, 'x');
  constexpr int many = 500;
  int sent = 0;
  for (int i = 0; i < many; ++i) here->send(failed_message{large}, {}, [&] { ++sent; });
  BOOST_TEST(sent < many);
  listen();
  for (int i = 0; i < many && sent < many; ++i) run();
  run();
  BOOST_TEST(sent == many);
  BOOST_TEST(got.size() == static_cast<std::size_t>(many));
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_told_and_the_next_one_comes) {
  auto raw = std::move(*os::make_socket_pair());
  there = std::make_unique<handover_channel>(context, std::move(raw.theirs));
  listen();
  BOOST_TEST(os::send_message(raw.ours, "of another protocol").has_value());
  BOOST_TEST(os::send_message(raw.ours, std::string(max_message_size + 1, 'x')).has_value());
  BOOST_TEST(os::send_message(raw.ours, *encode(alive_message{})).has_value());
  run();
  BOOST_TEST(garbage.size() == 2U);
  BOOST_TEST(got.size() == 1U);
  BOOST_TEST(ended == 0);
}

BOOST_AUTO_TEST_CASE(what_was_said_before_the_end_is_heard_before_it) {
  listen();
  here->send(stopping_message{});
  here.reset();
  run();
  BOOST_TEST(got.size() == 1U);
  BOOST_TEST(ended == 1);
  BOOST_TEST(there->ended());
}

BOOST_AUTO_TEST_CASE(what_waits_to_be_sent_is_told_at_the_end_and_so_is_what_comes_later) {
  const std::string large(max_failure_size, 'x');
  int sent = 0;
  for (int i = 0; i < 500; ++i) here->send(failed_message{large}, {}, [&] { ++sent; });
  here->listen({});
  there.reset();
  run();
  BOOST_TEST(sent == 500);
  here->send(alive_message{}, {}, [&] { ++sent; });
  BOOST_TEST(sent == 501);
  BOOST_TEST(here->send_now(alive_message{}).error().code.value() == EPIPE);
}

BOOST_AUTO_TEST_CASE(descriptors_that_this_process_may_not_open_are_cut_off_and_the_message_still_comes) {
  listen();
  const os::unique_fd file = some_file();
  here->send(state_message{"x", 1, 0}, {file, file, file});
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit lower = before;
  lower.rlim_cur = static_cast<rlim_t>(some_file().get()) + 1;
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
  run();
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST_REQUIRE(got.size() == 1U);
  BOOST_TEST(got.front().cut);
  BOOST_TEST(got.front().descriptors.size() == 1U);
  BOOST_TEST(garbage.empty());
}

BOOST_AUTO_TEST_CASE(it_may_be_destroyed_by_what_it_tells) {
  channel_events events;
  int calls = 0;
  events.on_message = [&](incoming_message) {
    ++calls;
    there.reset();
  };
  there->listen(std::move(events));
  here->send(alive_message{});
  here->send(alive_message{});
  run();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_message_over_the_limits_is_dropped_and_told_as_sent) {
  listen();
  bool sent = false;
  here->send(state_message{std::string(max_name_size + 1, 'x'), 1, 0}, {}, [&] { sent = true; });
  run();
  BOOST_TEST(sent);
  BOOST_TEST(got.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
