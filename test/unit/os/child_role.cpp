// The part that this test program plays when a test starts it again with BATON_UNIT_ROLE.
#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "os/descriptors.hpp"
#include "os/listen_environment.hpp"

extern char** environ;

namespace {

int variables_left() {
  int count = 0;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (text.rfind("LISTEN_", 0) == 0 || text.rfind("BATON_CHANNEL", 0) == 0 || text.rfind("BATON_STDERR", 0) == 0) {
      ++count;
    }
  }
  return count;
}

int not_closing_on_exec() {
  int count = 0;
  for (const int fd : baton::os::list_open_descriptors()) {
    if (fd > 2 && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) ++count;
  }
  return count;
}

void say(const std::string& text) {
  baton::os::write_all(baton::os::fd_view{1}, text.data(), text.size());
}

void tell_listen_environment() {
  const auto taken = baton::os::take_listen_environment();
  if (!taken) return say("error: " + taken.error().text() + "\n");
  std::string text = "listeners:";
  for (const auto& listener : taken->listeners) text += std::to_string(listener.fd.get()) + '=' + listener.name + ',';
  text += " channel:" + std::to_string(taken->channel.get()) + " stderr:" + std::to_string(taken->standard_error.get());
  text += " variables:" + std::to_string(variables_left());
  say(text + " not_closing_on_exec:" + std::to_string(not_closing_on_exec()) + "\n");
}

// Before Boost.Test sees the arguments.
[[gnu::constructor]] void play_role() {
  const char* const role = std::getenv("BATON_UNIT_ROLE");
  if (role == nullptr || std::string_view{role} != "listen_environment") return;
  tell_listen_environment();
  ::_exit(0);
}

}  // namespace
