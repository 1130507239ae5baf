// stun.cpp: attributes walked within the message's end; HMAC-SHA1 is OpenSSL's.
#include "webrtc/stun.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace framegen::server::webrtc {
namespace {

constexpr std::uint32_t kCookie = 0x2112A442;
constexpr std::size_t kHeaderBytes = 20, kHashBytes = 20;
constexpr std::uint32_t kRequest = 0x0001, kSuccess = 0x0101;
constexpr std::uint32_t kUsername = 0x0006, kIntegrity = 0x0008, kXorMappedAddress = 0x0020,
                        kUseCandidate = 0x0025, kFingerprint = 0x8028;
constexpr std::uint32_t kFingerprintXor = 0x5354554E;

using Hash = std::array<std::uint8_t, kHashBytes>;

// Of what lies before `end`, whose header says that the message ends behind the hash.
Hash hash_of(BytesView packet, std::size_t end, std::string_view password) {
  Bytes covered(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(end));
  put_at(covered, 2, 2, end + 4 + kHashBytes - kHeaderBytes);
  Hash hash{};
  unsigned size = 0;
  HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()), covered.data(), covered.size(),
       hash.data(), &size);
  return hash;
}

std::uint32_t crc32(BytesView bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (0xEDB88320U & (0U - (crc & 1)));
  }
  return ~crc;
}

}  // namespace

std::optional<BindingRequest> parse_binding_request(BytesView packet) {
  if (packet.size() < kHeaderBytes || packet.size() % 4 != 0 || number_at(packet, 0, 2) != kRequest ||
      number_at(packet, 2, 2) + kHeaderBytes != packet.size() || number_at(packet, 4, 4) != kCookie)
    return {};
  BindingRequest request;
  std::copy_n(packet.begin() + 8, request.transaction.size(), request.transaction.begin());
  for (std::size_t at = kHeaderBytes; at + 4 <= packet.size();) {
    const std::uint64_t type = number_at(packet, at, 2);
    const std::size_t size = number_at(packet, at + 2, 2);
    if (size > packet.size() - at - 4) return {};
    if (type == kUsername) {
      const auto begin = packet.begin() + static_cast<std::ptrdiff_t>(at) + 4;
      request.username.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
    } else if (type == kUseCandidate) {
      request.use_candidate = true;
    } else if (type == kIntegrity) {
      if (size != kHashBytes) return {};
      request.integrity_at = at;
      break;  // what follows is not covered by it
    }
    at += 4 + (size + 3) / 4 * 4;
  }
  return request;
}

bool is_signed(BytesView packet, const BindingRequest& request, std::string_view password) {
  if (request.integrity_at == 0) return false;
  const Hash hash = hash_of(packet, request.integrity_at, password);
  return CRYPTO_memcmp(hash.data(), packet.data() + request.integrity_at + 4, kHashBytes) == 0;
}

Bytes binding_success(const BindingRequest& request, const Endpoint& from, std::string_view password) {
  Bytes packet;
  append(packet, 2, kSuccess);
  append(packet, 2, 0);
  append(packet, 4, kCookie);
  append(packet, request.transaction);

  const std::size_t address_bytes = from.version_6 ? 16 : 4;
  append(packet, 2, kXorMappedAddress);
  append(packet, 2, 4 + address_bytes);
  append(packet, 2, from.version_6 ? 2 : 1);
  append(packet, 2, from.port ^ kCookie >> 16);
  for (std::size_t i = 0; i < address_bytes;
       ++i)  // cookie and transaction lie behind each other: bytes 4 … 19
    packet.push_back(from.address[i] ^ packet[4 + i]);

  const Hash hash = hash_of(packet, packet.size(), password);
  append(packet, 2, kIntegrity);
  append(packet, 2, kHashBytes);
  append(packet, hash);

  put_at(packet, 2, 2, packet.size() + 8 - kHeaderBytes);
  const std::uint32_t fingerprint = crc32(packet) ^ kFingerprintXor;
  append(packet, 2, kFingerprint);
  append(packet, 2, 4);
  append(packet, 4, fingerprint);
  return packet;
}

}  // namespace framegen::server::webrtc
