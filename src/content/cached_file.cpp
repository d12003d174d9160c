#include "content/cached_file.hpp"

#include <algorithm>
#include <chrono>

#include "os/file_reading.hpp"

namespace baton::content {

std::size_t cached_file::cost() const noexcept {
  constexpr std::size_t keeping = 512;  // about, of each part: list, index, fields of the answer
  std::size_t total = keeping + name.size();
  for (const cached_variant& each : variants) total += keeping + (each.bytes ? each.bytes->size() : 0);
  return total;
}

const cached_variant* cached_file::find(http::coding how) const noexcept {
  const auto found = std::find_if(variants.begin(), variants.end(), [&](const auto& each) { return each.how == how; });
  return found == variants.end() ? nullptr : &*found;
}

bool may_be_kept(const os::tree_entry& file, std::size_t most) noexcept {
  const std::chrono::sys_time<std::chrono::nanoseconds> modified{std::chrono::nanoseconds{file.modified}};
  return file.size <= most && modified + std::chrono::seconds{2} <= std::chrono::system_clock::now();
}

std::shared_ptr<const std::string> keep_bytes(const os::tree_entry& file, std::size_t most) {
  if (!may_be_kept(file, most)) return nullptr;
  auto bytes = std::make_shared<std::string>(static_cast<std::size_t>(file.size) + 1, '\0');
  const os::result<std::size_t> got = os::read_at(file.fd, 0, *bytes);
  if (!got || *got != file.size || !os::unchanged(file)) return nullptr;
  bytes->resize(*got);
  return bytes;
}

}  // namespace baton::content
