// fail_nth.c: preloaded into framegen: the n-th call of one kind fails, all others work.
//   FAIL_CALL=malloc|write|read|rename|thread|library FAIL_N=17 LD_PRELOAD=fail_nth.so framegen …
// Threads change which call is the n-th; a place in the program they do not change:
//   FAIL_CALL=malloc FAIL_PLACES=list …   fails nothing, writes a line "<place> <n>" for each call from a
//   stack of callers not seen before FAIL_CALL=malloc FAIL_PLACE=<place> … the first call from there fails
// With FAIL_N=0 nothing fails, and FAIL_COUNT names a file that receives the number of calls. FAIL_TRACE
// names a file that receives where the call that failed stood (for addr2line).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;
static long fail_n = -1;
static const char* fail_call = "";
static const char* places_path;
static unsigned long fail_place;

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

// Counting begins with main: what libraries allocate before it, no program can answer for.
static int (*real_main)(int, char**, char**);
static int counted_main(int count, char** words, char** environment) {
  const char* n = getenv("FAIL_N");
  const char* call = getenv("FAIL_CALL");
  void* frames[1];
  backtrace(frames, 1);  // loads what it needs now, not inside a failing malloc
  const char* place = getenv("FAIL_PLACE");
  places_path = getenv("FAIL_PLACES");
  if (place != NULL) fail_place = strtoul(place, NULL, 16);
  if (call != NULL) {
    fail_call = call;
    fail_n = n != NULL ? atol(n) : 0;
  }
  return real_main(count, words, environment);
}

typedef int (*StartMain)(int (*)(int, char**, char**), int, char**, void (*)(void), void (*)(void),
                         void (*)(void), void*);
int __libc_start_main(int (*main_)(int, char**, char**), int count, char** words, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void* stack_end) {
  const StartMain real = (StartMain)dlsym(RTLD_NEXT, "__libc_start_main");
  real_main = main_;
  return real(counted_main, count, words, init, fini, rtld_fini, stack_end);
}

__attribute__((destructor)) static void end(void) {
  const char* path = getenv("FAIL_COUNT");
  if (path == NULL || fail_n != 0) return;
  char text[32];
  const int size = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0) syscall(SYS_write, fd, text, (size_t)size);
}

static atomic_flag place_failed = ATOMIC_FLAG_INIT;
static __thread int inside;  // backtrace() itself may allocate

// The stack of callers as one number that is the same in every run: addresses within their libraries.
static unsigned long place_of(void* const* frames, int count) {
  unsigned long hash = 14695981039346656037ul;
  for (int i = 0; i < count; ++i) {
    struct dl_find_object found;
    unsigned long address = (unsigned long)frames[i];
    if (_dl_find_object(frames[i], &found) == 0) address -= (unsigned long)found.dlfo_map_start;
    hash = (hash ^ address) * 1099511628211ul;
    hash ^= hash >> 29;
  }
  return hash | 1;
}

enum { kSeen = 1 << 18 };
static atomic_ulong seen[kSeen];
static int is_new(unsigned long place) {
  for (unsigned long i = place % kSeen;; i = (i + 1) % kSeen) {
    unsigned long expected = 0;
    if (atomic_compare_exchange_strong(&seen[i], &expected, place)) return 1;
    if (expected == place) return 0;
  }
}

static void append(const char* path, const char* text, size_t size) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0) return;
  syscall(SYS_write, fd, text, size);
  syscall(SYS_close, fd);
}

static void trace(void) {
  const char* path = getenv("FAIL_TRACE");
  if (path == NULL) return;
  void* frames[64];
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return;
  backtrace_symbols_fd(frames, backtrace(frames, 64), fd);
  syscall(SYS_close, fd);
}

static int fails(const char* call) {
  if (fail_n < 0 || inside || strcmp(call, fail_call) != 0) return 0;
  const long n = atomic_fetch_add(&calls, 1) + 1;
  int failing = n == fail_n;
  if (places_path != NULL || fail_place != 0) {
    inside = 1;
    void* frames[24];
    const unsigned long place = place_of(frames, backtrace(frames, 24));
    failing = place == fail_place && !atomic_flag_test_and_set(&place_failed);
    if (places_path != NULL && is_new(place)) {
      char line[64];
      append(places_path, line, (size_t)snprintf(line, sizeof line, "%lx %ld\n", place, n));
    }
    inside = 0;
  }
  if (failing) inside = 1, trace(), inside = 0;
  return failing;
}

void* malloc(size_t size) {
  if (fails("malloc")) return errno = ENOMEM, NULL;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  if (fails("malloc")) return errno = ENOMEM, NULL;
  return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
  if (size > 0 && fails("malloc")) return errno = ENOMEM, NULL;
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  if (fails("malloc")) return errno = ENOMEM, NULL;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
  if (fails("malloc")) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out == NULL ? ENOMEM : 0;
}

