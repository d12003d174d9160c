// What passes from one generation to the next, or from a service manager to the first: listeners,
// their paths and ports, and the pid file.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>

#include "staged_program.hpp"
#include "support/descriptor.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

ino_t inode(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

// A listening socket as a service manager makes it: nobody else can bind its port while it lives.
struct listening_socket {
  descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  endpoint where;
  listening_socket() {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* raw = reinterpret_cast<sockaddr*>(&name);
    BOOST_REQUIRE(::bind(fd.get(), raw, size) == 0);
    BOOST_REQUIRE(::listen(fd.get(), 64) == 0);
    BOOST_REQUIRE(::getsockname(fd.get(), raw, &size) == 0);
    where = endpoint{"127.0.0.1", ntohs(name.sin_port), {}};
  }
};

// The server started as systemd starts it; `pid` is what LISTEN_PID says, `$$` being the server's own.
launch activated(const listening_socket& socket, std::string_view pid) {
  auto how = demo({"--listen", socket.where.text()});
  const auto script = "LISTEN_PID=" + std::string{pid} + " exec \"$0\" \"$@\"";
  how.command.insert(how.command.begin(), {"sh", "-c", script});
  how.environment = {{"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "http"}};
  how.inherit = {socket.fd.get()};
  return how;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(inheritance, leak_check)

BOOST_AUTO_TEST_CASE(a_unix_socket_path_survives_and_goes_with_the_last_generation) {
  const temporary_directory directory;
  const auto path = directory / "socket";
  server_process server{demo({"--listen", "unix:" + path})};
  const auto before = inode(path);
  for (unsigned i = 2; i <= 4; ++i) {
    BOOST_TEST(server.upgrade().number == i);
    BOOST_TEST(inode(path) == before);
    BOOST_TEST(get(server.address(), "/generation").body == std::to_string(i));
  }
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(the_pid_file_names_the_serving_process_and_goes_with_the_last) {
  const temporary_directory directory;
  server_process server{demo({"--pid_file", directory / "pid"})};
  BOOST_TEST(std::stoi(directory.read("pid")) == server.pid());
  for (int i = 0; i < 3; ++i) {
    const auto next = server.upgrade();
    BOOST_TEST(std::stoi(directory.read("pid")) == next.pid);
  }
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!fs::exists(directory / "pid"));
}

BOOST_AUTO_TEST_CASE(a_failed_upgrade_leaves_the_pid_file_alone) {
  const staged_program program;
  const auto& directory = program.directory();
  server_process server{program.started({"--pid_file", directory / "pid"})};
  program.replace_with_script("exit 3");
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("keeps serving"));
  BOOST_TEST(std::stoi(directory.read("pid")) == server.pid());
}

BOOST_AUTO_TEST_CASE(a_socket_from_the_service_manager_is_served) {
  const listening_socket socket;
  server_process server{activated(socket, "$$")};
  BOOST_TEST(get(socket.where, "/plaintext").status == 200);
  const auto held = proc::descriptors(server.pid());
  BOOST_TEST(std::count(held.begin(), held.end(), "socket tcp listening") >= 1);
}

BOOST_AUTO_TEST_CASE(a_socket_from_the_service_manager_passes_on_in_upgrades) {
  const listening_socket socket;
  server_process server{activated(socket, "$$")};
  for (unsigned i = 2; i <= 4; ++i) {
    server.upgrade();
    BOOST_TEST(get(socket.where, "/generation").body == std::to_string(i));
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(sockets_meant_for_another_process_are_not_believed) {
  const listening_socket socket;
  const auto result = run_command(activated(socket, "1"));
  BOOST_TEST(result.status == 1);
  BOOST_TEST(result.err.find("ddress already in use") != std::string::npos, result.err);
}

BOOST_AUTO_TEST_CASE(descriptors_that_do_not_listen_are_not_believed) {
  const listening_socket socket;
  const descriptor other{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto how = activated(socket, "$$");
  how.inherit = {other.get()};
  const auto result = run_command(how);
  BOOST_TEST(result.status == 1);
}

BOOST_AUTO_TEST_CASE(listeners_come_and_go_with_the_conf_file_of_the_next_generation) {
  const temporary_directory directory;
  const auto gone = directory / "gone";
  const auto added = directory / "added";
  const auto conf = [&](const std::string& path) { return "listen = 127.0.0.1:0\nlisten = unix:" + path + "\n"; };
  server_process server{bare_demo({"--config", directory.write("baton.conf", conf(gone))})};
  const auto kept = server.latest().addresses.front();
  BOOST_TEST(get(endpoint{{}, 0, gone}, "/generation").body == "1");
  directory.write("baton.conf", conf(added));
  server.upgrade();
  BOOST_TEST(get(kept, "/generation").body == "2");
  BOOST_TEST(get(endpoint{{}, 0, added}, "/generation").body == "2");
  BOOST_TEST(eventually(patience, [&] { return refuses(endpoint{{}, 0, gone}); }));
  BOOST_TEST(!fs::exists(gone));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(!fs::exists(added));
}

BOOST_AUTO_TEST_CASE(more_or_fewer_workers_serve_the_same_address) {
  const temporary_directory directory;
  const auto conf = [&](int threads) {
    return directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = " + std::to_string(threads) + "\n");
  };
  server_process server{bare_demo({"--config", conf(1)})};
  const auto where = server.address();
  for (const int threads : {4, 2, 1}) {
    conf(threads);
    const auto next = server.upgrade();
    // More connections than workers, so that each of them has some.
    for (int i = 0; i < 20; ++i) BOOST_REQUIRE(get(where, "/generation").body == std::to_string(next.number));
  }
}

BOOST_AUTO_TEST_SUITE_END()
