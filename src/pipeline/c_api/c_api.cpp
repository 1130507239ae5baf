// c_api.cpp: the C face of the library: handles in, codes out, no exception past this file.
#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>

#include "core/words.hpp"
#include "framegen/framegen.h"
#include "framegen/framegen.hpp"

// Handles share what they need, so that they may be freed in any order.
struct framegen_engine {
  std::shared_ptr<framegen::Engine> engine;
};
struct framegen_avatar {
  std::shared_ptr<framegen::Engine> engine;
  std::shared_ptr<const framegen::Avatar> avatar;
};
struct framegen_session {
  framegen_avatar avatar;
  framegen::LiveSession session;
};

namespace {

using framegen::Error;
using framegen::ErrorCode;
using framegen::Result;
using framegen::Status;

thread_local std::string last_error;

// The C++ API's names as framegen.h has them.
constexpr framegen::Word kWords[] = {{"LiveOptions::sample_rate_hz", "framegen_options.sample_rate"},
                                     {"LiveOptions::", "framegen_options."},
                                     {"EngineOptions::", "framegen_options."},
                                     {"LiveSession::", "framegen_session_"},
                                     {"Engine::create", "framegen_engine_create"},
                                     {"Avatar::open", "framegen_avatar_open"},
                                     {"speak()", "framegen_session_speak"},
                                     {"finish()", "framegen_session_finish"},
                                     {"RenderJob::audio", "audio"},
                                     {"RenderJob::video", "mp4"}};

framegen_status fail(const Error& error) {
  last_error = framegen::in_words(error, kWords).message();
  return static_cast<framegen_status>(error.code);
}

// `call` gives a Result<framegen_status>.
template <class Call>
framegen_status guarded(const char* function, const Call& call) noexcept {
  try {
    try {
      const Result<framegen_status> result = call();
      return result ? *result : fail(result.error());
    } catch (const std::bad_alloc&) {
      return fail({ErrorCode::kInternal, function, "out of memory", "use fewer threads or a smaller buffer"});
    } catch (const std::exception& e) {
      return fail({ErrorCode::kInternal, function, e.what(), "this is a bug of ours: please report it"});
    }
  } catch (...) {
    return FRAMEGEN_INTERNAL;
  }
}

Error null(const char* function, const char* argument) {
  return {ErrorCode::kBadUse, function, std::string(argument) + " is null", "pass one"};
}

// The caller's options over the defaults, as many bytes as the caller's header knew.
Result<framegen_options> whole(const framegen_options* given) {
  framegen_options options;
  framegen_options_init(&options);
  if (given == nullptr) return options;
  if (given->struct_size < sizeof(std::size_t))
    return Error{ErrorCode::kBadUse, "framegen_options", "struct_size is not set",
                 "call framegen_options_init first"};
  std::memcpy(&options, given, std::min(given->struct_size, sizeof options));
  return options;
}

Result<framegen::LiveOptions> live_options(const framegen_options& given) {
  if (given.idle < 0 || given.idle > 1 || given.pixel_format < 0 || given.pixel_format > 1 ||
      given.blend < 0 || given.blend > 1)
    return Error{ErrorCode::kBadUse, "framegen_options", "idle, pixel_format or blend is out of range",
                 "use the enums of framegen.h"};
  framegen::LiveOptions options;
  options.sample_rate_hz = given.sample_rate;
  options.idle = static_cast<framegen::Idle>(given.idle);
  options.format = static_cast<framegen::PixelFormat>(given.pixel_format);
  options.look_ahead_ms = given.look_ahead_ms;
  options.max_buffer_ms = given.max_buffer_ms;
  options.cross_fade_frames = given.cross_fade_frames;
  options.silence_gate_db = given.silence_gate_db;
  options.blend = static_cast<framegen::Blend>(given.blend);
  return options;
}

framegen_output output_of(const framegen::LiveOutput& out, int kind) {
  framegen_output output;
  framegen_output_init(&output);
  output.kind = kind;
  output.segment = out.segment;
  output.pts_us = out.pts_us;
  output.position_ms = out.position_ms;
  output.interrupted = out.interrupted ? 1 : 0;
  const framegen::Frame& frame = out.frame;
  const bool planes = frame.planes[0] != nullptr;
  output.pixels = planes ? frame.planes[0] : frame.bgr.data;
  output.stride = planes ? frame.plane_strides[0] : frame.bgr.stride;
  output.width = frame.width;
  output.height = frame.height;
  output.u = frame.planes[1];
  output.v = frame.planes[2];
  output.uv_stride = frame.plane_strides[1];
  output.sound = out.sound.data();
  output.sound_samples = out.sound.size();
  return output;
}

int kind_of(framegen::LivePulled pulled) {
  switch (pulled) {
    case framegen::LivePulled::kSpeech:
      return FRAMEGEN_KIND_SPEECH;
    case framegen::LivePulled::kSegmentEnd:
      return FRAMEGEN_KIND_SEGMENT_END;
    case framegen::LivePulled::kFinished:
      return FRAMEGEN_KIND_FINISHED;
    default:
      return FRAMEGEN_KIND_IDLE;
  }
}

template <class Call>
framegen_status on_session(framegen_session* session, const char* function, const Call& call) noexcept {
  return guarded(function, [&]() -> Result<framegen_status> {
    if (session == nullptr) return null(function, "session");
    FRAMEGEN_TRY(call(session->session));
    return FRAMEGEN_OK;
  });
}

}  // namespace

