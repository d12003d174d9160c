#include "workload.hpp"

#include <algorithm>

namespace baton::bench {
namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::chrono::minutes preparation{1};

template <class Done>
void turn_until(steady::time_point end, workload& work, poller& poll, Done done) {
  for (auto now = steady::now(); now < end && !done(); now = steady::now()) {
    const auto next = std::min(work.turn(now), end);
    for (const auto& event : poll.wait(next)) work.ready(event.data.u64, event.events);
  }
}

}  // namespace

void run(workload& work, poller& poll, tally& seen, processor_time& servers) {
  turn_until(steady::now() + preparation, work, poll, [&] { return work.prepared(); });
  seen.start();
  turn_until(seen.begin(), work, poll, [] { return false; });
  servers.begin();
  turn_until(seen.end(), work, poll, [] { return false; });
  servers.end();
  work.finish();
  turn_until(seen.end() + patience, work, poll, [&] { return work.quiet(); });
  work.give_up();
}

}  // namespace baton::bench
