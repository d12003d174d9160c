// Several tables of the same finished routes.
#include "http/route_set.hpp"

#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "http/route_table.hpp"
#include "unit/http/run_task.hpp"
#include "unit/http/support.hpp"

namespace baton::http {
namespace {

std::string get(const route_table& table, const std::string& path) {
  parsed_head head{"GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"};
  const route& found = table.find(head.req);
  return std::string{run_task(found.run(head.req)).body()};
}

middleware marks(const std::string& mark) {
  return [mark](request& req, next go_on) -> task<response> {
    response answer = co_await go_on(req);
    std::string text = mark + "(" + std::string{answer.body()} + ")";
    answer.body(std::move(text));
    co_return answer;
  };
}

// Counts its calls in a member: a copy of it would count anew.
router counting() {
  router made;
  made.get("/count", [calls = 0](request&) mutable { return response::text(std::to_string(++calls)); });
  return made;
}

route_set answering(const std::string& path, const std::string& text, const route_set& beside) {
  router made;
  made.use(marks("inner"));
  made.get(path, [text](request&) { return response::text(text); });
  return route_set::of(made, beside.outer());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(route_sets)

BOOST_AUTO_TEST_CASE(handlers_keep_their_state_from_table_to_table) {
  router own = counting();
  const route_set program = route_set::of(own);
  BOOST_TEST(get(route_table{program}, "/count") == "1");
  const route_set other = answering("/other", "o", program);
  const route_table both{program, {&other}};
  BOOST_TEST(get(both, "/count") == "2");
  BOOST_TEST(get(both, "/other") == "inner(o)");
  BOOST_TEST(get(route_table{program}, "/count") == "3");
}

BOOST_AUTO_TEST_CASE(the_first_set_s_middleware_goes_around_all_and_another_s_around_its_own) {
  router own = counting();
  own.use(marks("outer"));
  const route_set program = route_set::of(own);
  const route_set other = answering("/other", "o", program);
  const route_table both{program, {&other}};
  BOOST_TEST(get(both, "/count") == "outer(1)");
  BOOST_TEST(get(both, "/other") == "outer(inner(o))");
  BOOST_TEST(get(both, "/nowhere").starts_with("outer({"));
}

BOOST_AUTO_TEST_CASE(sets_that_conflict_are_refused_with_both_places) {
  router first;
  first.get("/a/{x}", [](request&) { return response{}; }, {"one.cpp", 11});
  router second;
  second.get("/a/{y}", [](request&) { return response{}; }, {"two.cpp", 22});
  const route_set earlier = route_set::of(first);
  const route_set later = route_set::of(second);
  BOOST_CHECK_EXCEPTION(later.refuse_conflicts_with(earlier), std::invalid_argument, [](const auto& error) {
    const std::string text = error.what();
    return text.starts_with("two.cpp:22: ") && text.ends_with("registered at one.cpp:11");
  });
  BOOST_CHECK_NO_THROW(later.refuse_conflicts_with(answering("/b", "b", earlier)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton::http
