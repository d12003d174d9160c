// The books of the load test: every request of every class of client ends in one of three columns,
// whatever a server did to a kept connection in two more, and the first failures keep their words.
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

/// How a server parted with a connection that its client would have kept.
enum class parting : std::uint8_t {
  closed_idle,  ///< by FIN or RST between two requests: no request was lost, but one might have been
  announced     ///< by an answer with `Connection: close`
};

/// One class of clients. Any thread.
class load_account {
 public:
  /// `keeps`: its clients send several requests over one connection.
  load_account(std::string name, bool keeps) : name_{std::move(name)}, keeps_{keeps} {}

  void add(fate what, std::string_view words = {});
  void add(parting how) { ++partings_[static_cast<std::size_t>(how)]; }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool keeps() const noexcept { return keeps_; }
  [[nodiscard]] std::size_t count(fate what) const noexcept { return fates_[static_cast<std::size_t>(what)]; }
  [[nodiscard]] std::size_t count(parting how) const noexcept { return partings_[static_cast<std::size_t>(how)]; }
  /// Of the first requests that were not answered.
  [[nodiscard]] std::vector<std::string> words() const;

 private:
  const std::string name_;
  const bool keeps_;
  std::array<std::atomic<std::size_t>, 3> fates_{};
  std::array<std::atomic<std::size_t>, 2> partings_{};
  mutable std::mutex mutex_;
  std::vector<std::string> words_;  // under mutex_
};

using load_accounts = std::vector<const load_account*>;

/// One line an account, and the words of failures below it.
void print(std::ostream& out, const load_accounts& accounts);

}  // namespace baton::test
