#include "upgrade/preparation.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>

#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"
#include "unit/os/nothing_left.hpp"
#include "unit/upgrade/bytes_of.hpp"

namespace baton::upgrade {
namespace {

using std::chrono::milliseconds;
using test::eventually;
using test::patience;
using lines = std::vector<std::string>;

struct a_preparation : unit::nothing_left {
  test::temporary_directory directory;
  boost::asio::io_context context{1};
  os::process_image image{"./app", {"app"}, {"PATH=/bin:/usr/bin", "KEPT=yes"}, directory.path().string()};
  preparation_settings settings;
  veto_function callbacks;
  std::unique_ptr<preparation> subject;
  std::optional<preparation_result> result;

  void make() { subject = std::make_unique<preparation>(context, image, settings, callbacks); }
  void start() {
    if (!subject) make();
    result.reset();
    subject->start(4, [this](preparation_result came) { result = std::move(came); });
  }
  // Runs it to its end.
  const preparation_result& prepared() {
    start();
    BOOST_TEST_REQUIRE(ends());
    return *result;
  }
  bool ends() {
    context.restart();
    return eventually(patience, [this] {
      if (!result) context.run_one_for(milliseconds{50});
      return result.has_value();
    });
  }
  bool appears(const std::string& name) {
    return eventually(patience, [&] {
      context.poll();
      return !directory.read(name).empty();
    });
  }
};

BOOST_FIXTURE_TEST_SUITE(a_preparation_suite, a_preparation)

BOOST_AUTO_TEST_CASE(where_nothing_is_configured_it_is_done_at_once) {
  start();
  BOOST_TEST_REQUIRE(result.has_value());
  BOOST_TEST(result->refusal == "");
  BOOST_TEST(!result->executable);
}

BOOST_AUTO_TEST_CASE(callbacks_command_and_check_follow_each_other) {
  directory.write("app",
                  "\x7f"
                  "ELF old",
                  true);
  callbacks = [this](const std::string& binary) { directory.write("order", "callbacks " + binary); };
  // What it fetches is what is checked.
  settings.command = "echo $(cat order) command >order; printf '\\177ELF new' >app; sha256sum app >app.sha256";
  settings.rules.sha256 = "app.sha256";
  BOOST_TEST(prepared().refusal == "");
  BOOST_TEST(directory.read("order") == "callbacks " + directory.path().string() + "/./app command\n");
  BOOST_TEST_REQUIRE(static_cast<bool>(result->executable));
  BOOST_TEST(unit::bytes_of(result->executable) ==
             "\x7f"
             "ELF new");
  result.reset();
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_vetoes_and_nothing_more_happens) {
  callbacks = [](const std::string&) { throw std::runtime_error{"the database is being moved"}; };
  settings.command = "touch ran";
  BOOST_TEST(prepared().refusal == "on_before_upgrade: the database is being moved");
  BOOST_TEST(!std::filesystem::exists(directory / "ran"));
}

BOOST_AUTO_TEST_CASE(a_callback_may_throw_anything) {
  callbacks = [](const std::string&) { throw 7; };
  BOOST_TEST(prepared().refusal == "on_before_upgrade: an exception of no known kind");
}

BOOST_AUTO_TEST_CASE(a_callback_that_does_not_return_in_time_refuses_this_and_later_upgrades_until_it_has) {
  std::promise<void> gate;
  callbacks = [opened = gate.get_future().share()](const std::string&) { opened.wait(); };
  settings.timeout = milliseconds{50};
  BOOST_TEST(prepared().refusal == "on_before_upgrade has not returned within 50 ms");
  BOOST_TEST(prepared().refusal == "on_before_upgrade of an earlier upgrade has not returned yet");
  gate.set_value();
  BOOST_TEST(eventually(patience, [this] { return prepared().refusal.empty(); }));
}

BOOST_AUTO_TEST_CASE(a_callback_that_never_returns_does_not_keep_it_from_going) {
  auto gate = std::make_shared<std::promise<void>>();
  std::atomic<bool> begun{false};
  std::atomic<bool> returned{false};
  callbacks = [&, opened = gate->get_future().share()](const std::string&) {
    begun = true;
    opened.wait();
    returned = true;
  };
  start();
  BOOST_TEST(eventually(patience, [&] { return begun.load(); }));
  subject.reset();
  BOOST_TEST(!returned);
  gate->set_value();
  BOOST_TEST(eventually(patience, [&] { return returned.load(); }));
  context.restart();
  context.poll();
  BOOST_TEST(!result.has_value());
}

BOOST_AUTO_TEST_CASE(the_command_runs_where_the_server_was_started_and_is_told_about_it) {
  settings.command = "echo $PWD $KEPT $BATON_GENERATION $BATON_PID $BATON_BINARY >told; cat >>told";
  BOOST_TEST(prepared().refusal == "");
  const std::string home = std::filesystem::canonical(directory.path()).string();
  BOOST_TEST(directory.read("told") ==
             home + " yes 4 " + std::to_string(::getpid()) + " " + directory.path().string() + "/./app\n");
}

BOOST_AUTO_TEST_CASE(the_commands_failure_is_the_reason_and_its_last_lines_are_kept) {
  settings.command = "echo fetching; echo 'no route to host' >&2; exit 7";
  const auto& failed = prepared();
  BOOST_TEST(failed.refusal == "upgrade.before exited with status 7");
  BOOST_TEST(failed.last_lines == (lines{"fetching", "no route to host"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_command_that_does_not_end_in_time_is_killed_with_all_that_it_has_started) {
  settings.command = "echo waiting; (echo $$ >group; exec sleep 1000) & exec sleep 1000";
  settings.timeout = milliseconds{500};
  const auto& failed = prepared();
  BOOST_TEST(failed.refusal == "upgrade.before had not ended within 500 ms; it was killed by SIGKILL");
  BOOST_TEST(failed.last_lines == lines{"waiting"}, boost::test_tools::per_element());
  const int leader = std::stoi(directory.read("group"));
  BOOST_TEST(eventually(patience, [&] { return ::kill(-leader, 0) == -1; }));
}

BOOST_AUTO_TEST_CASE(what_the_command_leaves_in_the_background_is_not_waited_for) {
  settings.command = "sleep 1000 & echo $! >background";
  BOOST_TEST(prepared().refusal == "");
  ::kill(std::stoi(directory.read("background")), SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_command_that_cannot_be_started_is_a_reason) {
  settings.command = "true";
  image.directory = directory / "absent";
  BOOST_TEST(prepared().refusal ==
             "cannot start upgrade.before: chdir " + directory.path().string() + "/absent: no such file or directory");
}

BOOST_AUTO_TEST_CASE(cancelling_kills_and_reaps_the_command_and_tells_nobody) {
  settings.command = "(echo $$ >group; exec sleep 1000) & wait";
  start();
  BOOST_TEST_REQUIRE(appears("group"));
  subject->cancel();
  const int leader = std::stoi(directory.read("group"));
  BOOST_TEST(eventually(patience, [&] { return ::kill(-leader, 0) == -1; }));
  context.poll();
  BOOST_TEST(!result.has_value());
}

BOOST_AUTO_TEST_CASE(it_can_be_started_again_after_a_cancel) {
  settings.command = "echo x >>runs";
  start();
  subject->cancel();
  BOOST_TEST(prepared().refusal == "");
}

BOOST_AUTO_TEST_CASE(a_binary_that_does_not_meet_the_rules_is_a_reason) {
  directory.write("app",
                  "\x7f"
                  "ELF",
                  true);
  settings.rules.sha256 = "app.sha256";
  const std::string file = directory.path().string() + "/app.sha256";
  BOOST_TEST(prepared().refusal == "the new binary is not trusted: open " + file + ": no such file or directory");
  directory.write("app.sha256", std::string(64, '0'));
  BOOST_TEST(prepared().refusal.starts_with("the new binary is not trusted: the SHA-256 digest of "));
  BOOST_TEST(!result->executable);
}

BOOST_AUTO_TEST_CASE(changed_settings_hold_from_the_next_start_on) {
  settings.command = "exit 1";
  BOOST_TEST(prepared().refusal == "upgrade.before exited with status 1");
  start();
  subject->change({});
  BOOST_TEST_REQUIRE(ends());
  BOOST_TEST(result->refusal == "upgrade.before exited with status 1");
  BOOST_TEST(prepared().refusal == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
