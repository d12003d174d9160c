// The plugins of a process, and the one route table that they and the program's own routes make together.
// A change is prepared whole, with whatever can fail, and then put in force: each worker takes the new table
// between two requests. The old one, and with it the code of plugins that are used no more, goes when the
// last answer that began on it has ended.
//
// A file that has not changed is not loaded again: what a plugin keeps in memory survives the reload of
// something else.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <baton/router.hpp>

#include "http/route_set.hpp"
#include "http/route_table.hpp"
#include "os/error.hpp"
#include "server/loaded_plugin.hpp"
#include "server/reloader.hpp"
#include "server/unload_queue.hpp"

namespace baton {

class server_core;

/// On the control thread.
class plugin_set {
 public:
  using list = std::vector<std::shared_ptr<const loaded_plugin>>;

  /// Ready to be put in force. Destroyed without: what has been loaded for it is unloaded again.
  struct prepared {
    list plugins;
    std::shared_ptr<const http::route_table> table;  ///< null: the one in force stays
    std::vector<std::string> messages;               ///< what is new
  };

  /// Takes the program's routes.
  explicit plugin_set(router& program);
  plugin_set(const plugin_set&) = delete;
  plugin_set& operator=(const plugin_set&) = delete;
  /// Unloads everything. After the server's workers have ended.
  ~plugin_set();

  /// The program's routes alone: what the server begins with.
  [[nodiscard]] std::shared_ptr<const http::route_table> own_table() const;

  /// Tables go to `core`, and what is used no more is unloaded on `control`'s thread.
  void attach(boost::asio::io_context& control, server_core& core);
  /// Before either of the two goes.
  void detach() noexcept;

  /// The first plugins. Throws std::runtime_error with the reason.
  void start(const std::vector<std::string>& paths);

  /// Loads what is new or has changed; changes nothing that anybody sees. The error names the file.
  [[nodiscard]] os::result<prepared> prepare(const std::vector<std::string>& paths) const;
  /// Puts it in force, without a word; once attached. Workers take it over as soon as they come to it.
  void commit(prepared next);

  /// Loads anew those of the plugins in force whose files have changed, all or none.
  reload_outcome reload(std::string_view by);

 private:
  [[nodiscard]] os::result<std::shared_ptr<const loaded_plugin>> find_or_load(const std::string& path) const;
  [[nodiscard]] std::shared_ptr<const http::route_table> table_of(const list& plugins) const;

  const std::shared_ptr<unload_queue> queue_ = std::make_shared<unload_queue>();
  const http::route_set program_;
  server_core* core_ = nullptr;
  list in_force_;
};

/// Attached while it exists.
class plugin_attachment {
 public:
  plugin_attachment(plugin_set& plugins, boost::asio::io_context& control, server_core& core) : plugins_{plugins} {
    plugins_.attach(control, core);
  }
  plugin_attachment(const plugin_attachment&) = delete;
  plugin_attachment& operator=(const plugin_attachment&) = delete;
  ~plugin_attachment() { plugins_.detach(); }

 private:
  plugin_set& plugins_;
};

/// For `--check-config`: the first plugin that cannot be loaded or conflicts with another one; empty: none.
/// What the program registers is not known yet.
[[nodiscard]] std::string problem_of_plugins(const std::vector<std::string>& paths);

}  // namespace baton
