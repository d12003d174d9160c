// Plugins exchanged in a running server: what its clients see of it (nothing), and what stays of the old code
// (nothing, but not a moment too early).
#include <signal.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

// A plugin's file that is replaced as a careful build does it, by rename.
class plugin_file {
 public:
  explicit plugin_file(const std::string& version) { put(version); }

  void put(const std::string& version) const {
    const fs::path fresh = directory_.path() / "fresh.so";
    fs::copy_file(TEST_PLUGINS "/" + version + ".so", fresh, fs::copy_options::overwrite_existing);
    fs::rename(fresh, path());
  }
  void cut() const { fs::resize_file(path(), fs::file_size(path()) / 2); }
  [[nodiscard]] std::string path() const { return directory_.path() / "live.so"; }

 private:
  temporary_directory directory_;
};

struct plugin_server : plugin_file, server_process {
  explicit plugin_server(const std::string& version, std::vector<std::string> flags = {})
      : plugin_file{version}, server_process{demo(with_plugin(std::move(flags), path()))} {}

  static std::vector<std::string> with_plugin(std::vector<std::string> flags, const std::string& path) {
    flags.insert(flags.end(), {"--plugin", path});
    return flags;
  }

  void reload() { signal(SIGHUP); }
  // Which loaded copies of the file are mapped, by inode.
  [[nodiscard]] std::set<std::string> mapped() const {
    std::ifstream maps{"/proc/" + std::to_string(pid()) + "/maps"};
    std::set<std::string> inodes;
    for (std::string line; std::getline(maps, line);) {
      if (line.find("plugin:live.so") == line.npos) continue;
      std::istringstream words{line};
      std::string addresses, access, offset, device, inode;
      words >> addresses >> access >> offset >> device >> inode;
      inodes.insert(inode);
    }
    return inodes;
  }
  [[nodiscard]] bool serves(const std::string& version) const {
    return eventually(patience, [&] { return get(address(), "/plugin/version").body == version; });
  }
  // It has nothing to do: what it has begun waits for its clients.
  void await_rest() const {
    BOOST_REQUIRE(eventually(patience, [&] {
      const auto before = proc::cpu_time(pid());
      std::this_thread::sleep_for(std::chrono::milliseconds{300});
      return proc::cpu_time(pid()) == before;
    }));
  }
  void swap_to(const std::string& version) {
    put(version);
    reload();
    BOOST_REQUIRE(serves(version));
  }
  [[nodiscard]] bool alone() const {
    return eventually(patience, [&] { return mapped().size() == 1; });
  }
};

