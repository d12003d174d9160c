#include "support/test_certificates.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace baton::test {
namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

template <class T>
T checked(T result, const char* what) {
  if (!result) throw std::runtime_error{std::string{"openssl: "} + what};
  return result;
}

template <class Write>
std::string text_of(Write&& write) {
  const bio_ptr out{BIO_new(BIO_s_mem()), BIO_free};
  checked(write(out.get()) == 1, "write");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return text_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

key_ptr make_key(key_kind kind) {
  EVP_PKEY* const made = kind == key_kind::ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
  return {checked(made, "key"), EVP_PKEY_free};
}

void set_name(X509* certificate, const std::string& common_name, X509* issuer) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Baton"), -1, -1, 0);
  const auto* const text = reinterpret_cast<const unsigned char*>(common_name.data());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, static_cast<int>(common_name.size()), -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const made = checked(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()), value.c_str());
  X509_add_ext(certificate, made, -1);
  X509_EXTENSION_free(made);
}

x509_ptr draft(EVP_PKEY* key, long serial, std::chrono::hours lifetime) {
  x509_ptr made{checked(X509_new(), "certificate"), X509_free};
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -24 * 3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), std::chrono::seconds{lifetime}.count());
  X509_set_pubkey(made.get(), key);
  return made;
}

}  // namespace

test_authority::test_authority(const std::string& common_name) {
  key_ = make_key(key_kind::ec).release();
  x509_ptr made = draft(key_, 1, std::chrono::hours{24 * 365});
  set_name(made.get(), common_name, made.get());
  extend(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  checked(X509_sign(made.get(), key_, EVP_sha256()), "sign");
  certificate_ = made.release();
}

test_authority::~test_authority() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

std::string test_authority::pem() const {
  return pem_of(certificate_);
}

signed_certificate test_authority::sign(const certificate_request& what) {
  const key_ptr key = make_key(what.kind);
  signed_certificate result;
  result.serial = ++last_serial_;
  const x509_ptr made = draft(key.get(), result.serial, what.lifetime);
  set_name(made.get(), what.common_name, certificate_);
  std::string names;
  for (const std::string& name : what.names) {
    names += (names.empty() ? "" : ",") + (name.starts_with("IP:") ? name : "DNS:" + name);
  }
  if (!names.empty()) extend(made.get(), certificate_, NID_subject_alt_name, names);
  checked(X509_sign(made.get(), key_, EVP_sha256()), "sign");
  result.certificate = pem_of(made.get()) + pem();
  result.key = text_of(
      [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return result;
}

std::string test_authority::ocsp_answer(const signed_certificate& about, std::chrono::seconds lifetime) const {
  const bio_ptr in{BIO_new_mem_buf(about.certificate.data(), static_cast<int>(about.certificate.size())), BIO_free};
  const x509_ptr leaf{checked(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), "read"), X509_free};
  OCSP_CERTID* const id = checked(OCSP_cert_to_id(nullptr, leaf.get(), certificate_), "id");
  OCSP_BASICRESP* const basic = OCSP_BASICRESP_new();
  ASN1_TIME* const from = X509_gmtime_adj(nullptr, -7200);
  ASN1_TIME* const until = X509_gmtime_adj(nullptr, lifetime.count());
  OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, nullptr, from, until);
  checked(OCSP_basic_sign(basic, certificate_, key_, EVP_sha256(), nullptr, 0) == 1, "sign OCSP");
  OCSP_RESPONSE* const response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &bytes);
  std::string text{reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size)};
  OPENSSL_free(bytes);
  OCSP_RESPONSE_free(response);
  ASN1_TIME_free(from);
  ASN1_TIME_free(until);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  return text;
}

}  // namespace baton::test
