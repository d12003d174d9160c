// JSON in and out of described structs, and what is refused on the way in.
#include <cmath>
#include <limits>
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/json.hpp>

#include "unit/http/support.hpp"

namespace baton::json_types {

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct item {
  std::string article;
  unsigned count = 0;
};
BOOST_DESCRIBE_STRUCT(item, (), (article, count))

struct order : item {
  std::optional<std::string> note;
  std::vector<item> extras;
  std::map<std::string, double> prices;
  colour paint = colour::red;
  std::variant<std::int64_t, std::string, item> reference;
  bool paid = false;
};
BOOST_DESCRIBE_STRUCT(order, (item), (note, extras, prices, paint, reference, paid))

}  // namespace baton::json_types

namespace baton {
namespace {

using json_types::colour;
using json_types::item;
using json_types::order;

constexpr std::string_view whole_order =
    R"({"article":"pen","count":3,"note":"gift \"wrap\"","extras":[{"article":"ink","count":1}],)"
    R"("prices":{"":1.5,"eur":2},"paint":"green","reference":{"article":"cap","count":0},"paid":true})";

struct refusal {
  unsigned status = 0;
  std::string code;
  std::string pointer;
  std::string detail;
};

template <class F>
refusal refusal_of(F&& call) {
  try {
    static_cast<void>(call());
  } catch (const http_error& error) {
    refusal made{
        static_cast<unsigned>(error.status_code()), std::string{error.code()}, {}, std::string{error.detail()}};
    for (const auto& [name, text] : error.members()) {
      if (name == "pointer") made.pointer = text;
    }
    return made;
  }
  return {};
}

template <class T>
refusal refusal_as(std::string_view text, const json_options& how = {}) {
  return refusal_of([&] { return from_json<T>(text, how); });
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(a_described_struct_comes_back_as_it_went) {
  const auto read = from_json<order>(whole_order);
  BOOST_TEST(read.article == "pen");
  BOOST_TEST(read.count == 3U);
  BOOST_TEST(read.note.value() == "gift \"wrap\"");
  BOOST_REQUIRE(read.extras.size() == 1U);
  BOOST_TEST(read.extras[0].article == "ink");
  BOOST_TEST(read.prices.at("eur") == 2.0);
  BOOST_TEST((read.paint == colour::green));
  BOOST_TEST(std::get<item>(read.reference).article == "cap");
  BOOST_TEST(read.paid);
  BOOST_TEST(to_json(read) == whole_order);
  BOOST_TEST(to_json(from_json<json_value>(whole_order)) == whole_order);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_json_whatever_the_values) {
  BOOST_TEST(to_json(std::vector<double>{0.1, std::nan(""), std::numeric_limits<double>::infinity(), 1e300}) ==
             "[0.1,null,null,1e+300]");
  BOOST_TEST(to_json(std::string{"\r\n\x01\xff"}) == "\"\\u000d\\u000a\\u0001\xef\xbf\xbd\"");
  BOOST_TEST(to_json(std::vector<std::optional<int>>{1, std::nullopt}) == "[1,null]");
  BOOST_TEST(to_json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  BOOST_TEST(to_json("text") == "\"text\"");
  BOOST_TEST(to_json(order{}).find("note") == std::string::npos);  // an empty optional is left out
}

BOOST_AUTO_TEST_CASE(a_response_of_a_value_is_json) {
  const response answer = json_response(item{"pen", 2}, status::created);
  BOOST_TEST(answer.body() == R"({"article":"pen","count":2})");
  BOOST_TEST(answer.known_content_type() == "application/json");
  BOOST_TEST((answer.status() == status::created));
}

BOOST_AUTO_TEST_CASE(a_wrong_member_is_named_by_a_pointer) {
  struct {
    std::string_view text;
    std::string_view pointer;
  } const cases[] = {
      {R"({"article":1,"count":1})", "/article"},
      {R"({"article":"a"})", "/count"},
      {R"({"article":"a","count":-1})", "/count"},
      {R"({"article":"a","count":4294967296})", "/count"},
      {R"({"article":"a","count":1.0})", "/count"},
      {R"({"article":"a","count":1,"x/y~z":1})", "/x~1y~0z"},
      {R"([])", ""},
      {R"(null)", ""},
  };
  for (const auto& [text, pointer] : cases) {
    BOOST_TEST_CONTEXT(text) {
      const refusal found = refusal_as<item>(text);
      BOOST_TEST(found.status == 422U);
      BOOST_TEST(found.code == "invalid_member");
      BOOST_TEST(found.pointer == pointer);
      BOOST_TEST(!found.detail.empty());
    }
  }
  std::string broken{whole_order};
  broken.replace(broken.find("ink") - 1, 5, "null");
  BOOST_TEST(refusal_as<order>(broken).pointer == "/extras/0/article");
  BOOST_TEST((refusal_as<std::map<std::string, int>>(R"({"a":1,"b":"x"})").pointer == "/b"));
  BOOST_TEST(refusal_as<std::vector<colour>>(R"(["red","blue"])").pointer == "/1");
  BOOST_TEST((refusal_as<std::variant<int, bool>>(R"("x")").status == 422U));
}

BOOST_AUTO_TEST_CASE(unknown_and_missing_members_pass_only_where_that_is_asked_for) {
  json_options lax;
  lax.unknown_members = lax.missing_members = true;
  BOOST_TEST(from_json<item>(R"({"count":7,"more":[]})", lax).count == 7U);
  BOOST_TEST(refusal_as<item>(R"({"count":7})").pointer == "/article");
}

BOOST_AUTO_TEST_CASE(numbers_at_the_edges_are_read_exactly_and_larger_ones_refused) {
  BOOST_TEST(from_json<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  BOOST_TEST(from_json<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(from_json<int>("-2147483648") == std::numeric_limits<int>::min());
  BOOST_TEST(refusal_as<std::int64_t>("9223372036854775808").status == 422U);
  BOOST_TEST(refusal_as<int>("2147483648").status == 422U);
  BOOST_TEST(from_json<double>("0.1") == 0.1);
  BOOST_TEST(from_json<double>("9007199254740993e-1") == 900719925474099.3);
  BOOST_TEST(refusal_as<double>("1e999").code == "bad_json");
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_a_400) {
  for (const std::string_view text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "[1] 2", "// c\n1", "'a'", "01", "+1", "NaN", "\"\x01\"", "\"\xff\"",
        "\"\\ud800\"", "tru", "\xef\xbb\xbf{}", "[\"a\" \"b\"]", "{1:2}", "\"\\x\""}) {
    BOOST_TEST_CONTEXT(text) {
      const refusal found = refusal_as<json_value>(text);
      BOOST_TEST(found.status == 400U);
      BOOST_TEST(found.code == "bad_json");
    }
  }
}

BOOST_AUTO_TEST_CASE(deeply_nested_json_is_refused_and_costs_nothing) {
  BOOST_TEST(refusal_as<json_value>(nested(32)).status == 0U);
  BOOST_TEST(refusal_as<json_value>(nested(33)).code == "json_too_deep");
  BOOST_TEST(refusal_as<json_value>(std::string(1'000'000, '[')).code == "json_too_deep");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  BOOST_TEST(refusal_as<json_value>(objects).code == "json_too_deep");
}

BOOST_AUTO_TEST_CASE(a_document_of_too_many_values_is_refused) {
  json_options few;
  few.values = 4;
  BOOST_TEST(refusal_as<json_value>("[1,2,3]", few).status == 0U);
  BOOST_TEST(refusal_as<json_value>("[1,2,3,4]", few).code == "json_too_large");
  BOOST_TEST(refusal_as<json_value>("[[],{},[]]", few).status == 0U);
  BOOST_TEST(refusal_as<json_value>("[[],{},[],[]]", few).code == "json_too_large");
}

BOOST_AUTO_TEST_CASE(duplicate_members_are_refused_wherever_they_are) {
  BOOST_TEST(refusal_as<json_value>(R"({"a":1,"b":2,"a":3})").code == "duplicate_member");
  BOOST_TEST(refusal_as<json_value>(R"({"a":1,"\u0061":3})").pointer == "/a");
  BOOST_TEST(refusal_as<json_value>(R"({"x":[0,{"y":{"k":1,"k":1}}]})").pointer == "/x/1/y/k");
}

// There is no table of hashes whose buckets the names could share: the work is that of sorting them, whatever
// they are. Equal beginnings are what comparing likes least.
BOOST_AUTO_TEST_CASE(a_flood_of_members_costs_no_more_than_sorting_them) {
  std::string flood{"{"};
  for (int i = 0; i < 50'000; ++i) flood += "\"aaaaaaaaaaaaaaaa" + std::to_string(i) + "\":0,";
  flood.back() = '}';
  const json_value read = parse_json(flood);
  BOOST_TEST(read.get_if<json_value::object>()->size() == 50'000U);
  BOOST_TEST((from_json<std::map<std::string, int>>(read).size()) == 50'000U);
}

BOOST_AUTO_TEST_CASE(a_body_is_read_only_where_its_type_says_json) {
  const auto status_with = [](std::string_view type) {
    http::parsed_head head{"POST / HTTP/1.1\r\nHost: a\r\n" + std::string{type} + "\r\n"};
    http::request_access::body(head.req) = R"({"article":"a","count":1})";
    return refusal_of([&] { return json_of<item>(head.req); }).status;
  };
  BOOST_TEST(status_with("Content-Type: application/json\r\n") == 0U);
  BOOST_TEST(status_with("Content-Type: Application/JSON; charset=utf-8\r\n") == 0U);
  BOOST_TEST(status_with("Content-Type: application/merge-patch+json\r\n") == 0U);
  BOOST_TEST(status_with("Content-Type: text/plain\r\n") == 415U);
  BOOST_TEST(status_with("Content-Type: application/jsonx\r\n") == 415U);
  BOOST_TEST(status_with("") == 415U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
