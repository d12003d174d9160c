#include "prober.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

namespace baton::test {

prober::prober(endpoint where) : where_{std::move(where)}, thread_{[this] { run(); }} {}

void prober::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::string prober::words() const {
  const std::lock_guard lock{mutex_};
  return words_;
}

bool prober::progresses(std::chrono::milliseconds limit) const {
  // The one that is under way may have been answered before this call already.
  const auto before = answered_.load();
  return eventually(limit, [&] { return answered_ > before + 1; });
}

void prober::run() {
  while (!stop_) {
    ask();
    std::this_thread::sleep_for(1ms);
  }
}

void prober::ask() {
  const auto begun = std::chrono::steady_clock::now();
  std::optional<raw_client> client;
  try {
    client.emplace(where_);
  } catch (const std::system_error& failure) {
    return note(refused_, failure.what());
  }
  try {
    const auto answer = client->get("/generation", "Connection: close\r\n");
    if (answer.status != 200) throw std::runtime_error{"status " + std::to_string(answer.status)};
  } catch (const std::exception& failure) {
    return note(cut_, failure.what());
  }
  ++answered_;
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  longest_ms_ = std::max(longest_ms_.load(), static_cast<long>(taken.count()));
}

void prober::note(std::atomic<std::size_t>& where, const char* words) {
  ++where;
  const std::lock_guard lock{mutex_};
  if (words_.empty()) words_ = words;
}

}  // namespace baton::test
