// Listeners of all three kinds, with real sockets.
#include <cstdlib>
#include <string>
#include <system_error>

#include <netinet/tcp.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"
#include "unit/net/sockets.hpp"

namespace baton::net {
namespace {

struct directory {
  test::temporary_directory folder;
  [[nodiscard]] std::string path(const std::string& name = "s") const { return (folder.path() / name).string(); }
  [[nodiscard]] std::string spec(const std::string& name = "s") const { return "unix:" + path(name); }
};

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

std::string failure_of(const std::string& spec, const bind_options& options = {}) {
  try {
    static_cast<void>(bind_listener(spec, options));
  } catch (const std::system_error& error) {
    return error.what();
  }
  return "";
}

void check_names(const std::string& text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    BOOST_TEST(text.find(part) != std::string::npos, "'" << text << "' does not name '" << part << "'");
  }
}

int option_of(const os::unique_fd& socket, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  BOOST_TEST(::getsockopt(socket.get(), level, name, &value, &length) == 0);
  return value;
}

// What a connection that `l` has accepted was given.
void check_connection_options(const listener& l) {
  const os::unique_fd client = connect_to(l);
  const os::unique_fd served{::accept(l.socket.get(), nullptr, nullptr)};
  BOOST_TEST_REQUIRE(served.get() >= 0);
  BOOST_TEST(option_of(served, IPPROTO_TCP, TCP_NODELAY) != 0);
  BOOST_TEST(option_of(served, SOL_SOCKET, SO_KEEPALIVE) != 0);
  BOOST_TEST(option_of(served, IPPROTO_TCP, TCP_KEEPIDLE) <= 60);
}

// A connection to a unix listener, if its queue has room.
os::unique_fd connect_at_once(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  os::unique_fd client{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) client.reset();
  return client;
}

// Without the right to give files away; the folder stays writable.
class without_privileges {
 public:
  explicit without_privileges(const std::string& folder) {
    if (::geteuid() != 0) return;
    BOOST_REQUIRE(::chown(folder.c_str(), nobody, nobody) == 0);
    BOOST_REQUIRE(::seteuid(nobody) == 0);
    dropped_ = true;
  }
  without_privileges(const without_privileges&) = delete;
  without_privileges& operator=(const without_privileges&) = delete;
  ~without_privileges() {
    if (dropped_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  static constexpr uid_t nobody = 65'534;
  bool dropped_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(listener_sockets)

BOOST_AUTO_TEST_CASE(an_ipv4_listener_takes_connections_at_the_address_it_tells) {
  const listener l = bind_listener("127.0.0.1:0", {});
  BOOST_TEST(l.spec == "127.0.0.1:0");
  BOOST_TEST(l.local.starts_with("127.0.0.1:"));
  BOOST_TEST(l.local != "127.0.0.1:0");
  BOOST_TEST(l.family == AF_INET);
  BOOST_TEST(connect_to(l).get() >= 0);
}

BOOST_AUTO_TEST_CASE(every_listener_is_close_on_exec_and_non_blocking) {
  const directory d;
  for (const std::string& spec : {std::string{"127.0.0.1:0"}, std::string{"[::1]:0"}, d.spec()}) {
    const listener l = bind_listener(spec, {});
    BOOST_TEST_CONTEXT(spec) {
      BOOST_TEST(close_on_exec(l.socket));
      BOOST_TEST(non_blocking(l.socket));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_ipv6_wildcard_takes_ipv4_clients_too) {
  const listener l = bind_listener("[::]:0", {});
  BOOST_TEST(l.local.starts_with("[::]:"));
  const auto port = static_cast<std::uint16_t>(std::stoi(l.local.substr(5)));
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const os::unique_fd client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  BOOST_TEST(::connect(client.get(), reinterpret_cast<const sockaddr*>(&v4), sizeof v4) == 0);
  BOOST_TEST(connect_to(l).get() >= 0);
}

BOOST_AUTO_TEST_CASE(accepted_tcp_sockets_do_not_wait_for_acknowledgements_and_probe_a_silent_peer) {
  const listener bound = bind_listener("127.0.0.1:0", {});
  check_connection_options(bound);
  os::unique_fd plain{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  BOOST_TEST_REQUIRE(::listen(plain.get(), 16) == 0);  // by somebody who has set nothing
  check_connection_options(adopt_listener("127.0.0.1:0", std::move(plain), 16));
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_refused_by_address_and_call) {
  const listener first = bind_listener("127.0.0.1:0", {});
  check_names(failure_of(first.local), {first.local, "bind", "Address already in use"});
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_ours_is_refused_by_address_and_call) {
  check_names(failure_of("192.0.2.1:0"), {"192.0.2.1:0", "bind"});
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused_by_its_text) {
  check_names(failure_of("nonsense"), {"cannot listen on nonsense"});
}

BOOST_AUTO_TEST_CASE(a_unix_listener_has_the_mode_asked_for_whatever_the_umask) {
  const directory d;
  const mode_t before = ::umask(077);
  bind_options options;
  options.unix_mode = 0666;
  const listener l = bind_listener(d.spec(), options);
  ::umask(before);
  struct stat info {};
  BOOST_TEST_REQUIRE(::lstat(d.path().c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0666U);
  BOOST_TEST(l.local == d.spec());
  BOOST_TEST(connect_to(l).get() >= 0);
}

BOOST_AUTO_TEST_CASE(a_stale_unix_path_is_replaced) {
  const directory d;
  { const listener gone = bind_listener(d.spec(), {}); }
  BOOST_TEST_REQUIRE(exists(d.path()));
  const listener l = bind_listener(d.spec(), {});
  BOOST_TEST(connect_to(l).get() >= 0);
}

BOOST_AUTO_TEST_CASE(a_unix_path_in_use_is_refused_and_goes_on_working) {
  const directory d;
  const listener first = bind_listener(d.spec(), {});
  check_names(failure_of(d.spec()), {d.spec(), "bind", "Address already in use"});
  BOOST_TEST(connect_to(first).get() >= 0);
}

BOOST_AUTO_TEST_CASE(a_path_in_use_with_a_full_queue_is_still_in_use) {
  const directory d;
  bind_options options;
  options.backlog = 0;
  const listener first = bind_listener(d.spec(), options);
  const os::unique_fd queued = connect_to(first);
  check_names(failure_of(d.spec()), {"Address already in use"});
  BOOST_TEST(exists(d.path()));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_never_removed) {
  const directory d;
  const os::unique_fd file{::open(d.path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
  check_names(failure_of(d.spec()), {d.spec(), "no socket"});
  BOOST_TEST(exists(d.path()));
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_is_not_followed_to_remove_what_it_names) {
  const directory d;
  { const listener gone = bind_listener(d.spec("target"), {}); }
  BOOST_TEST_REQUIRE(::symlink(d.path("target").c_str(), d.path().c_str()) == 0);
  check_names(failure_of(d.spec()), {"no socket"});
  BOOST_TEST(exists(d.path("target")));
}

BOOST_AUTO_TEST_CASE(an_unknown_owner_is_refused_by_name_and_leaves_no_path) {
  const directory d;
  bind_options options;
  options.unix_owner = "nobody-of-that-name";
  check_names(failure_of(d.spec(), options), {d.spec(), "nobody-of-that-name"});
  options.unix_owner = ":no-such-group-here";
  check_names(failure_of(d.spec(), options), {d.spec(), "no-such-group-here"});
  BOOST_TEST(!exists(d.path()));
}

BOOST_AUTO_TEST_CASE(an_owner_that_cannot_be_set_is_refused_by_call_and_leaves_no_path) {
  const directory d;
  bind_options options;
  options.unix_owner = "root";
  std::string failure;
  {
    const without_privileges now{d.folder.path().string()};
    failure = failure_of(d.spec(), options);
  }
  check_names(failure, {d.spec(), "chown", "not permitted"});
  BOOST_TEST(!exists(d.path()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_does_not_exist_is_refused_by_address_and_call) {
  check_names(failure_of("unix:/nowhere/at/all/s"), {"unix:/nowhere/at/all/s", "bind", "No such file"});
}

BOOST_AUTO_TEST_CASE(an_adopted_listener_is_the_same_socket) {
  listener first = bind_listener("127.0.0.1:0", {});
  const std::string local = first.local;
  const listener l = adopt_listener("127.0.0.1:0", std::move(first.socket), 16);
  BOOST_TEST(l.local == local);
  BOOST_TEST(l.family == AF_INET);
  BOOST_TEST(connect_to(l).get() >= 0);
}

BOOST_AUTO_TEST_CASE(an_adopted_listener_has_the_backlog_of_its_new_process) {
  const directory d;
  bind_options options;
  options.backlog = 0;
  listener first = bind_listener(d.spec(), options);
  const os::unique_fd queued = connect_at_once(d.path());
  BOOST_TEST(queued.get() >= 0);
  BOOST_TEST(connect_at_once(d.path()).get() < 0);
  const listener l = adopt_listener(d.spec(), std::move(first.socket), 16);
  BOOST_TEST(l.adopted);
  BOOST_TEST(connect_at_once(d.path()).get() >= 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_cannot_be_adopted) {
  BOOST_CHECK_THROW(
      static_cast<void>(adopt_listener("127.0.0.1:0", os::unique_fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}, 16)),
      std::system_error);
}

BOOST_AUTO_TEST_CASE(a_path_is_removed_only_while_it_is_this_listeners) {
  const directory d;
  const listener first = bind_listener(d.spec(), {});
  BOOST_TEST_REQUIRE(::rename(d.path().c_str(), d.path("moved").c_str()) == 0);
  const listener second = bind_listener(d.spec(), {});
  remove_path(first);
  BOOST_TEST(exists(d.path()));
  remove_path(second);
  BOOST_TEST(!exists(d.path()));
}

BOOST_AUTO_TEST_CASE(addresses_read_as_the_log_shows_them) {
  sockaddr_storage address{};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(4711);
  v6.sin6_addr = in6addr_loopback;
  BOOST_TEST(to_string(address, sizeof v6) == "[::1]:4711");
  address = {};
  address.ss_family = AF_UNIX;
  BOOST_TEST(to_string(address, sizeof(sa_family_t)) == "unix:");
  address.ss_family = AF_NETLINK;
  BOOST_TEST(to_string(address, sizeof address) == "?");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::net
