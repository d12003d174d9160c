// A server's inside: the shell that obeys drain_fsm. Shared by the public `server`, which waits for a
// drain, and by `application`, which must not block and is called back.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <baton/options.hpp>
#include <baton/server.hpp>

#include "fsm/drain_fsm.hpp"
#include "net/acceptor.hpp"
#include "net/ticket_keys.hpp"
#include "net/tls_context.hpp"
#include "server/listeners.hpp"
#include "server/worker_pool.hpp"
#include "session/worker_context.hpp"
#include "upgrade/upgrader.hpp"

namespace baton {

class server_core {
 public:
  server_core(const options& settings, std::shared_ptr<const http::route_table> routes);
  /// Closes everything and waits for the threads.
  ~server_core();
  server_core(const server_core&) = delete;
  server_core& operator=(const server_core&) = delete;

  // Before `start`.
  void on_connection_state(server::state_hook hook) { context_.state_hook = std::move(hook); }
  void on_drain(std::function<void()> hook) { drain_hook_ = std::move(hook); }

  /// Reads the certificates and keys that the settings name: `prepare` does it too, but may come when they
  /// cannot be read any more (privileges). Throws std::runtime_error.
  void load_certificates();
  /// Makes everything ready to serve on listeners that are bound already. Call once. Throws std::runtime_error where
  /// certificates cannot be loaded.
  void prepare(std::vector<net::listener> listeners);
  /// Begins to accept; cannot fail. Once, after `prepare`.
  void accept();

  /// See server::background and server::every.
  void background(background_job work) { workers_.background(std::move(work)); }
  void every(std::chrono::milliseconds interval, background_job work) { workers_.every(interval, std::move(work)); }

  [[nodiscard]] std::vector<std::string> addresses() const { return addresses_; }

  /// With what is spoken there: `http://127.0.0.1:80`, `https://[::]:443`, `redirect://...`; a path alone.
  [[nodiscard]] std::vector<std::string> urls() const;

  // While it serves, on the thread that called `prepare`; server_core_reload.cpp.

  /// Puts other settings in force for what begins afterwards: on each worker as soon as it comes to it. Listeners
  /// stay as they are, and so does the number of threads.
  void apply(const options& settings);
  /// New TLS connections are made of this from now on; null: there are none. `prepare` begins with what the
  /// settings name.
  void use(std::shared_ptr<const net::tls_context> context);
  [[nodiscard]] const std::shared_ptr<const net::tls_context>& tls() const noexcept { return tls_; }
  /// The keys of session tickets, for the next process to go on with. Any thread.
  [[nodiscard]] const std::shared_ptr<net::ticket_keys>& tickets() const noexcept { return tickets_; }
  /// What is served now, for `plan_listeners`.
  [[nodiscard]] std::vector<served_listener> served() const;
  /// Serves on other listeners: `bound` are those that `plan` has to have bound, in its order. Those that are not
  /// wanted any more are emptied and let go of; connections that came through them live on.
  void serve_on(const listener_plan& plan, std::vector<net::listener> bound);
  /// Access log lines go there from now on.
  void write_access_log_to(std::unique_ptr<log::destination> next) { context_.access.write_to(std::move(next)); }
  /// Opens the access log anew, if there is one: for a rotation that has renamed it. Where that fails the old one is
  /// kept.
  void reopen_access_log();
  /// Gives the paths of unix listeners another mode and owner; a failure is logged.
  void set_path_access(net::path_access access);
  /// Sets the queues' length anew; a failure is logged.
  void set_backlog(int backlog);

  /// Requests that begin from now on find their routes in `table`; those under way keep theirs, and what it
  /// holds, to their end. Any thread, also before `prepare`.
  void replace_routes(const std::shared_ptr<const http::route_table>& table) { workers_.replace_routes(table); }
  /// Calls `done` when every worker has begun a new turn: what was on its stack has returned. Any thread.
  void await_turns(std::function<void()> done) { workers_.probe(std::move(done)); }

  /// The listening descriptors, for the next generation; valid until a drain or close begins.
  [[nodiscard]] const std::vector<upgrade::offered_listener>& offer_listeners() const noexcept { return offers_; }

  /// Which paths of unix sockets are removed when this process lets go of the listeners: those that no
  /// other process has.
  enum class removal : std::uint8_t { all, own, none };
  void remove_paths(removal which) noexcept { removal_ = which; }

