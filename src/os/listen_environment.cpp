#include "os/listen_environment.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>

#include <unistd.h>

#include "os/descriptors.hpp"

namespace baton::os {
namespace {

// The variables as they were; reading removes them.
struct claims {
  std::optional<std::string> pid, count, names, channel, standard_error;
};

std::optional<std::string> take_variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string text{value};
  ::unsetenv(name);
  return text;
}

claims take_claims() {
  take_variable("LISTEN_PIDFDID");
  return {take_variable("LISTEN_PID"), take_variable("LISTEN_FDS"), take_variable("LISTEN_FDNAMES"),
          take_variable(channel_variable.data()), take_variable(stderr_variable.data())};
}

std::optional<int> number_of(const std::optional<std::string>& text) {
  int number = 0;
  if (!text) return std::nullopt;
  const char* const end = text->data() + text->size();
  const auto [at, failure] = std::from_chars(text->data(), end, number);
  if (failure != std::errc{} || at != end || number < 0) return std::nullopt;
  return number;
}

error broken(std::string what) {
  return {std::move(what), {}};
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names{std::string{}};
  for (const char c : text) {
    if (c == ':') {
      names.emplace_back();
    } else {
      names.back() += c;
    }
  }
  return names;
}

result<std::vector<std::string>> names_of(const claims& claimed, int count) {
  const auto expected = static_cast<std::size_t>(count);
  if (!claimed.names || (claimed.names->empty() && count == 0)) return std::vector<std::string>(expected, "unknown");
  auto names = split_names(*claimed.names);
  if (names.size() != expected) {
    return broken("LISTEN_FDNAMES has " + std::to_string(names.size()) + " names for " + std::to_string(count) +
                  " descriptors");
  }
  return names;
}

result<void> check_listeners(int count) {
  for (int fd = first_listen_descriptor; fd < first_listen_descriptor + count; ++fd) {
    if (!is_listening_stream_socket(fd_view{fd})) {
      return broken("descriptor " + std::to_string(fd) + " of LISTEN_FDS is no listening stream socket");
    }
  }
  return {};
}

result<void> check_private(const claims& claimed, int after_listeners) {
  if (!claimed.channel && !claimed.standard_error) return {};
  if (number_of(claimed.channel) != after_listeners || !is_local_packet_socket(fd_view{after_listeners})) {
    return broken(std::string{channel_variable} + " names no hand-over channel");
  }
  if (number_of(claimed.standard_error) != after_listeners + 1 || !is_open(fd_view{after_listeners + 1})) {
    return broken(std::string{stderr_variable} + " names no standard error");
  }
  return {};
}

// From here on the descriptor is ours.
unique_fd adopt(int fd) {
  unique_fd owned{fd};
  static_cast<void>(set_close_on_exec(owned, true));  // cannot fail: it is open
  return owned;
}

}  // namespace

result<listen_environment> take_listen_environment() {
  const claims claimed = take_claims();
  if (number_of(claimed.pid) != ::getpid()) return listen_environment{};
  const auto count = number_of(claimed.count);
  if (!count || *count > max_listen_descriptors) return broken("LISTEN_FDS is no sane count");
  auto names = names_of(claimed, *count);
  if (!names) return names.error();
  if (const auto fine = check_listeners(*count); !fine) return fine.error();
  const int next = first_listen_descriptor + *count;
  if (const auto fine = check_private(claimed, next); !fine) return fine.error();

  listen_environment taken;
  for (int i = 0; i < *count; ++i) {
    taken.listeners.push_back({adopt(first_listen_descriptor + i), std::move((*names)[static_cast<std::size_t>(i)])});
  }
  if (claimed.channel) {
    taken.channel = adopt(next);
    taken.standard_error = adopt(next + 1);
  }
  return taken;
}

}  // namespace baton::os
