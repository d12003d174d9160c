#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/baton.hpp>

#include "routes.hpp"

namespace demo {
namespace {

using baton::body_stream;
using baton::body_writer;
using baton::request;
using baton::response;
using baton::task;

// Tests learn from this file which requests have run, and how often.
void log_execution(const request& req) {
  const char* const path = std::getenv("HOTCHECK_EXEC_LOG");
  if (path == nullptr) return;
  const std::string line = std::string{req.get("X-Req-Id").value_or("-")} + "\n";
  const int fd = ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw std::system_error{errno, std::system_category(), path};
  const auto written = ::write(fd, line.data(), line.size());
  ::close(fd);
  if (written != static_cast<ssize_t>(line.size())) throw std::runtime_error{"the execution log is full"};
}

task<response> echo(request& req, body_stream& body) {
  log_execution(req);
  const auto type = req.get(baton::field::content_type).value_or("application/octet-stream");
  auto copy = [&body](body_writer& out) -> task<void> {
    for (;;) {
      const std::string_view piece = co_await body.read();
      if (piece.empty()) break;
      co_await out.write(piece);
    }
  };
  co_return response::stream(type, copy, req.content_length());
}

constexpr std::string_view pattern = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+\n";
static_assert(pattern.size() == 64);

// Many of them in a row, so that much can be written at once.
std::string_view repeated_pattern() {
  static const std::string text = [] {
    std::string made;
    while (made.size() < std::size_t{128} * 1024) made += pattern;
    return made;
  }();
  return text;
}

task<void> send_pattern(body_writer& out, std::uint64_t bytes, std::uint64_t chunk, std::chrono::milliseconds delay) {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  std::uint64_t sent = 0;
  while (sent < bytes) {
    const std::uint64_t end = std::min(bytes, sent + chunk);
    while (sent < end) {
      const std::string_view rest = repeated_pattern().substr(sent % pattern.size());
      const std::string_view piece = rest.substr(0, end - sent);
      co_await out.write(piece);
      sent += piece.size();
    }
    if (delay.count() == 0 || sent == bytes) continue;
    co_await out.flush();
    timer.expires_after(delay);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

response download(request& req) {
  const auto bytes = req.query_or<std::uint64_t>("bytes", 1024);
  const auto chunk = std::max<std::uint64_t>(req.query_or<std::uint64_t>("chunk", 16 * 1024), 1);
  const std::chrono::milliseconds delay{std::min(req.query_or<std::uint32_t>("delay", 0), 3'600'000U)};
  auto produce = [bytes, chunk, delay](body_writer& out) { return send_pattern(out, bytes, chunk, delay); };
  return response::stream("text/plain; charset=utf-8", produce, bytes);
}

}  // namespace

void add_stream_routes(baton::router& routes) {
  routes.post("/echo", echo);
  routes.get("/download", download);
}

}  // namespace demo
