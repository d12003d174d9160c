// Both ends of the state hand-over, joined by a real channel: state_sender, counter_link and receive_state.
#include <atomic>
#include <string>
#include <thread>

#include <fcntl.h>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "os/message_socket.hpp"
#include "support/eventually.hpp"
#include "unit/os/nothing_left.hpp"
#include "upgrade/received_state.hpp"
#include "upgrade/state_sender.hpp"

namespace baton::upgrade {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::patience;

constexpr std::uint64_t plenty = 1 << 20;

void load_nothing(const state_reader&) {}
void save_nothing(state_writer&) {}

// The old process: its control thread runs while `serve` is called.
class predecessor {
 public:
  explicit predecessor(os::unique_fd end) : channel_{std::in_place, context_, std::move(end)} {
    channel_events events;
    events.on_message = [this](incoming_message incoming) {
      if (const auto* const wanted = std::get_if<state_wanted_message>(&incoming.message)) {
        sender.send(wanted->limit, [this] { return channel(); });
      }
    };
    channel_->listen(std::move(events));
  }

  [[nodiscard]] handover_channel* channel() { return channel_ ? &*channel_ : nullptr; }
  void go_away() { channel_.reset(); }
  template <class Predicate>
  [[nodiscard]] bool serve_until(Predicate&& holds) {
    return eventually(patience, [&] {
      context_.restart();
      context_.poll();
      return holds();
    });
  }
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

 private:
  boost::asio::io_context context_{1};
  std::optional<handover_channel> channel_;

 public:
  state_registry registry;
  state_sender sender{context_, registry};
};

struct pair_of_processes {
  os::socket_pair pair = *os::make_socket_pair();
  predecessor before{std::move(pair.ours)};
  state_registry after;

