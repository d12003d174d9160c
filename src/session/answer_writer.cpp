#include "session/answer_writer.hpp"

#include <stdexcept>

#include "session/connection.hpp"
#include "session/worker_context.hpp"

namespace baton::session {

using http::answer_framing;

task<void> answer_writer::write(std::string_view data) {
  written_ += data.size();
  if (answer_.length() && written_ > *answer_.length()) {
    throw std::length_error{"more was written than the announced length"};
  }
  while (!data.empty()) {
    const std::string_view part = data.substr(0, gathered_limit - gathered_.size());
    gathered_ += part;
    data.remove_prefix(part.size());
    if (gathered_.size() == gathered_limit) co_await flush();
  }
}

// An HTTP/1.0 client is sent no Transfer-Encoding (RFC 9112 section 6.1).
answer_framing answer_writer::without_length() const noexcept {
  return connection_.work_->request.version() == 10 ? answer_framing::until_close : answer_framing::chunked;
}

task<void> answer_writer::flush() {
  if (!begun_) begin(answer_.length() ? answer_framing::length : without_length(), answer_.length().value_or(0));
  frame_gathered();
  co_await connection_.flush_stream();
}

task<void> answer_writer::finish() {
  if (answer_.length() && written_ != *answer_.length() && !bodyless_) {
    throw std::length_error{"less was written than the announced length"};
  }
  if (!begun_ && bodyless_ && !answer_.length()) {
    begin(without_length(), 0);  // as a GET would be framed
  } else if (!begun_) {
    begin(answer_framing::length, answer_.length().value_or(gathered_.size()));
  }
  frame_gathered();
  workspace& w = *connection_.work_;
  if (framing_ == answer_framing::chunked && !bodyless_) w.out += http::last_chunk;
  const bool unread = !w.body.complete();
  connection_.answered(closes_ || (unread && !connection_.body_discardable()), bodyless_ ? 0 : written_);
  co_return;
}

// Whether the handler will have read the body is not known yet; if not, the connection may close
// without having said so.
void answer_writer::begin(answer_framing framing, std::uint64_t length) {
  closes_ = connection_.closes_after(answer_, false) || framing == answer_framing::until_close;
  connection_.queue_head(answer_, framing, length, closes_);
  framing_ = framing;
  begun_ = true;
}

void answer_writer::frame_gathered() {
  std::string& out = connection_.work_->out;
  if (framing_ == answer_framing::chunked) {
    http::append_chunk(out, gathered_);
  } else {
    out += gathered_;
  }
  gathered_.clear();
}

}  // namespace baton::session
