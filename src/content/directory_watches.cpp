#include "content/directory_watches.hpp"

#include <utility>

#include "base/log.hpp"

namespace baton::content {
namespace {

using kind = os::directory_event::kind;

bool lies_below(std::string_view path, std::string_view directory) noexcept {
  return directory.empty() ||
         (path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/');
}

}  // namespace

bool directory_watches::watch(const os::file_tree& tree, const std::string& directory) {
  if (by_path_.contains(directory)) return true;  // and so are those above it
  if (!inotify_ && !refused_) {
    os::result<os::inotify> opened = os::inotify::open();
    refused_ = !opened;
    if (refused_) {
      log::warning("files are looked at again every second, for changes are not told: {}", opened.error().text());
    } else {
      inotify_.emplace(std::move(*opened));
    }
  }
  if (!inotify_) return false;
  if (!watch_one(tree, {})) return false;
  for (std::size_t end = directory.find('/'); end != std::string::npos; end = directory.find('/', end + 1)) {
    if (!watch_one(tree, directory.substr(0, end))) return false;
  }
  return watch_one(tree, directory);
}

bool directory_watches::watch_one(const os::file_tree& tree, const std::string& directory) {
  if (by_path_.contains(directory)) return true;
  if (by_path_.size() == most_) return false;
  const os::result<os::tree_entry> found = tree.find(directory, os::path_lookup::no_links);
  if (!found || found->what != os::tree_entry::kind::directory) return false;
  const os::result<int> number = inotify_->watch("/proc/self/fd/" + std::to_string(found->fd.get()));
  if (!number) return false;
  // A directory that is here twice, by a mount, would be told of under one name alone.
  if (!by_number_.emplace(*number, directory).second) return false;
  by_path_.emplace(directory, *number);
  return true;
}

std::vector<directory_watches::change> directory_watches::take() {
  std::vector<change> changes;
  if (!inotify_) return changes;
  for (;;) {
    const os::result<std::vector<os::directory_event>> events = inotify_->read();
    if (!events) {
      clear();
      changes.push_back({{}, true});
      return changes;
    }
    if (events->empty()) return changes;
    for (const os::directory_event& each : *events) add(each, changes);
  }
}

void directory_watches::add(const os::directory_event& event, std::vector<change>& into) {
  if (event.what == kind::lost) return into.push_back({{}, true});
  const auto watched = by_number_.find(event.watch);
  if (watched == by_number_.end()) return;  // it ended before this was read
  std::string path = watched->second;
  if (!event.name.empty()) path.append(path.empty() ? "" : "/").append(event.name);
  const bool below = event.name.empty() || by_path_.contains(path);  // none is watched without those above it
  // What is there now, if anything, is another directory than the one that is watched.
  const bool another = event.what == kind::gone || event.what == kind::replaced || event.what == kind::made;
  if (another && below) forget_below(path);
  into.push_back({std::move(path), below});
}

void directory_watches::forget_below(const std::string& path) {
  for (auto at = by_path_.begin(); at != by_path_.end();) {
    if (at->first != path && !lies_below(at->first, path)) {
      ++at;
      continue;
    }
    inotify_->unwatch(at->second);
    by_number_.erase(at->second);
    at = by_path_.erase(at);
  }
}

void directory_watches::clear() noexcept {
  inotify_.reset();
  refused_ = false;
  by_path_.clear();
  by_number_.clear();
}

}  // namespace baton::content
