#include "session/access_log.hpp"

#include <chrono>
#include <utility>

#include <pthread.h>

#include "os/log_file.hpp"

namespace baton::session {

access_log::~access_log() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void access_log::write_to(std::unique_ptr<log::destination> next) {
  item one;
  one.closes = next == nullptr;
  one.next = std::move(next);
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
