#include "upgrade/digest_file.hpp"

#include <boost/test/unit_test.hpp>

namespace baton::upgrade {
namespace {

const std::string one(64, '1');
const std::string two(64, '2');

std::string demanded(const std::string& text, const std::string& name = "app") {
  const auto digest = demanded_digest(text, name, "FILE");
  return digest ? *digest : digest.error().text();
}

BOOST_AUTO_TEST_SUITE(a_file_of_digests)

BOOST_AUTO_TEST_CASE(a_bare_digest_counts_in_either_case) {
  BOOST_TEST(demanded(one) == one);
  BOOST_TEST(demanded(one + "\n") == one);
  BOOST_TEST(demanded("\n" + one + "\r\n\n") == one);
  BOOST_TEST(demanded(std::string(64, 'A')) == std::string(64, 'a'));
}

BOOST_AUTO_TEST_CASE(a_single_line_counts_whatever_it_names) {
  BOOST_TEST(demanded(one + "  build/other-name\n") == one);
  BOOST_TEST(demanded(one + " *app\n") == one);
}

BOOST_AUTO_TEST_CASE(of_several_lines_the_one_with_the_name_counts) {
  BOOST_TEST(demanded(two + "  tool\n" + one + "  release/app\n") == one);
  BOOST_TEST(demanded(one + "  app\n" + one + "  old/app\n" + two + "  apps\n") == one);
  BOOST_TEST(demanded(one + "  a\n" + two + "  b\n") == "FILE holds no digest for app");
  BOOST_TEST(demanded(one + "  app\n" + two + "  old/app\n") == "FILE holds two digests for app");
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
  const std::string wrong = "FILE holds a line that is no SHA-256 digest as sha256sum writes it";
  BOOST_TEST(demanded("") == "FILE holds no digest");
  BOOST_TEST(demanded("\n\n") == "FILE holds no digest");
  BOOST_TEST(demanded(one.substr(1)) == wrong);
  BOOST_TEST(demanded(one + "1") == wrong);
  BOOST_TEST(demanded(one + " app") == wrong);
  BOOST_TEST(demanded(std::string(64, 'g')) == wrong);
  BOOST_TEST(demanded(one + "  app\nnonsense\n") == wrong);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
