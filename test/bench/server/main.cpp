// What test/bench/run measures: a program of the public API alone with a route for each workload. It is started with
// the shipped configuration; everything that a deployed server has (limits, deadlines, registry, metrics, drain) is on.
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <baton/baton.hpp>
#include <baton/middleware.hpp>

namespace {

using baton::request;
using baton::response;
using baton::task;

response hello(request&) {
  return response::text(baton::literal{"Hello, World!"});
}

response json(request&) {
  const std::string_view message = "Hello, World!";
  std::string body{"{\"message\":\""};
  body.append(message).append("\"}");
  return response::json(std::move(body));
}

task<response> hello_later(request&) {
  co_return response::text(baton::literal{"Hello, World!"});
}

response echo(request& req) {
  return response::bytes("application/octet-stream", std::string{req.body()});
}

// How many bytes came: the body is read piece by piece and kept nowhere.
task<response> sink(request&, baton::body_stream& body) {
  std::uint64_t size = 0;
  for (;;) {
    const std::string_view piece = co_await body.read();
    if (piece.empty()) break;
    size += piece.size();
  }
  co_return response::text(std::to_string(size));
}

task<void> echo_messages(baton::websocket& socket) {
  while (auto message = co_await socket.read()) co_await socket.send(std::move(*message));
}

unsigned number(const std::string& text, unsigned fallback) {
  unsigned value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// /r0/{group}/items/{item} and so on: as many prefixes, two parameters each, one of them a number.
void add_parameter_routes(baton::router& routes, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    routes.get("/r" + std::to_string(i) + "/{group}/items/{item}",
               [](request& req) { return response::text(std::to_string(req.param<std::int64_t>("item"))); });
  }
}

void add_wrapped_routes(baton::router& routes) {
  routes.group("/wrapped", [](baton::router& below) {
    for (int layer = 0; layer < 3; ++layer) {
      below.use([](request& req, baton::next rest) -> task<response> {
        response answer = co_await rest(req);
        co_return answer;
      });
    }
    below.get("/plaintext", hello);
  });
}

}  // namespace

int main(int argc, char** argv) {
  baton::application app{argc, argv};
  app.add_option("static_root", "directory whose files GET /static/... answers", ".");
  app.add_option("routes", "how many routes with parameters there are", "300");
  app.add_option("events", "how many events a second GET /fan-out sends to each listener", "20");
  if (!app.parse()) return app.exit_status();

  baton::router& routes = app.routes();
  routes.get("/plaintext", hello);
  routes.get("/json", json);
  routes.get("/coroutine", hello_later);
  routes.post("/echo", echo);
  routes.post("/sink", sink);
  routes.get("/static/{path...}", baton::static_files{app.option("static_root")});
  routes.get("/ws", [](request& req) { return baton::accept_websocket(req, echo_messages); });
  add_wrapped_routes(routes);
  add_parameter_routes(routes, number(app.option("routes"), 300));

  baton::event_channel channel;
  routes.get("/fan-out", [&channel](request& req) { return channel.stream(req); });
  if (const unsigned rate = number(app.option("events"), 20); rate != 0) {
    app.every(std::chrono::milliseconds{1000 / rate},
              [&channel] { channel.publish(baton::event{"0123456789abcdef0123456789abcdef"}); });
  }
  return app.run();
}
