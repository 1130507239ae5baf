// walls_linux.cpp: limits, then Landlock without a single rule, then libseccomp's list.
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "sandbox/limits.hpp"
#include "sandbox/records.hpp"
#include "sandbox/walls.hpp"

namespace framegen::sandbox {
namespace {

// What computing, reading and writing of open files need. mmap and mprotect have rules of their own.
constexpr std::array kAllowed{SCMP_SYS(read),
                              SCMP_SYS(readv),
                              SCMP_SYS(pread64),
                              SCMP_SYS(write),
                              SCMP_SYS(writev),
                              SCMP_SYS(lseek),
                              SCMP_SYS(_llseek),
                              SCMP_SYS(close),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(madvise),
                              SCMP_SYS(brk),
                              SCMP_SYS(futex),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(sigreturn),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(clock_gettime64),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(sched_getaffinity),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group)};

int landlock_version() {
  return static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

bool no_files() {
  if (landlock_version() < 1) return false;
  landlock_ruleset_attr none{};
  none.handled_access_fs =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
      LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
      LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
      LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
      LANDLOCK_ACCESS_FS_MAKE_SYM;
  const int rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &none, sizeof none, 0));
  if (rules < 0) return false;
  const bool stands = ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  ::close(rules);
  return stands;
}

int tell_to = -1;  // a signal handler knows nothing else; set once, in a process of its own

// Asks nothing of the heap.
void on_refused(int, siginfo_t* about, void*) {
  struct {
    std::uint32_t kind, bytes;
    std::int32_t call;
  } const record{static_cast<std::uint32_t>(RecordKind::kRefused), sizeof(std::int32_t), about->si_syscall};
  [[maybe_unused]] const auto told = ::write(tell_to, &record, sizeof record);
  ::_exit(1);
}

bool few_calls() {
  const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_TRAP);
  if (filter == nullptr) return false;
  bool good = true;
  const auto allow = [&](int call) {
    good = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0 && good;
  };
  for (const int call : kAllowed) allow(call);
  // Memory, but none that can be run.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)})
    good =
        ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
        good;
  // abort() of its own.
  good = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()))) == 0 &&
         good;
  good = good && ::seccomp_load(filter) == 0;
  ::seccomp_release(filter);
  return good;
}

}  // namespace

Walls walls_of_this_system() {
  Walls walls;
  walls.system_calls = ::prctl(PR_GET_SECCOMP) >= 0;
  walls.files = landlock_version() >= 1;
  return walls;
}

void build_walls(const Limits& limits, int tell) {
  limit(limits);
  tell_to = tell;
  struct sigaction refused {};
  refused.sa_sigaction = on_refused;
  refused.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSYS, &refused, nullptr);
  // Neither a core file nor another process's look at what a stranger gave.
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  (void)no_files();
  (void)few_calls();
}

void end_with_parent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

std::string name_of_call(int number) {
  char* const name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  const std::string words = name != nullptr ? name : "system call " + std::to_string(number);
  std::free(name);
  return words;
}

}  // namespace framegen::sandbox
