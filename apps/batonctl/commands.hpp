// One command, from its request to what is printed of the answer.
#pragma once

#include "command_line.hpp"
#include "exit_status.hpp"

namespace batonctl {

/// Throws `unreachable` or `timed_out`.
exit_status run(const arguments& given);

}  // namespace batonctl
