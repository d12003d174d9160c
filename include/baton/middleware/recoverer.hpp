// Turns what is thrown behind it into an answer. The engine does that too, outside of every middleware; within the
// chain it lets those around it see the answer and adorn it.
#pragma once

#include <exception>
#include <functional>
#include <optional>

#include <baton/router.hpp>

namespace baton::with {

/// Called on the worker with what was thrown; nullopt leaves it to the default. What it throws itself is answered in
/// place of the first.
using recovery = std::function<std::optional<response>(const request&, const std::exception_ptr&)>;

/// By default http_error answers as it says and everything else as a bare 500, logged with the request's id.
[[nodiscard]] middleware recoverer(recovery hook = {});

}  // namespace baton::with
