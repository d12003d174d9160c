// A server whose callbacks do what a test asks for by options of its own: `events` is the file where each
// leaves a line, `veto` the file whose text, if there is one, refuses an upgrade, `hold` the file that
// keeps on_before_upgrade from returning as long as it is there, `throwing` makes every callback throw.
//
// With SWAP_ON_CHECK in its environment it puts another program in its own place while it checks its
// configuration: the moment between the check of a binary and its start.
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include <baton/baton.hpp>

namespace {

namespace fs = std::filesystem;

constexpr std::array own_options{"events", "veto", "hold", "throwing"};

class listener {
 public:
  explicit listener(const baton::application& app) : generation_{std::to_string(app.generation())} {
    for (const char* const name : own_options) options_[name] = app.option(name);
  }

  void note(const std::string& what) const {
    const std::string line = generation_ + ' ' + what + '\n';
    if (!file("events").empty()) std::ofstream{file("events"), std::ios::app} << line;
    if (!file("throwing").empty()) throw std::runtime_error{"thrown on purpose"};
  }

  void before(const baton::upgrade_attempt& attempt) const {
    note("before " + std::to_string(attempt.generation) + ' ' + attempt.binary);
    while (fs::exists(file("hold"))) std::this_thread::sleep_for(std::chrono::milliseconds{2});
    std::ifstream veto{file("veto")};
    const std::string reason{std::istreambuf_iterator<char>{veto}, {}};
    if (!reason.empty()) throw std::runtime_error{reason};
  }

 private:
  [[nodiscard]] const std::string& file(std::string_view name) const { return options_.at(std::string{name}); }

  const std::string generation_;
  std::map<std::string, std::string> options_;  // copies: on_before_upgrade has a thread of its own
};

void swap_on_check(int argc, char** argv) {
  const char* const other = std::getenv("SWAP_ON_CHECK");
  if (other == nullptr || argc < 2 || std::string_view{argv[1]} != "--check-config") return;
  const std::string draft = std::string{argv[0]} + ".swapped";
  fs::copy_file(other, draft);
  fs::rename(draft, argv[0]);
}

}  // namespace

int main(int argc, char** argv) {
  swap_on_check(argc, argv);
  baton::application app{argc, argv};
  for (const char* const name : own_options) app.add_option(name, "See the source.", "");
  if (!app.parse()) return app.exit_status();
  // Shared: a callback that does not return may outlive this function.
  const auto events = std::make_shared<const listener>(app);
  app.on_ready([events] { events->note("ready"); });
  app.on_before_upgrade([events](const baton::upgrade_attempt& attempt) { events->before(attempt); });
  app.on_before_upgrade([events](const baton::upgrade_attempt&) { events->note("before, the second"); });
  app.on_handed_over([events](const baton::successor& next) {
    events->note("handed over to " + std::to_string(next.generation) + ' ' + std::to_string(next.pid));
  });
  app.on_drain([events] { events->note("drain"); });
  app.on_stop([events] { events->note("stop"); });
  app.routes().get("/pid", [](baton::request&) { return baton::response::text(std::to_string(::getpid())); });
  return app.run();
}
