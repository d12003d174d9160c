// The books of the load test: every request of every class of client ends in one of three columns,
// and the first failures keep their words.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

namespace baton::test {

/// What became of a request.
enum class fate : std::uint8_t {
  ok,         ///< answered, and rightly
  lost_idle,  ///< written on a kept connection that was idle, which ended before any byte of an answer:
              ///< the race that a server which closes idle connections cannot avoid (RFC 9112 section 9.3.1)
  failed      ///< anything else
};

/// One class of clients. Any thread.
class load_account {
 public:
  /// `keeps`: its clients send several requests over one connection.
  load_account(std::string name, bool keeps) : name_{std::move(name)}, keeps_{keeps} {}

  void add(fate what, std::string_view words = {});

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool keeps() const noexcept { return keeps_; }
  [[nodiscard]] std::size_t count(fate what) const noexcept { return counts_[static_cast<std::size_t>(what)]; }
  /// Of the first failures.
  [[nodiscard]] std::vector<std::string> words() const;

 private:
  const std::string name_;
  const bool keeps_;
  std::array<std::atomic<std::size_t>, 3> counts_{};
  mutable std::mutex mutex_;
  std::vector<std::string> words_;  // under mutex_
};

/// One line an account, and the words of failures below it.
void print(std::ostream& out, const std::vector<const load_account*>& accounts);

}  // namespace baton::test
