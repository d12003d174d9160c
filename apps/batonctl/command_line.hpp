// batonctl's command line: `batonctl [--control PATH] [--timeout SECONDS] COMMAND [flags]`.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace batonctl {

struct arguments {
  std::string command;  ///< empty: only help was asked for, and `help` has it
  std::string help;     ///< to be printed, and nothing else done
  std::string control;
  std::chrono::milliseconds timeout{0};
  bool json = false;
  bool follow = false;
  bool wait = false;
  std::int64_t limit = 1000;
};

/// Its text tells the mistake and how to go on.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws `usage_error`.
arguments parse_arguments(int argc, char** argv);

}  // namespace batonctl
