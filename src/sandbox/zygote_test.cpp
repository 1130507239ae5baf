// Children that try to get out, planted by the test alone.
#include "sandbox/zygote.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/crew.hpp"
#include "core/platform.hpp"
#include "sandbox/task_file.hpp"

namespace framegen::sandbox {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

Status give_back(const Task& task, const RecordWriter& writer) {
  std::array<std::byte, 64> block{};
  for (ssize_t got = 0; (got = ::read(task.file, block.data(), block.size())) > 0;)
    writer.write(RecordKind::kData, std::span(block).first(static_cast<std::size_t>(got)));
  writer.data(BytesOut().text(task.name).number(task.option));
  return {};
}
// A file of another kind than it was when it was opened.
TEST(TaskFile, WhatCannotBeReadIsNamed) {
  const std::string place = ::testing::TempDir() + "/written_only";
  const int written_only = ::open(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::ftruncate(written_only, 10), 0);
  const auto unreadable = read_whole({.file = written_only, .name = "a file"});
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().message(), "a file: cannot be read: Bad file descriptor; check the file");
  ::close(written_only);
  std::array<int, 2> pipe{-1, -1};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const auto bytes = read_whole({.file = pipe[0], .name = "a pipe"});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().message(), "a pipe: cannot be read: Illegal seek; check the file");
  for (const int end : pipe) ::close(end);
}

Status fall(const Task&, const RecordWriter&) {
  ::raise(SIGSEGV);
  return {};
}
Status flood(const Task&, const RecordWriter& writer) {
  const std::vector<std::byte> much(1 << 20);
  for (int i = 0; i < 1000; ++i) writer.write(RecordKind::kData, much);
  return {};
}
Status want_memory(const Task&, const RecordWriter& writer) {
  for (int i = 0; i < 64; ++i) {
    auto* const block = new std::vector<char>(std::size_t{1} << 28, 1);
    const char* volatile seen = block->data();  // or a compiler leaves out what nobody looks at
    writer.data(BytesOut().number(seen[block->size() - 1]));
  }
  return {};
}
Status say_nothing(const Task&, const RecordWriter&) {
  volatile bool over = false;  // of an atomic that nobody else knows clang makes no loop at all
  while (!over) {
  }
  return {};
}
Status tell_secret(const Task&, const RecordWriter& writer) {
  const char* const secret = std::getenv("FRAMEGEN_TTS_KEY");
  writer.data(BytesOut().text(secret == nullptr ? "none" : secret));
  return {};
}
Status open_another(const Task&, const RecordWriter&) { return ::open("/etc/passwd", O_RDONLY), Status(); }
Status speak_to_network(const Task&, const RecordWriter&) {
  return ::socket(AF_INET, SOCK_STREAM, 0), Status();
}
Status start_another(const Task&, const RecordWriter&) {
  if (::fork() == 0) ::_exit(0);
  return {};
}
Status run_another(const Task&, const RecordWriter&) {
  return ::execl("/bin/true", "true", nullptr), Status();
}
Status watch_host(const Task&, const RecordWriter&) {
  return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr), Status();
}
Status end_host(const Task&, const RecordWriter&) { return ::kill(-1, 0), Status(); }
Status write_code(const Task&, const RecordWriter&) {
  void* const code = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::mprotect(code, 4096, PROT_READ | PROT_EXEC), Status();
}

class ZygoteTest : public ::testing::Test {
 protected:
  ZygoteTest() {
    ::setenv("FRAMEGEN_TTS_KEY", "sk-secret", 1);
    ZygoteOptions options;
    options.patience = 2s;
    auto started =
        Zygote::start({&give_back, &fall, &flood, &want_memory, &say_nothing, &tell_secret, &open_another,
                       &speak_to_network, &start_another, &run_another, &watch_host, &end_host, &write_code},
                      options);
    EXPECT_TRUE(started.ok()) << started.error().message();
    if (started) zygote_ = *std::move(started);
    std::ofstream(file_) << "the stranger's own bytes";
  }
  ~ZygoteTest() override { fs::remove(file_); }
  Result<RecordReader> run(Job job) {
    return zygote_->run(job, {::open(file_.c_str(), O_RDONLY), "a.wav", 42});
  }
  // All that a job gives, or its error.
  std::string said(Job job) {
    auto child = run(job);
    if (!child) return child.error().message();
    std::string all;
    for (;;) {
      const auto record = next_data(*child, "a.wav");
      if (!record) return record.error().message();
      if (!*record) return all;
      all.append(reinterpret_cast<const char*>((*record)->bytes.data()), (*record)->bytes.size());
    }
  }
  // Of the small process, where the system tells.
  std::string children() const {
    const auto process = std::to_string(zygote_->process());
    std::ifstream list("/proc/" + process + "/task/" + process + "/children");
    return std::string(std::istreambuf_iterator<char>(list), {});
  }
  std::string children_in_the_end() const {
    for (int i = 0; i < 100 && !children().empty(); ++i) std::this_thread::sleep_for(50ms);
    return children();
  }
  fs::path file_ = fs::temp_directory_path() / ("zygote_test." + std::to_string(::getpid()));
  std::unique_ptr<Zygote> zygote_;
};

TEST_F(ZygoteTest, AChildReadsTheFileThatItWasGiven) {
  EXPECT_THAT(said(&give_back), HasSubstr("the stranger's own bytes"));
  EXPECT_THAT(said(&give_back), HasSubstr("a.wav"));
}

