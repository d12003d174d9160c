#include "session/access_log.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include <pthread.h>

#include "os/log_file.hpp"

namespace baton::session {
namespace {

// Asks, while the reader of a pipe takes nothing, whether that is still waited for.
class waiting_log final : public log::destination {
 public:
  waiting_log(std::unique_ptr<log::destination> to, os::descriptor_log& same, std::function<bool()> goes_on)
      : to_{std::move(to)}, same_{same}, goes_on_{std::move(goes_on)} {}
  bool write(std::string_view lines) noexcept override { return same_.write_while(lines, goes_on_); }

 private:
  const std::unique_ptr<log::destination> to_;
  os::descriptor_log& same_;
  const std::function<bool()> goes_on_;
};

std::uint64_t count_lines(const std::string& text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

access_log::~access_log() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void access_log::write_to(std::unique_ptr<log::destination> next) {
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds patience{1};
  item one;
  one.closes = next == nullptr;
  one.next = std::move(next);
  if (auto* const same = dynamic_cast<os::descriptor_log*>(one.next.get())) {
    auto goes_on = [this, until = clock::time_point::max()]() mutable {
      const std::lock_guard lock{mutex_};
      if (ending_) until = std::min(until, clock::now() + patience);
      return clock::now() < until;
    };
    one.next = std::make_unique<waiting_log>(std::move(one.next), *same, std::move(goes_on));
  }
  put(std::move(one));
}

bool access_log::take(std::string lines, std::size_t count) {
  {
    const std::lock_guard lock{mutex_};
    if (waiting_bytes_ + lines.size() > most_waiting) {
      dropped_ += count;
      return false;
    }
    waiting_bytes_ += lines.size();
  }
  item one;
  one.lines = std::move(lines);
  put(std::move(one));
  return true;
}

void access_log::put(item what) {
  const std::lock_guard lock{mutex_};
  waiting_.push_back(std::move(what));
  if (!thread_.joinable()) {
    thread_ = std::thread{[this] { run(); }};
    ::pthread_setname_np(thread_.native_handle(), "access-log");
  }
  if (waiting_.size() == 1) changed_.notify_one();
}

void access_log::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    item one = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t dropped = std::exchange(dropped_, 0U);
    lock.unlock();
    if (dropped != 0) report(dropped);
    if (one.next || one.closes) {
      to_ = std::move(one.next);
      failing_ = false;
    } else {
      write(one.lines);
    }
    lock.lock();
    waiting_bytes_ -= one.lines.size();
  }
}

// Whole lines in one write, so that those of two generations stand in the file one after the other.
void access_log::write(const std::string& lines) {
  if (!to_ || to_->write(lines)) {
    failing_ = false;
    return;
  }
  const std::unique_lock lock{mutex_};
  if (ending_) {
    std::uint64_t lost = count_lines(lines);
    for (const item& each : waiting_) lost += count_lines(each.lines);
    waiting_.clear();
    log::warning("up to {} lines of the access log are dropped: nobody has taken them by the end", lost);
    return;
  }
  if (!std::exchange(failing_, true)) log::error("the access log cannot be written; lines are lost until it can");
}

void access_log::report(std::uint64_t dropped) {
  log::warning("{} lines of the access log were dropped: they came faster than they could be written", dropped);
}

os::result<std::unique_ptr<log::destination>> open_access_log(const std::string& path) {
  if (path == "-" || path == "stderr") return os::standard_error_log();
  return os::open_log_file(path);
}

}  // namespace baton::session
