// The files of a site that are kept in memory, from a request's point of view: which one it asks for, in which coding,
// and what becomes one. Everything that is not answered here is looked for on the disk.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <baton/request.hpp>
#include <baton/response.hpp>
#include <baton/static_files.hpp>

#include "content/file_answer.hpp"
#include "content/file_cache.hpp"

namespace baton::content {

/// Any thread.
class kept_files {
 public:
  using time_point = file_cache::time_point;

  /// `options` outlives it.
  kept_files(const static_options& options, std::shared_ptr<const os::file_tree> tree)
      : options_{options}, cache_{options.cache, std::move(tree)} {}

  /// The answer, if what is asked for is kept; `now` as in file_cache.
  [[nodiscard]] std::optional<response> answer(const request& req, time_point now);
  /// The same with the file `name`, whatever the request names.
  [[nodiscard]] std::optional<response> answer_named(const request& req, const std::string& name, time_point now);
  /// Keeps the file `name`, which is there, from now on, if it may be kept.
  void keep(const std::shared_ptr<const os::file_tree>& tree, const std::string& name, const file_fields& fields,
            time_point now);
  void follow(std::shared_ptr<const os::file_tree> tree) { cache_.follow(std::move(tree)); }

 private:
  [[nodiscard]] std::shared_ptr<const cached_file> find(const request& req, time_point now);
  [[nodiscard]] std::optional<response> answer_from(const request& req,
                                                    const std::shared_ptr<const cached_file>& file) const;
  void add_variant(cached_file& to, const os::tree_entry& from, http::coding how) const;

  const static_options& options_;
  file_cache cache_;
};

}  // namespace baton::content
