// The TLS side of the settings, as files: loaded at the start, by a reload, and when one of them has changed. What
// cannot be loaded leaves what is in use as it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>

#include "net/ticket_keys.hpp"
#include "net/tls_context.hpp"
#include "server/reloader.hpp"

namespace baton {

class server_core;

/// Whether a listener of `settings` speaks TLS.
[[nodiscard]] bool speaks_tls(const options& settings);

/// What the settings name, loaded; its certificates and warnings have been logged. Throws std::runtime_error. Null
/// where no listener speaks TLS.
[[nodiscard]] std::shared_ptr<const net::tls_context> load_tls(const options& settings,
                                                               const std::shared_ptr<net::ticket_keys>& tickets);

/// What is wrong with the files, for `--check-config`; empty if nothing is. `warnings` gets what is merely
/// doubtful.
[[nodiscard]] std::string problem_of_tls(const options& settings, std::vector<std::string>& warnings);

/// Every file that the TLS settings name; none where no listener speaks TLS.
[[nodiscard]] std::vector<std::string> tls_files(const options& settings);

/// `tls`: every file is read anew, whether or not the settings have changed.
[[nodiscard]] reload_part tls_part(server_core& core);

/// Reads the files of the settings in force anew; all or none. On the control thread.
reload_outcome reload_tls(server_core& core, const options& settings, std::string_view by);

}  // namespace baton
