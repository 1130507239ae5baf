// packets_test.cpp: RTP and RTCP byte by byte, and the line's rate by what is said of it.
#include <gtest/gtest.h>

#include "webrtc/encoder_wishes.hpp"
#include "webrtc/line_rate.hpp"
#include "webrtc/rtp.hpp"

namespace framegen::server::webrtc {
namespace {

Bytes unit(std::uint8_t type, std::size_t size) {
  Bytes bytes{0, 0, 0, 1, type};
  for (std::size_t i = 1; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(1 + i % 251));
  return bytes;
}

// RFC 6184 read backwards.
Bytes put_together(const Payloads& payloads) {
  Bytes bytes;
  for (const auto& payload : payloads) {
    BytesView rest = *payload;
    EXPECT_LE(rest.size(), kMostPayloadBytes);
    if ((rest[0] & 31) == 28) {
      if ((rest[1] & 0x80) != 0) {
        append(bytes, 4, 1);
        bytes.push_back(static_cast<std::uint8_t>((rest[0] & 0xE0) | (rest[1] & 31)));
      }
      rest = rest.subspan(2);
    } else {
      append(bytes, 4, 1);
    }
    append(bytes, rest);
  }
  return bytes;
}

TEST(H264Payloads, AreTheUnitsAgain) {
  for (const std::size_t size : {1U, 2U, 1149U, 1150U, 1151U, 1152U, 2297U, 2298U, 40000U}) {
    SCOPED_TRACE(size);
    Bytes picture = unit(0x67, 20);
    append(picture, unit(0x68, 4));
    append(picture, unit(0x65, size));
    const Payloads payloads = h264_payloads(picture);
    EXPECT_EQ(put_together(payloads), picture);
    for (const auto& payload : payloads) {
      const bool fragment = ((*payload)[0] & 31) == 28;
      EXPECT_FALSE(fragment && ((*payload)[1] & 0xC0) == 0xC0) << "begins and ends in one fragment";
    }
  }
}

TEST(H264Payloads, OfNoUnitAreNone) {
  EXPECT_TRUE(h264_payloads({}).empty());
  EXPECT_TRUE(h264_payloads(Bytes{0, 0, 1}).empty());
  EXPECT_TRUE(h264_payloads(Bytes{1, 2, 3, 4}).empty());
}

TEST(RtpPacket, HasItsHeaderAndTheTimeOfSending) {
  const Bytes packet = rtp_packet({.payload_type = 108,
                                   .marker = true,
                                   .sequence = 0x1234,
                                   .timestamp = 0x56789abc,
                                   .ssrc = 0xdef01234,
                                   .send_time_extension = 3},
                                  2'500'000, Bytes{1, 2});
  const Bytes expected{0x90, 0xec, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12,
                       0x34, 0xbe, 0xde, 0x00, 0x01, 0x32, 0x0a, 0x00, 0x00, 1,    2};
  EXPECT_EQ(packet, expected);
}

TEST(Feedback, IsReadFromACompoundPacket) {
  // A receiver's report that 64/256 were lost, two NACKs, a PLI, and 1 Mbit/s.
  const Bytes packet{0x81, 201, 0, 7, 0,   0,   0,   1,   0, 0,    0,    9,    64,   0, 0,    0,    0,
                     0,    0,   0, 0, 0,   0,   0,   0,   0, 0,    0,    0,    0,    0, 0,    0x81, 205,
                     0,    3,   0, 0, 0,   1,   0,   0,   0, 9,    0,    100,  0x80, 1, 0x81, 206,  0,
                     2,    0,   0, 0, 1,   0,   0,   0,   9, 0x8f, 206,  0,    5,    0, 0,    0,    1,
                     0,    0,   0, 0, 'R', 'E', 'M', 'B', 1, 0x0b, 0xd0, 0x90, 0,    0, 0,    9};
  const Feedback feedback = parse_feedback(packet, 9);
  EXPECT_EQ(feedback.lost, 0.25);
  EXPECT_EQ(feedback.missing, (std::vector<std::uint16_t>{100, 101, 116}));
  EXPECT_TRUE(feedback.key_wanted);
  EXPECT_EQ(feedback.bits_per_second, 0x3d090 << 2);
  const Feedback of_another = parse_feedback(packet, 10);
  EXPECT_FALSE(of_another.lost);
  EXPECT_TRUE(of_another.missing.empty());
  EXPECT_FALSE(of_another.key_wanted);
  for (std::size_t size = 0; size < packet.size(); ++size)  // a sanitizer sees what is read beyond
    (void)parse_feedback(Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)), 9);
}

TEST(SenderReport, IsWholeWordsAndNamesItsStream) {
  const Bytes packet =
      sender_report({.ssrc = 9, .rtp_time = 3, .packets = 4, .bytes = 5, .ntp_time = 1ULL << 32});
  ASSERT_EQ(packet.size() % 4, 0U);
  EXPECT_EQ(packet[1], 200);
  EXPECT_EQ(number_at(packet, 8, 8), 1ULL << 32);
  const std::size_t second = 4 * (number_at(packet, 2, 2) + 1);
  EXPECT_EQ(packet[second + 1], 202);
  EXPECT_EQ(second + 4 * (number_at(packet, second + 2, 2) + 1), packet.size());
}

TEST(LineRate, FallsWithLossGrowsWithoutAndHeedsACeiling) {
  LineRate rate;
  const int first = rate.bits_per_second();
  rate.hear({.lost = 0.0});
  EXPECT_GT(rate.bits_per_second(), first);
  const int more = rate.bits_per_second();
  rate.hear({.lost = 0.05});
  EXPECT_EQ(rate.bits_per_second(), more) << "some loss is no reason";
  rate.hear({.lost = 0.5});
  EXPECT_NEAR(rate.bits_per_second(), more * 0.75, 2);
  rate.hear({.bits_per_second = 400'000});
  EXPECT_NEAR(rate.bits_per_second(), 310'000, 2);
  for (int i = 0; i < 100; ++i) rate.hear({.lost = 0.9});
  EXPECT_EQ(rate.bits_per_second(), static_cast<int>(LineRate::kLeast));
}

TEST(EncoderWishes, AreForAKeyPictureNowAndThenAndForARateThatDiffers) {
  EncoderWishes wishes;
  EXPECT_FALSE(wishes.takes_key(1'000'000));
  wishes.want_key();
  EXPECT_TRUE(wishes.takes_key(1'000'000));
  wishes.want_key();
  EXPECT_FALSE(wishes.takes_key(1'100'000)) << "too soon";
  wishes.want_key(false);
  EXPECT_TRUE(wishes.takes_key(1'400'000)) << "it is not forgotten";
  EXPECT_FALSE(wishes.takes_key(9'000'000));

  EXPECT_EQ(wishes.takes_rate(0), 0);
  EXPECT_EQ(wishes.takes_rate(700'000), 700'000);
  EXPECT_EQ(wishes.takes_rate(710'000), 0) << "as good as before";
  EXPECT_EQ(wishes.takes_rate(600'000), 600'000);
}

}  // namespace
}  // namespace framegen::server::webrtc
