// A connection to a server's control socket: lines of JSON out and in, every wait with a deadline.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace batonctl {

using clock = std::chrono::steady_clock;

/// Nobody is there, or went away before the answer.
struct unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The time is over.
struct timed_out : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class client {
 public:
  /// Connects, waiting while the server's queue is full. Throws `unreachable` or `timed_out`.
  client(const std::string& path, clock::time_point deadline);
  client(client&& other) noexcept;
  client& operator=(client&& other) noexcept;
  ~client();

  /// Sends one request.
  void send(const boost::json::object& request);

  /// The next object. Throws `timed_out`, or `unreachable` at the end or for what is no JSON object.
  boost::json::object read(clock::time_point deadline);

  /// As `read`, of what is there without waiting for more; nullopt if no line is complete.
  std::optional<boost::json::object> poll();

  [[nodiscard]] int native() const noexcept { return fd_; }

 private:
  std::optional<boost::json::object> take_line();
  /// False: nothing there.
  bool receive();

  int fd_ = -1;
  std::string bytes_;
  std::string path_;
};

}  // namespace batonctl
