#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include <baton/client_address.hpp>

#include "base/listen_address.hpp"
#include "config/table.hpp"

namespace baton::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using namespace std::chrono_literals;

constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr auto longest = hours{24};  // longer ones mean "no limit", which is 0

constexpr number_form number(std::uint64_t minimum, std::uint64_t maximum) {
  return {minimum, maximum};
}
constexpr size_form size(std::uint64_t minimum, std::uint64_t maximum) {
  return {minimum, maximum};
}
constexpr duration_form duration(milliseconds minimum, milliseconds maximum) {
  return {minimum, maximum};
}

template <auto... Path>
auto& member(auto& settings) {
  return (settings.*....*Path);
}

/// The entry of the member at `Path` (member pointers, outermost first).
template <auto... Path, class Form>
entry option(std::string name, Form form, std::string help) {
  entry made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.hint = form.hint();
  made.parse = [form](std::string_view text, values& into) {
    typename Form::value_type value{};
    auto wrong = form.parse(text, value);
    auto& target = member<Path...>(into.settings);
    if (!wrong) target = static_cast<std::remove_reference_t<decltype(target)>>(std::move(value));
    return wrong;
  };
  made.print = [form](const values& from) {
    const auto& source = member<Path...>(from.settings);
    return std::vector<std::string>{form.print(static_cast<typename Form::value_type>(source))};
  };
  return made;
}

entry listen_option() {
  entry made;
  made.name = "listen";
  made.help =
      "Address to serve on; may be given several times. 127.0.0.1:8080, [::1]:8080, :8080 or [::]:8080 for every "
      "interface (IPv4 and IPv6), unix:/path. Port 0 lets the system choose. https://ADDRESS speaks TLS, "
      "redirect://ADDRESS sends every request to https.";
  made.hint = "ADDRESS";
  made.repeatable = true;
  made.clear = [](values& into) { into.settings.listen.clear(); };
  made.parse = [](std::string_view text, values& into) -> problem {
    const auto parsed = parse_address(text);
    if (!parsed) return in_quotes(text) + " is no address to listen on: " + parsed.error;
    into.settings.listen.emplace_back(text);
    return {};
  };
  made.print = [](const values& from) { return from.settings.listen; };
  return made;
}

entry plugin_option() {
  entry made;
  made.name = "plugin";
  made.help =
      "Shared object whose routes are served beside the program's own; may be given several times. Loaded anew by a "
      "reload when its file has changed.";
  made.hint = "PATH";
  made.repeatable = true;
  made.clear = [](values& into) { into.settings.plugin.clear(); };
  made.parse = [](std::string_view text, values& into) -> problem {
    if (!text.empty()) into.settings.plugin.emplace_back(text);
    return {};
  };
  made.print = [](const values& from) { return from.settings.plugin; };
  return made;
}

entry watch_option() {
  entry made;
  made.name = "watch";
  made.help =
      "What to watch; may be given several times. binary: replaced, the process is upgraded; config: changed, it is "
      "read again; plugin; or the path of a file that asks for an upgrade when it is touched, written or made.";
  made.hint = "binary|config|plugin|PATH";
  made.repeatable = true;
  made.clear = [](values& into) { into.settings.watch.targets.clear(); };
  made.parse = [](std::string_view text, values& into) -> problem {
    if (!text.empty()) into.settings.watch.targets.emplace_back(text);
    return {};
  };
  made.print = [](const values& from) { return from.settings.watch.targets; };
  return made;
}

/// A repeatable option of address prefixes.
template <std::vector<std::string> proxy_options::*List>
entry prefixes_option(std::string name, std::string help) {
  entry made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.hint = "PREFIX";
  made.repeatable = true;
  made.clear = [](values& into) { (into.settings.proxies.*List).clear(); };
  made.parse = [](std::string_view text, values& into) -> problem {
    if (text.empty()) return {};
    if (!address_prefix::parse(text)) {
      return in_quotes(text) + " is no range of addresses; write 10.0.0.0/8, 2001:db8::/32, one address, or unix";
    }
    (into.settings.proxies.*List).emplace_back(text);
    return {};
  };
  made.print = [](const values& from) { return from.settings.proxies.*List; };
  return made;
}

problem check_account(std::string_view text) {
  if (text.find_first_of(" :") == std::string_view::npos) return {};
  return in_quotes(text) + " is no name and no number";
}

