// Request heads: what is complete is complete by its own bytes alone, and no shorter prefix of it is.
#include <cstdint>
#include <string_view>

#include "expect.hpp"
#include "http/head_parser.hpp"
#include "http/request_access.hpp"

using namespace baton;

namespace {

http::head_result parse(std::string_view bytes, request& into) {
  http::head_info info;
  http::head_limits limits;
  limits.head = 2048;
  limits.fields = 20;
  limits.target = 512;
  http::request_access::clear(into);
  return http::parse_head(bytes, limits, into, info);
}

bool within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  request req;
  const auto result = parse(bytes, req);
  if (result.outcome == http::head_outcome::refused) fuzz::expect(!result.reason.empty());
  if (result.outcome != http::head_outcome::complete) return 0;
  fuzz::expect(result.consumed <= size && result.consumed != 0);
  fuzz::expect(req.path() == "*" || (!req.path().empty() && req.path().front() == '/'));
  fuzz::expect(req.fields().size() <= 20);
  for (const field_line& line : req.fields()) fuzz::expect(within(line.name, bytes) && within(line.value, bytes));

  request again;
  const std::string_view head = bytes.substr(0, result.consumed);
  fuzz::expect(parse(head, again).outcome == http::head_outcome::complete);
  fuzz::expect(again.path() == req.path() && again.fields().size() == req.fields().size());
  const auto shorter = parse(head.substr(0, head.size() - 1), again);
  fuzz::expect(shorter.outcome != http::head_outcome::complete);
  return 0;
}
