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
constexpr std::uint32_t kRequest = 0x0001, kSuccess = 0x0101, kFailure = 0x0111;
constexpr std::uint32_t kUsername = 0x0006, kIntegrity = 0x0008, kErrorCode = 0x0009,
                        kXorMappedAddress = 0x0020, kPriority = 0x0024, kUseCandidate = 0x0025,
                        kFingerprint = 0x8028, kControlling = 0x802A;
// Who has the largest number wins where two agents both believe that they decide: nobody has a larger one.
constexpr std::uint64_t kTieBreaker = ~std::uint64_t{0};
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

// A whole message of that type, up to its MESSAGE-INTEGRITY: what follows is not covered by it. `take` is
// given each attribute's type and value. False: it is none, or broken. `integrity_at`: 0 where there is none.
template <class Take>
bool read_message(BytesView packet, std::uint64_t type, std::size_t& integrity_at, const Take& take) {
  if (packet.size() < kHeaderBytes || packet.size() % 4 != 0 || number_at(packet, 0, 2) != type ||
      number_at(packet, 2, 2) + kHeaderBytes != packet.size() || number_at(packet, 4, 4) != kCookie)
    return false;
  for (std::size_t at = kHeaderBytes; at + 4 <= packet.size();) {
    const std::uint64_t attribute = number_at(packet, at, 2);
    const std::size_t size = number_at(packet, at + 2, 2);
    if (size > packet.size() - at - 4) return false;
    if (attribute == kIntegrity) {
      integrity_at = at;
      return size == kHashBytes;
    }
    take(attribute, packet.subspan(at + 4, size));
    at += 4 + (size + 3) / 4 * 4;
  }
  return true;
}

void read_transaction(BytesView packet, Transaction& transaction) {
  std::copy_n(packet.begin() + 8, transaction.size(), transaction.begin());
}

bool is_signed_at(BytesView packet, std::size_t integrity_at, std::string_view password) {
  if (integrity_at == 0) return false;
  const Hash hash = hash_of(packet, integrity_at, password);
  return CRYPTO_memcmp(hash.data(), packet.data() + integrity_at + 4, kHashBytes) == 0;
}

Bytes begin_message(std::uint32_t type, const Transaction& transaction) {
  Bytes packet;
  append(packet, 2, type);
  append(packet, 2, 0);
  append(packet, 4, kCookie);
  append(packet, transaction);
  return packet;
}

void append_attribute(Bytes& packet, std::uint32_t type, BytesView value) {
  append(packet, 2, type);
  append(packet, 2, value.size());
  append(packet, value);
  while (packet.size() % 4 != 0) packet.push_back(0);
}

// Its length, MESSAGE-INTEGRITY and FINGERPRINT.
Bytes end_message(Bytes packet, std::string_view password) {
  append_attribute(packet, kIntegrity, hash_of(packet, packet.size(), password));
  put_at(packet, 2, 2, packet.size() + 8 - kHeaderBytes);
  const std::uint32_t fingerprint = crc32(packet) ^ kFingerprintXor;
  append(packet, 2, kFingerprint);
  append(packet, 2, 4);
  append(packet, 4, fingerprint);
  return packet;
}

}  // namespace

std::optional<BindingRequest> parse_binding_request(BytesView packet) {
  BindingRequest request;
  const auto take = [&](std::uint64_t type, BytesView value) {
    if (type == kUsername) request.username.assign(value.begin(), value.end());
    if (type == kUseCandidate) request.use_candidate = true;
    if (type == kControlling) request.controlling = true;
  };
  if (!read_message(packet, kRequest, request.integrity_at, take)) return {};
  read_transaction(packet, request.transaction);
  return request;
}

std::optional<BindingResponse> parse_binding_response(BytesView packet) {
  BindingResponse response;
  const auto ignore = [](std::uint64_t, BytesView) {};
  response.success = read_message(packet, kSuccess, response.integrity_at, ignore);
  if (!response.success && !read_message(packet, kFailure, response.integrity_at, ignore)) return {};
  read_transaction(packet, response.transaction);
  return response;
}

bool is_signed(BytesView packet, const BindingRequest& request, std::string_view password) {
  return is_signed_at(packet, request.integrity_at, password);
}

bool is_signed(BytesView packet, const BindingResponse& response, std::string_view their_password) {
  return is_signed_at(packet, response.integrity_at, their_password);
}

Bytes binding_request(const BindingQuestion& question, std::string_view their_password) {
  Bytes packet = begin_message(kRequest, question.transaction);
  const std::string& name = question.username;
  append_attribute(packet, kUsername, {reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  Bytes number;
  append(number, 4, question.priority);
  append_attribute(packet, kPriority, number);
  number.clear();
  append(number, 8, kTieBreaker);
  append_attribute(packet, kControlling, number);
  if (question.use_candidate) append_attribute(packet, kUseCandidate, {});
  return end_message(std::move(packet), their_password);
}

Bytes binding_conflict(const BindingRequest& request, std::string_view password) {
  Bytes packet = begin_message(kFailure, request.transaction);
  append_attribute(packet, kErrorCode, Bytes{0, 0, 4, 87});
  return end_message(std::move(packet), password);
}

Bytes binding_success(const BindingRequest& request, const Endpoint& from, std::string_view password) {
  Bytes packet = begin_message(kSuccess, request.transaction);
  const std::size_t address_bytes = from.version_6 ? 16 : 4;
  append(packet, 2, kXorMappedAddress);
  append(packet, 2, 4 + address_bytes);
  append(packet, 2, from.version_6 ? 2 : 1);
  append(packet, 2, from.port ^ kCookie >> 16);
  for (std::size_t i = 0; i < address_bytes;
       ++i)  // cookie and transaction lie behind each other: bytes 4 … 19
    packet.push_back(from.address[i] ^ packet[4 + i]);
  return end_message(std::move(packet), password);
}

}  // namespace framegen::server::webrtc
