// A server in one process: listeners, workers, connections, and the drain in the manner of Go's
// Server.Shutdown. It takes no signals and starts no processes; `application` adds those.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <baton/background.hpp>
#include <baton/connection_info.hpp>
#include <baton/options.hpp>
#include <baton/router.hpp>

namespace baton {

/// What a drain has come to.
struct drain_result {
  std::size_t left = 0;    ///< connections still open when it ended; 0: all finished in time
  bool timed_out = false;  ///< the deadline passed first
};

class server {
 public:
  /// Called on the worker's thread at every change of state; must not block and must not throw.
  using state_hook = std::function<void(const connection_info&, connection_state)>;

  server(options settings, router routes);
  /// As `close()`, then waits until the threads have ended; a handler that is running is waited for.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Set hooks before `start`. They run on a worker's or the control thread.
  void on_connection_state(state_hook hook);
  /// Called once when a drain begins; nobody waits for it.
  void on_drain(std::function<void()> hook);

  /// Runs `work` on a worker, beginning once the workers run; see baton/background.hpp. Any thread. What is started
  /// when 10,000 run is dropped with a log line.
  void background(background_job work);

  /// Runs `work` on a worker when `interval` (at least a millisecond, else std::invalid_argument) has passed since the
  /// workers run, and again so long after each end; so it never runs twice at once. Stopped when a drain begins, which
  /// waits for a run that is under way; goes on if the drain is called off. Any thread.
  void every(std::chrono::milliseconds interval, background_job work);

  /// Binds, starts the workers, accepts. Throws std::system_error naming the listener that failed;
  /// nothing is left behind then. Call once.
  void start();

  /// The addresses bound, with the ports that the system chose, in the order of `options::listen`.
  [[nodiscard]] std::vector<std::string> addresses() const;

  /// Stops accepting, closes idle connections (or lets them linger, `drain.idle`), waits until the
  /// active ones have finished or `deadline` has passed, whichever is first; zero: no deadline. The
  /// deadline kills nothing: what is left goes on and a later call waits for it again. Any thread but
  /// a worker's, several at once, any number of times. Returns at once after `close()`.
  drain_result shutdown(std::chrono::milliseconds deadline);

  /// Closes listeners and every connection now, whatever they are doing. Any thread, any number of
  /// times. Handlers that are suspended are cancelled at their next suspension.
  void close();

  /// Connections open now, in all states. Any thread.
  [[nodiscard]] std::size_t connections() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace baton
