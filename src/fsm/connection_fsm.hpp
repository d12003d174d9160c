// What a connection does next, decided without sockets, clocks or Asio. The shell
// (session/connection) reports what happened and obeys the action it gets back; every rule about
// keep-alive, drains, time-outs and ends of file is here, testable in microseconds.
//
//   phase      event              next phase   action
//   handshake  secured            fresh        none     (TLS; the others begin with fresh)
//   handshake  handshake_failed   lingering    linger   (the alert must arrive)
//   handshake  end_of_file|dl     closed       close
//   fresh      bytes              head         parse
//   fresh      end_of_file        closed       close
//   fresh      deadline           closed       close    (probe first while draining: see below)
//   idle       bytes              head         parse
//   idle       end_of_file        closed       close
//   idle       deadline           idle         probe    (nothing there: closed, or with TLS lingering)
//   head       head_complete      handling     dispatch (body follows: body, collect)
//   head       refused            answering    answer
//   head       end_of_file        closed       close
//   head       deadline           answering    answer 408
//   body       body_complete      handling     dispatch
//   body       refused            answering    answer
//   body       end_of_file        answering    answer 400
//   body       deadline           answering    answer 408
//   handling   answered           answering    none
//   handling   deadline           closed       close    (a stream's reader or writer made no progress)
//   answering  pipelined          head         none     (the next request is here: answers leave together)
//   answering  flushed            idle         resume   (next request, if its bytes are here: head)
//   answering  flushed, unread    discarding   discard  (the rest of a body nobody read)
//   answering  flushed, closing   lingering    linger   (or closed: close, when nothing can be lost)
//   answering  flushed, upgrade   upgraded     tunnel
//   answering  deadline           closed       close
//   discarding body_complete      idle         resume
//   discarding refused|eof|dl     lingering    linger   (closed on end of file)
//   lingering  end_of_file|dl     closed       close
//   upgraded   end_of_tunnel      lingering    linger
//   any        error, abort       closed       close
//
// Drain: `fresh` and `idle` are probed (a look into the kernel's buffer) before they are closed, so
// that no byte that has arrived is dropped; one that was answered just now is left alone for a moment,
// because its client's next request is likely to be on its way. The other phases go on, and every answer whose head is
// not written yet says `Connection: close` once no further request is in the buffers.
//
// Drain by transfer: `fresh`, `idle` and `head` depart for the next process, the others once they come
// there, and no answer says `Connection: close` for that. One that cannot move stays, and lingers.
#pragma once

#include <cstdint>
#include <string_view>

#include <baton/connection_info.hpp>

namespace baton::fsm {

enum class connection_phase : std::uint8_t {
  handshake,
  fresh,
  head,
  body,
  handling,
  answering,
  discarding,
  idle,
  lingering,
  upgraded,
  closed,
};

[[nodiscard]] std::string_view to_string(connection_phase phase) noexcept;

/// What the shell must do.
enum class connection_action : std::uint8_t {
  none,      ///< wait for what is under way
  parse,     ///< parse what is in the input buffer
  collect,   ///< read the body into memory
  dispatch,  ///< call the handler
  answer,    ///< write the error answer that `refusal()` names, then close
  resume,    ///< look for a next request in the buffer, otherwise wait for one
  discard,   ///< read and drop the rest of the body
  probe,     ///< look into the kernel's buffer; then `probed`
  linger,    ///< half-close, drop what comes, until end of file or the deadline
  tunnel,    ///< hand the connection to the upgraded protocol
  depart,    ///< give the connection to the next process
  close,     ///< close the socket now
};

/// Which of the time-outs a phase runs under.
enum class connection_deadline : std::uint8_t { none, handshake, head, body, write, idle, linger };

/// How a drain treats connections without a request.
enum class drain_manner : std::uint8_t { none, close_idle, linger_idle, transfer_idle };

/// What is known when an answer's head is about to be written.
struct answer_facts {
  bool client_keeps_alive = true;  ///< RFC 9112 section 9.3
  bool handler_closes = false;
  bool body_unread = false;      ///< part of the request's body has not been read
  bool body_discardable = true;  ///< and it is short enough, and surely coming, to be read and dropped
  bool more_input = false;       ///< bytes of a further request are here
};

class connection_fsm {
 public:
  /// `request_limit`: requests on this connection, zero for no limit.
  explicit connection_fsm(std::uint64_t request_limit = 0) noexcept : request_limit_{request_limit} {}

