#include "upgrade/received_state.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "os/message_socket.hpp"
#include "upgrade/handover_message.hpp"

namespace baton::upgrade {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

os::error not_received(std::string why) {
  return {"state from the predecessor: " + std::move(why), {}};
}

os::result<void> ask(os::fd_view channel, std::uint64_t limit) {
  const auto bytes = encode(state_wanted_message{limit});
  if (!bytes) return bytes.error();
  return os::send_message(channel, *bytes);
}

os::result<os::received_message> next_message(os::fd_view channel, steady_clock::time_point deadline) {
  for (;;) {
    auto received = os::receive_message(channel, max_message_size, 1);
    if (!received || received->outcome != os::message_outcome::would_block) return received;
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return not_received("it did not come in time");
    const auto there = os::wait_readable(channel, static_cast<int>(std::min(left, milliseconds{60'000}).count()));
    if (!there && there.error().code.value() != EINTR) return there.error();
  }
}

// A peer that ends with unread messages resets.
bool is_end(const os::result<os::received_message>& received) {
  if (!received) return received.error().code.value() == ECONNRESET;
  return received->outcome == os::message_outcome::end;
}

// Collects messages until the end.
class collector {
 public:
  /// True: that was the last one.
  os::result<bool> take(os::received_message received) {
    auto message = decode(received.bytes);
    if (!message) return message.error();
    if (const auto* const end = std::get_if<state_end_message>(&*message)) {
      if (!end->error.empty()) return not_received(end->error);
      return true;
    }
    if (const auto* const values = std::get_if<counters_message>(&*message)) {
      for (const auto& [name, value] : values->counters) state_.counters.push_back({name, value});
    } else if (auto* const state = std::get_if<state_message>(&*message)) {
      if (received.descriptors.size() != 1) return not_received("`" + state->name + "` came without its descriptor");
      if (state_.blobs.size() == max_states) return not_received("too many states");
      state_.blobs.push_back(
          {std::move(state->name), state->version, {std::move(received.descriptors[0]), state->size}});
    }
    return false;  // whatever else a predecessor may say now is not for this moment
  }

  [[nodiscard]] received_state& state() noexcept { return state_; }

 private:
  received_state state_;
};

}  // namespace

os::result<received_state> receive_state(os::fd_view channel, std::uint64_t limit, milliseconds patience) {
  const auto deadline = steady_clock::now() + patience;
  collector all;
  // A predecessor that has gone is found at the first receive.
  if (const auto asked = ask(channel, limit); !asked && asked.error().code.value() != EPIPE) return asked.error();
  for (;;) {
    auto received = next_message(channel, deadline);
    if (is_end(received)) {
      log::warning("the predecessor has ended while it handed its state over; {} states have come",
                   all.state().blobs.size());
      return std::move(all.state());
    }
    if (!received) return received.error();
    const auto last = all.take(std::move(*received));
    if (!last) return last.error();
    if (*last) return std::move(all.state());
  }
}

os::result<void> restore(state_registry& registry, received_state state, std::uint64_t limit) {
  registry.counters().merge(state.counters);
  return registry.load_all(std::move(state.blobs), limit);
}

}  // namespace baton::upgrade
