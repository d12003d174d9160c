// One client of the control socket: its lines are answered in their order, one after the other. It is
// never waited for: what it does not read in time ends it, and nothing that it sends throws past it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/steady_timer.hpp>

#include "net/transport.hpp"
#include "os/peer_credentials.hpp"
#include "server/control_request.hpp"
#include "server/control_service.hpp"
#include "server/line_buffer.hpp"

namespace baton {

/// The control thread's. Shared between the server that lists it and, for a moment each, the handlers
/// that find it: they hold it weakly and may come when it has gone.
class control_session : public std::enable_shared_from_this<control_session> {
 public:
  static constexpr std::size_t longest_line = 4096;
  static constexpr std::size_t most_queued = std::size_t{4} << 20;  ///< bytes that the client has not taken
  static constexpr std::chrono::seconds silence{60};                ///< without a request
  static constexpr std::chrono::seconds write_patience{10};         ///< without the client taking any byte

  /// `service` must outlive it. `gone` is called once, from within; the session must not be destroyed in it.
  control_session(boost::asio::io_context& context, os::unique_fd socket, const control_service& service,
                  os::result<os::credentials> peer, std::function<void()> gone);

  /// Serves, if the peer may do what this process may.
  void start() noexcept;
  /// Says why not, and closes.
  void refuse(std::string_view why) noexcept;
  /// How things are now, for one that follows or waits.
  void tell() noexcept;

  /// Whether a client that has connected and not asked anything yet may still do so.
  enum class patience_with_fresh : std::uint8_t { none, some };
  /// The process ends: what was asked is answered, then it closes.
  void finish(patience_with_fresh patience) noexcept;
  void close() noexcept;

  [[nodiscard]] bool closed() const noexcept { return doing_ == occupation::closed; }

 private:
  //     listens -> waits -> listens     upgrade, reload, rollback, connections
  //             -> follows              status; until the end
  //     any     -> leaves               what is queued is sent, then it closes
  //             -> closed
  enum class occupation : std::uint8_t { listens, waits, follows, leaves, closed };

  template <class Step>
  void guarded(Step step) noexcept;
  void wait_readable();
  void wait_writable();
  void on_readable();
  void serve();
  void serve(const std::string& line);
  void obey(const control_request& request);
  using begin_operation = std::function<std::optional<std::string>(const std::string& by, operation_callback done)>;
  void begin(const control_request& request, const begin_operation& operation);
  void list_connections(std::size_t limit);
  void tell_status();
  void ended(const operation_result& how);
  void tell_progress();
  void queue(std::string_view line);
  void flush();
  void leave();
  void arm_deadline();
  [[nodiscard]] bool sent_all() const noexcept { return sent_ == out_.size(); }

  net::transport transport_;
  boost::asio::steady_timer deadline_;
  const control_service& service_;
  const std::function<void()> gone_;
  const os::result<os::credentials> peer_;
  std::string by_;  // `batonctl (pid 7)`
  occupation doing_ = occupation::listens;
  line_buffer lines_{longest_line};
  bool input_ended_ = false;
  bool asked_ = false;      // a request has come
  bool finishing_ = false;  // the next answer is the last
  bool writing_ = false;
  std::string out_;
  std::size_t sent_ = 0;                // of out_
  std::string last_progress_;           // while it waits for an upgrade
  std::function<void()> after_answer_;  // once what is queued is sent, or cannot be
};

}  // namespace baton
