// protocol_test.cpp: messages in both directions, and what is refused.
#include "protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace framegen::server {
namespace {

using ::testing::HasSubstr;

TEST(Protocol, ReadsAStart) {
  const auto control = parse_control(
      R"({"type":"start","avatar":"anna","audio":{"rate":24000,"channels":2},"video":{"format":"i420","quality":70},
          "pace":"fast","idle":"none","blend":"feather","look_ahead_ms":200,"silence_gate_db":-50})");
  ASSERT_TRUE(control.ok());
  const Start& start = std::get<Start>(*control);
  EXPECT_EQ(start.avatar, "anna");
  EXPECT_EQ(start.live.sample_rate_hz, 24000);
  EXPECT_EQ(start.channels, 2);
  EXPECT_EQ(start.video, VideoFormat::kI420);
  EXPECT_EQ(start.live.format, PixelFormat::kI420);
  EXPECT_EQ(start.quality, 70);
  EXPECT_TRUE(start.fast);
  EXPECT_EQ(start.live.idle, Idle::kNone);
  EXPECT_EQ(start.live.blend, Blend::kFeather);
  EXPECT_EQ(start.live.look_ahead_ms, 200);
  EXPECT_EQ(start.live.silence_gate_db, -50);
}

TEST(Protocol, HasDefaultsForAllOfIt) {
  const auto control = parse_control(R"({"type":"start"})");
  ASSERT_TRUE(control.ok());
  const Start& start = std::get<Start>(*control);
  EXPECT_EQ(start.live.sample_rate_hz, 16000);
  EXPECT_EQ(start.video, VideoFormat::kJpeg);
  EXPECT_FALSE(start.fast);
}

TEST(Protocol, RefusesWhatIsWrongAndSaysWhatIsRight) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "JSON object"},
      {"[1]", "JSON object"},
      {"{\"type\":7}", "start, say, flush, interrupt or stop"},
      {"{\"type\":\"begin\"}", "start, say, flush, interrupt or stop"},
      {R"({"type":"start","avatar":3})", "avatar's name"},
      {R"({"type":"start","audio":{"rate":"16k"}})", "whole number"},
      {R"({"type":"start","audio":{"channels":3}})", "from 1 to 2"},
      {R"({"type":"start","video":{"format":"vp8"}})", "jpeg, i420, bgr, none, h264"},
      {R"({"type":"start","video":{"quality":1e99}})", "from 1 to 100"},
      {R"({"type":"start","pace":null})", "realtime, fast"},
      {R"({"type":"start","audio":16000})", "an object"},
      {R"({"type":"start","lookahead_ms":200})", "start.\"lookahead_ms\": is not a key"},
      {R"({"type":"start","audio":{"sample_rate":16000}})", "audio.\"sample_rate\": is not a key"},
      {R"({"type":"start","video":{"fps":50}})", "give some of: format, quality, region"}};
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(text);
    const auto control = parse_control(text);
    ASSERT_FALSE(control.ok());
    EXPECT_EQ(control.error().code, ErrorCode::kBadUse);
    EXPECT_THAT(control.error().message(), HasSubstr(expected));
  }
}

TEST(Protocol, RefusesDepthBeforeItWalksIt) {
  // 190 KB, as much as one message may bring: its copy alone was the stack's end.
  const std::size_t levels = 95'000;
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{\"x\":", "}")}) {
    std::string deep;
    for (std::size_t i = 0; i < levels; ++i) deep += open;
    deep += "1";
    for (std::size_t i = 0; i < levels; ++i) deep += close;
    for (const char* key : {"audio", "video", "avatar", "idle", "unknown"}) {
      SCOPED_TRACE(key);
      const auto control = parse_control(R"({"type":"start",")" + std::string(key) + "\":" + deep + "}");
      ASSERT_FALSE(control.ok());
      EXPECT_THAT(control.error().message(), HasSubstr("brackets"));
    }
  }
  EXPECT_TRUE(
      parse_control(R"({"type":"flush","unknown":[[[["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"["]]]]})").ok());
  EXPECT_FALSE(is_deeper(std::string(32, '[')));
  EXPECT_TRUE(is_deeper(std::string(33, '[')));
}

TEST(Protocol, LaysMediaOutAsDocumented) {
  LiveOutput out;
  out.frame.width = 1280;
  out.frame.height = 720;
  out.pts_us = 0x0102030405060708;
  out.segment = 9;
  const std::vector<std::int16_t> sound = {1, -2};
  out.sound = sound;
  const std::vector<std::uint8_t> picture = {7, 8, 9};
  std::vector<std::uint8_t> expected = {'F', 'G', 'M', '1', 2,    1, 32, 0, 8,    7,    6, 5, 4,
                                        3,   2,   1,   9,   0,    0, 0,  4, 0,    0,    0, 3, 0,
                                        0,   0,   0,   5,   0xD0, 2, 1,  0, 0xFE, 0xFF, 7, 8, 9};
  EXPECT_EQ(media_message(out, true, true, {picture}), expected);
  expected[5] = 3;
  EXPECT_EQ(media_message(out, true, true, {picture, true}), expected);
  const auto dropped = media_message(out, false, false, {});
  EXPECT_EQ(dropped.size(), 36u);
  EXPECT_EQ(dropped[4], 1);
  EXPECT_EQ(dropped[5], 0);
}

TEST(Protocol, SaysErrorsInThreeParts) {
  const auto json =
      nlohmann::json::parse(error_message({ErrorCode::kBadUse, "audio.rate", "is \xFF odd", "give another"}));
  EXPECT_EQ(json["type"], "error");
  EXPECT_EQ(json["what"], "audio.rate");
  EXPECT_EQ(json["do"], "give another");
  const auto own = nlohmann::json::parse(error_message(
      {ErrorCode::kBadUse, "LiveOptions::sample_rate_hz", "is odd", "raise LiveOptions::max_buffer_ms"}));
  EXPECT_EQ(own["what"], "audio.rate");
  EXPECT_EQ(own["do"], "raise max_buffer_ms");
}

}  // namespace
}  // namespace framegen::server
