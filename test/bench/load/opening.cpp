#include "opening.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include <poll.h>

#include "answer_reader.hpp"

namespace baton::bench {
namespace {

constexpr std::size_t group = 256;
constexpr std::chrono::seconds patience{10};

void await(const wire& link, short events, steady::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady::now());
  pollfd wanted{link.fd(), events, 0};
  if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) == 0) {
    throw std::runtime_error{"no answer while opening connections"};
  }
}

[[noreturn]] void refuse(const char* what) {
  throw std::runtime_error{std::string{"while opening connections: "} + what};
}

struct opening {
  wire link;
  std::string_view unsent;
};

// Sends what goes without waiting.
void push(opening& each) {
  while (!each.unsent.empty()) {
    const auto sent = each.link.write(each.unsent);
    if (sent.what == transfer::fate::blocked) return;
    if (sent.what != transfer::fate::moved) refuse(std::generic_category().message(errno).c_str());
    each.unsent.remove_prefix(sent.bytes);
  }
}

void finish_sending(opening& each, steady::time_point end) {
  for (push(each); !each.unsent.empty(); push(each)) {
    // A TLS handshake waits for the server, and only a request longer than the socket's buffer for room.
    await(each.link, each.link.plain() ? POLLOUT : POLLIN, end);
  }
}

// Closes the link where the answer says that the server will.
void read_answer(wire& link, first_answer until, steady::time_point end) {
  std::array<char, 64 * 1024> buffer;
  answer_reader reader;
  known_head known;
  while (!reader.whole() && (until == first_answer::whole || reader.in_head())) {
    const auto got = link.read(buffer);
    if (got.what == transfer::fate::blocked) {
      await(link, POLLIN, end);
    } else if (got.what != transfer::fate::moved) {
      refuse("the server closed a connection");
    } else {
      reader.take({buffer.data(), got.bytes}, known);
    }
    if (reader.malformed()) refuse("a malformed answer");
  }
  if (!reader.good()) refuse(("status " + std::to_string(reader.status())).c_str());
  if (reader.whole() && reader.closes()) link.close();
}

}  // namespace

std::vector<wire> open_connections(dialer& dial, std::size_t count, std::string_view request, first_answer until) {
  std::vector<wire> links;
  links.reserve(count);
  while (links.size() < count) {
    std::vector<opening> some(std::min(group, count - links.size()));
    const auto end = steady::now() + patience;
    for (auto& each : some) {
      each = {dial.dial(), request};
      if (!each.link.open()) refuse(std::generic_category().message(errno).c_str());
    }
    // One after the other in each step, so that the server works on all of them at once.
    for (auto& each : some) {
      await(each.link, POLLOUT, end);  // connected
      push(each);
    }
    for (auto& each : some) finish_sending(each, end);
    for (auto& each : some) {
      read_answer(each.link, until, end);
      links.push_back(std::move(each.link));
    }
  }
  return links;
}

std::size_t closed_ones(const std::vector<wire>& links) {
  return static_cast<std::size_t>(std::count_if(links.begin(), links.end(), [](const wire& each) {
    pollfd asked{each.fd(), POLLRDHUP, 0};
    return !each.open() || ::poll(&asked, 1, 0) == 1;
  }));
}

}  // namespace baton::bench
