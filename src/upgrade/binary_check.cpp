#include "upgrade/binary_check.hpp"

#include <array>
#include <memory>
#include <string_view>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "os/sealed_copy.hpp"
#include "upgrade/digest_file.hpp"

namespace baton::upgrade {
namespace {

constexpr std::size_t largest_digest_file = 1 << 20;
constexpr std::size_t largest_key_file = 64 * 1024;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using memory_bio = std::unique_ptr<BIO, freed_by<BIO_free>>;

const unsigned char* data_of(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

os::error refusal(std::string text) {
  return {std::move(text), {}};
}

// OpenSSL's words for what has just gone wrong, its queue emptied.
os::error openssl_error(std::string what) {
  const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
  what += std::string{": "} + (reason != nullptr ? reason : "OpenSSL does not say why");
  ::ERR_clear_error();
  return refusal(std::move(what));
}

os::result<std::string> sha256_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (::EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, ::EVP_sha256(), nullptr) != 1) {
    return openssl_error("cannot make a SHA-256 digest");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

os::result<void> check_digest(std::string_view bytes, const std::string& binary, const std::string& file) {
  const auto text = os::read_whole(file, largest_digest_file);
  if (!text) return text.error();
  const auto demanded = demanded_digest(*text, std::string_view{binary}.substr(binary.rfind('/') + 1), file);
  if (!demanded) return demanded.error();
  const auto found = sha256_of(bytes);
  if (!found) return found.error();
  if (*found == *demanded) return {};
  return refusal("the SHA-256 digest of " + binary + " is " + *found + ", and not " + *demanded + " as " + file +
                 " demands");
}

os::result<key> read_key(const std::string& path) {
  const auto text = os::read_whole(path, largest_key_file);
  if (!text) return text.error();
  const memory_bio bio{::BIO_new_mem_buf(text->data(), static_cast<int>(text->size()))};
  key found{bio ? ::PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr};
  if (!found) return openssl_error(path + " holds no public key in PEM form");
  return found;
}

// Keys of the Edwards curves have their digest built in.
const EVP_MD* digest_for(const key& signer) noexcept {
  const int kind = ::EVP_PKEY_get_base_id(signer.get());
  return kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448 ? nullptr : ::EVP_sha256();
}

os::result<void> check_signature(std::string_view bytes, const std::string& binary, const binary_rules& rules) {
  const auto signature = os::read_whole(rules.signature, largest_key_file);
  if (!signature) return signature.error();
  const auto signer = read_key(rules.public_key);
  if (!signer) return signer.error();
  const digest_context context{::EVP_MD_CTX_new()};
  if (!context || ::EVP_DigestVerifyInit(context.get(), nullptr, digest_for(*signer), nullptr, signer->get()) != 1) {
    return openssl_error("the key in " + rules.public_key + " cannot verify signatures");
  }
  const int verdict =
      ::EVP_DigestVerify(context.get(), data_of(*signature), signature->size(), data_of(bytes), bytes.size());
  ::ERR_clear_error();  // a signature of the wrong form leaves its reasons there
  if (verdict == 1) return {};
  return refusal(rules.signature + " is no signature of " + binary + " by the key in " + rules.public_key);
}

}  // namespace

os::result<os::unique_fd> checked_copy(const std::string& binary, const binary_rules& rules) {
  auto copy = os::sealed_copy(binary);
  if (!copy) return copy.error();
  const auto view = os::map_sealed(copy->fd, copy->size);
  if (!view) return view.error();
  if (!rules.sha256.empty()) {
    if (const auto checked = check_digest(view->bytes(), binary, rules.sha256); !checked) return checked.error();
  }
  if (!rules.signature.empty()) {
    if (const auto checked = check_signature(view->bytes(), binary, rules); !checked) return checked.error();
  }
  return std::move(copy->fd);
}

}  // namespace baton::upgrade
