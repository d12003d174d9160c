// conf/baton.conf, as it is shipped, against the table.
#include <algorithm>
#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

#include "config/conf_file.hpp"
#include "config/parser.hpp"
#include "config/table.hpp"

using namespace baton::config;

namespace {

std::string shipped_path() {
  return BATON_SHIPPED_CONF;
}

std::vector<setting> shipped_settings() {
  const auto path = shipped_path();
  const auto content = read_file(path);
  BOOST_REQUIRE_EQUAL(content.error, "");
  const auto lines = split_conf_file(content.text, path);
  BOOST_REQUIRE_EQUAL(report(lines.complaints), "");
  return lines.settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shipped_conf_suite)

BOOST_AUTO_TEST_CASE(it_is_accepted) {
  const auto path = shipped_path();
  const char* const arguments[] = {"server", "--config", path.c_str()};
  const auto result = parser{}.parse(3, arguments);
  BOOST_TEST(result.err == "");
  BOOST_TEST((result.next == action::run));
  BOOST_TEST((result.settings.drain.idle == baton::idle_policy::transfer));
}

BOOST_AUTO_TEST_CASE(it_holds_every_option_and_no_other) {
  const auto settings = shipped_settings();
  const auto options = builtin_options();
  for (const auto& option : options) {
    const auto same = [&](const setting& s) { return s.name == option.name; };
    BOOST_TEST(std::count_if(settings.begin(), settings.end(), same) == 1, option.name);
  }
  BOOST_TEST(settings.size() == options.size());
}

BOOST_AUTO_TEST_CASE(its_values_are_the_defaults_save_one) {
  const auto options = builtin_options();
  for (const auto& given : shipped_settings()) {
    const auto* const option = find(options, given.name);
    BOOST_REQUIRE(option != nullptr);
    values filled;
    filled.settings.listen.clear();
    BOOST_REQUIRE(!option->parse(given.value, filled));
    const bool is_default = option->print(filled) == option->print(values{});
    BOOST_TEST(is_default == (given.name != "drain.idle"), given.name << " = " << given.value);
  }
}

BOOST_AUTO_TEST_SUITE_END()