entry redact_option() {
  entry made;
  made.name = "access_log.redact";
  made.help =
      "Query parameters whose values are not logged, separated by commas; field:referer and field:user-agent hide "
      "those. Empty: none.";
  made.hint = "NAMES";
  made.parse = [](std::string_view text, values& into) -> problem {
    std::vector<std::string>& names = into.settings.access_log.redact;
    names.clear();
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(','), text.size());
      std::string_view name = text.substr(0, end);
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      if (!name.empty()) names.emplace_back(name);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
  };
  made.print = [](const values& from) {
    std::string joined;
    for (const std::string& name : from.settings.access_log.redact) joined += (joined.empty() ? "" : ", ") + name;
    return std::vector<std::string>{joined};
  };
  return made;
}

problem check_server_name(std::string_view text) {
  constexpr std::size_t most = 128;
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (std::all_of(text.begin(), text.end(), printable) && text.size() <= most) return {};
  return fmt::format("{} cannot be sent; write at most {} printable ASCII characters", in_quotes(text), most);
}

problem check_owner(std::string_view text) {
  const auto colon = text.find(':');
  const bool two_colons = colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos;
  const bool bare_end = !text.empty() && colon == text.size() - 1;
  if (!two_colons && !bare_end && text.find(' ') == std::string_view::npos) return {};
  return in_quotes(text) + " is not an owner; write user, user:group or :group";
}

problem check_admin(std::string_view text) {
  if (text.empty()) return {};
  const auto parsed = parse_address(text);
  if (!parsed) return in_quotes(text) + " is no address to listen on: " + parsed.error;
  if (parsed.address->scheme == listen_scheme::http) return {};
  return in_quotes(text) + " cannot be the admin listener, which speaks plain HTTP; leave https:// out";
}

problem check_readiness(std::string_view text) {
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '{' && c != '}' && c != '?' && c != '#'; };
  const bool path = text.size() > 1 && text.front() == '/' && text.back() != '/';
  if (text.empty() || (path && std::all_of(text.begin(), text.end(), plain))) return {};
  return in_quotes(text) + " is no path for a route; write one like /readyz";
}

