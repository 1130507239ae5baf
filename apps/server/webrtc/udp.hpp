// udp.hpp: addresses between Asio's words and STUN's, and names that nobody can guess.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <string>

#include "webrtc/stun.hpp"

namespace framegen::server::webrtc {

using udp = boost::asio::ip::udp;

// An address of version 4 that was mapped into version 6 is one of version 4.
Endpoint endpoint_of(const udp::endpoint& from);
udp::endpoint endpoint_of(const Endpoint& to);

std::string random_name(std::size_t bytes);  // two letters each
std::uint32_t random_ssrc();

}  // namespace framegen::server::webrtc
