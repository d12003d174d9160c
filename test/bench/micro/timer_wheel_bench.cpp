// Deadlines of connections: moved on by each request, taken away, and looked after once a tick.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "net/timer_wheel.hpp"

namespace baton::bench {
namespace {

using net::timer_wheel;
using std::chrono::milliseconds;
using std::chrono::seconds;

class deadline final : public net::timer_entry {
  void on_deadline() override {}
};

constexpr net::wheel_time start{std::chrono::hours{1}};

// What each request does: the new deadline is later than the one before.
void timer_move_on(benchmark::State& state) {
  timer_wheel wheel{start};
  deadline one;
  for (auto _ : state) {
    wheel.arm(one, seconds{30});
    benchmark::ClobberMemory();
  }
}

// A deadline that is earlier than the one before has to be filed anew.
void timer_bring_forward(benchmark::State& state) {
  timer_wheel wheel{start};
  deadline one;
  for (auto _ : state) {
    wheel.arm(one, seconds{60});
    wheel.arm(one, seconds{10});
    wheel.disarm(one);
    benchmark::ClobberMemory();
  }
}

// A tick with so many connections waiting, each of which a request moves on about once a second.
void timer_tick(benchmark::State& state) {
  timer_wheel wheel{start};
  std::vector<std::unique_ptr<deadline>> all;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    all.push_back(std::make_unique<deadline>());
    wheel.arm(*all.back(), milliseconds{20'000 + i % 10'000});
  }
  auto now = start;
  std::size_t next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::size_t some = all.size() / 10; some > 0; --some) wheel.arm(*all[next++ % all.size()], seconds{30});
    now += timer_wheel::tick;
    state.ResumeTiming();
    benchmark::DoNotOptimize(wheel.advance(now));
  }
}

BENCHMARK(timer_move_on);
BENCHMARK(timer_bring_forward);
BENCHMARK(timer_tick)->Arg(64)->Arg(10'000);

}  // namespace
}  // namespace baton::bench
