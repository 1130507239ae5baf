// progress.cpp: bar, rate and time left.
#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "command.hpp"
#include "core/frame_rate.hpp"

namespace framegen::app {
namespace {

constexpr int kBarWidth = 28;

std::string clock(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  char text[32];
  std::snprintf(text, sizeof text, s >= 3600 ? "%ld:%02ld:%02ld" : "%ld:%02ld", s >= 3600 ? s / 3600 : s / 60,
                s >= 3600 ? s / 60 % 60 : s % 60, s % 60);
  return text;
}

std::string bar_of(double share) {
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < static_cast<int>(share * kBarWidth) ? "█" : "░";
  return bar;
}

}  // namespace

void add_progress_option(CLI::App& command, std::string& style) {
  command.add_option("--progress", style, "auto, bar, json or none")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
}

ProgressLine::ProgressLine(const std::string& style, bool data_on_stdout)
    : style_(Style::kNone), data_on_stdout_(data_on_stdout) {
  if (loudness == Loudness::kQuiet && style == "auto") return;
  if (style == "json") style_ = Style::kJson;
  if (style == "bar" || (style == "auto" && ::isatty(STDERR_FILENO))) style_ = Style::kBar;
}

void ProgressLine::say(const std::string& text) {
  if (style_ == Style::kBar) std::fprintf(stderr, "\r\x1b[K%s …", text.c_str());
}

void ProgressLine::show(const Progress& p, const std::string& label) {
  const double rate = p.elapsed_s > 0 ? static_cast<double>(p.frames_done) / p.elapsed_s : 0;
  const bool known = p.frames_all.has_value() && *p.frames_all > 0;
  const double left =
      known && rate > 0 ? static_cast<double>(std::max<std::int64_t>(0, *p.frames_all - p.frames_done)) / rate
                        : 0;
  if (style_ == Style::kJson) {
    std::fprintf(stderr,
                 "{\"frames_done\":%lld,\"frames_all\":%s,\"elapsed_s\":%.2f,\"frames_per_second\":%.2f}\n",
                 static_cast<long long>(p.frames_done),
                 known ? std::to_string(*p.frames_all).c_str() : "null", p.elapsed_s, rate);
  } else if (style_ == Style::kBar && known) {
    const double share =
        std::min(1.0, static_cast<double>(p.frames_done) / static_cast<double>(*p.frames_all));
    std::fprintf(stderr, "\r\x1b[K%s %3.0f %%  %s%lld/%lld frames  %.1f/s  %s left", bar_of(share).c_str(),
                 share * 100, label.c_str(), static_cast<long long>(p.frames_done),
                 static_cast<long long>(*p.frames_all), rate, clock(left).c_str());
  } else if (style_ == Style::kBar) {
    std::fprintf(stderr, "\r\x1b[K%s%lld frames  %.1f/s  %s", label.c_str(),
                 static_cast<long long>(p.frames_done), rate, clock(p.elapsed_s).c_str());
  }
}

void ProgressLine::show_count(const std::string& things, int done, int all) {
  if (style_ == Style::kJson) std::fprintf(stderr, "{\"count\":%d,\"all\":%d}\n", done, all);
  if (style_ == Style::kBar)
    std::fprintf(stderr, "\r\x1b[K%s %d/%d %s", bar_of(all > 0 ? static_cast<double>(done) / all : 0).c_str(),
                 done, all, things.c_str());
}

void ProgressLine::end() {
  if (style_ == Style::kBar) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::succeeded() {
  if (style_ == Style::kJson) std::fputs("{\"done\":true}\n", stderr);
}

void ProgressLine::done(const RenderReport& report) {
  if (style_ == Style::kJson)
    std::fprintf(stderr,
                 "{\"frames_done\":%lld,\"frames_all\":%lld,\"elapsed_s\":%.2f,\"frames_per_second\":%.2f,"
                 "\"done\":true}\n",
                 static_cast<long long>(report.frames), static_cast<long long>(report.frames),
                 report.elapsed_s, report.frames_per_second);
  if (loudness == Loudness::kQuiet || (style_ == Style::kNone && !::isatty(STDOUT_FILENO))) return;
  std::fprintf(data_on_stdout_ ? stderr : stdout,
               "%lld frames in %.2f s: %.1f frames/s, %.2f × real time, %.0f MB at most\n",
               static_cast<long long>(report.frames), report.elapsed_s, report.frames_per_second,
               report.frames_per_second / kFramesPerSecond,
               static_cast<double>(report.peak_memory_bytes) / 1e6);
}

}  // namespace framegen::app
