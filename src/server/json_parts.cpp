#include "server/json_parts.hpp"

#include "http/json_text.hpp"

namespace baton::json_parts {

namespace json = boost::json;

json::string text(std::string_view bytes) {
  return json::string{http::to_utf8(bytes)};
}

json::array texts(const std::vector<std::string>& lines) {
  json::array all;
  for (const std::string& line : lines) all.emplace_back(text(line));
  return all;
}

json::object to_object(const session::connection_counts& counts) {
  return {{"fresh", counts.fresh},
          {"active", counts.active},
          {"idle", counts.idle},
          {"upgraded", counts.upgraded},
          {"open", counts.open()}};
}

json::value pid_or_null(pid_t pid) {
  if (pid == 0) return nullptr;
  return pid;  // not `json::value{pid}`: that is an array
}

json::value to_value(const std::optional<failure_report>& failure) {
  if (!failure) return nullptr;
  return json::object{{"reason", text(failure->reason)}, {"lines", texts(failure->lines)}};
}

}  // namespace baton::json_parts
