#include "http/head_parser.hpp"

#include <limits>

#include <boost/beast/http/basic_parser.hpp>

#include "http/head_fields.hpp"
#include "http/request_access.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"

namespace baton::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;

std::string_view to_std(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

// Beast finds lines, names and values; every decision is taken here. The error codes that leave the
// callbacks only stop the parser: what is answered is `refused`.
class strict_parser final : public beast_http::basic_parser<true> {
 public:
  strict_parser(const head_limits& limits, request& req) noexcept : limits_{limits}, req_{req} {
    eager(false);
    skip(true);  // bodies are not its business
    header_limit(std::numeric_limits<std::uint32_t>::max());
  }

  [[nodiscard]] bool past_request_line() const noexcept { return past_request_line_; }
  [[nodiscard]] const verdict& refused() const noexcept { return refused_; }
  [[nodiscard]] verdict finish(head_info& info) { return fields_.finish(req_, info); }

 private:
  void on_request_impl(beast_http::verb method, boost::beast::string_view method_text, boost::beast::string_view target,
                       int version, error_code& ec) override;
  void on_field_impl(beast_http::field id, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& ec) override;

  void refuse(verdict why, error_code& ec) {
    refused_ = why;
    ec = beast_http::error::bad_value;
  }

  // The rest belongs to responses and bodies.
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  const head_limits& limits_;
  request& req_;
  head_fields fields_{11};
  verdict refused_;
  bool past_request_line_ = false;
};

void strict_parser::on_request_impl(beast_http::verb method, boost::beast::string_view method_text,
                                    boost::beast::string_view target, int version, error_code& ec) {
  past_request_line_ = true;
  fields_ = head_fields{static_cast<unsigned>(version)};
  request_access::method(req_) = method;
  request_access::method_text(req_) = to_std(method_text);
  request_access::version(req_) = static_cast<unsigned>(version);
  request_access::target(req_) = to_std(target);
  if (target.size() > limits_.target) return refuse({status::uri_too_long, "target too long"}, ec);
  if (method == method::connect) return refuse({status::not_implemented, "CONNECT is not offered"}, ec);
  if (const std::string_view reason = read_target(req_); !reason.empty()) refuse({status::bad_request, reason}, ec);
}

void strict_parser::on_field_impl(beast_http::field id, boost::beast::string_view name, boost::beast::string_view value,
                                  error_code& ec) {
  const field_line line{id, to_std(name), to_std(value)};
  // Beast unfolds lines: into a buffer of its own, or, where the first line is empty, by skipping it.
  const char* at = line.name.data() + line.name.size() + 1;
  while (*at == ' ' || *at == '\t') ++at;
  if (at != line.value.data()) return refuse({status::bad_request, "line folding"}, ec);
  std::vector<field_line>& fields = request_access::fields(req_);
  if (fields.size() >= limits_.fields) {
    return refuse({status::request_header_fields_too_large, "too many fields"}, ec);
  }
  fields.push_back(line);
  if (const verdict why = fields_.take(line); !why.reason.empty()) refuse(why, ec);
}

head_result refusal(status code, std::string_view reason) noexcept {
  return {head_outcome::refused, 0, code, reason};
}

// A well-formed version that is not served is 505, all else a malformed line.
head_result refuse_version(std::string_view line) noexcept {
  const std::string_view version = line.substr(line.find(' ', line.find(' ') + 1) + 1);
  const bool formed = version.size() == 8 && version.substr(0, 5) == "HTTP/" && is_digit(version[5]) &&
                      version[6] == '.' && is_digit(version[7]);
  if (!formed) return refusal(status::bad_request, "bad version");
  if (version == "HTTP/1.0" || version == "HTTP/1.1") return refusal(status::bad_request, "bad line ending");
  return refusal(status::http_version_not_supported, "version not supported");
}

head_result refuse_error(const error_code& ec, std::string_view head) noexcept {
  using beast_http::error;
  if (ec == error::bad_version) return refuse_version(head.substr(0, head.find_first_of("\r\n")));
  if (ec == error::bad_method) return refusal(status::bad_request, "bad method");
  if (ec == error::bad_target) return refusal(status::bad_request, "bad target");
  if (ec == error::bad_field) return refusal(status::bad_request, "bad field name");
  if (ec == error::bad_value) return refusal(status::bad_request, "bad field value");
  if (ec == error::bad_line_ending) return refusal(status::bad_request, "bad line ending");
  if (ec == error::bad_content_length) return refusal(status::bad_request, "bad Content-Length");
  if (ec == error::multiple_content_length) return refusal(status::bad_request, "more than one Content-Length");
  if (ec == error::bad_transfer_encoding) return refusal(status::bad_request, "bad Transfer-Encoding");
  return refusal(status::bad_request, "malformed head");
}

// Part of a request line, without its end.
head_result judge_part_of_line(std::string_view line, bool full, const head_limits& limits) noexcept {
  // Beast waits for eight bytes of version even where the line has ended.
  if (line.find('\n') != std::string_view::npos) return refusal(status::bad_request, "bad version");
  const std::size_t space = line.find(' ');
  if (space != std::string_view::npos) {
    const std::string_view target = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
    if (target.size() > limits.target) return refusal(status::uri_too_long, "target too long");
  }
  if (full) return refusal(status::uri_too_long, "request line too long");
  return {};
}

// What Beast would wait on: too long already, or wrong in a way that it sees only later.
head_result judge_part(std::string_view head, bool full, bool in_fields, const head_limits& limits) noexcept {
  if (!in_fields) return judge_part_of_line(head, full, limits);
  if (head.ends_with('\n') && !head.ends_with("\r\n")) return refusal(status::bad_request, "bad line ending");
  if (full) return refusal(status::request_header_fields_too_large, "head too large");
  return {};
}

// RFC 9112 section 2.2: an empty line or two before a request are skipped.
std::size_t leading_empty_lines(std::string_view bytes) noexcept {
  std::size_t skipped = 0;
  while (skipped < 4 && bytes.substr(skipped, 2) == "\r\n") skipped += 2;
  return skipped;
}

}  // namespace

head_result parse_head(std::string_view bytes, const head_limits& limits, request& req, head_info& info) {
  const bool full = bytes.size() >= limits.head;
  const std::size_t skipped = leading_empty_lines(bytes);
  const std::string_view head = bytes.substr(0, limits.head).substr(skipped);
  if (head.empty() || head == "\r") return {};

  strict_parser parser{limits, req};
  error_code ec;
  const std::size_t size = parser.put(boost::asio::const_buffer{head.data(), head.size()}, ec);
  if (!parser.refused().reason.empty()) return refusal(parser.refused().code, parser.refused().reason);
  if (ec == beast_http::error::need_more) return judge_part(head, full, parser.past_request_line(), limits);
  if (ec) return refuse_error(ec, head);
  if (!parser.is_header_done()) return {};
  if (const verdict why = parser.finish(info); !why.reason.empty()) return refusal(why.code, why.reason);
  return {head_outcome::complete, skipped + size, status::ok, {}};
}

}  // namespace baton::http
