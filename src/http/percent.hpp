// Percent-decoding (RFC 3986 section 2.1), exactly once and strictly: a `%` without two hexadecimal
// digits is an error and never a literal, so that no two readers of a path can disagree.
#pragma once

#include <string>
#include <string_view>

namespace baton::http {

enum class plus_sign : bool { kept, means_space };

/// Appends `text` decoded to `out`. False for a broken escape; `out` is then unspecified.
[[nodiscard]] bool append_decoded(std::string& out, std::string_view text, plus_sign plus = plus_sign::kept);

}  // namespace baton::http
