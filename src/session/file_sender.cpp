#include "session/file_sender.hpp"

#include <algorithm>
#include <utility>

namespace baton::session {

using kind = net::io_result::kind;

void file_sender::begin(std::shared_ptr<const file_content> content) noexcept {
  content_ = std::move(content);
  region_ = 0;
  done_ = 0;
  this_turn_ = 0;
  announced_ = false;
}

net::io_result file_sender::send(net::transport& to, std::string& out) {
  if (region_ == content_->regions.size()) {
    out += content_->after;
    clear();
    return {kind::bytes, 0};
  }
  const file_region& region = content_->regions[region_];
  if (!std::exchange(announced_, true)) {
    out += region.before;
    return {kind::bytes, 0};
  }
  if (done_ == region.length) {
    ++region_;
    done_ = 0;
    announced_ = false;
    return {kind::bytes, 0};
  }
  if (this_turn_ >= turn) {
    this_turn_ = 0;
    return {kind::would_block, 0};
  }
  const std::uint64_t left = region.length - done_;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, turn - this_turn_));
  const net::io_result sent = content_->in_memory()
                                  ? to.try_write(content_->bytes_of(region).substr(done_, count), {})
                                  : to.try_send_file(os::fd_view{content_->descriptor}, region.offset + done_, count);
  if (sent.what == kind::bytes) {
    done_ += sent.count;
    this_turn_ += sent.count;
  } else {
    this_turn_ = 0;
  }
  return sent;
}

}  // namespace baton::session
