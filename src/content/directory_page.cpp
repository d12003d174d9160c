#include "content/directory_page.hpp"

#include "http/syntax.hpp"

namespace baton::content {
namespace {

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void append_link(std::string& out, std::string_view name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out += "./";  // else a name with a colon would be another scheme
  for (const char c : name) {
    if (http::is_alpha(c) || http::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

}  // namespace

std::string directory_page(std::string_view path, const std::vector<std::string>& names) {
  std::string page = "<!doctype html>\n<meta charset=\"utf-8\">\n<title>";
  append_text(page, path);
  page += "</title>\n<h1>";
  append_text(page, path);
  page += "</h1>\n<ul>\n";
  for (const std::string& name : names) {
    page += "<li><a href=\"";
    append_link(page, name);
    page += "\">";
    append_text(page, name);
    page += "</a>\n";
  }
  return page += "</ul>\n";
}

}  // namespace baton::content
