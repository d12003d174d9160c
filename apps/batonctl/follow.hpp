// `status --follow`: a view of the server that goes on over its upgrades. While one generation drains
// and the next serves, both are shown.
#pragma once

#include "command_line.hpp"
#include "exit_status.hpp"

namespace batonctl {

/// Returns when the last generation has ended. Throws `unreachable` or `timed_out`.
exit_status follow(const arguments& given);

}  // namespace batonctl
