#include "session/latency_histogram.hpp"

#include <chrono>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::session {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using histogram = latency_histogram;

std::vector<std::uint64_t> counts_of(const histogram& from) {
  std::vector<std::uint64_t> all;
  for (std::size_t i = 0; i < histogram::buckets; ++i) all.push_back(from.count(i));
  return all;
}

BOOST_AUTO_TEST_SUITE(latencies)

BOOST_AUTO_TEST_CASE(a_time_is_in_the_first_bucket_whose_bound_it_does_not_pass) {
  for (std::size_t i = 0; i + 1 < histogram::buckets; ++i) {
    BOOST_TEST(histogram::bucket_of(histogram::bound(i)) == i);
    BOOST_TEST(histogram::bucket_of(histogram::bound(i) + 1ns) == i + 1);
    if (i != 0) BOOST_TEST((histogram::bound(i) > histogram::bound(i - 1)));
  }
}

BOOST_AUTO_TEST_CASE(what_is_shorter_or_longer_than_all_bounds_is_counted_at_the_ends) {
  BOOST_TEST(histogram::bucket_of(0ns) == 0U);
  BOOST_TEST(histogram::bucket_of(-5ms) == 0U);
  BOOST_TEST(histogram::bucket_of(1h) == histogram::buckets - 1);
  BOOST_TEST(histogram::bucket_of(nanoseconds::max()) == histogram::buckets - 1);
}

BOOST_AUTO_TEST_CASE(times_are_counted_and_added_up) {
  histogram all;
  all.add(3us, 4);
  all.add(5ms);
  all.add(-1s);
  BOOST_TEST(all.count(histogram::bucket_of(3us)) == 4U);
  BOOST_TEST(all.count(histogram::bucket_of(5ms)) == 1U);
  BOOST_TEST(all.count(0) == 1U);
  BOOST_TEST(all.total_ns() == 5'012'000U);
}

BOOST_AUTO_TEST_CASE(a_percentile_is_right_to_a_bucket_s_width) {
  histogram all;
  for (int i = 1; i <= 1000; ++i) all.add(std::chrono::microseconds{i});
  const auto counts = counts_of(all);
  for (const int share : {10, 50, 90, 99}) {
    const auto found = percentile(counts, share / 100.0);
    const auto exact = std::chrono::microseconds{share * 10};
    BOOST_TEST((found > exact * 2 / 3 && found < exact * 3 / 2));
  }
  BOOST_TEST((percentile(counts, 0.5) < percentile(counts, 0.9)));
}

BOOST_AUTO_TEST_CASE(nothing_counted_is_no_time_and_too_long_ones_are_the_longest_bound) {
  BOOST_TEST((percentile(counts_of(histogram{}), 0.5) == 0ns));
  histogram all;
  all.add(1h);
  BOOST_TEST((percentile(counts_of(all), 0.99) == histogram::bound(histogram::buckets - 2)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::session
