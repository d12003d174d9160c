// Upgrades for which a digest or a signature is required of the new binary.
#include <signal.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "staged_program.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

std::string link_of_program(pid_t pid) {
  return fs::read_symlink("/proc/" + std::to_string(pid) + "/exe").string();
}

std::string name_of_process(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/comm"};
  std::string name;
  std::getline(in, name);
  return name;
}

struct a_release : leak_check {
  temporary_directory directory;

  a_release() { release(demo_program()); }

  [[nodiscard]] std::string path() const { return directory / "server"; }
  // Puts a copy of `program` in the place of the binary, as a new file.
  void release(const std::string& program) const {
    fs::copy_file(program, directory / "server.new", fs::copy_options::overwrite_existing);
    fs::rename(directory / "server.new", path());
  }
  void run(const std::string& commands) const {
    launch how;
    how.command = {"sh", "-ec", commands};
    how.directory = directory.path();
    const auto done = run_command(how);
    BOOST_REQUIRE_MESSAGE(done.status == 0, commands << ": " << done.err);
  }
  void digest() const { run("sha256sum server >server.sha256"); }
  void make_key(const std::string& name) const {
    run("openssl ecparam -genkey -name prime256v1 -noout -out " + name + ".pem; openssl pkey -in " + name +
        ".pem -pubout -out " + name + ".pub");
  }
  void sign(const std::string& name) const {
    run("openssl dgst -sha256 -sign " + name + ".pem -out server.sig server");
  }

  [[nodiscard]] launch started(std::vector<std::string> flags) const {
    auto how = demo(std::move(flags));
    how.command.front() = path();
    how.directory = directory.path();
    return how;
  }
  [[nodiscard]] launch with_digest() const { return started({"--upgrade.sha256", "server.sha256"}); }
  [[nodiscard]] launch with_signature() const {
    return started({"--upgrade.signature", "server.sig", "--upgrade.public_key", "key.pub"});
  }
};

void fails(server_process& server, std::string_view reason) {
  const auto before = server.latest();
  const auto from = server.log().size();
  server.signal(SIGUSR2);
  BOOST_TEST(server.logs("keeps serving", patience, from), server.log());
  BOOST_TEST(server.logs(reason, patience, from), "expected `" << reason << "` in\n" << server.log().substr(from));
  BOOST_TEST(get(server.address(), "/pid").body == std::to_string(before.pid));
  BOOST_TEST(server.latest().pid == before.pid);
  BOOST_TEST(proc::children(before.pid).empty());
}

// Of one byte in the middle of the file, in place.
void change_in_place(const std::string& path) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  BOOST_REQUIRE(file.is_open());
  file.seekp(static_cast<std::streamoff>(fs::file_size(path) / 2));
  file.put('\xa5');
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(verification, a_release)

