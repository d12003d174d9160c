// A warm connection serves plain handlers without a single allocation.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "support/allocations.hpp"
#include "unit/session/hand_run_worker.hpp"

namespace baton::session {
namespace {

using test::allocations;

router routes() {
  router result;
  result.get("/plaintext", [](request&) { return response::text(literal{"Hello, World!"}); });
  result.get("/users/{id}", [](request& req) {
    return req.param<int>("id") == 42 ? response::text(literal{"forty-two"}) : response{status::not_found};
  });
  return result;
}

struct fixture {
  options settings;
  hand_run_worker worker{settings, routes()};
  pair_client client = worker.connect();
  std::array<char, 64 * 1024> room{};

  // Allocations while `batch` is answered `times` times; `size`: of the answers to one batch.
  std::size_t serve(const std::string& batch, int times, std::size_t size) {
    std::size_t made = 0;
    for (int i = 0; i < times; ++i) {
      client.send(batch);
      std::size_t got = 0;
      const auto end = std::chrono::steady_clock::now() + test::patience;
      while (got < size && std::chrono::steady_clock::now() < end) {
        const std::size_t before = allocations();
        worker.context.io().poll();
        made += allocations() - before;
        got += client.take(room);
      }
      BOOST_REQUIRE(got == size);
    }
    return made;
  }

  std::size_t size_of_answers(const std::string& batch, std::size_t count) {
    client.received.clear();
    client.send(batch);
    BOOST_REQUIRE(worker.run_until([&] {
      client.take();
      return count_of(client.received, "HTTP/1.1 200 OK\r\n") == count &&
             count_of(client.received, "\r\n\r\n") == count;
    }));
    worker.context.io().poll();
    client.take();
    return client.received.size();
  }

  // A thousand requests. The date line is made anew once a second, which allocates: a part during
  // which that happened says nothing and is repeated.
  void check(const std::string& batch, std::size_t count) {
    const std::size_t size = size_of_answers(batch, count);
    serve(batch, 100, size);
    int counted = 0;
    for (int attempt = 0; counted < 10 && attempt < 1'000; ++attempt) {
      const std::string date{worker.context.date_line()};
      const std::size_t made = serve(batch, 100, size);
      if (worker.context.date_line() != date) continue;
      ++counted;
      BOOST_TEST(made == 0U);
    }
    BOOST_TEST(counted == 10);
  }
};

std::string get(std::string_view path) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nUser-Agent: a name of some length\r\n\r\n";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_allocations, fixture)

BOOST_AUTO_TEST_CASE(allocations_are_counted) {
  const std::size_t before = allocations();
  const std::string text(100, 'x');
  BOOST_TEST(allocations() - before == 1U);
}

BOOST_AUTO_TEST_CASE(a_warm_connection_serves_a_plain_handler_without_one) {
  check(get("/plaintext"), 1);
}

BOOST_AUTO_TEST_CASE(a_path_parameter_needs_none_either) {
  check(get("/users/42"), 1);
}

BOOST_AUTO_TEST_CASE(sixteen_pipelined_requests_need_none) {
  std::string batch;
  for (int i = 0; i < 16; ++i) batch += get("/plaintext");
  check(batch, 16);
}

BOOST_AUTO_TEST_CASE(a_request_in_two_pieces_needs_none) {
  const std::string request = get("/plaintext");
  const std::size_t size = size_of_answers(request, 1);
  const auto two_pieces = [&] {
    std::size_t made = 0;
    client.send(std::string_view{request}.substr(0, 20));
    const std::size_t before = allocations();
    worker.context.io().poll();
    made += allocations() - before;
    return made + (client.send(std::string_view{request}.substr(20)), serve("", 1, size));
  };
  for (int i = 0; i < 100; ++i) two_pieces();
  std::size_t least = 1;
  for (int i = 0; i < 10 && least != 0; ++i) least = std::min(least, two_pieces());
  BOOST_TEST(least == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::session
