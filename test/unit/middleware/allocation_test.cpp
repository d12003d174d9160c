// What middleware costs a warm request, in allocations.

#include "support/allocations.hpp"
#include "unit/middleware/chain.hpp"

namespace baton {
namespace {

using test::allocations;

task<std::size_t> repeat(const chain& served, http::parsed_head& head, std::size_t times) {
  const std::size_t before = allocations();
  for (std::size_t i = 0; i != times; ++i) {
    const response answer = co_await served.run(head);
    BOOST_REQUIRE(answer.status() == status::ok);
  }
  co_return allocations() - before;
}

/// For one request, when everything is warm.
std::size_t cost(std::vector<middleware> pieces) {
  constexpr std::size_t times = 100;
  const chain served{std::move(pieces), [](request&) { return response::text(literal{"served"}); }};
  http::parsed_head head{head_of("GET")};
  connection_info info;
  info.client = client_address::parse("192.0.2.1:80").value();
  http::request_access::connection(head.req) = &info;
  return run_task(repeat(served, head, times)) / times;
}

middleware generous_rate() {
  with::rate_limit_options how;
  how.requests = 1'000'000;
  how.announce = false;
  return with::rate_limit(how);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocation)

BOOST_AUTO_TEST_CASE(pieces_that_only_look_cost_a_warm_request_nothing) {
  const std::size_t bare = cost({});
  BOOST_TEST(cost({generous_rate()}) == bare);
  BOOST_TEST(cost({with::body_limit(100)}) == bare);
  BOOST_TEST(cost({generous_rate(), with::body_limit(100)}) == bare);
}

// A coroutine frame each, of which Asio keeps a few; and the answer's block of fields, which grows twice.
BOOST_AUTO_TEST_CASE(three_pieces_that_adorn_cost_a_warm_request_a_frame_each_and_the_fields) {
  const std::size_t bare = cost({});
  BOOST_TEST(cost({with::recoverer()}) <= bare + 1);
  BOOST_TEST(cost({with::recoverer(), with::security_headers(), generous_rate()}) <= bare + 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
