#include "http/head_parser.hpp"

#include <algorithm>
#include <cstring>

#include "http/field_names.hpp"
#include "http/head_fields.hpp"
#include "http/request_access.hpp"
#include "http/scan.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"

namespace baton::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view http_1_1 = "HTTP/1.1\r\n";
constexpr std::string_view http_1_0 = "HTTP/1.0\r\n";

enum class step : std::uint8_t { done, need_more, refused };

// One way through a head, from the request line to the empty line. Whatever is there is judged, so that a
// mistake is seen before its line ends; where the bytes end first, more is needed.
class head_reader {
 public:
  head_reader(std::string_view head, const head_limits& limits, request& req) noexcept
      : begin_{head.data()}, at_{begin_}, end_{begin_ + head.size()}, limits_{limits}, req_{req} {}

  [[nodiscard]] step read() {
    if (const step line = read_request_line(); line != step::done) return line;
    in_fields_ = true;
    std::vector<field_line>& fields = request_access::fields(req_);
    for (;;) {
      if (at_ == end_) return step::need_more;
      if (*at_ == '\r') return take_line_end();
      if (const step line = read_field(fields); line != step::done) return line;
    }
  }

  [[nodiscard]] step finish(head_info& info) {
    const verdict why = fields_.finish(req_, info);
    return why.reason.empty() ? step::done : refuse(why.code, why.reason);
  }

  [[nodiscard]] bool in_fields() const noexcept { return in_fields_; }
  [[nodiscard]] std::size_t consumed() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] const verdict& refused() const noexcept { return refused_; }

 private:
  step read_request_line();
  step read_method();
  step read_target();
  step read_version();
  step judge_version();
  step read_field(std::vector<field_line>& fields);
  step take_line_end() noexcept;

  step refuse(status code, std::string_view reason) noexcept {
    refused_ = {code, reason};
    return step::refused;
  }
  step refuse(std::string_view reason) noexcept { return refuse(status::bad_request, reason); }

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const head_limits& limits_;
  request& req_;
  head_fields fields_{11};
  verdict refused_;
  bool in_fields_ = false;
};

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

step head_reader::read_request_line() {
  if (const step s = read_method(); s != step::done) return s;
  if (const step s = read_target(); s != step::done) return s;
  return read_version();
}

step head_reader::read_method() {
  const bool usual = left() >= 4 && std::memcmp(at_, "GET ", 4) == 0;
  const char* const stop = usual ? at_ + 3 : skip_token(at_, end_);
  if (stop == end_) return step::need_more;
  if (*stop != ' ' || stop == at_) return refuse("bad method");
  const std::string_view text = between(at_, stop);
  request_access::method(req_) = usual ? method::get : beast_http::string_to_verb({text.data(), text.size()});
  request_access::method_text(req_) = text;
  at_ = stop + 1;
  return step::done;
}

step head_reader::read_target() {
  const char* stop = skip_plain(at_, end_);
  const bool plain = stop != end_ && *stop == ' ' && *at_ == '/';
  if (!plain) stop = skip_target(stop, end_);
  const std::string_view target = between(at_, stop);
  if (target.size() > limits_.target) return refuse(status::uri_too_long, "target too long");
  if (stop == end_) return step::need_more;
  if (*stop != ' ' || target.empty()) return refuse("bad target");
  request_access::target(req_) = target;
  if (plain) request_access::path(req_) = target;
  at_ = stop + 1;
  return step::done;
}

// Not a version that is served with the end of its line. A well-formed one is 505, all else a malformed line,
// unless it is a part.
step head_reader::judge_version() {
  const std::string_view line = between(at_, end_).substr(0, http_1_1.size());
  if (http_1_1.starts_with(line) || http_1_0.starts_with(line)) return step::need_more;
  const std::string_view version = line.substr(0, 8);
  if (version == http_1_1.substr(0, 8) || version == http_1_0.substr(0, 8)) return refuse("bad line ending");
  const bool begun = std::string_view{"HTTP/"}.starts_with(version.substr(0, 5));
  if (!begun) return refuse("bad version");
  if (version.size() < 8 && version.find_first_of("\r\n") == std::string_view::npos) return step::need_more;
  const bool formed = version.size() == 8 && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]) &&
                      (line.size() == 8 || line[8] == '\r');
  if (!formed) return refuse("bad version");
  return refuse(status::http_version_not_supported, "version not supported");
}

