// The cases of http1_cases.txt as values: what is sent, and which observations are in order. The file
// is text so that a case can be read, and its verdict argued about, without reading C++.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace baton::test::http1 {

namespace step {
struct bytes {
  std::string text;
};
struct bytewise {
  std::string text;
  std::chrono::milliseconds gap;
};
struct pause {
  std::chrono::milliseconds length;
};
struct half_close {};
}  // namespace step
using any_step = std::variant<step::bytes, step::bytewise, step::pause, step::half_close>;

/// One `and` line.
struct demand {
  enum class kind { body_has, body_lacks, body_at_most, field, no_field, field_not_like, no_continue };
  kind what;
  std::string text;      ///< a body's part, or a field's name in lower case
  std::string prefix;    ///< of `field_not_like`
  std::size_t size = 0;  ///< of `body_at_most`
};

/// One `expect` line with its `and` lines.
struct expectation {
  std::vector<std::string> first;
  std::optional<std::size_t> answers;
  std::optional<std::size_t> at_most;
  std::optional<bool> closed;
  std::vector<demand> demands;
};

struct test_case {
  std::string id;
  std::string level;
  std::string source;
  std::string title;
  std::vector<any_step> steps;
  std::vector<std::size_t> to_head;
  std::vector<expectation> expectations;  ///< alternatives
};

/// Throws std::runtime_error with the line number for anything it does not understand.
[[nodiscard]] std::vector<test_case> read_cases(const std::filesystem::path& file);

}  // namespace baton::test::http1
