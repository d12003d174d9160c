// Files as curl gets them: whole, resumed, in parts, compressed; and what it cannot get.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

constexpr std::size_t large = 3 * 1024 * 1024;

std::string pattern(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size() * 7919 % 100'003) + "\n";
  text.resize(size);
  return text;
}

// A server of the files in a directory of its own.
struct fixture : leak_check {
  fixture() {
    directory.write("large.txt", pattern(large));
    std::filesystem::create_hard_link(directory / "large.txt", directory / "large.bin");
    directory.write("small.txt", pattern(3000));
  }

  [[nodiscard]] launch files() const { return demo({"--static_root", directory.path().string()}); }

  std::string curl(const server_process& server, std::vector<std::string> arguments, const std::string& path) {
    launch how;
    how.command = {"curl", "-sS", "--path-as-is", "-o", got / "got", "-D", got / "head", "-w", "%{http_code}"};
    how.command.insert(how.command.end(), arguments.begin(), arguments.end());
    how.command.push_back("http://" + server.address().text() + "/static/" + path);
    const outcome result = run_command(how, 60s);
    return result.status == 0 ? result.out : "curl failed with " + std::to_string(result.status) + " " + result.err;
  }

  [[nodiscard]] bool head_has(std::string_view line) const { return got.read("head").find(line) != std::string::npos; }

  temporary_directory directory;
  temporary_directory got;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files, fixture)

