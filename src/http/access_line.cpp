#include "http/access_line.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include <fmt/core.h>
#include <fmt/format.h>

#include <baton/trace_context.hpp>

#include "http/json_text.hpp"
#include "http/percent.hpp"
#include "http/syntax.hpp"

namespace baton::http {
namespace {

using std::chrono::system_clock;

constexpr std::string_view hidden_value = "***";
constexpr std::string_view field_prefix = "field:";

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
}

std::tm parts_of(system_clock::time_point time) {
  const std::time_t whole = system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return parts;
}

void append_clock_time(std::string& out, system_clock::time_point time) {
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm parts = parts_of(time);
  fmt::format_to(std::back_inserter(out), "[{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000]", parts.tm_mday,
                 months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                 parts.tm_sec);
}

void append_iso_time(std::string& out, system_clock::time_point time) {
  const std::tm parts = parts_of(time);
  const auto thousandths = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count() % 1000;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, thousandths);
}

// Without port and brackets; a local peer is no address.
std::string_view address_of(std::string_view peer) noexcept {
  if (peer.empty() || peer.starts_with("unix:")) return "-";
  if (peer.front() == '[') return peer.substr(1, std::min(peer.find(']'), peer.size()) - 1);
  const std::size_t colon = peer.find(':');
  return colon == peer.rfind(':') ? peer.substr(0, colon) : peer;  // else an IPv6 address without a port
}

std::string text_of_field(const access_facts& facts, field which, std::string_view name, const redactions& hidden) {
  const auto value = facts.of == nullptr ? std::nullopt : facts.of->get(which);
  if (!value) return {};
  if (hidden.hides_field(name)) return std::string{hidden_value};
  std::string text;
  if (which == field::referer) {
    hidden.append_target(text, *value);
  } else {
    text = *value;
  }
  return text;
}

std::string target_of(const access_facts& facts, const redactions& hidden) {
  std::string text;
  if (facts.of != nullptr) hidden.append_target(text, facts.of->target());
  return text;
}

void append_quoted(std::string& out, std::string_view text) {
  out += " \"";
  append_escaped(out, text.empty() ? std::string_view{"-"} : text);
  out += '"';
}

void begin_combined(std::string& out, const redactions& hidden, const access_facts& facts) {
  out += address_of(facts.client);
  out += " - - ";
  append_clock_time(out, facts.when);
  std::string line;
  if (facts.of != nullptr && !facts.of->method_text().empty()) {
    line = fmt::format("{} {} HTTP/1.{}", facts.of->method_text(), target_of(facts, hidden), facts.of->version() % 10);
  }
  append_quoted(out, line);
  fmt::format_to(std::back_inserter(out), " {} {}", facts.status, facts.body);
  append_quoted(out, text_of_field(facts, field::referer, "referer", hidden));
  append_quoted(out, text_of_field(facts, field::user_agent, "user-agent", hidden));
  append_quoted(out, facts.of == nullptr ? std::string{} : facts.of->id());
  append_quoted(out, facts.of == nullptr ? std::string{} : trace_of(*facts.of).trace_id());
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void begin_json(std::string& out, const redactions& hidden, const access_facts& facts) {
  out += "{\"time\":\"";
  append_iso_time(out, facts.when);
  out += '"';
  append_member(out, "client", facts.client);
  if (facts.of != nullptr) {
    const request& req = *facts.of;
    append_member(out, "method", req.method_text());
    append_member(out, "target", target_of(facts, hidden));
    append_member(out, "protocol", req.version() == 10 ? "HTTP/1.0" : "HTTP/1.1");
    append_member(out, "host", req.host());
    append_member(out, "route", req.pattern());
    append_member(out, "referer", text_of_field(facts, field::referer, "referer", hidden));
    append_member(out, "user_agent", text_of_field(facts, field::user_agent, "user-agent", hidden));
    const trace_context trace = trace_of(req);
    append_member(out, "request_id", req.id());
    append_member(out, "trace_id", trace.trace_id());
  }
  fmt::format_to(std::back_inserter(out), ",\"status\":{},\"bytes\":{}", facts.status, facts.body);
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

redactions::redactions(const std::vector<std::string>& names) {
  for (const std::string& each : names) {
    const std::string name = lower(each);
    if (name.starts_with(field_prefix)) {
      fields_.push_back(name.substr(field_prefix.size()));
    } else if (!name.empty()) {
      parameters_.push_back(name);
    }
  }
}

bool redactions::hides_field(std::string_view name) const noexcept {
  return std::find(fields_.begin(), fields_.end(), name) != fields_.end();
}

// One that cannot be decoded is compared as it is.
bool redactions::hides_parameter(std::string_view name) const {
  std::string decoded;
  if (!append_decoded(decoded, name, plus_sign::means_space)) decoded = name;
  const auto same = [&](const std::string& hidden) { return iequals(hidden, decoded); };
  return std::any_of(parameters_.begin(), parameters_.end(), same);
}

void redactions::append_target(std::string& out, std::string_view target) const {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos || parameters_.empty()) {
    out += target;
    return;
  }
  out += target.substr(0, mark + 1);
  std::string_view rest = target.substr(mark + 1);
  for (;;) {
    const std::size_t end = rest.find_first_of("&;#");
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && hides_parameter(pair.substr(0, equals))) {
      out += pair.substr(0, equals + 1);
      out += hidden_value;
    } else {
      out += pair;
    }
    if (end == std::string_view::npos) return;
    out += rest[end];
    rest.remove_prefix(end + 1);
  }
}

void begin_access_line(std::string& out, access_log_format format, const redactions& hidden,
                       const access_facts& facts) {
  format == access_log_format::json ? begin_json(out, hidden, facts) : begin_combined(out, hidden, facts);
}

void finish_access_line(std::string& out, access_log_format format, std::chrono::nanoseconds took, bool cut) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  if (format == access_log_format::json) {
    fmt::format_to(std::back_inserter(out), ",\"duration_us\":{}{}}}\n", micros, cut ? ",\"cut\":true" : "");
  } else {
    fmt::format_to(std::back_inserter(out), " {}.{:06}{}\n", micros / 1'000'000, micros % 1'000'000, cut ? " cut" : "");
  }
}

}  // namespace baton::http
