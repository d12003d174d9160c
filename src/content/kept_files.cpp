#include "content/kept_files.hpp"

#include <algorithm>
#include <cerrno>

#include "content/siblings.hpp"
#include "content/static_path.hpp"

namespace baton::content {

using http::coding;
using os::file_tree;
using os::tree_entry;

std::shared_ptr<const cached_file> kept_files::find(const request& req, time_point now) {
  if (!cache_.enabled()) return nullptr;
  const std::string_view open = open_part(req);
  const bool plain = !open.empty() && !open.ends_with('/') && open.find('%') == std::string_view::npos;
  if (plain) return cache_.find(open, now);  // only what is a name is kept
  const std::optional<static_path> path = static_path_of(req, options_.dot_files);
  if (!path) return nullptr;
  if (!path->directory) return cache_.find(path->name, now);
  if (options_.index.empty()) return nullptr;
  return cache_.find(path->name.empty() ? options_.index.front() : path->name + "/" + options_.index.front(), now);
}

std::optional<response> kept_files::answer(const request& req, time_point now) {
  return answer_from(req, find(req, now));
}

std::optional<response> kept_files::answer_named(const request& req, const std::string& name, time_point now) {
  return cache_.enabled() ? answer_from(req, cache_.find(name, now)) : std::nullopt;
}

std::optional<response> kept_files::answer_from(const request& req,
                                                const std::shared_ptr<const cached_file>& file) const {
  if (!file) return std::nullopt;
  const auto exists = [&](const sibling& each) { return file->find(each.how) != nullptr; };
  const coding how = file->variants.size() == 1 ? coding::identity : choose_coding(req, exists);
  const cached_variant& chosen = *file->find(how);
  if (!chosen.bytes) return std::nullopt;
  if (asks_for_whole(req)) return chosen.whole;
  return answer_with(req, file->fields(), source_of(chosen.bytes, chosen.current, how));
}

// It is opened again, behind `prepare`, so that no change goes unseen.
void kept_files::keep(const std::shared_ptr<const file_tree>& tree, const std::string& name, const file_fields& fields,
                      time_point now) {
  const bool hidden = name.starts_with('.') || name.find("/.") != std::string::npos;
  if (hidden && !options_.dot_files) return;  // an index or fallback: nobody may ask for it by its name
  const std::optional<std::uint64_t> ticket = cache_.prepare(tree, name);
  if (!ticket) return;
  const os::result<tree_entry> file = tree->find(name, os::path_lookup::no_links);
  if (!file || file->what != tree_entry::kind::file) return;
  auto kept = std::make_shared<cached_file>();
  kept->name = name;
  kept->type = fields.type;
  kept->cache_control = fields.cache_control;
  kept->varies = fields.varies;
  add_variant(*kept, *file, coding::identity);
  for (const sibling& each : siblings) {
    if (!fields.varies) break;
    const os::result<tree_entry> beside = tree->find(name + std::string{each.suffix}, os::path_lookup::no_links);
    if (!beside && beside.error().code.value() != ENOENT) return;
    const bool stands = beside && beside->what == tree_entry::kind::file && beside->modified >= file->modified;
    if (stands) add_variant(*kept, *beside, each.how);
  }
  const bool any = std::any_of(kept->variants.begin(), kept->variants.end(), [](const auto& v) { return v.bytes; });
  if (any) cache_.keep(std::move(kept), *ticket, now);
}

void kept_files::add_variant(cached_file& to, const tree_entry& from, coding how) const {
  cached_variant made;
  made.how = how;
  made.current = validators_of(from);
  made.bytes = keep_bytes(from, options_.cached_file);
  if (made.bytes) made.whole = answer_with_whole(to.fields(), source_of(made.bytes, made.current, how));
  to.variants.push_back(std::move(made));
}

}  // namespace baton::content
