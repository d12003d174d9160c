#include "http/multipart_parser.hpp"

#include <algorithm>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

constexpr std::size_t longest_boundary = 70;
constexpr std::size_t longest_padding = 64;        // of white space behind a delimiter
constexpr std::size_t longest_passed_over = 1024;  // before the first and behind the last delimiter

}  // namespace

bool multipart_parser::is_boundary(std::string_view text) noexcept {
  if (text.empty() || text.size() > longest_boundary || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || std::string_view{"'()+_,-./:=? "}.find(c) != std::string_view::npos;
  });
}

multipart_parser::multipart_parser(std::string_view boundary, const multipart_limits& limits)
    : delimiter_{"\r\n--" + std::string{boundary}}, limits_{limits} {}

void multipart_parser::feed(std::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_ += bytes;
}

multipart_parser::step multipart_parser::next() {
  switch (phase_) {
    case phase::preamble:
      return find_first();
    case phase::delimiter:
      return read_delimiter();
    case phase::head:
      return read_head();
    case phase::content:
      return read_content();
    case phase::epilogue:
      return read_epilogue();
    case phase::refused:
      break;
  }
  return {outcome::refused, {}};
}

multipart_parser::step multipart_parser::refuse(status with, std::string_view why) noexcept {
  phase_ = phase::refused;
  refusal_ = with;
  reason_ = why;
  return {outcome::refused, {}};
}

multipart_parser::step multipart_parser::await(std::string_view what_is_missing) noexcept {
  return finished_ ? refuse(status::bad_request, what_is_missing) : step{};
}

multipart_parser::step multipart_parser::find_first() {
  const std::size_t at = rest().find(delimiter_);
  if (std::min(at, rest().size()) > longest_passed_over) {
    return refuse(status::bad_request, "there is too much text before the first boundary");
  }
  if (at == std::string_view::npos) return await("the first boundary is missing");
  taken_ += at + delimiter_.size();
  phase_ = phase::delimiter;
  return read_delimiter();
}

// Behind the delimiter: `--` for the last one, or white space and a line end.
multipart_parser::step multipart_parser::read_delimiter() {
  const std::string_view text = rest();
  if (text.size() >= 2 && text.starts_with("--")) {
    taken_ += 2;
    phase_ = phase::epilogue;
    return read_epilogue();
  }
  const std::size_t padding = std::min(text.find_first_not_of(" \t"), text.size());
  if (padding > longest_padding) return refuse(status::bad_request, "there is too much space behind a boundary");
  const std::string_view line_end = text.substr(padding);
  if (line_end.size() < 2 && std::string_view{"\r\n"}.starts_with(line_end)) return await("a boundary is cut short");
  if (line_end == "-" && padding == 0) return await("a boundary is cut short");
  if (!line_end.starts_with("\r\n")) return refuse(status::bad_request, "a boundary's line goes on behind it");
  if (++parts_ > limits_.parts) return refuse(status::payload_too_large, "there are too many parts");
  taken_ += padding;  // the line end stays, as the one before the first field
  phase_ = phase::head;
  return read_head();
}

multipart_parser::step multipart_parser::read_head() {
  const std::string_view text = rest();
  const std::size_t end = text.find("\r\n\r\n");
  if (std::min(end, text.size()) > limits_.part_head) {
    return refuse(status::payload_too_large, "the head of a part is too large");
  }
  if (end == std::string_view::npos) return await("the head of a part is cut short");
  fields_.clear();
  std::string_view lines = text.substr(0, end + 2).substr(2);
  while (!lines.empty()) {
    const std::size_t length = lines.find("\r\n");
    if (fields_.size() == limits_.part_fields) return refuse(status::payload_too_large, "a part has too many fields");
    if (!take_field(lines.substr(0, length))) return refuse(status::bad_request, "a field of a part is malformed");
    lines.remove_prefix(length + 2);
  }
  taken_ += end + 2;  // the last line end may begin the delimiter of a part without content
  phase_ = phase::content;
  in_part_ = false;
  return {outcome::part, {}};
}

bool multipart_parser::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view value = trim(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), is_bad_in_value)) return false;
  fields_.push_back({std::string{line.substr(0, colon)}, std::string{value}});
  return true;
}

// In front of the content stands the empty line's end, which is not of it unless a delimiter begins with it.
multipart_parser::step multipart_parser::read_content() {
  const std::string_view text = rest();
  const std::size_t at = text.find(delimiter_);
  const std::size_t skipped = in_part_ ? 0 : 2;
  if (at == 0 || (at != std::string_view::npos && at <= skipped)) {
    // Right behind the head, or behind the content that was given before.
    if (!in_part_ && at != 0 && at != skipped) return refuse(status::bad_request, "a part is malformed");
    taken_ += at + delimiter_.size();
    phase_ = phase::delimiter;
    return {outcome::part_end, {}};
  }
  // Without a delimiter, the last bytes may be the beginning of one.
  const std::size_t kept = delimiter_.size() - 1;
  const std::size_t sure = at != std::string_view::npos ? at : text.size() - std::min(text.size(), kept);
  if (sure <= skipped) return await("the last boundary is missing");
  in_part_ = true;
  taken_ += sure;
  return {outcome::data, text.substr(skipped, sure - skipped)};
}

multipart_parser::step multipart_parser::read_epilogue() {
  passed_over_ += rest().size();
  taken_ = buffer_.size();
  if (passed_over_ > longest_passed_over) {
    return refuse(status::bad_request, "there is too much text behind the last boundary");
  }
  return {outcome::end, {}};
}

}  // namespace baton::http
