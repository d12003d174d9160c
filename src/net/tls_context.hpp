// What all TLS connections share: certificates with the names they are for, versions, cipher suites, client
// authorities, OCSP answers, the keys of session tickets. Loaded whole from the settings, never changed; a
// reload makes another one, and connections keep theirs. OpenSSL's headers stay in the .cpp files.
//
// Certificates are grouped into sites: one for each distinct set of certificates that a name has, so that a
// name's ECDSA and RSA certificates meet in one SSL_CTX and OpenSSL chooses by what the client can do.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <baton/options.hpp>

struct ssl_st;

namespace baton::net {

class ticket_keys;

/// Immutable; any thread.
class tls_context {
 public:
  /// Reads the files that `settings` names. Throws std::runtime_error whose text names the file and what is wrong
  /// with it. `tickets`: null for no resumption.
  tls_context(const tls_options& settings, std::shared_ptr<ticket_keys> tickets);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// A server's side of a connection. Throws std::bad_alloc.
  [[nodiscard]] ssl_st* make_session() const;

  /// What is wrong with the certificates without making them useless: they expire soon, or have.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// `example.org, *.example.org (ECDSA) until 2027-03-01`, one for each certificate.
  [[nodiscard]] const std::vector<std::string>& certificates() const noexcept { return descriptions_; }

  struct callbacks;

 private:
  struct site;
  struct state;

  const std::unique_ptr<state> state_;
  std::vector<std::string> warnings_;
  std::vector<std::string> descriptions_;
};

}  // namespace baton::net
