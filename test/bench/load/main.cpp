// The load generator of the measurements: what it does, and what it prints, is in its --help (options.cpp).
#include <exception>
#include <iostream>

#include "dialer.hpp"
#include "echoes.hpp"
#include "listeners.hpp"
#include "opening.hpp"
#include "options.hpp"
#include "processor_time.hpp"
#include "requests.hpp"
#include "slow_readers.hpp"

using namespace baton::bench;

namespace {

constexpr std::size_t spare_descriptors = 64;

bool one_request_each(const options& wanted) {
  return wanted.close || wanted.tls == tls_use::full || wanted.tls == tls_use::resumed;
}

void measure_requests(const options& wanted, const script& said, dialer& dial, poller& poll, tally& seen,
                      processor_time& servers) {
  auto kept = one_request_each(wanted)
                  ? std::vector<wire>{}
                  : open_connections(dial, wanted.connections, said.from(0, 1), first_answer::whole);
  requests work{wanted, said, dial, poll, seen, std::move(kept)};
  run(work, poll, seen, servers);
}

void measure_echoes(const options& wanted, dialer& dial, poller& poll, tally& seen, processor_time& servers) {
  auto opened = open_connections(dial, wanted.connections, upgrade_request(wanted), first_answer::head);
  echoes work{wanted, poll, seen, std::move(opened)};
  run(work, poll, seen, servers);
}

void measure_listeners(const options& wanted, dialer& dial, poller& poll, tally& seen, processor_time& servers) {
  listeners work{wanted, dial, poll, seen};
  run(work, poll, seen, servers);
}

void measure_slow_readers(const options& wanted, const script& said, dialer& dial, poller& poll, tally& seen,
                          processor_time& servers) {
  slow_readers work{wanted, said, dial, seen};
  run(work, poll, seen, servers);
}

tally measure(const options& wanted) {
  dialer dial{wanted};
  const script said{wanted};
  const auto silent = open_connections(dial, wanted.idle, said.from(0, 1), first_answer::whole);
  poller poll;
  tally seen{wanted};
  processor_time servers{wanted.watched};
  if (wanted.websocket) {
    measure_echoes(wanted, dial, poll, seen, servers);
  } else if (wanted.events) {
    measure_listeners(wanted, dial, poll, seen, servers);
  } else if (wanted.read_rate != 0) {
    measure_slow_readers(wanted, said, dial, poll, seen, servers);
  } else {
    measure_requests(wanted, said, dial, poll, seen, servers);
  }
  if (const auto used = servers.used()) seen.note("cpu_ns", static_cast<std::uint64_t>(used->count()));
  if (wanted.idle != 0) seen.note("idle_closed", closed_ones(silent));
  return seen;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto wanted = parse_options(argc, argv);
  if (!wanted) return 0;
  allow_descriptors(wanted->connections + wanted->idle + spare_descriptors);
  const auto seen = measure(*wanted);
  std::cout << seen.json() << std::endl;
  return seen.errors() == 0 ? 0 : 1;
} catch (const std::invalid_argument& wrong) {
  std::cerr << "bench_load: " << wrong.what() << "; see --help\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << "bench_load: " << error.what() << '\n';
  return 1;
}
