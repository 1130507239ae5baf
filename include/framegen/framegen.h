/* framegen.h: live and offline speech for C and every binding. The same as the C++ API, which says more
 * (engine.hpp, avatar.hpp, live.hpp, render.hpp).
 *
 *   framegen_options options;
 *   framegen_options_init(&options);
 *   framegen_engine_create(&options, &engine);
 *   framegen_avatar_open(engine, "assets/avatars/ava", &avatar);
 *   framegen_session_create(avatar, &options, &session);
 *   framegen_session_speak(session, samples, count);
 *   framegen_output_init(&output);
 *   framegen_session_pull(session, &output, -1);          every 40 ms, or as fast as you like
 *
 * Every function that can fail gives a framegen_status; framegen_last_error() says in one line what, where
 * and what to do. No C++ exception leaves the library. All handles may be null in _free functions. */
#ifndef FRAMEGEN_FRAMEGEN_H
#define FRAMEGEN_FRAMEGEN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FRAMEGEN_C_EXPORT __attribute__((visibility("default")))
#else
#define FRAMEGEN_C_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum framegen_status {
  FRAMEGEN_OK = 0,
  FRAMEGEN_INTERNAL = 1,   /* a fault of ours, or the machine refused memory or threads */
  FRAMEGEN_BAD_USE = 2,    /* an argument is null, contradictory or out of range */
  FRAMEGEN_BAD_INPUT = 3,  /* the audio cannot be read as what it should be */
  FRAMEGEN_BAD_AVATAR = 4, /* the avatar or one of its networks is missing or broken */
  FRAMEGEN_BAD_OUTPUT = 5, /* the output cannot be written */
  FRAMEGEN_AGAIN = 6,      /* push: full, nothing was taken, pull first; pull: nothing yet */
  FRAMEGEN_CANCELLED = 130
} framegen_status;

typedef enum framegen_idle { FRAMEGEN_IDLE_LOOP = 0, FRAMEGEN_IDLE_NONE = 1 } framegen_idle;
typedef enum framegen_pixel_format { FRAMEGEN_BGR = 0, FRAMEGEN_I420 = 1 } framegen_pixel_format;
typedef enum framegen_blend { FRAMEGEN_BLEND_REFERENCE = 0, FRAMEGEN_BLEND_FEATHER = 1 } framegen_blend;

typedef enum framegen_kind {
  FRAMEGEN_KIND_IDLE = 1,        /* a picture of the presenter at rest */
  FRAMEGEN_KIND_SPEECH = 2,      /* a picture of the presenter speaking */
  FRAMEGEN_KIND_SEGMENT_END = 3, /* no picture: a segment is over */
  FRAMEGEN_KIND_FINISHED = 4     /* no picture: framegen_session_finish was called, and this is all */
} framegen_kind;

/* Of engines and sessions; each looks at its own part. Callers of older headers pass a smaller struct_size.
 */
typedef struct framegen_options {
  size_t struct_size;
  int threads;           /* engine: 1 … 1024; 0: one per core. Default 0 */
  int sample_rate;       /* Hz, in and out; 8000 … 48000, divisible by 25. Default 16000 */
  int idle;              /* framegen_idle. Default FRAMEGEN_IDLE_LOOP */
  int pixel_format;      /* framegen_pixel_format. Default FRAMEGEN_BGR */
  int look_ahead_ms;     /* 173 … 453; -1: all. Default -1 */
  int max_buffer_ms;     /* 1000 … 600000. Default 30000 */
  int cross_fade_frames; /* 0 … 25. Default 4 */
  int silence_gate_db;   /* -90 … 0; 0: off. Default 0 */
  int blend;             /* framegen_blend. Default FRAMEGEN_BLEND_REFERENCE */
} framegen_options;

/* Pointers are valid until the session's next pull. */
typedef struct framegen_output {
  size_t struct_size;
  int kind; /* framegen_kind */
  uint32_t segment;
  int64_t pts_us, position_ms;
  int interrupted;
  const uint8_t* pixels; /* B,G,R, or the Y plane; null where there is no picture */
  int width, height;     /* of the picture, pixels */
  ptrdiff_t stride;      /* bytes from one row to the next */
  const int16_t* sound;  /* sample_rate / 25 samples with every picture */
  size_t sound_samples;
  const uint8_t *u, *v; /* FRAMEGEN_I420: planes of half the width and height, rounded up */
  ptrdiff_t uv_stride;
} framegen_output;

typedef struct framegen_engine framegen_engine;
typedef struct framegen_avatar framegen_avatar;
typedef struct framegen_session framegen_session;

FRAMEGEN_C_EXPORT void framegen_options_init(framegen_options* options);
FRAMEGEN_C_EXPORT void framegen_output_init(framegen_output* output);

/* options may be null: the defaults. *engine is set to null where it fails. An engine lives on as long as its
 * avatars and sessions, freed or not. */
FRAMEGEN_C_EXPORT framegen_status framegen_engine_create(const framegen_options* options,
                                                         framegen_engine** engine);
FRAMEGEN_C_EXPORT void framegen_engine_free(framegen_engine* engine);

FRAMEGEN_C_EXPORT framegen_status framegen_avatar_open(framegen_engine* engine, const char* folder,
                                                       framegen_avatar** avatar);
FRAMEGEN_C_EXPORT void framegen_avatar_free(framegen_avatar* avatar);

/* An audio file becomes an MP4. progress (may be null) is called about ten times a second with the frames
 * done and the frames in all (-1: unknown); anything but 0 cancels. */
FRAMEGEN_C_EXPORT framegen_status framegen_render_file(framegen_avatar* avatar, const char* audio,
                                                       const char* mp4,
                                                       int (*progress)(void* user, int64_t done, int64_t all),
                                                       void* user);

/* One thread pushes and one pulls; interrupt may come from any thread. */
FRAMEGEN_C_EXPORT framegen_status framegen_session_create(framegen_avatar* avatar,
                                                          const framegen_options* options,
                                                          framegen_session** session);
FRAMEGEN_C_EXPORT void framegen_session_free(framegen_session* session);
/* A whole segment, however long, mono: copied, and taken as pulls make room. */
FRAMEGEN_C_EXPORT framegen_status framegen_session_speak(framegen_session* session, const int16_t* samples,
                                                         size_t count);
/* Sound as it comes, mono. All or nothing; FRAMEGEN_AGAIN: full, nothing was taken, pull first. */
FRAMEGEN_C_EXPORT framegen_status framegen_session_push(framegen_session* session, const int16_t* samples,
                                                        size_t count);
FRAMEGEN_C_EXPORT framegen_status framegen_session_flush(framegen_session* session);
FRAMEGEN_C_EXPORT framegen_status framegen_session_interrupt(framegen_session* session);
FRAMEGEN_C_EXPORT framegen_status framegen_session_finish(framegen_session* session);
/* wait_ms: for a face that is being made; -1: until it is there. FRAMEGEN_AGAIN: nothing yet
 * (FRAMEGEN_IDLE_NONE alone). */
FRAMEGEN_C_EXPORT framegen_status framegen_session_pull(framegen_session* session, framegen_output* output,
                                                        int wait_ms);

/* The last failure on the calling thread, in one line; "" where there was none. Valid until the thread's next
 * failure. */
FRAMEGEN_C_EXPORT const char* framegen_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
