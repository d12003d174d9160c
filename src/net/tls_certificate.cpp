#include "net/tls_certificate.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace baton::net {
namespace {

using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, openssl_free<GENERAL_NAMES_free>>;
using response_ptr = std::unique_ptr<OCSP_RESPONSE, openssl_free<OCSP_RESPONSE_free>>;
using basic_ptr = std::unique_ptr<OCSP_BASICRESP, openssl_free<OCSP_BASICRESP_free>>;

constexpr std::size_t largest_file = 1024 * 1024;
constexpr int soon = 14;  // days

[[noreturn]] void fail(const std::string& file, std::string_view why) {
  throw std::runtime_error{fmt::format("{}: {}", file, why)};
}

std::string read_whole(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) fail(file, "cannot be read");
  std::string bytes(largest_file + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad()) fail(file, "cannot be read");
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > largest_file) fail(file, "is larger than 1 MiB");
  return bytes;
}

bio_ptr reader_of(const std::string& bytes) {
  return bio_ptr{BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
}

// Nobody is asked at a terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string text_of(const ASN1_STRING* text) {
  return lower(
      {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))});
}

std::vector<std::string> names_of(X509* leaf) {
  std::vector<std::string> names;
  const names_ptr alternative{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; alternative != nullptr && i < sk_GENERAL_NAME_num(alternative.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternative.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  X509_NAME* const subject = X509_get_subject_name(leaf);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (names.empty() && at >= 0) names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

void read_chain(tls_certificate& into) {
  const std::string bytes = read_whole(into.file);
  const bio_ptr in = reader_of(bytes);
  into.leaf.reset(PEM_read_bio_X509_AUX(in.get(), nullptr, no_passphrase, nullptr));
  if (into.leaf == nullptr) fail(into.file, "holds no PEM certificate: " + openssl_reason());
  while (X509* const above = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr))
    into.chain.emplace_back(above);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) fail(into.file, "one of its certificates is damaged: " + openssl_reason());
  ERR_clear_error();
}

void read_key(tls_certificate& into, const std::string& file) {
  std::string bytes = read_whole(file);
  const bio_ptr in = reader_of(bytes);
  into.key.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (into.key == nullptr) fail(file, "holds no PEM private key without a passphrase: " + openssl_reason());
}

std::string date_of(const ASN1_TIME* time) {
  tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

// Whether the answer names this certificate: its issuer's name as a digest, and its serial number.
bool is_about(const OCSP_CERTID* id, X509* leaf) {
  ASN1_OCTET_STRING* name_hash = nullptr;
  ASN1_OBJECT* algorithm = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(&name_hash, &algorithm, nullptr, &serial, const_cast<OCSP_CERTID*>(id));
  if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) != 0) return false;
  const EVP_MD* const digest = EVP_get_digestbyobj(algorithm);
  std::array<unsigned char, EVP_MAX_MD_SIZE> own{};
  unsigned size = 0;
  if (digest == nullptr || X509_NAME_digest(X509_get_issuer_name(leaf), digest, own.data(), &size) != 1) return false;
  return static_cast<unsigned>(ASN1_STRING_length(name_hash)) == size &&
         std::equal(own.begin(), own.begin() + size, ASN1_STRING_get0_data(name_hash));
}

std::chrono::system_clock::time_point end_of(const ASN1_GENERALIZEDTIME* next_update) {
  using clock = std::chrono::system_clock;
  if (next_update == nullptr) return clock::now() + std::chrono::hours{24};  // newer ones may be had at any time
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, next_update) != 1) return clock::time_point{};
  return clock::now() + std::chrono::hours{24} * days + std::chrono::seconds{seconds};
}

}  // namespace

std::string openssl_reason() {
  const unsigned long error = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(error);
  std::string text = reason != nullptr ? reason : "no reason is known";
  ERR_clear_error();
  return text;
}

tls_certificate load_certificate(const std::string& certificate_file, const std::string& key_file) {
  ERR_clear_error();
  tls_certificate result;
  result.file = certificate_file;
  read_chain(result);
  read_key(result, key_file);
  if (X509_check_private_key(result.leaf.get(), result.key.get()) != 1) {
    ERR_clear_error();
    fail(certificate_file, fmt::format("the key in {} is not this certificate's", key_file));
  }
  result.names = names_of(result.leaf.get());
  return result;
}

std::string describe(const tls_certificate& certificate) {
  std::string names;
  for (const std::string& name : certificate.names) names.append(names.empty() ? "" : ", ").append(name);
  if (names.empty()) names = certificate.file;
  const char* const kind = EVP_PKEY_get0_type_name(certificate.key.get());
  return fmt::format("{} ({}) until {}", names, kind != nullptr ? kind : "?",
                     date_of(X509_get0_notAfter(certificate.leaf.get())));
}

std::string date_warning(const tls_certificate& certificate) {
  const ASN1_TIME* const from = X509_get0_notBefore(certificate.leaf.get());
  const ASN1_TIME* const until = X509_get0_notAfter(certificate.leaf.get());
  if (X509_cmp_current_time(from) > 0) {
    return fmt::format("{}: the certificate is not valid before {}", certificate.file, date_of(from));
  }
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, until) != 1) return {};
  if (days < 0 || seconds < 0) {
    return fmt::format("{}: the certificate has expired on {}", certificate.file, date_of(until));
  }
  if (days >= soon) return {};
  return fmt::format("{}: the certificate expires in {} days, on {}", certificate.file, days, date_of(until));
}

placed_answer load_ocsp(const std::string& file, const std::vector<tls_certificate>& candidates) {
  ERR_clear_error();
  placed_answer result;
  result.answer.bytes = read_whole(file);
  const auto* at = reinterpret_cast<const unsigned char*>(result.answer.bytes.data());
  const response_ptr response{d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(result.answer.bytes.size()))};
  if (response == nullptr) fail(file, "is no OCSP answer (DER): " + openssl_reason());
  const int status = OCSP_response_status(response.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    fail(file, fmt::format("the OCSP responder refused: {}", OCSP_response_status_str(status)));
  }
  const basic_ptr basic{OCSP_response_get1_basic(response.get())};
  if (basic == nullptr) fail(file, "the OCSP answer is empty: " + openssl_reason());
  for (int i = 0; i < OCSP_resp_count(basic.get()); ++i) {
    OCSP_SINGLERESP* const single = OCSP_resp_get0(basic.get(), i);
    const OCSP_CERTID* const id = OCSP_SINGLERESP_get0_id(single);
    const auto found = std::find_if(candidates.begin(), candidates.end(),
                                    [&](const tls_certificate& each) { return is_about(id, each.leaf.get()); });
    if (found == candidates.end()) continue;
    ASN1_GENERALIZEDTIME* next_update = nullptr;
    OCSP_single_get0_status(single, nullptr, nullptr, nullptr, &next_update);
    result.index = static_cast<std::size_t>(found - candidates.begin());
    result.answer.good_until = end_of(next_update);
    if (result.answer.good_until <= std::chrono::system_clock::now()) {
      result.warning = fmt::format("{}: the OCSP answer is out of date; it is not stapled", file);
    }
    return result;
  }
  fail(file, "the OCSP answer is about none of the certificates");
}

}  // namespace baton::net
