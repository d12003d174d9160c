// Finding the route among ten, three hundred and ten thousand, a third of them with parameters; each look-up
// asks for another, so that no one route stays in the processor's nearest cache by itself.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <baton/router.hpp>

#include "heads.hpp"
#include "http/head_parser.hpp"
#include "http/request_access.hpp"
#include "http/route_table.hpp"

namespace baton::bench {
namespace {

std::shared_ptr<const http::route_table> make_table(std::int64_t count) {
  router routes;
  const auto hello = [](request&) { return response::text(literal{"hello"}); };
  for (std::int64_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    routes.get(i % 3 == 0 ? "/api/v1/things" + number + "/{id}/parts/{part}" : "/api/v1/pages" + number + "/list",
               hello);
  }
  return routes.release();
}

// Made once: a benchmark's function runs several times.
std::shared_ptr<const http::route_table> table_of(std::int64_t count) {
  static std::map<std::int64_t, std::shared_ptr<const http::route_table>> made;
  auto& table = made[count];
  if (!table) table = make_table(count);
  return table;
}

// Registering, checking for conflicts and building the tree: what a start or a new plugin costs.
void make_routes(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_table(state.range(0)));
}

std::string target_of(std::int64_t number) {
  const auto text = std::to_string(number);
  return number % 3 == 0 ? "/api/v1/things" + text + "/4711/parts/wheel" : "/api/v1/pages" + text + "/list";
}

// Requests whose heads have been read.
struct asked {
  explicit asked(std::string bytes) : head{std::move(bytes)} {
    http::head_info info;
    read = http::parse_head(head, {}, req, info).outcome == http::head_outcome::complete;
  }
  const std::string head;
  request req;
  bool read = false;
};

void find_route(benchmark::State& state) {
  constexpr std::int64_t questions = 64;
  const auto count = state.range(0);
  const auto table = table_of(count);
  std::vector<std::unique_ptr<asked>> all;
  for (std::int64_t i = 0; i < questions; ++i) {
    all.push_back(std::make_unique<asked>(short_head(target_of(i * 7919 % count))));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    request& req = all[next++ % questions]->req;
    http::request_access::params(req).clear();
    const auto& route = table->find(req);
    if (route.automatic) return state.SkipWithError("no route was found");
    benchmark::DoNotOptimize(&route);
  }
}

void find_no_route(benchmark::State& state) {
  const auto table = table_of(state.range(0));
  asked nowhere{short_head("/api/v2/nothing/there")};
  for (auto _ : state) benchmark::DoNotOptimize(&table->find(nowhere.req));
}

BENCHMARK(find_route)->Arg(10)->Arg(300)->Arg(10'000);
BENCHMARK(find_no_route)->Arg(300);
BENCHMARK(make_routes)->Arg(300)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace baton::bench
