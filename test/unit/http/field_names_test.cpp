// The numbers of field names, against the table that they are from.
#include "http/field_names.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "http/syntax.hpp"

namespace baton::http {
namespace {

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (unsigned id = 1; id <= static_cast<unsigned>(field::xref); ++id) {
    names.emplace_back(boost::beast::http::to_string(static_cast<field>(id)));
  }
  return names;
}

std::string changed_case(std::string name, char (*change)(char)) {
  std::transform(name.begin(), name.end(), name.begin(), change);
  return name;
}

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

char to_other(char c) {
  return to_lower(c) == c ? to_upper(c) : to_lower(c);
}

// Which name of the table it is, compared one by one.
field searched(const std::vector<std::string>& names, const std::string& name) {
  const auto same = [&](const std::string& one) { return iequals(one, name); };
  const auto found = std::find_if(names.begin(), names.end(), same);
  return found == names.end() ? field::unknown : static_cast<field>(found - names.begin() + 1);
}

BOOST_AUTO_TEST_SUITE(field_names)

BOOST_AUTO_TEST_CASE(every_name_is_found_in_any_case) {
  const std::vector<std::string> names = all_names();
  for (std::size_t i = 0; i != names.size(); ++i) {
    const auto id = static_cast<field>(i + 1);
    BOOST_TEST_CONTEXT(names[i]) {
      BOOST_TEST((field_named(names[i]) == id));
      BOOST_TEST((field_named(changed_case(names[i], to_lower)) == id));
      BOOST_TEST((field_named(changed_case(names[i], to_upper)) == id));
      BOOST_TEST((field_named(changed_case(names[i], to_other)) == id));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_with_one_byte_changed_taken_out_or_put_in_is_another_one) {
  const std::vector<std::string> names = all_names();
  std::size_t unknown = 0;
  const auto check = [&](const std::string& name) {
    const field expected = searched(names, name);
    unknown += expected == field::unknown;
    if (field_named(name) != expected) BOOST_ERROR(name);
  };
  for (const std::string& name : names) {
    for (std::size_t at = 0; at != name.size(); ++at) {
      for (const char other : std::string{"a-_0M~^`!|z"}) {
        std::string near = name;
        near[at] = other;
        check(near);
        check(name.substr(0, at) + other + name.substr(at));
      }
      check(name.substr(0, at) + name.substr(at + 1));
      check(name.substr(0, at));
      check(name.substr(at) + name.substr(0, at));
    }
    check(name + "s");
    check(name + name);
  }
  BOOST_TEST(unknown > 100'000U);
}

BOOST_AUTO_TEST_CASE(names_without_a_number_and_no_name_at_all_are_unknown) {
  for (const std::string name :
       {"", "X", "Sec-CH-UA-Mobile", "DNT1", "X-Trace", "x-a-name-that-is-longer-than-any-of-those"}) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_TEST((field_named(name) == field::unknown));
    }
  }
  BOOST_TEST((field_named(std::string(200, 'a')) == field::unknown));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::http
