// What is counted, over generations, and how it is told.
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "server/metrics_text.hpp"
#include "server/metrics_totals.hpp"
#include "server/own_metrics.hpp"
#include "server/reload_history.hpp"
#include "server/traffic_window.hpp"

namespace baton {
namespace {

using picture = metrics_picture;
using session::counted_method;
using session::worker_counters;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct generation {
  upgrade::counter_passing passing;
  own_metrics own{passing};
  metrics_totals totals{passing};
  worker_counters worker;
  picture now() { return totals.gather({&worker}); }
  std::string text() { return metrics_text({}, now(), totals, own); }
};

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(the_workers_counts_are_added_up) {
  generation one;
  worker_counters other;
  one.worker.answered(counted_method::get, 200);
  other.answered(counted_method::get, 204);
  other.answered(counted_method::post, 503);
  other.bytes_in.add(70);
  other.timed_out(session::counted_timeout::idle);
  const picture all = one.totals.gather({&one.worker, &other});
  BOOST_TEST(all.answers(0, 1) == 2U);
  BOOST_TEST(all.answers_of_class(4) == 1U);
  BOOST_TEST(all.all_answers() == 3U);
  BOOST_TEST(all[picture::bytes_in] == 70U);
  BOOST_TEST(all[picture::timeouts + 3] == 1U);
  BOOST_TEST(one.totals.gather({&one.worker, &other}).all_answers() == 3U);
}

BOOST_AUTO_TEST_CASE(counts_go_on_in_the_next_generation_and_never_back) {
  generation old;
  generation next;
  old.worker.answered(counted_method::get, 200);
  static_cast<void>(old.now());
  next.passing.merge(old.passing.values());
  BOOST_TEST(next.now().all_answers() == 1U);
  next.worker.answered(counted_method::get, 200);
  BOOST_TEST(next.now().all_answers() == 2U);
  old.worker.answered(counted_method::get, 500);  // while it drains
  static_cast<void>(old.now());
  next.passing.merge(old.passing.unsent());
  BOOST_TEST(next.now().all_answers() == 3U);
  BOOST_TEST(next.now().answers_of_class(4) == 1U);
}

BOOST_AUTO_TEST_CASE(what_only_the_workers_know_is_gathered_before_counts_pass) {
  generation old;
  old.passing.before_passing([&] { static_cast<void>(old.now()); });
  old.worker.answered(counted_method::put, 201);
  BOOST_TEST(old.passing.values().size() == 1U);
  old.worker.answered(counted_method::put, 201);
  BOOST_TEST(old.passing.unsent().size() == 1U);
  BOOST_TEST(old.passing.unsent().empty());
}

BOOST_AUTO_TEST_CASE(the_text_has_requests_durations_and_the_program_s_own) {
  generation one;
  metric_registry registry{one.own};
  registry.counter("shop_orders_total", "Orders.", {{"kind", "web \"a\"\n"}}).add(3);
  registry.gauge("shop_carts", "Carts.").set(2.5);
  registry.histogram("shop_wait_seconds", "Waits.", {0.1, 1}).observe(0.5);
  registry.counter("shop_orders_total", "Orders.", {{"kind", "phone"}}).add(1);
  one.worker.answered(counted_method::get, 200);
  one.worker.latency.add(std::chrono::milliseconds{3});
  const std::string text = one.text();
  BOOST_TEST(has(text, "baton_http_requests_total{method=\"get\",class=\"2xx\"} 1\n"));
  BOOST_TEST(has(text, "baton_http_request_duration_seconds_bucket{le=\"0.004096\"} 1\n"));
  BOOST_TEST(has(text, "baton_http_request_duration_seconds_count 1\n"));
  BOOST_TEST(has(text,
                 "# TYPE shop_orders_total counter\n"
                 "shop_orders_total{kind=\"web \\\"a\\\"\\n\"} 3\nshop_orders_total{kind=\"phone\"} 1\n"));
  BOOST_TEST(has(text, "shop_carts 2.5\n"));
  BOOST_TEST(has(text, "shop_wait_seconds_bucket{le=\"1\"} 1\n"));
  BOOST_TEST(has(text, "shop_wait_seconds_sum 0.5\n"));
}

BOOST_AUTO_TEST_CASE(own_counters_and_histograms_pass_to_the_next_generation) {
  generation old;
  generation next;
  for (generation* const each : {&old, &next}) {
    metric_registry registry{each->own};
    auto& orders = registry.counter("orders_total", "Orders.", {{"kind", "a b"}});
    auto& waits = registry.histogram("wait_seconds", "Waits.", {1, 2});
    orders.add(2);
    waits.observe(1.5);
    waits.observe(-1);
    waits.observe(7);
  }
  next.passing.merge(old.passing.values());
  const std::string text = next.text();
  BOOST_TEST(has(text, "orders_total{kind=\"a b\"} 4\n"));
  BOOST_TEST(has(text, "wait_seconds_count 6\nwait_seconds_sum 17\nwait_seconds_bucket{le=\"1\"} 2\n"));
}

BOOST_AUTO_TEST_CASE(names_that_could_not_be_read_again_are_refused) {
  generation one;
  metric_registry registry{one.own};
  registry.counter("a", "A.");
  const auto refused = [&](const std::string& name, metric_labels labels = {}) {
    BOOST_CHECK_THROW(registry.counter(name, "x", std::move(labels)), std::invalid_argument);
  };
  for (const char* const name : {"", "1a", "a b", "a-b", "baton_x", "process_x", "a"}) refused(name);
  refused("b", {{"le", "1"}});
  refused("b", {{"__x", "1"}});
  refused("b", {{"x y", "1"}});
  refused("b", {{"x", std::string(200, 'x')}});
  BOOST_CHECK_THROW(registry.gauge("a", "x", {{"k", "v"}}), std::invalid_argument);
  BOOST_CHECK_THROW(registry.histogram("h", "x", {}), std::invalid_argument);
  BOOST_CHECK_THROW(registry.histogram("h", "x", {2, 1}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(the_window_shows_rates_and_the_last_minute_s_latencies_alone) {
  traffic_window window;
  picture counts;
  auto clock = std::chrono::steady_clock::time_point{};
  for (int second = 0; second < 200; ++second) {
    counts[picture::requests] += 10;
    counts[picture::latency + 4] += second < 100 ? 1 : 0;
    counts[picture::bytes_out] += 500;
    window.add(clock, counts);
    clock += std::chrono::seconds{1};
  }
  BOOST_TEST(window.rates().size() == traffic_window::seconds_of_rates);
  BOOST_TEST(window.rates().back() == 10.0);
  BOOST_TEST(window.bytes_out_rate() == 500.0);
  BOOST_TEST(window.latencies()[4] == 0U);
  BOOST_TEST(window.latency_window().count() == 60);
}

BOOST_AUTO_TEST_CASE(reloads_are_remembered_bounded_and_by_the_next_generation) {
  reload_history old;
  for (std::size_t i = 0; i < reload_history::most + 5; ++i) {
    old.add({std::chrono::system_clock::now(), 1, "SIGHUP", i % 2 == 0, {std::string(5000, 'x'), "y"}});
  }
  BOOST_TEST(old.entries().size() == reload_history::most);
  reload_history next;
  next.restore("no json");
  next.restore(R"([{"at":1},7])");
  BOOST_TEST(next.entries().empty());
  next.restore(old.saved());
  BOOST_REQUIRE(next.entries().size() == reload_history::most);
  BOOST_TEST(next.entries().back().by == "SIGHUP");
  BOOST_TEST(next.entries().back().done == old.entries().back().done);
  BOOST_TEST(next.entries().back().messages.at(1) == "y");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton
