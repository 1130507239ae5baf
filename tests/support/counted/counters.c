// counters.c: ./run coverage counts what child processes run, too. GCC's counters are written when a program
// ends by exit(); a child behind walls can write nothing, and who leaves by _exit() does not. So the
// counters, which counters.ld puts beside each other, are memory that children share.
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

extern char framegen_counters_begin[], framegen_counters_end[];  // counters.ld
void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));

static pid_t first;

__attribute__((constructor(101))) static void share(void) {
  const size_t bytes = (size_t)(framegen_counters_end - framegen_counters_begin);
  first = getpid();
  if (bytes != 0 && mmap(framegen_counters_begin, bytes, PROT_READ | PROT_WRITE,
                         MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
    perror("counters.c");
}

// GCC's own sets a child's counters to nothing.
pid_t __gcov_fork(void) { return fork(); }

void __wrap__exit(int status) {
  if (getpid() == first) __gcov_dump();
  __real__exit(status);
}
