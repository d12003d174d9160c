// Clients whose connections stay with the process that has them, for an upgrade cannot move these: over TLS, as a
// WebSocket, as a stream of events. What they are owed is an end in good order, and a welcome at the new process.
//
// Their books are those of the load test. A request is an exchange over TLS, a message echoed, an event received;
// an end in good order is `announced`: `Connection: close` and then close_notify, 1001, a stream that is whole and
// ends with `retry:`. Any other end is a failure.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "load_account.hpp"
#include "support/endpoint.hpp"

namespace baton::test {

class staying_clients {
 public:
  /// `plain` and `secure` are two listeners of the reference server.
  staying_clients(endpoint plain, endpoint secure);
  ~staying_clients() { stop(); }
  staying_clients(const staying_clients&) = delete;
  staying_clients& operator=(const staying_clients&) = delete;

  void stop();
  [[nodiscard]] load_accounts accounts() const;

 private:
  // What one client does from one connection to its end.
  using life = void (staying_clients::*)(load_account& account);

  void start(std::string name, unsigned clients, life once);
  void speak_tls(load_account& account);
  void speak_websocket(load_account& account);
  void follow_events(load_account& account);

  const endpoint plain_;
  const endpoint secure_;
  std::atomic<bool> stop_ = false;
  std::vector<std::unique_ptr<load_account>> accounts_;
  std::vector<std::thread> threads_;
};

}  // namespace baton::test
