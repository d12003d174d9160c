// A connection as an HTTP library keeps it: used again as long as the server allows, and looked at for
// a FIN before it is.
#pragma once

#include <cstdint>
#include <memory>

#include "load_account.hpp"
#include "support/raw_client.hpp"

namespace baton::test {

class kept_connection {
 public:
  /// `account` is told how the server parted with it.
  kept_connection(endpoint where, load_account& account) : where_{std::move(where)}, account_{account} {}

  /// The kept connection if the server has not closed it, a new one otherwise. Throws as raw_client does.
  raw_client& ready();
  /// Closes it unless `last` allows another request.
  void after(const reply& last);
  void drop() { client_.reset(); }

  /// The connection has carried an answer before.
  [[nodiscard]] bool reused() const noexcept { return reused_; }
  [[nodiscard]] bool open() const noexcept { return client_ != nullptr; }

 private:
  endpoint where_;
  load_account& account_;
  std::unique_ptr<raw_client> client_;
  bool reused_ = false;
};

}  // namespace baton::test
