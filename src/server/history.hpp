// The upgrades that this process knows of, the newest last: for the person who comes to a server and
// asks what has happened to it. Bounded, for a server may live through thousands.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

enum class history_result : std::uint8_t {
  ready,      ///< the new generation serves
  failed,     ///< it never came to serve; the old one went on
  taken_back  ///< it served, and the old one took over again
};
[[nodiscard]] std::string_view to_string(history_result result) noexcept;

struct history_entry {
  std::chrono::system_clock::time_point at;  ///< when it was asked for
  unsigned from = 0;                         ///< the generation that was asked
  unsigned to = 0;                           ///< the one that it started, or tried to
  std::string by;                            ///< `SIGUSR2 from pid 7`, `batonctl`
  history_result result = history_result::failed;
  std::chrono::milliseconds duration{0};  ///< until the result was known
  std::string reason;                     ///< empty with `ready`
  std::size_t moved = 0;                  ///< connections that went to the new process
};

/// One thread.
class history {
 public:
  static constexpr std::size_t most = 64;

  /// Drops the oldest entry when there are `most`.
  void add(history_entry entry);
  [[nodiscard]] const std::vector<history_entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::vector<history_entry>& entries() noexcept { return entries_; }

 private:
  std::vector<history_entry> entries_;
};

}  // namespace baton
