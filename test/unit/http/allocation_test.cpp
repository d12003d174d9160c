// The hot path allocates nothing once a connection is warm.
#include <string>

#include <boost/test/unit_test.hpp>

#include <baton/router.hpp>

#include "http/chunked_decoder.hpp"
#include "http/route_table.hpp"
#include "http/serialiser.hpp"
#include "support/allocations.hpp"
#include "unit/http/support.hpp"

namespace baton::http {
namespace {

using test::allocations;

// One request and its answer, as a connection goes about it.
bool serve(const route_table& table, request& req, std::string& out, std::string_view bytes) {
  request_access::clear(req);
  out.clear();
  head_info info;
  if (parse_head(bytes, {}, req, info).outcome != head_outcome::complete) return false;
  const response answer = (*table.find(req).direct())(req);
  append_head(out, answer, {.date_line = "Date: now\r\n", .length = answer.body().size()});
  out += answer.body();
  return out.starts_with("HTTP/1.1 200 OK\r\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(a_warm_parse_lookup_and_answer_allocate_nothing) {
  router routes;
  const auto hello = [](request&) { return response::text(literal{"hello"}); };
  routes.get("/plaintext", hello).get("/users/{id}/files/{path...}", hello).get("/", hello);
  const auto table = routes.release();
  request req;
  std::string out;
  const std::string fields =
      "User-Agent: a long enough one to need an allocation\r\nAccept: */*\r\nCookie: a=b; c=d\r\n";
  for (const std::string& head : {get_head("/plaintext", fields),
                                  get_head("/users/a%2Fb%20c%20a%20name%20beyond%20any%20small%20buffer/files/x/y"),
                                  get_head("/static/else?query=1", "Connection: keep-alive\r\n")}) {
    BOOST_TEST_CONTEXT(head) {
      BOOST_TEST(serve(*table, req, out, head));
      const std::size_t before = allocations();
      const bool served = serve(*table, req, out, head);
      const std::size_t made = allocations() - before;
      BOOST_TEST(served);
      BOOST_TEST(made == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_chunked_body_without_trailers_allocates_nothing) {
  chunked_decoder decoder{1024, 10};
  const std::string bytes = "5;a=b\r\nhello\r\n0\r\n\r\n";
  const std::size_t before = allocations();
  auto step = decoder.next(bytes);
  step = decoder.next(std::string_view{bytes}.substr(step.consumed));
  const std::size_t made = allocations() - before;
  BOOST_TEST((step.what == chunked_decoder::outcome::complete));
  BOOST_TEST(made == 0U);
}

BOOST_AUTO_TEST_CASE(allocations_are_counted) {
  const std::size_t before = allocations();
  const std::string text(100, 'x');
  BOOST_TEST(allocations() - before == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
