// Descriptors with and without ownership. Raw ints stay inside src/os and at the border to Asio:
// what owns a descriptor says `unique_fd`, what only names one says `fd_view`.
#pragma once

#include <utility>

namespace baton::os {

/// Names a descriptor that somebody else owns and keeps open.
class fd_view {
 public:
  fd_view() noexcept = default;
  explicit constexpr fd_view(int fd) noexcept : fd_{fd} {}

  [[nodiscard]] constexpr int get() const noexcept { return fd_; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return fd_ >= 0; }
  friend bool operator==(fd_view, fd_view) noexcept = default;

 private:
  int fd_ = -1;
};

/// Owns a descriptor and closes it. Empty by default.
class unique_fd {
 public:
  unique_fd() noexcept = default;
  explicit unique_fd(int fd) noexcept : fd_{fd} {}
  unique_fd(unique_fd&& other) noexcept : fd_{other.release()} {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~unique_fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  operator fd_view() const noexcept { return fd_view{fd_}; }  // NOLINT: naming it is always safe while it lives

  /// Gives the descriptor away; the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  /// Closes what is owned, then owns `fd`. errno is left as it was.
  void reset(int fd = -1) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace baton::os
