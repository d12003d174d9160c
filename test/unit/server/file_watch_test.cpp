#include "server/file_watch.hpp"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

namespace baton {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using kind = watch_target::kind;

constexpr auto delay = 60ms;

struct watching {
  test::temporary_directory directory;
  boost::asio::io_context io{1};
  std::vector<watch_target> acted;
  bool accepting = true;
  std::optional<file_watch> watch;

  [[nodiscard]] std::string at(std::string_view name) const { return directory / name; }

  void begin(const std::string& path, kind what = kind::binary) { begin_with({{what, path, os::identify(path)}}); }
  void begin_with(std::vector<watch_target> targets) {
    watch.emplace(io, std::move(targets), delay, [this](const watch_target& target) {
      if (accepting) acted.push_back(target);
      return accepting;
    });
    watch->start();
    settle();
  }

  /// Runs for several delays: whatever should be acted upon by now has been.
  void settle() {
    io.restart();
    io.run_for(4 * delay);
  }
  /// So many actions come, and no more.
  void check(std::size_t count) {
    const bool reached = test::eventually(test::patience, [&] {
      io.restart();
      io.run_for(5ms);
      return acted.size() >= count;
    });
    BOOST_TEST(reached);
    settle();
    BOOST_TEST(acted.size() == count);
  }
  void check_none() {
    settle();
    BOOST_TEST(acted.empty());
  }
  void write(std::string_view name, std::string_view text = "text") const { directory.write(name, text, true); }
};

BOOST_FIXTURE_TEST_SUITE(watching_files, watching)

BOOST_AUTO_TEST_CASE(a_file_that_stays_as_it_is_asks_for_nothing) {
  write("server");
  begin(at("server"));
  write("another");
  std::ifstream{at("server")}.get();
  check_none();
}

BOOST_AUTO_TEST_CASE(a_file_renamed_into_its_place_is_acted_upon_once) {
  write("server");
  begin(at("server"));
  write("server", "another");
  check(1);
  BOOST_TEST(acted.front().path == at("server"));
  write("server", "another");  // the same content, but somebody put it there
  check(2);
}

BOOST_AUTO_TEST_CASE(a_file_written_in_pieces_is_acted_upon_when_its_writer_has_closed_it) {
  write("server");
  begin(at("server"));
  {
    std::ofstream out{at("server"), std::ios::app};
    for (int piece = 0; piece < 3; ++piece) {
      out << "piece" << std::flush;
      check_none();  // longer than the delay
    }
  }
  check(1);
}

BOOST_AUTO_TEST_CASE(a_copy_that_stops_halfway_is_waited_for) {
  write("server");
  begin(at("server"));
  fs::remove(at("server"));
  std::ofstream out{at("server")};
  fs::permissions(at("server"), fs::perms::owner_all);
  check_none();  // made, and empty
  out << "half" << std::flush;
  check_none();
  out << "whole" << std::flush;
  out.close();
  check(1);
}

BOOST_AUTO_TEST_CASE(a_burst_of_changes_is_one) {
  write("server");
  begin(at("server"));
  for (int i = 0; i < 20; ++i) write("server", std::to_string(i));
  check(1);
}

BOOST_AUTO_TEST_CASE(a_link_that_is_turned_is_another_file) {
  write("server-1");
  write("server-2");
  fs::create_symlink("server-1", at("server"));
  begin(at("server"));
  fs::create_symlink("server-2", at("draft"));
  fs::rename(at("draft"), at("server"));
  check(1);
  write("server-2", "another");
  check(2);
  write("server-1", "nobody looks there any more");
  check(2);
}

BOOST_AUTO_TEST_CASE(a_link_to_the_directory_that_is_turned_is_another_file) {
  for (const std::string release : {"1", "2"}) {
    fs::create_directories(at("releases/" + release));
    write("releases/" + release + "/server");
  }
  fs::create_symlink("releases/1", at("current"));
  begin(at("current/server"));
  fs::create_symlink("releases/2", at("draft"));
  fs::rename(at("draft"), at("current"));
  check(1);
  write("releases/2/server", "another");
  check(2);
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_replaced_is_watched_again) {
  fs::create_directory(at("app"));
  write("app/server");
  begin(at("app/server"));
  fs::rename(at("app"), at("app.old"));
  check_none();
  fs::create_directory(at("app"));
  write("app/server");
  check(1);
  write("app/server");
  check(2);
  write("app.old/server");
  check(2);
}

BOOST_AUTO_TEST_CASE(a_file_that_goes_asks_for_nothing_until_another_one_comes) {
  write("server");
  begin(at("server"));
  fs::rename(at("server"), at("away"));
  check_none();
  fs::rename(at("away"), at("draft"));
  write("server");
  check(1);
}

BOOST_AUTO_TEST_CASE(a_binary_is_waited_for_until_it_may_be_executed) {
  write("server");
  begin(at("server"));
  directory.write("server", "another", false);
  check_none();
  fs::permissions(at("server"), fs::perms::owner_all);
  check(1);
}

BOOST_AUTO_TEST_CASE(a_trigger_may_be_touched_made_and_written_and_need_not_exist) {
  begin(at("touch"), kind::trigger);
  { const std::ofstream made{at("touch")}; }
  check(1);
  BOOST_TEST(::utimensat(AT_FDCWD, at("touch").c_str(), nullptr, 0) == 0);  // as touch(1)
  check(2);
  std::ofstream{at("touch")} << "x";
  check(3);
  fs::remove(at("touch"));
  check(3);
}

BOOST_AUTO_TEST_CASE(a_write_without_a_close_is_believed_after_a_while) {
  write("server");
  begin(at("server"));
  fs::last_write_time(at("server"), fs::file_time_type::clock::now() + 1s);  // to inotify, that alone is a write
  check(1);
}

BOOST_AUTO_TEST_CASE(a_change_that_came_before_the_watch_is_seen) {
  write("server");
  std::vector<watch_target> targets{{kind::binary, at("server"), os::identify(at("server"))}};
  write("server", "another");
  begin_with(std::move(targets));
  check(1);
}

BOOST_AUTO_TEST_CASE(a_change_that_cannot_be_acted_upon_is_kept_until_it_can) {
  write("server");
  begin(at("server"));
  accepting = false;
  write("server", "another");
  check_none();
  accepting = true;
  check(1);
}

BOOST_AUTO_TEST_CASE(after_stop_nothing_is_acted_upon_and_after_start_what_has_changed_meanwhile) {
  write("server");
  begin(at("server"));
  write("server", "another");
  watch->stop();
  check_none();
  watch->start();
  check(1);
}

BOOST_AUTO_TEST_CASE(more_events_than_the_kernel_keeps_lose_no_change) {
  write("server");
  begin(at("server"));
  std::ifstream in{"/proc/sys/fs/inotify/max_queued_events"};
  std::size_t most = 0;
  in >> most;
  BOOST_REQUIRE(most > 0U);
  const std::string one = at("noise-1");
  const std::string two = at("noise-2");
  std::ofstream{one} << "x";
  for (std::size_t i = 0; i < most / 2 + 10; ++i) fs::rename(i % 2 == 0 ? one : two, i % 2 == 0 ? two : one);
  write("server", "another");
  check(1);
  write("server", "a third");
  check(2);
}

BOOST_AUTO_TEST_CASE(several_files_are_told_apart) {
  write("server");
  write("conf");
  begin_with(
      {{kind::binary, at("server"), os::identify(at("server"))}, {kind::config, at("conf"), os::identify(at("conf"))}});
  write("conf", "another");
  check(1);
  BOOST_TEST((acted.front().what == kind::config));
  write("server", "another");
  check(2);
  BOOST_TEST((acted.back().what == kind::binary));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton
