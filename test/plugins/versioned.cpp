// A plugin in several versions, which differ in what VERSION says: every manner in which its code can be in
// use when the next version comes.
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/plugin.hpp>

namespace {

using namespace std::chrono_literals;
using baton::request;
using baton::response;
using baton::task;

constexpr baton::literal version{VERSION};

// 60,000 bytes, which are sent from where they lie in the object.
constexpr baton::literal large{
#define TEN(x) x x x x x x x x x x
    TEN(TEN(TEN("0123456789abcdefghijklmnopqrstuvwxyz<<<<<<<<<>>>>>>>>>>>>>>>")))
#undef TEN
};

std::chrono::milliseconds time_of(const request& req) {
  return std::chrono::milliseconds{req.query_or<unsigned>("ms", 100)};
}

task<void> wait(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor, time};
  co_await timer.async_wait(boost::asio::use_awaitable);
}

task<response> sleep(request& req) {
  co_await wait(time_of(req));
  co_return response::text(version);
}

response block(request& req) {
  std::this_thread::sleep_for(time_of(req));
  return response::text(version);
}

response stream(request& req) {
  const auto time = time_of(req);
  return response::stream("text/plain", [time](baton::body_writer& out) -> task<void> {
    co_await out.write("begun ");
    co_await out.flush();
    co_await wait(time);
    co_await out.write(version.view());
  });
}

response tunnel(request&) {
  return response::upgrade("raw", [](baton::upgraded_stream& stream) -> task<void> {
    for (;;) {
      const std::string_view got = co_await stream.read();
      if (got.empty()) co_return;
      co_await stream.write(version.view());
    }
  });
}

struct own_error : std::runtime_error {
  using std::runtime_error::runtime_error;
  ~own_error() override { ++destroyed; }
  static inline int destroyed = 0;
};

response fail(request&) {
  throw own_error{"of the plugin's own type"};
}

// Goes on after the answer.
auto background(baton::plugin_host& host) {
  return [hold = host.hold()](request& req) -> task<response> {
    boost::asio::co_spawn(
        co_await boost::asio::this_coro::executor,
        [](std::chrono::milliseconds time, std::shared_ptr<const void> held) -> task<void> {
          co_await wait(time);
          static_cast<void>(held);
        }(time_of(req), hold),
        boost::asio::detached);
    co_return response::text(version);
  };
}

void load(baton::plugin_host& host) {
  baton::router& routes = host.routes();
  routes.get("/plugin/version", [](request&) { return response::text(version); });
  routes.get("/plugin/sleep", sleep);
  routes.get("/plugin/block", baton::blocking(block));
  routes.get("/plugin/stream", stream);
  routes.get("/plugin/tunnel", tunnel);
  routes.get("/plugin/large", [](request&) { return response::text(large); });
  routes.get("/plugin/throw", fail);
  routes.get("/plugin/background", background(host));
}

}  // namespace

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("versioned", VERSION, load);
