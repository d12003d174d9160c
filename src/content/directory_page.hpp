// A directory's names as a page, for `static_options::listing`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace baton::content {

/// `path` is what the page says it lists. Names are escaped as text and as links; directories end with a slash.
[[nodiscard]] std::string directory_page(std::string_view path, const std::vector<std::string>& names);

}  // namespace baton::content