ssize_t write(int fd, const void* data, size_t size) {
  if (fd > 2 && fails("write")) return errno = ENOSPC, -1;
  return syscall(SYS_write, fd, data, size);
}
ssize_t read(int fd, void* data, size_t size) {
  if (fails("read")) return errno = EIO, -1;
  return syscall(SYS_read, fd, data, size);
}
int rename(const char* from, const char* to) {
  if (fails("rename")) return errno = EACCES, -1;
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) {
  static int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  if (real == NULL)
    real = (int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*))dlsym(RTLD_NEXT,
                                                                                      "pthread_create");
  if (fails("thread")) return EAGAIN;
  return real(thread, attributes, body, argument);
}

// What framegen calls of FFmpeg, libjpeg-turbo and libpng; what these call of each other is theirs. Six
// arguments in registers pass through, whatever they are; functions with more, or with numbers in floating
// point, are not in the list.
typedef long (*Library)(long, long, long, long, long, long);
static int called_by_program(void* caller) {
  struct dl_find_object found;
  return _dl_find_object(caller, &found) == 0 && found.dlfo_link_map->l_name[0] == '\0';
}
#define LIBRARY_CALL(name, failed)                                                         \
  long name(long a, long b, long c, long d, long e, long f) {                              \
    static Library real;                                                                   \
    if (real == NULL) real = (Library)dlsym(RTLD_NEXT, #name);                             \
    if (called_by_program(__builtin_return_address(0)) && fails("library")) return failed; \
    return real(a, b, c, d, e, f);                                                         \
  }
#define LIBRARY_ERROR(name) LIBRARY_CALL(name, -ENOMEM)
#define LIBRARY_NOTHING(name) LIBRARY_CALL(name, 0)  // no memory, nothing found, or png's "failed"
LIBRARY_ERROR(av_audio_fifo_read)
LIBRARY_ERROR(av_audio_fifo_write)
LIBRARY_ERROR(av_dict_set)
LIBRARY_ERROR(av_find_best_stream)
LIBRARY_ERROR(av_frame_get_buffer)
LIBRARY_ERROR(av_frame_make_writable)
LIBRARY_ERROR(av_interleaved_write_frame)
LIBRARY_ERROR(av_new_packet)
LIBRARY_ERROR(av_opt_set)
LIBRARY_ERROR(av_read_frame)
LIBRARY_ERROR(av_write_trailer)
LIBRARY_ERROR(avcodec_open2)
LIBRARY_ERROR(avcodec_parameters_copy)
LIBRARY_ERROR(avcodec_parameters_from_context)
LIBRARY_ERROR(avcodec_parameters_to_context)
LIBRARY_ERROR(avcodec_receive_frame)
LIBRARY_ERROR(avcodec_receive_packet)
LIBRARY_ERROR(avcodec_send_frame)
LIBRARY_ERROR(avcodec_send_packet)
LIBRARY_ERROR(avformat_alloc_output_context2)
LIBRARY_ERROR(avformat_find_stream_info)
LIBRARY_ERROR(avformat_write_header)
LIBRARY_ERROR(avio_open)
LIBRARY_ERROR(avio_open2)
LIBRARY_ERROR(swr_convert)
LIBRARY_ERROR(swr_init)
LIBRARY_NOTHING(av_audio_fifo_alloc)
LIBRARY_NOTHING(av_find_input_format)
LIBRARY_NOTHING(av_frame_alloc)
LIBRARY_NOTHING(av_malloc)
LIBRARY_NOTHING(av_packet_alloc)
LIBRARY_NOTHING(avcodec_alloc_context3)
LIBRARY_NOTHING(avcodec_find_decoder)
LIBRARY_NOTHING(avcodec_find_encoder)
LIBRARY_NOTHING(avcodec_find_encoder_by_name)
LIBRARY_NOTHING(avformat_alloc_context)
LIBRARY_NOTHING(avformat_new_stream)
LIBRARY_NOTHING(png_image_begin_read_from_memory)
LIBRARY_NOTHING(png_image_finish_read)
LIBRARY_NOTHING(tjInitCompress)
LIBRARY_NOTHING(tjInitDecompress)

struct AVFormatContext;
struct AVDictionary;
extern void avformat_free_context(struct AVFormatContext*) __attribute__((weak));
// Frees what it was handed where it fails, as its description says.
int avformat_open_input(struct AVFormatContext** file, const char* url, const void* format,
                        struct AVDictionary** options) {
  typedef int (*Open)(struct AVFormatContext**, const char*, const void*, struct AVDictionary**);
  static Open real;
  if (real == NULL) real = (Open)dlsym(RTLD_NEXT, "avformat_open_input");
  if (!called_by_program(__builtin_return_address(0)) || !fails("library"))
    return real(file, url, format, options);
  avformat_free_context(*file);
  *file = NULL;
  return -ENOMEM;
}
