#include "client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace batonctl {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t longest_answer = std::size_t{16} << 20;

std::string error_text(int error) {
  return std::system_category().message(error);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw unreachable{"the path of a socket has 1 to " + std::to_string(sizeof address.sun_path - 1) +
                      " bytes: " + path};
  }
  path.copy(address.sun_path, path.size());
  return address;
}

// Poll's way to say how long, rounded up.
int wait_of(clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

}  // namespace

client::client(const std::string& path, clock::time_point deadline) : path_{path} {
  const sockaddr_un address = address_of(path);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) throw unreachable{"cannot make a socket: " + error_text(errno)};
  while (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    const bool busy = error == EAGAIN || error == EINTR;
    if (busy && clock::now() < deadline) {
      std::this_thread::sleep_for(10ms);  // there is nothing to wait for: the kernel's queue tells nobody
      continue;
    }
    ::close(std::exchange(fd_, -1));
    if (busy) throw timed_out{"the server at " + path + " accepts no connection"};
    throw unreachable{"cannot connect to " + path + ": " + error_text(error)};
  }
}

client::client(client&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, bytes_{std::move(other.bytes_)}, path_{std::move(other.path_)} {}

client& client::operator=(client&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(bytes_, other.bytes_);
  std::swap(path_, other.path_);
  return *this;
}

client::~client() {
  if (fd_ >= 0) ::close(fd_);
}

// A request is short, and the buffer of a fresh socket is not. One that closes at once may have said why.
void client::send(const json::object& request) {
  const std::string line = json::serialize(request) + '\n';
  const auto sent = ::send(fd_, line.data(), line.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(line.size()) || (sent < 0 && (errno == EPIPE || errno == ECONNRESET))) return;
  throw unreachable{"cannot send to " + path_ + ": " + error_text(errno)};
}

std::optional<json::object> client::take_line() {
  const auto end = bytes_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  boost::system::error_code wrong;
  const json::value parsed = json::parse(std::string_view{bytes_}.substr(0, end), wrong);
  bytes_.erase(0, end + 1);
  if (wrong || !parsed.is_object()) throw unreachable{"what answers at " + path_ + " does not speak JSON"};
  return parsed.get_object();
}

bool client::receive() {
  std::array<char, 16 * 1024> buffer{};
  const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) throw unreachable{"the server at " + path_ + " ended the connection"};
  if (bytes_.size() + static_cast<std::size_t>(count) > longest_answer) {
    throw unreachable{"the answer from " + path_ + " is too long"};
  }
  bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<json::object> client::poll() {
  for (;;) {
    if (auto line = take_line()) return line;
    if (!receive()) return std::nullopt;
  }
}

json::object client::read(clock::time_point deadline) {
  for (;;) {
    if (auto line = poll()) return std::move(*line);
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, wait_of(deadline)) == 0 && clock::now() >= deadline) {
      throw timed_out{"no answer from " + path_ + " in time"};
    }
  }
}

}  // namespace batonctl
