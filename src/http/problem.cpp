#include "http/problem.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

#include "http/json_text.hpp"

namespace baton::http {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

// One of the error's own; a name may be there once.
void append_own_member(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 7> taken{"type",   "title",      "status",  "code",
                                                  "detail", "request_id", "instance"};
  if (std::find(taken.begin(), taken.end(), name) != taken.end()) return;
  out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

std::string_view title_of(status code) noexcept {
  if (boost::beast::http::int_to_status(static_cast<unsigned>(code)) == status::unknown) return "Error";
  const auto phrase = boost::beast::http::obsolete_reason(code);
  return {phrase.data(), phrase.size()};
}

}  // namespace

response problem_response(status status, const problem_members& members) {
  std::string document = "{\"type\":\"about:blank\",\"title\":";
  append_json_string(document, title_of(status));
  document += fmt::format(",\"status\":{}", static_cast<unsigned>(status));
  append_member(document, "code", members.code);
  append_member(document, "detail", members.detail);
  append_member(document, "request_id", members.request_id);
  if (members.more != nullptr) {
    for (const auto& [name, value] : *members.more) append_own_member(document, name, value);
  }
  document += "}\n";
  return response::bytes("application/problem+json", std::move(document), status);
}

}  // namespace baton::http
