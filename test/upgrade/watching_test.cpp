// `watch`: what is put in place on the disk is taken up without anybody asking for it.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

std::string version(const server_process& server) {
  return get(server.address(), "/version").body;
}

launch watching(const staged_program& program, std::vector<std::string> flags) {
  flags.insert(flags.end(), {"--watch.delay", "150ms"});
  return program.started(std::move(flags));
}

// As version_script, but the server keeps the name that it was started by, for that is what is watched; and the
// version that the generation before was given is taken off its arguments.
std::string script(const std::string& version) {
  return "#!/bin/bash\n"
         "arguments=(\"$@\")\n"
         "before=$((${#arguments[@]} - 2))\n"
         "if [[ ${arguments[before]} == --version ]]; then arguments=(\"${arguments[@]:0:before}\"); fi\n"
         "exec -a \"$0\" '" +
         demo_program() + "' \"${arguments[@]}\" --version '" + version + "'\n";
}

void put(const staged_program& program, const std::string& version) {
  program.replace_with_text(script(version));
}

// Two delays and more without another generation: what has been decided by now stays so.
bool nothing_comes(server_process& server, unsigned latest) {
  return !eventually(600ms, [&] { return server.latest().number != latest; });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watching_the_disk, leak_check)

BOOST_AUTO_TEST_CASE(a_binary_that_is_replaced_upgrades_itself_again_and_again) {
  const staged_program program;
  server_process server{watching(program, {"--watch", "binary"})};
  BOOST_TEST(version(server) == "dev");
  BOOST_TEST(server.logs("watching the binary"));
  for (const unsigned number : {2U, 3U}) {
    const auto old = server.latest();
    put(program, "v" + std::to_string(number));
    server.await(number);
    BOOST_TEST(server.wait(old.pid) == 0);
    BOOST_TEST(version(server) == "v" + std::to_string(number));
  }
  BOOST_TEST(nothing_comes(server, 3));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(without_watch_a_replaced_binary_waits_to_be_asked_for) {
  const staged_program program;
  server_process server{watching(program, {})};
  put(program, "second");
  BOOST_TEST(nothing_comes(server, 1));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_half_written_does_not) {
  const staged_program program;
  server_process server{watching(program, {"--watch", "binary"})};
  const auto text = script("whole");
  fs::remove(program.path());
  std::ofstream out{program.path()};
  fs::permissions(program.path(), fs::perms::owner_all);
  BOOST_TEST(nothing_comes(server, 1));
  out << text.substr(0, text.size() / 2) << std::flush;
  BOOST_TEST(nothing_comes(server, 1));
  BOOST_TEST(server.log().find("upgrade") == std::string::npos, server.log());
  out << text.substr(text.size() / 2) << std::flush;
  out.close();
  const auto old = server.latest();
  server.await(2);
  BOOST_TEST(server.wait(old.pid) == 0);
  BOOST_TEST(version(server) == "whole");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_bad_binary_is_tried_once_and_the_next_one_taken) {
  const staged_program program;
  server_process server{watching(program, {"--watch", "binary"})};
  const auto first = server.latest();
  program.replace_with_script("exit 3");
  BOOST_TEST(server.logs("upgrade failed"));
  const auto from = server.log().size();
  BOOST_TEST(!server.logs("upgrade asked for", 600ms, from));
  put(program, "good");
  server.await(2);
  BOOST_TEST(server.wait(first.pid) == 0);
  BOOST_TEST(version(server) == "good");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_touched_asks_for_an_upgrade) {
  const staged_program program;
  const auto trigger = program.directory() / "watch.conf";
  server_process server{watching(program, {"--watch", trigger})};
  put(program, "second");
  BOOST_TEST(nothing_comes(server, 1));
  const auto first = server.latest();
  program.directory().write("watch.conf", "");
  server.await(2);
  BOOST_TEST(server.wait(first.pid) == 0);
  const auto second = server.latest();
  BOOST_TEST(::utimensat(AT_FDCWD, trigger.c_str(), nullptr, 0) == 0);  // as touch(1)
  server.await(3);
  BOOST_TEST(server.wait(second.pid) == 0);
  BOOST_TEST(nothing_comes(server, 3));
  BOOST_TEST(server.stop() == 0);
}

// The conf file is a pipe: whoever reads it has begun to start, and does not go on before it is written.
BOOST_AUTO_TEST_CASE(a_change_while_the_new_process_starts_is_taken_up_by_it) {
  const staged_program program;
  const auto pipe = program.directory() / "conf";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  server_process server{watching(program, {"--config", pipe, "--watch", "binary"}), server_process::unawaited{}};
  std::ofstream{pipe} << "threads = 2\n";
  const auto first = server.await(1);
  put(program, "second");
  std::ofstream{pipe} << "threads = 2\n";  // for --check-config
  BOOST_TEST(server.logs("starting generation 2"));
  {
    std::ofstream starting{pipe};
    put(program, "third");
    starting << "threads = 2\n";
  }
  const auto second = server.await(2);
  BOOST_TEST(server.wait(first.pid) == 0);
  std::ofstream{pipe} << "threads = 2\n";  // for --check-config
  BOOST_TEST(server.logs("starting generation 3"));
  std::ofstream{pipe} << "threads = 2\n";
  server.await(3);
  BOOST_TEST(server.wait(second.pid) == 0);
  BOOST_TEST(version(server) == "third");
  BOOST_TEST(nothing_comes(server, 3));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_change_while_the_old_process_drains_waits_for_its_end) {
  const staged_program program;
  server_process server{watching(program, {"--watch", "binary"})};
  const auto first = server.latest();
  raw_client busy{server.address()};
  busy.send(get_request("/sleep?ms=1500"));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(first.pid));
  put(program, "second");
  server.await(2);
  put(program, "third");
  BOOST_TEST(busy.read().body == "slept 1500");
  server.await(3);
  BOOST_TEST(server.wait(first.pid) == 0);
  BOOST_TEST(eventually(patience, [&] { return version(server) == "third"; }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_to_end_watches_nothing) {
  const staged_program program;
  server_process server{watching(program, {"--watch", "binary", "--shutdown.delay", "800ms"})};
  server.signal(SIGTERM);
  BOOST_TEST(server.logs("is not ready any more"));
  put(program, "second");
  BOOST_TEST(server.wait(server.pid()) == 0);
  BOOST_TEST(server.generations().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_conf_file_that_is_changed_is_read_again_without_an_upgrade) {
  const temporary_directory directory;
  const auto conf = directory.write("conf", "watch = config\nversion = one\n[watch]\ndelay = 150ms\n");
  server_process server{demo({"--config", conf})};
  BOOST_TEST(version(server) == "one");
  for (const std::string text : {"two", "three"}) {
    directory.write("conf", "watch = config\nversion = " + text + "\n[watch]\ndelay = 150ms\n");
    BOOST_TEST(eventually(patience, [&] { return version(server) == text; }));
  }
  directory.write("conf", "version = none\nnonsense\n");
  BOOST_TEST(server.logs("configuration unchanged"));
  BOOST_TEST(version(server) == "three");
  const auto trigger = directory / "touch";
  directory.write("conf", "watch = " + trigger + "\nversion = four\n[watch]\ndelay = 150ms\n");
  BOOST_TEST(eventually(patience, [&] { return version(server) == "four"; }));
  BOOST_TEST(server.latest().number == 1U);
  BOOST_TEST(server.logs("watching the file " + trigger));
  const auto first = server.latest();
  directory.write("touch", "");
  server.await(2);
  BOOST_TEST(server.wait(first.pid) == 0);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_conf_file_that_is_not_there_cannot_be_watched_and_is_said_so) {
  server_process server{demo({"--watch", "config"})};
  BOOST_TEST(server.logs("there is no conf file"));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
