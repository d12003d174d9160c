#include "server/history.hpp"

#include <utility>

namespace baton {

std::string_view to_string(history_result result) noexcept {
  switch (result) {
    case history_result::ready:
      return "ready";
    case history_result::failed:
      return "failed";
    case history_result::taken_back:
      return "taken_back";
  }
  return "?";
}

void history::add(history_entry entry) {
  if (entries_.size() == most) entries_.erase(entries_.begin());
  entries_.push_back(std::move(entry));
}

}  // namespace baton
