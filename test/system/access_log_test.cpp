// The access log of a running server: complete, whole lines, over rotations and upgrades.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "support/eventually.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;
namespace json = boost::json;

namespace {

struct fixture : leak_check {
  const temporary_directory directory;
  const std::string path = directory / "access.log";

  [[nodiscard]] launch logging(std::vector<std::string> flags = {}) const {
    flags.insert(flags.end(), {"--access_log", path});
    return demo(std::move(flags));
  }
  [[nodiscard]] launch logging_json(std::vector<std::string> flags = {}) const {
    flags.insert(flags.end(), {"--access_log.format", "json"});
    return logging(std::move(flags));
  }
};

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> all;
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

std::vector<json::value> objects_of(const std::string& path) {
  std::vector<json::value> all;
  for (const std::string& line : lines_of(path)) all.push_back(json::parse(line));
  return all;
}

bool has_open(pid_t pid, const std::string& path) {
  for (const auto& each : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"}) {
    std::error_code gone;
    if (std::filesystem::read_symlink(each.path(), gone) == path) return true;
  }
  return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(access_log, fixture)

BOOST_AUTO_TEST_CASE(there_is_none_unless_it_is_asked_for) {
  server_process server;
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(server.log().find("/plaintext") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_answer_has_its_line_when_the_process_has_ended) {
  server_process server{logging_json()};
  raw_client client{server.address()};
  std::string pipelined;
  for (int i = 0; i < 20; ++i) pipelined += get_request("/plaintext?n=" + std::to_string(i));
  client.send(pipelined);
  for (int i = 0; i < 20; ++i) BOOST_TEST(client.read().status == 200);
  BOOST_TEST(get(server.address(), "/throw").status == 500);
  BOOST_TEST(get(server.address(), "/download?bytes=100000&chunk=1000&delay=0").status == 200);
  raw_client broken{server.address()};
  broken.send("no http\r\n\r\n");
  BOOST_TEST(broken.read().status == 400);
  BOOST_TEST(server.stop() == 0);
  const auto all = objects_of(path);
  BOOST_REQUIRE(all.size() == 23U);
  std::size_t bytes = 0;
  std::size_t nameless = 0;
  for (const json::value& each : all) {
    BOOST_TEST(each.at("duration_us").to_number<std::int64_t>() >= 0);
    bytes = std::max(bytes, each.at("bytes").to_number<std::size_t>());
    if (each.as_object().if_contains("target") == nullptr) ++nameless;
  }
  BOOST_TEST(bytes == 100'000U);
  BOOST_TEST(nameless == 1U);
}

BOOST_AUTO_TEST_CASE(it_names_the_client_s_trace_and_hides_secrets) {
  server_process server{logging()};
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const std::string fields = "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\nUser-Agent: a\"b\r\n";
  BOOST_TEST(get(server.address(), "/plaintext?token=abc123&x=1", fields).status == 200);
  BOOST_TEST(server.stop() == 0);
  const auto all = lines_of(path);
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].find("\"GET /plaintext?token=***&x=1 HTTP/1.1\" 200 13 ") != std::string::npos);
  BOOST_TEST(all[0].find("\"a\\\"b\"") != std::string::npos);
  BOOST_TEST(all[0].find('"' + trace + '"') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_amid_its_answer_is_marked) {
  server_process server{logging_json()};
  raw_client client{server.address()};
  client.send(get_request("/download?bytes=100000000&chunk=65536&delay=0"));
  BOOST_TEST(client.await_bytes());
  client.abort();
  BOOST_TEST(eventually(patience, [&] { return lines_of(path).size() == 1; }));
  BOOST_TEST(objects_of(path).at(0).at("cut").as_bool());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_before_its_answer_is_marked) {
  server_process server{logging_json()};
  raw_client client{server.address()};
  // In one piece: with the first answer the second request is known to be there.
  client.send(get_request("/pid") + get_request("/sleep?ms=60000"));
  BOOST_TEST(client.read().status == 200);
  client.abort();
  const auto gone = [&] {
    const auto all = objects_of(path);
    return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.at("status").as_int64() == 499; });
  };
  BOOST_TEST(eventually(patience, gone));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_renamed_file_is_opened_anew_by_a_signal) {
  server_process server{logging()};
  BOOST_TEST(get(server.address(), "/plaintext?first").status == 200);
  BOOST_TEST(eventually(patience, [&] { return lines_of(path).size() == 1; }));
  std::filesystem::rename(path, path + ".1");
  server.signal(SIGUSR1);
  BOOST_TEST(eventually(patience, [&] { return std::filesystem::exists(path); }));
  BOOST_TEST(get(server.address(), "/plaintext?second").status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(lines_of(path).size() == 1U);
  BOOST_TEST(lines_of(path + ".1").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reload_turns_it_on_and_off) {
  directory.write("baton.conf", "listen = 127.0.0.1:0\n");
  server_process server{bare_demo({"--config", directory / "baton.conf"})};
  const auto reload = [&](const std::string& text) {
    directory.write("baton.conf", "listen = 127.0.0.1:0\n" + text);
    const auto from = server.log().size();
    server.signal(SIGHUP);
    BOOST_REQUIRE(server.logs("configuration reloaded", patience, from));
  };
  BOOST_TEST(get(server.address(), "/plaintext").status == 200);
  reload("access_log = " + path + "\n");
  // A worker may take the settings over a moment later.
  BOOST_TEST(eventually(patience, [&] {
    BOOST_TEST(get(server.address(), "/plaintext").status == 200);
    return !lines_of(path).empty();
  }));
  BOOST_TEST(has_open(server.pid(), path));
  reload("");
  BOOST_TEST(eventually(patience, [&] { return !has_open(server.pid(), path); }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(over_upgrades_no_line_is_lost_or_broken) {
  server_process server{logging_json({"--drain.idle", "transfer"})};
  raw_client client{server.address()};
  std::size_t asked = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i, ++asked) BOOST_REQUIRE(client.get("/plaintext").status == 200);
    server.upgrade();
  }
  for (int i = 0; i < 10; ++i, ++asked) BOOST_REQUIRE(client.get("/plaintext").status == 200);
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(objects_of(path).size() == asked);
}

BOOST_AUTO_TEST_CASE(a_reader_that_takes_nothing_does_not_keep_the_process_from_ending) {
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  BOOST_REQUIRE(reader >= 0);
  server_process server{logging()};
  raw_client client{server.address()};
  const std::string target = "/plaintext?" + std::string(2000, 'x');
  for (int i = 0; i < 100; ++i) BOOST_REQUIRE(client.get(target).status == 200);  // a pipe holds 64 KiB
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(server.logs("lines of the access log are dropped: nobody has taken them by the end"));
  ::close(reader);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_opened_ends_the_start_and_says_why) {
  server_process server{demo({"--access_log", directory / "missing/access.log"}), server_process::unawaited{}};
  BOOST_TEST(server.logs("cannot open the access log: open "));
  BOOST_TEST(server.wait(server.child().pid()) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
