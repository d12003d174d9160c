// The clients of the load test. Each class is a manner of using HTTP that an upgrade could break: at
// any moment some are between requests, half-way through a head, a body or an answer. All of them obey
// `Connection: close`, and look for a FIN before they reuse a connection, as HTTP libraries do.
#pragma once

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "load_account.hpp"
#include "support/raw_client.hpp"

namespace baton::test {

/// A connection as a client library keeps it.
class kept_connection {
 public:
  explicit kept_connection(endpoint where) : where_{std::move(where)} {}

  /// The kept connection if the server has not closed it, a new one otherwise. Throws as raw_client does.
  raw_client& ready();
  /// Closes it unless `last` allows another request.
  void after(const reply& last);
  void drop() { client_.reset(); }

  /// The connection has carried an answer before.
  [[nodiscard]] bool reused() const noexcept { return reused_; }

 private:
  endpoint where_;
  std::unique_ptr<raw_client> client_;
  bool reused_ = false;
};

/// All classes at once against one address, from construction to `stop`.
class load {
 public:
  explicit load(endpoint where);
  ~load() { stop(); }
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  /// Lets every client finish its request.
  void stop();

  [[nodiscard]] std::vector<const load_account*> accounts() const;
  /// The ids of the POSTs that were answered rightly. After `stop`.
  [[nodiscard]] const std::vector<std::string>& posted() const noexcept { return posted_; }

 private:
  struct client;
  using exchange = void (load::*)(client&, raw_client&);

  void start(std::string name, bool keeps, unsigned clients, exchange once);
  void run(client& self, exchange once);

  void one_get(client& self, raw_client& http);
  void get_after_a_pause(client& self, raw_client& http);
  void get_on_a_new_connection(client& self, raw_client& http);
  void pipeline(client& self, raw_client& http);
  void slow_post(client& self, raw_client& http);
  void long_wait(client& self, raw_client& http);
  void long_download(client& self, raw_client& http);
  void half_a_head(client& self, raw_client& http);

  endpoint where_;
  std::atomic<bool> stop_ = false;
  std::atomic<unsigned> posts_ = 0;
  std::mutex mutex_;
  std::vector<std::string> posted_;  // under mutex_
  std::vector<std::unique_ptr<load_account>> accounts_;
  std::vector<std::thread> threads_;
};

}  // namespace baton::test
