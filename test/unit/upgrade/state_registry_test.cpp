#include "upgrade/state_registry.hpp"

#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::upgrade {
namespace {

constexpr std::uint64_t plenty = 1 << 20;

void save_nothing(state_writer&) {}
void load_nothing(const state_reader&) {}

save_function writes(std::string text) {
  return [text = std::move(text)](state_writer& out) { out.write(text); };
}
load_function reads_into(std::string& text) {
  return [&text](const state_reader& in) { text = std::to_string(in.version()) + ':' + std::string{in.bytes()}; };
}

std::vector<state_blob> saved(const state_registry& from) {
  auto blobs = from.save_all(plenty);
  BOOST_TEST_REQUIRE(blobs.has_value());
  return std::move(*blobs);
}

std::string failure(const os::result<std::vector<state_blob>>& result) {
  return result ? "no failure" : result.error().text();
}
std::string failure(const os::result<void>& result) {
  return result ? "no failure" : result.error().text();
}

state_registry with(std::string name, save_function save, load_function load = load_nothing) {
  state_registry made;
  made.add(std::move(name), 1, std::move(save), std::move(load));
  return made;
}

BOOST_FIXTURE_TEST_SUITE(state, unit::nothing_left)

BOOST_AUTO_TEST_CASE(what_one_build_saved_the_next_one_loads) {
  state_registry before;
  before.add("sessions", 1, writes("three sessions"), load_nothing);
  before.add("cache", 4, writes(""), load_nothing);
  std::string sessions;
  std::string cache;
  state_registry after;
  after.add("sessions", 2, save_nothing, reads_into(sessions));
  after.add("cache", 4, save_nothing, reads_into(cache));
  BOOST_TEST(failure(after.load_all(saved(before), plenty)) == "no failure");
  BOOST_TEST(sessions == "1:three sessions");
  BOOST_TEST(cache == "4:");
}

BOOST_AUTO_TEST_CASE(loading_follows_the_order_of_registration) {
  state_registry before;
  before.add("b", 1, writes("b"), load_nothing);
  before.add("a", 1, writes("a"), load_nothing);
  std::string order;
  const auto note = [&order](const state_reader& in) { order += in.bytes(); };
  state_registry after;
  after.add("a", 1, save_nothing, note);
  after.add("b", 1, save_nothing, note);
  BOOST_TEST(failure(after.load_all(saved(before), plenty)) == "no failure");
  BOOST_TEST(order == "ab");
}

BOOST_AUTO_TEST_CASE(a_blob_that_is_not_known_is_skipped) {
  state_registry before;
  before.add("dropped", 9, writes("old things"), load_nothing);
  before.add("kept", 1, writes("x"), load_nothing);
  std::string kept;
  const auto after = with("kept", save_nothing, reads_into(kept));
  BOOST_TEST(failure(after.load_all(saved(before), plenty)) == "no failure");
  BOOST_TEST(kept == "1:x");
}

BOOST_AUTO_TEST_CASE(a_state_that_did_not_come_is_not_loaded) {
  std::string added = "as it was made";
  const auto after = with("added", save_nothing, reads_into(added));
  BOOST_TEST(failure(after.load_all({}, plenty)) == "no failure");
  BOOST_TEST(added == "as it was made");
}

BOOST_AUTO_TEST_CASE(a_blob_of_a_newer_version_is_an_error_before_anything_is_loaded) {
  state_registry before;
  before.add("first", 1, writes("x"), load_nothing);
  before.add("second", 3, writes("x"), load_nothing);
  std::string first;
  state_registry after;
  after.add("first", 1, save_nothing, reads_into(first));
  after.add("second", 2, save_nothing, load_nothing);
  BOOST_TEST(failure(after.load_all(saved(before), plenty)) ==
             "state `second`: has version 3, this build knows up to 2");
  BOOST_TEST(first.empty());
}

BOOST_AUTO_TEST_CASE(a_load_that_throws_is_an_error_with_its_text) {
  const auto before = with("a", writes("x"));
  const auto broken = with("a", save_nothing, [](const state_reader&) { throw std::runtime_error{"bad magic"}; });
  BOOST_TEST(failure(broken.load_all(saved(before), plenty)) == "state `a`: bad magic");
  const auto odd = with("a", save_nothing, [](const state_reader&) { throw 7; });
  BOOST_TEST(failure(odd.load_all(saved(before), plenty)) == "state `a`: its function threw what is no std::exception");
}

BOOST_AUTO_TEST_CASE(a_save_that_throws_is_an_error_with_its_text) {
  const auto broken = with("a", [](state_writer& out) {
    out.write("half");
    throw std::runtime_error{"disk gone"};
  });
  BOOST_TEST(failure(broken.save_all(plenty)) == "state `a`: disk gone");
}

BOOST_AUTO_TEST_CASE(the_limit_is_that_of_all_blobs_together) {
  state_registry before;
  before.add("a", 1, writes(std::string(600, 'x')), load_nothing);
  before.add("b", 1, writes(std::string(400, 'x')), load_nothing);
  BOOST_TEST(failure(before.save_all(1000)) == "no failure");
  BOOST_TEST(failure(before.save_all(999)) == "state `b`: the state is larger than upgrade.state_limit allows");
  const state_registry after;
  BOOST_TEST(failure(after.load_all(saved(before), 1000)) == "no failure");
  BOOST_TEST(failure(after.load_all(saved(before), 999)) == "state `b`: exceeds upgrade.state_limit");
}

BOOST_AUTO_TEST_CASE(a_save_that_hides_what_it_could_not_write_is_an_error) {
  const auto broken = with("a", [](state_writer& out) {
    try {
      out.write(std::string(11, 'x'));
    } catch (const std::length_error&) {
    }
    BOOST_CHECK_THROW(out.write("x"), std::runtime_error);
  });
  BOOST_TEST(failure(broken.save_all(10)) == "state `a`: a piece of it could not be written");
}

BOOST_AUTO_TEST_CASE(a_save_that_nobody_waits_for_ends_at_its_next_piece) {
  std::stop_source stop;
  const auto slow = with("a", [&stop](state_writer& out) {
    out.write("x");
    stop.request_stop();
    for (;;) out.write("x");
  });
  BOOST_TEST(failure(slow.save_all(plenty, stop.get_token())) == "state `a`: nobody waits for it any more");
}

BOOST_AUTO_TEST_CASE(a_blob_that_came_twice_is_an_error) {
  const auto before = with("a", writes("x"));
  auto blobs = saved(before);
  blobs.push_back(std::move(saved(before).front()));
  BOOST_TEST(failure(before.load_all(std::move(blobs), plenty)) == "state `a`: came twice");
}

BOOST_AUTO_TEST_CASE(a_blob_that_is_not_as_announced_is_an_error) {
  const auto registry = with("a", writes("four"));
  auto blobs = saved(registry);
  blobs.front().file.size = 5;
  BOOST_TEST(failure(registry.load_all(std::move(blobs), plenty)) ==
             "state `a`: a received memory file has 4 bytes, announced were 5");
}

BOOST_AUTO_TEST_CASE(names_are_taken_once_and_printable_and_functions_there) {
  auto registry = with("a", save_nothing);
  BOOST_CHECK_THROW(registry.add("a", 1, save_nothing, load_nothing), std::invalid_argument);
  BOOST_CHECK_THROW(registry.add("", 1, save_nothing, load_nothing), std::invalid_argument);
  BOOST_CHECK_THROW(registry.add("b\t", 1, save_nothing, load_nothing), std::invalid_argument);
  BOOST_CHECK_THROW(registry.add(std::string(129, 'b'), 1, save_nothing, load_nothing), std::invalid_argument);
  BOOST_CHECK_THROW(registry.add("b", 1, nullptr, load_nothing), std::invalid_argument);
  BOOST_CHECK_THROW(registry.add("b", 1, save_nothing, nullptr), std::invalid_argument);
  for (std::size_t i = 1; i < max_states; ++i) registry.add(std::to_string(i), 1, save_nothing, load_nothing);
  BOOST_CHECK_THROW(registry.add("one more", 1, save_nothing, load_nothing), std::invalid_argument);
}

// A program tests its own functions with the same two classes.
BOOST_AUTO_TEST_CASE(a_writer_counts_down_to_its_limit) {
  std::string text;
  state_writer out{5, [&text](std::string_view bytes) { text += bytes; }};
  out.write("abc");
  BOOST_TEST(out.left() == 2U);
  out.write("");
  out.write("de");
  BOOST_TEST(out.left() == 0U);
  BOOST_TEST(out.complete());
  BOOST_CHECK_THROW(out.write("f"), std::length_error);
  BOOST_TEST(!out.complete());
  BOOST_TEST(text == "abcde");
}

// KiB of this process's own memory: neither files nor what it has mapped of memory files.
std::int64_t private_kib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(std::strlen("RssAnon:")));
  }
  return 0;
}

