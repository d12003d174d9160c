#include "config/forms.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace baton::config;
using namespace std::chrono_literals;

namespace {

constexpr auto any = std::numeric_limits<std::uint64_t>::max();
constexpr duration_form up_to_a_day{0ms, 24h};

/// The value as printed again, or the problem.
template <class Form>
std::string round_trip(const Form& form, std::string_view text) {
  typename Form::value_type value{};
  const auto wrong = form.parse(text, value);
  return wrong ? *wrong : form.print(value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forms_suite)

BOOST_AUTO_TEST_CASE(durations_are_read_in_their_units) {
  const std::vector<std::pair<std::string, std::chrono::milliseconds>> cases{
      {"500ms", 500ms}, {"30s", 30s}, {"2m", 2min}, {"1h", 1h}, {"0", 0ms}, {"0s", 0ms}, {"24h", 24h}};
  for (const auto& [text, expected] : cases) {
    std::chrono::milliseconds value{-1};
    BOOST_TEST(!up_to_a_day.parse(text, value), text);
    BOOST_TEST(value.count() == expected.count(), text);
  }
}

BOOST_AUTO_TEST_CASE(durations_are_printed_in_the_largest_exact_unit) {
  BOOST_TEST(up_to_a_day.print(75s) == "75s");
  BOOST_TEST(up_to_a_day.print(60s) == "1m");
  BOOST_TEST(up_to_a_day.print(1500ms) == "1500ms");
  BOOST_TEST(up_to_a_day.print(2h) == "2h");
  BOOST_TEST(up_to_a_day.print(0ms) == "0");
}

BOOST_AUTO_TEST_CASE(a_duration_without_a_unit_is_refused_with_the_seconds_to_write) {
  BOOST_TEST(round_trip(up_to_a_day, "75") == "'75' has no unit; write 75s");
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  for (const auto* const text : {"", "s", "1.5s", "-1s", "1 s", "1d", "1S", "0x1s", "1s ", "00:10"}) {
    BOOST_TEST(round_trip(up_to_a_day, text).find("is not a duration") != std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(a_duration_out_of_range_is_refused_with_the_range) {
  constexpr duration_form form{100ms, 1h};
  const std::string range = " is out of range; write 100ms to 1h";
  for (const auto* const text : {"99ms", "0", "3600001ms", "2h", "9223372036854775807h", "99999999999999999999s"}) {
    BOOST_TEST(round_trip(form, text) == "'" + std::string{text} + "'" + range);
  }
  BOOST_TEST(round_trip(form, "100ms") == "100ms");
  BOOST_TEST(round_trip(form, "60m") == "1h");
}

BOOST_AUTO_TEST_CASE(sizes_are_bytes_or_powers_of_1024) {
  const std::vector<std::pair<std::string, std::uint64_t>> cases{{"0", 0},       {"1000", 1000},   {"16k", 16384},
                                                                 {"16K", 16384}, {"8m", 8U << 20}, {"3g", 3ULL << 30}};
  for (const auto& [text, expected] : cases) {
    std::uint64_t value = 1;
    BOOST_TEST(!(size_form{0, any}.parse(text, value)), text);
    BOOST_TEST(value == expected, text);
  }
}

BOOST_AUTO_TEST_CASE(sizes_are_printed_in_the_largest_exact_unit) {
  const size_form form{0, any};
  BOOST_TEST(form.print(0) == "0");
  BOOST_TEST(form.print(1000) == "1000");
  BOOST_TEST(form.print(1536) == "1536");
  BOOST_TEST(form.print(8192) == "8k");
  BOOST_TEST(form.print(1U << 30) == "1g");
  BOOST_TEST(round_trip(form, form.print(any)) == std::to_string(any));
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused) {
  for (const auto* const text : {"", "k", "16kb", "16 k", "-1", "+1", "1.5k", "16t", "1e3"}) {
    BOOST_TEST(round_trip(size_form{0, any}, text).find("is not a size") != std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(a_size_out_of_range_is_refused_with_the_range) {
  const size_form form{256, 1 << 20};
  BOOST_TEST(round_trip(form, "255") == "'255' is out of range; write 256 to 1m");
  BOOST_TEST(round_trip(form, "1048577") == "'1048577' is out of range; write 256 to 1m");
  // Products that wrap around to something allowed.
  BOOST_TEST(round_trip(form, "17179869184g") == "'17179869184g' is out of range; write 256 to 1m");
  BOOST_TEST(round_trip(form, "1m") == "1m");
}

BOOST_AUTO_TEST_CASE(numbers_are_decimal_and_within_their_range) {
  const number_form form{1, 256};
  BOOST_TEST(round_trip(form, "1") == "1");
  BOOST_TEST(round_trip(form, "256") == "256");
  BOOST_TEST(round_trip(form, "0") == "'0' is out of range; write 1 to 256");
  BOOST_TEST(round_trip(form, "257") == "'257' is out of range; write 1 to 256");
  BOOST_TEST(round_trip(form, "18446744073709551617") == "'18446744073709551617' is out of range; write 1 to 256");
  for (const auto* const text : {"", "four", "-1", "+1", "1k", "0x10", " 1"}) {
    BOOST_TEST(round_trip(form, text).find("is not a whole number") != std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(modes_are_octal_permissions) {
  BOOST_TEST(round_trip(mode_form{}, "0660") == "0660");
  BOOST_TEST(round_trip(mode_form{}, "777") == "0777");
  BOOST_TEST(round_trip(mode_form{}, "0") == "0000");
  for (const auto* const text : {"", "0680", "1777", "rw-rw----", "0o660", "77777777777777777777777777"}) {
    BOOST_TEST(round_trip(mode_form{}, text).find("is not a mode") != std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(texts_that_a_line_of_the_file_cannot_hold_are_refused) {
  const text_form form;
  for (const auto* const text : {"", "a", "a b", "/run/a#b", "x=y", "[z]", "\xc3\xa9"}) {
    BOOST_TEST(round_trip(form, text) == text);
  }
  for (const auto* const text : {" a", "a ", "a\nb", "a\tb", "a #b", "#a", "\x7f"}) {
    std::string value = "before";
    BOOST_TEST(form.parse(text, value).has_value(), text);
    BOOST_TEST(value == "before");
  }
}

BOOST_AUTO_TEST_CASE(choices_are_named_and_an_unknown_one_lists_them) {
  enum class colour { red, green, blue };
  const choice_form<colour> form{{"red", "green", "blue"}};
  BOOST_TEST(form.hint() == "red|green|blue");
  BOOST_TEST(round_trip(form, "blue") == "blue");
  BOOST_TEST(round_trip(form, "Red") == "'Red' is unknown; write red, green or blue");
  BOOST_TEST(round_trip(form, "") == "'' is unknown; write red, green or blue");
}

BOOST_AUTO_TEST_CASE(quoting_escapes_control_characters_and_cuts_what_is_long) {
  BOOST_TEST(baton::config::in_quotes("a\x1b[0m\n") == "'a\\x1b[0m\\x0a'");
  BOOST_TEST(baton::config::in_quotes(std::string(80, 'x')) == "'" + std::string(80, 'x') + "'");
  BOOST_TEST(baton::config::in_quotes(std::string(81, 'x')) == "'" + std::string(80, 'x') + "...'");
}

BOOST_AUTO_TEST_SUITE_END()
