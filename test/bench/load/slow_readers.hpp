// Connections that read slowly: so many bytes a second each, in portions about every 50 ms, from a small receive
// buffer, so that the server's sending meets a full window and not the kernel's patience. No epoll: whether
// there is something to read does not matter before its time has come.
#pragma once

#include <string_view>
#include <vector>

#include "answer_reader.hpp"
#include "dialer.hpp"
#include "script.hpp"
#include "workload.hpp"

namespace baton::bench {

class slow_readers final : public workload {
 public:
  /// All references outlive this.
  slow_readers(const options& wanted, const script& said, dialer& dial, tally& seen);

  void ready(std::size_t, std::uint32_t) override {}
  time turn(time now) override;
  void finish() override {}
  [[nodiscard]] bool quiet() const override { return true; }
  void give_up() override {}

 private:
  struct client {
    wire link;
    answer_reader reader;
    std::string_view unsent;
    std::size_t asked = 0;  // in the script
    time since{};
    double allowed = 0;  // bytes that may be read
    time served{};
  };

  void serve(client& who, time now);
  void ask(client& who, time now);
  void lose(client& who, const char* what);
  bool feed(client& who, std::string_view bytes, time now);

  const script& script_;
  dialer& dialer_;
  tally& tally_;
  const double rate_;  // bytes a second
  std::size_t next_client_ = 0;
  std::size_t next_request_ = 0;
  time next_slice_{};
  std::vector<client> clients_;
  std::vector<known_head> known_;
  std::vector<char> buffer_;
};

}  // namespace baton::bench
