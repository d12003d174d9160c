#include "server/serving_first.hpp"

#include <chrono>

#include "base/log.hpp"

namespace baton {

void serving_first::begin() {
  constexpr std::chrono::milliseconds longest{100};
  if (!precedence_) {
    precedence_.emplace(os::other_threads());
    log::debug("{} threads go first while a process starts, for at most {} ms", precedence_->size(), longest.count());
  }
  limit_.expires_after(longest);
  limit_.async_wait([this](boost::system::error_code error) {
    const bool begun_anew = limit_.expiry() > std::chrono::steady_clock::now();
    if (!error && !begun_anew) precedence_.reset();
  });
}

void serving_first::end() noexcept {
  limit_.cancel();
  precedence_.reset();
}

}  // namespace baton
