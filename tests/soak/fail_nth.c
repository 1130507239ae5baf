// fail_nth.c: preloaded into framegen: the n-th call of one kind fails, all others work.
//   FAIL_CALL=malloc|write|read|rename|thread FAIL_N=17 LD_PRELOAD=fail_nth.so framegen …
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
