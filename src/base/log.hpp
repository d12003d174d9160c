// The process's own log, on standard error until it is told another destination. One line an event, lower
// case, naming the thing and what happens next. Formatting is fmt's; spdlog stays behind log.cpp, for it
// costs seconds to include.
#pragma once

#include <memory>
#include <string_view>

#include <fmt/core.h>

namespace baton::log {

enum class level { debug, info, warning, error };

/// Where lines go.
class destination {
 public:
  virtual ~destination() = default;
  /// One whole line with its end, from one thread at a time. False: it could not be written (and goes to
  /// standard error instead).
  virtual bool write(std::string_view line) noexcept = 0;
};

/// Lines go there from now on; null: to standard error. A line that is being written is finished first, then what
/// was there is destroyed. Any thread.
void set_destination(std::unique_ptr<destination> next) noexcept;

/// Any thread. Default: info.
void set_level(level lowest) noexcept;
[[nodiscard]] bool enabled(level l) noexcept;
/// Any thread. Control characters in `text` are escaped. Never throws.
void write(level l, std::string_view text) noexcept;

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level::debug)) write(level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level::info)) write(level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level::warning)) write(level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(level::error)) write(level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace baton::log
