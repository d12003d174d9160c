// Control clients, good and bad, on one end of a socket pair; a service that does nothing on the other.
#include "server/control_session.hpp"

#include <array>
#include <memory>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "support/descriptor.hpp"

using namespace baton;
using namespace std::chrono_literals;

namespace {

struct session_with_client {
  explicit session_with_client(control_service does = {}) : service{std::move(does)} {
    service.status = [this] {
      ++statuses;
      process_status now;
      now.now = now_in;
      return now;
    };
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    client = test::descriptor{ends[0]};
    os::unique_fd server{ends[1]};
    auto peer = os::peer_credentials(server);
    session = std::make_shared<control_session>(io, std::move(server), service, std::move(peer), [this] { ++gone; });
  }

  void start() {
    session->start();
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }
  void send(std::string_view bytes) {
    static_cast<void>(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    run();
  }
  std::string received() {
    std::string all;
    std::array<char, 65536> buffer{};
    for (;;) {
      const auto count = ::recv(client.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
  std::string ask(std::string_view bytes) {
    send(bytes);
    return received();
  }

  boost::asio::io_context io{1};
  control_service service;
  phase now_in = phase::serving;
  int statuses = 0;
  int gone = 0;
  test::descriptor client;
  std::shared_ptr<control_session> session;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_session_suite)

BOOST_AUTO_TEST_CASE(requests_on_one_connection_are_answered_in_their_order) {
  session_with_client s;
  s.service.past = [] { return std::vector<history_entry>{}; };
  s.start();
  const auto answers =
      s.ask("{\"command\":\"history\"}\n{\"command\":\"status\"}\nnonsense\n{\"command\":\"history\"}\n");
  BOOST_TEST(answers.starts_with(R"({"ok":true,"history":[]})"));
  BOOST_TEST(has(answers, R"("phase":"serving")"));
  BOOST_TEST(has(answers, "not JSON"));
  BOOST_TEST(answers.ends_with("{\"ok\":true,\"history\":[]}\n"));
  BOOST_TEST(s.gone == 0);
}

BOOST_AUTO_TEST_CASE(a_last_line_without_its_end_is_answered_and_the_connection_closes) {
  session_with_client s;
  s.start();
  s.send("{\"command\":\"status\"}");
  BOOST_TEST(s.received().empty());
  ::shutdown(s.client.get(), SHUT_WR);
  s.run();
  BOOST_TEST(has(s.received(), R"("ok":true)"));
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_refused_and_the_connection_closes) {
  session_with_client s;
  s.start();
  const auto answer = s.ask(std::string(control_session::longest_line + 1, 'x'));
  BOOST_TEST(has(answer, "more than 4096 bytes"));
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_refused) {
  session_with_client s;
  s.start();
  for (const auto* const name : {"upgrade", "reload", "rollback", "drain", "stop", "connections", "history"}) {
    const auto answer = s.ask("{\"command\":\"" + std::string{name} + "\"}\n");
    BOOST_TEST(has(answer, "\"ok\":false"), name);
    BOOST_TEST(has(answer, "not available"), name);
  }
}

BOOST_AUTO_TEST_CASE(who_waits_for_an_upgrade_is_told_its_steps_and_its_end) {
  session_with_client s;
  operation_callback done;
  s.service.upgrade = [&](const std::string& by, operation_callback then) -> std::optional<std::string> {
    BOOST_TEST(has(by, std::to_string(::getpid())));
    done = std::move(then);
    return std::nullopt;
  };
  s.start();
  BOOST_TEST(s.ask("{\"command\":\"upgrade\",\"wait\":true}\n{\"command\":\"history\"}\n").empty());
  s.service.status = [] {
    process_status now;
    now.upgrade = fsm::upgrade_state::checking;
    return now;
  };
  s.session->tell();
  s.session->tell();
  BOOST_TEST(s.received() == "{\"progress\":\"checking\",\"child\":null}\n");
  operation_result failed;
  failed.failure = failure_report{"no", {"last"}};
  done(failed);
  const auto end = s.received();
  BOOST_TEST(end.starts_with("{\"ok\":false,\"error\":\"no\",\"lines\":[\"last\"]}\n"));
  BOOST_TEST(has(end, "history is not available"));
}

BOOST_AUTO_TEST_CASE(an_upgrade_that_is_over_before_the_request_returns_is_answered_once) {
  session_with_client s;
  s.service.upgrade = [](const std::string&, const operation_callback& then) -> std::optional<std::string> {
    operation_result failed;
    failed.failure = failure_report{"at once", {}};
    if (then) then(failed);
    return std::nullopt;
  };
  s.start();
  BOOST_TEST(s.ask("{\"command\":\"upgrade\",\"wait\":true}\n") == "{\"ok\":false,\"error\":\"at once\"}\n");
  BOOST_TEST(s.ask("{\"command\":\"upgrade\"}\n") == "{\"ok\":true,\"accepted\":true,\"generation\":2}\n");
}

BOOST_AUTO_TEST_CASE(the_end_of_an_operation_whose_client_has_gone_reaches_nobody) {
  session_with_client s;
  operation_callback done;
  s.service.upgrade = [&](const std::string&, operation_callback then) -> std::optional<std::string> {
    done = std::move(then);
    return std::nullopt;
  };
  s.start();
  s.send("{\"command\":\"upgrade\",\"wait\":true}\n");
  s.session->close();
  s.session.reset();
  done({});
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(who_follows_is_told_again_and_again) {
  session_with_client s;
  s.start();
  BOOST_TEST(has(s.ask("{\"command\":\"status\",\"follow\":true}\n"), "serving"));
  s.now_in = phase::draining;
  s.session->tell();
  BOOST_TEST(has(s.received(), "draining"));
  ::shutdown(s.client.get(), SHUT_WR);
  s.run();
  s.session->tell();
  BOOST_TEST(has(s.received(), "draining"));
  s.client.reset();
  s.session->tell();
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(a_follower_that_does_not_read_is_not_queued_for) {
  session_with_client s;
  s.service.past = [] { return std::vector<history_entry>(history::most); };
  s.start();
  s.send("{\"command\":\"status\",\"follow\":true}\n");
  for (int i = 0; i < 10'000; ++i) s.session->tell();
  BOOST_TEST(s.statuses < 9'000);
  BOOST_TEST(s.gone == 0);
  s.received();
  s.run();
  const int before = s.statuses;
  s.session->tell();
  BOOST_TEST(s.statuses == before + 1);
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_and_never_reads_is_dropped) {
  session_with_client s;
  s.service.past = [] { return std::vector<history_entry>(history::most); };
  s.start();
  for (int i = 0; i < 5000 && s.gone == 0; ++i) s.send("{\"command\":\"history\"}\n");
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(stop_comes_after_its_answer) {
  session_with_client s;
  std::string when_stopped;
  s.service.stop = [&](const std::string&) { when_stopped = s.received(); };
  s.start();
  s.send("{\"command\":\"stop\"}\n");
  BOOST_TEST(when_stopped == "{\"ok\":true}\n");
}

BOOST_AUTO_TEST_CASE(a_service_that_throws_costs_the_client_alone) {
  session_with_client s;
  s.service.past = []() -> std::vector<history_entry> { throw std::runtime_error{"defect"}; };
  s.start();
  s.send("{\"command\":\"history\"}\n");
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(at_the_end_a_client_that_has_just_come_may_still_ask_once) {
  session_with_client s;
  s.start();
  s.session->finish(control_session::patience_with_fresh::some);
  BOOST_TEST(s.gone == 0);
  BOOST_TEST(has(s.ask("{\"command\":\"status\"}\n"), "\"ok\":true"));
  BOOST_TEST(s.gone == 1);
}

BOOST_AUTO_TEST_CASE(at_the_end_followers_get_the_last_state_and_waiters_a_refusal) {
  session_with_client follower;
  follower.start();
  follower.ask("{\"command\":\"status\",\"follow\":true}\n");
  follower.now_in = phase::stopped;
  follower.session->finish(control_session::patience_with_fresh::some);
  BOOST_TEST(has(follower.received(), "stopped"));
  BOOST_TEST(follower.gone == 1);

  session_with_client waiter;
  waiter.service.upgrade = [](const std::string&, const operation_callback&) { return std::optional<std::string>{}; };
  waiter.start();
  waiter.send("{\"command\":\"upgrade\",\"wait\":true}\n");
  waiter.session->finish(control_session::patience_with_fresh::some);
  BOOST_TEST(has(waiter.received(), "\"ok\":false"));
  BOOST_TEST(waiter.gone == 1);
}

BOOST_AUTO_TEST_CASE(a_peer_of_another_user_is_refused) {
  session_with_client s;
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
  s.client = test::descriptor{ends[0]};
  const os::credentials stranger{1, ::geteuid() + 1};
  s.session = std::make_shared<control_session>(s.io, os::unique_fd{ends[1]}, s.service, stranger, [&] { ++s.gone; });
  s.start();
  BOOST_TEST(has(s.received(), "only the server's own user and root"));
  BOOST_TEST(s.gone == 1);
  BOOST_TEST(s.statuses == 0);
}

BOOST_AUTO_TEST_SUITE_END()
