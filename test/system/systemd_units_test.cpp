// conf/systemd: systemd itself finds nothing to complain of.
#include <boost/test/unit_test.hpp>

#include "support/leak_check.hpp"
#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"

using namespace baton::test;

namespace {

boost::test_tools::assertion_result systemd_is_there(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result{false};
  try {
    launch how;
    how.command = {"systemd-analyze", "--version"};
    result = boost::test_tools::assertion_result{run_command(how).status == 0};
  } catch (const std::exception&) {
    result = boost::test_tools::assertion_result{false};
  }
  result.message() << "there is no systemd-analyze";
  return result;
}

std::string shipped(const std::string& name) {
  std::ifstream in{std::string{SYSTEMD_UNITS} + "/" + name};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(systemd_units, leak_check)

BOOST_AUTO_TEST_CASE(are_accepted_by_systemd_analyze, *boost::unit_test::precondition(systemd_is_there)) {
  const temporary_directory directory;
  auto service = shipped("baton.service");
  const std::string program = "/usr/local/bin/baton-demo";
  BOOST_REQUIRE(service.find(program) != std::string::npos);
  service.replace(service.find(program), program.size(), demo_program());  // it must exist
  launch how;
  how.command = {"systemd-analyze", "verify", directory.write("baton.service", service),
                 directory.write("baton.socket", shipped("baton.socket"))};
  const auto result = run_command(how, 60s);
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.err.find("baton") == std::string::npos, result.err);
}

// The scale goes to 100; what is left is the network, its capability, and what NotifyAccess=all needs.
BOOST_AUTO_TEST_CASE(leave_a_service_little_to_do_harm_with, *boost::unit_test::precondition(systemd_is_there)) {
  const temporary_directory directory;
  launch how;
  how.command = {"systemd-analyze", "security",       "--offline=true",
                 "--no-pager",      "--threshold=25", directory.write("baton.service", shipped("baton.service"))};
  const auto result = run_command(how, 60s);
  BOOST_TEST(result.status == 0, result.out);
}

BOOST_AUTO_TEST_CASE(say_what_the_server_relies_on) {
  const auto service = shipped("baton.service");
  for (const char* line : {"Type=notify\n", "NotifyAccess=all\n", "ExecReload=/bin/kill -HUP $MAINPID\n"}) {
    BOOST_TEST(service.find(line) != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
