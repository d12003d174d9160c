// What one generation tells the next besides its connections: blobs of state, and counters.
//
//     app.handover("sessions", 2,
//                  [&](baton::state_writer& out) { const std::lock_guard lock{mutex}; sessions.write_to(out); },
//                  [&](const baton::state_reader& in) { sessions.read_from(in.bytes(), in.version()); });
//     baton::carried_counter& orders = app.counter("orders");
//
// A blob is a picture of one moment: what changes in the old process after `save` has run is not in it, and
// the old process goes on serving until it is drained. That is fine for caches, sessions that are
// looked up again, compiled tables. For counts take a carried_counter, which passes on every later
// increment too; where every change matters, keep the truth in a place that both processes reach.
//
// Rejected: shared memory between the generations, which ties the new build to the old one's layout and
// lets either damage the other; and a save after the drain, for which the first requests of the new
// process would have to wait.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace baton {

/// Takes a blob, piece by piece, within `save`. One thread at a time.
class state_writer {
 public:
  /// Passes everything to `sink`, at most `limit` bytes. For tests of a `save` of one's own; the library
  /// makes those that count.
  state_writer(std::uint64_t limit, std::function<void(std::string_view)> sink)
      : left_{limit}, sink_{std::move(sink)} {}

  /// Appends; `bytes` may be reused when it returns. Small pieces cost little, they are gathered. Throws
  /// std::length_error past the limit (what is left of `upgrade.state_limit`), and std::runtime_error when
  /// the system has no room or nobody waits for the state any more. Let it pass: a blob of which a piece
  /// is missing is not handed over, even if the exception was caught.
  void write(std::string_view bytes);

  /// How many bytes it still takes.
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
  /// False once a `write` has thrown.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  std::uint64_t left_;
  std::function<void(std::string_view)> sink_;
  bool complete_ = true;
};

/// A blob, within `load`.
class state_reader {
 public:
  state_reader(unsigned version, std::string_view bytes) noexcept : version_{version}, bytes_{bytes} {}

  /// The version that the predecessor registered; at most this build's own.
  [[nodiscard]] unsigned version() const noexcept { return version_; }
  /// All of it, in memory that nobody can write any more; valid until `load` returns. Bytes of another
  /// build: check them like input from outside.
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  unsigned version_;
  std::string_view bytes_;
};

/// Runs in the OLD process, on a thread of its own, while requests are served: lock what it reads, and
/// hold no lock longer than requests may wait. Never runs twice at the same time. Whatever it throws
/// ends the upgrade with its text; the old process keeps serving.
using save_function = std::function<void(state_writer&)>;

/// Runs in the NEW process, on the main thread, before `on_start` and before the first connection; not at
/// all where there is nothing: at the first start, or if the predecessor did not know the name. Whatever
/// it throws ends the start with its text, and with it the upgrade: the old process keeps serving.
using load_function = std::function<void(const state_reader&)>;

namespace upgrade {
class counter_passing;
}

/// A number that goes from generation to generation exactly. The new process starts with the old one's
/// value; what the old one still counts while it drains follows in steps, the last one when it is
/// drained. Meanwhile the two see values that differ by what is on its way; once the old process has
/// ended, nothing is missing. (Unless it was killed: then what it had not passed on is lost.)
///
/// Any thread, no lock; counts modulo 2^64.
class carried_counter {
 public:
  carried_counter() noexcept = default;
  carried_counter(const carried_counter&) = delete;
  carried_counter& operator=(const carried_counter&) = delete;

  /// Adds, and returns the new value.
  std::uint64_t add(std::uint64_t n = 1) noexcept { return value_.fetch_add(n, std::memory_order_relaxed) + n; }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  friend class upgrade::counter_passing;

  std::atomic<std::uint64_t> value_ = 0;
  // What both generations know. The control thread's alone.
  std::uint64_t passed_ = 0;
};

}  // namespace baton
