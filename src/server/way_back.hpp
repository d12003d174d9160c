// The way from other threads to an io_context that may end before they do: a worker that was blocked
// when it was asked something may answer when nobody is there any more.
#pragma once

#include <mutex>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace baton {

class way_back {
 public:
  explicit way_back(boost::asio::io_context& context) noexcept : context_{&context} {}
  way_back(const way_back&) = delete;
  way_back& operator=(const way_back&) = delete;

  /// Any thread. Does nothing once closed.
  template <class Function>
  void post(Function function) {
    const std::lock_guard lock{mutex_};
    if (context_ != nullptr) boost::asio::post(*context_, std::move(function));
  }
  /// Before the io_context goes.
  void close() noexcept {
    const std::lock_guard lock{mutex_};
    context_ = nullptr;
  }

 private:
  std::mutex mutex_;
  boost::asio::io_context* context_;  // guarded by mutex_
};

}  // namespace baton
