#include "os/memory_file.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

memory_file file_with(std::string_view bytes) {
  auto writer = memory_file_writer::create("test");
  BOOST_TEST_REQUIRE(writer.has_value());
  BOOST_TEST_REQUIRE(writer->append(bytes).has_value());
  auto file = writer->seal();
  BOOST_TEST_REQUIRE(file.has_value());
  return std::move(*file);
}

std::string text_of(const memory_file& file) {
  const auto mapped = map_sealed(file.fd, file.size);
  BOOST_TEST_REQUIRE(mapped.has_value());
  return std::string{mapped->bytes()};
}

std::string refusal(fd_view fd, std::uint64_t size) {
  const auto mapped = map_sealed(fd, size);
  return mapped ? "mapped" : mapped.error().text();
}

// Files may grow to so many bytes, and a write beyond is an error rather than a signal.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

BOOST_FIXTURE_TEST_SUITE(memory_files, unit::nothing_left)

BOOST_AUTO_TEST_CASE(what_was_appended_is_what_is_mapped) {
  auto writer = memory_file_writer::create("test");
  std::string expected;
  for (const std::size_t size : {1U, 0U, 70'000U, 3U, 65'536U, 65'535U, 200'000U, 5U}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    BOOST_TEST_REQUIRE(writer->append(piece).has_value());
    expected += piece;
  }
  const auto file = writer->seal();
  BOOST_TEST_REQUIRE(file.has_value());
  BOOST_TEST(file->size == expected.size());
  BOOST_TEST((text_of(*file) == expected));
}

BOOST_AUTO_TEST_CASE(an_empty_file_maps_to_nothing) {
  const auto file = file_with("");
  BOOST_TEST(file.size == 0U);
  BOOST_TEST(text_of(file).empty());
}

BOOST_AUTO_TEST_CASE(it_closes_on_exec) {
  BOOST_TEST((::fcntl(file_with("x").fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(nobody_can_change_it_once_it_is_sealed) {
  const auto file = file_with("content");
  const int fd = file.fd.get();
  BOOST_TEST(::pwrite(fd, "x", 1, 0) == -1);
  BOOST_TEST(::ftruncate(fd, 0) == -1);
  BOOST_TEST(::ftruncate(fd, 100) == -1);
  BOOST_TEST((::mmap(nullptr, 7, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED));
  BOOST_TEST(::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == -1);
  BOOST_TEST(text_of(file) == "content");
}

BOOST_AUTO_TEST_CASE(sealing_waits_for_who_still_refers_to_a_page) {
  const unique_fd fd{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  BOOST_TEST_REQUIRE(::ftruncate(fd.get(), 1) == 0);
  void* const page = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  BOOST_TEST_REQUIRE(page != MAP_FAILED);
  BOOST_TEST_REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE) < 0);
  BOOST_TEST(errno == EBUSY);
  std::thread other{[page] {
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    ::munmap(page, 1);
  }};
  BOOST_TEST(seal_memory(fd).has_value());
  other.join();
  BOOST_TEST(map_sealed(fd, 1).has_value());
}

BOOST_AUTO_TEST_CASE(the_mapping_outlives_the_descriptor_and_moves) {
  auto file = file_with("content");
  auto mapped = map_sealed(file.fd, file.size);
  BOOST_TEST_REQUIRE(mapped.has_value());
  file.fd.reset();
  mapped_memory moved = std::move(*mapped);
  BOOST_TEST(moved.bytes() == "content");
  mapped_memory assigned;
  assigned = std::move(moved);
  BOOST_TEST(assigned.bytes() == "content");
}

BOOST_AUTO_TEST_CASE(an_unsealed_file_is_refused) {
  const unique_fd fd{::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  BOOST_TEST_REQUIRE(::write(fd.get(), "four", 4) == 4);
  BOOST_TEST(refusal(fd, 4) == "a received memory file is not sealed");
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
  BOOST_TEST(refusal(fd, 4) == "a received memory file is not sealed");
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE);
  BOOST_TEST(refusal(fd, 4) == "mapped");
}

BOOST_AUTO_TEST_CASE(what_is_no_memory_file_is_refused) {
  const unique_fd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  BOOST_TEST(refusal(null, 0) == "seals of a received memory file: invalid argument");
  BOOST_TEST(refusal(fd_view{987}, 0) == "seals of a received memory file: bad file descriptor");
}

BOOST_AUTO_TEST_CASE(another_size_than_the_announced_one_is_refused) {
  const auto file = file_with("content");
  BOOST_TEST(refusal(file.fd, 8) == "a received memory file has 7 bytes, announced were 8");
  BOOST_TEST(refusal(file.fd, 6) == "a received memory file has 7 bytes, announced were 6");
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow_is_an_error) {
  const file_size_limit limit{100'000};
  auto writer = memory_file_writer::create("test");
  BOOST_TEST(writer->append(std::string(80'000, 'x')).has_value());
  const auto failed = writer->append(std::string(80'000, 'x'));
  BOOST_TEST_REQUIRE(!failed.has_value());
  BOOST_TEST(failed.error().text() == "write to a memory file at 100000: file too large");
}

BOOST_AUTO_TEST_CASE(what_was_only_gathered_fails_when_it_is_sealed) {
  const file_size_limit limit{10};
  auto writer = memory_file_writer::create("test");
  BOOST_TEST(writer->append("a few bytes more than ten").has_value());
  BOOST_TEST(!writer->seal().has_value());
}

BOOST_AUTO_TEST_CASE(a_process_out_of_descriptors_is_told) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto writer = memory_file_writer::create("state");
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_TEST_REQUIRE(!writer.has_value());
  BOOST_TEST(writer.error().text() == "memfd_create state: too many open files");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
