// Decides when a watched file has changed for good: it is there, it is another one than was acted upon last,
// nobody is writing to it, and it has looked the same since the last event and a quiet time later. No
// inotify, no clock; file_watch.hpp obeys it.
//
// Whether it is being written: it was made empty or written to, and not closed since. So a copy that
// pauses for longer than the quiet time is waited for, as long as its writer keeps the file open. That has an
// end (`written_off`), for some writes have no close: times set by hand, a file truncated by its path.
#pragma once

#include <cstdint>
#include <optional>

#include "os/file_identity.hpp"
#include "os/inotify.hpp"

namespace baton {

class watched_file {
 public:
  using identity = std::optional<os::file_identity>;

  enum class fitness : std::uint8_t { any, executable };
  enum class verdict : std::uint8_t {
    nothing,  ///< there is nothing to do until the next event
    unsure,   ///< it is changing: look again after a quiet time
    open,     ///< it is being written
    unfit,    ///< it is no executable file; nothing to do until the next event
    changed   ///< act, then say `acted`
  };

  /// `known`: the file as it is in use, nullopt if it was not there.
  watched_file(identity known, fitness needed) noexcept : known_{known}, seen_{known}, needed_{needed} {}

  /// Something has happened to the file's own name, and this is what is there now.
  void happened(os::directory_event::kind what, const identity& now) noexcept;
  /// Something has happened on the way to it, or events were lost.
  void moved(const identity& now) noexcept;

  /// Nothing has been heard of its writer for a long time: there is none.
  void written_off() noexcept { being_written_ = false; }

  /// After a quiet time.
  [[nodiscard]] verdict look(const identity& now) noexcept;

  /// What `look` saw last is in use from now on.
  void acted() noexcept { known_ = seen_; }

 private:
  identity known_;
  identity seen_;
  fitness needed_;
  bool being_written_ = false;
};

}  // namespace baton
