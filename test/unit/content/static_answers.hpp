// What static files answer when they are asked as a route `/static/{path...}`.
#pragma once

#include <string>
#include <string_view>

#include <baton/file_content.hpp>
#include <baton/router.hpp>
#include <baton/static_files.hpp>

#include "http/route_table.hpp"
#include "os/file_reading.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton::test {

inline response answer(const static_files& files, const std::string& target, const std::string& fields = {},
                       const std::string& method = "GET") {
  router routes;
  routes.handle("/static/{path...}", files);
  const auto table = routes.release();
  http::parsed_head head{method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"};
  if (head.result.outcome != http::head_outcome::complete) return response{status::bad_request};
  return run_task(table->find(head.req).run(head.req));
}

inline std::string body_of(const response& from) {
  return from.file_body() ? os::read_content(*from.file_body()).value() : std::string{from.body()};
}

/// Status and body.
inline std::string got(const static_files& files, const std::string& target, const std::string& fields = {}) {
  const response from = answer(files, target, fields);
  const auto code = std::to_string(static_cast<unsigned>(from.status()));
  return from.file_body() ? code + " " + body_of(from) : code;
}

inline std::string field_of(const response& from, std::string_view name) {
  return std::string{from.get(name).value_or("-")};
}

}  // namespace baton::test
