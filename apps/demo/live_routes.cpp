#include <chrono>
#include <string>
#include <utility>

#include <baton/baton.hpp>

#include "routes.hpp"

namespace demo {
namespace {

using baton::request;
using baton::response;
using baton::task;

// One a second, counted on from what the client had last.
task<void> count_seconds(baton::event_sender& out) {
  unsigned long number = 0;
  const std::string last{out.last_event_id()};
  if (last.find_first_not_of("0123456789") == std::string::npos && !last.empty() && last.size() < 10) {
    number = std::stoul(last);
  }
  do {
    ++number;
    baton::event tick{std::to_string(number), {}, std::to_string(number)};
    co_await out.send(std::move(tick));
  } while (co_await out.wait(std::chrono::seconds{1}));
}

task<void> echo_messages(baton::websocket& socket) {
  while (auto message = co_await socket.read()) co_await socket.send(std::move(*message));
}

}  // namespace

void add_live_routes(baton::router& routes) {
  routes.get("/events", [](request& req) { return baton::event_stream(req, count_seconds); });
  routes.get("/ws", [](request& req) { return baton::accept_websocket(req, echo_messages); });
}

}  // namespace demo
