// What a control client reads.
#include "server/control_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace baton;
using std::chrono::milliseconds;
using std::chrono::system_clock;
namespace json = boost::json;

namespace {

// 2026-01-31T23:59:59.123Z
const system_clock::time_point moment{milliseconds{1'769'903'999'123}};

}  // namespace

BOOST_AUTO_TEST_SUITE(control_json_suite)

BOOST_AUTO_TEST_CASE(times_are_utc_with_milliseconds) {
  BOOST_TEST(control_json::format_time(moment) == "2026-01-31T23:59:59.123Z");
  BOOST_TEST(control_json::format_time(system_clock::time_point{}) == "1970-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_status_tells_everything) {
  process_status now;
  now.name = "server";
  now.version = "1.2";
  now.pid = 42;
  now.generation = 3;
  now.now = phase::draining;
  now.since = moment;
  now.started = moment - milliseconds{5000};
  now.listeners = {"127.0.0.1:80", "unix:/run/x"};
  now.control = "/run/c";
  now.connections = {1, 2, 3, 4};
  now.drain = drain_progress{10, moment, moment + milliseconds{30'000}};
  now.upgrade = fsm::upgrade_state::handed_over;
  now.child = 43;
  now.last_failure = failure_report{"it crashed", {"a", "b"}};
  const auto text = control_json::status(now, moment + milliseconds{1000});
  const auto all = json::parse(text).as_object();
  BOOST_TEST(all.at("ok").as_bool());
  BOOST_TEST(all.at("phase").as_string() == "draining");
  BOOST_TEST(all.at("uptime_ms").as_int64() == 6000);
  BOOST_TEST(all.at("listeners").as_array().size() == 2U);
  BOOST_TEST(all.at("connections").at("open").to_number<int>() == 10);
  BOOST_TEST(all.at("drain").at("elapsed_ms").as_int64() == 1000);
  BOOST_TEST(all.at("drain").at("left_ms").as_int64() == 29'000);
  BOOST_TEST(all.at("upgrade").at("child").as_int64() == 43);
  BOOST_TEST(all.at("last_failure").at("lines").as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_there_is_not_is_null) {
  const auto all = json::parse(control_json::status({}, moment)).as_object();
  BOOST_TEST(all.at("drain").is_null());
  BOOST_TEST(all.at("last_failure").is_null());
  BOOST_TEST(all.at("upgrade").at("child").is_null());
  process_status unlimited;
  unlimited.drain = drain_progress{};
  BOOST_TEST(json::parse(control_json::status(unlimited, moment)).at("drain").at("left_ms").is_null());
}

BOOST_AUTO_TEST_CASE(whatever_a_new_process_writes_becomes_valid_text_on_one_line) {
  const auto text = control_json::refusal("failed", {"\xff\xfe broken\n", std::string{"zero\0byte", 9}, "\xc3\xa4"});
  BOOST_TEST(text.find('\n') == std::string::npos);
  const auto lines = json::parse(text).at("lines").as_array();
  BOOST_TEST(lines[0].as_string() == "\xef\xbf\xbd\xef\xbf\xbd broken\n");
  BOOST_TEST(lines[1].as_string().size() == 9U);
  BOOST_TEST(lines[2].as_string() == "\xc3\xa4");
}

BOOST_AUTO_TEST_CASE(an_operation_ends_well_or_with_its_reason) {
  operation_result good;
  good.pid = 7;
  good.generation = 2;
  good.duration = milliseconds{80};
  BOOST_TEST(control_json::result(good) == R"({"ok":true,"pid":7,"generation":2,"duration_ms":80})");
  operation_result bad;
  bad.failure = failure_report{"why", {}};
  BOOST_TEST(control_json::result(bad) == R"({"ok":false,"error":"why"})");
  BOOST_TEST(control_json::accepted(0) == R"({"ok":true,"accepted":true})");
  BOOST_TEST(control_json::progress(fsm::upgrade_state::checking, 9) == R"({"progress":"checking","child":9})");
}

BOOST_AUTO_TEST_CASE(lists_hold_an_object_for_each) {
  connection_list list;
  list.total = 5;
  list.partial = true;
  connection_info info;
  info.id = 1;
  info.client = client_address::parse("127.0.0.1:9").value();
  info.listener = std::make_shared<const std::string>("127.0.0.1:80");
  list.connections = {{info, connection_state::idle, milliseconds{1500}, 3}};
  const auto connections = json::parse(control_json::connections(list));
  BOOST_TEST(connections.at("partial").as_bool());
  BOOST_TEST(connections.at("connections").at(0).at("state").as_string() == "idle");
  BOOST_TEST(connections.at("connections").at(0).at("peer").as_string() == "127.0.0.1:9");
  BOOST_TEST(connections.at("connections").at(0).at("age_ms").as_int64() == 1500);
  history_entry entry;
  entry.at = moment;
  entry.result = history_result::taken_back;
  const auto past = json::parse(control_json::past({entry}));
  BOOST_TEST(past.at("history").at(0).at("result").as_string() == "taken_back");
  BOOST_TEST(past.at("history").at(0).at("at").as_string() == "2026-01-31T23:59:59.123Z");
}

BOOST_AUTO_TEST_CASE(a_history_is_read_again_by_the_next_generation) {
  history_entry entry;
  entry.at = moment;
  entry.from = 3;
  entry.to = 4;
  entry.by = "somebody";
  entry.result = history_result::taken_back;
  entry.duration = milliseconds{80};
  entry.reason = "it crashed";
  entry.moved = 12;
  const auto again = control_json::parse_past(control_json::past({entry, entry}));
  BOOST_REQUIRE(again.size() == 2U);
  BOOST_TEST((again[1].at == moment));
  BOOST_TEST(again[1].from == 3U);
  BOOST_TEST(again[1].to == 4U);
  BOOST_TEST(again[1].by == "somebody");
  BOOST_TEST((again[1].result == history_result::taken_back));
  BOOST_TEST(again[1].duration.count() == 80);
  BOOST_TEST(again[1].reason == "it crashed");
  BOOST_TEST(again[1].moved == 12U);
}

BOOST_AUTO_TEST_CASE(what_is_no_history_is_an_empty_one) {
  for (const auto* const text : {"", "nonsense", "[]", "{}", R"({"history":7})", R"({"history":[7,{},{"at":1}]})"}) {
    BOOST_TEST(control_json::parse_past(text).empty(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
