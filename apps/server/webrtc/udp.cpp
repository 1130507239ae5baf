// udp.cpp: the two kinds of address, byte by byte; random numbers are OpenSSL's.
#include "webrtc/udp.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace framegen::server::webrtc {

namespace ip = boost::asio::ip;

std::string random_name(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  RAND_bytes(random.data(), static_cast<int>(bytes));
  std::string name;
  for (const unsigned char byte : random) {
    name += "0123456789abcdef"[byte >> 4];
    name += "0123456789abcdef"[byte & 15];
  }
  return name;
}

std::uint32_t random_ssrc() {
  std::uint32_t ssrc = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&ssrc), sizeof ssrc);
  return ssrc | 1;
}

Endpoint endpoint_of(const udp::endpoint& from) {
  Endpoint endpoint;
  endpoint.port = from.port();
  const ip::address address = from.address();
  endpoint.version_6 = address.is_v6() && !address.to_v6().is_v4_mapped();
  if (endpoint.version_6) {
    endpoint.address = address.to_v6().to_bytes();
  } else {
    const auto v4 = address.is_v4() ? address.to_v4() : ip::make_address_v4(ip::v4_mapped, address.to_v6());
    const auto bytes = v4.to_bytes();
    std::copy(bytes.begin(), bytes.end(), endpoint.address.begin());
  }
  return endpoint;
}

udp::endpoint endpoint_of(const Endpoint& to) {
  if (to.version_6) return {ip::address_v6(to.address), to.port};
  ip::address_v4::bytes_type bytes{};
  std::copy_n(to.address.begin(), bytes.size(), bytes.begin());
  return {ip::address_v4(bytes), to.port};
}

}  // namespace framegen::server::webrtc
