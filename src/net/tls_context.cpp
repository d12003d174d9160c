#include "net/tls_context.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include "net/ticket_keys.hpp"
#include "net/tls_certificate.hpp"

namespace baton::net {
namespace {

using context_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;

// ECDHE with AEAD: what Mozilla's "intermediate" list has left of TLS 1.2 without finite-field groups.
constexpr const char* modern_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* modern_groups = "X25519:P-256:P-384";

constexpr std::string_view http_1_1 = "http/1.1";
constexpr std::chrono::hours longest_session{24};

struct stapled {
  const X509* certificate;
  ocsp_answer answer;
};

// A name's certificates, as indices; the key of a site.
using certificate_set = std::vector<std::size_t>;

}  // namespace

struct tls_context::site {
  context_ptr context;
  std::vector<stapled> answers;
};

struct tls_context::state {
  std::shared_ptr<ticket_keys> tickets;
  std::vector<std::unique_ptr<site>> sites;  // the first is shown where no name is known
  std::map<std::string, const site*, std::less<>> names;

  [[nodiscard]] const site* find(std::string_view asked) const;
};

const tls_context::site* tls_context::state::find(std::string_view asked) const {
  std::string name{asked};
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (name.ends_with('.')) name.pop_back();
  if (const auto exact = names.find(name); exact != names.end()) return exact->second;
  // One label, and the leftmost one, is what a wildcard stands for (RFC 6125 section 6.4.3).
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos || dot == 0) return nullptr;
  const auto wildcard = names.find("*" + name.substr(dot));
  return wildcard != names.end() ? wildcard->second : nullptr;
}

/// What OpenSSL asks during a handshake. Nothing throws out of these.
struct tls_context::callbacks {
  static int on_name(SSL* ssl, int* /*alert*/, void* argument) noexcept {
    try {
      const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
      const site* const found = name != nullptr ? static_cast<const state*>(argument)->find(name) : nullptr;
      if (found != nullptr) SSL_set_SSL_CTX(ssl, found->context.get());
      return SSL_TLSEXT_ERR_OK;
    } catch (const std::bad_alloc&) {
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
  }

  // A client that names protocols and not this one would not understand the answers.
  static int on_protocols(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                          const unsigned char* offered, unsigned size, void* /*argument*/) noexcept {
    for (unsigned at = 0; at < size && at + 1 + offered[at] <= size; at += 1u + offered[at]) {
      if (std::string_view{reinterpret_cast<const char*>(offered) + at + 1, offered[at]} != http_1_1) continue;
      *chosen = offered + at + 1;
      *chosen_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  static int on_status(SSL* ssl, void* argument) noexcept {
    const X509* const shown = SSL_get_certificate(ssl);
    const auto now = std::chrono::system_clock::now();
    for (const stapled& each : static_cast<const site*>(argument)->answers) {
      if (each.certificate != shown || each.answer.good_until <= now) continue;
      void* const copy = OPENSSL_memdup(each.answer.bytes.data(), each.answer.bytes.size());
      if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
      SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(each.answer.bytes.size()));
      return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
  }

  static bool arm(const ticket_key& key, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool seals) {
    std::array<char, 7> digest{"SHA256"};
    auto secret = key.mac;
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
    const EVP_CIPHER* const aes = EVP_aes_256_cbc();
    const bool armed = EVP_MAC_CTX_set_params(mac, parameters.data()) == 1 &&
                       EVP_CipherInit_ex(cipher, aes, nullptr, key.cipher.data(), iv, seals ? 1 : 0) == 1;
    OPENSSL_cleanse(secret.data(), secret.size());
    return armed;
  }

  // 0: not ours, a full handshake follows; 1: opened; 2: opened, and the client gets a new one.
  static int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                       int seals) noexcept {
    try {
      const auto now = std::chrono::system_clock::now();
      ticket_keys& keys = *static_cast<ticket_keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index()));
      if (seals == 1) {
        const ticket_key key = keys.current(now);
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
        std::memcpy(name, key.name.data(), key.name.size());
        return arm(key, iv, cipher, mac, true) ? 1 : -1;
      }
      const auto found =
          keys.find(std::span<const unsigned char, ticket_key::name_size>{name, ticket_key::name_size}, now);
      if (!found) return 0;
      if (!arm(found->key, iv, cipher, mac, false)) return -1;
      // A ticket of TLS 1.3 is for one use: the client gets the next one with it.
      return found->old || SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1;
    } catch (const std::exception&) {
      return -1;
    }
  }

  static int keys_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
  }
};

namespace {

void add_certificate(SSL_CTX* context, const tls_certificate& certificate) {
  STACK_OF(X509)* const chain = sk_X509_new_null();
  if (chain == nullptr) throw std::bad_alloc{};
  for (const x509_ptr& each : certificate.chain) sk_X509_push(chain, each.get());
  const int used = SSL_CTX_use_cert_and_key(context, certificate.leaf.get(), certificate.key.get(), chain, 0);
  sk_X509_free(chain);
  if (used != 1) throw std::runtime_error{fmt::format("{}: cannot be used: {}", certificate.file, openssl_reason())};
}

void set_versions(SSL_CTX* context, const tls_options& settings) {
  SSL_CTX_set_min_proto_version(context, settings.min_version == tls_version::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  const char* const ciphers = settings.ciphers.empty() ? modern_ciphers : settings.ciphers.c_str();
  if (SSL_CTX_set_cipher_list(context, ciphers) != 1) {
    throw std::runtime_error{fmt::format("tls.ciphers: '{}': {}", ciphers, openssl_reason())};
  }
  SSL_CTX_set1_groups_list(context, modern_groups);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

// A session may be resumed only under the rules for clients that it was made under, and these are the authorities
// themselves: another one may have the same name.
void set_session_id_context(SSL_CTX* context, const tls_options& settings) {
  std::string rules = fmt::format("baton {} ", static_cast<int>(settings.verify_client));
  std::vector<std::string> authorities;
  const STACK_OF(X509_OBJECT)* const known = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(known); ++i) {
    const X509* const authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(known, i));
    if (authority == nullptr) continue;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    if (X509_digest(authority, EVP_sha256(), digest.data(), nullptr) != 1) throw std::bad_alloc{};
    authorities.emplace_back(digest.begin(), digest.end());
  }
  std::sort(authorities.begin(), authorities.end());  // the store's order is its own affair
  for (const std::string& each : authorities) rules += each;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(rules.data()), rules.size(), digest.data());
  SSL_CTX_set_session_id_context(context, digest.data(), static_cast<unsigned>(digest.size()));
}

