#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <unistd.h>

#include <baton/baton.hpp>

#include "routes.hpp"

namespace demo {
namespace {

using baton::request;
using baton::response;
using baton::task;

std::chrono::milliseconds duration_of(const request& req) {
  constexpr std::int64_t longest = 3'600'000;
  return std::chrono::milliseconds{std::clamp<std::int64_t>(req.query_or<std::int64_t>("ms", 0), 0, longest)};
}

response slept(std::chrono::milliseconds time) {
  return response::text("slept " + std::to_string(time.count()));
}

task<response> sleep(request& req) {
  const auto time = duration_of(req);
  co_await baton::sleep_for(time);
  co_return slept(time);
}

response block(request& req) {
  const auto time = duration_of(req);
  std::this_thread::sleep_for(time);
  return slept(time);
}

response user(request& req) {
  const auto id = req.param<std::int64_t>("id");
  return response::json("{\"id\":" + std::to_string(id) + "}");
}

}  // namespace

void add_basic_routes(baton::router& routes, identity who, baton::carried_counter& counter) {
  routes.get("/plaintext", [](request&) { return response::text(baton::literal{"Hello, World!"}); });
  routes.get("/json", [](request&) {
    const std::string_view message = "Hello, World!";
    std::string body{"{\"message\":\""};
    body.append(message).append("\"}");
    return response::json(std::move(body));
  });
  routes.get("/pid", [](request&) { return response::text(std::to_string(::getpid())); });
  routes.get("/generation", [number = who.generation](request&) { return response::text(std::to_string(number)); });
  routes.get("/version", [text = std::move(who.version)](request&) { return response::text(text->get()); });
  routes.get("/sleep", sleep);
  routes.get("/block", baton::blocking(block));
  routes.get("/client",
             [](request& req) { return response::text(req.client().to_string() + " " + std::string{req.scheme()}); });
  routes.get("/users/{id}", user);
  routes.get("/throw", [](request&) -> response { throw std::runtime_error{"this text stays in the log"}; });

  routes.get("/counter", [&counter](request&) { return response::text(std::to_string(counter.value())); });
  routes.post("/counter", [&counter](request&) { return response::text(std::to_string(counter.add())); });
}

}  // namespace demo