  /// One that comes from another process, in `fresh`, `idle` or `head`, with so many requests behind it.
  [[nodiscard]] static connection_fsm moved(connection_phase at, std::uint64_t requests,
                                            std::uint64_t request_limit) noexcept;

  [[nodiscard]] connection_phase phase() const noexcept { return phase_; }
  /// The phase as the registry and Go count it.
  [[nodiscard]] connection_state state() const noexcept;
  [[nodiscard]] connection_deadline deadline() const noexcept;
  /// After `answer`: the status to send; 0 when the shell already knows (a refusal by the parser).
  [[nodiscard]] unsigned refusal() const noexcept { return refusal_; }
  [[nodiscard]] bool draining() const noexcept { return drain_ != drain_manner::none; }
  [[nodiscard]] drain_manner manner() const noexcept { return drain_; }
  [[nodiscard]] bool closed() const noexcept { return phase_ == connection_phase::closed; }
  /// No byte of a request is here.
  [[nodiscard]] bool silent() const noexcept {
    return phase_ == connection_phase::fresh || phase_ == connection_phase::idle;
  }
  /// The answer that is being written is the last one.
  [[nodiscard]] bool closing() const noexcept { return closing_; }
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }

  // Events.
  /// Before all others: the client must come through a TLS handshake first.
  void begin_handshake() noexcept { phase_ = connection_phase::handshake; }
  void secured() noexcept {
    if (phase_ == connection_phase::handshake) phase_ = connection_phase::fresh;
  }
  connection_action handshake_failed() noexcept;
  connection_action bytes_received() noexcept;
  connection_action head_complete(bool collect_body) noexcept;
  connection_action body_complete() noexcept;
  /// The parser or a limit refused head or body; the shell has the status.
  connection_action refused() noexcept;
  connection_action end_of_file() noexcept;
  connection_action deadline_passed() noexcept;

  /// Decides whether the connection closes after the answer that is about to be written.
  [[nodiscard]] bool answer_closes(const answer_facts& facts) noexcept;
  /// The answer's head has been handed to the output. `closes`: what `answer_closes` said, or true.
  void answered(bool closes, bool body_unread) noexcept;
  /// The answer will be 101.
  void answered_upgrade() noexcept;
  /// Instead of waiting for `flushed`: goes on with a request that has been parsed already. False: the
  /// answer has to leave first (it closes, upgrades, or its request's body is unread).
  [[nodiscard]] bool pipelined() noexcept;
  /// The whole answer has left. `quiet`: the client asked for the close and nothing of it is unread.
  connection_action flushed(bool quiet) noexcept;
  connection_action end_of_tunnel() noexcept;
  /// A socket error, or close() from above.
  connection_action abort() noexcept;

  /// A drain begins. `settled`: a fresh connection has been silent for `drain.fresh` already and counts
  /// as idle, or the last answer of an idle one is a while ago. One that is not settled is probed at
  /// its deadline, which the shell arms accordingly.
  connection_action drain(drain_manner manner, bool settled) noexcept;
  /// It waits for bytes, and is to move.
  [[nodiscard]] bool departing() const noexcept {
    return drain_ == drain_manner::transfer_idle && (silent() || phase_ == connection_phase::head);
  }
  /// It cannot move: from now on it lingers.
  void stay() noexcept { drain_ = drain_manner::linger_idle; }
  /// The drain is called off; answers written so far may have announced a close.
  void undrain() noexcept;
  /// The answer to `probe`. `bytes`: the kernel holds some, they will be read as usual. `farewell`: the
  /// peer is told of the end (TLS) and has to get it.
  connection_action probed(bool bytes, bool farewell = false) noexcept;

  /// Requests answered without `Connection: close` after a drain began, because more were already in
  /// the buffers; a client that pipelines without end is cut off here.
  static constexpr unsigned drain_pipeline_limit = 128;

 private:
  connection_action close() noexcept;

  connection_phase phase_ = connection_phase::fresh;
  drain_manner drain_ = drain_manner::none;
  bool closing_ = false;
  bool upgrading_ = false;
  bool body_unread_ = false;
  unsigned refusal_ = 0;
  unsigned answered_in_drain_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t request_limit_;
};

}  // namespace baton::fsm
