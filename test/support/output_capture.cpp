#include "support/output_capture.hpp"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <utility>

namespace baton::test {

output_capture::output_capture(descriptor read_end) : pipe_{std::move(read_end)}, thread_{[this] { run(); }} {}

output_capture::~output_capture() {
  stop_ = true;
  thread_.join();
}

std::string output_capture::text() const {
  const std::lock_guard lock{mutex_};
  return text_;
}

bool output_capture::has(std::string_view part, std::chrono::milliseconds limit, std::size_t from) const {
  std::unique_lock lock{mutex_};
  const auto there = [&] { return text_.find(part, from) != std::string::npos; };
  changed_.wait_for(lock, limit, [&] { return there() || ended_; });
  return there();
}

bool output_capture::ended(std::chrono::milliseconds limit) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, limit, [&] { return ended_; });
}

void output_capture::run() {
  std::array<char, 16 * 1024> space;
  while (!stop_) {
    // The time-out bounds how long a stop takes while some process keeps the pipe open.
    pollfd wait{pipe_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    const auto count = ::read(pipe_.get(), space.data(), space.size());
    if (count <= 0) break;
    append({space.data(), static_cast<std::size_t>(count)});
  }
  const std::lock_guard lock{mutex_};
  ended_ = true;
  changed_.notify_all();
}

void output_capture::append(std::string_view piece) {
  const std::lock_guard lock{mutex_};
  text_.append(piece.substr(0, capacity - text_.size()));
  changed_.notify_all();
}

}  // namespace baton::test
