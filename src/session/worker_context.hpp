// What the connections of one worker share: the thread's io_context, its deadlines, its clock, its
// spare workspaces, its registry, and a copy of the settings, which a reload replaces in place between two
// requests. Nothing in here is touched by another thread; what all workers share (`server_context`) is constant
// or safe by itself.
//
// Rejected: settings behind an atomic shared_ptr. Every request would count references on a line that all
// workers write to; a copy per worker costs a kilobyte and a posted task.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <baton/options.hpp>
#include <baton/server.hpp>

#include "http/access_line.hpp"
#include "http/forwarded.hpp"
#include "http/route_table.hpp"
#include "net/moving_connection.hpp"
#include "net/timer_wheel.hpp"
#include "net/tls_session.hpp"
#include "os/unique_fd.hpp"
#include "session/access_log.hpp"
#include "session/background_tasks.hpp"
#include "session/blocking_pool.hpp"
#include "session/connection_budget.hpp"
#include "session/connection_registry.hpp"
#include "session/handler_memory.hpp"
#include "session/handshake_queue.hpp"
#include "session/proxy_reception.hpp"
#include "session/route_share.hpp"
#include "session/worker_counters.hpp"
#include "session/workspace.hpp"

namespace baton::session {

/// What the workers take from the settings.
struct worker_settings {
  explicit worker_settings(const options& given);

  options values;
  http::redactions hidden;  ///< from the access log
  std::string server_line;  ///< `Server: ...\r\n` or empty
  std::string secure_line;  ///< what answers over TLS get instead: `Strict-Transport-Security` too, if wanted
  http::proxy_trust trust;
};

class worker_context;

/// One per server; constant once the workers run, except for what is any thread's.
struct server_context {
  server_context(const options& settings, std::shared_ptr<const http::route_table> routes);

  const std::shared_ptr<const http::route_table> routes;  ///< that the workers begin with
  std::atomic<std::uint16_t> https_port{443};             ///< where `to_https` sends clients
  const http::route to_https;                             ///< for every request on a `redirect://` listener
  server::state_hook state_hook;
  std::size_t workers = 1;  ///< how many share this
  /// Takes connections that leave a worker for another process (fsm::drain_manner::transfer_idle). On
  /// that worker's thread; `settle` must follow for each.
  std::function<void(worker_context&, std::vector<net::moving_connection>)> on_departure;

  // any thread
  std::atomic<fsm::drain_manner> draining{fsm::drain_manner::none};  ///< set before the workers are told
  connection_budget budget;
  blocking_pool blocking;
  access_log access;
};

class worker_context {
 public:
  worker_context(server_context& server, const options& settings);
  worker_context(const worker_context&) = delete;
  worker_context& operator=(const worker_context&) = delete;
  /// Closes what is still open, whatever it does. Nothing may run on the io_context any more.
  ~worker_context();

  boost::asio::io_context& io() noexcept { return io_; }
  /// Those in force; the reference stays good, the values are other ones after `apply`.
  [[nodiscard]] const options& settings() const noexcept { return settings_.values; }
  [[nodiscard]] std::string_view server_line() const noexcept { return settings_.server_line; }
  [[nodiscard]] const http::proxy_trust& trust() const noexcept { return settings_.trust; }
  [[nodiscard]] std::string_view secure_line() const noexcept { return settings_.secure_line; }
  /// Puts other settings in force, for whatever begins afterwards. A deadline that is armed keeps its time.
  void apply(worker_settings next) noexcept { settings_ = std::move(next); }
  server_context& server() noexcept { return server_; }
  connection_registry& registry() noexcept { return registry_; }
  workspace_pool& workspaces() noexcept { return workspaces_; }
  net::timer_wheel& wheel() noexcept { return wheel_; }
  worker_routes& routes() noexcept { return routes_; }
  /// Counted by this thread, read by any.
  worker_counters& counters() noexcept { return counters_; }
  [[nodiscard]] const worker_counters& counters() const noexcept { return counters_; }
  background_tasks& background() noexcept { return background_; }

  /// What new TLS connections are made of; null where there is no TLS.
  [[nodiscard]] const std::shared_ptr<const net::tls_context>& tls() const noexcept { return tls_; }
  void tls(std::shared_ptr<const net::tls_context> next) noexcept { tls_ = std::move(next); }
  [[nodiscard]] net::tls_buffers& tls_memory();
  handshake_queue& handshakes() noexcept { return handshakes_; }
  [[nodiscard]] std::size_t handshake_limit() const noexcept;
  /// One that was under way has ended: the next in line begins, in a turn of its own.
  void handshake_ended() noexcept;

  /// `Date: ...\r\n`, at most a second old.
  [[nodiscard]] std::string_view date_line() const noexcept { return date_line_; }

  /// Takes in a connection that the budget has counted, behind its PROXY header if one is to come.
  void enter(os::unique_fd socket, int family, connection_origin from);
  /// The same when it is known whose it is.
  void enter_known(os::unique_fd socket, int family, connection_origin from);

