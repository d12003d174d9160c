#include "server/reload_parts.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "os/log_file.hpp"
#include "os/pid_file.hpp"
#include "server/lifecycle.hpp"
#include "server/listeners.hpp"
#include "server/log_output.hpp"
#include "server/plugin_set.hpp"
#include "server/server_core.hpp"
#include "server/tls_files.hpp"
#include "server/watch_list.hpp"

namespace baton {
namespace {

class log_change final : public prepared_change {
 public:
  explicit log_change(const settings_change& change)
      : level_{change.after.log}, moves_{change.before.log_file != change.after.log_file} {
    if (!moves_ || change.after.log_file.empty()) return;
    auto opened = os::open_log_file(change.after.log_file);
    if (!opened) throw std::runtime_error{"cannot open the log file: " + opened.error().text()};
    file_ = std::move(*opened);
  }
  void commit() override {
    set_log_level(level_);
    if (moves_) log::set_destination(std::move(file_));
  }

 private:
  const log_level level_;
  const bool moves_;
  std::unique_ptr<log::destination> file_;  // null: standard error
};

class access_log_change final : public prepared_change {
 public:
  access_log_change(server_core& core, const std::string& path) : core_{core} {
    if (path.empty()) return;
    auto opened = session::open_access_log(path);
    if (!opened) throw std::runtime_error{"cannot open the access log: " + opened.error().text()};
    file_ = std::move(*opened);
  }
  void commit() override { core_.write_access_log_to(std::move(file_)); }

 private:
  server_core& core_;
  std::unique_ptr<log::destination> file_;  // null: no access log
};

class listeners_change final : public prepared_change {
 public:
  listeners_change(server_core& core, const settings_change& change)
      : core_{core},
        after_{change.after},
        plan_{plan_listeners(core.served(), change.after.listen)},
        bound_{plan_, change.after} {
    const unix_options& before = change.before.unix_socket;
    const unix_options& after = change.after.unix_socket;
    if (before.mode != after.mode || before.owner != after.owner) {
      access_ = net::find_access("unix sockets", bind_options_of(change.after));
    }
    lengthens_ = change.before.backlog != change.after.backlog;
  }
  void commit() override {
    core_.serve_on(plan_, bound_.take());
    if (lengthens_) core_.set_backlog(after_.backlog);
    if (access_) core_.set_path_access(*access_);
  }

 private:
  server_core& core_;
  const options& after_;
  const listener_plan plan_;
  bound_listeners bound_;
  std::optional<net::path_access> access_;
  bool lengthens_ = false;
};

class pid_file_change final : public prepared_change {
 public:
  explicit pid_file_change(const settings_change& change) : old_{change.before.pid_file}, new_{change.after.pid_file} {
    if (new_.empty()) return;
    auto draft = os::pid_file_draft::write(new_);
    if (!draft) throw std::runtime_error{"cannot write the pid file: " + draft.error().text()};
    draft_.emplace(std::move(*draft));
  }
  void commit() override {
    if (draft_) {
      if (const auto published = draft_->publish(); !published) {
        return log::error("cannot write the pid file: {}; the old one stays", published.error().text());
      }
    }
    if (old_.empty() || same_file()) return;
    if (const auto removed = os::remove_pid_file(old_); !removed) {
      log::warning("cannot remove the old pid file: {}", removed.error().text());
    }
  }

 private:
  // The new text may be another name of the same path.
  [[nodiscard]] bool same_file() const {
    std::error_code ignored;
    return !new_.empty() && std::filesystem::equivalent(old_, new_, ignored);
  }

  const std::string old_;
  const std::string new_;
  std::optional<os::pid_file_draft> draft_;
};

class plugins_change final : public prepared_change {
 public:
  plugins_change(plugin_set& plugins, const settings_change& change) : plugins_{plugins} {
    auto prepared = plugins.prepare(change.after.plugin);
    if (!prepared) throw std::runtime_error{prepared.error().text()};
    next_ = std::move(*prepared);
  }
  void commit() override { plugins_.commit(std::move(next_)); }
  [[nodiscard]] std::vector<std::string> changes() const override { return next_.messages; }

 private:
  plugin_set& plugins_;
  plugin_set::prepared next_;
};

}  // namespace

reload_part log_part() {
  return [](const settings_change& change) -> std::unique_ptr<prepared_change> {
    return std::make_unique<log_change>(change);
  };
}

reload_part access_log_part(server_core& core) {
  return [&core](const settings_change& change) -> std::unique_ptr<prepared_change> {
    if (change.before.access_log.path == change.after.access_log.path) return nullptr;
    return std::make_unique<access_log_change>(core, change.after.access_log.path);
  };
}

reload_part listeners_part(server_core& core) {
  return [&core](const settings_change& change) -> std::unique_ptr<prepared_change> {
    return std::make_unique<listeners_change>(core, change);
  };
}

reload_part plugins_part(plugin_set& plugins) {
  return [&plugins](const settings_change& change) -> std::unique_ptr<prepared_change> {
    return std::make_unique<plugins_change>(plugins, change);
  };
}

reload_part pid_file_part() {
  return [](const settings_change& change) -> std::unique_ptr<prepared_change> {
    if (change.before.pid_file == change.after.pid_file) return nullptr;
    return std::make_unique<pid_file_change>(change);
  };
}

reload_part watch_part(const watch_list& watched, lifecycle& life) {
  const auto apply = [&watched, &life](const options& after) { life.watch(watched.targets(after), after.watch.delay); };
  return [part = applies(apply)](const settings_change& change) -> std::unique_ptr<prepared_change> {
    const watch_options& before = change.before.watch;
    const watch_options& after = change.after.watch;
    const bool same = before.targets == after.targets && before.delay == after.delay &&
                      change.before.plugin == change.after.plugin &&
                      tls_files(change.before) == tls_files(change.after);
    return same ? nullptr : part(change);
  };
}

}  // namespace baton
