#include "http1_case.hpp"

#include <fstream>
#include <stdexcept>
#include <utility>

namespace baton::test::http1 {
namespace {

// The words of one line, the last of which may be a quoted string.
class line_reader {
 public:
  explicit line_reader(std::string_view text) : left_{text} { skip_blanks(); }

  std::string word() {
    const auto end = left_.find(' ');
    std::string out{left_.substr(0, end)};
    left_.remove_prefix(end == std::string_view::npos ? left_.size() : end);
    skip_blanks();
    return out;
  }
  std::size_t number() { return std::stoul(word()); }
  std::string rest() { return std::string{std::exchange(left_, {})}; }
  [[nodiscard]] bool done() const { return left_.empty(); }

  std::string quoted() {
    if (left_.size() < 2 || left_.front() != '"' || left_.back() != '"') throw std::runtime_error{"no string"};
    std::string out;
    for (auto text = left_.substr(1, left_.size() - 2); !text.empty();) out += character(text);
    left_ = {};
    return out;
  }
  std::chrono::milliseconds milliseconds() {
    const std::chrono::milliseconds length{number()};
    if (word() != "ms") throw std::runtime_error{"a time without its unit"};
    return length;
  }

 private:
  static char character(std::string_view& text) {
    const auto take = [&](std::size_t count) {
      const auto piece = text.substr(0, count);
      if (piece.size() != count) throw std::runtime_error{"a string that ends in an escape"};
      text.remove_prefix(count);
      return piece;
    };
    const char c = take(1)[0];
    if (c != '\\') return c;
    switch (const char escape = take(1)[0]) {
      case 'r':
        return '\r';
      case 'n':
        return '\n';
      case 't':
        return '\t';
      case 'x':
        return static_cast<char>(std::stoi(std::string{take(2)}, nullptr, 16));
      default:
        return escape;
    }
  }
  void skip_blanks() {
    while (left_.starts_with(' ')) left_.remove_prefix(1);
  }
  std::string_view left_;
};

demand read_demand(line_reader& line) {
  using kind = demand::kind;
  const auto what = line.word();
  if (what == "body-has") return {kind::body_has, line.quoted(), {}};
  if (what == "body-lacks") return {kind::body_lacks, line.quoted(), {}};
  if (what.starts_with("body<=")) return {kind::body_at_most, {}, {}, std::stoul(what.substr(6))};
  if (what == "field") return {kind::field, line.word(), {}};
  if (what == "no-field") return {kind::no_field, line.word(), {}};
  if (what == "no-100") return {kind::no_continue, {}, {}};
  if (what != "field-not-like") throw std::runtime_error{"unknown demand " + what};
  auto name = line.word();
  return {kind::field_not_like, std::move(name), line.quoted()};
}

expectation read_expectation(line_reader& line) {
  expectation out;
  for (auto all = line.word(); !all.empty();) {
    const auto bar = all.find('|');
    out.first.push_back(all.substr(0, bar));
    all.erase(0, bar == std::string::npos ? all.size() : bar + 1);
  }
  while (!line.done()) {
    const auto word = line.word();
    if (word == "open" || word == "closed") {
      out.closed = word == "closed";
    } else if (word.starts_with("n=")) {
      out.answers = std::stoul(word.substr(2));
    } else if (word.starts_with("n<=")) {
      out.at_most = std::stoul(word.substr(3));
    } else {
      throw std::runtime_error{"unknown expectation " + word};
    }
  }
  return out;
}

test_case read_first_line(line_reader& line) {
  test_case out;
  out.id = line.word();
  out.level = line.word();
  out.source = line.rest();
  return out;
}

std::string repeated(std::size_t count, std::string_view unit) {
  std::string out;
  out.reserve(count * unit.size());
  while (count-- > 0) out += unit;
  return out;
}

void read_line(const std::string& text, std::vector<test_case>& cases) {
  line_reader line{text};
  const auto keyword = line.word();
  if (keyword.empty() || keyword.starts_with('#')) return;
  if (keyword == "case") {
    cases.push_back(read_first_line(line));
    return;
  }
  auto& current = cases.at(cases.size() - 1);
  if (keyword == "title") {
    current.title = line.rest();
  } else if (keyword == "send") {
    current.steps.emplace_back(step::bytes{line.quoted()});
  } else if (keyword == "repeat") {
    const auto count = line.number();
    current.steps.emplace_back(step::bytes{repeated(count, line.quoted())});
  } else if (keyword == "bytewise") {
    const auto gap = line.milliseconds();
    current.steps.emplace_back(step::bytewise{line.quoted(), gap});
  } else if (keyword == "pause") {
    current.steps.emplace_back(step::pause{line.milliseconds()});
  } else if (keyword == "half-close") {
    current.steps.emplace_back(step::half_close{});
  } else if (keyword == "to-head") {
    current.to_head.push_back(line.number());
  } else if (keyword == "expect") {
    current.expectations.push_back(read_expectation(line));
  } else if (keyword == "and") {
    current.expectations.at(current.expectations.size() - 1).demands.push_back(read_demand(line));
  } else {
    throw std::runtime_error{"unknown word " + keyword};
  }
}

}  // namespace

std::vector<test_case> read_cases(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in) throw std::runtime_error{"cannot read " + file.string()};
  std::vector<test_case> cases;
  std::size_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    try {
      read_line(text, cases);
    } catch (const std::exception& error) {
      throw std::runtime_error{file.string() + ":" + std::to_string(number) + ": " + error.what()};
    }
  }
  return cases;
}

}  // namespace baton::test::http1
