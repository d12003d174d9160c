#include "server/log_output.hpp"

#include <utility>

#include "base/log.hpp"
#include "os/log_file.hpp"

namespace baton {

os::result<void> log_to(const std::string& path) {
  if (path.empty()) {
    log::set_destination(nullptr);
    return {};
  }
  auto opened = os::open_log_file(path);
  if (!opened) return opened.error();
  log::set_destination(std::move(*opened));
  return {};
}

void set_log_level(log_level lowest) noexcept {
  switch (lowest) {
    case log_level::debug:
      return log::set_level(log::level::debug);
    case log_level::info:
      return log::set_level(log::level::info);
    case log_level::warning:
      return log::set_level(log::level::warning);
    case log_level::error:
      return log::set_level(log::level::error);
  }
}

}  // namespace baton
