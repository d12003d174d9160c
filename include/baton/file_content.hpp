// A body that lies in an open file: which bytes of it are sent, and what stands between them. The
// connection sends them from the page cache (sendfile); they do not pass through this process's memory. A file
// that is kept in memory (<baton/static_files.hpp> keeps small ones) is sent from there in the same way.
//
// Rejected: a path instead of a descriptor (what was checked and what is sent could then be two files)
// and a callback that reads (that is `response::stream`).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// `length` bytes of the file from `offset` on, with a text ahead of them, such as the head of a part of a
/// `multipart/byteranges`.
struct file_region {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string before;
};

/// Given to `response::file`; does not change from then on.
struct file_content {
  /// Closes the descriptor, or frees the memory, with its last copy.
  std::shared_ptr<const void> keeps_open;
  /// Of a regular file, open for reading. Its own offset is neither used nor moved. -1 where there is `memory`.
  int descriptor = -1;
  /// All bytes of the file, where they are kept in memory: nothing is read from a descriptor then. They do not change, and
  /// the regions lie within them.
  std::string_view memory{};
  /// Sent in this order. What the file does not have (any more) when it is sent cuts the connection.
  std::vector<file_region> regions;
  /// Sent behind the last region.
  std::string after;

  [[nodiscard]] bool in_memory() const noexcept { return memory.data() != nullptr; }
  /// The bytes of a region, where the file is in memory.
  [[nodiscard]] std::string_view bytes_of(const file_region& region) const noexcept {
    return memory.substr(static_cast<std::size_t>(region.offset), static_cast<std::size_t>(region.length));
  }

  /// What `Content-Length` says.
  [[nodiscard]] std::uint64_t length() const noexcept {
    std::uint64_t total = after.size();
    for (const file_region& each : regions) total += each.before.size() + each.length;
    return total;
  }
};

}  // namespace baton