  // What the new process gets, and whether it could start with it.
  std::string start(std::uint64_t limit = plenty) {
    std::atomic<bool> done = false;
    std::string result = "started";
    std::thread successor{[&] {
      auto received = receive_state(pair.theirs, limit, patience);
      const auto restored = received ? restore(after, std::move(*received), limit) : received.error();
      if (!restored) result = restored.error().text();
      done = true;
    }};
    const bool ended = before.serve_until([&] { return done.load(); });
    successor.join();
    return ended ? result : "too late";
  }
};

BOOST_FIXTURE_TEST_SUITE(state_transfer, unit::nothing_left)

BOOST_AUTO_TEST_CASE(blobs_and_counters_arrive) {
  std::string got;
  pair_of_processes both;
  both.before.registry.add(
      "a", 1, [](state_writer& out) { out.write("first"); }, load_nothing);
  both.before.registry.add(
      "b", 2, [](state_writer& out) { out.write("second"); }, load_nothing);
  both.before.registry.counters().add("requests").add(7);
  const auto& requests = both.after.counters().add("requests");
  const auto note = [&got](const state_reader& in) { got += std::string{in.bytes()} + ' '; };
  both.after.add("a", 1, save_nothing, note);
  both.after.add("b", 2, save_nothing, note);
  BOOST_TEST(both.start() == "started");
  BOOST_TEST(got == "first second ");
  BOOST_TEST(requests.value() == 7U);
}

BOOST_AUTO_TEST_CASE(saving_runs_on_a_thread_of_its_own) {
  std::thread::id saved_on;
  pair_of_processes both;
  both.before.registry.add(
      "a", 1, [&](state_writer&) { saved_on = std::this_thread::get_id(); }, load_nothing);
  BOOST_TEST(both.start() == "started");
  BOOST_TEST((saved_on != std::thread::id{} && saved_on != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(without_room_for_state_only_counters_arrive) {
  pair_of_processes both;
  both.before.registry.add(
      "a", 1, [](state_writer&) { BOOST_ERROR("nobody wants it"); }, load_nothing);
  both.before.registry.counters().add("requests").add(7);
  const auto& requests = both.after.counters().add("requests");
  BOOST_TEST(both.start(0) == "started");
  BOOST_TEST(requests.value() == 7U);
}

BOOST_AUTO_TEST_CASE(more_counters_than_a_message_holds_arrive) {
  pair_of_processes both;
  for (std::size_t i = 0; i < max_carried_counters; ++i) {
    const auto name = std::to_string(i) + std::string(100, 'x');
    both.before.registry.counters().add(name).add(i + 1);
    static_cast<void>(both.after.counters().add(name));
  }
  BOOST_TEST(both.start() == "started");
  const auto arrived = both.after.counters().values();
  BOOST_TEST_REQUIRE(arrived.size() == max_carried_counters);
  BOOST_TEST(arrived.back().value == max_carried_counters);
}

BOOST_AUTO_TEST_CASE(as_many_blobs_as_there_may_be_arrive) {
  std::size_t loaded = 0;
  pair_of_processes both;
  for (std::size_t i = 0; i < max_states; ++i) {
    const auto name = std::to_string(i);
    both.before.registry.add(
        name, 1, [name](state_writer& out) { out.write(name); }, load_nothing);
    both.after.add(name, 1, save_nothing, [&, name](const state_reader& in) { loaded += in.bytes() == name ? 1 : 0; });
  }
  BOOST_TEST(both.start() == "started");
  BOOST_TEST(loaded == max_states);
}

BOOST_AUTO_TEST_CASE(a_save_that_throws_is_told_to_the_new_process) {
  pair_of_processes both;
  both.before.registry.add(
      "a", 1, [](state_writer&) { throw std::runtime_error{"no"}; }, load_nothing);
  BOOST_TEST(both.start() == "state from the predecessor: state `a`: no");
}

BOOST_AUTO_TEST_CASE(a_predecessor_that_ends_leaves_what_has_come_whole) {
  auto pair = *os::make_socket_pair();
  const auto send = [&](const handover_message& message, std::span<const os::fd_view> descriptors = {}) {
    BOOST_TEST_REQUIRE(os::send_message(pair.ours, *encode(message), descriptors).has_value());
  };
  auto writer = os::memory_file_writer::create("test");
  BOOST_TEST_REQUIRE(writer->append("four").has_value());
  const auto file = writer->seal();
  const os::fd_view descriptors[] = {file->fd};
  send(state_message{"a", 1, 4}, descriptors);
  pair.ours.reset();
  const auto received = receive_state(pair.theirs, plenty, patience);
  BOOST_TEST_REQUIRE(received.has_value());
  BOOST_TEST(received->blobs.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_predecessor_that_says_nothing_is_waited_for_only_so_long) {
  const auto pair = *os::make_socket_pair();
  const auto received = receive_state(pair.theirs, plenty, 20ms);
  BOOST_TEST_REQUIRE(!received.has_value());
  BOOST_TEST(received.error().text() == "state from the predecessor: it did not come in time");
}

BOOST_AUTO_TEST_CASE(a_state_without_its_descriptor_is_refused) {
  const auto pair = *os::make_socket_pair();
  BOOST_TEST_REQUIRE(os::send_message(pair.ours, *encode(state_message{"a", 1, 4})).has_value());
  const auto received = receive_state(pair.theirs, plenty, patience);
  BOOST_TEST_REQUIRE(!received.has_value());
  BOOST_TEST(received.error().text() == "state from the predecessor: `a` came without its descriptor");
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_refused) {
  const auto pair = *os::make_socket_pair();
  BOOST_TEST_REQUIRE(os::send_message(pair.ours, "nonsense").has_value());
  BOOST_TEST(!receive_state(pair.theirs, plenty, patience).has_value());
}

BOOST_AUTO_TEST_CASE(a_successor_that_has_gone_meanwhile_gets_nothing) {
  std::atomic<bool> saved = false;
  pair_of_processes both;
  both.before.registry.add(
      "a", 1, [&](state_writer&) { saved = true; }, load_nothing);
  both.before.sender.send(plenty, [&] { return both.before.channel(); });
  BOOST_TEST(eventually(patience, [&] { return saved.load(); }));
  both.before.go_away();
  both.before.sender.abandon();
  BOOST_TEST(both.before.serve_until([] { return true; }));
}

BOOST_AUTO_TEST_CASE(a_save_that_still_runs_for_an_earlier_upgrade_refuses_the_next) {
  std::atomic<bool> go_on = false;
  std::atomic<bool> begun = false;
  pair_of_processes both;
  both.before.registry.add(
      "a", 1,
      [&](state_writer&) {
        begun = true;
        while (!go_on) std::this_thread::sleep_for(1ms);
      },
      load_nothing);
  both.before.sender.send(plenty, [&] { return both.before.channel(); });
  BOOST_TEST(eventually(patience, [&] { return begun.load(); }));
  both.before.sender.abandon();
  BOOST_TEST(both.start() == "state from the predecessor: the state is still being saved for an earlier upgrade");
  go_on = true;
}

BOOST_AUTO_TEST_CASE(an_open_link_passes_what_is_counted) {
  auto pair = *os::make_socket_pair();
  boost::asio::io_context context{1};
  handover_channel here{context, std::move(pair.ours)};
  handover_channel there{context, std::move(pair.theirs)};
  counter_passing counters;
  counter_passing others;
  carried_counter& counter = counters.add("a");
  const carried_counter& copy = others.add("a");
  counter_link link{context, counters};
  counter_link other_link{context, others};
  channel_events events;
  events.on_message = [&](incoming_message incoming) { other_link.take(std::get<counters_message>(incoming.message)); };
  there.listen(std::move(events));
  const auto arrives = [&](std::uint64_t value) {
    return eventually(patience, [&] {
      context.restart();
      context.poll();
      return copy.value() == value;
    });
  };
  counter.add(3);
  link.pass();  // not open: nothing is lost by it
  link.open([&] { return &here; });
  BOOST_TEST(arrives(3));
  counter.add(2);
  link.pass();
  BOOST_TEST(arrives(5));
  counter.add(2);
  BOOST_TEST(arrives(7));  // by its timer
  link.close();
  context.restart();
  context.poll();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
