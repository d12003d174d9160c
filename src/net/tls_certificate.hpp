// One certificate with its key, as files have it: read, checked, and what can be said of it. OpenSSL's headers come
// with this one; only src/net's TLS sources include it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace baton::net {

template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;

/// A leaf, its chain and its key, which belongs to it.
struct tls_certificate {
  std::string file;
  x509_ptr leaf;
  std::vector<x509_ptr> chain;
  key_ptr key;
  std::vector<std::string> names;  ///< DNS names in lower case; the common name where there are none
};

/// Throws std::runtime_error: a file cannot be read, is no PEM, needs a passphrase, or the two do not belong together.
[[nodiscard]] tls_certificate load_certificate(const std::string& certificate_file, const std::string& key_file);

/// `example.org, *.example.org (EC) until 2027-03-01`
[[nodiscard]] std::string describe(const tls_certificate& certificate);

/// That it has expired, does so within two weeks, or is not valid yet; empty if all is well.
[[nodiscard]] std::string date_warning(const tls_certificate& certificate);

/// An OCSP answer, for the certificate that it is about.
struct ocsp_answer {
  std::string bytes;
  std::chrono::system_clock::time_point good_until;
};

/// Reads an OCSP answer and finds in `candidates` the certificate that it is about. Throws std::runtime_error if it is
/// none, or none of theirs. Its signature is for the client to verify.
struct placed_answer {
  ocsp_answer answer;
  std::size_t index = 0;
  std::string warning;  ///< it is out of date, and not used
};
[[nodiscard]] placed_answer load_ocsp(const std::string& file, const std::vector<tls_certificate>& candidates);

/// The reason that OpenSSL gave last, in its words; clears its queue.
[[nodiscard]] std::string openssl_reason();

}  // namespace baton::net
