#include "support/sample_bodies.hpp"

#include <cstdint>
#include <cstdio>

namespace baton::test {
namespace {

std::string hex(std::size_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "%zx", value);
  return text;
}

}  // namespace

std::string varied(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (auto& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

std::string chunked(std::string_view body) {
  std::string text;
  for (std::size_t size = 1; !body.empty(); size = size * 3 % 40'009 + 1) {
    const auto piece = body.substr(0, size);
    text += hex(piece.size()) + "\r\n" + std::string{piece} + "\r\n";
    body.remove_prefix(piece.size());
  }
  return text + "0\r\n\r\n";
}

std::string download_pattern(std::size_t size) {
  constexpr std::string_view unit = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+\n";
  std::string text;
  while (text.size() < size) text.append(unit.substr(0, size - text.size()));
  return text;
}

}  // namespace baton::test
