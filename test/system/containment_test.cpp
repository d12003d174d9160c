// What a server that root has started gives up, and that upgrades still work. Needs root, as tests in containers have.
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "support/https_site.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

constexpr const char* nobody = "65534";

boost::test_tools::assertion_result we_are_root(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result{::geteuid() == 0};
  result.message() << "only root can give up being root";
  return result;
}

boost::test_tools::assertion_result low_ports_are_kept(boost::unit_test::test_unit_id id) {
  auto result = we_are_root(id);
  std::ifstream setting{"/proc/sys/net/ipv4/ip_unprivileged_port_start"};
  int first = 0;
  if (!result || !(setting >> first) || first < 1024) {
    result = boost::test_tools::assertion_result{false};
    result.message() << "ports below 1024 are free for everybody here, or this is not root";
  }
  return result;
}

/// A line of /proc/PID/status, blanks made one.
std::string status_of(pid_t pid, const std::string& name) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream words{line.substr(name.size() + 1)};
    std::string all;
    for (std::string word; words >> word;) all.append(all.empty() ? "" : " ").append(word);
    return all;
  }
  return "(none)";
}

launch contained(std::vector<std::string> flags = {}) {
  flags.insert(flags.end(), {"--privileges.user", nobody, "--privileges.group", nobody});
  return demo(std::move(flags));
}

void check_contained(pid_t pid, const std::string& capabilities) {
  BOOST_TEST(status_of(pid, "Uid") == "65534 65534 65534 65534");
  BOOST_TEST(status_of(pid, "Gid") == "65534 65534 65534 65534");
  BOOST_TEST(status_of(pid, "Groups") == "65534");
  BOOST_TEST(status_of(pid, "CapPrm") == capabilities);
  BOOST_TEST(status_of(pid, "CapEff") == capabilities);
  BOOST_TEST(status_of(pid, "CapAmb") == capabilities);
  BOOST_TEST(status_of(pid, "NoNewPrivs") == "1");
  BOOST_TEST(status_of(pid, "Umask") == "0027");
}

const std::string bind_only = "0000000000000400";
const std::string none = "0000000000000000";

/// A directory whose files the server may make when it is nobody.
struct open_directory : temporary_directory {
  open_directory() { BOOST_REQUIRE(::chmod(path().c_str(), 0777) == 0); }
};

