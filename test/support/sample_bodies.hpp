// Bodies that show when a byte was lost, doubled or moved.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace baton::test {

/// Bytes of every value, repeating with no power of two.
[[nodiscard]] std::string varied(std::size_t size);

/// `body` as the chunked coding, in chunks of changing sizes, the last one included.
[[nodiscard]] std::string chunked(std::string_view body);

/// What the reference server's /download sends.
[[nodiscard]] std::string download_pattern(std::size_t size);

}  // namespace baton::test
