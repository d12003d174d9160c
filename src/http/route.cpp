#include <stdexcept>
#include <utility>
#include <variant>

#include "http/exchange.hpp"
#include "http/request_access.hpp"
#include "http/route_table.hpp"

namespace baton {

task<response> next::operator()(request& req) const {
  return route_->run_from(index_, req);
}

void background(request& req, background_job work) {
  http::exchange* const running = http::request_access::exchange(req);
  if (running == nullptr) throw std::logic_error{"a background task needs a request that is being served"};
  running->run_in_background(std::move(work));
}

namespace http {
namespace {

// The handler outlives the frame: it lies in the route table.
task<response> call_plain(const handler::plain& call, request& req) {
  co_return call(req);
}

struct caller {
  request& req;

  task<response> operator()(const handler::plain& call) const { return call_plain(call, req); }
  task<response> operator()(const handler::coroutine& call) const { return call(req); }
  task<response> operator()(const handler::streaming& call) const {
    return call(req, request_access::exchange(req)->body());
  }
  task<response> operator()(const handler::blocking& call) const {
    return request_access::exchange(req)->run_blocking(call.call, req);
  }
};

}  // namespace

const handler::plain* route::direct() const noexcept {
  return chain.empty() ? std::get_if<handler::plain>(&call.call()) : nullptr;
}

bool route::streams_body() const noexcept {
  return std::holds_alternative<handler::streaming>(call.call());
}

task<response> route::run(request& req) const {
  return run_from(0, req);
}

task<response> route::run_from(std::size_t index, request& req) const {
  if (index < chain.size()) return chain[index](req, next_at(index + 1));
  return std::visit(caller{req}, call.call());
}

}  // namespace http
}  // namespace baton
