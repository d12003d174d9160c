#include "config/conf_file.hpp"

namespace baton::config {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_comment(std::string_view line) {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || blanks.find(line[at - 1]) != std::string_view::npos) return line.substr(0, at);
  }
  return line;
}

class line_reader {
 public:
  explicit line_reader(const std::string& file) : file_{file} {}

  void read(std::string_view line, std::size_t number) {
    const auto text = trimmed(without_comment(line));
    if (text.empty()) return;
    if (text.front() == '[') {
      read_group(text, number);
    } else {
      read_setting(text, number);
    }
  }

  conf_lines take() { return std::move(result_); }

 private:
  void read_group(std::string_view text, std::size_t number) {
    const auto name = text.back() == ']' ? trimmed(text.substr(1, text.size() - 2)) : std::string_view{};
    if (name.empty()) return complain(number, "a group is written '[name]', alone on its line");
    prefix_.assign(name).append(".");
  }

  void read_setting(std::string_view text, std::size_t number) {
    const auto equals = text.find('=');
    const auto name = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return complain(number, "a line is '[group]', 'name = value' or a comment that begins with '#'");
    }
    result_.settings.push_back(
        {prefix_ + std::string{name}, std::string{trimmed(text.substr(equals + 1))}, {file_, number}});
  }

  void complain(std::size_t number, std::string text) {
    result_.complaints.push_back({{file_, number}, std::move(text)});
  }

  const std::string& file_;
  std::string prefix_;  // of the group that the line is in, with its dot
  conf_lines result_;
};

}  // namespace

conf_lines split_conf_file(std::string_view text, const std::string& file) {
  line_reader reader{file};
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    reader.read(text.substr(0, end), number);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return reader.take();
}

}  // namespace baton::config
