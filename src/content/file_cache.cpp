#include "content/file_cache.hpp"

#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace baton::content {
namespace {

constexpr std::size_t most_watches = 1'024;
constexpr std::chrono::seconds believed{1};
constexpr std::array<std::string_view, 3> suffixes{".br", ".zst", ".gz"};

}  // namespace

file_cache::file_cache(std::size_t most, std::shared_ptr<const os::file_tree> tree)
    : most_{most}, tree_{std::move(tree)}, watches_{most_watches} {}

std::shared_ptr<const cached_file> file_cache::find(std::string_view name, time_point now) {
  const std::lock_guard lock{mutex_};
  // Under the lock, so that nobody finds a file whose change another thread has been told of and not applied yet.
  if (asked_ < now) {
    apply_changes();
    asked_ = now;
  }
  const auto found = index_.find(name);
  if (found == index_.end()) return nullptr;
  const order::iterator at = found->second;
  if (now - at->read >= believed) {
    erase(at);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, at);
  return at->file;
}

std::optional<std::uint64_t> file_cache::prepare(const std::shared_ptr<const os::file_tree>& tree,
                                                 const std::string& name) {
  const std::lock_guard lock{mutex_};
  if (!enabled() || tree != tree_) return std::nullopt;
  const std::size_t slash = name.rfind('/');
  // Where it cannot be watched it is believed for a second all the same.
  static_cast<void>(watches_.watch(*tree, slash == std::string::npos ? std::string{} : name.substr(0, slash)));
  return epoch_;
}

void file_cache::keep(std::shared_ptr<const cached_file> file, std::uint64_t ticket, time_point now) {
  const std::lock_guard lock{mutex_};
  apply_changes();
  const std::size_t cost = file->cost();
  if (epoch_ != ticket || cost > most_) return;
  drop(file->name);
  while (bytes_ + cost > most_) erase(std::prev(order_.end()));
  order_.push_front({std::move(file), now});
  bytes_ += cost;
  index_.emplace(order_.front().file->name, order_.begin());
}

void file_cache::follow(std::shared_ptr<const os::file_tree> tree) {
  const std::lock_guard lock{mutex_};
  tree_ = std::move(tree);
  watches_.clear();
  drop_below({});
  ++epoch_;
}

file_cache::totals file_cache::count() {
  const std::lock_guard lock{mutex_};
  return {order_.size(), bytes_, watches_.size()};
}

void file_cache::apply_changes() {
  for (const directory_watches::change& each : watches_.take()) {
    apply(each);
    ++epoch_;
  }
}

void file_cache::apply(const directory_watches::change& change) {
  if (change.below) drop_below(change.path);
  drop(change.path);
  for (const std::string_view suffix : suffixes) {
    if (change.path.ends_with(suffix))
      drop(std::string_view{change.path}.substr(0, change.path.size() - suffix.size()));
  }
}

void file_cache::drop(std::string_view name) {
  if (const auto found = index_.find(name); found != index_.end()) erase(found->second);
}

void file_cache::drop_below(std::string_view path) {
  for (auto at = order_.begin(); at != order_.end();) {
    const std::string_view name = at->file->name;
    const bool below =
        path.empty() || (name.size() > path.size() && name.starts_with(path) && name[path.size()] == '/');
    const auto next = std::next(at);
    if (below) erase(at);
    at = next;
  }
}

void file_cache::erase(order::iterator at) {
  bytes_ -= at->file->cost();
  index_.erase(at->file->name);
  order_.erase(at);
}

}  // namespace baton::content