void set_clients(SSL_CTX* context, const tls_options& settings) {
  if (settings.verify_client != client_verification::none) {
    const char* const file = settings.client_ca.c_str();
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file);
    if (names == nullptr || SSL_CTX_load_verify_file(context, file) != 1) {
      sk_X509_NAME_pop_free(names, X509_NAME_free);
      throw std::runtime_error{
          fmt::format("{}: holds no authorities for client certificates: {}", file, openssl_reason())};
    }
    SSL_CTX_set_client_CA_list(context, names);
    const bool required = settings.verify_client == client_verification::require;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  }
  set_session_id_context(context, settings);
}

void set_sessions(SSL_CTX* context, const tls_options& settings) {
  using namespace std::chrono;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // sessions are the clients' to keep
  const auto life = std::min<milliseconds>(settings.ticket_rotation, longest_session);
  SSL_CTX_set_timeout(context, std::max<long>(duration_cast<seconds>(life).count(), 1));
}

// Which certificates a name has: of each kind of key the first that was given.
std::map<std::string, certificate_set> sets_of(const std::vector<tls_certificate>& certificates) {
  std::map<std::string, certificate_set> sets;
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    for (const std::string& name : certificates[i].names) {
      certificate_set& set = sets[name];
      const int kind = EVP_PKEY_get_base_id(certificates[i].key.get());
      const auto same = [&](std::size_t other) { return EVP_PKEY_get_base_id(certificates[other].key.get()) == kind; };
      if (std::none_of(set.begin(), set.end(), same)) set.push_back(i);
    }
  }
  return sets;
}

std::vector<tls_certificate> load_all(const tls_options& settings) {
  if (settings.certificate.empty()) throw std::runtime_error{"an https:// listener needs tls.certificate and tls.key"};
  if (settings.certificate.size() != settings.key.size()) {
    throw std::runtime_error{"tls.certificate and tls.key must be given equally often"};
  }
  std::vector<tls_certificate> all;
  for (std::size_t i = 0; i < settings.certificate.size(); ++i) {
    all.push_back(load_certificate(settings.certificate[i], settings.key[i]));
  }
  return all;
}

}  // namespace

tls_context::tls_context(const tls_options& settings, std::shared_ptr<ticket_keys> tickets)
    : state_{std::make_unique<state>()} {
  const std::vector<tls_certificate> certificates = load_all(settings);
  std::vector<std::optional<ocsp_answer>> answers(certificates.size());
  for (const tls_certificate& each : certificates) {
    descriptions_.push_back(describe(each));
    if (std::string warning = date_warning(each); !warning.empty()) warnings_.push_back(std::move(warning));
  }
  for (const std::string& file : settings.ocsp) {
    placed_answer placed = load_ocsp(file, certificates);
    if (!placed.warning.empty()) warnings_.push_back(std::move(placed.warning));
    answers[placed.index] = std::move(placed.answer);
  }
  state_->tickets = std::move(tickets);

  const auto make_site = [&](const certificate_set& set) {
    auto made = std::make_unique<site>();
    made->context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = made->context.get();
    if (context == nullptr) throw std::bad_alloc{};
    set_versions(context, settings);
    set_sessions(context, settings);
    set_clients(context, settings);
    for (const std::size_t i : set) {
      add_certificate(context, certificates[i]);
      if (answers[i]) made->answers.push_back({certificates[i].leaf.get(), *answers[i]});
    }
    SSL_CTX_set_alpn_select_cb(context, callbacks::on_protocols, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context, callbacks::on_name);
    SSL_CTX_set_tlsext_servername_arg(context, state_.get());
    SSL_CTX_set_tlsext_status_cb(context, callbacks::on_status);
    SSL_CTX_set_tlsext_status_arg(context, made.get());
    if (state_->tickets != nullptr) {
      SSL_CTX_set_ex_data(context, callbacks::keys_index(), state_->tickets.get());
      SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callbacks::on_ticket);
    } else {
      SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
      SSL_CTX_set_num_tickets(context, 0);
    }
    state_->sites.push_back(std::move(made));
    return state_->sites.back().get();
  };

  const auto sets = sets_of(certificates);
  std::map<certificate_set, const site*> made;
  const auto site_of = [&](const certificate_set& set) {
    const site*& known = made[set];
    if (known == nullptr) known = make_site(set);
    return known;
  };
  const std::vector<std::string>& first = certificates.front().names;
  static_cast<void>(site_of(first.empty() ? certificate_set{0} : sets.at(first.front())));
  for (const auto& [name, set] : sets) state_->names.emplace(name, site_of(set));
}

tls_context::~tls_context() = default;

ssl_st* tls_context::make_session() const {
  SSL* const ssl = SSL_new(state_->sites.front()->context.get());
  if (ssl == nullptr) throw std::bad_alloc{};
  return ssl;
}

}  // namespace baton::net
