// Methods that a POST may stand for.
#include "unit/middleware/chain.hpp"

namespace baton {
namespace {

chain overridden(std::vector<middleware> pieces) {
  return chain{std::move(pieces), [](request& req) { return response::text(std::string{req.method_text()}); }};
}

std::string naming(std::string_view method) {
  return "X-HTTP-Method-Override: " + std::string{method} + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(method_override)

BOOST_AUTO_TEST_CASE(a_post_is_the_method_that_it_names) {
  const chain served = overridden({with::recoverer(), with::method_override()});
  BOOST_TEST(served.ask("POST", naming("DELETE")).body() == "DELETE");
  BOOST_TEST(served.ask("POST", naming("PUT")).body() == "PUT");
  BOOST_TEST(served.ask("POST").body() == "POST");
}

BOOST_AUTO_TEST_CASE(what_is_not_allowed_stays_a_post) {
  const chain served = overridden({with::method_override()});
  for (const char* other : {"GET", "HEAD", "CONNECT", "delete", "DELETE, PUT", "LINK", "X"})
    BOOST_TEST(served.ask("POST", naming(other)).body() == "POST", other);
}

BOOST_AUTO_TEST_CASE(nothing_but_a_post_is_overridden) {
  const chain served = overridden({with::method_override()});
  BOOST_TEST(served.ask("GET", naming("DELETE")).body() == "GET");
  BOOST_TEST(overridden({}).ask("POST", naming("DELETE")).body() == "POST");
}

BOOST_AUTO_TEST_CASE(the_route_is_that_of_the_method_it_names) {
  router routes;
  routes.use(with::method_override());
  routes.post("/", [](request&) { return response::text("post"); });
  routes.del("/", [](request&) { return response::text("delete"); });
  const auto table = routes.release();
  http::parsed_head head{head_of("POST", naming("DELETE"))};
  BOOST_TEST(run_task(table->find(head.req).run(head.req)).body() == "delete");
}

BOOST_AUTO_TEST_CASE(methods_that_change_nothing_are_refused_when_the_chain_is_built) {
  with::method_override_options how;
  how.methods = {method::get};
  BOOST_CHECK_THROW(static_cast<void>(with::method_override(how)), std::invalid_argument);
  with::method_override_options nameless;
  nameless.field = "no token";
  BOOST_CHECK_THROW(static_cast<void>(with::method_override(nameless)), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
