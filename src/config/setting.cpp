#include "config/setting.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace baton::config {

std::string to_string(const complaint& what) {
  if (what.where.on_command_line()) return what.text;
  if (what.where.line == 0) return fmt::format("{}: {}", what.where.file, what.text);
  return fmt::format("{}:{}: {}", what.where.file, what.where.line, what.text);
}

std::string report(const std::vector<complaint>& complaints) {
  constexpr std::size_t most = 20;
  std::string out;
  const auto shown = std::min(complaints.size(), most);
  for (std::size_t i = 0; i < shown; ++i) out += to_string(complaints[i]) + "\n";
  if (complaints.size() > most) out += fmt::format("and {} more errors\n", complaints.size() - most);
  return out;
}

}  // namespace baton::config