BOOST_AUTO_TEST_CASE(a_hundred_mebibytes_pass_without_being_held_twice) {
  constexpr std::size_t size = 100 << 20;
  const std::string piece(64 << 10, 'x');
  std::int64_t grown_by = 0;
  const std::int64_t at_first = private_kib();
  const auto before = with("large", [&](state_writer& out) {
    for (std::size_t done = 0; done < size; done += piece.size()) out.write(piece);
    grown_by = std::max(grown_by, private_kib() - at_first);
  });
  std::size_t right = 0;
  const auto after = with("large", save_nothing, [&](const state_reader& in) {
    for (const char c : in.bytes()) right += c == 'x' ? 1 : 0;
    grown_by = std::max(grown_by, private_kib() - at_first);
  });
  const auto start = std::chrono::steady_clock::now();
  auto blobs = before.save_all(size);
  BOOST_TEST(failure(blobs) == "no failure");
  BOOST_TEST(failure(after.load_all(std::move(*blobs), size)) == "no failure");
  const auto took = std::chrono::steady_clock::now() - start;
  BOOST_TEST(right == size);
  if (!test::sanitised) BOOST_TEST(grown_by < 10 * 1024);  // shadow memory is their own
  BOOST_TEST_MESSAGE("took " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
  BOOST_TEST((took < std::chrono::seconds{20}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