BOOST_AUTO_TEST_CASE(a_binary_with_the_right_digest_runs_as_the_copy_that_was_checked) {
  digest();
  server_process server{with_digest()};
  BOOST_TEST(link_of_program(server.pid()) == path());
  for (unsigned i = 2; i <= 3; ++i) {
    BOOST_TEST(server.upgrade().number == i);
    BOOST_TEST(link_of_program(server.pid()) == "/memfd:server (deleted)");
    BOOST_TEST(name_of_process(server.pid()) == "server");
    BOOST_TEST(get(server.address(), "/generation").body == std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_runs_as_a_copy_upgrades_by_the_path_it_was_started_with) {
  digest();
  auto how = with_digest();
  how.command.front() = "./server";
  server_process server{how};
  BOOST_TEST(server.upgrade().number == 2U);
  release(HOOKS_SERVER);
  digest();
  BOOST_TEST(server.upgrade().number == 3U);
  BOOST_TEST(get(server.address(), "/generation").status == 404);  // that one has no such route
  release(demo_program());
  digest();
  BOOST_TEST(server.upgrade().number == 4U);
  BOOST_TEST(get(server.address(), "/generation").body == "4");
}

BOOST_AUTO_TEST_CASE(a_wrong_digest_keeps_the_old_process_serving_until_it_is_right) {
  directory.write("server.sha256", std::string(64, '0') + "  server\n");
  server_process server{with_digest()};
  fails(server, "upgrade failed: the new binary is not trusted: the SHA-256 digest of " + path() + " is ");
  fs::remove(directory / "server.sha256");
  fails(server, "open " + (directory / "server.sha256") + ": no such file or directory");
  digest();
  BOOST_TEST(server.upgrade().number == 2U);
}

BOOST_AUTO_TEST_CASE(a_binary_changed_in_place_after_its_digest_was_made_does_not_run) {
  digest();
  server_process server{with_digest()};
  release(demo_program());  // the running one cannot be written to
  change_in_place(path());
  fails(server, "the SHA-256 digest of ");
  release(demo_program());
  BOOST_TEST(server.upgrade().number == 2U);
}

BOOST_AUTO_TEST_CASE(a_signed_binary_runs_and_one_that_was_tampered_with_or_signed_by_another_does_not) {
  make_key("key");
  make_key("other");
  sign("key");
  server_process server{with_signature()};
  BOOST_TEST(server.upgrade().number == 2U);
  release(demo_program());
  change_in_place(path());
  const std::string refusal = "the new binary is not trusted: " + (directory / "server.sig") + " is no signature of ";
  fails(server, refusal);
  release(demo_program());
  sign("other");
  fails(server, refusal);
  sign("key");
  BOOST_TEST(server.upgrade().number == 3U);
}

BOOST_AUTO_TEST_CASE(a_script_is_refused_where_a_digest_is_required) {
  digest();
  server_process server{with_digest()};
  directory.write("server", version_script("x"), true);
  digest();
  fails(server, "is a script: its interpreter would open it again after the check; only a program can be checked");
}

// Its control: without a check, whatever has come to lie there runs.
BOOST_AUTO_TEST_CASE(a_program_swapped_in_between_check_and_start_runs_where_nothing_is_required) {
  release(HOOKS_SERVER);
  auto how = started({});
  how.environment = {{"SWAP_ON_CHECK", "/bin/false"}};
  server_process server{how};
  fails(server, "exited with status 1");
}

BOOST_AUTO_TEST_CASE(a_program_swapped_in_between_check_and_start_does_not_run_where_a_digest_is_required) {
  release(HOOKS_SERVER);
  digest();
  auto how = with_digest();
  how.environment = {{"SWAP_ON_CHECK", "/bin/false"}};
  server_process server{how};
  BOOST_TEST(server.upgrade().number == 2U);
  BOOST_TEST(link_of_program(server.pid()) == "/memfd:server (deleted)");
  // It does lie there, and is what the next upgrade finds.
  fails(server, "the SHA-256 digest of ");
}

BOOST_AUTO_TEST_CASE(the_command_before_may_bring_binary_and_digest) {
  server_process server{started({"--upgrade.sha256", "server.sha256", "--upgrade.before",
                                 "cp server fetched && mv fetched server && sha256sum server >server.sha256"})};
  BOOST_TEST(server.upgrade().number == 2U);
  BOOST_TEST(server.upgrade().number == 3U);
}

BOOST_AUTO_TEST_CASE(after_many_upgrades_descriptors_and_threads_are_those_of_the_first_generation) {
  make_key("key");
  sign("key");
  digest();
  server_process server{started({"--upgrade.signature", "server.sig", "--upgrade.public_key", "key.pub",
                                 "--upgrade.sha256", "server.sha256", "--upgrade.before", "true"})};
  const auto descriptors = proc::descriptors(server.pid());
  const auto threads = proc::threads(server.pid());
  for (unsigned i = 2; i <= 6; ++i) BOOST_REQUIRE(server.upgrade().number == i);
  static_cast<void>(eventually(patience, [&] { return proc::descriptors(server.pid()) == descriptors; }));
  BOOST_TEST(proc::descriptors(server.pid()) == descriptors, boost::test_tools::per_element());
  BOOST_TEST(eventually(patience, [&] { return proc::threads(server.pid()) == threads; }));
  BOOST_TEST(proc::children(server.pid()).empty());
  // Failing checks leave nothing either.
  directory.write("server.sha256", std::string(64, '0') + "\n");
  for (int i = 0; i < 3; ++i) fails(server, "the SHA-256 digest of ");
  static_cast<void>(eventually(patience, [&] { return proc::descriptors(server.pid()) == descriptors; }));
  BOOST_TEST(proc::descriptors(server.pid()) == descriptors, boost::test_tools::per_element());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
