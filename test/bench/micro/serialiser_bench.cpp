// Making an answer and appending its head, with the date and server lines that a worker has ready.
#include <benchmark/benchmark.h>

#include <string>

#include "http/serialiser.hpp"

namespace baton::bench {
namespace {

constexpr http::head_context context{
    .date_line = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", .server_line = "Server: baton\r\n", .length = 13};

void append(benchmark::State& state, const response& answer) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    http::append_head(out, answer, context);
    benchmark::DoNotOptimize(out.data());
  }
  if (!out.ends_with("\r\n\r\n")) state.SkipWithError("no head was made");
}

void append_head_plaintext(benchmark::State& state) {
  append(state, response::text(literal{"Hello, World!"}));
}

void append_head_6_fields(benchmark::State& state) {
  append(state, response::text(literal{"Hello, World!"})
                    .set("Cache-Control", "private, max-age=60")
                    .set("ETag", "\"0123456789abcdef\"")
                    .set("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
                    .set("Vary", "Accept-Encoding")
                    .set("X-Request-Id", "0123456789abcdef")
                    .set("Strict-Transport-Security", "max-age=31536000"));
}

// From the handler's answer to the bytes.
void answer_plaintext(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    const response answer = response::text(literal{"Hello, World!"});
    http::append_head(out, answer, context);
    out += answer.body();
    benchmark::DoNotOptimize(out.data());
  }
}

BENCHMARK(append_head_plaintext);
BENCHMARK(append_head_6_fields);
BENCHMARK(answer_plaintext);

}  // namespace
}  // namespace baton::bench
