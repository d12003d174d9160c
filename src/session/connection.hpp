// One client connection on one worker: the shell that obeys connection_fsm. It reads, parses, calls
// the handler, writes, and arms deadlines; what to do next, it asks the state machine.
//
// The common request (a plain handler, the head in one read, the answer in one write) runs from the
// read's completion to the write without a coroutine, an allocation or a timer operation. Everything
// else (bodies that trickle in, coroutine handlers, streams) is in the files named below.
//
//   connection.cpp           reading, parsing, deadlines, drain, the end
//   connection_handshake.cpp what comes before the first request with TLS
//   connection_exchange.cpp  from a complete head to an answer in the output buffer
//   connection_body.cpp      request bodies: collected, discarded, streamed
//   connection_output.cpp    flushing, streamed answers, tunnels
//   connection_move.cpp      leaving for another process, coming from one
//   connection_account.cpp   what is noted for the metrics and the access log
//
// Lifetime: the registry owns it. Whatever may call back later (a read, a wait, a coroutine, a job on
// the blocking pool) is counted as a hold; closed and without holds, the connection leaves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/cancellation_signal.hpp>

#include <baton/body_stream.hpp>
#include <baton/connection_info.hpp>
#include <baton/response.hpp>

#include "fsm/connection_fsm.hpp"
#include "http/exchange.hpp"
#include "http/route_table.hpp"
#include "http/serialiser.hpp"
#include "net/moving_connection.hpp"
#include "net/timer_wheel.hpp"
#include "net/transport.hpp"
#include "session/connection_budget.hpp"
#include "session/connection_registry.hpp"
#include "session/connection_summary.hpp"
#include "session/handler_memory.hpp"
#include "session/handshake_queue.hpp"
#include "session/route_share.hpp"
#include "session/worker_counters.hpp"
#include "session/workspace.hpp"

namespace baton::session {

class worker_context;

/// Something in a coroutine's frame that is told when a drain begins.
class drain_watcher {
 public:
  virtual void drain_began() = 0;

 protected:
  ~drain_watcher() = default;
};

class connection final : public registry_hook, private net::timer_entry, private http::exchange {
 public:
  connection(worker_context& worker, os::unique_fd socket, int family, connection_origin from);
  /// One that comes from another process, or back from the way there.
  connection(worker_context& worker, net::moving_connection moved, connection_origin from);
  ~connection();

  /// For the registry, which has taken it in. `manner`: of the drain that is under way, if any.
  void start(fsm::drain_manner manner);
  void drain(fsm::drain_manner asked);
  /// The drain is called off.
  void undrain();
  /// Only from within the worker's io_context: it cancels a coroutine, whose frame the cancellation finds
  /// by a bare pointer.
  void close();
  /// Takes the socket away although something may still refer to the connection. Only when nothing
  /// will run on the worker any more.
  void shed() noexcept { transport_.reset(); }

  /// For the worker: the batch is over; send, or read on.
  void flush_batched();
  void rearm();
  /// For the worker: the loop has come round since its `watch_later`.
  void watch_if_waiting();
  /// For the worker: it has waited for its turn (handshake_queue.hpp), and has it.
  void begin_handshake();

  [[nodiscard]] const connection_info& info() const noexcept { return from_.info; }
  [[nodiscard]] connection_summary summary() const;

 private:
  friend class answer_writer;
  friend class tunnel_stream;

  // Keeps the connection in being while one of its functions runs.
  class hold {
   public:
    explicit hold(connection& c) noexcept : connection_{c} { ++c.holds_; }
    hold(const hold&) = delete;
    hold& operator=(const hold&) = delete;
    ~hold() { connection_.drop_hold(); }

   private:
    connection& connection_;
  };

  // What streaming handlers read from.
  class body_source final : public body_stream {
   public:
    explicit body_source(connection& c) noexcept : connection_{c} {}
    task<std::string_view> read() override { return connection_.read_piece(); }

   private:
    connection& connection_;
  };

  class handler_deadline;

  // connection.cpp
  void drop_hold() noexcept;
  void arm_read();
  void on_read(const boost::system::error_code& error, std::size_t count);
  [[nodiscard]] bool only_empty_lines() noexcept;
  void out_of_memory(const std::exception& error) noexcept;
  [[nodiscard]] bool waits_bare() const noexcept;
  void park();
  void on_readable(const boost::system::error_code& error);
  void serve();
  bool read_head();
  bool worth_parsing(std::string_view bytes) noexcept;
  bool parse_next_head(http::head_result& result);
  void await_request();
  void read_now();
  void on_deadline() override;
  void arm_phase_deadline();
  [[nodiscard]] std::chrono::milliseconds idle_time() const noexcept;
  void arm_parking(std::chrono::milliseconds total);
  [[nodiscard]] std::chrono::milliseconds left_of(std::chrono::milliseconds total) const noexcept;
  void obey(fsm::connection_action action);
  void probe();
  void close_now() noexcept;
  void publish_state();
  void publish(connection_state now);
  workspace& work();

  // connection_handshake.cpp
  void await_hello();
  void await_handshake(bool writes);
  void on_handshake(const boost::system::error_code& error);
  void go_on_with_handshake();
  void handshake_done();
  void end_turn() noexcept;
  [[nodiscard]] fsm::drain_manner own_manner(fsm::drain_manner manner) const noexcept;

  // connection_move.cpp
  void arrive();
  void await_bytes();
  [[nodiscard]] bool departs() noexcept;
  void leave_for_successor() noexcept;
  [[nodiscard]] net::moving_connection packed();

