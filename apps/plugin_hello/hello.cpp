// A plugin for the reference server: `baton-demo --plugin build/release/plugins/hello.so`. Change the text,
// build, reload: the next request gets the new one.
#include <chrono>
#include <string>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <baton/plugin.hpp>

namespace {

constexpr baton::literal greeting{"hello from a plugin\n"};

// The greeting, once for every `n`, a moment apart: code that is not finished when its successor comes.
baton::response count(baton::request& req) {
  const auto times = req.query_or<unsigned>("n", 10);
  return baton::response::stream("text/plain", [times](baton::body_writer& out) -> baton::task<void> {
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
    for (unsigned i = 1; i <= times; ++i) {
      const std::string line = std::to_string(i) + " " + std::string{greeting.view()};
      co_await out.write(line);
      co_await out.flush();
      timer.expires_after(std::chrono::milliseconds{100});
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  });
}

void load(baton::plugin_host& host) {
  host.routes().get("/hello", [](baton::request&) { return baton::response::text(greeting); });
  host.routes().get("/hello/count", count);
}

}  // namespace

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("hello", "1.0", load);
