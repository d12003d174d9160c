// The control socket over upgrades: who asks for one learns its end, and who connects is never refused.
#include <signal.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "staged_program.hpp"
#include "support/control_client.hpp"
#include "support/leak_check.hpp"
#include "support/proc.hpp"
#include "support/raw_client.hpp"

using namespace baton::test;
namespace fs = std::filesystem;

namespace {

struct controlled_program {
  explicit controlled_program(std::vector<std::string> flags = {}) : server{how(std::move(flags))} {}

  launch how(std::vector<std::string> flags) const {
    flags.insert(flags.end(), {"--control", path});
    return program.started(std::move(flags));
  }
  [[nodiscard]] outcome ctl(std::vector<std::string> arguments) const {
    return run_command(batonctl(path, std::move(arguments)), 60s);
  }
  [[nodiscard]] boost::json::object status() const { return control_client{path}.ask(R"({"command":"status"})"); }

  staged_program program;
  std::string path = program.directory() / "control";
  server_process server;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Asks for the status on a connection of its own, over and over.
class status_loop {
 public:
  explicit status_loop(std::string path) : path_{std::move(path)}, thread_{[this] { run(); }} {}
  ~status_loop() { stop(); }
  status_loop(const status_loop&) = delete;
  status_loop& operator=(const status_loop&) = delete;

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] int answered() const noexcept { return answered_; }
  /// After `stop`.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] std::chrono::milliseconds slowest() const noexcept { return slowest_; }

