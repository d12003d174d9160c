#include "os/file_reading.hpp"

#include <algorithm>

#include <unistd.h>

namespace baton::os {

result<std::size_t> read_at(fd_view file, std::uint64_t offset, std::span<char> into) {
  std::size_t done = 0;
  while (done != into.size()) {
    const auto at = static_cast<off_t>(offset + done);
    const ssize_t count = ::pread(file.get(), into.data() + done, into.size() - done, at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_error("read a file at " + std::to_string(at));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

result<std::size_t> read_at(const file_content& file, std::uint64_t offset, std::span<char> into) {
  if (!file.in_memory()) return read_at(fd_view{file.descriptor}, offset, into);
  const std::string_view rest = file.memory.substr(std::min<std::size_t>(offset, file.memory.size()));
  return rest.copy(into.data(), into.size());
}

result<std::string> read_content(const file_content& content) {
  std::string text;
  text.reserve(static_cast<std::size_t>(content.length()));
  for (const file_region& region : content.regions) {
    text += region.before;
    const std::size_t start = text.size();
    text.resize(start + static_cast<std::size_t>(region.length));
    const auto got = read_at(content, region.offset, std::span<char>{text}.subspan(start));
    if (!got) return got.error();
    if (*got != region.length) return error{"a file has become shorter while it was being read", {}};
  }
  text += content.after;
  return text;
}

}  // namespace baton::os