std::string upgrade_request(std::string_view path) {
  return get_request(path, "Connection: upgrade\r\nUpgrade: raw\r\n");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(plugins, leak_check)

BOOST_AUTO_TEST_CASE(the_example_serves_its_greeting) {
  server_process server{demo({"--plugin", HELLO_PLUGIN})};
  BOOST_TEST(get(server.address(), "/hello").body == "hello from a plugin\n");
  BOOST_TEST(get(server.address(), "/hello/count?n=2").body == "1 hello from a plugin\n2 hello from a plugin\n");
  BOOST_TEST(get(server.address(), "/plaintext").body == "Hello, World!");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(no_request_is_lost_while_plugins_are_swapped_under_load) {
  plugin_server server{"one"};
  std::atomic<bool> stop{false};
  std::atomic<unsigned> answered{0};
  std::atomic<unsigned> failed{0};
  std::vector<std::thread> clients;
  for (const std::string path : {"/plugin/version", "/plugin/version", "/plugin/sleep?ms=3", "/plugin/block?ms=1"}) {
    clients.emplace_back([&, path, where = server.address()] {
      try {
        raw_client http{where};
        while (!stop) {
          const auto answer = http.get(path);
          const bool good = answer.status == 200 && (answer.body == "one" || answer.body == "two") && !answer.closes();
          (good ? answered : failed) += 1;
        }
      } catch (const std::exception&) {
        ++failed;
      }
    });
  }
  for (int i = 0; i < 20; ++i) server.swap_to(i % 2 == 0 ? "two" : "one");
  stop = true;
  for (auto& each : clients) each.join();
  BOOST_TEST(failed == 0U);
  BOOST_TEST(answered > 100U);
  BOOST_TEST(server.alone());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_stream_ends_on_the_code_it_began_on_which_goes_only_then) {
  plugin_server server{"one"};
  const auto before = server.mapped();
  BOOST_TEST(before.size() == 1U);
  raw_client streaming{server.address()};
  streaming.send(get_request("/plugin/stream?ms=1500"));
  BOOST_TEST(streaming.await_bytes());
  server.swap_to("two");
  BOOST_TEST(server.mapped().size() == 2U);
  BOOST_TEST(streaming.read().body == "begun one");
  BOOST_TEST(server.alone());
  BOOST_TEST((server.mapped() != before));
  BOOST_TEST(streaming.get("/plugin/version").body == "two");
  BOOST_TEST(server.logs("plugin versioned one (" + server.path() + ") has been unloaded"));
  BOOST_TEST(server.log().find("plugin versioned two (" + server.path() + ") is loaded") != std::string::npos);
  BOOST_TEST(server.log().find("nothing has changed") == std::string::npos);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(handlers_that_wait_or_block_end_on_their_own_code) {
  plugin_server server{"one"};
  raw_client sleeping{server.address()};
  raw_client blocking{server.address()};
  raw_client background{server.address()};
  sleeping.send(get_request("/plugin/sleep?ms=800"));
  blocking.send(get_request("/plugin/block?ms=800"));
  BOOST_TEST(background.get("/plugin/background?ms=1200").body == "one");
  server.swap_to("two");
  BOOST_TEST(sleeping.read().body == "one");
  BOOST_TEST(blocking.read().body == "one");
  BOOST_TEST(server.alone());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_tunnel_keeps_its_code_as_long_as_it_is_open) {
  plugin_server server{"one"};
  raw_client tunnel{server.address()};
  tunnel.send(upgrade_request("/plugin/tunnel"));
  BOOST_TEST(tunnel.read(patience, true).status == 101);
  server.swap_to("two");
  const auto received = tunnel.bytes_received();
  tunnel.send("x");
  BOOST_TEST(eventually(patience, [&] {
    static_cast<void>(tunnel.poll_end());
    return tunnel.bytes_received() == received + 3;
  }));
  BOOST_TEST(server.mapped().size() == 2U);
  tunnel.half_close();
  BOOST_TEST(server.alone());
  BOOST_TEST(server.stop() == 0);
}

// They lie in the plugin's object, and are sent from there: more than the sockets' buffers hold.
BOOST_AUTO_TEST_CASE(answers_that_the_client_has_not_read_keep_their_code) {
  constexpr int requests = 300;
  plugin_server server{"one"};
  raw_client slow{server.address()};
  std::string all;
  for (int i = 0; i < requests; ++i) all += get_request("/plugin/large");
  slow.send(all);
  BOOST_TEST(slow.await_bytes());
  server.await_rest();
  server.swap_to("two");
  BOOST_TEST(server.mapped().size() == 2U);
  for (int i = 0; i < requests; ++i) BOOST_REQUIRE(slow.read().body.size() == 60'000U);
  BOOST_TEST(server.alone());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_keeps_no_old_code) {
  plugin_server server{"one"};
  raw_client idle{server.address()};
  BOOST_TEST(idle.get("/plugin/version").body == "one");
  server.swap_to("two");
  BOOST_TEST(server.alone());
  BOOST_TEST(idle.get("/plugin/version").body == "two");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(fifty_swaps_leave_nothing_behind) {
  plugin_server server{"one"};
  for (int i = 0; i < 5; ++i) server.swap_to(i % 2 == 0 ? "two" : "one");
  BOOST_TEST(server.alone());
  const auto descriptors = proc::descriptors(server.pid());
  const std::size_t memory = proc::resident_kib(server.pid());
  for (int i = 0; i < 50; ++i) server.swap_to(i % 2 == 0 ? "one" : "two");
  BOOST_TEST(server.alone());
  BOOST_TEST(proc::descriptors(server.pid()) == descriptors, boost::test_tools::per_element());
  if (!sanitised) BOOST_TEST(proc::resident_kib(server.pid()) < memory + 4'096);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_plugin_leaves_the_old_one_serving) {
  plugin_server server{"one"};
  const auto before = server.mapped();
  for (const std::string broken : {"no_entry", "wrong_stamp", "throws", "unresolved", "conflicts_with_program"}) {
    const std::size_t from = server.log().size();
    server.put(broken);
    server.reload();
    BOOST_TEST(server.logs("cannot load plugin: " + server.path() + ": ", patience, from), broken);
    BOOST_TEST(get(server.address(), "/plugin/version").body == "one");
  }
  server.put("two");
  server.cut();
  server.reload();
  BOOST_TEST(server.logs("it is not complete"));
  BOOST_TEST(get(server.address(), "/plugin/version").body == "one");
  BOOST_TEST(eventually(patience, [&] { return server.mapped() == before; }));
  server.swap_to("two");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_plugin_s_own_type_is_a_500_and_no_more) {
  plugin_server server{"one"};
  raw_client http{server.address()};
  BOOST_TEST(http.get("/plugin/throw").status == 500);
  BOOST_TEST(http.get("/plugin/version").body == "one");
  server.swap_to("two");
  BOOST_TEST(server.alone());
  BOOST_TEST(http.get("/plugin/throw").status == 500);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_upgrade_loads_what_the_file_is_by_then) {
  plugin_server server{"one"};
  server.put("two");
  BOOST_TEST(get(server.address(), "/plugin/version").body == "one");
  server.upgrade();
  BOOST_TEST(get(server.address(), "/plugin/version").body == "two");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_upgrade_with_a_broken_plugin_is_refused) {
  plugin_server server{"one"};
  server.put("throws");
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("its database is away"));
  BOOST_TEST(server.logs("the upgrade has failed"));
  BOOST_TEST(get(server.address(), "/plugin/version").body == "one");
  BOOST_TEST(server.generations().size() == 1U);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_server_whose_plugin_cannot_be_loaded_does_not_start) {
  const plugin_file file{"throws"};
  auto how = demo({"--plugin", file.path()});
  const auto started = run_command(how);
  BOOST_TEST(started.status == 1);
  BOOST_TEST(started.err.find("cannot load plugin: " + file.path() +
                              ": it could not be loaded: its database is away") != std::string::npos);
  how.command.emplace_back("--check-config");
  const auto checked = run_command(how);
  BOOST_TEST(checked.status == 2);
  BOOST_TEST(checked.out == "");
  BOOST_TEST(checked.err == "cannot load plugin: " + file.path() + ": it could not be loaded: its database is away\n");
}

BOOST_AUTO_TEST_CASE(a_rebuilt_plugin_that_is_watched_is_served_by_itself_and_no_request_fails) {
  plugin_server server{"one", {"--watch", "plugin", "--watch.delay", "100ms"}};
  raw_client http{server.address()};
  for (const std::string version : {"two", "one", "two"}) {
    const std::string before = http.get("/plugin/version").body;
    server.put(version);
    std::string now = before;
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (now != version && std::chrono::steady_clock::now() < limit) {
      const auto answer = http.get("/plugin/version");
      BOOST_REQUIRE(answer.status == 200);
      BOOST_REQUIRE(!answer.closes());
      now = answer.body;
    }
    BOOST_TEST(now == version);
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
