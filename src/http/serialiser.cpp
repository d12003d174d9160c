#include "http/serialiser.hpp"

#include <array>
#include <charconv>

#include "http/status_line.hpp"

namespace baton::http {
namespace {

// 1xx, 204 and 304 end with their head (RFC 9112 section 6.3).
bool is_bodiless(unsigned code) noexcept {
  return code < 200 || code == 204 || code == 304;
}

void append_number(std::string& out, std::uint64_t value, int base) {
  std::array<char, 20> digits;  // NOLINT: written before read
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  out.append(digits.data(), end);
}

void append_framing(std::string& out, const head_context& context) {
  if (context.framing == answer_framing::length) {
    out += "Content-Length: ";
    append_number(out, context.length, 10);
    out += "\r\n";
  } else if (context.framing == answer_framing::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
}

// An answer with Upgrade names it in Connection (RFC 9110 section 7.8); 426 is the only such one here.
void append_connection(std::string& out, const head_context& context, bool names_upgrade) {
  if (context.close) {
    out += names_upgrade ? "Connection: close, Upgrade\r\n" : "Connection: close\r\n";
  } else if (context.keep_alive_1_0) {
    out += "Connection: keep-alive\r\n";
  } else if (names_upgrade) {
    out += "Connection: Upgrade\r\n";
  }
}

}  // namespace

void append_head(std::string& out, const response& answer, const head_context& context) {
  const auto code = static_cast<unsigned>(answer.status());
  const bool bodiless = is_bodiless(code);
  append_status_line(out, code);
  out += context.server_line;
  out += context.date_line;
  if (!bodiless) {
    if (const std::string_view type = answer.known_content_type(); !type.empty()) {
      out += "Content-Type: ";
      out += type;
      out += "\r\n";
    }
    append_framing(out, context);
  }
  append_connection(out, context, answer.status() == status::upgrade_required);
  out += answer.field_block();
  out += "\r\n";
}

void append_upgrade_head(std::string& out, const response& answer, const head_context& context) {
  out += "HTTP/1.1 101 Switching Protocols\r\n";
  out += context.server_line;
  out += context.date_line;
  out += "Connection: Upgrade\r\n";
  out += answer.field_block();
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  append_number(out, data.size(), 16);
  out += "\r\n";
  out += data;
  out += "\r\n";
}

void append_last_chunk(std::string& out, std::string_view trailers) {
  out += "0\r\n";
  out += trailers;
  out += "\r\n";
}

}  // namespace baton::http
