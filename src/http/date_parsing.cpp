#include <algorithm>
#include <array>

#include <baton/conditional.hpp>

#include "http/syntax.hpp"

namespace baton {
namespace {

constexpr std::array<std::string_view, 7> long_days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

// Takes the parts of a date off its text; after a failure everything fails.
class date_text {
 public:
  explicit date_text(std::string_view text) noexcept : left_{text} {}

  bool literal(std::string_view expected) noexcept {
    if (!left_.starts_with(expected)) return fail();
    left_.remove_prefix(expected.size());
    return true;
  }

  int digits(std::size_t count) noexcept {
    int value = 0;
    if (left_.size() < count) return fail(), 0;
    for (const char c : left_.substr(0, count)) {
      if (!http::is_digit(c)) return fail(), 0;
      value = value * 10 + (c - '0');
    }
    left_.remove_prefix(count);
    return value;
  }

  unsigned month() noexcept {
    const std::size_t at = left_.size() < 3 ? std::string_view::npos : month_names.find(left_.substr(0, 3));
    if (at == std::string_view::npos || at % 3 != 0) return fail(), 0U;
    left_.remove_prefix(3);
    return static_cast<unsigned>(at / 3 + 1);
  }

  std::chrono::seconds time() noexcept {
    const int hour = digits(2);
    literal(":");
    const int minute = digits(2);
    literal(":");
    const int second = digits(2);
    if (hour > 23 || minute > 59 || second > 60) fail();
    // 60, a leap second, is no moment of its own here.
    return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{std::min(second, 59)};
  }

  /// A space or a digit, then a digit.
  int padded_day() noexcept { return left_.starts_with(' ') && literal(" ") ? digits(1) : digits(2); }

  [[nodiscard]] bool complete() const noexcept { return good_ && left_.empty(); }

 private:
  bool fail() noexcept {
    left_ = {};
    return good_ = false;
  }

  std::string_view left_;
  bool good_ = true;
};

struct parts {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  std::chrono::seconds time{0};
};

// `06 Nov 1994 08:49:37 GMT` behind the day's name.
parts read_fixdate(date_text& text) {
  parts read;
  read.day = text.digits(2);
  text.literal(" ");
  read.month = text.month();
  text.literal(" ");
  read.year = text.digits(4);
  text.literal(" ");
  read.time = text.time();
  text.literal(" GMT");
  return read;
}

// `06-Nov-94 08:49:37 GMT`.
parts read_rfc850(date_text& text) {
  parts read;
  read.day = text.digits(2);
  text.literal("-");
  read.month = text.month();
  text.literal("-");
  const int year = text.digits(2);
  read.year = year < 70 ? 2000 + year : 1900 + year;
  text.literal(" ");
  read.time = text.time();
  text.literal(" GMT");
  return read;
}

// `Nov  6 08:49:37 1994`.
parts read_asctime(date_text& text) {
  parts read;
  read.month = text.month();
  text.literal(" ");
  read.day = text.padded_day();
  text.literal(" ");
  read.time = text.time();
  text.literal(" ");
  read.year = text.digits(4);
  return read;
}

std::optional<std::chrono::sys_seconds> finish(const date_text& text, const parts& read) {
  if (!text.complete()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{read.year}, std::chrono::month{read.month},
                                         std::chrono::day{static_cast<unsigned>(read.day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + read.time;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  for (const std::string_view day : long_days) {
    const std::string_view three = day.substr(0, 3);
    if (!text.starts_with(three)) continue;
    parts (*read)(date_text&) = nullptr;
    date_text left{""};
    if (text.starts_with(day) && text.substr(day.size()).starts_with(", ")) {
      left = date_text{text.substr(day.size() + 2)};
      read = read_rfc850;
    } else if (text.substr(3).starts_with(", ")) {
      left = date_text{text.substr(5)};
      read = read_fixdate;
    } else if (text.substr(3).starts_with(' ')) {
      left = date_text{text.substr(4)};
      read = read_asctime;
    } else {
      return std::nullopt;
    }
    const parts found = read(left);
    return finish(left, found);
  }
  return std::nullopt;
}

}  // namespace baton
