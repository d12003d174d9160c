#include "answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <strings.h>

namespace baton::bench {
namespace {

constexpr std::string_view blank = "\r\n\r\n";
constexpr std::size_t longest_head = 64 * 1024;

struct field {
  std::size_t line = std::string_view::npos;  // where it begins
  std::string_view value;
  std::string_view whole;  // with its end
};

// The line of that name, without regard to case; `name` ends in a colon.
field find_field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at + blank.size() < head.size(); at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() < name.size() || ::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    auto value = line.substr(name.size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    return {at + 2, value, head.substr(at + 2, line.size() + 2)};
  }
  return {};
}

bool is(std::string_view value, std::string_view word) {
  return value.size() == word.size() && ::strncasecmp(value.data(), word.data(), word.size()) == 0;
}

}  // namespace

bool known_head::fits(std::string_view bytes) const noexcept {
  return size != 0 && bytes.size() >= size && std::memcmp(bytes.data(), "HTTP/1.1 2", 10) == 0 &&
         std::memcmp(bytes.data() + length_at, length_line.data(), length_line.size()) == 0 &&
         std::memcmp(bytes.data() + size - blank.size(), blank.data(), blank.size()) == 0;
}

void answer_reader::restart() noexcept {
  state_ = state::head;
  good_ = closes_ = false;
  left_ = 0;
  head_.clear();
}

std::size_t answer_reader::take(std::string_view bytes, known_head& known, std::string* body) {
  std::size_t used = 0;
  if (state_ == state::head) used = take_head(bytes, known);
  const auto rest = bytes.substr(used);
  if (state_ == state::body) {
    const auto part = std::min<std::uint64_t>(left_, rest.size());
    if (body != nullptr) body->append(rest.substr(0, part));
    skipped(part);
    used += part;
  } else if (state_ == state::chunks) {
    used += chunks_.take(rest, body);
    if (chunks_.whole()) state_ = state::whole;
    if (chunks_.malformed()) state_ = state::malformed;
  } else if (state_ == state::until_close) {
    if (body != nullptr) body->append(rest);
    used += rest.size();
  }
  return used;
}

bool answer_reader::ended() noexcept {
  if (state_ == state::until_close) state_ = state::whole;
  return whole();
}

void answer_reader::skipped(std::uint64_t bytes) noexcept {
  left_ -= bytes;
  if (left_ == 0) state_ = state::whole;
}

std::size_t answer_reader::take_head(std::string_view bytes, known_head& known) {
  if (head_.empty() && known.fits(bytes)) {
    good_ = true;
    left_ = known.body;
    state_ = left_ == 0 ? state::whole : state::body;
    return known.size;
  }
  const auto had = head_.size();
  head_.append(bytes);
  const auto end = head_.find(blank, had < 3 ? 0 : had - 3);
  if (end == std::string::npos) {
    if (head_.size() > longest_head) state_ = state::malformed;
    return bytes.size();
  }
  head_.resize(end + blank.size());
  read_head(head_, known);
  return head_.size() - had;
}

void answer_reader::read_head(std::string_view head, known_head& known) {
  state_ = state::malformed;
  if (!head.starts_with("HTTP/1.") || head.size() < 16) return;
  const auto parsed = std::from_chars(head.data() + 9, head.data() + 12, status_);
  if (parsed.ptr != head.data() + 12) return;
  good_ = status_ / 100 == 2 || status_ == 101;
  closes_ = is(find_field(head, "connection:").value, "close") || head[7] == '0';
  if (status_ == 101 || status_ == 204 || status_ == 304) {
    state_ = state::whole;
    return;
  }
  const auto coding = find_field(head, "transfer-encoding:");
  const auto length = find_field(head, "content-length:");
  if (is(coding.value, "chunked")) {
    chunks_ = {};
    state_ = state::chunks;
  } else if (length.whole.empty()) {
    closes_ = true;
    state_ = state::until_close;
  } else if (const auto value = std::from_chars(length.value.begin(), length.value.end(), left_);
             value.ptr == length.value.end() && !length.value.empty()) {
    state_ = left_ == 0 ? state::whole : state::body;
    if (good_ && !closes_) known = {head.size(), length.line, std::string{length.whole}, left_};
  }
}

}  // namespace baton::bench
