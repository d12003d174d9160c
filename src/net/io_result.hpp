// What a direct, non-blocking call on a connection came to.
#pragma once

#include <cstddef>
#include <cstdint>

namespace baton::net {

struct io_result {
  enum class kind : std::uint8_t { bytes, would_block, end_of_file, failed };
  kind what = kind::would_block;
  std::size_t count = 0;
};

}  // namespace baton::net
