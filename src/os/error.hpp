// Expected failures of system calls, as values: which call on which thing, and the system's code.
// boost::system::result carries them; `value()` of a failed one throws std::system_error's Boost twin,
// so that a caller who does not expect the failure need not test for it.
#pragma once

#include <cerrno>
#include <string>
#include <utility>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

namespace baton::os {

struct error {
  // Not an aggregate: a result<std::string> could not tell a text from an error then.
  error() = default;
  error(std::string call_and_thing, boost::system::error_code system_code)
      : what{std::move(call_and_thing)}, code{system_code} {}

  std::string what;                ///< the call and the thing: `execve /srv/app`
  boost::system::error_code code;  ///< empty where no system call failed and `what` says it all

  /// `execve /srv/app: permission denied`, for logs.
  [[nodiscard]] std::string text() const;
};

/// An `error` from errno, or from `number`.
[[nodiscard]] inline error last_error(std::string what, int number = errno) {
  return {std::move(what), {number, boost::system::system_category()}};
}

[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw boost::system::system_error{e.code, e.what};
}

/// `has_value()`, `*r`, `r.error()`.
template <class T>
using result = boost::system::result<T, error>;

}  // namespace baton::os
