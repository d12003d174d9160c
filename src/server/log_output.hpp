// The log as the options want it: where it goes and from which level on.
#pragma once

#include <string>

#include <baton/options.hpp>

#include "os/error.hpp"

namespace baton {

/// The log is appended to the file at `path` from now on; empty: written to standard error. An error changes nothing.
[[nodiscard]] os::result<void> log_to(const std::string& path);

void set_log_level(log_level lowest) noexcept;

}  // namespace baton
