// How an answer with ranges is put together: status, fields, and which bytes stand between which texts. The
// same for content in memory and in files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <baton/file_content.hpp>
#include <baton/ranges.hpp>

namespace baton::http {

struct range_layout {
  baton::status status = baton::status::ok;
  std::string content_type;
  std::string content_range;  ///< empty: no such field
  std::vector<file_region> regions;
  std::string after;
};

/// For a content of `size` bytes and a media type. With 416 there are no regions.
[[nodiscard]] range_layout lay_out(const range_selection& selected, std::string_view content_type, std::uint64_t size);

/// The answer without its body: `Accept-Ranges`, `Content-Range`, and what `set_validators` sets.
void set_range_fields(response& answer, const range_layout& layout, const validators& current);

}  // namespace baton::http
