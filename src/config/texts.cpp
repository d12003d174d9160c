#include "config/texts.hpp"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "config/command_line.hpp"

namespace baton::config {
namespace {

/// The groups in the order of their first options; the empty one is first.
std::vector<std::string_view> groups_of(const table& options) {
  std::vector<std::string_view> groups{""};
  for (const auto& option : options) {
    const auto group = group_of(option.name);
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  return groups;
}

/// `text` in lines of at most 100 columns, indented by 6.
std::string paragraph(std::string_view text) {
  constexpr std::size_t width = 94;
  std::string out;
  while (!text.empty()) {
    auto length = text.size();
    if (length > width) {
      const auto blank = text.rfind(' ', width);
      length = blank == std::string_view::npos ? width : blank;
    }
    out += fmt::format("      {}\n", text.substr(0, length));
    text.remove_prefix(length);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return out;
}

std::string default_text(const entry& option, const values& defaults) {
  std::string all;
  for (const auto& text : option.print(defaults)) all.append(all.empty() ? "" : ", ").append(text);
  return all.empty() ? "empty" : all;
}

std::string special_flags_text(const table& options) {
  std::string out;
  for (const auto& flag : special_flags()) {
    const bool own_takes_value = find(options, flag.name) != nullptr;
    const auto help = own_takes_value ? fmt::format("Without a TEXT: {}", flag.help) : std::string{flag.help};
    out += fmt::format("  --{}{}{}\n{}", flag.name, flag.hint.empty() ? "" : " ", flag.hint, paragraph(help));
  }
  return out;
}

}  // namespace

std::string help_text(std::string_view program, const table& options, const values& defaults) {
  auto out = fmt::format(
      "usage: {} [--config FILE] [--name value | --name=value]...\n\n"
      "DURATION: a number with ms, s, m or h. SIZE: bytes, or a number with k, m or g.\n"
      "Each option may stand in the conf file too: name = value, below its [group].\n\n",
      program);
  out += special_flags_text(options);
  for (const auto group : groups_of(options)) {
    out += group.empty() ? std::string{"\n"} : fmt::format("\n{}:\n", group);
    for (const auto& option : options) {
      if (group_of(option.name) != group) continue;
      out += fmt::format("  --{} {}  (default: {})\n{}", option.name, option.hint, default_text(option, defaults),
                         paragraph(option.help));
    }
  }
  return out;
}

std::string conf_text(const table& options, const values& in_force) {
  std::string out;
  for (const auto group : groups_of(options)) {
    if (!group.empty()) out += fmt::format("\n[{}]\n", group);
    for (const auto& option : options) {
      if (group_of(option.name) != group) continue;
      const auto key = std::string_view{option.name}.substr(group.empty() ? 0 : group.size() + 1);
      for (const auto& text : option.print(in_force))
        out += fmt::format("{} ={}{}\n", key, text.empty() ? "" : " ", text);
    }
  }
  return out;
}

}  // namespace baton::config
