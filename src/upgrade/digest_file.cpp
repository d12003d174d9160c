#include "upgrade/digest_file.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace baton::upgrade {
namespace {

constexpr std::size_t digits = 64;

struct entry {
  std::string digest;
  std::string_view name;  ///< empty: the digest stands alone
};

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lowered(char c) {
  return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view without_trailing_space(std::string_view line) {
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

// `DIGEST`, `DIGEST  NAME` or `DIGEST *NAME`.
std::optional<entry> parse(std::string_view line) {
  if (line.size() < digits || !std::all_of(line.begin(), line.begin() + digits, is_hexadecimal)) return std::nullopt;
  entry found;
  std::transform(line.begin(), line.begin() + digits, std::back_inserter(found.digest), lowered);
  line.remove_prefix(digits);
  if (line.empty()) return found;
  if (line.size() < 3 || line[0] != ' ' || (line[1] != ' ' && line[1] != '*')) return std::nullopt;
  found.name = line.substr(2);
  return found;
}

os::error no_digest(std::string text) {
  return {std::move(text), {}};
}

}  // namespace

os::result<std::string> demanded_digest(std::string_view text, std::string_view name, const std::string& file) {
  std::vector<entry> entries;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = without_trailing_space(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty()) continue;
    const auto parsed = parse(line);
    if (!parsed) return no_digest(file + " holds a line that is no SHA-256 digest as sha256sum writes it");
    entries.push_back(*parsed);
  }
  if (entries.empty()) return no_digest(file + " holds no digest");
  if (entries.size() == 1) return entries.front().digest;
  std::optional<std::string> demanded;
  for (const auto& each : entries) {
    if (each.name.substr(each.name.rfind('/') + 1) != name) continue;
    if (demanded && *demanded != each.digest) return no_digest(file + " holds two digests for " + std::string{name});
    demanded = each.digest;
  }
  if (!demanded) return no_digest(file + " holds no digest for " + std::string{name});
  return *demanded;
}

}  // namespace baton::upgrade
