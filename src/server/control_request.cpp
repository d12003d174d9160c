#include "server/control_request.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace baton {
namespace {

namespace json = boost::json;

constexpr std::array all_commands{control_command::status,      control_command::upgrade, control_command::reload,
                                  control_command::rollback,    control_command::drain,   control_command::stop,
                                  control_command::connections, control_command::history};

std::optional<control_command> find_command(std::string_view name) {
  const auto* const found = std::find_if(all_commands.begin(), all_commands.end(),
                                         [&](control_command each) { return to_string(each) == name; });
  if (found == all_commands.end()) return std::nullopt;
  return *found;
}

std::string known_commands() {
  std::string all;
  for (const control_command each : all_commands) all.append(all.empty() ? "" : ", ").append(to_string(each));
  return all;
}

// Where a member of this name goes; null if the command has none such.
bool* flag_of(control_request& request, std::string_view name) {
  switch (request.command) {
    case control_command::status:
      return name == "follow" ? &request.follow : nullptr;
    case control_command::upgrade:
    case control_command::rollback:
      return name == "wait" ? &request.wait : nullptr;
    default:
      return nullptr;
  }
}

// An empty text if the member has been taken.
std::string take_member(control_request& request, std::string_view name, const json::value& value) {
  if (request.command == control_command::connections && name == "limit") {
    boost::system::error_code wrong;
    const auto number = value.to_number<std::int64_t>(wrong);
    const bool fits = !wrong && number >= 1 && number <= std::int64_t{control_request::most_connections};
    if (!fits) return fmt::format("limit must be a number from 1 to {}", control_request::most_connections);
    request.limit = static_cast<std::size_t>(number);
    return {};
  }
  bool* const flag = flag_of(request, name);
  if (flag == nullptr) return fmt::format("{} has no member '{}'", to_string(request.command), name);
  if (!value.is_bool()) return fmt::format("{} must be true or false", name);
  *flag = value.get_bool();
  return {};
}

parsed_control_request refused(std::string why) {
  return {std::nullopt, std::move(why)};
}

}  // namespace

std::string_view to_string(control_command command) noexcept {
  switch (command) {
    case control_command::status:
      return "status";
    case control_command::upgrade:
      return "upgrade";
    case control_command::reload:
      return "reload";
    case control_command::rollback:
      return "rollback";
    case control_command::drain:
      return "drain";
    case control_command::stop:
      return "stop";
    case control_command::connections:
      return "connections";
    case control_command::history:
      return "history";
  }
  return "?";
}

parsed_control_request parse_control_request(std::string_view line) {
  boost::system::error_code wrong;
  const json::value parsed = json::parse(line, wrong);
  if (wrong) return refused("the request is not JSON: " + wrong.message());
  const json::object* const members = parsed.if_object();
  if (members == nullptr) return refused("the request is not a JSON object");
  const json::value* const name = members->if_contains("command");
  if (name == nullptr || !name->is_string()) return refused("the request has no text 'command'");
  const auto command = find_command(name->get_string());
  if (!command) return refused("there is no such command; there are " + known_commands());
  control_request request;
  request.command = *command;
  for (const auto& member : *members) {
    if (member.key() == "command") continue;
    auto error = take_member(request, member.key(), member.value());
    if (!error.empty()) return refused(std::move(error));
  }
  return {request, {}};
}

}  // namespace baton
