/* live.c: a presenter speaks, from C.   live_c AVATAR SPEECH.s16   (16 kHz mono 16-bit samples) */
#include <framegen/framegen.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  framegen_engine* engine = NULL;
  framegen_avatar* avatar = NULL;
  framegen_session* session = NULL;
  FILE* speech = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (speech == NULL) return fprintf(stderr, "use: live_c AVATAR SPEECH.s16\n"), FRAMEGEN_BAD_USE;
  const long bytes = fseek(speech, 0, SEEK_END) == 0 ? ftell(speech) : 0;
  const size_t count = bytes > 0 ? (size_t)bytes / sizeof(int16_t) : 0;
  int16_t* samples = malloc(count * sizeof(int16_t) + 1);
  rewind(speech);
  if (samples == NULL || fread(samples, sizeof(int16_t), count, speech) != count)
    return fprintf(stderr, "error: %s cannot be read\n", argv[2]), FRAMEGEN_BAD_INPUT;
  framegen_status status = framegen_engine_create(NULL, &engine);
  if (status == FRAMEGEN_OK) status = framegen_avatar_open(engine, argv[1], &avatar);
  if (status == FRAMEGEN_OK) status = framegen_session_create(avatar, NULL, &session);
  /* However long. Of a microphone: framegen_session_push, piece by piece, and pull in between. */
  if (status == FRAMEGEN_OK) status = framegen_session_speak(session, samples, count);
  if (status == FRAMEGEN_OK) status = framegen_session_finish(session);
  framegen_output out;
  framegen_output_init(&out);
  int speaking = 0;
  while (status == FRAMEGEN_OK && out.kind != FRAMEGEN_KIND_FINISHED) {
    status = framegen_session_pull(session, &out, -1); /* out.pixels and out.sound belong together */
    if (out.kind == FRAMEGEN_KIND_SPEECH) ++speaking;
    if (out.kind == FRAMEGEN_KIND_SEGMENT_END)
      printf("%d pictures spoke %lld ms\n", speaking, (long long)out.position_ms);
  }
  if (status != FRAMEGEN_OK) fprintf(stderr, "error: %s\n", framegen_last_error());
  framegen_session_free(session), framegen_avatar_free(avatar), framegen_engine_free(engine);
  free(samples), fclose(speech);
  return status;
}
