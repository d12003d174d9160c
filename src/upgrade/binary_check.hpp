// What can be required of a new binary before it runs: a SHA-256 digest, a detached signature, or both.
// They are checked on a sealed copy of the file (os/sealed_copy.hpp), and that very copy is executed. The
// only place that knows OpenSSL's EVP: `os` is for system calls, and what has to be proven of a
// successor is the upgrade's affair.
//
// All files are read anew at each check, so that whoever puts a new binary in its place puts its digest
// or signature there too. Whoever can write the public key's file decides what runs.
#pragma once

#include <string>

#include "os/error.hpp"
#include "os/unique_fd.hpp"

namespace baton::upgrade {

/// Paths, absolute; an empty one requires nothing.
struct binary_rules {
  /// As sha256sum writes it, or the bare hexadecimal digest. Of several lines the one counts that names a
  /// file with the binary's own file name.
  std::string sha256;
  /// The signature's bytes, as `openssl dgst -sha256 -sign` makes them with an RSA or EC key, or
  /// `openssl pkeyutl -sign -rawin` with an Ed25519 or Ed448 key. Needs `public_key`.
  std::string signature;
  std::string public_key;  ///< PEM

  [[nodiscard]] bool any() const noexcept { return !sha256.empty() || !signature.empty(); }
};

/// A sealed copy of `binary` that meets the rules, ready to be executed, or why there is none. Blocks as
/// long as reading takes. Any thread.
os::result<os::unique_fd> checked_copy(const std::string& binary, const binary_rules& rules);

}  // namespace baton::upgrade
