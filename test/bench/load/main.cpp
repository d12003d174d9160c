// The load generator of the measurements: what it does, and what it prints, is in its --help (options.cpp).
#include <exception>
#include <iostream>

#include "dialer.hpp"
#include "opening.hpp"
#include "options.hpp"
#include "requests.hpp"

using namespace baton::bench;

namespace {

tally measure_requests(const options& wanted, dialer& dial) {
  const script said{wanted};
  const bool once = wanted.close || wanted.tls == tls_use::full || wanted.tls == tls_use::resumed;
  auto kept =
      once ? std::vector<wire>{} : open_connections(dial, wanted.connections, said.from(0, 1), first_answer::whole);
  poller poll;
  tally seen{wanted};
  requests work{wanted, said, dial, poll, seen, std::move(kept)};
  run(work, poll, seen);
  return seen;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto wanted = parse_options(argc, argv);
  if (!wanted) return 0;
  if (wanted->idle != 0 || wanted->read_rate != 0 || wanted->websocket || wanted->events) {
    throw std::invalid_argument{"--idle, --read-rate, --websocket and --events are not there yet"};
  }
  allow_many_descriptors();
  dialer dial{*wanted};
  const auto seen = measure_requests(*wanted, dial);
  std::cout << seen.json() << std::endl;
  return seen.errors() == 0 ? 0 : 1;
} catch (const std::invalid_argument& wrong) {
  std::cerr << "bench_load: " << wrong.what() << "; see --help\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << "bench_load: " << error.what() << '\n';
  return 1;
}
