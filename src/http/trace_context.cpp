#include <baton/trace_context.hpp>

#include <algorithm>
#include <random>
#include <span>

#include "http/request_access.hpp"
#include "http/syntax.hpp"

namespace baton {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t longest_state = 512;
constexpr std::size_t length_of_00 = 55;

template <std::size_t N>
bool read_hex(std::string_view text, std::array<std::uint8_t, N>& into) noexcept {
  for (std::size_t i = 0; i < N; ++i) {
    const auto high = digits.find(text[2 * i]);
    const auto low = digits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    into[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  const std::size_t before = out.size();
  out.resize(before + 2 * bytes.size());
  char* at = out.data() + before;
  for (const std::uint8_t each : bytes) {
    *at++ = digits[each >> 4];
    *at++ = digits[each & 15];
  }
}

template <std::size_t N>
bool all_zeros(const std::array<std::uint8_t, N>& bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t each) { return each == 0; });
}

std::uint64_t mixed(std::uint64_t value) noexcept {  // the end of MurmurHash3, every bit of it depends on every one
  value = (value ^ value >> 33) * 0xff51afd7ed558ccdU;
  value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53U;
  return value ^ value >> 33;
}

// What nobody outside can foresee, and no other process has.
std::uint64_t secret(std::size_t which) {
  static const std::array<std::uint64_t, 3> drawn = [] {
    std::random_device source;
    std::array<std::uint64_t, 3> all{};
    for (std::uint64_t& each : all) each = std::uint64_t{source()} << 32 | source();
    return all;
  }();
  return drawn[which];
}

template <std::size_t N>
void put(std::uint64_t number, std::span<std::uint8_t, N> into) noexcept {
  for (std::size_t i = 0; i < 8; ++i) into[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

// Another number for every request of the process and every key.
std::uint64_t number_of(const request& req, std::uint64_t key) noexcept {
  std::uint64_t state = mixed(key);
  state = mixed(state ^ http::request_access::connection_id(req)) + key;
  state = mixed(state ^ http::request_access::serial(req)) + key;
  return mixed(state);
}

// RFC 9110 section 5.3: several lines are one list.
std::string state_of(const request& req) {
  std::string joined;
  for (const field_line& line : req.fields()) {
    if (!http::iequals(line.name, "tracestate") || line.value.empty()) continue;
    if (!joined.empty()) joined += ',';
    joined += line.value;
    if (joined.size() > longest_state) return {};
  }
  const auto fits = [](char each) { return each == '\t' || (each >= ' ' && each <= '~'); };
  if (!std::all_of(joined.begin(), joined.end(), fits) || joined.find('=') == std::string::npos) return {};
  return joined;
}

// One that is there twice says nothing.
std::optional<trace_parent> caller_of(const request& req) {
  std::optional<trace_parent> found;
  bool seen = false;
  for (const field_line& line : req.fields()) {
    if (!http::iequals(line.name, "traceparent")) continue;
    if (seen) return std::nullopt;
    seen = true;
    found = parse_traceparent(line.value);
  }
  return found;
}

}  // namespace

std::optional<trace_parent> parse_traceparent(std::string_view value) noexcept {
  if (value.size() < length_of_00 || value[2] != '-' || value[35] != '-' || value[52] != '-') return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  trace_parent read;
  if (!read_hex(value, version) || version[0] == 0xff) return std::nullopt;
  if (value.size() > length_of_00 && (version[0] == 0 || value[length_of_00] != '-')) return std::nullopt;
  const bool hex = read_hex(value.substr(3), read.trace_id) && read_hex(value.substr(36), read.span_id) &&
                   read_hex(value.substr(53), flags);
  if (!hex || all_zeros(read.trace_id) || all_zeros(read.span_id)) return std::nullopt;
  constexpr std::uint8_t known = 3;
  read.flags = flags[0] & known;
  return read;
}

std::string to_string(const trace_parent& value) {
  std::string text{"00-"};
  append_hex(text, value.trace_id);
  text += '-';
  append_hex(text, value.span_id);
  text += '-';
  append_hex(text, std::array{value.flags});
  return text;
}

std::string trace_context::trace_id() const {
  std::string text;
  append_hex(text, own.trace_id);
  return text;
}

trace_context trace_of(const request& req) {
  trace_context context;
  context.caller = caller_of(req);
  if (context.caller) {
    context.own.trace_id = context.caller->trace_id;
    context.own.flags = context.caller->flags;
    context.state = state_of(req);
  } else {
    const std::span<std::uint8_t, 16> whole{context.own.trace_id};
    put(number_of(req, secret(0)), whole.first<8>());
    put(number_of(req, secret(1)), whole.last<8>());
    context.own.trace_id[0] |= 1;  // never all zeros
  }
  put(number_of(req, secret(2)), std::span<std::uint8_t, 8>{context.own.span_id});
  context.own.span_id[0] |= 1;
  return context;
}

}  // namespace baton
