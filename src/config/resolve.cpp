#include "config/resolve.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "config/command_line.hpp"
#include "config/suggestion.hpp"

namespace baton::config {
namespace {

std::string unknown_option(const table& options, const setting& given) {
  std::vector<std::string_view> known;
  for (const auto& entry : options) known.push_back(entry.name);
  if (given.where.on_command_line()) {
    for (const auto& flag : special_flags()) known.push_back(flag.name);
  }
  const auto dashes = given.where.on_command_line() ? "--" : "";
  auto text = "unknown option " + in_quotes(dashes + given.name);
  const auto meant = suggestion(given.name, known);
  if (meant.empty()) return text;
  text += fmt::format("; did you mean '{}{}'?", dashes, meant);
  const bool below_a_group = !given.where.on_command_line() && !group_of(given.name).empty();
  if (below_a_group && group_of(meant).empty()) text += " It stands above the first [group].";
  return text;
}

class resolver {
 public:
  resolver(const table& options, values defaults) : options_{options}, result_{std::move(defaults), {}} {}

  /// Call for the weaker place first.
  void apply(const std::vector<setting>& settings) {
    std::map<std::string, std::vector<place>> here;
    for (const auto& given : settings) {
      const auto* const entry = find(options_, given.name);
      if (entry == nullptr) {
        complain(given.where, unknown_option(options_, given));
        continue;
      }
      auto& places = here[given.name];
      places.push_back(given.where);
      apply_one(*entry, given, places);
    }
    for (auto& [name, places] : here) places_[name] = std::move(places);
  }

  resolution finish() {
    lower_target();
    if (result_.complaints.empty()) add_conflicts();
    return std::move(result_);
  }

 private:
  void apply_one(const entry& option, const setting& given, const std::vector<place>& places) {
    if (places.size() > 1 && !option.repeatable) {
      const auto& first = places.front();
      const auto where =
          first.on_command_line() ? std::string{"once is enough"} : fmt::format("first on line {}", first.line);
      return complain(given.where, fmt::format("{}: given twice; {}", shown_name(given.name, given.where), where));
    }
    // The first of a place replaces the default's or the weaker place's list.
    if (places.size() == 1 && option.repeatable) option.clear(result_.result);
    if (const auto wrong = option.parse(given.value, result_.result)) {
      complain(given.where, shown_name(given.name, given.where) + ": " + *wrong);
    }
  }

  /// 0: default, 1: file, 2: command line.
  int strength(const std::string& name) const {
    const auto found = places_.find(name);
    if (found == places_.end()) return 0;
    return found->second.front().on_command_line() ? 2 : 1;
  }

  /// Who lowers `limits.head` in a stronger place means the target as well.
  void lower_target() {
    auto& limits = result_.result.settings.limits;
    if (strength("limits.head") > strength("limits.target")) limits.target = std::min(limits.target, limits.head);
  }

  void add_conflicts() {
    for (const auto& found : conflicts(result_.result.settings)) {
      const auto places = places_.find(found.name);
      const auto where = places == places_.end() ? place{} : places->second.at(found.occurrence);
      complain(where, shown_name(found.name, where) + ": " + found.text);
    }
  }

  void complain(const place& where, std::string text) { result_.complaints.push_back({where, std::move(text)}); }

  const table& options_;
  resolution result_;
  std::map<std::string, std::vector<place>> places_;  // where each value in force was given
};

}  // namespace

resolution resolve(const table& options, values defaults, const std::vector<setting>& from_file,
                   const std::vector<setting>& from_flags) {
  resolver all{options, std::move(defaults)};
  all.apply(from_file);
  all.apply(from_flags);
  return all.finish();
}

}  // namespace baton::config
