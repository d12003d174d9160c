// What the admin listener sees of a lifecycle, and what two generations tell each other for those who look on.
#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/log.hpp"
#include "server/lifecycle.hpp"

namespace baton {

using std::chrono::milliseconds;

namespace {

std::uint64_t passed(std::chrono::system_clock::time_point since) {
  const auto time = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now() - since);
  return static_cast<std::uint64_t>(std::max(time, milliseconds{0}).count());
}

}  // namespace

// A first generation answers from the beginning, so that a long start can be told from a dead one; a later one leaves
// that to its predecessor until it serves.
void lifecycle::open_admin() {
  admin_.open(settings_, inherited_);
  reloader_.add(admin_.part());
  for (const std::string& each : admin_.listener().addresses()) log::info("admin listener on {}", each);
  if (!parent_.there()) admin_.listener().accept();
}

bool lifecycle::wants_clients() const noexcept {
  return (phase_ == phase::serving || phase_ == phase::upgrading) && terminations_ == 0;
}

void lifecycle::noted(std::string_view by, const reload_outcome& outcome) {
  (outcome.ok ? totals_.reloads_done : totals_.reloads_refused).add();
  reloads_->add({std::chrono::system_clock::now(), generation_, std::string{by}, outcome.ok, outcome.messages});
  admin_.changed();
}

// To whichever generation goes on; twice a second, for as long as this one ends.
void lifecycle::tell_progress() {
  telling_.cancel();
  if (phase_ != phase::draining && phase_ != phase::guarding) return;
  upgrade::handover_channel* const to = upgrader_.channel() != nullptr ? upgrader_.channel() : parent_.channel();
  if (to == nullptr) return;
  const session::connection_counts counts = core_.counts();
  upgrade::progress_message now;
  now.pid = static_cast<std::uint32_t>(::getpid());
  now.generation = generation_;
  now.phase = static_cast<std::uint32_t>(phase_);
  now.fresh = static_cast<std::uint32_t>(counts.fresh);
  now.active = static_cast<std::uint32_t>(counts.active);
  now.idle = static_cast<std::uint32_t>(counts.idle);
  now.upgraded = static_cast<std::uint32_t>(counts.upgraded);
  now.age_ms = passed(started_);
  now.in_phase_ms = passed(phase_since_);
  const milliseconds limit = phase_ == phase::draining ? settings_.drain.timeout : settings_.upgrade.guard;
  if (limit.count() != 0) {
    const auto total = static_cast<std::uint64_t>(limit.count());
    now.left_ms = total - std::min(total, now.in_phase_ms);
  }
  to->send(now);
  constexpr milliseconds interval{500};
  telling_.expires_after(interval);
  telling_.async_wait([this](boost::system::error_code error) {
    if (!error) tell_progress();
  });
}

void lifecycle::take_progress(const upgrade::progress_message& told) {
  other_ = told;
  other_told_ = std::chrono::steady_clock::now();
  admin_.changed();
}

status_report lifecycle::report() {
  // One that has ended otherwise than by leaving is silent.
  constexpr std::chrono::seconds believed{3};
  if (other_ && std::chrono::steady_clock::now() - other_told_ > believed) other_.reset();
  status_report now;
  now.process = status();
  now.other = other_;
  journal_->arrived(mover_.arrived());
  now.upgrades = journal_->past().entries();
  now.reloads = reloads_->entries();
  const auto counters = core_.counters();
  const auto counts = core_.counts_by_worker();
  for (std::size_t i = 0; i < counters.size(); ++i) {
    metrics_picture own;
    own.add(*counters[i]);
    now.workers.push_back({counts[i].open(), own.all_answers()});
  }
  return now;
}

}  // namespace baton
