// Answers about one file, wherever its bytes are: conditions, ranges, fields. The same for a file that has just been
// opened and one that is kept in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <baton/conditional.hpp>
#include <baton/file_content.hpp>
#include <baton/request.hpp>
#include <baton/response.hpp>

#include "http/content_coding.hpp"
#include "os/error.hpp"
#include "os/file_tree.hpp"

namespace baton::content {

/// What is said of every answer about the file, by its name.
struct file_fields {
  std::string_view type;
  std::string_view cache_control;  ///< empty: no such field
  bool varies = false;             ///< with `Accept-Encoding`
};

/// A file, or one that stands for it in a coding.
struct file_source {
  http::coding how = http::coding::identity;
  std::uint64_t size = 0;
  validators current;
  file_content content;  ///< where its bytes are, without regions
};

[[nodiscard]] file_source source_of(os::tree_entry file, http::coding how);
[[nodiscard]] file_source source_of(std::shared_ptr<const std::string> bytes, const validators& current,
                                    http::coding how);

[[nodiscard]] validators validators_of(const os::tree_entry& file);

/// 200, 206, 304, 412 or 416.
[[nodiscard]] response answer_with(const request& req, const file_fields& fields, file_source source);
/// 200 with the whole file, whoever asks.
[[nodiscard]] response answer_with_whole(const file_fields& fields, file_source source);
/// The request has no field by which it could get anything but the whole.
[[nodiscard]] bool asks_for_whole(const request& req) noexcept;

[[nodiscard]] response no_file();
/// For what the system says when a file is opened.
[[nodiscard]] response answer_to(const os::error& error);

}  // namespace baton::content
