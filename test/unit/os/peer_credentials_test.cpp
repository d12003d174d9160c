#include "os/peer_credentials.hpp"

#include <array>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace baton::os;

BOOST_AUTO_TEST_SUITE(peer_credentials_suite)

BOOST_AUTO_TEST_CASE(the_kernel_tells_who_is_at_the_other_end) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const unique_fd one{ends[0]};
  const unique_fd other{ends[1]};
  const auto peer = peer_credentials(one);
  BOOST_REQUIRE(peer.has_value());
  BOOST_TEST(peer->pid == ::getpid());
  BOOST_TEST(peer->user == ::geteuid());
  BOOST_TEST(has_our_rights(*peer));
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_an_error) {
  const auto peer = peer_credentials(fd_view{-1});
  BOOST_REQUIRE(!peer.has_value());
  BOOST_TEST(peer.error().text().find("SO_PEERCRED") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(root_and_the_own_user_have_our_rights_and_no_other) {
  BOOST_TEST(has_our_rights({1, 0}));
  BOOST_TEST(has_our_rights({1, ::geteuid()}));
  BOOST_TEST(!has_our_rights({1, ::geteuid() + 1}));
}

BOOST_AUTO_TEST_SUITE_END()
