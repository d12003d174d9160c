#include "os/service_notify.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include "os/unique_fd.hpp"
#include "support/temporary_directory.hpp"
#include "unit/os/nothing_left.hpp"

namespace baton::os {
namespace {

using namespace std::chrono_literals;

// What systemd would be.
class service_manager {
 public:
  explicit service_manager(std::string name) : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    BOOST_TEST_REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }

  /// Empty if nothing has come.
  [[nodiscard]] std::string message() const {
    char buffer[1024];
    const ssize_t n = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return n > 0 ? std::string{buffer, static_cast<std::size_t>(n)} : std::string{};
  }

 private:
  unique_fd socket_;
};

struct with_manager : unit::nothing_left {
  test::temporary_directory directory;
  service_manager manager{directory / "notify"};
  service_notify notify{directory / "notify"};
};

BOOST_FIXTURE_TEST_SUITE(service_manager_notes, with_manager)

BOOST_AUTO_TEST_CASE(a_note_is_one_datagram_with_an_assignment_a_line) {
  BOOST_TEST(notify.send(service_note{}.ready().main_pid(42).status("generation 2")).has_value());
  BOOST_TEST(manager.message() == "READY=1\nMAINPID=42\nSTATUS=generation 2\n");
  BOOST_TEST(notify.send(service_note{}.stopping().extend_timeout(15s)).has_value());
  BOOST_TEST(manager.message() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000\n");
  BOOST_TEST(notify.send(service_note{}.watchdog()).has_value());
  BOOST_TEST(manager.message() == "WATCHDOG=1\n");
}

BOOST_AUTO_TEST_CASE(reloading_says_when) {
  BOOST_TEST(notify.send(service_note{}.reloading()).has_value());
  const std::string note = manager.message();
  BOOST_TEST(note.find("RELOADING=1\nMONOTONIC_USEC=") == 0U);
  BOOST_TEST(std::stoull(note.substr(note.rfind('=') + 1)) > 0U);
}

BOOST_AUTO_TEST_CASE(a_status_cannot_smuggle_in_an_assignment) {
  BOOST_TEST(service_note{}.status("fine\nMAINPID=1").text() == "STATUS=fine\n");
}

BOOST_AUTO_TEST_CASE(an_abstract_name_works_as_well) {
  const std::string name = "@baton-unit-" + std::to_string(::getpid());
  const service_manager abstract{name};
  BOOST_TEST(service_notify{name}.send(service_note{}.stopping()).has_value());
  BOOST_TEST(abstract.message() == "STOPPING=1\n");
}

BOOST_AUTO_TEST_CASE(without_the_variable_nothing_happens) {
  ::unsetenv("NOTIFY_SOCKET");
  const auto none = service_notify::from_environment();
  BOOST_TEST(!none.active());
  BOOST_TEST(none.send(service_note{}.ready()).has_value());
}

BOOST_AUTO_TEST_CASE(the_variable_names_the_socket_and_stays) {
  ::setenv("NOTIFY_SOCKET", (directory / "notify").c_str(), 1);
  BOOST_TEST(service_notify::from_environment().send(service_note{}.stopping()).has_value());
  BOOST_TEST(std::getenv("NOTIFY_SOCKET") != nullptr);
  ::unsetenv("NOTIFY_SOCKET");
  BOOST_TEST(manager.message() == "STOPPING=1\n");
}

BOOST_AUTO_TEST_CASE(a_manager_that_is_not_there_is_an_error_and_no_more) {
  BOOST_TEST(service_notify{directory / "absent"}.send(service_note{}.stopping()).error().code.value() == ENOENT);
  BOOST_TEST(service_notify{"relative"}.send(service_note{}.stopping()).error().code.value() == EINVAL);
}

BOOST_AUTO_TEST_SUITE_END()

// Sets variables for one test.
struct with_watchdog : unit::nothing_left {
  with_watchdog() { ::setenv("WATCHDOG_USEC", "30000000", 1); }
  ~with_watchdog() {
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }
};

BOOST_FIXTURE_TEST_SUITE(watchdog, with_watchdog)

BOOST_AUTO_TEST_CASE(without_a_pid_it_is_for_everybody) {
  BOOST_TEST((watchdog_timeout(watchdog_reader::first_generation) == 30s));
}

BOOST_AUTO_TEST_CASE(a_pid_must_be_ours) {
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  BOOST_TEST((watchdog_timeout(watchdog_reader::first_generation) == 30s));
  ::setenv("WATCHDOG_PID", "1", 1);
  BOOST_TEST(!watchdog_timeout(watchdog_reader::first_generation).has_value());
}

BOOST_AUTO_TEST_CASE(a_successor_goes_on_whatever_the_pid_says) {
  ::setenv("WATCHDOG_PID", "1", 1);
  BOOST_TEST((watchdog_timeout(watchdog_reader::successor) == 30s));
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_no_watchdog) {
  for (const char* text : {"", "0", "-1", "1s"}) {
    ::setenv("WATCHDOG_USEC", text, 1);
    BOOST_TEST(!watchdog_timeout(watchdog_reader::successor).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::os
