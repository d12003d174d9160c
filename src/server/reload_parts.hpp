// What of a process follows the settings, each as a part of a reload (reloader.hpp).
#pragma once

#include "server/reloader.hpp"

namespace baton {

class lifecycle;
class plugin_set;
class server_core;
class watch_list;

/// `log` and `log_file`.
[[nodiscard]] reload_part log_part();

/// `access_log`: the file; the rest of its options goes with the workers' settings.
[[nodiscard]] reload_part access_log_part(server_core& core);

/// `listen`, `backlog` and the access to unix sockets: new listeners are bound before anything changes.
[[nodiscard]] reload_part listeners_part(server_core& core);

/// `plugin`, and plugins whose files have changed.
[[nodiscard]] reload_part plugins_part(plugin_set& plugins);

/// `watch` and `watch.delay`, and which plugins there are to watch.
[[nodiscard]] reload_part watch_part(const watch_list& watched, lifecycle& life);

/// `pid_file`: the new one is there before the old one goes.
[[nodiscard]] reload_part pid_file_part();

}  // namespace baton
