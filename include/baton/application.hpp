// The whole program: command line and conf file, signals, and the binary upgrade. A `main` makes one,
// fills the router and returns `run()`.
//
//     int main(int argc, char** argv) {
//       baton::application app{argc, argv};
//       app.routes().get("/", [](baton::request&) { return baton::response::text("hello\n"); });
//       return app.run();
//     }
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <baton/background.hpp>
#include <baton/handover.hpp>
#include <baton/metrics.hpp>
#include <baton/options.hpp>
#include <baton/router.hpp>
#include <baton/server.hpp>
#include <baton/upgrade_events.hpp>

namespace baton {

/// The phases of a process; every change is logged once it is true.
///
///     starting -> serving -> upgrading -> draining -> guarding -> stopped
///                    ^-----------'            |           |       (the new process failed to start)
///                    ^------------------------+-----------'       (it was lost, or taken back)
///     starting | serving | upgrading -> draining -> stopped       (TERM, INT, QUIT)
enum class phase : std::uint8_t { starting, serving, upgrading, draining, guarding, stopped };
[[nodiscard]] std::string_view to_string(phase value) noexcept;

/// One per process, made first thing in `main`, on the main thread.
class application {
 public:
  /// Blocks the signals that `run` will take (USR2, USR1, HUP, TERM, INT, QUIT), so that one that
  /// comes during start-up waits instead of killing. Remembers argv, the start directory and the
  /// environment for the next generation. `argv` must outlive the application.
  application(int argc, char** argv);
  ~application();
  application(const application&) = delete;
  application& operator=(const application&) = delete;

  /// Adds the program's own option under `name` (`group.name` or `name`), readable from the command
  /// line (`--name`) and the conf file, with `fallback` as its default. Throws std::invalid_argument
  /// if the name is taken. Before `parse` or `run`.
  void add_option(std::string_view name, std::string_view help, std::string fallback);

  /// Reads the command line and the conf file now rather than in `run`; for programs whose routes
  /// depend on options. False: the program should return `exit_status()` (`--help`, `--version`,
  /// `--check-config`, `--print-config`, or an error that has been printed). With `--supervise` it stays
  /// until the server, a child of its own, has ended: what should exist once is to be made after it.
  [[nodiscard]] bool parse();
  [[nodiscard]] int exit_status() const noexcept;

  /// The value of an own option, after `parse`. Throws std::out_of_range for an unknown name. A reload changes the
  /// text in place: once `run` was called, only its thread (the hooks below that say so) may read it, and handlers
  /// need a copy of their own.
  [[nodiscard]] const std::string& option(std::string_view name) const;
  /// The options in force, after `parse`; as for `option`.
  [[nodiscard]] const options& settings() const noexcept;

  /// The text of `--version`.
  void version(std::string text);

  [[nodiscard]] router& routes() noexcept;

  /// The generation of this process: 1 for the first, one more after every upgrade.
  [[nodiscard]] unsigned generation() const noexcept;

  /// Hands the state `name` over to the next generation, whose build registers the same name: `save` writes
  /// it there and `load` reads it here (baton/handover.hpp has the rules of both). `version` is that of the
  /// format that `save` writes; `load` must read it and all older ones that may still come. A newer one
  /// never reaches it, that upgrade fails. Before `run`. Names are 1 to 128 printable ASCII bytes;
  /// those that begin with `baton.` are the library's. Throws std::invalid_argument for a name that is
  /// taken or no name, and for an empty function; at most 250 states.
  void handover(std::string name, unsigned version, save_function save, load_function load);

  /// A counter that goes from generation to generation, at 0 in the first. Before `run`; the reference is
  /// valid as long as the application. What the predecessor counted is there before `on_start`. Names and
  /// exceptions as for `handover`; at most 4096 counters, whose names are apart from those of states.
  [[nodiscard]] carried_counter& counter(std::string name);

  /// The program's own metrics, beside the server's on the admin listener (option `admin`); they are counted without
  /// one as well. Before `run`.
  [[nodiscard]] metric_registry& metrics() noexcept;

  /// As server::background and server::every, before `run`, in hooks, in handlers. On any thread; before `run` has
  /// workers they are kept for them, and when it has none any more they are dropped. After an upgrade each
  /// process runs its own: the old one's timers stop when it begins to drain.
  void background(background_job work);
  void every(std::chrono::milliseconds interval, background_job work);

  void on_connection_state(server::state_hook hook);
  /// Called when a drain begins, on the main thread; nobody waits for it.
  void on_drain(std::function<void()> hook);
  /// Called once a second on the main thread while the previous generation could still take over again
  /// (`upgrade.guard`): false, or an exception with its text, hands back to it, and this process drains.
  /// It must not block.
  void on_health_check(std::function<bool()> healthy);
  /// Called before the first connection is accepted; an exception ends the start with its text. May be called several
  /// times, as may on_reload; the callbacks are called in that order.
  void on_start(std::function<void()> hook);

  /// Called after a reload (HUP, USR1), on the thread that called `run`, when the new values are what `settings` and
  /// `option` return. An exception is logged. Listeners and workers may take them over a moment later. A reload that
  /// is refused, for a mistake in the conf file or a listener that cannot be bound, does not get here.
  void on_reload(std::function<void()> hook);

  // Each of the following may be called several times before `run`; the callbacks are called in that
  // order. Save for on_before_upgrade they run on the main thread, which has the signals and the
  // upgrade, but no requests: what takes long belongs elsewhere. An exception is logged and changes
  // nothing.

  /// Called when this generation serves, after the line that says so has been printed; after an upgrade
  /// that is once the predecessor has let go of the listeners.
  void on_ready(std::function<void()> hook);
  /// Called for each upgrade that has been asked for, before anything of it happens, on a thread of its own:
  /// it may fetch a new build and take its time, up to `upgrade.before_timeout` for all of them
  /// together. An exception refuses the upgrade with its text as the reason, and this process goes on as
  /// if it had not been asked. One that does not return in time refuses it too, and every further one
  /// until it has returned; it may still run when `run` has returned, and must not refer to what is gone
  /// by then. A reload may change `settings` and `option` meanwhile: it reads copies of its own.
  void on_before_upgrade(std::function<void(const upgrade_attempt&)> hook);
  /// Called in the old process when the new one has said that it is ready; the drain has begun then.
  void on_handed_over(std::function<void(const successor&)> hook);
  /// Called last of all in `run`, after the drain, when no request is left and no listener; not where the
  /// start has failed or a second signal has ended the process at once.
  void on_stop(std::function<void()> hook);

  /// Serves until a signal ends it. Returns the exit status: 0 after a complete drain, 1 after an
  /// error or a drain that had to close connections by force, 2 for a bad command line or conf file.
  [[nodiscard]] int run();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace baton
