#include "upgrade/inherited_listeners.hpp"

#include <utility>

#include <boost/test/unit_test.hpp>

#include "os/socket_address.hpp"
#include "support/temporary_directory.hpp"
#include "unit/os/listening_socket.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::upgrade {
namespace {

using unit::listening_ipv4;

std::string bound_text(os::fd_view socket) {
  return to_string(*os::local_address(socket));
}

// Moves sockets in, for an initializer list would copy.
template <class... Entry>
inherited_listeners inherited(Entry... entry) {
  std::vector<inherited_listeners::entry> entries;
  (entries.push_back(std::move(entry)), ...);
  return inherited_listeners{std::move(entries)};
}

inherited_listeners::entry entry(std::string spec, os::unique_fd fd) {
  return {std::move(spec), std::move(fd)};
}

int taken(inherited_listeners& from, std::string_view spec) {
  const auto fd = from.take(spec);
  return fd ? fd->get() : -1;
}

BOOST_FIXTURE_TEST_SUITE(listeners_from_before, unit::nothing_left)

BOOST_AUTO_TEST_CASE(the_same_text_gives_the_socket_once) {
  os::unique_fd first = listening_ipv4();
  os::unique_fd second = listening_ipv4();
  const int second_number = second.get();
  auto listeners = inherited(entry("a:1", std::move(first)), entry("b:2", std::move(second)));
  BOOST_TEST(taken(listeners, "b:2") == second_number);
  BOOST_TEST(taken(listeners, "b:2") == -1);
  BOOST_TEST(listeners.size() == 1U);
}

BOOST_AUTO_TEST_CASE(port_zero_matches_by_its_text_only) {
  auto with_text = inherited(entry("127.0.0.1:0", listening_ipv4()));
  BOOST_TEST(taken(with_text, "127.0.0.1:0") != -1);
  auto without_text = inherited(entry("", listening_ipv4()));
  BOOST_TEST(taken(without_text, "127.0.0.1:0") == -1);
}

BOOST_AUTO_TEST_CASE(the_bound_address_decides_where_no_text_is_known) {
  const test::temporary_directory directory;
  for (int kind = 0; kind < 3; ++kind) {
    os::unique_fd socket = kind == 0   ? listening_ipv4()
                           : kind == 1 ? unit::listening_ipv6()
                                       : unit::listening_at(directory / "sock");
    const int number = socket.get();
    const std::string spec = bound_text(socket);
    auto listeners = inherited(entry("", listening_ipv4()), entry("", std::move(socket)));
    BOOST_TEST(taken(listeners, spec) == number, spec);
  }
}

BOOST_AUTO_TEST_CASE(another_text_for_the_same_address_finds_it) {
  os::unique_fd socket = listening_ipv4();
  const std::string port = std::to_string(os::local_address(socket)->port);
  const int number = socket.get();
  auto listeners = inherited(entry("127.0.0.1:" + port, std::move(socket)));
  BOOST_TEST(taken(listeners, "localhost:" + port) == number);
}

BOOST_AUTO_TEST_CASE(the_text_goes_before_the_address) {
  os::unique_fd by_address = listening_ipv4();
  os::unique_fd by_text = listening_ipv4();
  const std::string spec = bound_text(by_address);
  const int number = by_text.get();
  auto listeners = inherited(entry("", std::move(by_address)), entry(spec, std::move(by_text)));
  BOOST_TEST(taken(listeners, spec) == number);
}

BOOST_AUTO_TEST_CASE(sockets_that_share_a_text_come_in_order) {
  os::unique_fd first = listening_ipv4();
  os::unique_fd second = listening_ipv4();
  const int numbers[] = {first.get(), second.get()};
  auto listeners = inherited(entry("a", std::move(first)), entry("a", std::move(second)));
  const auto one = listeners.take("a");
  const auto two = listeners.take("a");
  BOOST_TEST(one->get() == numbers[0]);
  BOOST_TEST(two->get() == numbers[1]);
  BOOST_TEST(!listeners.take("a").has_value());
}

BOOST_AUTO_TEST_CASE(text_that_is_no_address_matches_nothing_by_address) {
  auto listeners = inherited(entry("", listening_ipv4()));
  for (const char* const spec : {"x", "", ":", "unix:", "example.com:80"}) {
    BOOST_TEST(taken(listeners, spec) == -1, spec);
  }
}

BOOST_AUTO_TEST_CASE(the_rest_is_what_nobody_took) {
  auto listeners = inherited(entry("a", listening_ipv4()), entry("b", listening_ipv4()));
  static_cast<void>(listeners.take("a"));
  const auto rest = listeners.rest();
  BOOST_TEST_REQUIRE(rest.size() == 1U);
  BOOST_TEST(rest[0].spec == "b");
  BOOST_TEST(listeners.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
