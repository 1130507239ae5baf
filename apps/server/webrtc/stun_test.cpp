// stun_test.cpp: RFC 5769's own messages, and what is none of them.
#include "webrtc/stun.hpp"

#include <gtest/gtest.h>

namespace framegen::server::webrtc {
namespace {

constexpr const char* kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

// RFC 5769 §2.1
Bytes sample_request() {
  return {0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
          0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
          0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
          0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
          0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
          0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
          0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};
}

TEST(Stun, UnderstandsASignedRequest) {
  const Bytes packet = sample_request();
  const auto request = parse_binding_request(packet);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->username, "evtj:h6vY");
  EXPECT_FALSE(request->use_candidate);
  EXPECT_TRUE(is_signed(packet, *request, kPassword));
  EXPECT_FALSE(is_signed(packet, *request, "another password of 22 "));
}

TEST(Stun, BelievesNothingThatWasChanged) {
  for (std::size_t at = 0; at < 72; ++at) {
    SCOPED_TRACE(at);
    Bytes packet = sample_request();
    packet[at] ^= 1;
    const auto request = parse_binding_request(packet);
    EXPECT_FALSE(request && is_signed(packet, *request, kPassword));
  }
}

TEST(Stun, ReadsNothingBeyondABrokenMessagesEnd) {
  const Bytes whole = sample_request();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(
        parse_binding_request(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
  for (std::size_t at = 20; at < whole.size(); ++at) {
    Bytes packet = whole;
    packet[at] = 0xFF;  // lengths among them
    const auto request = parse_binding_request(packet);
    if (request) (void)is_signed(packet, *request, kPassword);
  }
}

TEST(Stun, AnswersWithTheAddressAndASignature) {
  const auto request = parse_binding_request(sample_request());
  ASSERT_TRUE(request);
  const Bytes answer = binding_success(*request, {{192, 0, 2, 1}, false, 32853}, kPassword);
  EXPECT_EQ(number_at(answer, 0, 2), 0x0101U);
  EXPECT_EQ(number_at(answer, 2, 2) + 20, answer.size());
  // RFC 5769 §2.2's attribute
  const Bytes address{0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
  EXPECT_EQ(Bytes(answer.begin() + 20, answer.begin() + 32), address);
  BindingRequest as_read = *request;
  as_read.integrity_at = 32;
  EXPECT_TRUE(is_signed(answer, as_read, kPassword));
}

// RFC 5769 §2.2
TEST(Stun, UnderstandsASignedAnswer) {
  const Bytes packet{0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                     0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74,
                     0x20, 0x76, 0x65, 0x63, 0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01,
                     0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, 0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99,
                     0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b,
                     0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96};
  const auto response = parse_binding_response(packet);
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->success);
  EXPECT_EQ(response->transaction, parse_binding_request(sample_request())->transaction);
  EXPECT_TRUE(is_signed(packet, *response, kPassword));
  EXPECT_FALSE(is_signed(packet, *response, "another password of 22 "));
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(
        parse_binding_response(Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size))));
}

TEST(Stun, AsksAsWhoDecides) {
  const Bytes packet = binding_request({{1, 2, 3}, "theirs:ours", 7, true}, kPassword);
  const auto request = parse_binding_request(packet);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->username, "theirs:ours");
  EXPECT_TRUE(request->use_candidate);
  EXPECT_TRUE(request->controlling);
  EXPECT_TRUE(is_signed(packet, *request, kPassword));
  EXPECT_FALSE(parse_binding_response(packet));
  EXPECT_FALSE(parse_binding_request(binding_request({{}, "x", 7, false}, kPassword))->use_candidate);
  const Bytes conflict = binding_conflict(*request, kPassword);
  const auto response = parse_binding_response(conflict);
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->success);
  EXPECT_EQ(response->transaction, request->transaction);
  EXPECT_TRUE(is_signed(conflict, *response, kPassword));
}

}  // namespace
}  // namespace framegen::server::webrtc
