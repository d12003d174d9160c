#include "support/proc.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace baton::test::proc {
namespace {

namespace fs = std::filesystem;

std::string root(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

std::string slurp(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The fields of /proc/PID/stat after the command, which may itself hold spaces and brackets.
std::vector<std::string> stat_fields(pid_t pid) {
  const auto text = slurp(root(pid) + "/stat");
  const auto end = text.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream in{text.substr(end + 1)};
  return {std::istream_iterator<std::string>{in}, {}};
}

using socket_kinds = std::map<std::string, std::string>;

// /proc/net/tcp: the fourth column is the state (0A is listening), the tenth the inode.
void read_tcp(const std::string& path, socket_kinds& kinds) {
  std::ifstream in{path};
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words{line};
    const std::vector<std::string> column{std::istream_iterator<std::string>{words}, {}};
    if (column.size() > 9) kinds[column[9]] = column[3] == "0A" ? "socket tcp listening" : "socket tcp";
  }
}

// /proc/net/unix: the fourth column holds __SO_ACCEPTCON, the seventh the inode.
void read_unix(const std::string& path, socket_kinds& kinds) {
  std::ifstream in{path};
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words{line};
    const std::vector<std::string> column{std::istream_iterator<std::string>{words}, {}};
    if (column.size() > 6) kinds[column[6]] = column[3] == "00010000" ? "socket unix listening" : "socket unix";
  }
}

socket_kinds all_sockets(pid_t pid) {
  socket_kinds kinds;
  read_tcp(root(pid) + "/net/tcp", kinds);
  read_tcp(root(pid) + "/net/tcp6", kinds);
  read_unix(root(pid) + "/net/unix", kinds);
  return kinds;
}

std::string normalised(const std::string& target, const socket_kinds& kinds) {
  if (target.starts_with("pipe:")) return "pipe";
  if (!target.starts_with("socket:[")) return target;
  const auto found = kinds.find(target.substr(8, target.size() - 9));
  return found == kinds.end() ? "socket" : found->second;
}

std::vector<std::pair<std::string, std::string>> links(pid_t pid) {
  std::vector<std::pair<std::string, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator at{root(pid) + "/fd", error}, end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const auto target = fs::read_symlink(at->path(), gone);
    // The descriptor through which this very directory is read is ours, and closes with it.
    if (!gone && target.string() != root(pid) + "/fd") found.emplace_back(at->path().filename(), target);
  }
  return found;
}

std::size_t status_kib(pid_t pid, std::string_view name) {
  std::istringstream lines{slurp(root(pid) + "/status")};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return std::stoul(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

std::optional<process> look(pid_t pid) {
  const auto fields = stat_fields(pid);
  if (fields.size() < 20) return std::nullopt;
  return process{pid, std::stoi(fields[1]), fields[0][0], std::stoull(fields[19])};
}

bool alive(pid_t pid) {
  const auto found = look(pid);
  return found && found->state != 'Z' && found->state != 'X';
}

std::vector<process> children(pid_t pid) {
  std::vector<process> found;
  std::error_code error;
  for (fs::directory_iterator at{"/proc", error}, end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    pid_t candidate = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), candidate);
    if (parsed.ptr != name.data() + name.size()) continue;
    if (const auto one = look(candidate); one && one->parent == pid) found.push_back(*one);
  }
  return found;
}

std::size_t zombies(pid_t pid) {
  const auto all = children(pid);
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& p) { return p.state == 'Z'; }));
}

std::size_t threads(pid_t pid) {
  std::error_code error;
  const fs::directory_iterator tasks{root(pid) + "/task", error};
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

std::set<int> niceness(pid_t pid) {
  std::set<int> found;
  std::error_code error;
  for (const auto& thread : fs::directory_iterator{root(pid) + "/task", error}) {
    const pid_t id = std::stoi(thread.path().filename().string());
    errno = 0;
    const int value = ::getpriority(PRIO_PROCESS, static_cast<id_t>(id));
    if (errno == 0) found.insert(value);
  }
  return found;
}

std::vector<std::string> descriptors(pid_t pid) {
  const auto kinds = all_sockets(pid);
  std::vector<std::string> found;
  for (const auto& [number, target] : links(pid)) found.push_back(normalised(target, kinds));
  std::sort(found.begin(), found.end());
  return found;
}

std::string describe_descriptors(pid_t pid) {
  std::string text;
  for (const auto& [number, target] : links(pid)) text += number + " -> " + target + "\n";
  return text;
}

std::size_t resident_kib(pid_t pid) {
  return status_kib(pid, "VmRSS:");
}

std::size_t peak_resident_kib(pid_t pid) {
  return status_kib(pid, "VmHWM:");
}

std::chrono::milliseconds cpu_time(pid_t pid) {
  const auto fields = stat_fields(pid);
  if (fields.size() < 13) return {};
  const auto ticks = std::stoll(fields[11]) + std::stoll(fields[12]);
  return std::chrono::milliseconds{ticks * 1000 / sysconf(_SC_CLK_TCK)};
}

}  // namespace baton::test::proc
