#include "http/serialiser.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "http/response_access.hpp"
#include "http/status_line.hpp"

namespace baton::http {
namespace {

// 1xx, 204 and 304 end with their head (RFC 9112 section 6.3).
bool is_bodiless(unsigned code) noexcept {
  return code < 200 || code == 204 || code == 304;
}

void append_hexadecimal(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits;  // NOLINT: written before read
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  out.append(digits.data(), end);
}

// Writes where there is room already: an append that looks after its capacity costs as much as what it copies.
class head_writer {
 public:
  /// Adds `room` bytes to `out`, of which `finish` takes back what was not written.
  head_writer(std::string& out, std::size_t room) : out_{out} {
    const std::size_t before = out.size();
    out.resize(before + room);
    at_ = out.data() + before;
  }

  void text(std::string_view bytes) noexcept {
    std::char_traits<char>::copy(at_, bytes.data(), bytes.size());  // which may be none, at no address
    at_ += bytes.size();
  }
  // Of a size known here: a move or two, no call.
  template <std::size_t N>
  void literal(const char (&bytes)[N]) noexcept {
    std::memcpy(at_, bytes, N - 1);
    at_ += N - 1;
  }
  void number(std::uint64_t value) noexcept { at_ = std::to_chars(at_, at_ + longest_number, value).ptr; }
  void finish() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }

  static constexpr std::size_t longest_number = 20;

 private:
  std::string& out_;
  char* at_;
};

void write_framing(head_writer& to, const head_context& context) noexcept {
  if (context.framing == answer_framing::length) {
    to.literal("Content-Length: ");
    to.number(context.length);
    to.literal("\r\n");
  } else if (context.framing == answer_framing::chunked) {
    to.literal("Transfer-Encoding: chunked\r\n");
  }
}

// An answer with Upgrade names it in Connection (RFC 9110 section 7.8); 426 is the only such one here.
void write_connection(head_writer& to, const head_context& context, bool names_upgrade) noexcept {
  if (context.close) {
    to.text(names_upgrade ? "Connection: close, Upgrade\r\n" : "Connection: close\r\n");
  } else if (context.keep_alive_1_0) {
    to.literal("Connection: keep-alive\r\n");
  } else if (names_upgrade) {
    to.literal("Connection: Upgrade\r\n");
  }
}

// More than framing, persistence and the empty line ever take.
constexpr std::size_t own_lines = 96;

}  // namespace

void append_head(std::string& out, const response& answer, const head_context& context) {
  const auto code = static_cast<unsigned>(answer.status());
  const std::string_view first = status_line(code);
  const std::string_view type = is_bodiless(code) ? std::string_view{} : response_access::content_type_line(answer);
  const std::string_view fields = answer.field_block();
  const std::size_t room = first.size() + context.server_line.size() + context.date_line.size() + type.size() +
                           fields.size() + context.body.size() + own_lines;
  head_writer to{out, room};
  to.text(first);
  to.text(context.server_line);
  to.text(context.date_line);
  to.text(type);
  if (!is_bodiless(code)) write_framing(to, context);
  write_connection(to, context, answer.status() == status::upgrade_required);
  to.text(fields);
  to.literal("\r\n");
  to.text(context.body);
  to.finish();
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
  append_hexadecimal(out, data.size());
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
