// Certificates for tests, made when they are needed: nothing in the tree expires. An authority, and what it has
// signed; PEM throughout.
#pragma once

#include <chrono>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace baton::test {

enum class key_kind { ec, rsa };

struct certificate_request {
  std::string common_name;
  std::vector<std::string> names{};  ///< DNS names and `IP:` addresses
  key_kind kind = key_kind::ec;
  std::chrono::hours lifetime{24 * 90};
};

struct signed_certificate {
  std::string certificate;  ///< with its authority's behind it
  std::string key;
  long serial = 0;
};

class test_authority {
 public:
  explicit test_authority(const std::string& common_name = "Test Authority");
  test_authority(const test_authority&) = delete;
  test_authority& operator=(const test_authority&) = delete;
  ~test_authority();

  [[nodiscard]] std::string pem() const;
  [[nodiscard]] signed_certificate sign(const certificate_request& what);
  /// An OCSP answer (DER) that calls the certificate good, for an hour from now; with a negative `lifetime` it has
  /// expired.
  [[nodiscard]] std::string ocsp_answer(const signed_certificate& about,
                                        std::chrono::seconds lifetime = std::chrono::hours{1}) const;

 private:
  evp_pkey_st* key_ = nullptr;
  x509_st* certificate_ = nullptr;
  long last_serial_ = 1000;
};

}  // namespace baton::test
