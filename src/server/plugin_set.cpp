#include "server/plugin_set.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"
#include "server/server_core.hpp"

namespace baton {
namespace {

// A table and what its routes need, which goes after it.
struct table_with_plugins {
  table_with_plugins(const http::route_set& own, plugin_set::list used, const std::vector<const http::route_set*>& all)
      : plugins{std::move(used)}, table{own, all} {}

  plugin_set::list plugins;
  http::route_table table;
};

std::string conflict_of(const loaded_plugin& added, const http::route_set& program, const plugin_set::list& earlier) {
  try {
    added.routes().refuse_conflicts_with(program);
    for (const auto& other : earlier) added.routes().refuse_conflicts_with(other->routes());
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

bool contains(const plugin_set::list& all, const std::shared_ptr<const loaded_plugin>& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::vector<std::string> describe(const plugin_set::list& before, const plugin_set::list& after) {
  std::vector<std::string> changes;
  for (const auto& each : after) {
    if (!contains(before, each)) changes.push_back(fmt::format("plugin {} is loaded", each->title()));
  }
  for (const auto& each : before) {
    if (!contains(after, each)) changes.push_back(fmt::format("plugin {} takes no new requests", each->title()));
  }
  return changes;
}

}  // namespace

plugin_set::plugin_set(router& program) : program_{http::route_set::of(program)} {}

plugin_set::~plugin_set() {
  in_force_.clear();
  queue_->finish();
}

std::shared_ptr<const http::route_table> plugin_set::own_table() const {
  return std::make_shared<const http::route_table>(program_);
}

void plugin_set::attach(boost::asio::io_context& control, server_core& core) {
  core_ = &core;
  queue_->attach(control, [&core](std::function<void()> done) { core.await_turns(std::move(done)); });
}

void plugin_set::detach() noexcept {
  core_ = nullptr;
  queue_->detach();
}

os::result<std::shared_ptr<const loaded_plugin>> plugin_set::find_or_load(const std::string& path) const {
  for (const auto& each : in_force_) {
    if (each->path() == path && each->current()) return each;
  }
  return loaded_plugin::load(path, program_.outer(), *queue_);
}

std::shared_ptr<const http::route_table> plugin_set::table_of(const list& plugins) const {
  if (plugins.empty()) return own_table();
  std::vector<const http::route_set*> sets;
  for (const auto& each : plugins) sets.push_back(&each->routes());
  const auto made = queue_->guard(std::make_unique<table_with_plugins>(program_, plugins, sets));
  return {made, &made->table};
}

void plugin_set::start(const std::vector<std::string>& paths) {
  auto first = prepare(paths);
  if (!first) throw std::runtime_error{first.error().text()};
  for (const std::string& message : first->messages) log::info("{}", message);
  commit(std::move(*first));
}

os::result<plugin_set::prepared> plugin_set::prepare(const std::vector<std::string>& paths) const {
  prepared next;
  for (const std::string& path : paths) {
    const auto same = [&path](const auto& each) { return each->path() == path; };
    if (std::any_of(next.plugins.begin(), next.plugins.end(), same)) {
      return os::error{"cannot load plugin: " + path + ": it is named twice", {}};
    }
    auto found = find_or_load(path);
    if (!found) return os::error{"cannot load plugin: " + found.error().what, found.error().code};
    if (const std::string wrong = conflict_of(**found, program_, next.plugins); !wrong.empty()) {
      return os::error{fmt::format("cannot load plugin: {}: {}", path, wrong), {}};
    }
    next.plugins.push_back(std::move(*found));
  }
  if (next.plugins != in_force_) next.table = table_of(next.plugins);
  next.messages = describe(in_force_, next.plugins);
  return next;
}

void plugin_set::commit(prepared next) {
  if (!next.table) return;
  for (const auto& each : next.plugins) each->announce();
  in_force_ = std::move(next.plugins);
  core_->replace_routes(std::move(next.table));
}

reload_outcome plugin_set::reload(std::string_view by) {
  std::vector<std::string> paths;
  for (const auto& each : in_force_) paths.push_back(each->path());
  auto next = prepare(paths);
  if (!next) {
    reload_outcome refused{false, {next.error().text()}};
    log::error("{}; asked for by {}, every plugin stays as it is", refused.messages.front(), by);
    return refused;
  }
  reload_outcome done{true, next->messages};
  if (done.messages.empty()) done.messages.emplace_back("no plugin has changed");
  for (const std::string& message : done.messages) log::info("{}, asked for by {}", message, by);
  commit(std::move(*next));
  return done;
}

std::string problem_of_plugins(const std::vector<std::string>& paths) {
  router none;
  const plugin_set alone{none};
  const auto tried = alone.prepare(paths);
  return tried ? std::string{} : tried.error().text();
}

}  // namespace baton
