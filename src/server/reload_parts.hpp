// What of a process follows the settings, each as a part of a reload (reloader.hpp).
#pragma once

#include "server/reloader.hpp"

namespace baton {

class plugin_set;
class server_core;

/// `log` and `log_file`.
[[nodiscard]] reload_part log_part();

/// `listen`, `backlog` and the access to unix sockets: new listeners are bound before anything changes.
[[nodiscard]] reload_part listeners_part(server_core& core);

/// `plugin`, and plugins whose files have changed.
[[nodiscard]] reload_part plugins_part(plugin_set& plugins);

/// `pid_file`: the new one is there before the old one goes.
[[nodiscard]] reload_part pid_file_part();

}  // namespace baton
