// sha256.cpp: SHA-256 through OpenSSL's libcrypto, which uses the CPU's instructions for it.
#include "core/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>

namespace framegen {
namespace {

// SHA-256 needs nothing but memory: what fails, fails for want of it, and a wrong digest must never come of
// that.
void need(bool done) {
  if (!done) throw std::bad_alloc();
}

void start(EVP_MD_CTX* context) {
  // Where memory ended while libcrypto (3.0) set itself up, it would later read through a null pointer.
  need(OPENSSL_init_crypto(0, nullptr) == 1 && OSSL_LIB_CTX_get0_global_default() != nullptr);
  need(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1);
}

}  // namespace

struct Sha256::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Impl() { need(context != nullptr); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) { start(impl_->context); }
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::uint8_t> bytes) {
  need(EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()) == 1);
}

Sha256::Digest Sha256::digest() {
  Digest digest{};
  unsigned int length = 0;
  need(EVP_DigestFinal_ex(impl_->context, digest.data(), &length) == 1);
  start(impl_->context);
  return digest;
}

std::string Sha256::hex() { return to_hex(digest()); }

std::string to_hex(const Sha256::Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace framegen
