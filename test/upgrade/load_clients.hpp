// The clients of the load test. Each class is a manner of using HTTP that an upgrade could break: at
// any moment some are between requests, half-way through a head, a body or an answer. All of them obey
// `Connection: close`, and look for a FIN before they reuse a connection, as HTTP libraries do. None
// repeats a request, so that a POST which runs twice is the server's doing.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "kept_connection.hpp"
#include "load_account.hpp"

namespace baton::test {

struct load_shape {
  /// How long the slow requests take: long enough that each upgrade meets some in the middle.
  std::chrono::milliseconds slow{400};
  /// How long the connections that are used once in a while rest at most: over several upgrades.
  std::chrono::milliseconds rest{2000};
  /// A sanitizer makes a server so slow that others would starve behind the usual ones.
  std::size_t largest_post = std::size_t{sanitised ? 64 : 1024} << 10;
  std::size_t large_download = std::size_t{sanitised ? 256 : 4096} << 10;
};

/// All classes at once against one address, from construction to `stop`.
class load {
 public:
  explicit load(endpoint where, load_shape shape = {});
  ~load() { stop(); }
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  /// Lets every client finish its request.
  void stop();

  [[nodiscard]] load_accounts accounts() const;
  /// The ids of the POSTs that were answered rightly. After `stop`.
  [[nodiscard]] const std::vector<std::string>& posted() const noexcept { return posted_; }

 private:
  struct client;
  using exchange = void (load::*)(client&, raw_client&);

  void start(std::string name, bool keeps, unsigned clients, exchange once);
  void run(client& self, exchange once);
  void pause(client& self, std::chrono::milliseconds most) const;
  [[nodiscard]] std::string next_id();
  void was_posted(std::string id);

  void one_get(client& self, raw_client& http);
  void get_after_a_pause(client& self, raw_client& http);
  void post_after_a_pause(client& self, raw_client& http);
  void get_after_a_rest(client& self, raw_client& http);
  void first_use_after_a_rest(client& self, raw_client& http);
  void get_on_a_new_connection(client& self, raw_client& http);
  void pipeline(client& self, raw_client& http);
  void slow_post(client& self, raw_client& http);
  void long_wait(client& self, raw_client& http);
  void slow_download(client& self, raw_client& http);
  void large_download(client& self, raw_client& http);
  void half_a_head(client& self, raw_client& http);

  const endpoint where_;
  const load_shape shape_;
  const std::string large_body_;
  std::atomic<bool> stop_ = false;
  std::atomic<unsigned> posts_ = 0;
  std::mutex mutex_;
  std::vector<std::string> posted_;  // under mutex_
  std::vector<std::unique_ptr<load_account>> accounts_;
  std::vector<std::thread> threads_;
};

}  // namespace baton::test
