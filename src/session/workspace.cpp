#include "session/workspace.hpp"

#include "http/request_access.hpp"

namespace baton::session {

void workspace::clear() noexcept {
  in.unpin();
  in.consume(in.bytes().size());
  out.clear();
  large_body.clear();
  large = {};
  large_file.reset();
  unlogged.clear();
  file.clear();
  collected.clear();
  http::request_access::drop_values(request);
}

void workspace::queue_file(const std::shared_ptr<const file_content>& content, std::size_t copied) {
  const std::vector<file_region>& regions = content->regions;
  const bool bare = regions.size() == 1 && regions.front().before.empty() && content->after.empty();
  if (content->in_memory() && content->length() <= copied) {
    for (const file_region& each : regions) out.append(each.before).append(content->bytes_of(each));
    out += content->after;
  } else if (content->in_memory() && bare) {
    large = content->bytes_of(regions.front());
    large_file = content;
  } else {
    file.begin(content);
  }
}

std::unique_ptr<workspace> workspace_pool::take() {
  std::unique_ptr<workspace> taken;
  if (free_.empty()) {
    taken = std::make_unique<workspace>(settings_);
  } else {
    taken = std::move(free_.back());
    free_.pop_back();
  }
  ++taken_;
  return taken;
}

void workspace_pool::give(std::unique_ptr<workspace> used) noexcept {
  --taken_;
  const bool grown = used->out.capacity() > large_string || used->collected.capacity() > large_string ||
                     used->large_body.capacity() > large_string || used->in.capacity() > large_string;
  if (grown || free_.size() >= kept) return;
  used->clear();
  if (free_.capacity() == 0) {
    try {
      free_.reserve(kept);
    } catch (...) {
      return;  // without a pool it is merely freed
    }
  }
  free_.push_back(std::move(used));
}

}  // namespace baton::session
