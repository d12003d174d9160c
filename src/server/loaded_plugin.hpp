// One plugin as it has been loaded: its code, its routes, its end.
//
// The code is held by everything that may still call into it: this object, which the tables with its routes
// share, and whatever the plugin has got from plugin_host::hold. Its last holder gives it to the unload
// queue.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <baton/plugin.hpp>

#include "http/route_set.hpp"
#include "os/error.hpp"
#include "os/shared_object.hpp"
#include "server/unload_queue.hpp"

namespace baton {

/// The object; says so when it has been unloaded.
struct plugin_code {
  plugin_code(os::shared_object loaded, std::string shown) : object{std::move(loaded)}, title{std::move(shown)} {}
  plugin_code(const plugin_code&) = delete;
  plugin_code& operator=(const plugin_code&) = delete;
  ~plugin_code();

  os::shared_object object;
  std::string title;       ///< for logs
  bool announced = false;  ///< and so its end is worth telling
};

class loaded_plugin {
 public:
  /// Loads the file and calls its `load`; `around`: the program's middleware. The error tells the path and
  /// why not; nothing stays behind then. On the control thread, as is everything here.
  [[nodiscard]] static os::result<std::shared_ptr<const loaded_plugin>> load(const std::string& path,
                                                                             const std::vector<middleware>& around,
                                                                             unload_queue& queue);
  loaded_plugin(const loaded_plugin&) = delete;
  loaded_plugin& operator=(const loaded_plugin&) = delete;
  /// Calls the plugin's `unload`, destroys the routes and lets go of the code.
  ~loaded_plugin();

  [[nodiscard]] const http::route_set& routes() const noexcept { return routes_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// `hello 1.0 (/srv/hello.so)`, for logs.
  [[nodiscard]] const std::string& title() const noexcept { return code_->title; }
  /// It takes requests from now on.
  void announce() const noexcept { code_->announced = true; }
  /// The file has not changed since.
  [[nodiscard]] bool current() const;

 private:
  loaded_plugin(std::string path, std::shared_ptr<plugin_code> code, const plugin_descriptor& descriptor,
                http::route_set routes);

  const std::string path_;
  const std::shared_ptr<plugin_code> code_;
  const plugin_descriptor& descriptor_;  // in `code_`, as is what `routes_` calls
  const http::route_set routes_;
};

}  // namespace baton
