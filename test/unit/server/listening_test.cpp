// Where a server listens, and what is left when it cannot.
#include <filesystem>
#include <system_error>

#include "support/temporary_directory.hpp"
#include "unit/server/running_server.hpp"

namespace baton {

BOOST_AUTO_TEST_SUITE(server_listening)

BOOST_AUTO_TEST_CASE(a_unix_listener_serves_and_its_path_goes_with_the_drain) {
  const test::temporary_directory folder;
  options settings = on_any_port();
  settings.listen = {"unix:" + folder / "s"};
  router routes;
  routes.get("/who", [](request& req) {
    return response::text(req.connection().peer() + " " + std::string{req.connection().local()});
  });
  running_server s{std::move(routes), settings};
  BOOST_TEST(test::get(s.where(), "/who").body == "unix: " + settings.listen.front());
  BOOST_TEST(s->shutdown(patience).left == 0U);
  BOOST_TEST(!std::filesystem::exists(folder / "s"));
}

BOOST_AUTO_TEST_CASE(all_listeners_serve_and_are_told_in_order) {
  const test::temporary_directory folder;
  options settings = on_any_port();
  settings.listen = {"127.0.0.1:0", "unix:" + folder / "s", "127.0.0.1:0"};
  running_server s{hello(), settings};
  BOOST_TEST_REQUIRE(s->addresses().size() == 3U);
  BOOST_TEST(s->addresses()[1] == settings.listen[1]);
  for (const std::size_t i : {0U, 1U, 2U}) BOOST_TEST(test::get(s.where(i), "/hello").status == 200);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told_by_name_and_nothing_is_left_behind) {
  const test::temporary_directory folder;
  running_server first{hello()};
  options settings = on_any_port();
  settings.listen = {"unix:" + folder / "s", first->addresses().front()};
  server second{settings, hello()};
  BOOST_CHECK_EXCEPTION(second.start(), std::system_error, [&](const std::system_error& error) {
    return std::string{error.what()}.find(first->addresses().front()) != std::string::npos &&
           error.code() == std::errc::address_in_use;
  });
  BOOST_TEST(!std::filesystem::exists(folder / "s"));
  BOOST_TEST(test::get(first.where(), "/hello").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace baton
