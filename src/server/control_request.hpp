// One line from a control client, understood. Strict: a member that the command does not have is refused
// rather than passed over, for "upgrade, and wait" must not become "upgrade".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baton {

enum class control_command : std::uint8_t { status, upgrade, reload, rollback, drain, stop, connections, history };
[[nodiscard]] std::string_view to_string(control_command command) noexcept;

struct control_request {
  static constexpr std::size_t most_connections = 10'000;

  control_command command = control_command::status;
  bool follow = false;       ///< with status: go on telling
  bool wait = false;         ///< with upgrade, rollback: answer when it is over
  std::size_t limit = 1000;  ///< with connections: at most so many; 1 to `most_connections`
};

struct parsed_control_request {
  std::optional<control_request> request;
  std::string error;  ///< why there is none
};

[[nodiscard]] parsed_control_request parse_control_request(std::string_view line);

}  // namespace baton
