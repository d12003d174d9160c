// The threads that serve, each with a worker_context of its own. A connection is given to the worker
// that has the fewest and stays there all its life.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "fsm/connection_fsm.hpp"
#include "net/acceptor.hpp"
#include "session/worker_context.hpp"

namespace baton {

class worker_pool {
 public:
  /// `count` workers, at least one, not running yet.
  worker_pool(session::server_context& server, const options& settings, std::size_t count);
  /// As `stop`.
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  void start();

  /// New TLS connections are made of this from now on, on each worker as soon as it comes to it. Any thread.
  void use(const std::shared_ptr<const net::tls_context>& context);

  /// The io_context that the acceptors run on; the first worker's.
  boost::asio::io_context& accepting_context() noexcept { return workers_.front()->context.io(); }

  /// On the first worker; see server::background and server::every. Any thread.
  void background(background_job work);
  void every(std::chrono::milliseconds interval, background_job work);

  /// Puts other settings in force, on each worker as soon as it comes to it. Any thread.
  void apply(const options& settings);

  /// Takes a connection in. On the accepting context's thread.
  void deal(net::accepted_socket accepted, const net::listener& from);

  /// Takes in one from another process, which the budget has counted. On the accepting context's thread.
  void adopt(net::moving_connection moved);

  /// On the accepting context's thread, after the last `deal`: every connection dealt so far is told.
  /// `empty` is called once, on some worker's thread, when none is left anywhere. Only the first call
  /// counts, until `undrain`.
  void drain(fsm::drain_manner manner, std::function<void()> empty);
  /// Calls the drain off; its `empty` may still be called, if the last connection leaves at this moment.
  void undrain();

  /// Closes every connection now. On the accepting context's thread.
  void close_connections();

  /// From now on each worker looks routes up in `table`, as soon as it comes to it. Any thread.
  void replace_routes(const std::shared_ptr<const http::route_table>& table);

  /// Calls `answered` once, on some worker's thread, when every worker has come by. Any thread.
  void probe(std::function<void()> answered);

  /// Any thread.
  [[nodiscard]] session::connection_counts counts() const noexcept;

  /// One for each worker, which stays where it is. Any thread.
  [[nodiscard]] std::vector<const session::worker_counters*> counters() const;
  /// As `counts`, of each worker alone. Any thread.
  [[nodiscard]] std::vector<session::connection_counts> counts_by_worker() const;

  /// Asks each worker for at most `limit` connections; `each` is called on its thread. Returns how many
  /// have been asked; those that have stopped do not answer. Any thread.
  std::size_t describe(std::size_t limit, const std::function<void(std::vector<session::connection_summary>)>& each);

  /// Ends the threads, without waiting for connections. Not from a worker's thread.
  void stop() noexcept;

 private:
  struct worker {
    worker(session::server_context& server, const options& settings)
        : context{server, settings}, guard{context.io().get_executor()} {}
    session::worker_context context;
    std::atomic<std::size_t> coming{0};  // given to it, and not taken in yet
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
    std::thread thread;
  };

  [[nodiscard]] worker& next() noexcept;

  session::server_context& server_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::size_t turn_ = 0;       // accepting thread only
  std::uint64_t last_id_ = 0;  // accepting thread only
  bool drain_begun_ = false;   // accepting thread only
};

}  // namespace baton
