#include <baton/application.hpp>

#include <cstdio>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"
#include "config/parser.hpp"
#include "os/descriptors.hpp"
#include "os/process_image.hpp"
#include "os/signal_set.hpp"
#include "server/background_desk.hpp"
#include "server/containment.hpp"
#include "server/hooks.hpp"
#include "server/lifecycle.hpp"
#include "server/log_output.hpp"
#include "server/metrics_totals.hpp"
#include "server/own_metrics.hpp"
#include "server/plugin_set.hpp"
#include "server/readiness.hpp"
#include "server/reload_parts.hpp"
#include "server/reloader.hpp"
#include "server/server_core.hpp"
#include "server/supervisor.hpp"
#include "server/tls_files.hpp"
#include "server/watch_list.hpp"
#include "upgrade/parent_channel.hpp"
#include "upgrade/state_registry.hpp"

namespace baton {
namespace {

std::string base_name(std::string_view path) {
  return std::string{path.substr(path.rfind('/') + 1)};
}

// First of all that a process does, in this order.
os::process_image take_over(int argc, char** argv) {
  os::signal_set::handled().block();
  static_cast<void>(os::open_standard_descriptors());  // where this fails, so will the rest, and say why
  os::ignore_sigpipe();
  os::reset_sigchld();
  auto image = os::process_image::capture(argc, argv);
  os::restore_process_name(image);
  return image;
}

void check_own_name(std::string_view name) {
  if (name.starts_with("baton.")) throw std::invalid_argument{"names that begin with `baton.` are the library's"};
}

}  // namespace

std::string_view to_string(phase value) noexcept {
  switch (value) {
    case phase::starting:
      return "starting";
    case phase::serving:
      return "serving";
    case phase::upgrading:
      return "upgrading";
    case phase::draining:
      return "draining";
    case phase::guarding:
      return "guarding";
    case phase::stopped:
      return "stopped";
  }
  return "?";
}

struct application::impl {
  impl(int count, char** values)
      : argc{count}, argv{values}, image{take_over(count, values)}, inherited{upgrade::inherit()} {}

  const int argc;
  char** const argv;
  os::process_image image;
  os::result<upgrade::inheritance> inherited;
  watch_list watched{image};
  bool reloading = false;
  config::parser parser{[this](const std::string& path) {
    watched.reading_conf(path);
    return reloading ? config::read_file_again(path) : config::read_file(path);
  }};
  std::optional<config::outcome> parsed;
  std::vector<watch_target> watch_targets;
  int exit_status = 0;
  bool logs_to_file = false;
  router routes;
  background_desk desk;
  upgrade::state_registry states;
  own_metrics own{states.counters()};
  metric_registry metrics{own};
  server::state_hook state_hook;
  std::function<void()> drain_hook;
  hooks called;

