// live_markdown.cpp: a live bench's report as one table for people.
#include <fmt/format.h>

#include "bench/live.hpp"

namespace framegen::app {
namespace {

std::string milliseconds(const Json& spread) {
  return fmt::format("{:.0f} ms ({:.0f}–{:.0f})", spread["median"].get<double>(),
                     spread["lowest"].get<double>(), spread["highest"].get<double>());
}

std::string live_row(const Json& row) {
  const Json &hold = row["hold"], &sessions = row["sessions"];
  return fmt::format(
      "| {} | {:.2f} | {:.2f} | {:.2f} | {}, {} | {} | {} | {} | {} | {:.2f} | {:.2f} | {:.0f} MB |\n",
      row["precision"].get<std::string>(), row["real_time"].get<double>(),
      hold["pictures_per_s"].get<double>(), hold["slowest_minute"].get<double>(), hold["late"].get<int>(),
      hold["dropped"].get<int>(), milliseconds(row["first_idle_ms"]), milliseconds(row["first_talking_ms"]),
      milliseconds(row["silence_ms"]), sessions["held"].get<int>(), hold["cores"].get<double>(),
      sessions["cores"].get<double>(), row["resident_bytes"].get<double>() / 1e6);
}

std::string live_facts(const Json& object) {
  std::string text;
  for (const auto& [key, value] : object.items())
    text += fmt::format("- {}: {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  return text + "\n";
}

}  // namespace

std::string live_to_markdown(const Json& report) {
  std::string text = live_facts(report["setup"]) + live_facts(report["machine"]);
  std::string rows, not_run;
  for (const Json& row : report["live"]) {
    if (row.contains("not_run"))
      not_run +=
          fmt::format("- {}: {}\n", row["precision"].get<std::string>(), row["not_run"].get<std::string>());
    else
      rows += live_row(row);
  }
  text +=
      "| precision | × real time, sound file to MP4 | one session: talking pictures/s | its slowest minute | "
      "late, "
      "dropped | session start → first idle picture | enough sound → first talking picture | interrupt → "
      "silence | "
      "sessions held at 25 pictures/s | cores, one session | cores, all of them | memory, one session |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n" +
      rows;
  return not_run.empty() ? text : text + "\nNot run:\n\n" + not_run;
}

}  // namespace framegen::app
