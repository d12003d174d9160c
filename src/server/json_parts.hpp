// What the control socket and the status page say alike: texts of any bytes as JSON, process
// numbers, counts of connections, the last failure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "server/control_service.hpp"
#include "session/connection_summary.hpp"

namespace baton::json_parts {

/// Valid UTF-8, whatever the bytes are.
[[nodiscard]] boost::json::string text(std::string_view bytes);
[[nodiscard]] boost::json::array texts(const std::vector<std::string>& lines);
/// `{"fresh":..,"active":..,"idle":..,"upgraded":..,"open":..}`
[[nodiscard]] boost::json::object to_object(const session::connection_counts& counts);
/// Null for 0.
[[nodiscard]] boost::json::value pid_or_null(pid_t pid);
/// `{"reason":..,"lines":[..]}`, or null.
[[nodiscard]] boost::json::value to_value(const std::optional<failure_report>& failure);

}  // namespace baton::json_parts
