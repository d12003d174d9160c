#include "config/suggestion.hpp"

#include <algorithm>

namespace baton::config {
namespace {

std::string_view last_part(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::vector<std::size_t>> cost(left.size() + 1, std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= right.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = left[i - 1] == right[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + replaced});
      const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[left.size()][right.size()];
}

std::string_view suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  constexpr std::size_t longest_name = 64;
  if (name.empty() || name.size() > longest_name) return {};

  std::string_view nearest;
  auto least = std::max<std::size_t>(name.size() / 4, 1) + 1;
  for (const auto candidate : known) {
    const auto distance = edit_distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (!nearest.empty()) return nearest;

  const auto same_end = [end = last_part(name)](std::string_view candidate) { return last_part(candidate) == end; };
  const auto found = std::find_if(known.begin(), known.end(), same_end);
  if (found == known.end() || std::find_if(found + 1, known.end(), same_end) != known.end()) return {};
  return *found;
}

}  // namespace baton::config
