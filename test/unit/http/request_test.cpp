#include <baton/request.hpp>

#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "unit/http/support.hpp"

namespace baton {

using http::get_head;
using http::parsed_head;
using http::request_access;

BOOST_AUTO_TEST_SUITE(request_view)

BOOST_AUTO_TEST_CASE(fields_are_found_by_name_and_id_whatever_their_case) {
  const parsed_head parsed{get_head("/", "X-One: 1\r\nx-one: 2\r\naccept: */*\r\n")};
  BOOST_TEST(parsed.req.get("X-ONE").value() == "1");
  BOOST_TEST(parsed.req.get(field::accept).value() == "*/*");
  BOOST_TEST(!parsed.req.get("X-On").has_value());
  BOOST_TEST(!parsed.req.get(field::unknown).has_value());
}

BOOST_AUTO_TEST_CASE(query_parameters_are_decoded) {
  const parsed_head parsed{get_head("/?a=1+2%26&b&%63=x%3Dy=z&a=second&n=-7&bad=%4&%zz=1")};
  BOOST_TEST(parsed.req.query_param("a").value() == "1 2&");
  BOOST_TEST(parsed.req.query_param("b").value().empty());
  BOOST_TEST(parsed.req.query_param("c").value() == "x=y=z");
  BOOST_TEST(parsed.req.query_param<int>("n").value() == -7);
  BOOST_TEST(parsed.req.query_or<int>("absent", 5) == 5);
  BOOST_TEST(!parsed.req.query_param("zz").has_value());
}

BOOST_AUTO_TEST_CASE(a_parameter_of_the_wrong_form_is_a_400) {
  const parsed_head parsed{get_head("/?n=7x&big=300&empty=&bad=%4")};
  const auto is_refusal = [](const http_error& error) {
    return error.status_code() == status::bad_request && error.code() == "invalid_parameter" && !error.detail().empty();
  };
  BOOST_CHECK_EXCEPTION((void)parsed.req.query_param<int>("n"), http_error, is_refusal);
  BOOST_CHECK_EXCEPTION((void)parsed.req.query_param<std::uint8_t>("big"), http_error, is_refusal);
  BOOST_CHECK_EXCEPTION((void)parsed.req.query_param<int>("empty"), http_error, is_refusal);
  BOOST_CHECK_EXCEPTION((void)parsed.req.query_param("bad"), http_error, is_refusal);
}

BOOST_AUTO_TEST_CASE(path_parameters_convert_and_must_exist) {
  request req;
  request_access::params(req) = {{"id", "42"}, {"name", "x y"}};
  BOOST_TEST(req.param<int>("id") == 42);
  BOOST_TEST(req.param("name") == "x y");
  BOOST_CHECK_THROW((void)req.param<int>("name"), http_error);
  BOOST_CHECK_THROW((void)req.param("other"), std::logic_error);
}

BOOST_AUTO_TEST_CASE(identifiers_differ_by_connection_and_serial) {
  request req;
  const connection_info first{.id = 1};
  const connection_info second{.id = 2};
  request_access::connection(req) = &first;
  request_access::serial(req) = 1;
  const std::string one = req.id();
  BOOST_TEST(one == req.id());
  request_access::serial(req) = 2;
  BOOST_TEST(one != req.id());
  request_access::serial(req) = 1;
  request_access::connection(req) = &second;
  BOOST_TEST(one != req.id());
}

BOOST_AUTO_TEST_CASE(a_cleared_request_is_empty_and_keeps_its_capacity) {
  parsed_head parsed{get_head("/a%20b?q", "X: y\r\n")};
  const std::size_t capacity = request_access::fields(parsed.req).capacity();
  request_access::clear(parsed.req);
  BOOST_TEST(parsed.req.fields().empty());
  BOOST_TEST(parsed.req.path().empty());
  BOOST_TEST(parsed.req.host().empty());
  BOOST_TEST(request_access::fields(parsed.req).capacity() == capacity);
}

BOOST_AUTO_TEST_CASE(values_are_found_by_their_type) {
  struct user {
    std::string name;
  };
  request req;
  BOOST_TEST(req.value<user>() == nullptr);
  req.set(user{"ann"});
  req.set(std::string{"text"});
  BOOST_REQUIRE(req.value<user>() != nullptr);
  BOOST_TEST(req.value<user>()->name == "ann");
  BOOST_TEST(*req.value<std::string>() == "text");
  BOOST_TEST(req.value<int>() == nullptr);
  BOOST_TEST(req.set(user{"bob"}).name == "bob");
  BOOST_TEST(std::as_const(req).value<user>()->name == "bob");
  http::request_access::clear(req);
  BOOST_TEST(req.value<user>() == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
