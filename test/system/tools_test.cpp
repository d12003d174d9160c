// The clients that people really use: curl, ab and wrk. They must be installed.
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "support/leak_check.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

outcome run(std::vector<std::string> command) {
  launch how;
  how.command = std::move(command);
  return run_command(how, 60s);
}

std::string url(const server_process& server, std::string_view path) {
  return "http://" + server.address().text() + std::string{path};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tools, leak_check)

BOOST_AUTO_TEST_CASE(curl_reuses_its_connection) {
  server_process server;
  const auto result = run({"curl", "-sv", "--fail", url(server, "/plaintext"), url(server, "/json")});
  BOOST_TEST(result.status == 0);
  BOOST_TEST(has(result.out, "Hello, World!"));
  BOOST_TEST(has(result.out, R"({"message")"));
  BOOST_TEST(has(result.err, "Re-using existing connection"), result.err);
}

BOOST_AUTO_TEST_CASE(curl_uploads_by_length_and_chunked_and_gets_it_back) {
  const temporary_directory directory;
  std::string body;
  for (int i = 0; body.size() < 3'000'000; ++i) body += std::to_string(i) + "\n";
  const auto sent = directory.write("sent", body);
  server_process server;
  for (const auto* framing : {"X-Framing: length", "Transfer-Encoding: chunked"}) {
    const auto result = run({"curl", "-s", "--fail", "-H", framing, "--data-binary", "@" + sent, "-o",
                             directory / "got", url(server, "/echo")});
    BOOST_TEST(result.status == 0);
    BOOST_TEST((directory.read("got") == body), framing);
  }
}

BOOST_AUTO_TEST_CASE(curl_speaks_http_1_0_and_head) {
  server_process server;
  const auto old = run({"curl", "-s", "--fail", "--http1.0", url(server, "/plaintext")});
  BOOST_TEST(old.status == 0);
  BOOST_TEST(old.out == "Hello, World!");
  const auto head = run({"curl", "-s", "--fail", "-I", url(server, "/plaintext")});
  BOOST_TEST(head.status == 0);
  BOOST_TEST(has(head.out, "Content-Length: 13\r\n"), head.out);
}

BOOST_AUTO_TEST_CASE(ab_loses_nothing_with_and_without_keep_alive) {
  server_process server;
  for (const bool keep : {true, false}) {
    std::vector<std::string> command{"ab", "-q", "-n", "3000", "-c", "16"};
    if (keep) command.emplace_back("-k");
    command.push_back(url(server, "/plaintext"));
    const auto result = run(command);
    BOOST_TEST(result.status == 0);
    BOOST_TEST(has(result.out, "Complete requests:      3000"), result.out);
    BOOST_TEST(has(result.out, "Failed requests:        0"), result.out);
    BOOST_TEST(!has(result.out, "Non-2xx"), result.out);
  }
}

BOOST_AUTO_TEST_CASE(wrk_sees_no_error) {
  server_process server;
  const auto result = run({"wrk", "-t", "1", "-c", "32", "-d", "1s", url(server, "/plaintext")});
  BOOST_TEST(result.status == 0);
  BOOST_TEST(has(result.out, "Requests/sec"), result.out);
  BOOST_TEST(!has(result.out, "Socket errors"), result.out);
  BOOST_TEST(!has(result.out, "Non-2xx"), result.out);
}

BOOST_AUTO_TEST_SUITE_END()
