// Lines of the access log and trace contexts, from bytes that a client chose: one line each, printable, with nothing
// hidden shown. The first byte says the format; then come target, user agent, traceparent and tracestate, a line each.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <baton/trace_context.hpp>

#include "expect.hpp"
#include "http/access_line.hpp"
#include "http/request_access.hpp"

namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using baton::http::request_access;
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  if (rest.empty()) return 0;
  const bool json = (rest.front() & 1) != 0;
  rest.remove_prefix(1);
  baton::request req;
  request_access::method_text(req) = "GET";
  request_access::target(req) = take_line(rest);
  auto& fields = request_access::fields(req);
  fields.push_back({baton::field::user_agent, "User-Agent", take_line(rest)});
  fields.push_back({baton::field::unknown, "traceparent", take_line(rest)});
  fields.push_back({baton::field::unknown, "tracestate", take_line(rest)});

  const auto format = json ? baton::access_log_format::json : baton::access_log_format::combined;
  const baton::http::redactions hidden{{"token"}};
  baton::http::access_facts facts;
  facts.of = &req;
  facts.status = 200;
  facts.client = baton::client_address::parse("192.0.2.1:1").value();
  std::string line;
  begin_access_line(line, format, hidden, facts);
  baton::http::finish_access_line(line, format, std::chrono::microseconds{1}, false);
  baton::fuzz::expect(line.find('\n') == line.size() - 1);
  for (const char c : line) baton::fuzz::expect(c == '\n' || static_cast<unsigned char>(c) >= ' ');
  baton::fuzz::expect(baton::parse_traceparent(trace_of(req).traceparent()).has_value());
  return 0;
}
