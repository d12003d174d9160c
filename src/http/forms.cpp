#include <baton/forms.hpp>

#include <algorithm>

#include <fmt/core.h>

#include "http/percent.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

[[noreturn]] void refuse_form(const char* code, std::string detail) {
  throw http_error{status::bad_request, code}.detail(std::move(detail));
}

std::string decoded(std::string_view text) {
  std::string result;
  if (!http::append_decoded(result, text, http::plus_sign::means_space)) {
    refuse_form("bad_form", "a percent sign is not followed by two hexadecimal digits");
  }
  return result;
}

}  // namespace

const std::string* form_fields::find(std::string_view name) const noexcept {
  const auto at = std::find_if(all_.begin(), all_.end(), [&](const form_field& f) { return f.name == name; });
  return at == all_.end() ? nullptr : &at->value;
}

std::vector<std::string_view> form_fields::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const form_field& each : all_) {
    if (each.name == name) values.emplace_back(each.value);
  }
  return values;
}

void form_fields::refuse(std::string_view name) {
  refuse_form("invalid_parameter", fmt::format("the parameter \"{}\" does not have the form that is expected", name));
}

void form_fields::refuse_missing(std::string_view name) {
  refuse_form("missing_parameter", fmt::format("the parameter \"{}\" is missing", name));
}

form_fields parse_urlencoded(std::string_view text, std::size_t limit) {
  std::vector<form_field> all;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty()) continue;
    if (all.size() == limit) refuse_form("too_many_fields", fmt::format("there are more than {} fields", limit));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = decoded(pair.substr(0, equals));
    all.push_back({std::move(name), decoded(pair.substr(std::min(equals + 1, pair.size())))});
  }
  return form_fields{std::move(all)};
}

form_fields query_of(const request& req, std::size_t limit) {
  return parse_urlencoded(req.query(), limit);
}

form_fields form_of(const request& req, std::size_t limit) {
  const std::string_view type = req.get(field::content_type).value_or("");
  if (!http::iequals(http::trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded")) {
    http_error error{status::unsupported_media_type, "form_expected"};
    error.detail("the body must be an urlencoded form").set("Accept", "application/x-www-form-urlencoded");
    throw error;
  }
  return parse_urlencoded(req.body(), limit);
}

}  // namespace baton
