#include "options.hpp"

#include <fstream>
#include <iostream>
#include <stdexcept>

#include <boost/program_options.hpp>

namespace baton::bench {
namespace {

namespace po = boost::program_options;

constexpr const char* about =
    R"(bench_load: asks a server, counts what it answers, and prints one line of JSON.

One thread on one epoll set; pin it and the server to cores of their own. A closed loop unless --rate is
given: each connection asks again when it has been answered. Every answer must be whole and 2xx. Exit
status 0 if the run was sound, 1 if anything was lost, refused or malformed, 2 for a wrong command line.

  requests     answered within the measured time (messages with --websocket, events with --events)
  seconds      measured; rate: requests a second; bytes: received
  errors       requests lost, answers refused or malformed, connections that failed
  connects     connections opened within the measured time
  p50_us ...   latency from sending to the last byte, or with --rate from the moment the request was due
  windows      requests finished in each window of --window milliseconds; with --rate some may finish after the last
  began_ns     when the measured time began, by the monotonic clock
  cpu_ns       with --watch: processor time that those processes used within the measured time
  histogram    with --histogram: [nanoseconds, how many] by rising latency; each is less than 1% too long

With --rate also `unsent`: requests due that no connection was free for; they count in the latency with the
time they waited; and `late_p99_us`: by how much the load generator itself was late to send, where a connection was
free in time, which the server is not to blame for. With one connection a request over --tls `handshakes` and
`resumed`, with --idle `idle_closed`: how many silent connections the server had closed in the end.
)";

steady::duration seconds(double value) {
  return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>{value});
}

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument{what};
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  require(!lines.empty(), "--paths: the file cannot be read or holds nothing");
  return lines;
}

po::options_description describe() {
  po::options_description flags{"Flags"};
  const auto text = [] { return po::value<std::string>(); };
  const auto number = [] { return po::value<std::size_t>(); };
  const auto real = [] { return po::value<double>(); };
  auto add = flags.add_options();
  add("help", "this text");
  add("port", po::value<std::uint16_t>()->required(), "the server's port");
  add("host", text()->default_value("127.0.0.1"), "the server's IPv4 address");
  add("connections", number()->default_value(64), "open at the same time");
  add("seconds", real()->default_value(2), "to measure");
  add("warm", real()->default_value(0.2, "0.2"), "seconds before, not counted");
  add("window", number()->default_value(100), "milliseconds");
  add("path", text(), "target; default /plaintext, /ws with --websocket, /events with --events");
  add("paths", text(), "file with one target a line, taken in turn");
  add("method", text(), "default GET, POST with --body");
  add("body", number(), "bytes of each request's body");
  add("header", po::value<std::vector<std::string>>()->default_value({}, ""), "'Name: value'; repeatable");
  add("depth", number()->default_value(1), "requests sent at once on a connection (pipelined)");
  add("rate", real()->default_value(0), "requests a second in all, at fixed times; 0: a closed loop");
  add("close", po::bool_switch(), "one request a connection, with `Connection: close`");
  add("tls", po::bool_switch(), "TLS 1.3, AES-128-GCM, X25519; certificates are not checked");
  add("handshake", text()->default_value("keep"), "keep, full or resumed: one connection a request");
  add("idle", number()->default_value(0), "so many more connections: one request each, then silent");
  add("read-rate", number()->default_value(0), "bytes a second that each connection reads");
  add("websocket", number(), "echo messages of so many bytes");
  add("events", po::bool_switch(), "listen to an event stream on each connection");
  add("watch", po::value<std::vector<pid_t>>()->default_value({}, ""),
      "process whose processor time is told; repeatable");
  add("histogram", po::bool_switch(), "print all latencies, so that those of several runs can be put together");
  return flags;
}

tls_use tls_of(const po::variables_map& given) {
  const auto& handshake = given["handshake"].as<std::string>();
  if (!given["tls"].as<bool>()) return tls_use::none;
  if (handshake == "full") return tls_use::full;
  if (handshake == "resumed") return tls_use::resumed;
  require(handshake == "keep", "--handshake is keep, full or resumed");
  return tls_use::keep;
}

std::vector<std::string> targets_of(const po::variables_map& given) {
  if (given.count("paths") != 0) return lines_of(given["paths"].as<std::string>());
  if (given.count("path") != 0) return {given["path"].as<std::string>()};
  if (given.count("websocket") != 0) return {"/ws"};
  return {given["events"].as<bool>() ? "/events" : "/plaintext"};
}

void check(const options& wanted) {
  const bool once = wanted.close || wanted.tls == tls_use::full || wanted.tls == tls_use::resumed;
  const bool other = wanted.websocket || wanted.events || wanted.read_rate != 0;
  require(wanted.port != 0, "--port is not 0");
  require(wanted.connections > 0 && wanted.depth > 0, "--connections and --depth are at least 1");
  require(wanted.time.count() > 0 && wanted.warm.count() >= 0 && wanted.window.count() > 0, "times are positive");
  require(wanted.method != "HEAD", "--method HEAD is not understood: its answers announce a body that does not come");
  require(wanted.rate >= 0, "--rate is positive");
  require(wanted.depth == 1 || (wanted.rate == 0 && !once), "--depth goes with kept connections in a closed loop");
  require(!other || (!once && wanted.rate == 0), "--close, --handshake and --rate are for plain requests");
  require(wanted.idle == 0 || !once, "--idle goes with kept connections");
  require(!wanted.websocket + !wanted.events + (wanted.read_rate == 0) >= 2,
          "one of --websocket, --events and --read-rate at a time");
}

options from(const po::variables_map& given) {
  options wanted;
  wanted.host = given["host"].as<std::string>();
  wanted.port = given["port"].as<std::uint16_t>();
  wanted.connections = given["connections"].as<std::size_t>();
  wanted.time = seconds(given["seconds"].as<double>());
  wanted.warm = seconds(given["warm"].as<double>());
  wanted.window = std::chrono::milliseconds{given["window"].as<std::size_t>()};
  wanted.targets = targets_of(given);
  if (given.count("body") != 0) wanted.body = given["body"].as<std::size_t>();
  wanted.method = given.count("method") != 0 ? given["method"].as<std::string>() : wanted.body ? "POST" : "GET";
  wanted.fields = given["header"].as<std::vector<std::string>>();
  wanted.depth = given["depth"].as<std::size_t>();
  wanted.rate = given["rate"].as<double>();
  wanted.tls = tls_of(given);
  wanted.close = given["close"].as<bool>();
  wanted.idle = given["idle"].as<std::size_t>();
  wanted.read_rate = given["read-rate"].as<std::size_t>();
  if (given.count("websocket") != 0) wanted.websocket = given["websocket"].as<std::size_t>();
  wanted.events = given["events"].as<bool>();
  wanted.watched = given["watch"].as<std::vector<pid_t>>();
  wanted.histogram = given["histogram"].as<bool>();
  check(wanted);
  return wanted;
}

}  // namespace

std::optional<options> parse_options(int argc, char** argv) try {
  const auto flags = describe();
  po::variables_map given;
  po::store(po::command_line_parser(argc, argv).options(flags).positional({}).run(), given);
  if (given.count("help") != 0) {
    std::cout << about << '\n' << flags;
    return {};
  }
  po::notify(given);
  return from(given);
} catch (const po::error& wrong) {
  throw std::invalid_argument{wrong.what()};
}

}  // namespace baton::bench
