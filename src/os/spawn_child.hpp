// The child's part of a spawn: everything between vfork and exec. It borrows the parent's memory, so
// it touches only what the plan has prepared and calls nothing that takes a lock or allocates.
#pragma once

#include <csignal>
#include <cstddef>

namespace baton::os {

/// Where a child that could not exec stood.
enum class spawn_step : int { descriptors, close_others, dispositions, signal_mask, group, directory, exec };

/// What it writes to the failure pipe.
struct spawn_failure {
  spawn_step step;
  int number;  ///< errno
};

struct child_plan {
  const char* directory;     ///< null: stay
  const char* binary;        ///< not looked at where there is an executable
  int executable;            ///< what is run instead of `binary`; changed on the way; -1: none
  char* const* arguments;    ///< ends with null
  char* const* environment;  ///< ends with null
  char* pid_digits;          ///< room for 20 digits and a NUL in `environment`; null: not wanted
  int* sources;              ///< `count` descriptors; changed on the way
  const int* places;         ///< where they go, each below `first_free`
  std::size_t count;
  int first_free;  ///< from here on everything is closed but what exec itself needs and closes
  bool leads_group;
  int failure_pipe;
  sigset_t blocked;
};

/// Becomes the new program, or writes a spawn_failure and exits with 127.
[[noreturn]] void run_child(child_plan& plan) noexcept;

}  // namespace baton::os
