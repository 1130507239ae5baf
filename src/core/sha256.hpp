// sha256.hpp: SHA-256 of bytes, as lower-case hex.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace framegen {

// Feed with update(), read once with digest() or hex(). Throws std::bad_alloc where memory ends: also
// digest(), which starts anew.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(std::span<const std::uint8_t> bytes);
  // The digest of all that was fed, as bytes or 64 hex digits; afterwards the object starts anew.
  Digest digest();
  std::string hex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string to_hex(const Sha256::Digest& digest);
std::string sha256_hex(std::span<const std::uint8_t> bytes);

}  // namespace framegen
