// Descriptors have to be at 3 and up, so each case runs in a process of its own: this program started
// anew in a role that says what it found (child_role.cpp).
#include "os/listen_environment.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <boost/test/unit_test.hpp>

#include "os/message_socket.hpp"
#include "unit/os/listening_socket.hpp"
#include "unit/os/nothing_left.hpp"
#include "unit/os/run.hpp"

namespace baton::os {
namespace {

struct a_child : unit::nothing_left {
  process_image image{"/proc/self/exe", {"unit_os"}, {"BATON_UNIT_ROLE=listen_environment"}, "/"};
  unique_fd first = unit::listening_ipv4();
  unique_fd second = unit::listening_ipv6();
  unique_fd file{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  socket_pair pair = std::move(*make_socket_pair());

  std::string told(std::vector<std::string> variables, std::vector<fd_view> descriptors,
                   listen_pid pid = listen_pid::present) const {
    spawn_request request{image};
    request.extra_environment = std::move(variables);
    request.descriptors = std::move(descriptors);
    request.announce_pid = pid;
    return unit::run(request).output;
  }
};

constexpr const char* nothing = "listeners: channel:-1 stderr:-1 variables:0 not_closing_on_exec:0\n";

BOOST_FIXTURE_TEST_SUITE(inherited_environment, a_child)

BOOST_AUTO_TEST_CASE(listeners_are_taken_in_order_with_their_names) {
  BOOST_TEST(told({"LISTEN_FDS=2", "LISTEN_FDNAMES=web:admin"}, {first, second}) ==
             "listeners:3=web,4=admin, channel:-1 stderr:-1 variables:0 not_closing_on_exec:0\n");
}

BOOST_AUTO_TEST_CASE(listeners_without_names_are_unknown) {
  BOOST_TEST(told({"LISTEN_FDS=1"}, {first}) ==
             "listeners:3=unknown, channel:-1 stderr:-1 variables:0 not_closing_on_exec:0\n");
}

BOOST_AUTO_TEST_CASE(a_predecessor_adds_its_channel_and_the_real_standard_error) {
  BOOST_TEST(told({"LISTEN_FDS=1", "LISTEN_FDNAMES=listener", "BATON_CHANNEL_FD=4", "BATON_STDERR_FD=5"},
                  {first, pair.theirs, file}) ==
             "listeners:3=listener, channel:4 stderr:5 variables:0 not_closing_on_exec:0\n");
}

BOOST_AUTO_TEST_CASE(a_predecessor_without_listeners_is_one_as_well) {
  BOOST_TEST(told({"LISTEN_FDS=0", "LISTEN_FDNAMES=", "BATON_CHANNEL_FD=3", "BATON_STDERR_FD=4"},
                  {pair.theirs, file}) == "listeners: channel:3 stderr:4 variables:0 not_closing_on_exec:0\n");
}

BOOST_AUTO_TEST_CASE(no_variables_mean_nothing_inherited) {
  BOOST_TEST(told({}, {}, listen_pid::absent) == nothing);
}

BOOST_AUTO_TEST_CASE(what_is_meant_for_another_process_is_ignored_and_forgotten) {
  auto foreign = image;
  foreign.binary = "/bin/sh";
  foreign.arguments = {
      "sh", "-c", "LISTEN_PID=1 LISTEN_FDS=1 BATON_CHANNEL_FD=4 exec /proc/" + std::to_string(::getpid()) + "/exe"};
  spawn_request request{foreign};
  request.descriptors = {first, pair.theirs};
  const std::string output = unit::run(request).output;
  BOOST_TEST(output.find("listeners: channel:-1 stderr:-1 variables:0") == 0U, output);
}

BOOST_AUTO_TEST_CASE(broken_counts_are_errors) {
  for (const char* const count : {"", "x", "-1", "1x", "1025", "99999999999999"}) {
    BOOST_TEST(told({std::string{"LISTEN_FDS="} + count}, {first}) == "error: LISTEN_FDS is no sane count\n", count);
  }
}

BOOST_AUTO_TEST_CASE(descriptors_that_do_not_listen_are_errors) {
  BOOST_TEST(told({"LISTEN_FDS=2"}, {first, file}) ==
             "error: descriptor 4 of LISTEN_FDS is no listening stream socket\n");
  BOOST_TEST(told({"LISTEN_FDS=2"}, {first}) == "error: descriptor 4 of LISTEN_FDS is no listening stream socket\n");
}

BOOST_AUTO_TEST_CASE(names_that_do_not_fit_are_errors) {
  BOOST_TEST(told({"LISTEN_FDS=2", "LISTEN_FDNAMES=one"}, {first, second}) ==
             "error: LISTEN_FDNAMES has 1 names for 2 descriptors\n");
}

BOOST_AUTO_TEST_CASE(a_broken_channel_is_an_error) {
  const std::string no_channel = "error: BATON_CHANNEL_FD names no hand-over channel\n";
  BOOST_TEST(told({"LISTEN_FDS=1", "BATON_CHANNEL_FD=4", "BATON_STDERR_FD=5"}, {first, file, file}) == no_channel);
  BOOST_TEST(told({"LISTEN_FDS=1", "BATON_CHANNEL_FD=5", "BATON_STDERR_FD=4"}, {first, file, pair.theirs}) ==
             no_channel);
  BOOST_TEST(told({"LISTEN_FDS=1", "BATON_STDERR_FD=4"}, {first, file}) == no_channel);
  BOOST_TEST(told({"LISTEN_FDS=1", "BATON_CHANNEL_FD=4"}, {first, pair.theirs}) ==
             "error: BATON_STDERR_FD names no standard error\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
