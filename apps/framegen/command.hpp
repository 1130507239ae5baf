// command.hpp: what every subcommand has in common.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "avatars.hpp"
#include "framegen/avatar.hpp"
#include "framegen/engine.hpp"

namespace framegen::app {

// Set by Ctrl-C (SIGINT), SIGTERM and SIGHUP; long work looks at it and stops cleanly.
extern std::atomic<bool> interrupted;

// -q: errors alone. -v: what was chosen, and why. Set once, while the command line is read.
enum class Loudness { kQuiet, kUsual, kVerbose };
extern Loudness loudness;

// Words of the command line that choose how faces are made; shared by every command that makes some.
struct EngineWords {
  std::string backend = "auto";
  std::string mode = "shared-session";
  std::string provider = "cpu";
  std::string precision = "fp32";
  std::string image_parts = "what-pays";
  std::uint64_t memory_mb = 0;
  std::uint64_t disk_mb = EngineOptions{}.disk_budget_bytes / 1'000'000;
  bool low_latency = false;
  std::string cpu;
  int threads = 0;
  int batch = 0;
  bool no_cache = false;

  void add_to(CLI::App& command);
  // Of them those that image parts on the disk depend on, and how fast they are made.
  void add_native_to(CLI::App& command);
  // Errors: kBadUse (an option that the chosen backend would ignore).
  Result<EngineOptions> options() const;

 private:
  CLI::Option* mode_ = nullptr;  // to know whether it was given
};

// Prints the error's one line in the user's words, and gives the process's exit code.
int fail(const Error& error);
void print_warning(std::string_view text);
// With -v alone, to standard error.
void print_detail(const std::string& text);
// Which precision --precision auto has chosen for an avatar, and why, to standard error; nothing where it was
// named.
void tell_precision(const AvatarInfo& avatar);
// What a command that writes files has done, to standard output; -q silences it.
void print_done(const std::string& text);

// What a subcommand's file offers: it adds itself to the program; `exit_code` is set when it has run.
void add_render(CLI::App& program, int& exit_code);
void add_batch(CLI::App& program, int& exit_code);
void add_split(CLI::App& program, int& exit_code);
void add_join(CLI::App& program, int& exit_code);
void add_avatars(CLI::App& program, int& exit_code);
void add_import(CLI::App& program, int& exit_code);
void add_calibrate(CLI::App& program, int& exit_code);
void add_prepare(CLI::App& program, int& exit_code);
void add_inspect(CLI::App& program, int& exit_code);
void add_dump(CLI::App& program, int& exit_code);
void add_compare(CLI::App& program, int& exit_code);
void add_serve(CLI::App& program, int& exit_code);
void add_bench(CLI::App& program, int& exit_code);
void add_synth_model(CLI::App& program, int& exit_code);
void add_doctor(CLI::App& program, int& exit_code);

}  // namespace framegen::app