  /// Called once on a worker's thread when the listeners have been let go of. Before the drain.
  void on_released(std::function<void()> hook) { released_hook_ = std::move(hook); }

  /// What happens to the listeners in a drain: `close` them, or `hold` them open and unpolled, since the
  /// next process may be lost and this one has to accept again.
  enum class listening : std::uint8_t { close, hold };

  /// Begins a drain, if none has begun. `drained` is called once on some thread when no connection is
  /// left, at once if that is so already; not any more after `resume`. Any thread but a worker's.
  void begin_drain(fsm::drain_manner manner, listening after, std::function<void()> drained);
  /// As `drain.idle` says, where there is no next process; the listeners are closed.
  void begin_drain(std::function<void()> drained);

  /// Calls a drain off: accepts again on the listeners it held, and connections stay. Nothing after
  /// `close`. Any thread but a worker's.
  void resume();

  /// Connections that leave a worker (fsm::drain_manner::transfer_idle) are given to `sink`, on that
  /// worker's thread; `settle` must follow for each. Before `prepare`.
  using departure_sink = std::function<void(session::worker_context&, std::vector<net::moving_connection>)>;
  void on_departure(departure_sink sink) { context_.on_departure = std::move(sink); }
  /// See worker_context::settle. Any thread.
  static void settle(session::worker_context& worker, std::vector<session::peer_key> gone,
                     std::vector<net::moving_connection> back);
  /// Whether one from another process may come in; it is counted then. Any thread.
  [[nodiscard]] bool admit(const net::moving_connection& moved);
  /// Takes in those that were admitted. Any thread.
  void adopt(std::vector<net::moving_connection> moved);

  /// Waits for the end of the drain or of `deadline` (zero: none); see server::shutdown.
  drain_result wait_drained(std::chrono::milliseconds deadline);

  /// Closes every connection, whatever it does; a drain that is under way ends by that.
  void cut_connections();

  /// See server::close.
  void close();

  [[nodiscard]] std::size_t connections() const noexcept;
  /// By state; any thread.
  [[nodiscard]] session::connection_counts counts() const noexcept { return workers_.counts(); }
  /// See worker_pool; any thread.
  [[nodiscard]] std::vector<const session::worker_counters*> counters() const { return workers_.counters(); }
  [[nodiscard]] std::vector<session::connection_counts> counts_by_worker() const { return workers_.counts_by_worker(); }
  /// See worker_pool::describe.
  std::size_t describe_connections(std::size_t limit,
                                   const std::function<void(std::vector<session::connection_summary>)>& each) {
    return workers_.describe(limit, each);
  }

 private:
  void tell_workers(const fsm::drain_actions& actions);
  void tell_hook() const;
  void report();
  void release_acceptors(bool sweep);
  void hold_acceptors();
  void drain_connections();
  void close_connections();
  void emptied(std::uint64_t round);
  void start_acceptor(net::listener source);
  void retire_acceptor(os::fd_view socket);
  void rename_acceptor(os::fd_view socket, const std::string& spec, listen_scheme scheme);
  void find_https_port();
  [[nodiscard]] static std::size_t worker_count(const options& settings);
  [[nodiscard]] static options completed(options settings);

  // Before the workers: the last connection may go with them, and tells here.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  fsm::drain_fsm fsm_;                                        // guarded by mutex_
  std::uint64_t round_ = 0;                                   // guarded by mutex_: of the drain; it may be called off
  fsm::drain_manner manner_ = fsm::drain_manner::close_idle;  // guarded by mutex_
  listening after_ = listening::close;                        // guarded by mutex_
  bool empty_ = false;                                        // guarded by mutex_: drained, or closed and all gone
  std::vector<std::function<void()>> on_drained_;             // guarded by mutex_

  options settings_;  // guarded by mutex_; completed
  session::server_context context_;
  const std::shared_ptr<net::ticket_keys> tickets_;  // shared with connections that outlive a reload
  std::shared_ptr<const net::tls_context> tls_;      // on the thread that called `prepare`
  std::function<void()> drain_hook_;
  std::function<void()> released_hook_;
  worker_pool workers_;
  std::vector<std::unique_ptr<net::acceptor>> acceptors_;  // on the accepting context's thread
  std::vector<net::listener> unserved_;                    // on that thread: could not be waited for
  std::vector<std::string> addresses_;                     // one for each of `offers_`
  std::vector<upgrade::offered_listener> offers_;
  bool started_ = false;
  std::atomic<removal> removal_{removal::all};
};

}  // namespace baton
