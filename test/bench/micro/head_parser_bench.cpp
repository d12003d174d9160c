// Reading a request's head, as a connection does: the request is cleared and filled in place.
#include <benchmark/benchmark.h>

#include "heads.hpp"
#include "http/head_parser.hpp"
#include "http/request_access.hpp"

namespace baton::bench {
namespace {

void parse_head(benchmark::State& state, const std::string& head) {
  request req;
  http::head_info info;
  for (auto _ : state) {
    http::request_access::clear(req);
    const auto result = http::parse_head(head, {}, req, info);
    if (result.consumed != head.size()) return state.SkipWithError("the head was not read");
    benchmark::DoNotOptimize(req.fields().data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(head.size()) * state.iterations());
}

BENCHMARK_CAPTURE(parse_head, short, short_head());
BENCHMARK_CAPTURE(parse_head, browser, browser_head());
BENCHMARK_CAPTURE(parse_head, 40_fields, many_fields_head(40));

}  // namespace
}  // namespace baton::bench
