#include "base/log.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

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

// spdlog's own file sinks gather lines in a buffer whose flush may cut one in two, which another process
// appending to the same file would then write into; and they cannot be pointed elsewhere while they are in use.
class output final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void replace(std::unique_ptr<destination> next) {
    const std::lock_guard lock{mutex_};
    target_.swap(next);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (target_ && target_->write({line.data(), line.size()})) return;
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }

  std::unique_ptr<destination> target_;  // guarded by the base's mutex_
};

struct logger_with_output {
  std::shared_ptr<output> lines = std::make_shared<output>();  // shared, for spdlog wants it so
  spdlog::logger logger{"baton", lines};
};

// Never destroyed: threads may still log while statics are being destroyed.
logger_with_output& instance() {
  static auto* const made = [] {
    auto* const fresh = new logger_with_output;
    fresh->logger.set_level(spdlog::level::trace);
    fresh->logger.flush_on(spdlog::level::trace);
    fresh->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %P %l: %v");
    return fresh;
  }();
  return *made;
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

void set_destination(std::unique_ptr<destination> next) noexcept {
  instance().lines->replace(std::move(next));
}

void set_level(level lowest) noexcept {
  lowest_level.store(lowest, std::memory_order_relaxed);
}

bool enabled(level l) noexcept {
  return l >= lowest_level.load(std::memory_order_relaxed);
}

void write(level l, std::string_view text) noexcept {
  try {
    instance().logger.log(to_spdlog(l), escaped(text));
  } catch (...) {  // a log line that cannot be made is not worth a request
  }
}

}  // namespace baton::log
