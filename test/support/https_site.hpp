// A directory with an authority's certificates, and how to start the reference server on https with them.
#pragma once

#include <string>
#include <vector>

#include "support/server_process.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_certificates.hpp"

namespace baton::test {

class https_site {
 public:
  /// One certificate, for `localhost` and 127.0.0.1, as `main`.
  https_site();

  /// Signs a certificate and writes it as NAME.pem and NAME.key, each by rename.
  signed_certificate add(const std::string& name, const certificate_request& what);

  /// `--listen https://127.0.0.1:0` and these certificates, then `more`.
  [[nodiscard]] std::vector<std::string> flags(const std::vector<std::string>& certificates = {"main"},
                                               const std::vector<std::string>& more = {}) const;

  [[nodiscard]] const temporary_directory& directory() const noexcept { return directory_; }
  [[nodiscard]] test_authority& authority() noexcept { return authority_; }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }

 private:
  temporary_directory directory_;
  test_authority authority_;
};

inline https_site::https_site() {
  directory_.write("ca.pem", authority_.pem());
  add("main", {"localhost", {"localhost", "IP:127.0.0.1"}});
}

inline signed_certificate https_site::add(const std::string& name, const certificate_request& what) {
  signed_certificate made = authority_.sign(what);
  directory_.write(name + ".key", made.key);
  directory_.write(name + ".pem", made.certificate);
  return made;
}

inline std::vector<std::string> https_site::flags(const std::vector<std::string>& certificates,
                                                  const std::vector<std::string>& more) const {
  std::vector<std::string> all{"--listen", "https://127.0.0.1:0"};
  for (const std::string& each : certificates) {
    all.insert(all.end(), {"--tls.certificate", file(each + ".pem"), "--tls.key", file(each + ".key")});
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace baton::test
