// A next generation that behaves badly at a chosen point of the hand-over. It speaks the protocol of the
// channel (src/upgrade/handover_message.hpp) in its own words, from its description: a program that
// shared the server's code would share its misunderstandings.
//
//   fake_successor POINT DEED
//
// POINT  started, start (has come), ready (is said), batch (of connections has come), adopted (is said),
//        released (has come), drained (has come)
// DEED   die (SIGKILL), exit, stop (SIGSTOP), close (the channel, and live on), silence (read nothing more),
//        garbage (send nonsense and go on), lie (acknowledge what never came and go on), refuse (each
//        connection from there on)
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum message : unsigned char {
  start = 1,
  ready = 2,
  released = 4,
  connections = 9,
  adopted = 10,
  drained = 11,
  leave = 12,
  alive = 14
};
constexpr unsigned char version = 2;

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

class successor {
 public:
  successor(std::string point, std::string deed) : point_{std::move(point)}, deed_{std::move(deed)} {
    channel_ = std::atoi(std::getenv("BATON_CHANNEL_FD"));
  }

  int run() {
    reached("started");
    for (;;) {
      std::vector<int> descriptors;
      const auto bytes = receive(descriptors);
      if (bytes.size() < 8) return 0;  // the predecessor has gone
      take(static_cast<unsigned char>(bytes[0]), std::string_view{bytes}.substr(8), descriptors);
    }
  }

 private:
  void take(unsigned char type, std::string_view body, const std::vector<int>& descriptors) {
    if (type == start) {
      reached("start");
      say(ready, number(static_cast<std::uint32_t>(::getpid())) + number(1) + number(0));
      reached("ready");
    } else if (type == connections) {
      reached("batch");
      say(adopted, std::string{body.substr(0, 4)} + number(static_cast<std::uint32_t>(descriptors.size())) +
                       std::string(descriptors.size(), refusing_ ? '\0' : '\1'));
      for (const int fd : descriptors) {
        if (refusing_) ::close(fd);
      }
      reached("adopted");
    } else if (type == released) {
      reached("released");
    } else if (type == drained) {
      reached("drained");
    }
  }

  void reached(std::string_view point) {
    if (point != point_) return;
    if (deed_ == "die") ::kill(::getpid(), SIGKILL);
    if (deed_ == "exit") ::_exit(3);
    if (deed_ == "stop") ::kill(::getpid(), SIGSTOP);
    if (deed_ == "close") ::close(channel_);
    if (deed_ == "close" || deed_ == "silence") {
      for (;;) ::pause();
    }
    if (deed_ == "garbage") send("\xff\xff nonsense");
    if (deed_ == "lie") say(adopted, number(0xdead) + number(3) + std::string(3, '\1'));
    if (deed_ == "refuse") refusing_ = true;
  }

  void say(message type, const std::string& body) {
    send(std::string{static_cast<char>(type), static_cast<char>(version), '\0', '\0'} +
         number(static_cast<std::uint32_t>(body.size())) + body);
  }

  // The channel is shared with nobody, but it does not block.
  void send(const std::string& bytes) const {
    while (::send(channel_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno == EAGAIN) ::usleep(1000);
  }

  std::string receive(std::vector<int>& descriptors) const {
    std::string bytes(128 * 1024, '\0');
    alignas(cmsghdr) std::array<char, CMSG_SPACE(253 * sizeof(int))> control;
    iovec part{bytes.data(), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t count = 0;
    while ((count = ::recvmsg(channel_, &header, MSG_CMSG_CLOEXEC)) < 0 && (errno == EAGAIN || errno == EINTR)) {
      ::usleep(1000);
    }
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (const cmsghdr* const passed = CMSG_FIRSTHDR(&header); passed != nullptr && count > 0) {
      descriptors.resize((passed->cmsg_len - CMSG_LEN(0)) / sizeof(int));
      std::memcpy(descriptors.data(), CMSG_DATA(passed), descriptors.size() * sizeof(int));
    }
    return bytes;
  }

  const std::string point_;
  const std::string deed_;
  int channel_ = -1;
  bool refusing_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || std::getenv("BATON_CHANNEL_FD") == nullptr) return 2;
  return successor{argv[1], argv[2]}.run();
}
