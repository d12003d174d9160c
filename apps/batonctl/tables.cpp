#include "tables.hpp"

#include <fmt/core.h>

#include <boost/json/value.hpp>
#include <vector>

namespace batonctl {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

// A peer's or a new process's text must not move the terminal's cursor.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string printable(const json::value& value) {
  return value.is_string() ? printable(std::string_view{value.get_string()}) : std::string{};
}

using row = std::vector<std::string>;

// Columns as wide as their widest cell; the last one is not padded.
std::string table(const std::vector<row>& rows) {
  std::vector<std::size_t> widths;
  for (const row& each : rows) {
    widths.resize(std::max(widths.size(), each.size()));
    for (std::size_t i = 0; i < each.size(); ++i) widths[i] = std::max(widths[i], each[i].size());
  }
  std::string out;
  for (const row& each : rows) {
    for (std::size_t i = 0; i + 1 < each.size(); ++i) out += fmt::format("{:<{}}  ", each[i], widths[i]);
    out += each.back() + '\n';
  }
  return out;
}

std::string counts_text(const json::object& counts) {
  return fmt::format("{} open: {} fresh, {} active, {} idle, {} upgraded", number_of(counts, "open"),
                     number_of(counts, "fresh"), number_of(counts, "active"), number_of(counts, "idle"),
                     number_of(counts, "upgraded"));
}

std::string drain_text(const json::object& drain) {
  std::string out = fmt::format("{} connections left, for {}", number_of(drain, "left"),
                                duration_text(milliseconds{number_of(drain, "elapsed_ms")}));
  const json::value* const left = drain.if_contains("left_ms");
  if (left != nullptr && !left->is_null()) {
    out += fmt::format("; closed by force in {}", duration_text(milliseconds{number_of(drain, "left_ms")}));
  }
  return out;
}

std::string upgrade_text(const json::object& upgrade) {
  std::string out = text_of(upgrade, "state");
  if (const auto child = number_of(upgrade, "child"); child != 0) out += fmt::format(" (pid {})", child);
  return out;
}

std::string lines_text(const json::object& from) {
  std::string out;
  for (const auto& line : array_of(from, "lines")) out += "    " + printable(line) + '\n';
  return out;
}

std::string joined(const json::array& texts) {
  std::string out;
  for (const auto& each : texts) out.append(out.empty() ? "" : ", ").append(printable(each));
  return out;
}

bool has(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  return found != nullptr && found->is_object();
}

}  // namespace

std::string text_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  return found != nullptr ? printable(*found) : std::string{};
}

std::int64_t number_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  if (found == nullptr || !found->is_number()) return 0;
  boost::system::error_code too_large;
  return found->to_number<std::int64_t>(too_large);
}

bool is_true(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

json::object object_of(const json::object& from, std::string_view name) {
  return has(from, name) ? from.at(name).get_object() : json::object{};
}

json::array array_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  return found != nullptr && found->is_array() ? found->get_array() : json::array{};
}

std::string duration_text(milliseconds value) {
  const auto seconds = value.count() / 1000;
  if (value.count() < 1000) return fmt::format("{}ms", value.count());
  if (seconds < 60) return fmt::format("{}.{}s", seconds, value.count() % 1000 / 100);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  if (seconds < 86'400) return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d{:02}h", seconds / 86'400, seconds / 3600 % 24);
}

std::string status_text(const json::object& status) {
  std::vector<row> rows{
      {"server", fmt::format("{} {} pid {} generation {}", text_of(status, "name"), text_of(status, "version"),
                             number_of(status, "pid"), number_of(status, "generation"))},
      {"phase", fmt::format("{} since {}", text_of(status, "phase"), text_of(status, "since"))},
      {"uptime", duration_text(milliseconds{number_of(status, "uptime_ms")})},
      {"listeners", joined(array_of(status, "listeners"))},
      {"control", text_of(status, "control")},
      {"connections", counts_text(object_of(status, "connections"))}};
  if (has(status, "drain")) rows.push_back({"drain", drain_text(object_of(status, "drain"))});
  rows.push_back({"upgrade", upgrade_text(object_of(status, "upgrade"))});
  std::string out;
  if (has(status, "last_failure")) {
    const auto failure = object_of(status, "last_failure");
    rows.push_back({"last failure", text_of(failure, "reason")});
    out = lines_text(failure);
  }
  return table(rows) + out;
}

std::string status_line(const json::object& status) {
  std::string out =
      fmt::format("generation {} pid {} {}: {}", number_of(status, "generation"), number_of(status, "pid"),
                  text_of(status, "phase"), counts_text(object_of(status, "connections")));
  if (has(status, "drain")) out += "; drain: " + drain_text(object_of(status, "drain"));
  const auto upgrade = object_of(status, "upgrade");
  if (const auto state = text_of(upgrade, "state"); state != "idle" && state != "closed") {
    out += "; upgrade: " + upgrade_text(upgrade);
  }
  return out;
}

std::string connections_text(const json::object& answer) {
  std::vector<row> rows{{"ID", "PEER", "LISTENER", "STATE", "AGE", "REQUESTS"}};
  for (const auto& each : array_of(answer, "connections")) {
    if (!each.is_object()) continue;
    const auto& one = each.get_object();
    rows.push_back({std::to_string(number_of(one, "id")), text_of(one, "peer"), text_of(one, "local"),
                    text_of(one, "state"), duration_text(milliseconds{number_of(one, "age_ms")}),
                    std::to_string(number_of(one, "requests"))});
  }
  std::string out = table(rows);
  if (is_true(answer, "partial")) out += "partial: a worker did not answer in time\n";
  const auto total = number_of(answer, "total");
  const auto listed = static_cast<std::int64_t>(rows.size()) - 1;
  if (total > listed) out += fmt::format("{} of {}\n", listed, total);
  return out;
}

std::string history_text(const json::object& answer) {
  std::vector<row> rows{{"AT", "GENERATION", "RESULT", "TOOK", "MOVED", "BY", "REASON"}};
  for (const auto& each : array_of(answer, "history")) {
    if (!each.is_object()) continue;
    const auto& one = each.get_object();
    rows.push_back({text_of(one, "at"), fmt::format("{} -> {}", number_of(one, "from"), number_of(one, "to")),
                    text_of(one, "result"), duration_text(milliseconds{number_of(one, "duration_ms")}),
                    std::to_string(number_of(one, "moved")), text_of(one, "by"), text_of(one, "reason")});
  }
  return rows.size() == 1 ? "no upgrade yet\n" : table(rows);
}

}  // namespace batonctl
