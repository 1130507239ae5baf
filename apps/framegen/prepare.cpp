// prepare.cpp: framegen prepare: computes once what a film's faces need of its template frames, onto the
// disk.
#include "framegen/prepare.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "command.hpp"
#include "progress.hpp"

namespace framegen::app {
namespace {

struct PrepareWords {
  std::string avatar, progress = "auto";
  EngineWords engine;
  std::uint64_t disk_mb = 0;
  CLI::Option* disk = nullptr;
};

constexpr int kFramesThatTell = 12;  // how long the rest takes

double megabytes(double bytes) { return bytes / 1e6; }

void tell(const std::string& text) {
  if (loudness != Loudness::kQuiet) std::fprintf(stderr, "%s\n", text.c_str());
}

Status run(const PrepareWords& words) {
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  if (words.disk->count() > 0 && words.disk_mb == 0)
    return Error{ErrorCode::kBadUse, "--disk-mb 0", "leaves no room for any template frame",
                 "give some megabytes, or leave it out for half of the free disk"};
  ProgressLine line(words.progress, false);
  PrepareOptions options;
  options.engine = FRAMEGEN_TRY(words.engine.options());
  options.disk_budget_bytes = words.disk_mb * 1'000'000;
  bool said_size = false, said_time = false;
  options.progress = [&](const PrepareProgress& now) {
    const double left = static_cast<double>(now.all - now.done);
    const double each = static_cast<double>(now.bytes_per_frame);
    if (!std::exchange(said_size, true))
      tell(fmt::format("{} template frames of {:.1f} MB: {:.0f} MB in {}", now.all, megabytes(each),
                       megabytes(each * now.all), (folder / "cache").string()));
    else if (now.seconds_left > 0 && now.done >= kFramesThatTell && !std::exchange(said_time, true))
      tell(fmt::format("about {:.0f} s for the {:.0f} that are left", now.seconds_left, left));
    line.show_count("template frames", now.done, now.all);
    return !interrupted;
  };
  const auto prepared = prepare_avatar(folder, options);
  line.end();
  if (!prepared) return prepared.error();
  line.succeeded();
  print_done(fmt::format("{}: {} of {} template frames prepared, {} of them now, {:.0f} MB",
                         (folder / "cache").string(), prepared->were_there + prepared->written,
                         prepared->frames, prepared->written,
                         megabytes(static_cast<double>(prepared->bytes_per_frame) *
                                   (prepared->were_there + prepared->written))));
  return {};
}

}  // namespace

void add_prepare(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<PrepareWords>();
  CLI::App* command = program.add_subcommand(
      "prepare", "compute once, onto the disk, what the faces of a film need of its template frames");
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  words->disk = command
                    ->add_option("--disk-mb", words->disk_mb,
                                 "for the avatar's cache/ folder; default: half of what the disk has free")
                    ->check(CLI::Range(0, 1 << 30));
  words->engine.add_native_to(*command);
  add_progress_option(*command, words->progress);
  command->callback([words, &exit_code] {
    const Status done = run(*words);
    if (!done) exit_code = fail(done.error());
  });
}

}  // namespace framegen::app