step head_reader::read_version() {
  const bool whole = left() >= http_1_1.size();
  const bool modern = whole && std::memcmp(at_, http_1_1.data(), http_1_1.size()) == 0;
  if (!modern && !(whole && std::memcmp(at_, http_1_0.data(), http_1_0.size()) == 0)) return judge_version();
  const unsigned number = modern ? 11 : 10;
  request_access::version(req_) = number;
  fields_ = head_fields{number};
  at_ += http_1_1.size();
  if (req_.method() == method::connect) return refuse(status::not_implemented, "CONNECT is not offered");
  if (!req_.path().empty()) return step::done;  // nothing in it to look at
  const std::string_view reason = http::read_target(req_);
  return reason.empty() ? step::done : refuse(reason);
}

const char* skip_blanks(const char* at, const char* end) noexcept {
  while (at != end && (*at == ' ' || *at == '\t')) ++at;
  return at;
}

const char* without_blanks(const char* begin, const char* end) noexcept {
  while (end != begin && (end[-1] == ' ' || end[-1] == '\t')) --end;
  return end;
}

step head_reader::read_field(std::vector<field_line>& fields) {
  const char* const colon = skip_token(at_, end_);
  if (colon == end_) return step::need_more;
  if (*colon != ':' || colon == at_) {
    const bool folded = colon == at_ && (*at_ == ' ' || *at_ == '\t') && !fields.empty();
    return refuse(folded ? "line folding" : "bad field name");
  }
  const std::string_view name = between(at_, colon);
  const char* const value = skip_blanks(colon + 1, end_);
  at_ = skip_value(begin_, value, end_);
  const char* const value_end = without_blanks(value, at_);
  if (at_ == end_) return step::need_more;
  if (*at_ != '\r' && *at_ != '\n') return refuse("bad field value");
  if (const step s = take_line_end(); s != step::done) return s;
  if (fields.size() >= limits_.fields) return refuse(status::request_header_fields_too_large, "too many fields");
  const field_line& line = fields.emplace_back(field_line{field_named(name), name, between(value, value_end)});
  if (!head_fields::concern(line.id)) return step::done;
  const verdict why = fields_.take(line);
  return why.reason.empty() ? step::done : refuse(why.code, why.reason);
}

// At a byte that must begin the end of a line.
step head_reader::take_line_end() noexcept {
  if (*at_ == '\r' && left() < 2) return step::need_more;
  if (*at_ != '\r' || at_[1] != '\n') return refuse("bad line ending");
  at_ += 2;
  return step::done;
}

head_result refusal(status code, std::string_view reason) noexcept {
  return {head_outcome::refused, 0, code, reason};
}

// RFC 9112 section 2.2: an empty line or two before a request are skipped.
std::size_t leading_empty_lines(std::string_view bytes) noexcept {
  std::size_t skipped = 0;
  while (skipped < 4 && bytes.substr(skipped, 2) == "\r\n") skipped += 2;
  return skipped;
}

}  // namespace

head_result parse_head(std::string_view bytes, const head_limits& limits, request& req, head_info& info) {
  const std::size_t skipped = bytes.starts_with('\r') ? leading_empty_lines(bytes) : 0;
  const std::string_view head = bytes.substr(0, limits.head).substr(skipped);
  if (head.empty() || head == "\r") return {};

  head_reader reader{head, limits, req};
  step came = reader.read();
  if (came == step::done) came = reader.finish(info);
  if (came == step::done) return {head_outcome::complete, skipped + reader.consumed(), status::ok, {}};
  if (came == step::refused) return refusal(reader.refused().code, reader.refused().reason);
  if (bytes.size() < limits.head) return {};
  return reader.in_fields() ? refusal(status::request_header_fields_too_large, "head too large")
                            : refusal(status::uri_too_long, "request line too long");
}

}  // namespace baton::http
