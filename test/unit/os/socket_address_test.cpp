#include "os/socket_address.hpp"

#include <fcntl.h>
#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"
#include "unit/os/listening_socket.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

BOOST_FIXTURE_TEST_SUITE(address_of_a_socket, unit::nothing_left)

BOOST_AUTO_TEST_CASE(an_ipv4_address_has_the_port_that_the_system_chose) {
  const auto address = local_address(unit::listening_ipv4());
  BOOST_TEST_REQUIRE(address.has_value());
  BOOST_TEST(address->host == "127.0.0.1");
  BOOST_TEST(address->port != 0);
}

BOOST_AUTO_TEST_CASE(it_equals_what_its_own_text_parses_to) {
  const test::temporary_directory directory;
  for (const auto& socket : {unit::listening_ipv4(), unit::listening_ipv6(), unit::listening_at(directory / "sock")}) {
    const auto address = local_address(socket);
    BOOST_TEST_REQUIRE(address.has_value());
    BOOST_TEST_CONTEXT(to_string(*address)) {
      BOOST_TEST((parse_address(to_string(*address)).address == address));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_has_no_name_or_is_no_socket_has_no_address) {
  const unique_fd unnamed{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const unique_fd file{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  BOOST_TEST(!local_address(unnamed).has_value());
  BOOST_TEST(!local_address(file).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
