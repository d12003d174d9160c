// Where a server listens: TCP, IPv6, unix sockets, several at once, and what stands in the way.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

bool is_socket(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

// A socket's path as a process leaves it behind that was killed.
void leave_stale_socket(const std::string& path) {
  const descriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  BOOST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
}

std::size_t lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(listeners, leak_check)

BOOST_AUTO_TEST_CASE(a_unix_socket_serves_with_its_mode_and_goes_at_exit) {
  const temporary_directory directory;
  const auto path = directory / "socket";
  server_process server{demo({"--listen", "unix:" + path, "--unix.mode", "0600"})};
  BOOST_TEST(server.address().path == path);
  BOOST_TEST(mode_of(path) == 0600U);
  BOOST_TEST(get(server.address(), "/plaintext").body == "Hello, World!");
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_stale_unix_socket_is_replaced) {
  const temporary_directory directory;
  const auto path = directory / "socket";
  leave_stale_socket(path);
  server_process server{demo({"--listen", "unix:" + path})};
  BOOST_TEST(mode_of(path) == 0660U);
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_unix_socket_that_another_server_serves_is_left_alone) {
  const temporary_directory directory;
  const auto how = demo({"--listen", "unix:" + directory / "socket"});
  server_process first{how};
  const auto second = run_command(how);
  BOOST_TEST(second.status == 1);
  BOOST_TEST(second.err.find(directory / "socket") != std::string::npos);
  BOOST_TEST(get(first.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_left_alone) {
  const temporary_directory directory;
  const auto path = directory.write("precious", "data");
  const auto result = run_command(demo({"--listen", "unix:" + path}));
  BOOST_TEST(result.status == 1);
  BOOST_TEST(directory.read("precious") == "data");
}

BOOST_AUTO_TEST_CASE(the_ipv6_wildcard_is_dual_stack) {
  server_process server{demo({"--listen", "[::]:0"})};
  const auto port = server.address().port;
  BOOST_TEST(get(endpoint{"127.0.0.1", port, {}}, "/plaintext").status == 200);
  BOOST_TEST(get(endpoint{"::1", port, {}}, "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_serves) {
  server_process server{demo({"--listen", "[::1]:0"})};
  BOOST_TEST(server.address().host == "::1");
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_CASE(several_listeners_all_serve) {
  const temporary_directory directory;
  const auto path = directory / "socket";
  server_process server{demo({"--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--listen", "unix:" + path})};
  const auto addresses = server.latest().addresses;
  BOOST_REQUIRE(addresses.size() == 3U);
  for (const auto& each : addresses) {
    BOOST_TEST(get(each, "/pid").body == std::to_string(server.pid()), each.text());
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_one_clear_line_and_exit_1) {
  server_process first;
  const auto second = run_command(demo({"--listen", first.address().text()}));
  BOOST_TEST(second.status == 1);
  BOOST_TEST(second.out == "");
  BOOST_TEST(second.err.find(first.address().text()) != std::string::npos, second.err);
  BOOST_TEST(second.err.find("ddress already in use") != std::string::npos, second.err);
  BOOST_TEST(lines(second.err) == 1U, second.err);
}

BOOST_AUTO_TEST_CASE(one_listener_that_fails_leaves_no_other_behind) {
  const temporary_directory directory;
  const auto path = directory / "socket";
  server_process first;
  const auto second = run_command(demo({"--listen", "unix:" + path, "--listen", first.address().text()}));
  BOOST_TEST(second.status == 1);
  BOOST_TEST(!is_socket(path));
}

BOOST_AUTO_TEST_CASE(a_port_is_free_again_at_once) {
  endpoint where;
  {
    server_process server;
    where = server.address();
    raw_client client{where};
    BOOST_TEST(client.get("/plaintext").status == 200);
    BOOST_TEST(server.stop() == 0);  // the server closes first: its side stays in TIME_WAIT
  }
  server_process again{demo({"--listen", where.text()})};
  BOOST_TEST(again.address().port == where.port);
  BOOST_TEST(get(again.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
