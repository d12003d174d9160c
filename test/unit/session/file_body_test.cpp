// Answers whose body lies in a file: what leaves, how it is bounded, and what happens when the file or the
// client is not what was expected.
#include <array>
#include <memory>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <baton/file_content.hpp>

#include "support/temporary_directory.hpp"
#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i != size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

// A file without a name, and answers made of it.
class served_file {
 public:
  explicit served_file(const std::string& text)
      : fd_{std::make_shared<os::unique_fd>(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600))} {
    BOOST_REQUIRE(::pwrite(fd_->get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }

  void truncate(std::size_t size) const { BOOST_REQUIRE(::ftruncate(fd_->get(), static_cast<off_t>(size)) == 0); }

  [[nodiscard]] response answer(std::vector<file_region> regions, std::string after = {}) const {
    auto content = std::make_shared<file_content>();
    content->keeps_open = fd_;
    content->descriptor = fd_->get();
    content->regions = std::move(regions);
    content->after = std::move(after);
    return response::file("text/plain", std::move(content));
  }

  [[nodiscard]] long users() const noexcept { return fd_.use_count(); }

 private:
  std::shared_ptr<os::unique_fd> fd_;
};

struct fixture {
  options settings;

  hand_run_worker worker(handler call) {
    router routes;
    routes.get("/file", std::move(call));
    routes.get("/text", [](request&) { return response::text("text"); });
    return {settings, std::move(routes)};
  }
};

constexpr std::string_view get_file = "GET /file HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view get_text = "GET /text HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t large = 5 * 1024 * 1024;

// The body behind the first head.
std::string body_of(const std::string& received) {
  const std::size_t end = received.find("\r\n\r\n");
  return end == std::string::npos ? std::string{} : received.substr(end + 4);
}

bool whole(pair_client& client, std::size_t size) {
  client.take();
  return body_of(client.received).size() >= size;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_bodies, fixture)

BOOST_AUTO_TEST_CASE(a_small_file_leaves_with_its_head_and_pipelined_answers_keep_their_order) {
  const std::string text = pattern(1000);
  const served_file file{text};
  auto w = worker([&](request&) { return file.answer({{0, 1000, {}}}); });
  pair_client client = w.connect();
  client.send(std::string{get_file} + std::string{get_text});
  BOOST_TEST(w.run_until([&] { return whole(client, 1000 + 4) && client.received.ends_with("text"); }));
  BOOST_TEST(body_of(client.received).substr(0, 1000) == text);
  BOOST_TEST(client.received.find("Content-Length: 1000\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_large_file_is_sent_byte_for_byte_and_the_connection_goes_on) {
  const std::string text = pattern(large);
  const served_file file{text};
  auto w = worker([&](request&) { return file.answer({{0, large, {}}}); });
  pair_client client = w.connect();
  client.send(std::string{get_file} + std::string{get_text});
  BOOST_TEST(w.run_until([&] { return whole(client, large + 100) && client.received.ends_with("text"); }));
  BOOST_TEST((body_of(client.received).substr(0, large) == text));
  BOOST_TEST(file.users() == 1);  // nothing keeps it open
}

BOOST_AUTO_TEST_CASE(regions_are_sent_in_their_order_with_what_stands_between_them) {
  const std::string text = pattern(large);
  const served_file file{text};
  auto w = worker([&](request&) {
    return file.answer({{1'000'000, 200'000, "<first>"}, {5, 0, "<empty>"}, {10, 90'000, "<second>"}}, "<end>");
  });
  pair_client client = w.connect();
  client.send(get_file);
  const std::string expected =
      "<first>" + text.substr(1'000'000, 200'000) + "<empty><second>" + text.substr(10, 90'000) + "<end>";
  BOOST_TEST(w.run_until([&] { return whole(client, expected.size()); }));
  BOOST_TEST((body_of(client.received) == expected));
  BOOST_TEST(client.received.find("Content-Length: " + std::to_string(expected.size())) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_in_memory_is_sent_whole_in_parts_and_pipelined_and_let_go_then) {
  const auto text = std::make_shared<const std::string>(pattern(large));
  std::vector<file_region> regions;
  std::string after;
  auto w = worker([&](request&) {
    auto content = std::make_shared<file_content>();
    content->keeps_open = text;
    content->memory = *text;
    content->regions = regions;
    content->after = after;
    return response::file("text/plain", std::move(content));
  });
  const auto gives = [&](std::vector<file_region> asked, const std::string& end, const std::string& expected) {
    regions = std::move(asked);
    after = end;
    pair_client client = w.connect();
    client.send(std::string{get_file} + std::string{get_text});
    BOOST_TEST(w.run_until([&] { return whole(client, expected.size() + 4) && client.received.ends_with("text"); }));
    BOOST_TEST((body_of(client.received).substr(0, expected.size()) == expected));
  };
  gives({{0, large, {}}}, {}, *text);
  gives({{7, 1'000, {}}}, {}, text->substr(7, 1'000));
  gives({{7, 100'000, {}}}, {}, text->substr(7, 100'000));
  gives({{1, 10, "<1>"}, {5, 20, "<2>"}}, "<end>", "<1>" + text->substr(1, 10) + "<2>" + text->substr(5, 20) + "<end>");
  gives({{1, 90'000, "<1>"}, {0, 2'000'000, "<2>"}}, "<end>",
        "<1>" + text->substr(1, 90'000) + "<2>" + text->substr(0, 2'000'000) + "<end>");
  BOOST_TEST(text.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(head_gets_the_length_and_no_byte) {
  const served_file file{pattern(large)};
  auto w = worker([&](request&) { return file.answer({{0, large, {}}}); });
  pair_client client = w.connect();
  client.send("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n" + std::string{get_text});
  BOOST_TEST(w.run_until([&] {
    client.take();
    return client.received.ends_with("text");
  }));
  BOOST_TEST(client.received.find("Content-Length: " + std::to_string(large)) != std::string::npos);
  BOOST_TEST(client.received.size() < 1000);
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_while_it_is_sent_cuts_the_connection) {
  const served_file file{pattern(large)};
  auto w = worker([&](request&) { return file.answer({{0, large, {}}}); });
  pair_client client = w.connect(16 * 1024);
  client.send(get_file);
  BOOST_TEST(w.run_until([&] { return whole(client, 1000); }));
  file.truncate(large / 2);
  BOOST_TEST(w.run_until([&] {
    client.take();
    return client.ended();
  }));
  BOOST_TEST(body_of(client.received).size() < large);
  BOOST_TEST(file.users() == 1);
}

BOOST_AUTO_TEST_CASE(a_small_file_that_is_too_short_already_is_a_500) {
  const served_file file{pattern(10)};
  auto w = worker([&](request&) { return file.answer({{0, 100, {}}}); });
  pair_client client = w.connect();
  client.send(get_file);
  BOOST_TEST(w.run_until([&] { return whole(client, 1); }));
  BOOST_TEST(client.received.starts_with("HTTP/1.1 500 "));
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_nothing_is_closed_and_one_that_takes_slowly_is_not) {
  settings.timeouts.write = std::chrono::milliseconds{1000};
  const served_file file{pattern(large)};
  auto w = worker([&](request&) { return file.answer({{0, large, {}}}); });
  pair_client slow = w.connect(16 * 1024);
  slow.send(get_file);
  pair_client stuck = w.connect(16 * 1024);
  stuck.send(get_file);
  std::array<char, 512> some{};
  std::size_t taken = 0;
  BOOST_TEST(w.run_until([&] {
    taken += slow.take(some);
    return w.context.registry().counts().open() == 1;
  }));
  BOOST_TEST(taken > 0);
  BOOST_TEST(!slow.ended());
  slow.close();
  BOOST_TEST(w.run_until([&] { return w.context.registry().counts().open() == 0; }));
  BOOST_TEST(file.users() == 1);
}

BOOST_AUTO_TEST_CASE(a_download_under_way_is_finished_by_a_drain) {
  const std::string text = pattern(large);
  const served_file file{text};
  auto w = worker([&](request&) { return file.answer({{0, large, {}}}); });
  pair_client client = w.connect(16 * 1024);
  client.send(get_file);
  BOOST_TEST(w.run_until([&] { return whole(client, 1000); }));
  bool empty = false;
  w.context.drain(fsm::drain_manner::close_idle, [&] { empty = true; });
  BOOST_TEST(w.run_until([&] { return whole(client, large); }));
  BOOST_TEST((body_of(client.received) == text));
  client.close();
  BOOST_TEST(w.run_until([&] { return empty; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
