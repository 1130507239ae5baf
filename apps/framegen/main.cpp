// main.cpp: the program framegen: finds the subcommand, turns errors into exit codes (docs/cli.md).
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "stream.hpp"
#include "words/command_line.hpp"
#include "words/help.hpp"
#include "words/text_output.hpp"

namespace framegen::app {

std::atomic<bool> interrupted{false};

namespace {

std::atomic<std::int64_t> interrupted_at_s{0};  // monotonic time of the first signal

// A second Ctrl-C ends the program at once. One that follows within a second is the same wish told twice: a
// terminal and coreutils' timeout signal both the program and its process group.
void on_signal(int number) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!interrupted.exchange(true)) {
    interrupted_at_s = now.tv_sec;
  } else if (now.tv_sec > interrupted_at_s + 1) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

// For where no return is possible; asks nothing of the heap, so that a signal may call it.
[[noreturn]] void end_at_once(ErrorCode code, const char* text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
  ::_exit(static_cast<int>(code));
}

// Memory that ends inside a destructor (nlohmann-json's allocates) can be told to nobody further up.
[[noreturn]] void on_terminate() {
  const char* text =
      "error: framegen: ended by an exception that nobody could catch; this is a bug of ours: please report "
      "it\n";
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    text = "error: framegen: out of memory; use fewer --threads or a smaller --batch\n";
  } catch (...) {  // said above
  }
  end_at_once(ErrorCode::kInternal, text);
}

// A mapped file that somebody cuts short, or whose disk fails, is a signal to the thread that reads it: there
// is no way back into its render. What it leaves is what kill -9 leaves.
void on_bus_error(int number, siginfo_t* about, void*) {
  if (about->si_code != BUS_ADRERR) {
    std::signal(number, SIG_DFL);  // not a file: the instruction is run again, and ends the program
    return;
  }
  end_at_once(
      ErrorCode::kBadAvatar,
      "error: avatar: one of its files was cut short, or its disk failed, while it was in use; replace files "
      "under a new name and rename them (as mv, rsync and tar do, and cp does not), then run again\n");
}

// -v and -q of every command, and the short form of --version.
void add_common_words(CLI::App& program) {
  program.set_version_flag("-V,--version", FRAMEGEN_VERSION);
  for (CLI::App* command : program.get_subcommands({})) {
    auto* quiet = command->add_flag_callback(
        "-q,--quiet", [] { loudness = Loudness::kQuiet; }, "say nothing but errors");
    command
        ->add_flag_callback(
            "-v,--verbose", [] { loudness = Loudness::kVerbose; },
            "say what was chosen and how long each stage took")
        ->excludes(quiet);
  }
}

// "framegen help", "framegen help render" and "framegen version": as other programs have them. None: it is
// neither.
std::optional<int> help_or_version(const CLI::App& program, const std::vector<std::string>& words) {
  if (words.empty()) {
    std::fputs(usage_summary().c_str(), stderr);
    return static_cast<int>(ErrorCode::kBadUse);
  }
  if (words[0] == "version") {
    std::puts(FRAMEGEN_VERSION);
    return 0;
  }
  if (words[0] != "help") return std::nullopt;
  const CLI::App* page = &program;
  if (words.size() > 1) {
    if (const auto strange = strange_word(program, {words[1]})) return fail(*strange);
    page = command_named(program, words[1]);
  }
  std::fputs(page->help(page == &program ? "" : "framegen", CLI::AppFormatMode::Normal).c_str(), stdout);
  return 0;
}

// A stream that is closed (`>&-`) would give its number to the next file that is opened, and what is printed
// would go into that one. Held this way round each read and each write is refused as before.
void hold_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) [[maybe_unused]]
      const int held = ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int run(int argc, char** argv) {
  hold_closed_streams();
  std::set_terminate(on_terminate);
  struct sigaction bus_error {};
  bus_error.sa_sigaction = on_bus_error;
  bus_error.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &bus_error, nullptr);
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  // The terminal is gone: as Ctrl-C, but for who has asked to outlive it (nohup).
  if (std::signal(SIGHUP, on_signal) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of the write that meets it

  CLI::App program("framegen turns speech into a lip-synced video of a presenter.", "framegen");
  program.require_subcommand(1);
  program.get_formatter()->column_width(34);
  int exit_code = 0;
  for (const auto add : {add_render, add_serve, add_stream, add_batch, add_split, add_join, add_avatars,
                         add_import, add_calibrate, add_prepare, add_compare, add_bench, add_inspect,
                         add_dump, add_synth_model, add_doctor})
    add(program, exit_code);
  add_common_words(program);
  arrange_help(program);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (const auto answered = help_or_version(program, words)) return *answered;
  if (const auto strange = strange_word(program, words)) return fail(*strange);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return program.exit(e);  // --help and --version
  } catch (const CLI::ParseError& e) {
    return fail(parse_error(program, e));
  }
  return exit_code;
}

// Everything of ours is done. What libraries would still do at their own end is of no use to anybody, and may
// never end: where the address space is bounded (ulimit -v), OpenBLAS, which OpenCV brings in, waits for a
// thread that asks for memory for ever. Sanitizers report at that end.
int end(int status) {
  if (const Status arrived = text_arrived(); status == 0 && !arrived) status = fail(arrived.error());
  std::fflush(nullptr);
#if !defined(FRAMEGEN_SANITIZED)
  ::_exit(status);
#else
  return status;
#endif
}

}  // namespace
}  // namespace framegen::app

int main(int argc, char** argv) {
  using namespace framegen;
  try {
    return app::end(app::run(argc, argv));
  } catch (const std::bad_alloc&) {
    return app::end(app::fail(
        {ErrorCode::kInternal, "framegen", "out of memory", "use fewer --threads or a smaller --batch"}));
  } catch (const std::exception& e) {
    return app::end(
        app::fail({ErrorCode::kInternal, "framegen", e.what(), "this is a bug of ours: please report it"}));
  }
}