  [[nodiscard]] int serve();
  [[nodiscard]] int fail(const std::string& reason);
  void check_plugins();
  void check_tls();
  void hand_tickets_over(server_core& core);
  void supervise();
};

void application::impl::check_plugins() {
  if (parsed->exit_status != 0) return;
  const std::string problem = problem_of_plugins(parsed->settings.plugin);
  if (problem.empty()) return;
  parsed->out.clear();
  parsed->err = problem + "\n";
  parsed->exit_status = 2;
}

void application::impl::check_tls() {
  if (parsed->exit_status != 0) return;
  std::vector<std::string> warnings;
  const std::string problem = problem_of_tls(parsed->settings, warnings);
  for (const std::string& each : warnings) parsed->err += each + "\n";
  if (problem.empty()) return;
  parsed->out.clear();
  parsed->err += problem + "\n";
  parsed->exit_status = 2;
}

// Sessions that this process has made are to resume in the next one.
void application::impl::hand_tickets_over(server_core& core) {
  const auto save = [&core](state_writer& out) { out.write(core.tickets()->save(std::chrono::system_clock::now())); };
  const auto load = [&core](const state_reader& in) {
    if (in.bytes().empty() || core.tickets()->load(in.bytes(), std::chrono::system_clock::now())) return;
    log::warning("the keys of session tickets did not come whole; TLS sessions begin anew");
  };
  states.add("baton.tls_tickets", 1, save, load);
}

// Also where people look who have just started it by hand, and where a predecessor listens.
int application::impl::fail(const std::string& reason) {
  log::error("{}", reason);
  if (logs_to_file) std::fprintf(stderr, "%s: %s\n", base_name(argv[0]).c_str(), reason.c_str());
  if (inherited && inherited->parent) inherited->parent->failed(reason);
  return exit_status = 1;
}

void application::impl::supervise() {
  parsed->next = config::action::exit;
  if (!inherited) return static_cast<void>(fail("cannot take over what was inherited: " + inherited.error().text()));
  try {
    exit_status = supervisor{supervised_image(std::move(image)), inherited->listeners.rest()}.run();
  } catch (const std::exception& error) {
    static_cast<void>(fail(error.what()));
  }
}

application::application(int argc, char** argv) : impl_{std::make_unique<impl>(argc, argv)} {}

application::~application() = default;

void application::add_option(std::string_view name, std::string_view help, std::string fallback) {
  impl_->parser.add_option(name, help, std::move(fallback));
}

void application::version(std::string text) {
  impl_->parser.version(std::move(text));
}

bool application::parse() {
  impl& self = *impl_;
  if (!self.parsed) {
    self.parsed = self.parser.parse(self.argc, self.argv);
    if (self.parsed->check_only) {
      self.check_tls();
      self.check_plugins();
    }
    std::fputs(self.parsed->out.c_str(), stdout);
    std::fflush(stdout);
    std::fputs(self.parsed->err.c_str(), stderr);
    self.exit_status = self.parsed->exit_status;
    const bool failed = self.parsed->next == config::action::exit;
    if (failed && self.inherited && self.inherited->parent) self.inherited->parent->failed(self.parsed->err);
    set_log_level(self.parsed->settings.log);
    if (self.parsed->next == config::action::run) self.watch_targets = self.watched.targets(self.parsed->settings);
  }
  if (self.parsed->next == config::action::supervise) self.supervise();
  return self.parsed->next == config::action::run;
}

int application::exit_status() const noexcept {
  return impl_->exit_status;
}

const std::string& application::option(std::string_view name) const {
  if (!impl_->parsed) throw std::out_of_range{"options are known after parse()"};
  const auto found = impl_->parsed->own.find(name);
  if (found == impl_->parsed->own.end()) throw std::out_of_range{"no such option: " + std::string{name}};
  return found->second;
}

const options& application::settings() const noexcept {
  static const options none;
  return impl_->parsed ? impl_->parsed->settings : none;
}

router& application::routes() noexcept {
  return impl_->routes;
}

unsigned application::generation() const noexcept {
  return impl_->inherited ? impl_->inherited->generation : 1;
}

void application::handover(std::string name, unsigned version, save_function save, load_function load) {
  check_own_name(name);
  impl_->states.add(std::move(name), version, std::move(save), std::move(load));
}

carried_counter& application::counter(std::string name) {
  check_own_name(name);
  return impl_->states.counters().add(std::move(name));
}

metric_registry& application::metrics() noexcept {
  return impl_->metrics;
}

void application::background(background_job work) {
  impl_->desk.background(std::move(work));
}

void application::every(std::chrono::milliseconds interval, background_job work) {
  impl_->desk.every(interval, std::move(work));
}

void application::on_connection_state(server::state_hook hook) {
  impl_->state_hook = std::move(hook);
}
void application::on_drain(std::function<void()> hook) {
  impl_->drain_hook = std::move(hook);
}
void application::on_health_check(std::function<bool()> healthy) {
  impl_->called.healthy = std::move(healthy);
}
void application::on_start(std::function<void()> hook) {
  impl_->called.start.push_back(std::move(hook));
}
void application::on_reload(std::function<void()> hook) {
  impl_->called.reload.push_back(std::move(hook));
}
void application::on_ready(std::function<void()> hook) {
  impl_->called.ready.push_back(std::move(hook));
}
void application::on_before_upgrade(std::function<void(const upgrade_attempt&)> hook) {
  impl_->called.before_upgrade.push_back(std::move(hook));
}
void application::on_handed_over(std::function<void(const successor&)> hook) {
  impl_->called.handed_over.push_back(std::move(hook));
}
void application::on_stop(std::function<void()> hook) {
  impl_->called.stop.push_back(std::move(hook));
}

int application::impl::serve() {
  readiness ready;
  ready.add_route(routes, parsed->settings.shutdown.readiness);
  plugin_set plugins{routes};  // goes last: its code may be on any of the others' stacks
  metrics_totals totals{states.counters()};
  containment rights{parsed->settings};
  fit_descriptor_limit(parsed->settings);
  server_core core{parsed->settings, plugins.own_table()};
  const background_desk::opening desk_open{desk, core};
  core.on_connection_state(state_hook);
  core.on_drain(drain_hook);
  if (speaks_tls(parsed->settings)) hand_tickets_over(core);
  reloading = true;
  reloader reload{*parsed, [this] { return parser.parse(argc, argv); }};
  reload.add(log_part());
  reload.add(pid_file_part());
  reload.add(tls_part(core));  // before the listeners that need it
  reload.add(access_log_part(core));
  reload.add(listeners_part(core));
  reload.add(applies([&core](const options& after) {
    fit_descriptor_limit(after);
    core.apply(after);
  }));
  reload.on_reload([this] { called.tell_reload(); });
  lifecycle life{parsed->settings, base_name(argv[0]),    core,   ready,
                 std::move(image), std::move(*inherited), states, reload,
                 called,           {totals, own}};
  life.attach(plugins);
  life.on_opened([&rights] { rights.enforce(); });
  life.watch(std::move(watch_targets), parsed->settings.watch.delay);
  reload.add(watch_part(watched, life));
  const auto own_version = parsed->own.find("version");
  life.version(own_version != parsed->own.end() ? own_version->second : parser.version());
  return life.run([this] { called.call_start(); });
}

int application::run() {
  if (!parse()) return exit_status();
  impl& self = *impl_;
  if (const auto logging = log_to(self.parsed->settings.log_file); !logging) {
    return self.fail("cannot open the log file: " + logging.error().text());
  }
  self.logs_to_file = !self.parsed->settings.log_file.empty();
  if (!self.inherited) return self.fail("cannot take over what was inherited: " + self.inherited.error().text());
  try {
    return self.exit_status = self.serve();
  } catch (const std::exception& error) {
    return self.fail(error.what());
  }
}

}  // namespace baton
