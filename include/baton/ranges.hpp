// Parts of a content (RFC 9110 section 14). Static files do this by themselves; for content that a handler
// has in memory there is `ranged`, for everything else `select_ranges`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <baton/conditional.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>

namespace baton {

/// `length` bytes, at least one, from `first` on; within the content.
struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  friend bool operator==(const byte_range&, const byte_range&) = default;
};

struct range_selection {
  enum class kind : std::uint8_t {
    whole,         ///< 200: no range was asked for, or none that is to be honoured
    partial,       ///< 206 with `parts`
    unsatisfiable  ///< 416: every range begins behind the end
  };
  kind what = kind::whole;
  std::vector<byte_range> parts{};
};

/// Ranges that one request may ask for; with more the whole is sent.
inline constexpr std::size_t most_ranges = 32;

/// What `text`, the value of a `Range` field, selects of a content of `size` bytes. Another unit than bytes,
/// a malformed list, more than `most_ranges`, parts that together are no less than the whole, and an empty
/// content give the whole. Where parts overlap or nearly touch, all are sorted and joined.
[[nodiscard]] range_selection select_ranges(std::string_view text, std::uint64_t size);

/// As above for a request: GET alone, one `Range` line, and only where `If-Range` allows it.
[[nodiscard]] range_selection select_ranges(const request& req, std::uint64_t size, const validators& current);

/// Answers with `body`, or the parts of it that `req` asks for: 200, 206 (`multipart/byteranges` for
/// several), 416, or, by the validators, 304 or 412. Throws as `response::set` does.
[[nodiscard]] response ranged(const request& req, std::string_view content_type, std::string body,
                              const validators& current = {});

}  // namespace baton