  // connection_exchange.cpp
  bool begin_exchange();
  void find_route();
  void drop_route() noexcept;
  bool call_route();
  bool call_plain(const handler::plain& plain);
  bool spawn(task<void> exchange);
  task<void> run();
  task<void> send(response answer);
  void exchange_done(const std::exception_ptr& error);
  void queue_answer(response&& answer);
  void load_small_file(response& answer);
  void check_answer(response& answer);
  [[nodiscard]] http::head_context context_of_head(bool closes) const noexcept;
  void queue_head(const response& answer, http::answer_framing framing, std::uint64_t length, bool closes,
                  std::string_view body = {});
  void answered(bool closes, std::uint64_t body);
  void report_cut(const std::exception_ptr& error) const;
  void refuse(baton::status with, std::string_view reason);
  void queue_refusal(baton::status with, std::string_view reason);
  bool next_exchange();
  [[nodiscard]] bool next_is_plain();
  [[nodiscard]] bool closes_after(const response& answer, bool body_unread);
  task<response> run_blocking(const handler::plain& plain, request& req) override;
  [[nodiscard]] bool secure() const noexcept override { return from_.info.secure; }
  body_stream& body() override { return body_source_; }
  [[nodiscard]] const options* settings() const noexcept override;
  [[nodiscard]] std::chrono::steady_clock::time_point ready_since() override;
  void watch_later();
  void watch_client();
  void on_hangup(const boost::system::error_code& error);
  void interrupt();
  void run_in_background(background_job work) override;
  [[nodiscard]] const http::proxy_trust* trust() const noexcept override;

  // connection_body.cpp
  enum class collected : std::uint8_t { all, partly, refused };
  collected collect_buffered();
  void read_body();
  [[nodiscard]] std::span<char> body_room(bool direct);
  void on_body(const boost::system::error_code& error);
  void take_body(const boost::system::error_code& error);
  bool discard_body();
  [[nodiscard]] bool body_discardable() const noexcept;
  void take_trailers();
  void continue_if_awaited();
  void arm_body_deadline();
  void count_body_wait() noexcept;
  task<std::string_view> read_piece();
  task<void> wait_for_body();
  task<void> give_way();

  // connection_output.cpp
  bool flush();
  net::io_result::kind write_pending();
  net::io_result::kind write_out();
  void on_writable(const boost::system::error_code& error);
  bool flushed();
  bool resume();
  task<void> flush_stream();
  void arm_write_deadline(std::chrono::milliseconds patience);
  [[nodiscard]] bool client_reads_on();
  void linger();
  void wait_lingering();
  void on_lingering(const boost::system::error_code& error);
  bool open_tunnel(response& answer);
  task<void> run_tunnel();

  // connection_account.cpp
  [[nodiscard]] response answer_to(const std::exception_ptr& error);
  void note_answer(counted_method which, baton::status with, std::uint64_t body);
  void note_access(counted_method which, baton::status with, std::uint64_t body);
  void note_written();
  void note_end() noexcept;
  void note_timeout() noexcept;

  // constant after construction
  worker_context& worker_;
  const net::wheel_time accepted_at_;

  // this worker's thread only
  connection_origin from_;                   // constant, but for what the handshake tells
  std::optional<net::transport> transport_;  // empty once shed
  fsm::connection_fsm fsm_;
  connection_state state_ = connection_state::fresh;  // as last published
  std::unique_ptr<workspace> work_;                   // none while parked
  std::unique_ptr<handshake_turn> turn_;              // while it waits for a handshake, or makes it
  route_use routes_;                                  // from the look-up until the output has left
  const http::route* route_ = nullptr;                // of the request in `work_`; in `routes_`
  body_source body_source_{*this};
  std::unique_ptr<response::tunnel> tunnel_;
  drain_watcher* drain_watcher_ = nullptr;  // in the frame of the coroutine that runs
  std::optional<boost::asio::cancellation_signal> cancel_;
  net::wheel_time wait_began_;
  net::wheel_time phase_since_;  // since when it waits for a request's first byte, or for the rest of its head
  std::size_t sent_ = 0;         // of `out`, then of `large`
  std::uint64_t written_ = 0;    // bytes in all
  std::size_t parsed_ = 0;       // size of the incomplete head when it was last parsed
  std::chrono::steady_clock::time_point began_;  // the first of the answers that are unwritten
  std::uint32_t unwritten_ = 0;                  // answers that are whole in the output, or have been
  baton::status answer_status_{};                // of the head that was queued last
  std::size_t unacknowledged_ = 0;               // when the write deadline was armed
  std::uint64_t watch_due_ = 0;                  // the request for which the worker will ask whether a wait is needed
  std::uint32_t holds_ = 0;
  std::uint32_t dry_turn_ = 0;     // the worker's turn in which a read took all there was
  bool reading_ = false;           // a read, or the wait of a parked connection, is under way
  bool watching_ = false;          // a wait for the client's hanging up is under way
  bool departing_ = false;         // it leaves for another process as soon as nothing refers to it any more
  bool departed_ = false;          // it has; the budget still counts it
  bool part_awaited_ = false;      // a probe has found half a record, and has waited for the rest once
  bool parking_ = false;           // the deadline that is armed is the one for parking
  bool head_ready_ = false;        // the next head has been parsed
  bool continue_awaited_ = false;  // the client holds its body back
  bool body_withheld_ = false;     // and got its answer instead: the body may never come
  bool quiet_close_ = false;       // the client asked for the close: nothing further should come
  bool exchanging_ = false;        // a coroutine runs
  bool starting_ = false;          // and has not returned to its starter yet
  bool writing_ = false;           // the kernel takes no more; since then the write deadline runs
  bool peer_gone_ = false;         // a streamed answer could not be delivered
  bool timed_out_ = false;         // the deadline has passed while it waited for the peer
  handler_memory read_memory_;
};

}  // namespace baton::session
