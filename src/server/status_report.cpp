#include "server/status_report.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "os/process_usage.hpp"
#include "server/json_parts.hpp"

namespace baton {
namespace {

namespace json = boost::json;
using json_parts::pid_or_null;
using json_parts::text;
using json_parts::texts;
using json_parts::to_object;
using json_parts::to_value;
using std::chrono::milliseconds;
using std::chrono::system_clock;

std::int64_t epoch(system_clock::time_point time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

std::int64_t between(system_clock::time_point from, system_clock::time_point to) {
  return std::max<std::int64_t>(std::chrono::duration_cast<milliseconds>(to - from).count(), 0);
}

json::object own_generation(const status_report& report, system_clock::time_point clock) {
  const process_status& now = report.process;
  json::object one{{"generation", now.generation},
                   {"pid", now.pid},
                   {"phase", to_string(now.now)},
                   {"self", true},
                   {"age_ms", between(now.started, clock)},
                   {"in_phase_ms", between(now.since, clock)},
                   {"connections", to_object(now.connections)},
                   {"cut_in_ms", nullptr}};
  if (now.drain && now.drain->deadline) one["cut_in_ms"] = between(clock, *now.drain->deadline);
  return one;
}

json::object other_generation(const upgrade::progress_message& other) {
  const session::connection_counts counts{other.fresh, other.active, other.idle, other.upgraded};
  // Another build's number.
  const auto last = static_cast<std::uint32_t>(phase::stopped);
  json::object one{{"generation", other.generation},
                   {"pid", other.pid},
                   {"phase", to_string(static_cast<phase>(std::min(other.phase, last)))},
                   {"self", false},
                   {"age_ms", other.age_ms},
                   {"in_phase_ms", other.in_phase_ms},
                   {"connections", to_object(counts)},
                   {"cut_in_ms", nullptr}};
  if (other.left_ms != upgrade::progress_message::never) one["cut_in_ms"] = other.left_ms;
  return one;
}

// The new process tells nothing before it serves.
json::object begun_generation(const process_status& now) {
  return {{"generation", now.next_generation},
          {"pid", now.child},
          {"phase", "starting"},
          {"self", false},
          {"age_ms", nullptr},
          {"in_phase_ms", nullptr},
          {"connections", nullptr},
          {"cut_in_ms", nullptr}};
}

json::array generations(const status_report& report, system_clock::time_point clock) {
  json::array all;
  const bool older = report.other && report.other->generation < report.process.generation;
  if (older) all.emplace_back(other_generation(*report.other));
  all.emplace_back(own_generation(report, clock));
  if (report.other && !older) all.emplace_back(other_generation(*report.other));
  const bool starts = report.process.now == phase::upgrading && report.process.child != 0;
  if (starts && !report.other) all.emplace_back(begun_generation(report.process));
  return all;
}

json::object requests(const traffic_window& traffic) {
  json::object classes;
  for (std::size_t i = 0; i < session::counted_classes; ++i) {
    classes[class_label(i)] = traffic.now().answers_of_class(i);
  }
  const double rate = traffic.rates().empty() ? 0 : traffic.rates().back();
  return {{"total", traffic.now().all_answers()}, {"per_second", rate}, {"classes", std::move(classes)}};
}

double micros(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

json::object latency(const traffic_window& traffic) {
  const std::vector<std::uint64_t> counts = traffic.latencies();
  std::uint64_t total = 0;
  json::array buckets;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    const bool last = i + 1 == counts.size();
    const json::value upper = last ? json::value(nullptr) : json::value(micros(session::latency_histogram::bound(i)));
    buckets.emplace_back(json::array{upper, counts[i]});
  }
  return {{"window_s", traffic.latency_window().count()},        {"count", total},
          {"p50_us", micros(session::percentile(counts, 0.5))},  {"p90_us", micros(session::percentile(counts, 0.9))},
          {"p99_us", micros(session::percentile(counts, 0.99))}, {"buckets", std::move(buckets)}};
}

json::object bytes(const traffic_window& traffic) {
  return {{"in", traffic.now()[metrics_picture::bytes_in]},
          {"out", traffic.now()[metrics_picture::bytes_out]},
          {"in_per_second", traffic.bytes_in_rate()},
          {"out_per_second", traffic.bytes_out_rate()}};
}

json::array rates(const traffic_window& traffic) {
  json::array all;
  for (const double each : traffic.rates()) all.emplace_back(std::round(each * 10) / 10);
  return all;
}

json::object usage() {
  const os::process_usage used = os::usage_of_this_process();
  return {{"resident", used.resident},
          {"descriptors", used.descriptors},
          {"descriptor_limit", used.descriptor_limit},
          {"cpu_ms", std::chrono::duration_cast<milliseconds>(used.cpu).count()}};
}

json::object to_object(const history_entry& one) {
  return {{"kind", "upgrade"},
          {"at", epoch(one.at)},
          {"from", one.from},
          {"to", one.to},
          {"by", text(one.by)},
          {"result", to_string(one.result)},
          {"duration_ms", one.duration.count()},
          {"reason", text(one.reason)},
          {"moved", one.moved}};
}

json::object to_object(const reload_entry& one) {
  std::string reason;
  for (const std::string& each : one.messages) reason += (reason.empty() ? "" : "; ") + each;
  return {{"kind", "reload"},
          {"at", epoch(one.at)},
          {"generation", one.generation},
          {"by", text(one.by)},
          {"result", one.done ? "done" : "refused"},
          {"reason", text(reason)}};
}

// Both are in the order of time.
json::array past(const status_report& report) {
  json::array all;
  auto upgrade = report.upgrades.begin();
  auto reload = report.reloads.begin();
  while (upgrade != report.upgrades.end() || reload != report.reloads.end()) {
    const bool first =
        reload == report.reloads.end() || (upgrade != report.upgrades.end() && upgrade->at <= reload->at);
    all.emplace_back(first ? to_object(*upgrade++) : to_object(*reload++));
  }
  return all;
}

json::array workers(const status_report& report) {
  json::array all;
  for (const auto& each : report.workers) {
    all.emplace_back(json::object{{"open", each.open}, {"requests", each.requests}});
  }
  return all;
}

}  // namespace

std::string to_json(const status_report& report, const traffic_window& traffic, system_clock::time_point clock) {
  const process_status& now = report.process;
  return json::serialize(
      json::object{{"at", epoch(clock)},
                   {"name", text(now.name)},
                   {"version", text(now.version)},
                   {"pid", now.pid},
                   {"generation", now.generation},
                   {"phase", to_string(now.now)},
                   {"ready", report.ready},
                   {"listeners", texts(now.listeners)},
                   {"generations", generations(report, clock)},
                   {"upgrade", json::object{{"state", to_string(now.upgrade)}, {"child", pid_or_null(now.child)}}},
                   {"last_failure", to_value(now.last_failure)},
                   {"connections", to_object(now.connections)},
                   {"requests", requests(traffic)},
                   {"bytes", bytes(traffic)},
                   {"latency", latency(traffic)},
                   {"rates", rates(traffic)},
                   {"workers", workers(report)},
                   {"process", usage()},
                   {"history", past(report)}});
}

}  // namespace baton
