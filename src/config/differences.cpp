#include "config/differences.hpp"

#include "config/table.hpp"

namespace baton::config {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
  return all.empty() ? "(empty)" : all;
}

}  // namespace

std::vector<difference> differences(const outcome& before, const outcome& after) {
  const values old{before.settings, before.own};
  const values next{after.settings, after.own};
  std::vector<difference> found;
  for (const entry& option : builtin_options()) {
    const auto was = option.print(old);
    const auto is = option.print(next);
    if (was != is) found.push_back({option.name, option.name + ": " + joined(was) + " -> " + joined(is)});
  }
  for (const auto& [name, value] : before.own) {
    if (after.own.at(name) != value) found.push_back({name, name + ": another text"});
  }
  return found;
}

}  // namespace baton::config
