#include "base/log.hpp"

#include <atomic>
#include <memory>
#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace baton::log {
namespace {

std::atomic<level> lowest_level{level::info};

spdlog::level::level_enum to_spdlog(level l) noexcept {
  switch (l) {
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warning:
      return spdlog::level::warn;
    case level::error:
      break;
  }
  return spdlog::level::err;
}

// Never destroyed: threads may still log while statics are being destroyed.
spdlog::logger& logger() {
  static auto* const instance = [] {
    auto* const made = new spdlog::logger{"baton", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %P %l: %v");
    return made;
  }();
  return *instance;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void set_level(level lowest) noexcept {
  lowest_level.store(lowest, std::memory_order_relaxed);
}

bool enabled(level l) noexcept {
  return l >= lowest_level.load(std::memory_order_relaxed);
}

void write(level l, std::string_view text) noexcept {
  try {
    logger().log(to_spdlog(l), escaped(text));
  } catch (...) {  // a log line that cannot be made is not worth a request
  }
}

}  // namespace baton::log
