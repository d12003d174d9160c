// What the connections do, apart from how the run goes: the loop below calls a workload when a connection
// is ready and once each turn, ends it when the measured time is over, and waits a little for what is owed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "poller.hpp"
#include "processor_time.hpp"
#include "tally.hpp"

namespace baton::bench {

class workload {
 public:
  using time = steady::time_point;
  virtual ~workload() = default;

  /// The connections stand that the measured time begins with.
  [[nodiscard]] virtual bool prepared() const { return true; }
  /// The connection of that number is ready (EPOLLIN ...).
  virtual void ready(std::size_t id, std::uint32_t events) = 0;
  /// Once a turn. Returns when it has to be called again at the latest.
  virtual time turn(time now) = 0;
  /// Nothing more is to be sent.
  virtual void finish() = 0;
  /// Nothing is owed.
  [[nodiscard]] virtual bool quiet() const = 0;
  /// What is still owed will not come.
  virtual void give_up() = 0;
};

/// Waits until `work` is prepared (a minute at most), then starts the clock; until the measured time is over, and up
/// to five seconds more for what is owed then. `servers` are read where the measured time begins and ends.
void run(workload& work, poller& poll, tally& seen, processor_time& servers);

}  // namespace baton::bench
