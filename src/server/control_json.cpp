#include "server/control_json.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>

#include <fmt/core.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/json_parts.hpp"

namespace baton::control_json {
namespace {

namespace json = boost::json;
using json_parts::pid_or_null;
using json_parts::text;
using json_parts::texts;
using json_parts::to_object;
using json_parts::to_value;
using std::chrono::milliseconds;
using std::chrono::system_clock;

std::int64_t between(system_clock::time_point from, system_clock::time_point to) {
  return std::chrono::duration_cast<milliseconds>(to - from).count();
}

json::value to_value(const std::optional<drain_progress>& drain, system_clock::time_point clock) {
  if (!drain) return nullptr;
  json::object all{{"left", drain->left},
                   {"since", format_time(drain->since)},
                   {"elapsed_ms", between(drain->since, clock)},
                   {"left_ms", nullptr}};
  if (drain->deadline) all["left_ms"] = std::max<std::int64_t>(between(clock, *drain->deadline), 0);
  return all;
}

json::object to_object(const session::connection_summary& one) {
  return {{"id", one.info.id},
          {"peer", text(one.info.peer())},
          {"local", text(one.info.local())},
          {"state", to_string(one.state)},
          {"age_ms", one.age.count()},
          {"requests", one.requests}};
}

json::object to_object(const history_entry& one) {
  return {{"at", format_time(one.at)},
          {"from", one.from},
          {"to", one.to},
          {"by", text(one.by)},
          {"result", to_string(one.result)},
          {"duration_ms", one.duration.count()},
          {"reason", text(one.reason)},
          {"moved", one.moved}};
}

// Throws for a member that is missing or of another kind.
history_entry to_entry(const json::object& from) {
  history_entry one;
  one.at = parse_time(std::string{from.at("at").as_string()});
  one.from = from.at("from").to_number<unsigned>();
  one.to = from.at("to").to_number<unsigned>();
  one.by = from.at("by").as_string();
  one.duration = milliseconds{from.at("duration_ms").to_number<std::int64_t>()};
  one.reason = from.at("reason").as_string();
  one.moved = from.at("moved").to_number<std::size_t>();
  const std::string_view result = from.at("result").as_string();
  for (const auto each : {history_result::ready, history_result::failed, history_result::taken_back}) {
    if (to_string(each) == result) one.result = each;
  }
  return one;
}

template <class Range>
json::array to_array(const Range& range) {
  json::array all;
  for (const auto& each : range) all.emplace_back(to_object(each));
  return all;
}

}  // namespace

std::string format_time(system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = system_clock::to_time_t(seconds);
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     std::chrono::duration_cast<milliseconds>(time - seconds).count());
}

system_clock::time_point parse_time(const std::string& text) {
  std::tm parts{};
  const char* const rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return {};
  int thousandths = 0;
  if (std::sscanf(rest, ".%3dZ", &thousandths) != 1) return {};
  return system_clock::from_time_t(::timegm(&parts)) + milliseconds{thousandths};
}

std::string refusal(std::string_view error, const std::vector<std::string>& lines) {
  json::object answer{{"ok", false}, {"error", text(error)}};
  if (!lines.empty()) answer["lines"] = texts(lines);
  return json::serialize(answer);
}

std::string done() {
  return R"({"ok":true})";
}

std::string accepted(unsigned generation) {
  json::object answer{{"ok", true}, {"accepted", true}};
  if (generation != 0) answer["generation"] = generation;
  return json::serialize(answer);
}

std::string progress(fsm::upgrade_state state, pid_t child) {
  return json::serialize(json::object{{"progress", to_string(state)}, {"child", pid_or_null(child)}});
}

std::string result(const operation_result& ended) {
  if (ended.failure) return refusal(ended.failure->reason, ended.failure->lines);
  json::object answer{{"ok", true}};
  if (ended.pid != 0) answer["pid"] = ended.pid;
  if (ended.generation != 0) answer["generation"] = ended.generation;
  answer["duration_ms"] = ended.duration.count();
  if (!ended.messages.empty()) answer["messages"] = texts(ended.messages);
  return json::serialize(answer);
}

std::string status(const process_status& now, system_clock::time_point clock) {
  return json::serialize(
      json::object{{"ok", true},
                   {"name", text(now.name)},
                   {"version", text(now.version)},
                   {"pid", now.pid},
                   {"generation", now.generation},
                   {"phase", to_string(now.now)},
                   {"since", format_time(now.since)},
                   {"started", format_time(now.started)},
                   {"uptime_ms", between(now.started, clock)},
                   {"listeners", texts(now.listeners)},
                   {"control", text(now.control)},
                   {"connections", to_object(now.connections)},
                   {"drain", to_value(now.drain, clock)},
                   {"upgrade", json::object{{"state", to_string(now.upgrade)}, {"child", pid_or_null(now.child)}}},
                   {"last_failure", to_value(now.last_failure)}});
}

std::string connections(const connection_list& list) {
  return json::serialize(json::object{
      {"ok", true}, {"total", list.total}, {"partial", list.partial}, {"connections", to_array(list.connections)}});
}

std::string past(const std::vector<history_entry>& entries) {
  return json::serialize(json::object{{"ok", true}, {"history", to_array(entries)}});
}

std::vector<history_entry> parse_past(std::string_view text) {
  std::vector<history_entry> all;
  boost::system::error_code wrong;
  const json::value parsed = json::parse(text, wrong);
  const json::object* const members = wrong ? nullptr : parsed.if_object();
  const json::value* const list = members == nullptr ? nullptr : members->if_contains("history");
  if (list == nullptr || !list->is_array()) return all;
  for (const json::value& each : list->get_array()) {
    try {
      all.push_back(to_entry(each.as_object()));
    } catch (const std::exception&) {  // another build's, and no entry for this one
    }
  }
  return all;
}

}  // namespace baton::control_json