TEST_F(ZygoteTest, AChildsDeathIsOneLineAndTheNextIsWhole) {
  EXPECT_EQ(said(&fall),
            "a.wav: broke its decoder (signal 11); the file is damaged, or made to do harm: convert it with "
            "another program, or make it again");
  EXPECT_THAT(said(&give_back), HasSubstr("the stranger's own bytes"));
}

TEST_F(ZygoteTest, ASilentChildIsGivenUp) {
  EXPECT_THAT(said(&say_nothing), HasSubstr("said nothing for 2 s"));
  EXPECT_EQ(children_in_the_end(), "") << "it computes on, for nobody";
}

TEST_F(ZygoteTest, ASilentChildEndsWithItsHost) {
  const auto child = run(&say_nothing);
  ASSERT_TRUE(child.ok());
  pid_t silent = 0;
  for (int i = 0; i < 100 && silent == 0; ++i) {
    silent = static_cast<pid_t>(std::atoi(children().c_str()));
    std::this_thread::sleep_for(10ms);
  }
  if (silent == 0) GTEST_SKIP() << "this system does not tell whose children there are";
  zygote_.reset();
  for (int i = 0; i < 100 && ::kill(silent, 0) == 0; ++i) std::this_thread::sleep_for(50ms);
  EXPECT_NE(::kill(silent, 0), 0);
}

TEST_F(ZygoteTest, ASecretOfTheEnvironmentIsNotThere) { EXPECT_THAT(said(&tell_secret), HasSubstr("none")); }

TEST_F(ZygoteTest, MemoryIsBounded) {
#if defined(FRAMEGEN_SANITIZED)
  GTEST_SKIP() << "sanitizers take terabytes of address space";
#endif
  if (platform::mapped_bytes() == 0) GTEST_SKIP() << "this system does not tell what a process has mapped";
  EXPECT_THAT(said(&want_memory), HasSubstr("a.wav: wants more memory than a decoder gets"));
}

TEST_F(ZygoteTest, EveryWayOutIsRefusedByName) {
  if (!walls_of_this_system().system_calls) GTEST_SKIP() << "this system has no walls around system calls";
  const auto refused = [&](Job job) { return said(job); };
  EXPECT_THAT(refused(&open_another),
              HasSubstr("a.wav: made its decoder ask for what it may not have: open"));
  EXPECT_THAT(refused(&speak_to_network), HasSubstr("may not have: socket"));
  // Debian 13's fork() listens to no signals meanwhile: the call is refused, and its name is not told.
  EXPECT_THAT(refused(&start_another),
              ::testing::AnyOf(HasSubstr("may not have: clone"), HasSubstr("may not have (a system call")));
  EXPECT_THAT(refused(&run_another), HasSubstr("may not have: execve"));
  EXPECT_THAT(refused(&watch_host), ::testing::AnyOf(HasSubstr("ptrace"), HasSubstr("getppid")));
  EXPECT_THAT(refused(&end_host), HasSubstr("may not have: kill"));
  EXPECT_THAT(refused(&write_code), HasSubstr("may not have: mprotect"));
}

TEST_F(ZygoteTest, HoldsNothingOpenOfItsHosts) {
  const auto folder = "/proc/" + std::to_string(zygote_->process()) + "/fd";
  if (!fs::exists(folder)) GTEST_SKIP() << "no /proc here";
  (void)said(&give_back);
  const auto open = [&] {
    int count = 0;
    std::error_code gone;  // closed while we look
    for (const auto& entry : fs::directory_iterator(folder)) {
      const fs::path file = fs::read_symlink(entry.path(), gone);
      count += gone || file == "/dev/null" ? 0 : 1;
    }
    return count;
  };
  for (int i = 0; i < 100 && open() != 1; ++i)
    std::this_thread::sleep_for(20ms);  // until the child is buried
  EXPECT_EQ(open(), 1);                 // where requests come from
}

TEST_F(ZygoteTest, ManyAtOnceEachGetTheirOwn) {
  std::atomic<int> whole{0};
  auto threads = std::make_unique<Crew>();
  for (int t = 0; t < 8; ++t)
    threads->start([&] {
      for (int i = 0; i < 10; ++i)
        whole += said(i % 3 == 1 ? &fall : &give_back).find(i % 3 == 1 ? "signal 11" : "own bytes") !=
                 std::string::npos;
    });
  threads.reset();  // waits
  EXPECT_EQ(whole, 80);
}

TEST_F(ZygoteTest, NobodyReadsAndTheChildEnds) {
  for (int i = 0; i < 5; ++i) (void)run(&flood);  // hung up at once
  for (int i = 0; i < 5; ++i) (void)run(&fall);
  EXPECT_EQ(children_in_the_end(), "");
  EXPECT_THAT(said(&give_back), HasSubstr("the stranger's own bytes"));
}

TEST_F(ZygoteTest, WhenItIsGoneThatIsSaid) {
  ::kill(zygote_->process(), SIGKILL);
  std::this_thread::sleep_for(100ms);
  const auto child = run(&give_back);
  EXPECT_THAT(child.ok() ? "" : child.error().message(),
              HasSubstr("a.wav: sandbox: the process that opens files is gone"));
}

}  // namespace
}  // namespace framegen::sandbox
