// Media types by file name extension, and which of them are worth compressing.
#pragma once

#include <string_view>

namespace baton::http {

/// Of the text behind the last dot of `path`'s last segment, without regard to case; with `charset=utf-8` where it
/// is text. `application/octet-stream` for what is not known.
[[nodiscard]] std::string_view media_type_of(std::string_view path) noexcept;

/// The extension without its dot; empty if there is none. A leading dot begins none.
[[nodiscard]] std::string_view extension_of(std::string_view path) noexcept;

/// Text, and formats that are not compressed in themselves. Parameters of `type` do not matter.
[[nodiscard]] bool is_compressible(std::string_view type) noexcept;

/// `type` without its parameters.
[[nodiscard]] std::string_view bare_type(std::string_view type) noexcept;

}  // namespace baton::http
