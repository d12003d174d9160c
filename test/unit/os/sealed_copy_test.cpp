#include "os/sealed_copy.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"
#include "unit/os/nothing_left.hpp"
#include "unit/os/run.hpp"

namespace baton::os {
namespace {

namespace files = std::filesystem;
using unit::program;
using unit::run;
using unit::shell;

constexpr const char* list_descriptors = "cd /proc/$$/fd; for f in *; do [ -e $f ] && echo $f; done";

struct a_program : unit::nothing_left {
  test::temporary_directory directory;

  [[nodiscard]] std::string path() const { return directory / "app"; }
  // By content, so that the file is one of ours.
  void copy_of(const std::string& other) const {
    files::copy_file(files::canonical(other), path(), files::copy_options::overwrite_existing);
  }
  [[nodiscard]] std::string refusal() const {
    const auto copy = sealed_copy(path());
    return copy ? "" : copy.error().text();
  }
};

std::string output_of(fd_view executable, const process_image& image) {
  spawn_request request{image};
  request.executable = executable;
  return run(request).output;
}

BOOST_FIXTURE_TEST_SUITE(a_sealed_copy, a_program)

BOOST_AUTO_TEST_CASE(it_has_the_bytes_of_the_file) {
  directory.write("app", std::string(3'000'000, 'x') + "end", true);
  const auto copy = sealed_copy(path());
  BOOST_TEST_REQUIRE(copy.has_value());
  const auto view = map_sealed(copy->fd, copy->size);
  BOOST_TEST_REQUIRE(view.has_value());
  BOOST_TEST((view->bytes() == directory.read("app")));
  BOOST_TEST((::fcntl(copy->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(nobody_can_change_it) {
  directory.write("app", "bytes", true);
  const auto copy = sealed_copy(path());
  BOOST_TEST_REQUIRE(copy.has_value());
  const unique_fd again{::open(("/proc/self/fd/" + std::to_string(copy->fd.get())).c_str(), O_RDWR | O_CLOEXEC)};
  for (const int fd : {copy->fd.get(), again.get()}) {
    BOOST_TEST(::pwrite(fd, "x", 1, 0) == -1);
    BOOST_TEST(::ftruncate(fd, 0) == -1);
    BOOST_TEST(::ftruncate(fd, 100) == -1);
    BOOST_TEST(::fcntl(fd, F_ADD_SEALS, 0) == -1);
  }
  BOOST_TEST(map_sealed(copy->fd, copy->size)->bytes() == "bytes");
}

BOOST_AUTO_TEST_CASE(it_runs_though_the_file_was_replaced_changed_or_removed) {
  copy_of("/bin/sh");
  const auto copy = sealed_copy(path());
  BOOST_TEST_REQUIRE(copy.has_value());
  auto image = shell("echo it is the copy");
  image.binary = path();
  BOOST_TEST(output_of(copy->fd, image) == "it is the copy\n");
  std::ofstream{path(), std::ios::in} << "#!/bin/false\n";  // in place
  BOOST_TEST(output_of(copy->fd, image) == "it is the copy\n");
  directory.write("app", "#!/bin/false\n", true);
  BOOST_TEST(output_of(copy->fd, image) == "it is the copy\n");
  files::remove(path());
  BOOST_TEST(output_of(copy->fd, image) == "it is the copy\n");
}

BOOST_AUTO_TEST_CASE(what_runs_from_it_has_its_arguments_and_only_the_given_descriptors) {
  const auto copy = sealed_copy("/bin/sh");
  BOOST_TEST_REQUIRE(copy.has_value());
  auto image = shell("echo $0; " + std::string{list_descriptors});
  image.arguments.emplace_back("my-server");
  BOOST_TEST(output_of(copy->fd, image) == "my-server\n0\n1\n2\n");
  auto pipe = make_pipe(pipe_reading::blocking);
  spawn_request request{image};
  request.executable = copy->fd;
  request.descriptors = {pipe->read, copy->fd};  // also where it is one of the given
  BOOST_TEST(run(request).output == "my-server\n0\n1\n2\n3\n4\n");
}

BOOST_AUTO_TEST_CASE(it_can_be_at_any_number) {
  auto copy = sealed_copy("/bin/sh");
  BOOST_TEST_REQUIRE(copy.has_value());
  const auto image = shell(list_descriptors);
  for (const int number : {3, 4, 5, 6, 7, 100}) {
    const unique_fd moved{::fcntl(copy->fd.get(), F_DUPFD_CLOEXEC, number)};
    auto pipe = make_pipe(pipe_reading::blocking);
    spawn_request request{image};
    request.executable = moved;
    request.descriptors = {pipe->read, pipe->write, pipe->read};
    BOOST_TEST(run(request).output == "0\n1\n2\n3\n4\n5\n");
  }
}

BOOST_AUTO_TEST_CASE(a_script_is_refused) {
  directory.write("app", "#!/bin/sh\n", true);
  BOOST_TEST(refusal() == path() +
                              " is a script: its interpreter would open it again after the check; only a program "
                              "can be checked");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_executed_is_refused) {
  directory.write("app", "bytes", false);
  BOOST_TEST(refusal() == "execute " + path() + ": permission denied");
  files::remove(path());
  BOOST_TEST(refusal() == "open " + path() + ": no such file or directory");
  files::create_directory(path());
  BOOST_TEST(refusal() == path() + " is no regular file");
  files::remove(path());
  BOOST_TEST_REQUIRE(::mkfifo(path().c_str(), 0700) == 0);
  BOOST_TEST(refusal() == path() + " is no regular file");
}

BOOST_AUTO_TEST_CASE(a_file_with_privileges_that_the_copy_would_lose_is_refused) {
  directory.write("app", "bytes", true);
  files::permissions(path(), files::perms::set_uid, files::perm_options::add);
  BOOST_TEST(refusal() == path() + " is set-user-ID or set-group-ID, which its checked copy would not be");
}

BOOST_AUTO_TEST_CASE(what_is_no_program_fails_at_exec) {
  directory.write("app", "no program", true);
  const auto copy = sealed_copy(path());
  BOOST_TEST_REQUIRE(copy.has_value());
  const auto image = program(path());
  spawn_request request{image};
  request.executable = copy->fd;
  const auto child = spawn(request);
  BOOST_TEST_REQUIRE(!child.has_value());
  BOOST_TEST(child.error().text() == "execveat for " + path() + ": exec format error");
}

BOOST_AUTO_TEST_CASE(a_small_file_is_read_whole_and_a_large_one_refused) {
  directory.write("small", std::string(10'000, 'x'));
  BOOST_TEST(read_whole(directory / "small", 10'000)->size() == 10'000U);
  BOOST_TEST(read_whole(directory / "small", 9'999).error().code.value() == EFBIG);
  BOOST_TEST(read_whole(directory / "absent", 1).error().code.value() == ENOENT);
  BOOST_TEST(read_whole("/", 1).error().code.value() == EISDIR);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_process_group, unit::nothing_left)

BOOST_AUTO_TEST_CASE(killing_it_ends_what_the_process_has_started) {
  auto output = make_pipe(pipe_reading::blocking);
  const auto image = shell("sleep 1000 & echo started; wait");
  spawn_request request{image};
  request.group = process_group::own;
  request.standard_output = output->write;
  const auto child = spawn(request);
  BOOST_TEST_REQUIRE(child.has_value());
  output->write.reset();
  BOOST_TEST(::getpgid(child->pid) == child->pid);
  char buffer[64];
  BOOST_TEST(read_some(output->read, buffer, sizeof buffer)->size == 8U);
  kill_group(*child);
  BOOST_TEST(unit::wait_for(*child).text() == "was killed by SIGKILL");
  BOOST_TEST(unit::read_to_end(output->read) == "");  // the sleeper held the other end
}

BOOST_AUTO_TEST_CASE(without_one_it_stays_in_ours) {
  const auto image = shell("exec ps -o pgid= -p $$");
  BOOST_TEST(std::stoi(run({image}).output) == ::getpgrp());
}

BOOST_AUTO_TEST_CASE(standard_input_can_be_replaced) {
  const auto null = open_null();
  const auto image = shell("readlink /proc/$$/fd/0; cat");
  spawn_request request{image};
  request.standard_input = *null;
  BOOST_TEST(run(request).output == "/dev/null\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
