#include "http/access_line.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <baton/trace_context.hpp>

#include "http/json_text.hpp"
#include "http/scan.hpp"

namespace baton::http {
namespace {

using std::chrono::sys_seconds;
using std::chrono::system_clock;

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int digits{number};
  out.append(digits.data(), digits.size());
}

// At least `width` digits.
void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  const fmt::format_int digits{number};
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out.append(digits.data(), digits.size());
}

void append_escaped(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    const char* const stop = skip_printable(at, end);
    out.append(at, stop);
    if (stop == end) return;
    if (*stop == '"' || *stop == '\\') {
      out += '\\';
      out += *stop;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(*stop));
    }
    at = stop + 1;
  }
}

std::string clock_time(const std::tm& parts) {
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("[{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000]", parts.tm_mday,
                     months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                     parts.tm_sec);
}

std::string iso_time(const std::tm& parts) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// The text of a second: all lines of that second have it.
class second_text {
 public:
  using format = std::string (*)(const std::tm& parts);

  explicit second_text(format how) noexcept : how_{how} {}

  const std::string& of(system_clock::time_point time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (text_.empty() || second != second_) {
      const std::time_t whole = system_clock::to_time_t(second);
      std::tm parts{};
      ::gmtime_r(&whole, &parts);
      text_ = how_(parts);
      second_ = second;
    }
    return text_;
  }

 private:
  format how_;
  sys_seconds second_{};
  std::string text_;
};

void append_clock_time(std::string& out, system_clock::time_point time) {
  thread_local second_text text{clock_time};
  out += text.of(time);
}

void append_iso_time(std::string& out, system_clock::time_point time) {
  thread_local second_text text{iso_time};
  out += text.of(time);
  const auto thousandths = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count() % 1000;
  append_padded(out, static_cast<std::uint64_t>(thousandths), 3);
  out += 'Z';
}

std::string text_of_field(const request& req, field which, std::string_view name, const redactions& hidden) {
  const auto value = req.get(which);
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

std::string target_of(const request& req, const redactions& hidden) {
  std::string text;
  hidden.append_target(text, req.target());
  return text;
}

void append_quoted(std::string& out, std::string_view text) {
  out += " \"";
  append_escaped(out, text.empty() ? std::string_view{"-"} : text);
  out += '"';
}

void append_request_line(std::string& out, const request& req, const redactions& hidden) {
  if (req.method_text().empty()) return append_quoted(out, {});
  out += " \"";
  append_escaped(out, req.method_text());
  out += ' ';
  append_escaped(out, target_of(req, hidden));
  out += req.version() == 10 ? " HTTP/1.0\"" : " HTTP/1.1\"";
}

// A local peer is no address.
void append_host(std::string& out, const client_address& client) {
  out += client.kind() == client_address::family::local ? "-" : client.host();
}

void begin_combined(std::string& out, const redactions& hidden, const access_facts& facts) {
  append_host(out, facts.client);
  out += " - - ";
  append_clock_time(out, facts.when);
  facts.of == nullptr ? append_quoted(out, {}) : append_request_line(out, *facts.of, hidden);
  out += ' ';
  append_number(out, facts.status);
  out += ' ';
  append_number(out, facts.body);
  if (facts.of == nullptr) {
    out += R"( "-" "-" "-" "-")";
    return;
  }
  const request& req = *facts.of;
  append_quoted(out, text_of_field(req, field::referer, "referer", hidden));
  append_quoted(out, text_of_field(req, field::user_agent, "user-agent", hidden));
  // Nothing in these is ever escaped.
  out += " \"";
  out += req.id();
  out += "\" \"";
  out += trace_of(req).trace_id();
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, text);
}

void append_members(std::string& out, const redactions& hidden, const request& req) {
  append_member(out, "method", req.method_text());
  append_member(out, "target", target_of(req, hidden));
  append_member(out, "protocol", req.version() == 10 ? "HTTP/1.0" : "HTTP/1.1");
  append_member(out, "host", req.host());
  append_member(out, "route", req.pattern());
  append_member(out, "referer", text_of_field(req, field::referer, "referer", hidden));
  append_member(out, "user_agent", text_of_field(req, field::user_agent, "user-agent", hidden));
  append_member(out, "request_id", req.id());
  append_member(out, "trace_id", trace_of(req).trace_id());
}

void begin_json(std::string& out, const redactions& hidden, const access_facts& facts) {
  out += "{\"time\":\"";
  append_iso_time(out, facts.when);
  out += '"';
  append_member(out, "client", facts.client.to_string());
  if (facts.of != nullptr) append_members(out, hidden, *facts.of);
  out += ",\"status\":";
  append_number(out, facts.status);
  out += ",\"bytes\":";
  append_number(out, facts.body);
}

}  // namespace

void begin_access_line(std::string& out, access_log_format format, const redactions& hidden,
                       const access_facts& facts) {
  format == access_log_format::json ? begin_json(out, hidden, facts) : begin_combined(out, hidden, facts);
}

void finish_access_line(std::string& out, access_log_format format, std::chrono::nanoseconds took, bool cut) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(whole, 0));
  if (format == access_log_format::json) {
    out += ",\"duration_us\":";
    append_number(out, micros);
    out += cut ? ",\"cut\":true}\n" : "}\n";
  } else {
    out += ' ';
    append_number(out, micros / 1'000'000);
    out += '.';
    append_padded(out, micros % 1'000'000, 6);
    out += cut ? " cut\n" : "\n";
  }
}

}  // namespace baton::http
