#include "os/descriptor_limit.hpp"

#include <algorithm>
#include <limits>

#include <sys/resource.h>

namespace baton::os {
namespace {

std::size_t size_of(rlim_t value) noexcept {
  return value == RLIM_INFINITY ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(value);
}

}  // namespace

descriptor_limit read_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  return {size_of(limit.rlim_cur), size_of(limit.rlim_max)};
}

descriptor_limit raise_descriptor_limit(std::size_t needed) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || size_of(limit.rlim_cur) >= needed) return read_descriptor_limit();
  limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return read_descriptor_limit();
}

}  // namespace baton::os
