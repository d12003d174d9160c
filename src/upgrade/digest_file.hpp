// What a file of digests demands: the output of sha256sum, or a digest alone.
#pragma once

#include <string>
#include <string_view>

#include "os/error.hpp"

namespace baton::upgrade {

/// The digest for a file called `name` (without directories), 64 lower-case hexadecimal digits. One line
/// counts whatever it names; of several those whose last path component is `name`, which must agree.
/// `file` is for the error's text.
os::result<std::string> demanded_digest(std::string_view text, std::string_view name, const std::string& file);

}  // namespace baton::upgrade
