// The clients of the upgrade tests against any server, for test/bench/upgrade: they run until standard
// input ends, and leave one line a class: name, answered, lost on an idle connection, failed otherwise,
// idle connections closed, closes announced; with tabs between.
//
//   upgrade_load PORT [--delay MS]
//
// --delay: each way, through a relay.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>

#include "load_clients.hpp"
#include "support/relay.hpp"

using namespace baton::test;

namespace {

struct command {
  endpoint server{"127.0.0.1", 0, {}};
  std::chrono::milliseconds delay{0};
};

command parse(int argc, char** argv) {
  command wanted;
  if (argc < 2) throw std::invalid_argument{"usage: upgrade_load PORT [--delay MS]"};
  wanted.server.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  for (int i = 2; i < argc; ++i) {
    const std::string_view flag{argv[i]};
    if (flag != "--delay" || i + 1 == argc) throw std::invalid_argument{"unknown: " + std::string{flag}};
    wanted.delay = std::chrono::milliseconds{std::atoi(argv[++i])};
  }
  return wanted;
}

void await_end_of_input() {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const auto wanted = parse(argc, argv);
  std::optional<relay> wire;
  if (wanted.delay.count() > 0) wire.emplace(wanted.server, wanted.delay);
  load clients{wire ? wire->address() : wanted.server};
  await_end_of_input();
  clients.stop();
  for (const auto* each : clients.accounts()) {
    std::cout << each->name() << '\t' << each->count(fate::ok) << '\t' << each->count(fate::lost_idle) << '\t'
              << each->count(fate::failed) << '\t' << each->count(parting::closed_idle) << '\t'
              << each->count(parting::announced) << '\n';
    for (const auto& words : each->words()) std::cerr << "  " << each->name() << ": " << words << '\n';
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "upgrade_load: " << error.what() << '\n';
  return 1;
}
