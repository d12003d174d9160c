// The status page, put into the program when it is built, from src/server/admin (src/admin_pages.cmake): no file has to
// be found when it runs.
#pragma once

#include <string_view>

namespace baton::admin_pages {

extern const std::string_view status_html;
extern const std::string_view status_css;
extern const std::string_view status_js;

}  // namespace baton::admin_pages
