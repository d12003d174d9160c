// Finding bytes many at a time, against one at a time: each byte at each place of texts of each short length. The texts
// are of exactly their size, so that a look beyond the end is seen by AddressSanitizer.
#include "http/scan.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace baton::http {
namespace {

constexpr std::size_t longest = 34;

// Calls `check(text)` with `usual` repeated, and any one byte in any one place of it.
template <class Check>
void with_each_byte(char usual, Check check) {
  for (std::size_t size = 0; size <= longest; ++size) {
    std::vector<char> text(size, usual);
    check(text);
    for (char& place : text) {
      for (int byte = 0; byte != 256; ++byte) {
        place = static_cast<char>(byte);
        check(text);
      }
      place = usual;
    }
  }
}

// That `skip` finds the first byte that `stops`, from any place on.
template <class Skip, class Stops>
void check_skip(char usual, Skip skip, Stops stops) {
  with_each_byte(usual, [&](const std::vector<char>& text) {
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end; at += std::min<std::ptrdiff_t>(end - at, 13)) {
      if (skip(text.data(), at, end) != std::find_if(at, end, stops)) BOOST_ERROR("differs");
    }
  });
}

BOOST_AUTO_TEST_SUITE(scan)

BOOST_AUTO_TEST_CASE(a_value_ends_at_the_first_control_character) {
  check_skip('x', skip_value, is_bad_in_value);
}

BOOST_AUTO_TEST_CASE(a_target_ends_at_the_first_space_or_control_character) {
  check_skip(
      'x', [](const char*, const char* at, const char* end) { return skip_target(at, end); },
      [](char c) { return (c >= 0 && c <= ' ') || c == 0x7f; });
}

BOOST_AUTO_TEST_CASE(a_token_ends_at_the_first_byte_that_has_no_place_in_one) {
  const auto skip = [](const char*, const char* at, const char* end) { return skip_token(at, end); };
  check_skip('T', skip, [](char c) { return !is_token_char(c); });
  check_skip('!', skip, [](char c) { return !is_token_char(c); });
}

BOOST_AUTO_TEST_CASE(a_host_ends_at_the_first_byte_that_has_no_place_in_a_name) {
  const auto skip = [](const char*, const char* at, const char* end) { return skip_host(at, end); };
  check_skip('0', skip, [](char c) { return !is_name_char(c); });
  check_skip('~', skip, [](char c) { return !is_name_char(c); });
}

BOOST_AUTO_TEST_CASE(what_is_plain_in_a_path_ends_at_the_first_other_byte) {
  const auto skip = [](const char*, const char* at, const char* end) { return skip_plain(at, end); };
  check_skip('p', skip, [](char c) { return !is_alpha(c) && !is_digit(c) && c != '/' && c != '-' && c != '_'; });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::http
