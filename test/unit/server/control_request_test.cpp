// What a control client may send.
#include "server/control_request.hpp"
#include "server/line_buffer.hpp"

#include <boost/test/unit_test.hpp>

using namespace baton;

namespace {

void refuses(std::string_view line, std::string_view why) {
  const auto parsed = parse_control_request(line);
  BOOST_TEST(!parsed.request.has_value(), line);
  BOOST_TEST(parsed.error.find(why) != std::string::npos, line << ": " << parsed.error);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_request_suite)

BOOST_AUTO_TEST_CASE(every_command_is_known_by_its_name) {
  for (const auto each :
       {control_command::status, control_command::upgrade, control_command::reload, control_command::rollback,
        control_command::drain, control_command::stop, control_command::connections, control_command::history}) {
    const auto parsed = parse_control_request("{\"command\":\"" + std::string{to_string(each)} + "\"}");
    BOOST_REQUIRE(parsed.request.has_value());
    BOOST_TEST((parsed.request->command == each));
    BOOST_TEST(!parsed.request->wait);
    BOOST_TEST(!parsed.request->follow);
  }
}

BOOST_AUTO_TEST_CASE(members_come_in_any_order) {
  BOOST_TEST(parse_control_request(R"({"wait":true,"command":"upgrade"})").request.value().wait);
  BOOST_TEST(parse_control_request(R"({"command":"status","follow":true})").request.value().follow);
  BOOST_TEST(parse_control_request(R"({"limit":7,"command":"connections"})").request.value().limit == 7U);
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_refused_with_a_reason) {
  refuses("", "not JSON");
  refuses("status", "not JSON");
  refuses("{\"command\":\"status\"", "not JSON");
  refuses(std::string(2000, '['), "not JSON");
  refuses("[1,2]", "not a JSON object");
  refuses("{}", "no text 'command'");
  refuses(R"({"command":7})", "no text 'command'");
  refuses(R"({"command":"explode"})", "there are status, upgrade");
}

BOOST_AUTO_TEST_CASE(a_member_that_the_command_does_not_have_is_refused) {
  refuses(R"({"command":"upgrade","follow":true})", "upgrade has no member 'follow'");
  refuses(R"({"command":"status","wait":true})", "no member");
  refuses(R"({"command":"drain","now":true})", "no member");
}

BOOST_AUTO_TEST_CASE(values_are_checked) {
  refuses(R"({"command":"upgrade","wait":"yes"})", "true or false");
  for (const auto* const limit : {"0", "-1", "10001", "1.5", "\"7\"", "99999999999999999999"}) {
    refuses(std::string{R"({"command":"connections","limit":)"} + limit + "}", "limit must be");
  }
}

BOOST_AUTO_TEST_CASE(lines_are_cut_wherever_the_bytes_are) {
  line_buffer lines{16};
  lines.append("on");
  BOOST_TEST(!lines.next().has_value());
  lines.append("e\r\ntwo\n\nth");
  BOOST_TEST(lines.next().value() == "one");
  BOOST_TEST(lines.next().value() == "two");
  BOOST_TEST(lines.next().value() == "");
  BOOST_TEST(!lines.next().has_value());
  BOOST_TEST(lines.room() == 14U);
  BOOST_TEST(lines.rest().value() == "th");
  BOOST_TEST(!lines.rest().has_value());
  BOOST_TEST(lines.room() == 16U);
}

BOOST_AUTO_TEST_SUITE_END()
