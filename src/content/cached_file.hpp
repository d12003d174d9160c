// One file with all that an answer about it needs, ready: its bytes, those of the precompressed files beside it, and
// for each the answer to a request without conditions or ranges. Constant once it is made; any thread reads it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <baton/conditional.hpp>
#include <baton/response.hpp>

#include "content/file_answer.hpp"
#include "http/content_coding.hpp"
#include "os/file_tree.hpp"

namespace baton::content {

/// The file itself, or one beside it that stands for it in a coding.
struct cached_variant {
  http::coding how = http::coding::identity;
  std::shared_ptr<const std::string> bytes{};  ///< null: it is there, and not kept
  validators current{};
  response whole{};  ///< 200; without a body where it is not kept
};

struct cached_file {
  std::string name;
  std::string type;
  std::string cache_control;
  bool varies = false;
  std::vector<cached_variant> variants;  ///< identity first

  /// What it takes of the bound, its keeping included.
  [[nodiscard]] std::size_t cost() const noexcept;
  [[nodiscard]] file_fields fields() const noexcept { return {type, cache_control, varies}; }
  [[nodiscard]] const cached_variant* find(http::coding how) const noexcept;
};

/// Not larger than `most`, and not changed within the last two seconds: its next change could have the same time.
[[nodiscard]] bool may_be_kept(const os::tree_entry& file, std::size_t most) noexcept;

/// The bytes of a file that was opened. Null if it may not be kept, has changed since it was opened, where its size or
/// time tells, or cannot be read.
[[nodiscard]] std::shared_ptr<const std::string> keep_bytes(const os::tree_entry& file, std::size_t most);

}  // namespace baton::content
