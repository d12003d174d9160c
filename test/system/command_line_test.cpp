// What a program answers without serving: --help and its like, and errors in what it was given.
#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(command_line, leak_check)

BOOST_AUTO_TEST_CASE(help_names_the_options_on_standard_output) {
  const auto result = run_command(bare_demo({"--help"}));
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.err == "");
  for (const auto* option : {"--listen", "--threads", "--limits.head", "--drain.timeout", "--config"}) {
    BOOST_TEST(has(result.out, option), option);
  }
}

BOOST_AUTO_TEST_CASE(version_is_one_line) {
  const auto result = run_command(bare_demo({"--version"}));
  BOOST_TEST(result.status == 0);
  BOOST_TEST(std::count(result.out.begin(), result.out.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(a_good_configuration_is_checked_with_0) {
  const temporary_directory directory;
  const auto file = directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 1\n");
  const auto result = run_command(bare_demo({"--config", file, "--check-config"}));
  BOOST_TEST(result.status == 0, result.err);
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_2_with_file_and_line) {
  const temporary_directory directory;
  const auto file = directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = many\n");
  for (const bool check : {true, false}) {
    std::vector<std::string> flags{"--config", file};
    if (check) flags.emplace_back("--check-config");
    const auto result = run_command(bare_demo(flags));
    BOOST_TEST(result.status == 2);
    BOOST_TEST(has(result.err, file + ":2"), result.err);
    BOOST_TEST(has(result.err, "threads"), result.err);
  }
}

BOOST_AUTO_TEST_CASE(every_error_of_a_file_is_reported) {
  const temporary_directory directory;
  const auto file = directory.write("baton.conf", "threads = many\nno_such_option = 1\n[limits]\nhead = 1\n");
  const auto result = run_command(bare_demo({"--config", file, "--check-config"}));
  BOOST_TEST(result.status == 2);
  for (const auto* part : {":1", ":2", ":4", "no_such_option"}) BOOST_TEST(has(result.err, part), result.err);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_2) {
  const auto result = run_command(bare_demo({"--config", "/nonexistent/baton.conf"}));
  BOOST_TEST(result.status == 2);
  BOOST_TEST(has(result.err, "/nonexistent/baton.conf"), result.err);
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_is_2_and_named) {
  const auto result = run_command(bare_demo({"--limits.haed", "1024"}));
  BOOST_TEST(result.status == 2);
  BOOST_TEST(has(result.err, "limits.haed"), result.err);
}

BOOST_AUTO_TEST_CASE(a_duration_without_unit_is_2) {
  const auto result = run_command(bare_demo({"--timeouts.head", "75"}));
  BOOST_TEST(result.status == 2);
  BOOST_TEST(has(result.err, "timeouts.head"), result.err);
}

BOOST_AUTO_TEST_CASE(the_printed_configuration_is_a_configuration) {
  const temporary_directory directory;
  const auto flags =
      bare_demo({"--listen", "127.0.0.1:0", "--threads", "3", "--limits.head", "2048", "--print-config"});
  const auto printed = run_command(flags);
  BOOST_TEST(printed.status == 0);
  const auto file = directory.write("baton.conf", printed.out);
  const auto again = run_command(bare_demo({"--config", file, "--print-config"}));
  BOOST_TEST(again.status == 0, again.err);
  BOOST_TEST(again.out == printed.out);
}

BOOST_AUTO_TEST_CASE(a_flag_is_stronger_than_the_file) {
  const temporary_directory directory;
  const auto file = directory.write("baton.conf", "listen = 127.0.0.1:0\nserver_name = from-file\n");
  {
    server_process server{bare_demo({"--config", file})};
    BOOST_TEST(get(server.address(), "/").field("server").value_or("") == "from-file");
  }
  server_process server{bare_demo({"--config", file, "--server_name", "from-flag"})};
  BOOST_TEST(get(server.address(), "/").field("server").value_or("") == "from-flag");
}

BOOST_AUTO_TEST_CASE(the_version_route_tells_the_version_option) {
  const temporary_directory directory;
  const auto file = directory.write("baton.conf", "listen = 127.0.0.1:0\nversion = 1.2.3-test\n");
  server_process server{bare_demo({"--config", file})};
  BOOST_TEST(get(server.address(), "/version").body == "1.2.3-test");
}

BOOST_AUTO_TEST_SUITE_END()
