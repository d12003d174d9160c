#include "server/admin_routes.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/admin_pages.hpp"

namespace baton {
namespace {

using board_ptr = std::shared_ptr<const status_board>;

// Nothing from elsewhere, nothing inline, in nobody's frame.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

response guarded(response answer) {
  return std::move(answer)
      .set("Cache-Control", "no-store")
      .set("Content-Security-Policy", content_policy)
      .set("X-Content-Type-Options", "nosniff")
      .set("Referrer-Policy", "no-referrer");
}

handler page(std::string_view type, std::string_view content) {
  return handler{
      handler::plain{[type, content](request&) { return guarded(response::bytes(type, std::string{content})); }}};
}

// As soon as something changes, and with every second's numbers; `retry` brings the browser back soon, to the process
// that has the listener then.
task<void> send_events(board_ptr board, body_writer& out) {
  constexpr std::chrono::milliseconds glance{100};
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
  co_await out.write("retry: 500\n\n");
  std::uint64_t seen = 0;
  while (!board->passed_on.load()) {
    const std::uint64_t serial = board->serial();
    if (const auto text = serial == seen ? nullptr : board->text()) {
      seen = serial;
      co_await out.write("event: status\ndata: ");
      co_await out.write(*text);
      co_await out.write("\n\n");
      co_await out.flush();
    }
    timer.expires_after(glance);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  co_await out.write("event: passed\ndata: {}\nretry: 200\n\n");
}

response ready_answer(const status_board& board) {
  const bool yes = board.ready.load();
  const std::string text = yes ? "ready\n" : std::string{to_string(board.now.load())} + "\n";
  return guarded(response::text(text, yes ? status::ok : status::service_unavailable));
}

response status_answer(const status_board& board) {
  const auto text = board.text();
  if (text == nullptr) return guarded(response::problem(status::service_unavailable, "starting"));
  return guarded(response::json(*text));
}

}  // namespace

router admin_routes(board_ptr board, std::function<std::string()> metrics) {
  router routes;
  routes.get("/{$}", page("text/html; charset=utf-8", admin_pages::status_html));
  routes.get("/status.css", page("text/css; charset=utf-8", admin_pages::status_css));
  routes.get("/status.js", page("text/javascript; charset=utf-8", admin_pages::status_js));
  routes.get("/status.json", [board](request&) { return status_answer(*board); });
  routes.get("/events", [board](request&) {
    return guarded(
        response::stream("text/event-stream", [board](body_writer& out) { return send_events(board, out); }));
  });
  routes.get("/metrics", [metrics = std::move(metrics)](request&) {
    return guarded(response::bytes("text/plain; version=0.0.4; charset=utf-8", metrics()));
  });
  routes.get("/livez", [](request&) { return guarded(response::text("alive\n")); });
  routes.get("/readyz", [board](request&) { return ready_answer(*board); });
  return routes;
}

}  // namespace baton
