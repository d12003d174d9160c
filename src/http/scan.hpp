// Finding the first byte of a kind, sixteen at a time where the processor's baseline has SSE2. Reading a
// head is little else, and byte by byte it was a third of what a request costs.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>

#include <bit>
#endif

#include "http/syntax.hpp"

namespace baton::http {

#if defined(__SSE2__)
namespace detail {
[[nodiscard]] inline __m128i sixteen(const char* at) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
[[nodiscard]] inline __m128i at_most(__m128i bytes, char limit) noexcept {
  return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(limit)), bytes);
}
[[nodiscard]] inline __m128i equal(__m128i bytes, char value) noexcept {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(value));
}
[[nodiscard]] inline std::uint32_t bits(__m128i bytes) noexcept {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
}

/// A bit for each of the sixteen bytes at `at` that may not stand in a field value.
[[nodiscard]] inline std::uint32_t bad_in_value(const char* at) noexcept {
  const __m128i bytes = sixteen(at);
  const __m128i control = _mm_andnot_si128(equal(bytes, '\t'), at_most(bytes, 0x1f));
  return bits(_mm_or_si128(control, equal(bytes, 0x7f)));
}

/// A bit for each of them that is a control character or a space.
[[nodiscard]] inline std::uint32_t not_in_target(const char* at) noexcept {
  const __m128i bytes = sixteen(at);
  return bits(_mm_or_si128(at_most(bytes, ' '), equal(bytes, 0x7f)));
}

/// Those between the two, both included.
[[nodiscard]] inline __m128i among(__m128i bytes, char first, char last) noexcept {
  return at_most(_mm_sub_epi8(bytes, _mm_set1_epi8(first)), static_cast<char>(last - first));
}
[[nodiscard]] inline __m128i letter(__m128i bytes) noexcept {
  return among(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
}

/// A bit for each of them that is no letter, digit or hyphen: nearly every field name is made of those alone.
[[nodiscard]] inline std::uint32_t unusual_in_token(const char* at) noexcept {
  const __m128i bytes = sixteen(at);
  return ~bits(_mm_or_si128(_mm_or_si128(letter(bytes), among(bytes, '0', '9')), equal(bytes, '-'))) & 0xffffU;
}

/// A bit for each of them that is no letter, digit, slash, hyphen or underscore.
[[nodiscard]] inline std::uint32_t unusual_in_path(const char* at) noexcept {
  const __m128i bytes = sixteen(at);
  const __m128i joint = _mm_or_si128(equal(bytes, '-'), equal(bytes, '_'));
  return ~bits(_mm_or_si128(_mm_or_si128(letter(bytes), among(bytes, '/', '9')), joint)) & 0xffffU;
}

/// A bit for each of eight bytes at `at` that is no letter, digit, dot or hyphen.
[[nodiscard]] inline std::uint32_t unusual_in_host(const char* at) noexcept {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(at));
  return ~bits(_mm_or_si128(_mm_or_si128(letter(bytes), among(bytes, '0', '9')), among(bytes, '-', '.'))) & 0xffU;
}

/// A bit for each of them that is a control character, a quote, a backslash or beyond ASCII.
[[nodiscard]] inline std::uint32_t not_printable(const char* at) noexcept {
  const __m128i bytes = sixteen(at);
  const __m128i escaped = _mm_or_si128(equal(bytes, '"'), equal(bytes, '\\'));
  return bits(_mm_andnot_si128(escaped, among(bytes, ' ', '~'))) ^ 0xffffU;
}

/// Passes over blocks of `width` bytes in which `found` marks none: the first byte marked, or the first of the fewer
/// that are left.
template <auto found, std::ptrdiff_t width = 16>
[[nodiscard]] inline const char* skip_blocks(const char* at, const char* end) noexcept {
  for (; end - at >= width; at += width) {
    if (const std::uint32_t marked = found(at)) return at + std::countr_zero(marked);
  }
  return at;
}
}  // namespace detail
#endif

/// The first byte from `at` on that may not stand in a field value (RFC 9110 section 5.5); `end` if there is
/// none. The end of the line is such a byte. From `begin` on bytes may be looked at.
[[nodiscard]] inline const char* skip_value([[maybe_unused]] const char* begin, const char* at,
                                            const char* end) noexcept {
#if defined(__SSE2__)
  at = detail::skip_blocks<detail::bad_in_value>(at, end);
  if (end - at >= 16) return at;
  if (end - begin >= 16 && at != end) {  // the last sixteen, without those that have been seen
    const std::uint32_t found = detail::bad_in_value(end - 16) >> (at - (end - 16));
    return found != 0 ? at + std::countr_zero(found) : end;
  }
#endif
  while (at != end && !is_bad_in_value(*at)) ++at;
  return at;
}

/// The first byte from `at` on that is a control character or a space; `end` if there is none.
[[nodiscard]] inline const char* skip_target(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  at = detail::skip_blocks<detail::not_in_target>(at, end);
#endif
  while (at != end && (static_cast<unsigned char>(*at) > 0x20 && *at != 0x7f)) ++at;
  return at;
}

/// The first byte from `at` on that is no letter, digit, slash, hyphen or underscore; `end` if there is none. What is
/// passed over means itself in a path, wherever it stands.
[[nodiscard]] inline const char* skip_plain(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  at = detail::skip_blocks<detail::unusual_in_path>(at, end);
#endif
  while (at != end && (is_alpha(*at) || is_digit(*at) || *at == '/' || *at == '-' || *at == '_')) ++at;
  return at;
}

/// The first byte from `at` on that has no place in a registered name (RFC 3986 section 3.2.2), a `%` included.
[[nodiscard]] inline const char* skip_host(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  at = detail::skip_blocks<detail::unusual_in_host, 8>(at, end);
#endif
  while (at != end && is_name_char(*at)) ++at;
  return at;
}

/// The first byte from `at` on that may not stand between quotes in a line of a log as it is; `end` if there is none.
[[nodiscard]] inline const char* skip_printable(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  at = detail::skip_blocks<detail::not_printable>(at, end);
#endif
  while (at != end && *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\') ++at;
  return at;
}

/// The first byte from `at` on that is no `tchar`; `end` if there is none.
[[nodiscard]] inline const char* skip_token(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  at = detail::skip_blocks<detail::unusual_in_token>(at, end);
#endif
  while (at != end && is_token_char(*at)) ++at;
  return at;
}

}  // namespace baton::http
