// The new process's part, played by this test program when the upgrader of a test starts it. The role
// is in BATON_UNIT_ROLE, the file for its report in BATON_UNIT_REPORT.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include "os/descriptors.hpp"
#include "os/message_socket.hpp"
#include "upgrade/parent_channel.hpp"

namespace {

namespace files = std::filesystem;
using namespace baton;

void say(std::string_view text) {
  os::write_all(os::fd_view{2}, text.data(), text.size());
}

std::string descriptors() {
  std::string text;
  for (const int fd : os::list_open_descriptors()) text += std::to_string(fd) + ' ';
  return text;
}

// At once, by rename: whoever finds it reads the whole.
void report(const std::string& text) {
  const char* const path = std::getenv("BATON_UNIT_REPORT");
  if (path == nullptr) return;
  const std::string draft = std::string{path} + ".new";
  std::ofstream{draft} << text;
  files::rename(draft, path);
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

std::string account_of(upgrade::inheritance& inherited) {
  std::string text = "generation " + std::to_string(inherited.generation) + "\n";
  const std::string at_start = descriptors();
  for (auto& entry : inherited.listeners.rest()) {
    text += entry.spec + (os::is_listening_stream_socket(entry.fd) ? " listens\n" : " does not listen\n");
  }
  return text + "at start " + at_start + "\n";
}

void serve(upgrade::inheritance& inherited) {
  std::string text = account_of(inherited);
  say("the successor starts\n");
  if (!inherited.parent->ready()) ::_exit(4);
  text += "ready " + descriptors() + "\n";
  text += "standard error " + files::read_symlink("/proc/self/fd/2").string() + "\n";
  report(text);
  boost::asio::io_context context{1};
  upgrade::parent_events events;
  events.gone = [&text] { report(text + "the predecessor has gone\n"); };
  inherited.parent->watch(context, std::move(events));
  context.run();
}

[[noreturn]] void play(std::string_view role) {
  if (role == "hang") hang();
  auto inherited = upgrade::inherit();
  if (!inherited || !inherited->parent) ::_exit(5);
  if (role == "ready") serve(*inherited);
  if (role == "failed") {
    say("last words\n");
    inherited->parent->failed("cannot bind 127.0.0.1:80");
    hang();
  }
  if (role == "closes_channel") {
    inherited->parent.reset();
    hang();
  }
  if (role == "ready_and_exits") {
    static_cast<void>(inherited->parent->ready());
    ::_exit(3);
  }
  ::_exit(0);
}

// Before Boost.Test sees the arguments.
[[gnu::constructor]] void play_role(int argc, char** argv) {
  const char* const role = std::getenv("BATON_UNIT_ROLE");
  if (role == nullptr) return;
  if (argc > 1 && std::string_view{argv[1]} == "--check-config") {
    if (std::string_view{role} != "bad_configuration") ::_exit(0);
    say("unknown option 'lsiten'\n");
    ::_exit(2);
  }
  play(role);
}

}  // namespace