BOOST_AUTO_TEST_CASE(curl_gets_a_large_file_and_a_small_one_byte_for_byte) {
  server_process server{files()};
  for (const std::string name : {"large.txt", "large.bin", "small.txt"}) {
    BOOST_TEST(curl(server, {}, name) == "200");
    BOOST_TEST((got.read("got") == directory.read(name)), name);
  }
  BOOST_TEST(curl(server, {"-I"}, "large.txt") == "200");
  BOOST_TEST(head_has("Content-Length: " + std::to_string(large)));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(curl_resumes_a_download_that_was_cut) {
  server_process server{files()};
  got.write("got", directory.read("large.bin").substr(0, 1'234'567));
  BOOST_TEST(curl(server, {"-C", "-"}, "large.bin") == "206");
  BOOST_TEST((got.read("got") == directory.read("large.bin")));
  BOOST_TEST(head_has("Content-Range: bytes 1234567-" + std::to_string(large - 1)));
}

BOOST_AUTO_TEST_CASE(curl_gets_ranges_one_or_several) {
  server_process server{files()};
  const std::string whole = directory.read("large.txt");
  BOOST_TEST(curl(server, {"-r", "100-199"}, "large.txt") == "206");
  BOOST_TEST(got.read("got") == whole.substr(100, 100));
  BOOST_TEST(curl(server, {"-r", "-200000"}, "large.txt") == "206");
  BOOST_TEST((got.read("got") == whole.substr(large - 200'000)));
  BOOST_TEST(curl(server, {"-r", "0-9,1000000-1199999"}, "large.txt") == "206");
  BOOST_TEST(head_has("Content-Type: multipart/byteranges; boundary="));
  const std::string parts = got.read("got");
  BOOST_TEST(parts.find("\r\n\r\n" + whole.substr(0, 10) + "\r\n--") != std::string::npos);
  BOOST_TEST((parts.find("\r\n\r\n" + whole.substr(1'000'000, 200'000) + "\r\n--") != std::string::npos));
  BOOST_TEST(curl(server, {"-r", "99999999-"}, "large.txt") == "416");
  BOOST_TEST(head_has("Content-Range: bytes */" + std::to_string(large)));
}

BOOST_AUTO_TEST_CASE(curl_inflates_what_was_compressed_for_it) {
  server_process server{files()};
  for (const std::string name : {"large.txt", "small.txt"}) {
    for (const std::string coding : {"gzip", "br"}) {
      BOOST_TEST(curl(server, {"--compressed", "-H", "Accept-Encoding: " + coding}, name) == "200");
      BOOST_TEST((got.read("got") == directory.read(name)), name << " " << coding);
      BOOST_TEST(head_has("Content-Encoding: " + coding));
      BOOST_TEST(head_has("Vary: Accept-Encoding"));
      BOOST_TEST(head_has("ETag: W/"));
    }
  }
  BOOST_TEST(curl(server, {"--compressed"}, "large.bin") == "200");
  BOOST_TEST(!head_has("Content-Encoding"));
}

BOOST_AUTO_TEST_CASE(curl_asks_again_only_for_what_has_changed) {
  server_process server{files()};
  BOOST_TEST(curl(server, {"--etag-save", got / "tag"}, "small.txt") == "200");
  BOOST_TEST(curl(server, {"--etag-compare", got / "tag"}, "small.txt") == "304");
  BOOST_TEST(curl(server, {"--compressed", "--etag-save", got / "tag"}, "small.txt") == "200");
  BOOST_TEST(curl(server, {"--compressed", "--etag-compare", got / "tag"}, "small.txt") == "304");
  directory.write("small.txt", "changed");
  BOOST_TEST(curl(server, {"--etag-compare", got / "tag"}, "small.txt") == "200");
}

BOOST_AUTO_TEST_CASE(traversal_in_twelve_spellings_gets_nothing) {
  const temporary_directory outside;
  const std::string secret = outside.write("secret.txt", "secret");
  const std::string up = "../" + outside.path().filename().string() + "/secret.txt";
  const std::string name = outside.path().filename().string();
  std::filesystem::create_symlink(secret, directory / "link.txt");
  std::filesystem::create_symlink(outside.path(), directory / "link");
  server_process server{files()};
  for (const std::string& path :
       {up, "%2e%2e/" + name + "/secret.txt", "%2E%2E%2F" + name + "%2Fsecret.txt", "..%2f" + name + "/secret.txt",
        "..%5c" + name + "%5csecret.txt", "..\\" + name + "\\secret.txt", "%252e%252e/" + name + "/secret.txt",
        "..;/" + name + "/secret.txt", "%c0%ae%c0%ae/" + name + "/secret.txt", "..%c0%af" + name + "/secret.txt",
        "....//" + name + "/secret.txt", "./../" + name + "/secret.txt", "%00/" + up, "small.txt/../" + up,
        "/" + secret, "%2f" + secret.substr(1), std::string{"link.txt"}, std::string{"link/secret.txt"}}) {
    const std::string status = curl(server, {}, path);
    BOOST_TEST((status == "404" || status == "400"), path << " gave " << status);
    BOOST_TEST(got.read("got").find("secret\n") == std::string::npos);
  }
  BOOST_TEST(curl(server, {}, "small.txt") == "200");
}

BOOST_AUTO_TEST_CASE(a_range_bomb_is_answered_once_with_the_whole) {
  server_process server{files()};
  std::string ranges = "Range: bytes=0-";
  for (int i = 1; i != 1000; ++i) ranges += "," + std::to_string(i) + "-";
  const reply whole = get(server.address(), "/static/large.bin", ranges + "\r\n");
  BOOST_TEST(whole.status == 200);
  BOOST_TEST(whole.body.size() == large);
}

BOOST_AUTO_TEST_CASE(zip_bombs_are_refused_and_honest_bodies_inflated) {
  launch gzip;
  gzip.command = {"sh", "-c", "head -c 100000000 /dev/zero | gzip > \"$1\"", "sh", got / "bomb.gz"};
  BOOST_REQUIRE(run_command(gzip, 60s).status == 0);
  gzip.command = {"sh", "-c", "gzip -c \"$2\" > \"$1\"", "sh", got / "large.gz", directory / "large.txt"};
  BOOST_REQUIRE(run_command(gzip, 60s).status == 0);
  server_process server{files()};
  launch how;
  how.command = {"curl",
                 "-sS",
                 "-H",
                 "Content-Encoding: gzip",
                 "-H",
                 "Expect:",
                 "-w",
                 " %{http_code}",
                 "--data-binary",
                 "@" + (got / "bomb.gz"),
                 "http://" + server.address().text() + "/inflate"};
  const outcome bomb = run_command(how, 60s);
  BOOST_TEST(bomb.out.ends_with(" 413"), bomb.out << bomb.err);
  how.command[9] = "@" + (got / "large.gz");
  BOOST_TEST(run_command(how, 60s).out == std::to_string(large) + " 200");
}

BOOST_AUTO_TEST_CASE(a_download_goes_on_through_an_upgrade) {
  server_process server{files()};
  const std::string path = "/static/large.bin";
  raw_client client{server.address()};
  client.send(get_request(path));
  BOOST_TEST(client.await_bytes());
  server.signal(SIGUSR2);
  server.await(2);
  const reply whole = client.read();
  BOOST_TEST(whole.status == 200);
  BOOST_TEST((whole.body == directory.read("large.bin")));
}

BOOST_AUTO_TEST_CASE(a_reload_serves_from_another_root) {
  const temporary_directory other;
  other.write("small.txt", "other");
  const std::string conf = other.write("conf", "static_root = " + directory.path().string() + "\n");
  server_process server{demo({"--config", conf})};
  BOOST_TEST(get(server.address(), "/static/small.txt").body.size() == 3000U);
  other.write("conf", "static_root = " + other.path().string() + "\n");
  server.signal(SIGHUP);
  BOOST_TEST(eventually(patience, [&] { return get(server.address(), "/static/small.txt").body == "other"; }));
}

BOOST_AUTO_TEST_CASE(files_that_are_kept_in_memory_are_as_new_as_those_on_the_disk_over_reloads_and_upgrades) {
  const auto write = [&](const std::string& text) {
    directory.write("next.txt", text);
    std::filesystem::last_write_time(directory / "next.txt",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    std::filesystem::rename(directory / "next.txt", directory / "page.txt");
  };
  server_process server{files()};
  raw_client client{server.address()};
  const auto page = [&] { return client.get("/static/page.txt").body; };
  for (const std::string text : {"one", "two", "three"}) {
    write(text);
    for (int i = 0; i != 3; ++i) BOOST_TEST(page() == text);
  }
  write(pattern(60'000));
  for (int i = 0; i != 3; ++i) BOOST_TEST((page() == pattern(60'000)));
  server.signal(SIGHUP);
  BOOST_TEST(server.logs("configuration reloaded"));
  for (int i = 0; i != 2; ++i) BOOST_TEST((page() == pattern(60'000)));
  write("four");
  for (int i = 0; i != 2; ++i) BOOST_TEST(page() == "four");
  const generation next = server.upgrade();
  raw_client other{next.addresses.front()};
  for (int i = 0; i != 2; ++i) BOOST_TEST(other.get("/static/page.txt").body == "four");
  write("five");
  BOOST_TEST(other.get("/static/page.txt").body == "five");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
