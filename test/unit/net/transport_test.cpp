// A transport over one end of a socket pair; the test holds the other.
#include <array>
#include <string>

#include <boost/test/unit_test.hpp>

#include "net/transport.hpp"
#include "unit/net/sockets.hpp"

namespace baton::net {
namespace {

using kind = io_result::kind;

struct fixture {
  boost::asio::io_context io{1};
  os::unique_fd peer;
  transport under_test{io, open(), AF_UNIX};
  std::array<char, 64> room{};

  os::unique_fd open() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    peer = os::unique_fd{ends[1]};
    return os::unique_fd{ends[0]};
  }
  std::string received() {
    std::string text(1024, '\0');
    const ssize_t count = ::recv(peer.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(transport_calls, fixture)

BOOST_AUTO_TEST_CASE(a_read_takes_what_is_there) {
  write_all(peer, "hello");
  const io_result got = under_test.try_read(room);
  BOOST_TEST((got.what == kind::bytes));
  BOOST_TEST(std::string(room.data(), got.count) == "hello");
  BOOST_TEST((under_test.try_read(room).what == kind::would_block));
}

BOOST_AUTO_TEST_CASE(a_peek_takes_nothing) {
  BOOST_TEST((under_test.peek().what == kind::would_block));
  write_all(peer, "hello");
  BOOST_TEST((under_test.peek().what == kind::bytes));
  BOOST_TEST(under_test.peek().count == 1U);
  BOOST_TEST(under_test.try_read(room).count == 5U);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_peer_is_told_after_its_last_bytes) {
  write_all(peer, "x");
  peer.reset();
  BOOST_TEST((under_test.peek().what == kind::bytes));
  BOOST_TEST((under_test.try_read(room).what == kind::bytes));
  BOOST_TEST((under_test.peek().what == kind::end_of_file));
  BOOST_TEST((under_test.try_read(room).what == kind::end_of_file));
}

BOOST_AUTO_TEST_CASE(two_parts_leave_as_one) {
  BOOST_TEST(under_test.try_write("head ", "body").count == 9U);
  BOOST_TEST(received() == "head body");
  BOOST_TEST(under_test.try_write("alone", {}).count == 5U);
  BOOST_TEST(received() == "alone");
}

BOOST_AUTO_TEST_CASE(a_full_peer_would_block_and_is_waited_for) {
  const std::string much(64 * 1024, 'x');
  io_result wrote;
  do wrote = under_test.try_write(much, much);
  while (wrote.what == kind::bytes);
  BOOST_TEST((wrote.what == kind::would_block));
  bool writable = false;
  under_test.async_wait_writable([&](boost::system::error_code error) { writable = !error; });
  io.poll();
  BOOST_TEST(!writable);
  while (!received().empty()) {
  }
  io.restart();
  io.run_for(test::patience);
  BOOST_TEST(writable);
}

BOOST_AUTO_TEST_CASE(a_write_to_a_peer_that_has_gone_fails_without_a_signal) {
  peer.reset();
  BOOST_TEST((under_test.try_write("x", {}).what == kind::failed));
  BOOST_TEST((under_test.try_write("x", "y").what == kind::failed));
}

BOOST_AUTO_TEST_CASE(a_half_close_ends_what_the_peer_reads_and_still_reads_itself) {
  under_test.shutdown_write();
  BOOST_TEST(read_all(peer) == "");
  write_all(peer, "still here");
  BOOST_TEST(under_test.try_read(room).count == 10U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_says_so_and_loses_nothing) {
  boost::system::error_code seen;
  under_test.async_read(room, [&](boost::system::error_code error, std::size_t) { seen = error; });
  io.poll();
  under_test.cancel();
  io.restart();
  io.poll();
  BOOST_TEST((seen == boost::asio::error::operation_aborted));
  write_all(peer, "late");
  BOOST_TEST(under_test.try_read(room).count == 4U);
}

BOOST_AUTO_TEST_CASE(a_close_ends_what_is_under_way_and_may_be_repeated) {
  boost::system::error_code seen;
  under_test.async_wait_readable([&](boost::system::error_code error) { seen = error; });
  io.poll();
  under_test.close();
  under_test.close();
  io.restart();
  io.poll();
  BOOST_TEST((seen == boost::asio::error::operation_aborted));
  BOOST_TEST(!under_test.is_open());
  BOOST_TEST(read_all(peer) == "");
  BOOST_TEST((under_test.try_write("x", {}).what == kind::failed));
}

BOOST_AUTO_TEST_CASE(what_is_no_descriptor_throws) {
  BOOST_CHECK_THROW((transport{io, os::unique_fd{}, AF_INET}), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::net