  /// Takes in one from another process, which the budget has counted.
  void adopt(net::moving_connection moved);

  /// For a connection that leaves; `prepare_departure` first, so that nothing can fail any more.
  void prepare_departure();
  void depart(connection& c, net::moving_connection leaving) noexcept;
  /// What became of connections that have left: those in `gone` have arrived elsewhere, `back` have not
  /// and go on here.
  void settle(const std::vector<session::peer_key>& gone, std::vector<net::moving_connection> back);

  /// Answers leave, and reads are armed again, when everything that is ready now has been served: all
  /// reads, then all writes keep the kernel's code paths in the cache, and an attempt to read right
  /// after an answer would only be told EAGAIN. The connection is called back before the next wait.
  void flush_later(connection& c);
  void rearm_later(connection& c);
  /// It runs a coroutine. Called back once, when everything that was ready has had its turn.
  void watch_later(connection& c);

  /// Numbers the rounds of reading, serving and sending, from 1; another one since means that time has passed.
  [[nodiscard]] std::uint32_t turn() const noexcept { return turn_; }
  /// When the batch began that is being served: one look at the clock (20 to 300 ns) for all requests that were
  /// ready together.
  [[nodiscard]] std::chrono::steady_clock::time_point batch_time();
  /// `answers` that were `began` then have been written. Noted when the batch has left, again by one look at the clock.
  void written(std::chrono::steady_clock::time_point began, std::uint32_t answers);

  [[nodiscard]] bool logs_access() const noexcept { return !settings_.values.access_log.path.empty(); }
  [[nodiscard]] const http::redactions& hidden() const noexcept { return settings_.hidden; }
  /// Ends the access log lines that `began` then, one or several, and empties `lines`. They leave with the next tick,
  /// or sooner if they are many.
  void log_access(std::string& lines, std::chrono::steady_clock::time_point began, bool cut);

  /// A place to read what is thrown away into.
  [[nodiscard]] std::span<char> scratch() noexcept { return scratch_; }

  /// Drains the connections and stops the timers; `empty` is called once, on this thread, when no connection and no
  /// background task is left.
  void drain(fsm::drain_manner manner, std::function<void()> empty);
  /// Calls it off.
  void undrain();
  /// Closes every connection, those too whose PROXY header has not come, and cancels every background task now.
  void close_all();
  /// When idle connections that linger are closed; after `drain`.
  [[nodiscard]] net::wheel_time linger_until() const noexcept { return drain_began_ + settings_.values.drain.linger; }

 private:
  void wake();
  void tick();
  void advance_clock();
  void arm_tick();
  void refresh_date();
  void end_batch();
  void flush_all();
  void note_written();
  void hand_over_access();
  void send_departures();
  void watch_waiting();
  void drain_on();
  [[nodiscard]] std::unique_ptr<connection> make_moved(net::moving_connection moved);
  void post_end_of_batch();

  // The order matters at the end: sockets have been shed, operations and coroutine frames go with the
  // io_context, then the connections whose memory they used, then what those are filed in.
  server_context& server_;
  worker_settings settings_;
  net::timer_wheel wheel_;
  workspace_pool workspaces_;
  worker_routes routes_;
  std::shared_ptr<const net::tls_context> tls_;
  std::unique_ptr<net::tls_buffers> tls_memory_;
  handshake_queue handshakes_;
  connection_registry registry_;
  background_tasks background_{io_, [this] { registry_.enter_other(); }, [this] { registry_.leave_other(); }};
  proxy_reception reception_{*this};
  handler_memory batch_memory_;
  boost::asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  boost::asio::steady_timer ticker_;
  bool ticking_ = false;
  net::wheel_time last_tick_;
  net::wheel_time::duration stalled_{0};  // time in which this thread did not run
  std::int64_t date_second_ = -1;
  std::string date_line_;
  std::vector<connection*> flush_;
  std::vector<connection*> flushing_;
  std::vector<connection*> rearm_;
  std::vector<connection*> rearming_;
  std::vector<connection*> watch_;
  std::array<std::vector<connection*>, 2> watching_;  // since one end of a batch ago, and two
  std::vector<net::moving_connection> departures_;
  std::shared_ptr<const std::string> last_local_;  // of the last one that arrived; the next has mostly the same
  std::uint32_t turn_ = 1;
  bool batch_posted_ = false;
  bool turn_posted_ = false;                            // somebody is about to look who is next in line for a handshake
  bool leaving_ = false;                                // flush_all runs
  std::chrono::steady_clock::time_point batch_time_{};  // the epoch: not asked for yet
  struct written_answers {
    std::chrono::steady_clock::time_point began;
    std::uint32_t count;
  };
  std::vector<written_answers> written_;  // in the batch that leaves
  worker_counters counters_;
  std::string access_lines_;
  std::size_t access_count_ = 0;  // of those lines
  net::wheel_time drain_began_;
  std::array<char, 16 * 1024> scratch_;
};

}  // namespace baton::session
