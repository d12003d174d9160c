#include "http/head_fields.hpp"

#include <charconv>

#include "http/request_access.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"

namespace baton::http {
namespace {

// RFC 9112 sections 6.1 and 6.3: a coding before a final `chunked` is one that is not known here (501);
// without a final `chunked` the end of the body cannot be known (400).
verdict judge_codings(std::string_view list) noexcept {
  bool known_end = false;
  while (!list.empty()) {
    const std::string_view coding = take_element(list);
    const bool chunked = iequals(coding, "chunked");
    if (known_end || (!chunked && !is_token(trim(coding.substr(0, coding.find(';')))))) {
      return {status::bad_request, "malformed Transfer-Encoding"};
    }
    known_end = chunked;
  }
  if (!known_end) return {status::bad_request, "Transfer-Encoding does not end with chunked"};
  return {status::not_implemented, "unknown transfer coding"};
}

}  // namespace

verdict head_fields::take(const field_line& line) noexcept {
  switch (line.id) {
    case field::host:
      return take_host(line.value);
    case field::content_length:
      return take_length(line.value);
    case field::transfer_encoding:
      return take_coding(line.value);
    case field::connection:
      return take_connection(line.value);
    case field::expect:
      take_expect(line.value);
      break;
    case field::upgrade:
      has_upgrade_ = true;
      break;
    default:
      break;
  }
  return {};
}

verdict head_fields::take_host(std::string_view value) noexcept {
  if (has_host_) return {status::bad_request, "more than one Host"};
  if (!value.empty() && !is_authority(value)) return {status::bad_request, "bad Host"};
  has_host_ = true;
  host_ = value;
  return {};
}

verdict head_fields::take_length(std::string_view value) noexcept {
  if (has_length_) return {status::bad_request, "more than one Content-Length"};
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length_);
  if (error != std::errc{} || stop != end) return {status::bad_request, "bad Content-Length"};
  has_length_ = true;
  return {};
}

verdict head_fields::take_coding(std::string_view value) noexcept {
  if (version_ < 11) return {status::bad_request, "Transfer-Encoding in an HTTP/1.0 request"};
  if (chunked_) return {status::bad_request, "more than one Transfer-Encoding"};
  if (!iequals(value, "chunked")) return judge_codings(value);
  chunked_ = true;
  return {};
}

verdict head_fields::take_connection(std::string_view list) noexcept {
  while (!list.empty()) {
    const std::string_view option = take_element(list);
    if (take_option(option) || option.empty() || is_token(option)) continue;
    return {status::bad_request, "malformed Connection"};
  }
  return {};
}

// False: it means nothing here.
bool head_fields::take_option(std::string_view option) noexcept {
  bool* said = nullptr;
  if (iequals(option, "keep-alive")) said = &keep_alive_;
  if (iequals(option, "close")) said = &close_;
  if (iequals(option, "upgrade")) said = &upgrade_option_;
  if (said != nullptr) *said = true;
  return said != nullptr;
}

void head_fields::take_expect(std::string_view list) noexcept {
  while (!list.empty()) {
    const std::string_view expectation = take_element(list);
    if (expectation.empty()) continue;
    (iequals(expectation, "100-continue") ? expects_continue_ : expects_other_) = true;
  }
}

verdict head_fields::finish(request& req, head_info& info) const noexcept {
  const bool modern = version_ >= 11;
  std::string_view& host = request_access::host(req);
  if (!has_host_ && modern) return {status::bad_request, "no Host"};
  // RFC 9112 section 3.3: an http URI needs an authority. Only a target that brings its own, or that
  // means the server as a whole, does without a name in Host.
  if (has_host_ && host_.empty() && host.empty() && req.path() != "*") return {status::bad_request, "empty Host"};
  if (host.empty()) host = host_;
  if (chunked_ && has_length_) return {status::bad_request, "Transfer-Encoding with Content-Length"};
  // An HTTP/1.0 client's expectations are ignored (RFC 9110 section 10.1.1).
  if (expects_other_ && modern) return {status::expectation_failed, "unknown expectation"};
  info.framing = chunked_ ? body_framing::chunked : has_length_ ? body_framing::length : body_framing::none;
  info.length = length_;
  info.keep_alive = !close_ && (modern || keep_alive_);
  info.expects_continue = modern && expects_continue_;
  info.wants_upgrade = modern && upgrade_option_ && has_upgrade_;
  std::optional<std::uint64_t>& length = request_access::content_length(req);
  if (chunked_) {
    length.reset();
  } else {
    length = length_;
  }
  return {};
}

}  // namespace baton::http
