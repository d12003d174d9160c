// One function at a time on a thread of its own, for what may block long: a program's callback, reading a
// large file. The control thread goes on taking signals meanwhile and is told by a posted call.
//
// The thread is detached. A callback that never returns can be neither stopped nor joined, and must not
// keep the process from ending; so it can be abandoned, and shares nothing with this object but a
// small state that both hold.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace baton::upgrade {

/// Belongs to the thread that runs the io_context.
class side_thread {
 public:
  explicit side_thread(boost::asio::io_context& context);
  /// Abandons what is running.
  ~side_thread();
  side_thread(const side_thread&) = delete;
  side_thread& operator=(const side_thread&) = delete;

  /// Runs `work`, which must not throw, on a new thread, destroys it there, and then calls `done` from
  /// the io_context. Not while it is busy. Throws std::system_error if there is no thread to be had.
  void start(std::function<void()> work, std::function<void()> done);

  /// `done` will not be called any more. The thread goes on until `work` returns.
  void abandon() noexcept;

  /// `work` has not returned yet, abandoned or not.
  [[nodiscard]] bool busy() const;

 private:
  struct shared;
  void returned(std::uint64_t round);

  boost::asio::io_context& context_;
  const std::shared_ptr<shared> shared_;
  std::uint64_t round_ = 0;
  std::function<void()> done_;
  // The context does not run out of work before the thread has told it.
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_guard_;
};

}  // namespace baton::upgrade