std::string free_low_port() {
  for (int port = 1023; port > 900; --port) {
    const endpoint where{"127.0.0.1", static_cast<std::uint16_t>(port), {}};
    if (refuses(where)) return where.text();
  }
  throw std::runtime_error{"no port below 1024 is free"};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(containment, leak_check)

BOOST_AUTO_TEST_CASE(after_the_start_nothing_of_root_is_left, *boost::unit_test::precondition(we_are_root)) {
  server_process server{contained({"--privileges.keep", "none"})};
  check_contained(server.pid(), none);
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(server.logs("running as 65534"));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(upgrades_work_without_privileges_and_give_none_back,
                     *boost::unit_test::precondition(we_are_root)) {
  const open_directory directory;
  server_process server{contained({"--pid_file", directory / "pid", "--log_file", directory / "log", "--listen",
                                   "127.0.0.1:0", "--listen", "unix:" + (directory / "socket")})};
  check_contained(server.pid(), bind_only);
  const auto second = server.upgrade();
  check_contained(second.pid, bind_only);
  BOOST_TEST(get(second.addresses.front(), "/generation").body == "2");
  BOOST_TEST(get(second.addresses.back(), "/generation").body == "2");
  BOOST_TEST(directory.read("pid") == std::to_string(second.pid) + "\n");
  BOOST_TEST(directory.read("log").find("generation 2") != std::string::npos);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_low_port_is_handed_over_without_any_capability,
                     *boost::unit_test::precondition(low_ports_are_kept)) {
  server_process server{contained({"--listen", free_low_port(), "--privileges.keep", "none"})};
  const auto second = server.upgrade();
  check_contained(second.pid, none);
  BOOST_TEST(get(second.addresses.front(), "/generation").body == "2");
}

BOOST_AUTO_TEST_CASE(a_low_port_that_is_new_needs_the_capability_and_says_so,
                     *boost::unit_test::precondition(low_ports_are_kept)) {
  const open_directory directory;
  const std::string low = free_low_port();
  for (const bool keeps : {true, false}) {
    const std::string common =
        "threads = 1\n[privileges]\nuser = 65534\ngroup = 65534\nkeep = " + std::string{keeps ? "bind" : "none"} +
        "\n[upgrade]\nguard = 0\n";
    const std::string conf = directory.write("conf", "listen = 127.0.0.1:0\n" + common);
    BOOST_REQUIRE(::chmod(conf.c_str(), 0644) == 0);
    server_process server{bare_demo({"--config", conf})};
    directory.write("conf", "listen = " + low + "\n" + common);
    BOOST_REQUIRE(::chmod(conf.c_str(), 0644) == 0);
    server.signal(SIGHUP);
    if (keeps) {
      BOOST_TEST(server.logs(low + " is served now"));
      BOOST_TEST(get(endpoint::parse("http://" + low), "/plaintext").status == 200);
    } else {
      BOOST_TEST(server.logs("ports below 1024 need CAP_NET_BIND_SERVICE"));
      BOOST_TEST(get(server.address(), "/plaintext").status == 200);
    }
    BOOST_TEST(server.stop() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_user_that_there_is_not_ends_the_start_with_a_word) {
  server_process server{demo({"--privileges.user", "no-such-user-here"}), server_process::unawaited{}};
  BOOST_TEST(server.wait(server.child().pid()) == 1);
  BOOST_TEST(server.logs("no such user as 'no-such-user-here'"));
}

BOOST_AUTO_TEST_CASE(a_pid_file_that_the_user_cannot_write_ends_the_start_with_a_word,
                     *boost::unit_test::precondition(we_are_root)) {
  const temporary_directory directory;  // root's alone
  server_process server{contained({"--pid_file", directory / "pid"}), server_process::unawaited{}};
  BOOST_TEST(server.wait(server.child().pid()) == 1);
  BOOST_TEST(server.logs("its directory must be writable for user 65534"));
}

BOOST_AUTO_TEST_CASE(keys_that_only_root_can_read_serve_until_somebody_else_has_to_read_them,
                     *boost::unit_test::precondition(we_are_root)) {
  const https_site site;
  BOOST_REQUIRE(::chmod(site.file("main.key").c_str(), 0600) == 0);
  BOOST_REQUIRE(::chmod(site.directory().path().c_str(), 0755) == 0);
  server_process server{contained(site.flags({"main"}, {"--listen", "127.0.0.1:0"}))};
  const endpoint plain = server.latest().addresses.back();
  BOOST_TEST(get(plain, "/plaintext").status == 200);
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("main.key: cannot be read"));
  BOOST_TEST(server.logs("upgrading -> serving"));
  BOOST_TEST(get(plain, "/generation").body == "1");
}

BOOST_AUTO_TEST_CASE(descriptors_are_raised_to_what_the_limit_needs_or_it_says_that_they_are_not) {
  server_process modest{demo({"--limits.connections", "1500"})};
  std::ifstream in{"/proc/" + std::to_string(modest.pid()) + "/limits"};
  std::string line;
  while (std::getline(in, line) && !line.starts_with("Max open files")) {
  }
  std::istringstream words{line.substr(14)};
  std::size_t soft = 0;
  words >> soft;
  BOOST_TEST(soft >= 1596U);
  server_process greedy{demo({"--limits.connections", "100000000"})};
  BOOST_TEST(greedy.logs("limits.connections = 100000000 needs 100000096 descriptors"));
  BOOST_TEST(get(greedy.address(), "/plaintext").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
