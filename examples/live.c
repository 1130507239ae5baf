/* live.c: a presenter speaks live, from C.   live_c AVATAR SPEECH.s16   (16 kHz mono 16-bit samples) */
#include <framegen/framegen.h>
#include <stdio.h>

int main(int argc, char** argv) {
  framegen_engine* engine = NULL;
  framegen_avatar* avatar = NULL;
  framegen_session* session = NULL;
  int16_t second[16000];
  FILE* speech = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (speech == NULL) return fprintf(stderr, "use: live_c AVATAR SPEECH.s16\n"), FRAMEGEN_BAD_USE;
  framegen_status status = framegen_engine_create(NULL, &engine);
  if (status == FRAMEGEN_OK) status = framegen_avatar_open(engine, argv[1], &avatar);
  if (status == FRAMEGEN_OK) status = framegen_session_create(avatar, NULL, &session);
  for (size_t got; status == FRAMEGEN_OK && (got = fread(second, 2, 16000, speech)) > 0;)
    status = framegen_session_push(session, second, got); /* FRAMEGEN_AGAIN after 30 s: pull before */
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
  framegen_session_free(session), framegen_avatar_free(avatar), framegen_engine_free(engine), fclose(speech);
  return status;
}
