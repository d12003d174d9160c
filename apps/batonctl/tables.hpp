// What the server says, for people: texts of whole lines.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <string_view>

namespace batonctl {

[[nodiscard]] std::string status_text(const boost::json::object& status);
/// One line for a view that goes on.
[[nodiscard]] std::string status_line(const boost::json::object& status);
[[nodiscard]] std::string connections_text(const boost::json::object& answer);
[[nodiscard]] std::string history_text(const boost::json::object& answer);

/// `1.5s`, `2m05s`, `3h20m`, `5d04h`.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds value);

// Members of what a server of any version may have sent: a missing one is empty, 0 or null.
[[nodiscard]] std::string text_of(const boost::json::object& from, std::string_view name);
[[nodiscard]] std::int64_t number_of(const boost::json::object& from, std::string_view name);
[[nodiscard]] bool is_true(const boost::json::object& from, std::string_view name);
[[nodiscard]] boost::json::object object_of(const boost::json::object& from, std::string_view name);
[[nodiscard]] boost::json::array array_of(const boost::json::object& from, std::string_view name);

}  // namespace batonctl
