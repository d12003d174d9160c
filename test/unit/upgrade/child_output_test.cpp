#include "upgrade/child_output.hpp"

#include <memory>

#include <boost/test/unit_test.hpp>

#include "os/descriptors.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::upgrade {
namespace {

struct between_two_pipes : unit::nothing_left {
  boost::asio::io_context context{1};
  os::pipe_ends child = std::move(*os::make_pipe(os::pipe_reading::nonblocking));
  os::pipe_ends ours = std::move(*os::make_pipe(os::pipe_reading::nonblocking));
  std::unique_ptr<child_output> output = std::make_unique<child_output>(context, std::move(child.read), ours.write);

  void child_writes(std::string_view text) const { os::write_all(child.write, text.data(), text.size()); }
  std::string passed_on() const {
    char buffer[1024];
    const auto got = os::read_some(ours.read, buffer, sizeof buffer);
    return {buffer, got->size};
  }
};

BOOST_FIXTURE_TEST_SUITE(output_of_a_child, between_two_pipes)

BOOST_AUTO_TEST_CASE(it_passes_through_as_it_comes_and_is_kept) {
  output->start();
  child_writes("one\ntw");
  context.poll();
  BOOST_TEST(passed_on() == "one\ntw");
  child_writes("o\n");
  context.poll();
  BOOST_TEST(passed_on() == "o\n");
  BOOST_TEST(output->last_lines() == (std::vector<std::string>{"one", "two"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(reading_ends_with_the_last_writer) {
  output->start();
  child_writes("last");
  child.write.reset();
  context.run();
  BOOST_TEST(passed_on() == "last");
}

BOOST_AUTO_TEST_CASE(draining_takes_what_is_there_and_does_not_wait_for_the_end) {
  child_writes(std::string(10'000, 'x'));
  output->drain();
  BOOST_TEST(output->last_lines().size() == 1U);
  BOOST_TEST(passed_on().size() == 1024U);
}

BOOST_AUTO_TEST_CASE(it_may_go_while_more_is_waiting) {
  output->start();
  child_writes("x");
  output.reset();
  context.run();
  BOOST_TEST(passed_on().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
