// A server with state of any size that can be saved and loaded in every good and bad way. What it does is
// set by its conf file, so a test changes the next generation by writing the file anew.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <baton/baton.hpp>

namespace {

using baton::request;
using baton::response;

// Every byte depends on its place.
std::string pattern(std::size_t size) {
  std::string made(size, '\0');
  std::uint32_t state = 1;
  for (char& c : made) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return made;
}

void wait_for(const std::string& file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

// `works`, `throws` or the file to wait for.
void behave(const std::string& how, const char* part) {
  if (how == "works") return;
  std::fprintf(stderr, "%s begins\n", part);
  if (how == "throws") throw std::runtime_error{std::string{part} + " does not like it"};
  wait_for(how);
}

struct state {
  std::string bytes;
  std::string origin = "made";
};

void save(const state& from, baton::state_writer& out) {
  constexpr std::size_t piece = 1 << 20;
  const std::string_view all{from.bytes};
  for (std::size_t at = 0; at < all.size(); at += piece) out.write(all.substr(at, piece));
}

void load(state& into, const baton::state_reader& in) {
  into.bytes = in.bytes();
  into.origin = "loaded as version " + std::to_string(in.version());
}

std::string description(const state& of) {
  const bool right = of.bytes == pattern(of.bytes.size());
  return std::to_string(of.bytes.size()) + " bytes " + of.origin + (right ? ", right" : ", wrong");
}

void add_routes(baton::router& routes, const std::string& text, baton::carried_counter& counter) {
  routes.get("/state", [&text](request&) { return response::text(text); });
  routes.get("/counter", [&counter](request&) { return response::text(std::to_string(counter.value())); });
  routes.post("/counter", [&counter](request&) { return response::text(std::to_string(counter.add())); });
}

}  // namespace

int main(int argc, char** argv) {
  baton::application app{argc, argv};
  app.add_option("state.name", "under which it is handed over", "state");
  app.add_option("state.version", "of its format", "1");
  app.add_option("state.size", "bytes", "0");
  app.add_option("state.save", "works, throws or the file to wait for", "works");
  app.add_option("state.load", "works, throws or the file to wait for", "works");
  app.add_option("state.sick", "the file that makes it fail its health check", "");
  if (!app.parse()) return app.exit_status();

  state kept;
  std::string text;
  auto& counter = app.counter("counter");
  const std::string saving = app.option("state.save");
  const std::string loading = app.option("state.load");
  const auto version = static_cast<unsigned>(std::stoul(app.option("state.version")));
  app.handover(
      app.option("state.name"), version,
      [&](baton::state_writer& out) {
        behave(saving, "save");
        save(kept, out);
      },
      [&](const baton::state_reader& in) {
        behave(loading, "load");
        load(kept, in);
      });
  app.on_start([&] {
    if (kept.origin == "made") kept.bytes = pattern(std::stoul(app.option("state.size")));
    text = description(kept);
  });
  app.on_health_check([sick = app.option("state.sick")] { return sick.empty() || !std::filesystem::exists(sick); });
  add_routes(app.routes(), text, counter);
  return app.run();
}
