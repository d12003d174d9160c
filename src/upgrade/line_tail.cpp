#include "upgrade/line_tail.hpp"

#include <algorithm>
#include <utility>

namespace baton::upgrade {

void line_tail::append(std::string_view piece) {
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    open_.append(part.substr(0, max_line - std::min(max_line, open_.size())));
    if (end == std::string_view::npos) return;
    end_line();
    piece.remove_prefix(end + 1);
  }
}

std::vector<std::string> line_tail::lines() const {
  std::vector<std::string> all{complete_.begin(), complete_.end()};
  if (!open_.empty()) all.push_back(open_);
  if (all.size() > max_lines) all.erase(all.begin());
  return all;
}

void line_tail::end_line() {
  std::string line = std::exchange(open_, {});
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) return;
  complete_.push_back(std::move(line));
  if (complete_.size() > max_lines) complete_.pop_front();
}

}  // namespace baton::upgrade
