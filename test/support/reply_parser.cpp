#include "support/reply_parser.hpp"

#include <algorithm>
#include <charconv>

namespace baton::test {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool is_token(std::string_view name) {
  return !name.empty() && name.find_first_not_of(
                              "!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

// `HTTP/1.x NNN reason`; false if it is anything else.
bool read_status_line(std::string_view line, reply& into) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return false;
  if (line[7] != '0' && line[7] != '1') return false;
  const auto [stop, error] = std::from_chars(line.data() + 9, line.data() + 12, into.status);
  if (error != std::errc{} || stop != line.data() + 12 || into.status < 100) return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  into.minor = line[7] - '0';
  into.reason = line.size() > 13 ? line.substr(13) : std::string_view{};
  return true;
}

}  // namespace

std::optional<std::string_view> reply::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> reply::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : fields) {
    if (key == name) values.push_back(value);
  }
  return values;
}

bool reply::closes() const {
  const auto values = all("connection");
  return std::any_of(values.begin(), values.end(), [](auto value) { return lower(value) == "close"; });
}

std::optional<reply> reply_parser::next(bool to_head) {
  if (state_ == state::head && !read_head(to_head)) return std::nullopt;
  bool complete = false;
  switch (state_) {
    case state::fixed:
      complete = read_fixed();
      break;
    case state::chunk_size:
    case state::chunk_data:
    case state::trailers:
      complete = read_chunks();
      break;
    case state::until_close:
      current_.body.append(rest());
      at_ = buffer_.size();
      complete = ended_;
      break;
    case state::head:
    case state::broken:
      break;
  }
  drop_consumed();
  if (!complete) return std::nullopt;
  state_ = state::head;
  return std::exchange(current_, {});
}

std::optional<reply> reply_parser::partial() {
  if (state_ == state::head || (state_ == state::broken && current_.status == 0)) return std::nullopt;
  state_ = state::broken;
  current_.cut = true;
  return std::exchange(current_, {});
}

bool reply_parser::read_head(bool to_head) {
  const auto text = rest();
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return false;
  const auto block = text.substr(0, end + 2);
  const auto line_end = block.find("\r\n");
  if (!read_status_line(block.substr(0, line_end), current_)) return false;
  read_fields(block.substr(line_end + 2));
  at_ += end + 4;
  frame(to_head);
  return true;
}

void reply_parser::read_fields(std::string_view block) {
  while (!block.empty()) {
    const auto end = block.find("\r\n");
    const auto one = block.substr(0, end);
    const auto colon = one.find(':');
    if (colon == std::string_view::npos || !is_token(one.substr(0, colon))) {
      faults_.push_back("bad field line `" + std::string{one} + "`");
    } else {
      current_.fields.emplace_back(lower(one.substr(0, colon)), trimmed(one.substr(colon + 1)));
    }
    block.remove_prefix(end + 2);
  }
}

// RFC 9112 section 6.3, as a client.
void reply_parser::frame(bool to_head) {
  const auto lengths = current_.all("content-length");
  const bool chunked = current_.field("transfer-encoding").has_value();
  if (chunked && !lengths.empty()) faults_.push_back("both Transfer-Encoding and Content-Length");
  if (std::any_of(lengths.begin(), lengths.end(), [&](auto l) { return l != lengths.front(); })) {
    faults_.push_back("differing Content-Length lines");
  }
  left_ = 0;
  state_ = state::fixed;
  if (to_head || current_.interim() || current_.status == 204 || current_.status == 304) return;
  if (current_.status == 101) {
    state_ = state::until_close;
  } else if (chunked) {
    state_ = state::chunk_size;
  } else if (lengths.empty()) {
    state_ = state::until_close;
    if (!current_.closes() && current_.minor == 1) faults_.push_back("neither length nor close");
  } else {
    const auto text = lengths.front();
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), left_);
    if (error != std::errc{} || stop != text.data() + text.size()) faults_.push_back("bad Content-Length");
  }
}

bool reply_parser::read_fixed() {
  const auto piece = rest().substr(0, left_);
  current_.body.append(piece);
  at_ += piece.size();
  left_ -= piece.size();
  return left_ == 0;
}

bool reply_parser::read_chunks() {
  for (;;) {
    if (state_ == state::trailers) return read_trailers();
    if (state_ == state::chunk_size && !read_chunk_size()) return false;
    if (state_ != state::chunk_data) continue;
    if (left_ > 2) {
      const auto piece = rest().substr(0, left_ - 2);
      current_.body.append(piece);
      at_ += piece.size();
      left_ -= piece.size();
    }
    if (left_ > 2 || rest().size() < 2) return false;
    if (!rest().starts_with("\r\n")) {
      faults_.push_back("chunk without its end of line");
      state_ = state::broken;
      return false;
    }
    at_ += 2;
    state_ = state::chunk_size;
  }
}

bool reply_parser::read_chunk_size() {
  const auto text = line();
  if (!text) return false;
  std::size_t size = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), size, 16);
  if (error != std::errc{} || stop == text->data()) {
    faults_.push_back("bad chunk size `" + std::string{*text} + "`");
    state_ = state::broken;
    return false;
  }
  left_ = size + 2;  // with the line end behind the data
  state_ = size == 0 ? state::trailers : state::chunk_data;
  return true;
}

bool reply_parser::read_trailers() {
  while (const auto text = line()) {
    if (text->empty()) return true;
  }
  return false;
}

std::optional<std::string_view> reply_parser::line() {
  const auto text = rest();
  const auto end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  at_ += end + 2;
  return text.substr(0, end);
}

void reply_parser::drop_consumed() {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  } else if (at_ > 1024 * 1024) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
}

}  // namespace baton::test
