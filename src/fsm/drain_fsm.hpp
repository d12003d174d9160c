// The drain of a process: from serving to empty, in the order of Go's Server.Shutdown. It decides who
// is told what and when; the server (its shell) posts to workers, keeps the timer and counts.
//
//   phase     event                    next       actions, in this order
//   serving   begin                    draining   release_acceptors, drain_connections, tell_hooks
//   serving   close                    closed     release_acceptors, close_connections
//   draining  begin                    draining   (none: idempotent)
//   draining  empty                    drained    report
//   draining  deadline                 draining   report     (kills nothing; a later begin waits again)
//   draining  close                    closed     close_connections
//   drained   close                    closed     (none)
//   draining  resume                   serving    resume     (the next process is lost: this one serves again)
//   drained   resume                   serving    resume
//   any       empty                    unchanged  (none)     where not listed above
//
// The phase changes before any action is taken: answers written from then on say so.
#pragma once

#include <cstdint>
#include <string_view>

namespace baton::fsm {

enum class drain_phase : std::uint8_t { serving, draining, drained, closed };
[[nodiscard]] std::string_view to_string(drain_phase phase) noexcept;

/// A set of actions; their order is that of the members.
struct drain_actions {
  bool release_acceptors = false;
  bool drain_connections = false;
  bool tell_hooks = false;
  bool close_connections = false;
  bool report = false;
  bool resume = false;
  bool operator==(const drain_actions&) const = default;
};

class drain_fsm {
 public:
  [[nodiscard]] drain_phase phase() const noexcept { return phase_; }

  drain_actions begin() noexcept;
  /// The last connection has gone.
  drain_actions empty() noexcept;
  /// A waiter's deadline has passed.
  drain_actions deadline_passed() noexcept;
  drain_actions close() noexcept;
  drain_actions resume() noexcept;

 private:
  drain_phase phase_ = drain_phase::serving;
};

}  // namespace baton::fsm
