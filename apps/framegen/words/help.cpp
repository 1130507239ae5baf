// help.cpp: the one table of groups and examples.
#include "words/help.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace framegen::app {
namespace {

struct Page {
  std::string_view command, group, example;
};
constexpr std::string_view kVideos = "Make videos", kLive = "Live", kAvatars = "Avatars",
                           kLook = "Look and measure";
constexpr std::array kPages = {
    Page{"render", kVideos, "framegen render speech.mp3 -o out.mp4"},
    Page{"batch", kVideos, "framegen batch jobs.jsonl -o videos --resume"},
    Page{"split", kVideos, "framegen split speech.wav --parts 4 --jobs"},
    Page{"join", kVideos, "framegen join part-*.mp4 --audio speech.wav -o whole.mp4"},
    Page{"serve", kLive, "framegen serve --avatar ava --port 8317"},
    Page{"stream", kLive, "framegen stream --to rtmp://localhost/live/ava < speech.wav"},
    Page{"avatars", kAvatars, "framegen avatars"},
    Page{"import", kAvatars,
         "framegen import --dataset dataset/anna --generator G.pth --audio-encoder E.pth -o anna"},
    Page{"calibrate", kAvatars, "framegen calibrate --avatar anna --audio speech.wav"},
    Page{"prepare", kAvatars, "framegen prepare --avatar anna --precision int8"},
    Page{"inspect", kAvatars, "framegen inspect ava"},
    Page{"dump", kLook, "framegen dump --stage mel --audio speech.wav -o mel.npy"},
    Page{"compare", kLook, "framegen compare reference.mp4 mine.mp4"},
    Page{"bench", kLook, "framegen bench --frames 50"},
    Page{"synth-model", kLook, "framegen synth-model --width 0.5 --seed 1 -o models"},
    Page{"doctor", kLook, "framegen doctor"}};

struct Group {
  std::string_view name;
  std::initializer_list<std::string_view> options;
};
const std::initializer_list<Group> kGroups = {
    {"Input", {"audio",           "text",          "text-file", "tts",       "voice",   "tts-model",
               "tts-rate",        "avatar",        "video",     "dataset",   "package", "livetalking",
               "generator",       "audio-encoder", "boxes",     "landmarks", "box",     "landmark-model",
               "landmark-points", "rate"}},
    {"Output",
     {"output", "output-dir", "to",      "format",  "raw",      "raw-format", "frames-dir", "frame-format",
      "hash",   "report",     "heatmap", "json",    "markdown", "plot",       "yes",        "no",
      "crf",    "preset",     "blend",   "no-mark", "journal",  "replace",    "overwrite"}},
    {"Which part", {"frames", "range", "duration", "start-frame", "first-frame", "frame", "shard"}},
    {"Speed and exactness",
     {"backend", "mode", "provider", "precision", "cpu", "threads", "batch", "latency", "memory-mb",
      "disk-mb", "no-cache", "at-once"}}};

std::string group_of(const std::string& option) {
  for (const Group& group : kGroups)
    if (std::find(group.options.begin(), group.options.end(), option) != group.options.end())
      return std::string(group.name);
  return "Options";
}

}  // namespace

std::string example_of(const std::string& command) {
  for (const Page& page : kPages)
    if (page.command == command) return std::string(page.example);
  return "";
}

void arrange_help(CLI::App& program) {
  program.footer(
      "framegen COMMAND --help lists a command's options. docs/cli.md says what scripts may rely on.");
  for (CLI::App* command : program.get_subcommands({})) {
    const auto page = std::find_if(kPages.begin(), kPages.end(), [&](const Page& candidate) {
      return candidate.command == command->get_name();
    });
    if (page == kPages.end()) continue;  // not for people
    command->group(std::string(page->group));
    command->footer("Example:\n  " + std::string(page->example));
    for (CLI::Option* option : command->get_options()) {
      const auto& names = option->get_lnames();
      if (!names.empty() && !option->get_group().empty()) option->group(group_of(names.front()));
    }
  }
}

std::string usage_summary() {
  return "framegen turns speech into a lip-synced video of a presenter.\n"
         "\n"
         "  framegen render speech.mp3 -o out.mp4     speech → video\n"
         "  framegen serve                            live, in a browser: http://127.0.0.1:8317\n"
         "  framegen batch jobs.jsonl -o videos       many videos\n"
         "  framegen avatars                          who can speak\n"
         "  framegen doctor                           is this machine all right?\n"
         "\n"
         "framegen help lists all commands, framegen help COMMAND its options.\n";
}

}  // namespace framegen::app
