#include "http/chunked_decoder.hpp"

#include <algorithm>

#include "http/field_names.hpp"
#include "http/field_rules.hpp"
#include "http/syntax.hpp"

namespace baton::http {
namespace {

constexpr std::size_t line_limit = 256;
constexpr std::size_t extension_limit = std::size_t{16} * 1024;
constexpr std::uint64_t size_limit = (std::uint64_t{1} << 63) - 1;

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

// HTAB, SP, VCHAR and obs-text: what a quoted string may hold, escaped or not (RFC 9110 section 5.6.4).
bool is_text(char c) noexcept {
  return !is_bad_in_value(c);
}

}  // namespace

chunked_decoder::chunked_decoder(std::size_t trailer_limit, std::size_t field_limit) noexcept
    : trailer_limit_{trailer_limit}, field_limit_{field_limit} {}

void chunked_decoder::reset() noexcept {
  state_ = state::size_start;
  size_ = 0;
  line_bytes_ = extension_bytes_ = 0;
  trailer_bytes_ = trailer_lines_ = trailer_line_start_ = 0;
  trailer_text_.clear();
  trailers_.clear();
  refusal_ = status::bad_request;
  reason_ = {};
}

void chunked_decoder::reset(std::size_t trailer_limit, std::size_t field_limit) noexcept {
  trailer_limit_ = trailer_limit;
  field_limit_ = field_limit;
  reset();
}

chunked_decoder::step chunked_decoder::next(std::string_view bytes) {
  std::size_t at = 0;
  for (;; ++at) {
    if (state_ == state::complete) return {outcome::complete, at, {}};
    if (state_ == state::refused) return {outcome::refused, at, {}};
    if (at == bytes.size()) return {outcome::need_more, at, {}};
    if (state_ == state::data) break;
    take(bytes[at]);
  }
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - at));
  size_ -= length;
  if (size_ == 0) state_ = state::data_return;
  return {outcome::data, at + length, bytes.substr(at, length)};
}

void chunked_decoder::refuse(status code, std::string_view reason) noexcept {
  state_ = state::refused;
  refusal_ = code;
  reason_ = reason;
}

void chunked_decoder::take(char c) {
  if (in_size_line() && ++line_bytes_ > line_limit) return refuse(status::bad_request, "chunk-size line too long");
  if (in_extension() && ++extension_bytes_ > extension_limit) {
    return refuse(status::bad_request, "chunk extensions too long");
  }
  const bool end = state_ == state::trailer_start && c == '\r';
  if (in_trailer() && !end && ++trailer_bytes_ > trailer_limit_) {
    return refuse(status::request_header_fields_too_large, "trailers too long");
  }
  if (state_ <= state::size) return take_size(c);
  if (in_extension()) return take_extension(c);
  if (state_ >= state::trailer_start && state_ <= state::trailer_value) return take_trailer(c);
  take_line_end(c);
}

void chunked_decoder::take_size(char c) {
  const int digit = hex_value(c);
  if (digit >= 0) {
    if (size_ > size_limit >> 4) return refuse(status::bad_request, "chunk size too large");
    size_ = size_ * 16 + static_cast<unsigned>(digit);
    state_ = state::size;
  } else if (state_ == state::size_start) {
    refuse(status::bad_request, "bad chunk size");
  } else {
    end_extension(c);
  }
}

// Where an extension may begin, or the line end.
void chunked_decoder::end_extension(char c) {
  if (c == ';') {
    state_ = state::name_start;
  } else if (c == '\r' && state_ != state::extension_end) {
    state_ = state::size_line_feed;
  } else if (is_blank(c)) {
    state_ = state::extension_end;
  } else {
    refuse(status::bad_request, "bad chunk-size line");
  }
}

void chunked_decoder::take_extension(char c) {
  switch (state_) {
    case state::name_start:
    case state::value_start:
      if (is_blank(c)) return;
      if (c == '"' && state_ == state::value_start) {
        state_ = state::quoted;
      } else if (is_token_char(c)) {
        state_ = state_ == state::name_start ? state::name : state::value;
      } else {
        refuse(status::bad_request, "bad chunk extension");
      }
      return;
    case state::name:
    case state::name_end:
      return take_name_end(c);
    case state::value:
      if (!is_token_char(c)) end_extension(c);
      return;
    case state::quoted:
    case state::quoted_pair:
      return take_quoted(c);
    default:
      end_extension(c);
  }
}

void chunked_decoder::take_name_end(char c) {
  if (state_ == state::name && is_token_char(c)) return;
  if (c == '=') {
    state_ = state::value_start;
  } else if (is_blank(c)) {
    state_ = state::name_end;
  } else if (state_ == state::name_end && c != ';') {
    refuse(status::bad_request, "bad chunk extension");
  } else {
    end_extension(c);
  }
}

void chunked_decoder::take_quoted(char c) {
  if (!is_text(c)) return refuse(status::bad_request, "bad chunk extension");
  if (state_ == state::quoted_pair) {
    state_ = state::quoted;
  } else if (c == '\\') {
    state_ = state::quoted_pair;
  } else if (c == '"') {
    state_ = state::quoted_end;
  }
}

void chunked_decoder::take_line_end(char c) {
  if (c != (state_ == state::data_return ? '\r' : '\n')) {
    return refuse(status::bad_request, in_trailer() ? "bad trailer" : "bad chunk line ending");
  }
  switch (state_) {
    case state::size_line_feed:
      return end_size_line();
    case state::data_return:
      state_ = state::data_line_feed;
      return;
    case state::data_line_feed:
      state_ = state::size_start;
      line_bytes_ = 0;
      return;
    case state::trailer_line_feed:
      return end_trailer_line();
    default:
      publish_trailers();
      state_ = state::complete;
  }
}

void chunked_decoder::end_size_line() {
  state_ = size_ == 0 ? state::trailer_start : state::data;
}

void chunked_decoder::take_trailer(char c) {
  if (state_ == state::trailer_start) {
    if (c == '\r') {
      state_ = state::last_line_feed;
      return;
    }
    if (++trailer_lines_ > field_limit_) {
      return refuse(status::request_header_fields_too_large, "too many trailers");
    }
  }
  if (state_ == state::trailer_value) {
    if (c == '\r') {
      state_ = state::trailer_line_feed;
      return;
    }
    if (is_bad_in_value(c)) return refuse(status::bad_request, "bad trailer value");
  } else if (c == ':' && state_ == state::trailer_name) {
    state_ = state::trailer_value;
  } else if (is_token_char(c)) {
    state_ = state::trailer_name;
  } else {
    return refuse(status::bad_request, "bad trailer name");
  }
  trailer_text_ += c;
}

void chunked_decoder::end_trailer_line() {
  const std::string_view line = std::string_view{trailer_text_}.substr(trailer_line_start_);
  if (forbidden_in_trailer(line.substr(0, line.find(':')))) {
    trailer_text_.resize(trailer_line_start_);
  } else {
    trailer_text_ += '\n';
    trailer_line_start_ = trailer_text_.size();
  }
  state_ = state::trailer_start;
}

// Only now: while lines come, their storage still moves.
void chunked_decoder::publish_trailers() {
  for (std::string_view rest = trailer_text_; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const std::string_view name = line.substr(0, line.find(':'));
    trailers_.push_back({field_named(name), name, trim(line.substr(name.size() + 1))});
  }
}

}  // namespace baton::http
