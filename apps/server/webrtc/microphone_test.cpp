// microphone_test.cpp: what OpusEncoder made comes back as sound, whatever the line does to its packets.
#include "webrtc/microphone.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "webrtc/opus.hpp"
#include "webrtc/rtp.hpp"

namespace framegen::server::webrtc {
namespace {

constexpr int kRate = 16000, kPieces = 50;
constexpr std::uint16_t kFirst = 65530;  // the numbers wrap on the way
constexpr std::uint32_t kFirstTime = 0xFFFFF000;

// A second of a tone whose loudness rises and falls.
std::vector<std::int16_t> tone() {
  std::vector<std::int16_t> samples(kRate);
  for (int i = 0; i < kRate; ++i) {
    const double t = static_cast<double>(i) / kRate, turn = 2 * std::numbers::pi;
    samples[static_cast<std::size_t>(i)] =
        static_cast<std::int16_t>(12000 * std::sin(turn * 300 * t) * std::abs(std::sin(turn * 2 * t)));
  }
  return samples;
}

class MicrophoneTest : public ::testing::Test {
 protected:
  MicrophoneTest() {
    auto encoder = OpusEncoder::create(kRate);
    EXPECT_TRUE(encoder.ok());
    packets_ = encoder->encode(tone()).value();
    EXPECT_EQ(packets_.size(), static_cast<std::size_t>(kPieces));
    auto made = Microphone::create(kRate);
    EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message());
    microphone_.emplace(*std::move(made));
  }
  void hear(int number) {
    RtpHeader header;
    header.payload_type = 111;
    header.sequence = static_cast<std::uint16_t>(kFirst + number);
    header.timestamp = kFirstTime + 960 * static_cast<std::uint32_t>(number);
    header.ssrc = 7;
    header.send_time_extension = 3;
    const Bytes packet = rtp_packet(header, 12345, packets_[static_cast<std::size_t>(number)]);
    RtpPacket parsed;
    ASSERT_TRUE(parse_rtp(packet, parsed));
    EXPECT_EQ(parsed.payload_type, 111);
    ASSERT_EQ(parsed.payload.size(), packets_[static_cast<std::size_t>(number)].size());
    const auto samples = microphone_->take(parsed);
    heard_.insert(heard_.end(), samples.begin(), samples.end());
  }
  // Of the loudness of each 20 ms, against the tone's, at the delay that fits best.
  double likeness() const {
    const auto loudness = [](std::span<const std::int16_t> samples) {
      std::vector<double> loud;
      for (std::size_t at = 0; at + 320 <= samples.size(); at += 320) {
        double sum = 0;
        for (const std::int16_t s : samples.subspan(at, 320)) sum += double{1} * s * s;
        loud.push_back(std::sqrt(sum));
      }
      return loud;
    };
    const auto truth = tone();
    const auto a = loudness(truth);
    double best = 0;
    for (std::size_t delay = 0; delay < 960 && delay < heard_.size(); delay += 80) {
      const auto b = loudness(std::span(heard_).subspan(delay));
      double ab = 0, aa = 0, bb = 0;
      for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
      }
      best = std::max(best, ab / std::sqrt(aa * bb + 1));
    }
    return best;
  }
  std::vector<Bytes> packets_;
  std::optional<Microphone> microphone_;
  std::vector<std::int16_t> heard_;
};

TEST_F(MicrophoneTest, HearsWhatWasSaid) {
  for (int i = 0; i < kPieces; ++i) hear(i);
  EXPECT_NEAR(static_cast<double>(heard_.size()), kRate, 400);  // a resampler keeps a little
  EXPECT_GT(likeness(), 0.98);
}

TEST_F(MicrophoneTest, PutsInOrderWhatCameInAnother) {
  for (int i = 0; i < kPieces; i += 2) {
    hear(i + 1);
    hear(i);
    hear(i);  // twice
  }
  // The very first came behind the second, which had begun everything: it is left out.
  EXPECT_NEAR(static_cast<double>(heard_.size()), kRate - 320, 400);
  EXPECT_GT(likeness(), 0.9);
}

TEST_F(MicrophoneTest, WhatIsLostIsSilenceAndNothingMoves) {
  for (int i = 0; i < kPieces; ++i)
    if ((i % 10 != 4 || i > 40) && i != 25) hear(i);
  EXPECT_NEAR(static_cast<double>(heard_.size()), kRate, 400);
  EXPECT_GT(likeness(), 0.9);
}

TEST_F(MicrophoneTest, WhoCountsAnewIsHeardAfterASecond) {
  RtpPacket far{111, static_cast<std::uint16_t>(kFirst + 20000), kFirstTime, packets_[0]};
  (void)microphone_->take(far);
  packets_.insert(packets_.begin(), 60, packets_[0]);
  for (int i = 0; i < 60 + kPieces; ++i) hear(i);
  EXPECT_GT(heard_.size(), static_cast<std::size_t>(kRate));
}

TEST_F(MicrophoneTest, GarbageIsNoSoundAndEndsNothing) {
  RtpPacket parsed;
  for (std::size_t size = 0; size < 12; ++size) EXPECT_FALSE(parse_rtp(Bytes(size, 0x80), parsed));
  Bytes broken(20, 0);
  broken[0] = 0x8F;  // fifteen sources that are not there
  EXPECT_FALSE(parse_rtp(broken, parsed));
  broken[0] = 0x90;
  broken[15] = 200;  // an extension longer than the packet
  EXPECT_FALSE(parse_rtp(broken, parsed));
  broken[0] = 0xA0;
  broken[19] = 9;  // more padding than payload
  EXPECT_FALSE(parse_rtp(broken, parsed));
  const Bytes noise(100, 0xFF);
  for (std::uint16_t i = 0; i < 20; ++i)
    (void)microphone_->take({111, static_cast<std::uint16_t>(kFirst + i), kFirstTime + 960U * i, noise});
  packets_.insert(packets_.begin(), 20, Bytes());
  for (int i = 20; i < 20 + kPieces; ++i) hear(i);
  EXPECT_GT(heard_.size(), static_cast<std::size_t>(kRate) / 2);
}

}  // namespace
}  // namespace framegen::server::webrtc
