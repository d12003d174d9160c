// A plugin with a thread of its own, which ends when it is asked to, and an account of what was called:
// HOTCHECK_PLUGIN_LOG names a file.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <baton/plugin.hpp>

namespace {

std::atomic<bool> ending{false};
std::thread thread;

void note(const char* what) {
  const char* const path = std::getenv("HOTCHECK_PLUGIN_LOG");
  std::FILE* const file = path != nullptr ? std::fopen(path, "ae") : nullptr;
  if (file == nullptr) return;
  std::fputs(what, file);
  std::fclose(file);
}

struct noted {
  noted() { note("constructed\n"); }
  ~noted() { note("destroyed\n"); }
} const object;

void load(baton::plugin_host& host) {
  note("loaded\n");
  host.routes().get("/lasting", [](baton::request&) { return baton::response::text(baton::literal{"lasting"}); });
  thread = std::thread{[] {
    while (!ending) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }};
}

void unload() noexcept {
  note("unloaded\n");
  ending = true;
  thread.join();
}

}  // namespace

const baton::plugin_descriptor baton_plugin = baton::describe_plugin("lasting", "1", load, unload);