 private:
  void run() {
    try {
      while (!stop_) {
        const auto before = std::chrono::steady_clock::now();
        if (!control_client{path_}.ask(R"({"command":"status"})").at("ok").as_bool())
          throw std::runtime_error{"not ok"};
        const auto took = std::chrono::steady_clock::now() - before;
        slowest_ = std::max(slowest_, std::chrono::duration_cast<std::chrono::milliseconds>(took));
        ++answered_;
      }
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
  }

  const std::string path_;
  std::atomic<bool> stop_{false};
  std::atomic<int> answered_{0};
  std::string failure_;
  std::chrono::milliseconds slowest_{0};
  std::thread thread_;
};

// The predecessor has no connections any more: the next upgrade may be asked for.
void settle(const controlled_program& s) {
  BOOST_TEST(eventually(patience, [&] {
    const auto state = s.status().at("upgrade").at("state").as_string();
    return state == "idle" || state == "guarded";
  }));
}

void fails(const controlled_program& s, const std::vector<std::string>& reasons) {
  const auto failed = s.ctl({"upgrade", "--wait"});
  BOOST_TEST(failed.status == 1);
  for (const auto& each : reasons) BOOST_TEST(has(failed.err, each), each << " in\n" << failed.err);
  const auto status = s.status();
  BOOST_TEST(status.at("phase").as_string() == "serving");
  BOOST_TEST(status.at("generation").to_number<int>() == 1);
  BOOST_TEST(status.at("last_failure").is_object());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(control, leak_check)

BOOST_AUTO_TEST_CASE(upgrade_with_wait_returns_when_the_new_process_serves) {
  controlled_program s;
  const auto upgraded = s.ctl({"upgrade", "--wait"});
  BOOST_TEST(upgraded.status == 0, upgraded.err);
  BOOST_TEST(has(upgraded.out, "generation 2 serves as pid "), upgraded.out);
  // At once: nothing to wait for.
  const auto status = s.status();
  BOOST_TEST(status.at("generation").to_number<int>() == 2);
  BOOST_TEST(status.at("phase").as_string() == "serving");
  BOOST_TEST(get(s.server.address(), "/generation").body == "2");
  BOOST_TEST(has(upgraded.out, "pid " + std::to_string(status.at("pid").to_number<int>())));
}

BOOST_AUTO_TEST_CASE(upgrade_without_wait_returns_when_it_has_begun) {
  controlled_program s;
  s.program.replace_with_script("sleep 0.5; exec '" + demo_program() + "' \"$@\"");
  const auto begun = s.ctl({"upgrade", "--json"});
  BOOST_TEST(begun.status == 0);
  BOOST_TEST(begun.out == "{\"ok\":true,\"accepted\":true,\"generation\":2}\n");
  BOOST_TEST(s.status().at("phase").as_string() == "upgrading");
  BOOST_TEST(s.server.await(2).number == 2U);
}

BOOST_AUTO_TEST_CASE(upgrade_with_wait_tells_why_it_failed_and_the_last_words) {
  controlled_program s;
  s.program.replace_with_script("echo 'cannot reach the frobnicator' >&2; exit 3");
  fails(s, {"3", "cannot reach the frobnicator"});
  const auto status = s.ctl({"status"});
  BOOST_TEST(has(status.out, "cannot reach the frobnicator"), status.out);
  s.program.replace_with_text("#!/bin/sh\necho 'option foo is no more' >&2\nexit 2\n");
  fails(s, {"option foo is no more"});
  s.program.remove();
  fails(s, {"o such file"});
  s.program.restore();
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_second_upgrade_while_one_runs_is_refused) {
  controlled_program s{{"--upgrade.timeout", sanitised ? "8s" : "2s"}};
  s.program.replace_with_script("exec sleep 300");
  child_process first{batonctl(s.path, {"upgrade", "--wait"})};
  BOOST_TEST(first.out().has("starting the new process"));
  const auto second = s.ctl({"upgrade"});
  BOOST_TEST(second.status == 1);
  BOOST_TEST(has(second.err, "refused"), second.err);
  BOOST_TEST(first.wait() == 1);
  BOOST_TEST(has(first.err().text(), "ready"), first.err().text());
}

BOOST_AUTO_TEST_CASE(who_stops_waiting_does_not_stop_the_upgrade) {
  controlled_program s;
  s.program.replace_with_script("sleep 1; exec '" + demo_program() + "' \"$@\"");
  const auto impatient = s.ctl({"upgrade", "--wait", "--timeout", "0.3"});
  BOOST_TEST(impatient.status == 4);
  BOOST_TEST(s.server.await(2).number == 2U);
}

BOOST_AUTO_TEST_CASE(the_history_tells_who_asked_and_what_became_of_it) {
  controlled_program s;
  s.program.replace_with_script("exit 3");
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 1);
  const auto from = s.server.log().size();
  s.server.signal(SIGUSR2);
  BOOST_TEST(s.server.logs("keeps serving", patience, from));
  const auto past = control_client{s.path}.ask(R"({"command":"history"})").at("history").as_array();
  BOOST_REQUIRE(past.size() == 2U);
  BOOST_TEST(has(std::string{past[0].at("by").as_string()}, "batonctl (pid "));
  BOOST_TEST(has(std::string{past[1].at("by").as_string()}, "SIGUSR2 from pid "));
  for (const auto& each : past) {
    BOOST_TEST(each.at("result").as_string() == "failed");
    BOOST_TEST(each.at("to").to_number<int>() == 2);
    BOOST_TEST(has(std::string{each.at("reason").as_string()}, "3"));
  }
  BOOST_TEST(has(s.ctl({"history"}).out, "1 -> 2"));
}

BOOST_AUTO_TEST_CASE(the_history_goes_on_in_the_next_generations) {
  controlled_program s;
  s.program.replace_with_script("exit 3");
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 1);
  s.program.restore();
  for (int i = 0; i < 2; ++i) {
    settle(s);
    BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
  }
  const auto past = control_client{s.path}.ask(R"({"command":"history"})").at("history").as_array();
  BOOST_REQUIRE(past.size() == 3U);
  BOOST_TEST(past[0].at("result").as_string() == "failed");
  BOOST_TEST(past[1].at("result").as_string() == "ready");
  BOOST_TEST(past[2].at("result").as_string() == "ready");
  BOOST_TEST(past[2].at("to").to_number<int>() == 3);
  BOOST_TEST(has(std::string{past[2].at("by").as_string()}, "batonctl (pid "));
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_all_the_time_is_never_refused_over_five_upgrades) {
  controlled_program s;
  status_loop loop{s.path};
  for (int i = 2; i <= 6; ++i) {
    const int before = loop.answered();
    settle(s);
    BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
    BOOST_TEST(eventually(patience, [&] { return loop.answered() > before + 5; }));
  }
  loop.stop();
  BOOST_TEST(loop.failure() == "");
  BOOST_TEST(loop.slowest().count() < (sanitised ? 10'000 : 1500));
  BOOST_TEST(s.status().at("generation").to_number<int>() == 6);
}

BOOST_AUTO_TEST_CASE(follow_goes_on_over_upgrades_and_shows_both_generations) {
  controlled_program s;
  child_process following{batonctl(s.path, {"status", "--follow"})};
  BOOST_TEST(following.out().has("generation 1 pid "));
  raw_client slow{s.server.address()};
  slow.send(get_request("/sleep?ms=2000"));
  BOOST_TEST(following.out().has("1 active"));
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
  BOOST_TEST(following.out().has("drain: 1 connections left"));
  BOOST_TEST(following.out().has("upgrade: handed_over (pid "));
  BOOST_TEST(following.out().has("generation 2 pid "));
  BOOST_TEST(slow.read().body == "slept 2000");
  BOOST_TEST(following.out().has(") has ended"));
  settle(s);
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
  BOOST_TEST(following.out().has("generation 3 pid "));
  BOOST_TEST(s.server.await(3).number == 3U);
  BOOST_TEST(s.server.stop() == 0);
  BOOST_TEST(following.wait() == 0);
}

BOOST_AUTO_TEST_CASE(follow_finds_the_next_generation_though_it_learns_of_it_with_the_end_of_the_last) {
  controlled_program s;
  child_process following{batonctl(s.path, {"status", "--follow"})};
  BOOST_TEST(following.out().has("generation 1 pid "));
  BOOST_TEST(::kill(following.pid(), SIGSTOP) == 0);
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
  settle(s);
  BOOST_TEST(::kill(following.pid(), SIGCONT) == 0);
  BOOST_TEST(following.out().has("generation 2 pid "));
  BOOST_TEST(s.server.await(2).number == 2U);
  BOOST_TEST(s.server.stop() == 0);
  BOOST_TEST(following.wait() == 0);
}

BOOST_AUTO_TEST_CASE(when_the_new_process_is_lost_the_old_one_answers_again) {
  controlled_program s{{"--upgrade.guard", "20s"}};
  const auto old = s.server.pid();
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
  const auto next = s.status();
  BOOST_TEST(next.at("generation").to_number<int>() == 2);
  s.server.signal(next.at("pid").to_number<int>(), SIGKILL);
  BOOST_TEST(eventually(patience, [&] { return s.status().at("pid").to_number<int>() == old; }));
  BOOST_TEST(eventually(patience, [&] { return s.status().at("phase").as_string() == "serving"; }));
  const auto past = control_client{s.path}.ask(R"({"command":"history"})").at("history").as_array();
  BOOST_REQUIRE(!past.empty());
  BOOST_TEST(past.back().at("result").as_string() == "taken_back");
  BOOST_TEST(fs::exists(s.path));
  BOOST_TEST(s.server.stop(patience) == 0);
  BOOST_TEST(!fs::exists(s.path));
}

BOOST_AUTO_TEST_CASE(a_rollback_gives_the_service_back_to_the_generation_before) {
  controlled_program s{{"--upgrade.guard", "20s"}};
  const auto old = s.server.pid();
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
  const auto next = s.status().at("pid").to_number<int>();
  const auto back = s.ctl({"rollback", "--wait"});
  BOOST_TEST(back.status == 0, back.err);
  BOOST_TEST(eventually(patience, [&] { return s.status().at("pid").to_number<int>() == old; }));
  BOOST_TEST(eventually(patience, [&] { return s.status().at("phase").as_string() == "serving"; }));
  BOOST_TEST(eventually(patience, [&] { return !proc::alive(next); }));
  BOOST_TEST(fs::exists(s.path));
  const auto again = s.ctl({"rollback"});
  BOOST_TEST(again.status == 1);
  BOOST_TEST(has(again.err, "previous generation"), again.err);
  s.server.signal(old, SIGTERM);
  BOOST_TEST(s.server.wait(old) == 0);
  BOOST_TEST(!fs::exists(s.path));
}

BOOST_AUTO_TEST_CASE(the_path_stays_the_same_file_and_goes_with_the_last_generation) {
  controlled_program s;
  for (unsigned i = 2; i <= 4; ++i) BOOST_TEST(s.server.upgrade().number == i);
  BOOST_TEST(fs::exists(s.path));
  BOOST_TEST(s.status().at("generation").to_number<int>() == 4);
  BOOST_TEST(s.server.stop() == 0);
  BOOST_TEST(!fs::exists(s.path));
}

BOOST_AUTO_TEST_CASE(a_failed_upgrade_leaves_the_socket_in_its_place) {
  controlled_program s;
  s.program.replace_with_script("exec '" + demo_program() + "' \"$@\" --listen 192.0.2.1:1");
  BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 1);
  BOOST_TEST(s.ctl({"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(descriptors_of_all_generations_are_the_same) {
  controlled_program s;
  BOOST_TEST(s.ctl({"status"}).status == 0);
  std::vector<std::string> before;
  BOOST_TEST(eventually(patience, [&] {
    before = proc::descriptors(s.server.pid());
    return s.status().at("connections").at("open").to_number<int>() == 0;
  }));
  for (int i = 2; i <= 6; ++i) {
    settle(s);
    BOOST_TEST(s.ctl({"upgrade", "--wait"}).status == 0);
    s.server.await(static_cast<unsigned>(i));
  }
  BOOST_TEST(eventually(patience, [&] { return proc::descriptors(s.server.pid()) == before; }));
  BOOST_TEST(proc::descriptors(s.server.pid()) == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_path_in_the_next_generation_takes_over) {
  const temporary_directory directory;
  const auto conf = [&](const std::string& name) {
    return directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 1\n" +
                                             (name.empty() ? "" : "control = " + directory / name + "\n"));
  };
  server_process server{bare_demo({"--config", conf("first")})};
  conf("second");
  server.upgrade();
  BOOST_TEST(run_command(batonctl(directory / "second", {"status"})).status == 0);
  BOOST_TEST(!fs::exists(directory / "first"));
  conf("");
  server.upgrade();
  BOOST_TEST(eventually(patience, [&] { return !fs::exists(directory / "second"); }));
}

BOOST_AUTO_TEST_CASE(a_path_that_the_lost_generation_had_removed_is_there_again) {
  const temporary_directory directory;
  const auto conf = [&](const std::string& name) {
    return directory.write("baton.conf", "listen = 127.0.0.1:0\nthreads = 1\ncontrol = " + directory / name +
                                             "\n[upgrade]\nguard = 20s\n");
  };
  server_process server{bare_demo({"--config", conf("first")})};
  conf("second");
  server.signal(SIGUSR2);
  const auto next = server.await(2);
  BOOST_TEST(eventually(patience, [&] { return !fs::exists(directory / "first"); }));
  server.signal(next.pid, SIGKILL);
  BOOST_TEST(eventually(patience, [&] { return fs::exists(directory / "first"); }));
  BOOST_TEST(run_command(batonctl(directory / "first", {"status"})).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