void framegen_options_init(framegen_options* options) {
  if (options == nullptr) return;
  const framegen::LiveOptions live;
  *options = {sizeof(framegen_options),
              0,
              live.sample_rate_hz,
              FRAMEGEN_IDLE_LOOP,
              FRAMEGEN_BGR,
              live.look_ahead_ms,
              live.max_buffer_ms,
              live.cross_fade_frames,
              live.silence_gate_db,
              FRAMEGEN_BLEND_REFERENCE};
}

void framegen_output_init(framegen_output* output) {
  if (output == nullptr) return;
  *output = framegen_output{};
  output->struct_size = sizeof(framegen_output);
}

framegen_status framegen_engine_create(const framegen_options* options, framegen_engine** engine) {
  return guarded("framegen_engine_create", [&]() -> Result<framegen_status> {
    if (engine == nullptr) return null("framegen_engine_create", "engine");
    *engine = nullptr;
    framegen::EngineOptions engine_options;
    engine_options.threads = FRAMEGEN_TRY(whole(options)).threads;
    auto made = FRAMEGEN_TRY(framegen::Engine::create(engine_options));
    *engine = new framegen_engine{std::make_shared<framegen::Engine>(std::move(made))};
    return FRAMEGEN_OK;
  });
}

void framegen_engine_free(framegen_engine* engine) { delete engine; }

framegen_status framegen_avatar_open(framegen_engine* engine, const char* folder, framegen_avatar** avatar) {
  return guarded("framegen_avatar_open", [&]() -> Result<framegen_status> {
    if (engine == nullptr || folder == nullptr || avatar == nullptr)
      return null("framegen_avatar_open", "engine, folder or avatar");
    *avatar = nullptr;
    auto opened = FRAMEGEN_TRY(framegen::Avatar::open(*engine->engine, folder));
    *avatar = new framegen_avatar{engine->engine, std::move(opened)};
    return FRAMEGEN_OK;
  });
}

void framegen_avatar_free(framegen_avatar* avatar) { delete avatar; }

framegen_status framegen_render_file(framegen_avatar* avatar, const char* audio, const char* mp4,
                                     int (*progress)(void* user, int64_t done, int64_t all), void* user) {
  return guarded("framegen_render_file", [&]() -> Result<framegen_status> {
    if (avatar == nullptr || audio == nullptr || mp4 == nullptr)
      return null("framegen_render_file", "avatar, audio or mp4");
    framegen::RenderJob job;
    job.audio = audio;
    job.video = mp4;
    FRAMEGEN_TRY(framegen::render(*avatar->engine, avatar->avatar, job, [&](const framegen::Progress& p) {
      return progress == nullptr || progress(user, p.frames_done, p.frames_all.value_or(-1)) == 0;
    }));
    return FRAMEGEN_OK;
  });
}

framegen_status framegen_session_create(framegen_avatar* avatar, const framegen_options* options,
                                        framegen_session** session) {
  return guarded("framegen_session_create", [&]() -> Result<framegen_status> {
    if (avatar == nullptr || session == nullptr) return null("framegen_session_create", "avatar or session");
    *session = nullptr;
    const framegen_options given = FRAMEGEN_TRY(whole(options));
    const auto live = FRAMEGEN_TRY(live_options(given));
    auto made = FRAMEGEN_TRY(framegen::LiveSession::create(avatar->avatar, live));
    *session = new framegen_session{*avatar, std::move(made)};
    return FRAMEGEN_OK;
  });
}

void framegen_session_free(framegen_session* session) { delete session; }

framegen_status framegen_session_speak(framegen_session* session, const int16_t* samples, size_t count) {
  return guarded("framegen_session_speak", [&]() -> Result<framegen_status> {
    if (session == nullptr || (samples == nullptr && count > 0))
      return null("framegen_session_speak", "session or samples");
    FRAMEGEN_TRY(session->session.speak({samples, count}));
    return FRAMEGEN_OK;
  });
}

framegen_status framegen_session_push(framegen_session* session, const int16_t* samples, size_t count) {
  return guarded("framegen_session_push", [&]() -> Result<framegen_status> {
    if (session == nullptr || (samples == nullptr && count > 0))
      return null("framegen_session_push", "session or samples");
    return FRAMEGEN_TRY(session->session.push({samples, count})) ? FRAMEGEN_OK : FRAMEGEN_AGAIN;
  });
}

framegen_status framegen_session_flush(framegen_session* session) {
  return on_session(session, "framegen_session_flush", [](auto& s) { return s.flush(); });
}

framegen_status framegen_session_interrupt(framegen_session* session) {
  return on_session(session, "framegen_session_interrupt", [](auto& s) { return s.interrupt(); });
}

framegen_status framegen_session_finish(framegen_session* session) {
  return on_session(session, "framegen_session_finish", [](auto& s) { return s.finish(); });
}

framegen_status framegen_session_pull(framegen_session* session, framegen_output* output, int wait_ms) {
  return guarded("framegen_session_pull", [&]() -> Result<framegen_status> {
    if (session == nullptr || output == nullptr) return null("framegen_session_pull", "session or output");
    if (output->struct_size < sizeof(std::size_t))
      return Error{ErrorCode::kBadUse, "framegen_output", "struct_size is not set",
                   "call framegen_output_init first"};
    framegen::LiveOutput out;
    const auto pulled = FRAMEGEN_TRY(session->session.pull(out, std::chrono::milliseconds(wait_ms)));
    if (pulled == framegen::LivePulled::kAgain) return FRAMEGEN_AGAIN;
    framegen_output filled = output_of(out, kind_of(pulled));
    filled.struct_size = std::min(output->struct_size, sizeof filled);
    std::memcpy(output, &filled, filled.struct_size);
    return FRAMEGEN_OK;
  });
}

const char* framegen_last_error(void) { return last_error.c_str(); }
