// Against what the tools make that people use: sha256sum and openssl.
#include "upgrade/binary_check.hpp"

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "support/temporary_directory.hpp"
#include "unit/os/nothing_left.hpp"
#include "unit/os/run.hpp"
#include "unit/upgrade/bytes_of.hpp"

namespace baton::upgrade {
namespace {

struct a_binary : unit::nothing_left {
  test::temporary_directory directory;
  binary_rules rules;

  a_binary() {
    directory.write("app",
                    "\x7f"
                    "ELF and more",
                    true);
  }

  [[nodiscard]] std::string path(std::string_view name = "app") const { return directory / name; }

  void run(const std::string& commands) const {
    auto image = unit::shell("set -e; exec 2>/dev/null; " + commands);
    image.directory = directory.path().string();
    BOOST_TEST_REQUIRE(unit::run({image}).status.success(), commands);
  }
  void make_key(const std::string& name, const std::string& how) const {
    run("openssl genpkey -out " + name + ".pem " + how);
    run("openssl pkey -in " + name + ".pem -pubout -out " + name + ".pub");
  }
  void sign(const std::string& name) const { run("openssl dgst -sha256 -sign " + name + ".pem -out app.sig app"); }
  void require_digest() {
    run("sha256sum app >app.sha256");
    rules.sha256 = path("app.sha256");
  }
  void require_signature(const std::string& name) {
    rules.signature = path("app.sig");
    rules.public_key = path(name + ".pub");
  }
  void tamper() const {
    directory.write("app",
                    "\x7f"
                    "ELF and mire",
                    true);
  }

  [[nodiscard]] std::string refusal() const {
    const auto copy = checked_copy(path(), rules);
    if (!copy) return copy.error().text();
    BOOST_TEST((unit::bytes_of(*copy) == directory.read("app")));
    return "";
  }
  [[nodiscard]] std::string no_signature() const {
    return path("app.sig") + " is no signature of " + path() + " by the key in " + rules.public_key;
  }
};

constexpr const char* rsa = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
constexpr const char* ec = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

BOOST_FIXTURE_TEST_SUITE(the_check_of_a_binary, a_binary)

BOOST_AUTO_TEST_CASE(the_digest_that_sha256sum_writes_is_met) {
  require_digest();
  BOOST_TEST(refusal() == "");
}

BOOST_AUTO_TEST_CASE(another_digest_is_refused_and_both_are_named) {
  require_digest();
  const std::string demanded = directory.read("app.sha256").substr(0, 64);
  tamper();
  const std::string text = refusal();
  run("sha256sum app >app.sha256");
  BOOST_TEST(text == "the SHA-256 digest of " + path() + " is " + directory.read("app.sha256").substr(0, 64) +
                         ", and not " + demanded + " as " + path("app.sha256") + " demands");
}

BOOST_AUTO_TEST_CASE(files_are_read_anew_each_time) {
  require_digest();
  tamper();
  BOOST_TEST(refusal() != "");
  require_digest();
  BOOST_TEST(refusal() == "");
}

BOOST_AUTO_TEST_CASE(files_that_are_missing_are_named) {
  rules.sha256 = path("app.sha256");
  BOOST_TEST(refusal() == "open " + path("app.sha256") + ": no such file or directory");
  rules.sha256.clear();
  rules.signature = path("app.sig");
  rules.public_key = path("key.pub");
  BOOST_TEST(refusal() == "open " + path("app.sig") + ": no such file or directory");
  directory.write("app.sig", "x");
  BOOST_TEST(refusal() == "open " + path("key.pub") + ": no such file or directory");
  std::filesystem::remove(path());
  BOOST_TEST(refusal() == "open " + path() + ": no such file or directory");
}

BOOST_AUTO_TEST_CASE(signatures_of_rsa_and_ec_keys_are_met_and_do_not_fit_another_binary) {
  for (const char* const kind : {rsa, ec}) {
    make_key("key", kind);
    directory.write("app",
                    "\x7f"
                    "ELF and more",
                    true);
    sign("key");
    require_signature("key");
    BOOST_TEST(refusal() == "", kind);
    tamper();
    BOOST_TEST(refusal() == no_signature(), kind);
  }
}

BOOST_AUTO_TEST_CASE(signatures_of_an_edwards_curve_are_met_too) {
  make_key("key", "-algorithm ED25519");
  run("openssl pkeyutl -sign -rawin -inkey key.pem -in app -out app.sig");
  require_signature("key");
  BOOST_TEST(refusal() == "");
  tamper();
  BOOST_TEST(refusal() == no_signature());
}

BOOST_AUTO_TEST_CASE(a_signature_by_another_key_is_refused) {
  make_key("key", ec);
  make_key("other", ec);
  make_key("third", rsa);
  sign("key");
  for (const char* const name : {"other", "third"}) {
    require_signature(name);
    BOOST_TEST(refusal() == no_signature(), name);
  }
}

BOOST_AUTO_TEST_CASE(a_signature_that_is_empty_cut_or_nonsense_is_refused) {
  make_key("key", ec);
  sign("key");
  require_signature("key");
  const std::string good = directory.read("app.sig");
  for (const std::string& bytes : {std::string{}, good.substr(0, good.size() - 1), good + "x", std::string(70, 'x')}) {
    directory.write("app.sig", bytes);
    BOOST_TEST(refusal() == no_signature());
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_none_is_refused) {
  make_key("key", ec);
  sign("key");
  require_signature("key");
  directory.write("key.pub", "nonsense");
  BOOST_TEST(refusal().starts_with(path("key.pub") + " holds no public key in PEM form: "), refusal());
}

BOOST_AUTO_TEST_CASE(a_digest_and_a_signature_must_both_be_met) {
  make_key("key", ec);
  require_digest();
  sign("key");
  require_signature("key");
  BOOST_TEST(refusal() == "");
  tamper();
  require_digest();
  BOOST_TEST(refusal() == no_signature());
  sign("key");
  BOOST_TEST(refusal() == "");
  directory.write("app.sha256", std::string(64, '0'));
  BOOST_TEST(refusal().starts_with("the SHA-256 digest of "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace baton::upgrade
