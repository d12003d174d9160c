#include <baton/trace_context.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/request_access.hpp"

namespace baton {
namespace {

constexpr std::string_view valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

struct sample {
  connection_info from{.id = 7, .client = client_address::parse("192.0.2.1:4711").value()};
  request req;

  explicit sample(std::vector<field_line> fields = {}, std::uint64_t serial = 1) {
    http::request_access::connection(req) = &from;
    http::request_access::serial(req) = serial;
    http::request_access::fields(req) = std::move(fields);
  }
  [[nodiscard]] trace_context trace() const { return trace_of(req); }
};

BOOST_AUTO_TEST_SUITE(trace_contexts)

BOOST_AUTO_TEST_CASE(a_valid_traceparent_is_read_and_written_again) {
  const auto parsed = parse_traceparent(valid);
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->trace_id[0] == 0x0a);
  BOOST_TEST(parsed->span_id[7] == 0x31);
  BOOST_TEST(parsed->flags == 1);
  BOOST_TEST(to_string(*parsed) == valid);
}

BOOST_AUTO_TEST_CASE(a_later_version_is_read_as_far_as_it_is_known) {
  const std::string later = "cc" + std::string{valid.substr(2)};
  BOOST_TEST(parse_traceparent(later).has_value());
  BOOST_TEST(parse_traceparent(later + "-what-comes-then").has_value());
  BOOST_TEST(!parse_traceparent(later + ".what").has_value());
  BOOST_TEST(to_string(*parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff")).ends_with("-03"));
}

BOOST_AUTO_TEST_CASE(anything_else_is_none) {
  const std::string good{valid};
  std::vector<std::string> wrong{
      "",
      "00",
      good + "-x",
      good + " ",
      good.substr(0, 54),
      "ff" + good.substr(2),
      "0G" + good.substr(2),
      "00-00000000000000000000000000000000-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
      "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
      "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
  };
  for (const std::string& each : wrong) BOOST_TEST(!parse_traceparent(each).has_value(), each);
}

BOOST_AUTO_TEST_CASE(a_request_continues_its_client_s_trace_with_a_span_of_its_own) {
  const sample one{{{field::unknown, "TraceParent", valid},
                    {field::unknown, "tracestate", "a=1,b=2"},
                    {field::unknown, "Tracestate", "c=3"}}};
  const trace_context trace = one.trace();
  BOOST_REQUIRE(trace.caller.has_value());
  BOOST_TEST(trace.trace_id() == "0af7651916cd43dd8448eb211c80319c");
  BOOST_TEST((trace.own.span_id != trace.caller->span_id));
  BOOST_TEST(trace.own.flags == 1);
  BOOST_TEST(trace.state == "a=1,b=2,c=3");
  BOOST_TEST(parse_traceparent(trace.traceparent()).has_value());
}

BOOST_AUTO_TEST_CASE(without_a_valid_one_a_trace_begins_the_same_for_all_who_ask) {
  const sample one{{{field::unknown, "traceparent", "nonsense"}, {field::unknown, "tracestate", "a=1"}}};
  const trace_context trace = one.trace();
  BOOST_TEST(!trace.caller.has_value());
  BOOST_TEST(trace.state.empty());
  BOOST_TEST(trace.own.flags == 0);
  BOOST_TEST(trace.traceparent() == one.trace().traceparent());
  BOOST_TEST(parse_traceparent(trace.traceparent()).has_value());
  BOOST_TEST(trace.trace_id() != sample({}, 2).trace().trace_id());
}

BOOST_AUTO_TEST_CASE(one_that_is_there_twice_says_nothing) {
  const sample one{{{field::unknown, "traceparent", valid}, {field::unknown, "traceparent", valid}}};
  BOOST_TEST(!one.trace().caller.has_value());
}

BOOST_AUTO_TEST_CASE(a_tracestate_that_is_malformed_or_too_long_is_not_passed_on) {
  for (const std::string& state : {std::string{"no pairs"}, "a=" + std::string(600, 'x'), std::string{"a=\x01"}}) {
    const sample one{{{field::unknown, "traceparent", valid}, {field::unknown, "tracestate", state}}};
    BOOST_TEST(one.trace().state.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton
