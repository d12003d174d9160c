// A handler behind middleware, asked as the connection asks it: what is thrown past the chain becomes an answer.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <baton/middleware.hpp>

#include "http/error_response.hpp"
#include "http/route_table.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton {

/// A request head with a method, and field lines with their ends.
inline std::string head_of(std::string_view method, std::string_view fields = {}) {
  return std::string{method} + " / HTTP/1.1\r\nHost: example.org\r\n" + std::string{fields} + "\r\n";
}

class chain {
 public:
  explicit chain(
      std::vector<middleware> pieces, handler inner = [](request&) { return response::text("served"); }) {
    router routes;
    for (middleware& each : pieces) routes.use(std::move(each));
    routes.handle("/{$}", std::move(inner));
    table_ = routes.release();
  }

  /// The answer as a coroutine, for tests that run several at a time.
  [[nodiscard]] task<response> run(http::parsed_head& head) const {
    response answer;
    std::exception_ptr error;
    try {
      answer = co_await table_->find(head.req).run(head.req);
    } catch (...) {
      error = std::current_exception();
    }
    if (error) answer = http::error_response(error, head.req);
    co_return answer;
  }

  response ask(std::string_view method = "GET", std::string_view fields = {}, const char* peer = "192.0.2.1:80") const {
    http::parsed_head head{head_of(method, fields)};
    BOOST_REQUIRE(head.result.outcome == http::head_outcome::complete);
    connection_info info;
    info.client = client_address::parse(peer).value();
    http::request_access::connection(head.req) = &info;
    return run_task(run(head));
  }

 private:
  std::shared_ptr<const http::route_table> table_;
};

inline std::string value_of(const response& answer, std::string_view field) {
  return std::string{answer.get(field).value_or("(none)")};
}

inline unsigned code_of(const response& answer) {
  return static_cast<unsigned>(answer.status());
}

}  // namespace baton
