// Reading a chunked body of 64 KiB, in few large chunks and in many small ones.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "http/chunked_decoder.hpp"

namespace baton::bench {
namespace {

constexpr std::size_t body_size = 64 * 1024;

std::string chunked(std::size_t chunk) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string size;
  for (auto left = chunk; left != 0; left /= 16) size.insert(size.begin(), digits[left % 16]);
  std::string body;
  for (std::size_t sent = 0; sent < body_size; sent += chunk) body += size + "\r\n" + std::string(chunk, 'x') + "\r\n";
  return body + "0\r\n\r\n";
}

void chunked_body(benchmark::State& state) {
  using outcome = http::chunked_decoder::outcome;
  const auto bytes = chunked(static_cast<std::size_t>(state.range(0)));
  http::chunked_decoder decoder{8192, 100};
  for (auto _ : state) {
    decoder.reset();
    std::string_view rest = bytes;
    std::size_t got = 0;
    for (auto what = outcome::data; what == outcome::data;) {
      const auto step = decoder.next(rest);
      rest.remove_prefix(step.consumed);
      got += step.data.size();
      what = step.what;
    }
    if (got != body_size) return state.SkipWithError("the body was not read");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body_size) * state.iterations());
}

BENCHMARK(chunked_body)->Arg(64)->Arg(1024)->Arg(16 * 1024);

}  // namespace
}  // namespace baton::bench
