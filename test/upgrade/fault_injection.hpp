// The test's side of fault_board.hpp: makes system calls of the servers under test fail.
#pragma once

#include <cstdint>

#include "fault_board.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace baton::test {

/// ThreadSanitizer's library, which has to be preloaded with ours, crashes a shell: with it, what is started
/// by scripts cannot be reached.
#ifdef __SANITIZE_THREAD__
inline constexpr bool faults_reach_scripts = false;
#else
inline constexpr bool faults_reach_scripts = true;
#endif

class fault_injection {
 public:
  /// `seed`: of the rules that act at random.
  explicit fault_injection(std::uint64_t seed = 1);
  ~fault_injection();
  fault_injection(const fault_injection&) = delete;
  fault_injection& operator=(const fault_injection&) = delete;

  /// What is started so, and all that it starts, obeys the rules.
  [[nodiscard]] launch into(launch how) const;

  /// One rule a call; a new one takes the place of the one before, and counts anew.
  void arm(fault_call call, const fault_rule& rule);
  void disarm(fault_call call);
  void disarm_all();
  /// How often the rule has acted since it was armed.
  [[nodiscard]] std::uint32_t acted(fault_call call) const;

 private:
  [[nodiscard]] fault_slot& slot(fault_call call) const { return board_->slots[static_cast<std::size_t>(call)]; }

  temporary_directory directory_;
  fault_board* board_;
};

[[nodiscard]] const char* to_string(fault_call call) noexcept;

}  // namespace baton::test
