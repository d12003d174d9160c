#include "session/body_reader.hpp"

#include <algorithm>

namespace baton::session {

using std::chrono::milliseconds;

body_reader::step body_reader::refuse(status with, std::string_view why) noexcept {
  failed_ = true;
  refusal_ = with;
  reason_ = why;
  return {outcome::refused, 0, {}};
}

bool body_reader::begin(const http::head_info& head, const route_options& own) noexcept {
  own_ = own;
  framing_ = head.framing;
  length_ = head.length;
  received_ = 0;
  failed_ = false;
  waited_ = milliseconds{0};
  complete_ = framing_ == http::body_framing::none;
  if (framing_ == http::body_framing::chunked) chunked_.reset(settings_->limits.head, settings_->limits.fields);
  limit_ = own_.body.value_or(settings_->limits.body);
  if (has_length() && limit_ != 0 && length_ > limit_) {
    static_cast<void>(refuse(status::payload_too_large, "the body is larger than this server accepts"));
    return false;
  }
  return true;
}

body_reader::step body_reader::next(std::string_view bytes) {
  if (complete()) return {outcome::complete, 0, {}};
  if (has_length()) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining(), bytes.size()));
    if (count == 0) return {outcome::need_more, 0, {}};
    received_ += count;
    return {outcome::data, count, bytes.substr(0, count)};
  }
  const step taken = chunked_.next(bytes);
  switch (taken.what) {
    case outcome::data:
      received_ += taken.data.size();
      if (limit_ != 0 && received_ > limit_) {
        return refuse(status::payload_too_large, "the body is larger than this server accepts");
      }
      break;
    case outcome::complete:
      complete_ = true;
      break;
    case outcome::refused:
      return refuse(chunked_.refusal(), chunked_.reason());
    case outcome::need_more:
      break;
  }
  return taken;
}

// The time that what has come may have taken; not with a rate of zero.
milliseconds body_reader::allowed() const noexcept {
  const std::uint64_t least = rate();
  const std::uint64_t time = received_ / least * 1000 + received_ % least * 1000 / least;
  return std::max(rate_grace, milliseconds{static_cast<std::int64_t>(time)});
}

bool body_reader::too_slow() const noexcept {
  return rate() != 0 && !complete() && waited_ > allowed();
}

milliseconds body_reader::patience() const noexcept {
  const milliseconds silence = own_.body_timeout.value_or(settings_->timeouts.body);
  if (rate() == 0) return silence;
  const milliseconds left = std::max(allowed() - waited_, milliseconds{1});
  return silence.count() == 0 ? left : std::min(silence, left);
}

}  // namespace baton::session
