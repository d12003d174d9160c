// Two acceptors on one listening socket, as two generations have it.
#include "net/pausing_acceptor.hpp"

#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "support/temporary_directory.hpp"
#include "unit/net/sockets.hpp"

using namespace baton;
using namespace baton::net;
using namespace std::chrono_literals;

namespace {

struct generation {
  explicit generation(listener socket)
      : acceptor{context, std::move(socket), [this](os::unique_fd fresh) { accepted.push_back(std::move(fresh)); }} {}

  std::size_t poll() {
    context.restart();
    context.poll();
    return accepted.size();
  }

  boost::asio::io_context context{1};
  std::vector<os::unique_fd> accepted;
  pausing_acceptor acceptor;
};

struct two_generations {
  two_generations() {
    next.acceptor.start();
    old.acceptor.start();
  }
  static listener bind(const std::string& path) {
    bind_options how;
    how.unix_mode = 0600;
    return bind_listener("unix:" + path, how);
  }
  listener shared() const {
    return adopt_listener("unix:" + path, std::move(*os::duplicate(old.acceptor.source().socket)), 16);
  }

  test::temporary_directory directory;
  std::string path = directory / "socket";
  generation old{bind(path)};
  generation next{shared()};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pausing_acceptor_suite)

BOOST_AUTO_TEST_CASE(nothing_is_accepted_before_the_start) {
  const test::temporary_directory directory;
  generation one{two_generations::bind(directory / "socket")};
  const auto client = connect_to(one.acceptor.source());
  BOOST_TEST(one.poll() == 0U);
  one.acceptor.start();
  BOOST_REQUIRE(one.poll() == 1U);
  BOOST_TEST(close_on_exec(one.accepted[0]));
  BOOST_TEST(non_blocking(one.accepted[0]));
}

BOOST_AUTO_TEST_CASE(while_one_pauses_the_other_gets_what_comes) {
  two_generations both;
  both.old.acceptor.pause();
  const auto first = connect_to(both.old.acceptor.source());
  const auto second = connect_to(both.old.acceptor.source());
  BOOST_TEST(both.old.poll() == 0U);
  BOOST_TEST(both.next.poll() == 2U);
}

BOOST_AUTO_TEST_CASE(it_goes_on_after_a_pause_also_with_what_has_waited) {
  two_generations both;
  both.old.acceptor.pause();
  both.next.acceptor.pause();
  const auto waiting = connect_to(both.old.acceptor.source());
  BOOST_TEST(both.old.poll() == 0U);
  both.old.acceptor.start();
  BOOST_TEST(both.old.poll() == 1U);
  const auto later = connect_to(both.old.acceptor.source());
  BOOST_TEST(both.old.poll() == 2U);
  BOOST_TEST(both.next.poll() == 0U);
}

BOOST_AUTO_TEST_CASE(a_sweep_takes_what_waits_also_while_paused) {
  two_generations both;
  both.old.acceptor.pause();
  const auto waiting = connect_to(both.old.acceptor.source());
  both.old.acceptor.sweep();
  BOOST_TEST(both.old.accepted.size() == 1U);
}

BOOST_AUTO_TEST_CASE(pausing_and_starting_twice_changes_nothing) {
  two_generations both;
  both.old.acceptor.start();
  both.next.acceptor.pause();
  both.next.acceptor.pause();
  const auto client = connect_to(both.old.acceptor.source());
  BOOST_TEST(both.old.poll() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
