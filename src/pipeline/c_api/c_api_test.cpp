// c_api_test.cpp: codes instead of exceptions, messages, and structs of older headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "framegen/framegen.h"
#include "support/live_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

struct Handles {
  framegen_engine* engine = nullptr;
  framegen_avatar* avatar = nullptr;
  framegen_session* session = nullptr;
  ~Handles() {
    // What others need lives on: any order will do.
    framegen_engine_free(engine);
    framegen_avatar_free(avatar);
    framegen_session_free(session);
  }
};

void open(Handles& handles, const framegen_options* options) {
  ASSERT_EQ(framegen_engine_create(options, &handles.engine), FRAMEGEN_OK);
  ASSERT_EQ(framegen_avatar_open(handles.engine, test::golden_avatar().c_str(), &handles.avatar),
            FRAMEGEN_OK);
  ASSERT_EQ(framegen_session_create(handles.avatar, options, &handles.session), FRAMEGEN_OK);
}

TEST(CApi, SpeaksOneSegmentFromBeginningToEnd) {
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, nullptr));
  const auto speech = test::golden_speech_16bit();
  ASSERT_EQ(framegen_session_push(handles.session, speech.data(), speech.size()), FRAMEGEN_OK);
  ASSERT_EQ(framegen_session_finish(handles.session), FRAMEGEN_OK);
  framegen_output out;
  framegen_output_init(&out);
  std::vector<int> kinds;
  do {
    ASSERT_EQ(framegen_session_pull(handles.session, &out, -1), FRAMEGEN_OK);
    kinds.push_back(out.kind);
    if (out.kind > FRAMEGEN_KIND_SPEECH) continue;
    EXPECT_EQ(out.sound_samples, 640u);
    EXPECT_EQ(out.width, 640);
    EXPECT_EQ(out.height, 360);
    EXPECT_NE(out.pixels, nullptr);
    EXPECT_EQ(out.u, nullptr);
  } while (out.kind != FRAMEGEN_KIND_FINISHED);
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), FRAMEGEN_KIND_SPEECH), 36);
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), FRAMEGEN_KIND_SEGMENT_END), 1);
}

// More than the session holds at a time: nothing is lost, and nobody has to count.
TEST(CApi, SpeaksASegmentOfAnyLength) {
  framegen_options options;
  framegen_options_init(&options);
  options.max_buffer_ms = 1000;
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, &options));
  auto speech = test::golden_speech_16bit();
  ASSERT_GT(speech.size(), 16000u);
  ASSERT_EQ(framegen_session_speak(handles.session, speech.data(), speech.size()), FRAMEGEN_OK);
  ASSERT_EQ(framegen_session_finish(handles.session), FRAMEGEN_OK);
  EXPECT_EQ(framegen_session_speak(handles.session, speech.data(), 1), FRAMEGEN_BAD_USE);
  EXPECT_EQ(framegen_session_speak(handles.session, nullptr, 1), FRAMEGEN_BAD_USE);
  framegen_output out;
  framegen_output_init(&out);
  int spoken = 0;
  do {
    ASSERT_EQ(framegen_session_pull(handles.session, &out, -1), FRAMEGEN_OK);
    spoken += out.kind == FRAMEGEN_KIND_SPEECH ? 1 : 0;
    if (out.kind == FRAMEGEN_KIND_SEGMENT_END) {
      EXPECT_EQ(out.position_ms, std::ssize(speech) / 16);
    }
  } while (out.kind != FRAMEGEN_KIND_FINISHED);
  EXPECT_EQ(spoken, 36);
}

TEST(CApi, TakesStructsOfAnOlderHeader) {
  framegen_options options;
  framegen_options_init(&options);
  options.struct_size = offsetof(framegen_options, idle);  // a header that ended with sample_rate
  options.sample_rate = 24000;
  options.pixel_format = 77;  // what lies behind is not looked at
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, &options));
  framegen_output out;
  framegen_output_init(&out);
  out.struct_size = offsetof(framegen_output, u);
  const auto* untouched = reinterpret_cast<const std::uint8_t*>(&out);
  out.u = untouched;
  ASSERT_EQ(framegen_session_pull(handles.session, &out, -1), FRAMEGEN_OK);
  EXPECT_EQ(out.sound_samples, 960u);
  EXPECT_EQ(out.u, untouched);
}

TEST(CApi, GivesPlanes) {
  framegen_options options;
  framegen_options_init(&options);
  options.pixel_format = FRAMEGEN_I420;
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, &options));
  framegen_output out;
  framegen_output_init(&out);
  ASSERT_EQ(framegen_session_pull(handles.session, &out, -1), FRAMEGEN_OK);
  EXPECT_EQ(out.stride, 640);
  EXPECT_EQ(out.uv_stride, 320);
  EXPECT_EQ(out.v - out.u, 320 * 180);
}

