/* stranger.c: a C compiler and the installed library are enough. */
#include <framegen/framegen.h>

int main(void) {
  framegen_engine* engine = NULL;
  framegen_avatar* avatar = NULL;
  if (framegen_engine_create(NULL, &engine) != FRAMEGEN_OK) return 1;
  framegen_status status = framegen_avatar_open(engine, "there/is/none", &avatar);
  framegen_engine_free(engine);
  return status == FRAMEGEN_BAD_AVATAR && framegen_last_error()[0] != '\0' ? 0 : 1;
}
