#include "support/server_process.hpp"

#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <stdexcept>

#include "support/proc.hpp"

namespace baton::test {
namespace {

std::vector<endpoint> parse_addresses(std::string_view text) {
  std::vector<endpoint> found;
  while (!text.empty()) {
    const auto comma = text.find(", ");
    found.push_back(endpoint::parse(text.substr(0, comma)));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 2);
  }
  return found;
}

std::optional<generation> parse_line(std::string_view line) {
  constexpr std::string_view start = ": serving ";
  const auto from = line.find(start);
  const auto pid = line.rfind(" pid ");
  const auto number = line.rfind(" generation ");
  if (from == line.npos || pid == line.npos || number == line.npos || pid > number) return std::nullopt;
  generation found;
  found.pid = std::stoi(std::string{line.substr(pid + 5, number - pid - 5)});
  found.number = static_cast<unsigned>(std::stoul(std::string{line.substr(number + 12)}));
  found.addresses = parse_addresses(line.substr(from + start.size(), pid - from - start.size()));
  return found;
}

[[noreturn]] void fail(const std::string& what, const child_process& child) {
  throw std::runtime_error{what + "\n--- its output:\n" + child.out().text() + "--- its log:\n" + child.err().text()};
}

}  // namespace

std::string demo_program() {
  return BATON_DEMO;
}

launch bare_demo(std::vector<std::string> flags) {
  launch how;
  how.command = {demo_program()};
  how.command.insert(how.command.end(), flags.begin(), flags.end());
  return how;
}

launch demo(std::vector<std::string> flags) {
  bool addressed = false;
  bool threaded = false;
  bool guarded = false;
  for (const auto& flag : flags) {
    addressed = addressed || flag.starts_with("--listen");
    threaded = threaded || flag.starts_with("--threads");
    guarded = guarded || flag.starts_with("--upgrade.guard");
  }
  std::vector<std::string> all;
  if (!addressed) all.insert(all.end(), {"--listen", "127.0.0.1:0"});
  if (!threaded) all.insert(all.end(), {"--threads", "2"});
  if (!guarded) all.insert(all.end(), {"--upgrade.guard", "0"});
  all.insert(all.end(), flags.begin(), flags.end());
  return bare_demo(std::move(all));
}

server_process::server_process(const launch& how) : child_{how} {
  await(1);
}

server_process::~server_process() {
  if (logs("Sanitizer: ", 0ms) || logs("runtime error: ", 0ms)) BOOST_ERROR("a sanitizer complained:\n" << log());
}

std::vector<generation> server_process::generations() const {
  std::vector<generation> found;
  std::istringstream text{child_.out().text()};
  for (std::string line; std::getline(text, line) && !text.eof();) {
    if (auto one = parse_line(line)) found.push_back(std::move(*one));
  }
  return found;
}

generation server_process::latest() const {
  auto all = generations();
  if (all.empty()) fail("the server never served", child_);
  return std::move(all.back());
}

generation server_process::await(unsigned number, std::chrono::milliseconds limit) {
  std::optional<generation> found;
  const bool served = eventually(limit, [&] {
    for (auto& one : generations()) {
      if (one.number == number) found = std::move(one);
    }
    return found || (number == 1 && child_.ended(child_.pid()) && child_.out().ended(0ms));
  });
  if (!served || !found) fail("generation " + std::to_string(number) + " did not serve", child_);
  return std::move(*found);
}

generation server_process::upgrade(std::chrono::milliseconds limit) {
  const auto old = latest();
  signal(old.pid, SIGUSR2);
  auto next = await(old.number + 1, limit);
  wait(old.pid, limit);
  return next;
}

int server_process::stop(std::chrono::milliseconds limit) {
  const auto last = pid();
  const auto is_ours = [last] {
    const auto found = proc::look(last);
    return !found || found->parent == ::getpid();
  };
  if (!eventually(limit, is_ours)) fail("the parent of process " + std::to_string(last) + " does not end", child_);
  signal(last, SIGTERM);
  return wait(last, limit);
}

}  // namespace baton::test
