#include "support/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/json/parse.hpp>
#include <stdexcept>
#include <system_error>

namespace baton::test {

std::string batonctl_program() {
  return BATONCTL;
}

launch batonctl(const std::string& path, std::vector<std::string> arguments) {
  launch how;
  how.command = {batonctl_program(), "--control", path};
  how.command.insert(how.command.end(), arguments.begin(), arguments.end());
  return how;
}

control_client::control_client(const std::string& path) : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    throw std::system_error{errno, std::system_category(), "connect " + path};
  }
}

bool control_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void control_client::half_close() {
  ::shutdown(fd_.get(), SHUT_WR);
}

std::optional<std::string> control_client::read_line(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (const auto at = bytes_.find('\n'); at != std::string::npos) {
      auto line = bytes_.substr(0, at);
      bytes_.erase(0, at + 1);
      return line;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) {
      throw std::runtime_error{"no line from the control socket; there is: " + bytes_};
    }
    std::array<char, 4096> buffer{};
    const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return std::nullopt;
    bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

boost::json::object control_client::read(std::chrono::milliseconds limit) {
  const auto line = read_line(limit);
  if (!line) throw std::runtime_error{"the control socket was closed"};
  return boost::json::parse(*line).as_object();
}

boost::json::object control_client::ask(std::string_view line) {
  send(std::string{line} + '\n');
  return read();
}

}  // namespace baton::test