void add_general(table& all) {
  using o = baton::options;
  all.push_back(listen_option());
  all.push_back(option<&o::threads>("threads", number(0, 256),
                                    "Worker threads. 0: one per processor that the process may run on."));
  all.push_back(option<&o::backlog>(
      "backlog", number(1, 65'535),
      "Connections that the kernel queues per listener; its own limit (net.core.somaxconn) applies too."));
  all.push_back(option<&o::pid_file>("pid_file", text_form{nullptr, "PATH"},
                                     "File that holds the pid of the serving process. Empty: none."));
  all.push_back(option<&o::control>("control", text_form{nullptr, "PATH"},
                                    "Control socket, which batonctl talks to; only the server's own user and root "
                                    "may. Empty: none."));
  all.push_back(option<&o::admin>("admin", text_form{check_admin, "ADDRESS"},
                                  "Address of the admin listener: status page, /metrics, /livez and /readyz, for "
                                  "anybody who can connect. Empty: none."));
  all.push_back(option<&o::server_name>("server_name", text_form{check_server_name},
                                        "The Server field of every answer. Empty: none is sent."));
  all.push_back(option<&o::log>("log", choice_form<log_level>{{"debug", "info", "warning", "error"}},
                                "Least important messages that are logged."));
  all.push_back(option<&o::log_file>("log_file", text_form{nullptr, "PATH"},
                                     "File that the log is appended to. Empty: standard error."));
  using a = access_log_options;
  all.push_back(option<&o::access_log, &a::path>(
      "access_log", text_form{nullptr, "PATH"},
      "File that a line is appended to for each answer; stderr or -: standard error. Empty: none."));
  all.push_back(option<&o::access_log, &a::format>(
      "access_log.format", choice_form<access_log_format>{{"combined", "json"}}, "How those lines look."));
  all.push_back(redact_option());
  all.push_back(plugin_option());
  all.push_back(watch_option());
}

void add_limits(table& all) {
  using o = baton::options;
  using l = limit_options;
  all.push_back(option<&o::limits, &l::head>("limits.head", size(256, 1 << 20),
                                             "Request line and field section together; 431 beyond."));
  all.push_back(option<&o::limits, &l::fields>("limits.fields", number(1, 10'000),
                                               "Field lines, and separately trailer lines; 431 beyond."));
  all.push_back(option<&o::limits, &l::target>(
      "limits.target", size(1, 1 << 20),
      "Request target; 414 beyond. At most limits.head, and lowered to it if that comes from a stronger place."));
  all.push_back(option<&o::limits, &l::body>("limits.body", size(0, largest),
                                             "Request body after decoding; 413 beyond. 0: no limit."));
  all.push_back(option<&o::limits, &l::requests>(
      "limits.requests", number(0, largest),
      "Requests on one connection; the last is answered with Connection: close. 0: no limit."));
  all.push_back(
      option<&o::limits, &l::connections>("limits.connections", number(0, 100'000'000),
                                          "Open connections; 503 beyond. 0: what RLIMIT_NOFILE allows, less 64."));
  all.push_back(option<&o::limits, &l::connections_per_address>(
      "limits.connections_per_address", number(0, 100'000'000),
      "Open connections per peer address (an IPv6 /64 counts as one); 503 beyond. 0: no limit."));
}

void add_timeouts(table& all) {
  using o = baton::options;
  using t = timeout_options;
  all.push_back(option<&o::timeouts, &t::head>("timeouts.head", duration(0ms, longest),
                                               "For a whole request head; 408 beyond. 0: no limit."));
  all.push_back(option<&o::timeouts, &t::idle>("timeouts.idle", duration(0ms, longest),
                                               "Between two requests; then the connection is closed. 0: no limit."));
  all.push_back(option<&o::timeouts, &t::body>("timeouts.body", duration(0ms, longest),
                                               "Without any byte of a body that is read; 408 beyond. 0: no limit."));
  all.push_back(option<&o::timeouts, &t::write>(
      "timeouts.write", duration(0ms, longest),
      "Without the client taking any byte of an answer; then the connection is closed. 0: no limit."));
  all.push_back(option<&o::timeouts, &t::linger_close>(
      "timeouts.linger_close", duration(0ms, minutes{1}),
      "How long a half-closed connection is read on, so that the client gets the last answer. 0: closes at once."));
  all.push_back(option<&o::timeouts, &t::body_rate>(
      "timeouts.body_rate", size(0, largest),
      "Least bytes a second of a request body, on average, after 5 s; 408 below. 0: no limit."));
}

void add_drain(table& all) {
  using o = baton::options;
  using d = drain_options;
  all.push_back(option<&o::drain, &d::idle>("drain.idle", choice_form<idle_policy>{{"close", "linger", "transfer"}},
                                            "Idle connections in a drain: close them at once; or keep them for "
                                            "drain.linger and close each after its next answer; or, on an upgrade, "
                                            "give them to the new process."));
  all.push_back(
      option<&o::drain, &d::linger>("drain.linger", duration(0ms, longest),
                                    "How long idle connections are kept with drain.idle = linger. 0: not at all."));
  all.push_back(
      option<&o::drain, &d::timeout>("drain.timeout", duration(0ms, longest),
                                     "Then what is left is closed by force and the exit status is 1. 0: no limit."));
  all.push_back(
      option<&o::drain, &d::fresh>("drain.fresh", duration(0ms, longest),
                                   "How long a new connection without a byte counts as active. 0: not at all."));
  all.push_back(option<&o::shutdown, &shutdown_options::delay>(
      "shutdown.delay", duration(0ms, hours{1}),
      "How long to go on serving after a signal to stop, while shutdown.readiness says 503. 0: drains at once."));
  all.push_back(option<&o::shutdown, &shutdown_options::readiness>(
      "shutdown.readiness", text_form{check_readiness, "PATH"},
      "Path that answers 200 while the process serves and 503 once it is to stop. Empty: none."));
}

void add_upgrade(table& all) {
  using o = baton::options;
  using u = upgrade_options;
  all.push_back(option<&o::upgrade, &u::timeout>("upgrade.timeout", duration(100ms, hours{1}),
                                                 "For the new process to become ready; then it is killed."));
  all.push_back(option<&o::upgrade, &u::state_limit>(
      "upgrade.state_limit", size(0, largest),
      "State that a new process takes from the old one; an upgrade with more fails. 0: none, it starts without."));
  all.push_back(option<&o::upgrade, &u::guard>(
      "upgrade.guard", duration(0ms, hours{1}),
      "How long the old process stays after its drain, to serve again if the new one fails. 0: not at all."));
  all.push_back(option<&o::upgrade, &u::before>(
      "upgrade.before", text_form{nullptr, "COMMAND"},
      "Runs by /bin/sh before each upgrade, and refuses it by any status but 0. Empty: none."));
  all.push_back(option<&o::upgrade, &u::before_timeout>(
      "upgrade.before_timeout", duration(1s, longest),
      "For that command, and for the program's own callbacks; then it is killed and the upgrade refused."));
  all.push_back(
      option<&o::upgrade, &u::sha256>("upgrade.sha256", text_form{nullptr, "PATH"},
                                      "File with the SHA-256 digest that a new binary must have. Empty: none."));
  all.push_back(option<&o::upgrade, &u::signature>(
      "upgrade.signature", text_form{nullptr, "PATH"},
      "File with a detached signature that a new binary must have; needs upgrade.public_key. Empty: none."));
  all.push_back(option<&o::upgrade, &u::public_key>("upgrade.public_key", text_form{nullptr, "PATH"},
                                                    "The public key of that signature, a PEM file."));
}

void add_streams(table& all) {
  using o = baton::options;
  using w = websocket_options;
  using e = event_options;
  constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
  all.push_back(option<&o::websocket, &w::message>("websocket.message", size(1, gibibyte),
                                                   "Largest message from a WebSocket's client; 1009 beyond."));
  all.push_back(option<&o::websocket, &w::queue>("websocket.queue", size(1024, gibibyte),
                                                 "Messages that may wait for a slow WebSocket client, in bytes."));
  all.push_back(option<&o::websocket, &w::ping>(
      "websocket.ping", duration(0ms, longest),
      "Silence of a WebSocket's client after which it is pinged; it then has as long to answer. 0: never."));
  all.push_back(option<&o::websocket, &w::close>("websocket.close", duration(100ms, minutes{1}),
                                                 "How long a WebSocket's client may take to answer a close."));
  all.push_back(
      option<&o::websocket, &w::deflate>("websocket.deflate", choice_form<bool>{{"off", "on"}},
                                         "Whether messages of WebSockets are compressed for clients that offer it."));
  all.push_back(option<&o::events, &e::keep_alive>("events.keep_alive", duration(0ms, longest),
                                                   "Silence after which an event stream sends a comment. 0: none."));
  all.push_back(option<&o::events, &e::retry>(
      "events.retry", duration(0ms, hours{1}),
      "When clients of an event stream come back after an upgrade or restart; up to half is added at random."));
}

/// A list of files in the TLS settings.
entry tls_files_option(std::string name, std::vector<std::string> tls_options::*files, std::string help) {
  entry made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.hint = "PATH";
  made.repeatable = true;
  made.clear = [files](values& into) { (into.settings.tls.*files).clear(); };
  made.parse = [files](std::string_view text, values& into) -> problem {
    if (!text.empty()) (into.settings.tls.*files).emplace_back(text);
    return {};
  };
  made.print = [files](const values& from) { return from.settings.tls.*files; };
  return made;
}

void add_tls(table& all) {
  using o = baton::options;
  using t = tls_options;
  all.push_back(tls_files_option("tls.certificate", &t::certificate,
                                 "PEM file with a certificate and its chain; may be given several times. The one that "
                                 "names the host asked for is shown, else the first."));
  all.push_back(tls_files_option("tls.key", &t::key, "PEM file with the key of each certificate, in the same order."));
  all.push_back(option<&o::tls, &t::client_ca>("tls.client_ca", text_form{nullptr, "PATH"},
                                               "PEM file with the authorities of client certificates. Empty: none."));
  all.push_back(option<&o::tls, &t::verify_client>("tls.verify_client",
                                                   choice_form<client_verification>{{"none", "optional", "require"}},
                                                   "Whether clients must show a certificate of tls.client_ca."));
  all.push_back(tls_files_option("tls.ocsp", &t::ocsp,
                                 "OCSP answer (DER) to staple; may be given several times, one for a certificate."));
  all.push_back(option<&o::tls, &t::min_version>("tls.min_version", choice_form<tls_version>{{"1.2", "1.3"}},
                                                 "The oldest version of TLS that is spoken."));
  all.push_back(option<&o::tls, &t::ciphers>("tls.ciphers", text_form{nullptr, "LIST"},
                                             "Cipher suites of TLS 1.2, as OpenSSL names them. Empty: modern ones."));
  all.push_back(option<&o::tls, &t::handshake_timeout>("tls.handshake_timeout", duration(100ms, minutes{10}),
                                                       "For a TLS handshake; then the connection is closed."));
  all.push_back(option<&o::tls, &t::handshakes>("tls.handshakes", number(1, 1'000'000),
                                                "Handshakes under way; a further one waits for its turn."));
  all.push_back(
      option<&o::tls, &t::ticket_rotation>("tls.ticket_rotation", duration(0ms, hours{168}),
                                           "How often the key of session tickets changes. 0: no session is resumed."));
  all.push_back(option<&o::tls, &t::hsts>("tls.hsts", duration(0ms, hours{24 * 365 * 10}),
                                          "max-age of Strict-Transport-Security in answers over TLS. 0: not sent."));
  all.push_back(option<&o::tls, &t::redirect_port>(
      "tls.redirect_port", number(0, 65'535),
      "Where redirect:// listeners send clients. 0: the port of the first https:// listener."));
}

void add_unix_and_blocking(table& all) {
  using o = baton::options;
  all.push_back(option<&o::watch, &watch_options::delay>(
      "watch.delay", duration(50ms, minutes{1}), "How long a watched file must be left alone before a change counts."));
  using b = blocking_options;
  all.push_back(
      option<&o::unix_socket, &unix_options::mode>("unix.mode", mode_form{}, "Permissions of unix sockets, octal."));
  all.push_back(option<&o::unix_socket, &unix_options::owner>(
      "unix.owner", text_form{check_owner, "OWNER"},
      "Owner of unix sockets: user, user:group or :group. Empty: the process's own."));
  all.push_back(option<&o::blocking, &b::threads>("blocking.threads", number(1, 1'024),
                                                  "Threads for blocking handlers, started on first use."));
  all.push_back(option<&o::blocking, &b::queue>("blocking.queue", number(0, 1'000'000),
                                                "Requests that may wait for one; 503 beyond. 0: none waits."));
}

void add_proxies(table& all) {
  using o = baton::options;
  all.push_back(prefixes_option<&proxy_options::trusted>(
      "proxies.trusted",
      "Peers that are believed when Forwarded or X-Forwarded-For name the client; may be given several times. Empty: "
      "nobody is."));
  all.push_back(option<&o::proxies, &proxy_options::field>(
      "proxies.field", choice_form<forwarded_field>{{"any", "forwarded", "x_forwarded_for"}},
      "The field that they write; any: the one that is there, and neither where both are."));
  all.push_back(prefixes_option<&proxy_options::protocol>(
      "proxies.protocol",
      "Peers whose connections must begin with a PROXY header, version 1 or 2; may be given several times. Empty: "
      "nobody's do."));
}

void add_privileges(table& all) {
  using o = baton::options;
  using p = privilege_options;
  all.push_back(option<&o::privileges, &p::user>(
      "privileges.user", text_form{check_account, "USER"},
      "Whom a process that was started by root becomes once it is ready. Empty: it stays who it is."));
  all.push_back(option<&o::privileges, &p::group>("privileges.group", text_form{check_account, "GROUP"},
                                                  "Its group. Empty: the user's own."));
  all.push_back(option<&o::privileges, &p::keep>(
      "privileges.keep", choice_form<kept_privileges>{{"none", "bind"}},
      "Capabilities that stay; bind: to bind ports below 1024, also in later generations."));
  all.push_back(option<&o::privileges, &p::no_new_privs>(
      "privileges.no_new_privs", choice_form<bool>{{"no", "yes"}},
      "Whether exec gives neither this process nor its children further privileges."));
  all.push_back(option<&o::privileges, &p::umask>("privileges.umask", mode_form{},
                                                  "Permissions that new files don't get, octal."));
}

}  // namespace

table builtin_options() {
  table all;
  add_general(all);
  add_limits(all);
  add_timeouts(all);
  add_drain(all);
  add_upgrade(all);
  add_streams(all);
  add_tls(all);
  add_unix_and_blocking(all);
  add_proxies(all);
  add_privileges(all);
  return all;
}

}  // namespace baton::config
