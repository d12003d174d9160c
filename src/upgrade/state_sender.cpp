#include "upgrade/state_sender.hpp"

#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "os/signal_set.hpp"

namespace baton::upgrade {

state_sender::~state_sender() {
  abandon();
  constexpr std::chrono::seconds patience{5};
  const auto end = std::chrono::steady_clock::now() + patience;
  while (thread_.busy() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  if (thread_.busy()) log::error("saving the state does not end; this process ends without waiting any longer");
}

void state_sender::abandon() noexcept {
  stop_.request_stop();
  thread_.abandon();
}

void state_sender::send(std::uint64_t limit, other_end to) {
  if (limit == 0 || registry_.empty()) return saved(std::vector<state_blob>{}, to);
  if (thread_.busy()) return saved(os::error{"the state is still being saved for an earlier upgrade", {}}, to);
  stop_ = std::stop_source{};
  const auto result = std::make_shared<blobs_or_error>();
  auto work = [this, result, limit, stop = stop_.get_token()] {
    os::signal_set{SIGXFSZ}.block();  // past RLIMIT_FSIZE a write shall fail, not kill
    *result = registry_.save_all(limit, stop);
  };
  try {
    thread_.start(std::move(work), [this, result, to] { saved(std::move(*result), to); });
  } catch (const std::system_error& failure) {
    saved(os::error{std::string{"no thread to save the state: "} + failure.what(), {}}, to);
  }
}

void state_sender::saved(blobs_or_error blobs, const other_end& to) {
  handover_channel* const channel = to();
  if (channel == nullptr) return;
  if (!blobs) {
    log::error("the state cannot be handed over: {}; the new process will give up", blobs.error().text());
    return channel->send(state_end_message{blobs.error().text()});
  }
  for (state_blob& each : *blobs) {
    // Open until it is sent.
    const auto kept = std::make_shared<const state_blob>(std::move(each));
    channel->send(state_message{kept->name, kept->version, kept->file.size}, {kept->file.fd}, [kept] {});
  }
  send_counters(*channel, registry_.counters().values(), counter_scope::whole);
  channel->send(state_end_message{});
}

}  // namespace baton::upgrade