TEST(CApi, EveryMisuseIsACodeAndALine) {
  EXPECT_EQ(framegen_engine_create(nullptr, nullptr), FRAMEGEN_BAD_USE);
  EXPECT_THAT(framegen_last_error(), HasSubstr("engine is null"));
  Handles handles;
  ASSERT_EQ(framegen_engine_create(nullptr, &handles.engine), FRAMEGEN_OK);
  EXPECT_EQ(framegen_avatar_open(handles.engine, "there/is/none", &handles.avatar), FRAMEGEN_BAD_AVATAR);
  EXPECT_THAT(framegen_last_error(), HasSubstr("there/is/none"));
  EXPECT_EQ(handles.avatar, nullptr);
  ASSERT_EQ(framegen_avatar_open(handles.engine, test::golden_avatar().c_str(), &handles.avatar),
            FRAMEGEN_OK);
  framegen_options options;
  framegen_options_init(&options);
  options.sample_rate = 12345;
  EXPECT_EQ(framegen_session_create(handles.avatar, &options, &handles.session), FRAMEGEN_BAD_USE);
  EXPECT_THAT(framegen_last_error(), HasSubstr("framegen_options.sample_rate: 12345 Hz"));
  options.struct_size = 0;
  EXPECT_EQ(framegen_session_create(handles.avatar, &options, &handles.session), FRAMEGEN_BAD_USE);
  framegen_options_init(&options);
  options.blend = 5;
  EXPECT_EQ(framegen_session_create(handles.avatar, &options, &handles.session), FRAMEGEN_BAD_USE);
  EXPECT_EQ(framegen_session_flush(nullptr), FRAMEGEN_BAD_USE);
  EXPECT_EQ(framegen_render_file(handles.avatar, "no-such.wav", "out.mp4", nullptr, nullptr),
            FRAMEGEN_BAD_INPUT);
}

TEST(CApi, WhatIsNullIsNamed) {
  framegen_options_init(nullptr);
  framegen_output_init(nullptr);
  const auto expect_named = [](framegen_status status, const char* what) {
    EXPECT_EQ(status, FRAMEGEN_BAD_USE);
    EXPECT_THAT(framegen_last_error(), HasSubstr(what));
  };
  expect_named(framegen_avatar_open(nullptr, "ava", nullptr), "engine, folder or avatar is null");
  expect_named(framegen_render_file(nullptr, "a.wav", "a.mp4", nullptr, nullptr),
               "avatar, audio or mp4 is null");
  expect_named(framegen_session_create(nullptr, nullptr, nullptr), "avatar or session is null");
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, nullptr));
  expect_named(framegen_session_push(handles.session, nullptr, 1), "session or samples is null");
  expect_named(framegen_session_push(nullptr, nullptr, 0), "session or samples is null");
  expect_named(framegen_session_pull(handles.session, nullptr, 0), "session or output is null");
  framegen_output out{};
  expect_named(framegen_session_pull(handles.session, &out, 0),
               "struct_size is not set; call framegen_output_init first");
  EXPECT_EQ(framegen_session_push(handles.session, nullptr, 0), FRAMEGEN_OK);
}

TEST(CApi, SaysAgainWhereItIsFullOrEmpty) {
  framegen_options options;
  framegen_options_init(&options);
  options.idle = FRAMEGEN_IDLE_NONE;
  options.max_buffer_ms = 1000;
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, &options));
  framegen_output out;
  framegen_output_init(&out);
  EXPECT_EQ(framegen_session_pull(handles.session, &out, 0), FRAMEGEN_AGAIN);
  const std::vector<std::int16_t> second(16000);
  EXPECT_EQ(framegen_session_push(handles.session, second.data(), 16000), FRAMEGEN_OK);
  EXPECT_EQ(framegen_session_push(handles.session, second.data(), 1), FRAMEGEN_AGAIN);
  EXPECT_EQ(framegen_session_interrupt(handles.session), FRAMEGEN_OK);
  ASSERT_EQ(framegen_session_pull(handles.session, &out, 0), FRAMEGEN_OK);
  EXPECT_EQ(out.kind, FRAMEGEN_KIND_SEGMENT_END);
  EXPECT_EQ(out.interrupted, 1);
}

TEST(CApi, RendersAFileAndCanBeStopped) {
  const test::TemporaryFolder folder;
  Handles handles;
  ASSERT_NO_FATAL_FAILURE(open(handles, nullptr));
  const std::string mp4 = (folder / "out.mp4").string();
  const auto stop = [](void*, std::int64_t, std::int64_t) { return 1; };
  EXPECT_EQ(
      framegen_render_file(handles.avatar, "tests/golden/pipeline/speech.wav", mp4.c_str(), stop, nullptr),
      FRAMEGEN_CANCELLED);
  EXPECT_FALSE(std::filesystem::exists(mp4));
  EXPECT_EQ(
      framegen_render_file(handles.avatar, "tests/golden/pipeline/speech.wav", mp4.c_str(), nullptr, nullptr),
      FRAMEGEN_OK);
  EXPECT_GT(std::filesystem::file_size(mp4), 1000u);
}

}  // namespace
}  // namespace framegen
