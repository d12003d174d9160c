// Requests and answers on many connections: kept or one request each, plain or TLS, a closed loop or at
// fixed times. In a closed loop a connection sends its next batch when the last one was answered. At fixed
// times (an open loop) a request is due whether or not the server keeps up; one that finds no free connection
// waits, and that time counts. Otherwise a server that stalls would slow its own questioner, and the stall
// would be one long latency instead of the many that its users see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "answer_reader.hpp"
#include "dialer.hpp"
#include "script.hpp"
#include "workload.hpp"

namespace baton::bench {

class requests final : public workload {
 public:
  /// `kept`: connections that stand already; empty if each is for one request. All references outlive this.
  requests(const options& wanted, const script& said, dialer& dial, poller& poll, tally& seen, std::vector<wire> kept);

  void ready(std::size_t id, std::uint32_t events) override;
  time turn(time now) override;
  void finish() override { sending_ = false; }
  [[nodiscard]] bool quiet() const override { return owed_ == 0; }
  void give_up() override;

 private:
  enum class phase { idle, asked, closing, down };
  struct client {
    wire link;
    answer_reader reader;
    std::string_view unsent;
    phase at = phase::idle;
    bool fresh = true;         // not a byte read on this connection
    std::size_t first = 0;     // of the batch, in the script
    std::size_t answered = 0;  // of the batch
    time since{};              // sent, or due
  };

  void ask(client& who, time since);
  void push(client& who);
  void pull(client& who, std::uint32_t events);
  bool feed(client& who, std::string_view bytes, time now);
  bool finish_answer(client& who, time now);
  void count(client& who, time now);
  void rest(client& who, bool usable);
  void end(client& who, transfer::fate how);
  void lose(client& who, const char* what);
  void dial_again(client& who);
  void connect(client& who, time since);
  void send_due(time now);
  [[nodiscard]] time due(std::uint64_t number) const;
  [[nodiscard]] std::size_t id_of(const client& who) const { return static_cast<std::size_t>(&who - clients_.data()); }

  // constant after construction
  const script& script_;
  dialer& dialer_;
  poller& poller_;
  tally& tally_;
  const std::size_t depth_;
  const double rate_;
  const bool once_;
  const bool counts_resumption_;

  bool sending_ = true;
  std::size_t owed_ = 0;  // batches sent and not answered
  std::size_t next_ = 0;  // in the script
  std::uint64_t due_ = 0;
  bool could_send_ = false;  // at fixed times: when it last looked, some were free
  const time begun_;
  time dial_after_{};
  std::vector<client> clients_;
  std::vector<known_head> known_;  // by number in the script
  std::deque<std::size_t> free_;   // at fixed times: who may be asked; used in turn
  std::deque<std::size_t> down_;   // who has no connection
  std::vector<char> buffer_;
  std::uint64_t handshakes_ = 0;
  std::uint64_t resumed_ = 0;
};

}  // namespace baton::bench
