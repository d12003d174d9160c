#include "server/workers_first.hpp"

#include <chrono>

#include "base/log.hpp"

namespace baton {

void workers_first::begin() {
  constexpr std::chrono::milliseconds longest{250};
  if (!precedence_) {
    precedence_.emplace(core_.worker_threads());
    log::debug("{} workers go first while a process starts, for at most {} ms", precedence_->size(), longest.count());
  }
  limit_.expires_after(longest);
  limit_.async_wait([this](boost::system::error_code error) {
    if (!error) precedence_.reset();
  });
}

void workers_first::end() noexcept {
  limit_.cancel();
  precedence_.reset();
}

}  // namespace baton
