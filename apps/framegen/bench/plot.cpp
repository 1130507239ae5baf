// plot.cpp: a bench's report as a picture: bars with their spread, lines over threads and batch sizes.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/result.hpp"

namespace framegen::app {
namespace {

constexpr double kWidth = 860, kLeft = 150, kRight = 120, kBar = 16, kRowHeight = 58, kTop = 64,
                 kChartHeight = 260;
constexpr const char* kColours[] = {"#1f6feb", "#8db9f7", "#d29922", "#2da44e",
                                    "#8250df", "#cf222e", "#57606a"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

std::string words(double x, double y, const std::string& text, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, more, escaped(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1,
                     y1, x2, y2, colour);
}

// A step of 1, 2 or 5 times a power of ten, so that an axis has four to ten of them.
double step_for(double largest) {
  double step = 1e-3;
  for (int i = 0; largest / step > 10; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

struct Axis {
  double largest, from, to;
  double at(double value) const { return from + (to - from) * value / largest; }
};

std::string bar(const Axis& axis, double y, const Spread& s, const char* colour, const std::string& label) {
  std::string text =
      fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
                  axis.from, y, axis.at(s.median) - axis.from, kBar, colour);
  const double middle = y + kBar / 2;
  text += line(axis.at(s.lowest), middle, axis.at(s.highest), middle, "#24292f");
  for (const double end : {s.lowest, s.highest})
    text += line(axis.at(end), middle - 4, axis.at(end), middle + 4, "#24292f");
  return text + words(axis.at(s.highest) + 6, middle + 4, label);
}

std::string bar_label(const Spread& rate, const std::optional<Spread>& ratio) {
  return ratio ? fmt::format("{:.1f}  ({:.2f}×)", rate.median, ratio->median)
               : fmt::format("{:.1f}", rate.median);
}

std::vector<const BenchRowResult*> rows_that_ran(const BenchReport& report) {
  std::vector<const BenchRowResult*> rows;
  for (const BenchRowResult& row : report.rows)
    if (spread_of(row, &BenchRound::generator_fps)) rows.push_back(&row);
  return rows;
}

double largest_rate(const std::vector<const BenchRowResult*>& rows) {
  double largest = 1;
  for (const BenchRowResult* row : rows)
    for (const auto figure : {&BenchRound::generator_fps, &BenchRound::mp4_fps})
      largest = std::max(largest, spread_of(*row, figure)->highest);
  return largest;
}

std::string bars(const BenchReport& report, const std::vector<const BenchRowResult*>& rows) {
  const Axis axis{largest_rate(rows), kLeft, kWidth - kRight};
  const double bottom = kTop + kRowHeight * static_cast<double>(rows.size());
  std::string text;
  for (double tick = 0; tick <= axis.largest; tick += step_for(axis.largest))
    text += line(axis.at(tick), kTop - 6, axis.at(tick), bottom, "#d8dee4") +
            words(axis.at(tick), bottom + 14, fmt::format("{:g}", tick), "text-anchor=\"middle\"");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = kTop + kRowHeight * static_cast<double>(i);
    text += words(kLeft - 8, y + kBar + 6, rows[i]->row.name, "text-anchor=\"end\"");
    text += bar(axis, y, *spread_of(*rows[i], &BenchRound::generator_fps), kColours[0],
                bar_label(*spread_of(*rows[i], &BenchRound::generator_fps),
                          ratio_to_baseline(report, *rows[i], &BenchRound::generator_fps)));
    text += bar(axis, y + kBar + 3, *spread_of(*rows[i], &BenchRound::mp4_fps), kColours[1],
                bar_label(*spread_of(*rows[i], &BenchRound::mp4_fps),
                          ratio_to_baseline(report, *rows[i], &BenchRound::mp4_fps)));
  }
  return text;
}

std::string title(const BenchReport& report) {
  const auto cpu = report.machine.value("cpu", std::string()),
             threads = report.setup.value("threads", std::string());
  return words(12, 22,
               fmt::format("framegen bench: frames per second, median and spread; in brackets against {}",
                           kBaseline),
               "font-weight=\"bold\"") +
         words(12, 40,
               fmt::format("{}; {} threads; dark: the generator alone, light: the whole program to MP4", cpu,
                           threads));
}

// Lines of one axis, one per row.
std::string chart(const BenchReport& report, const std::string& axis_name, double top) {
  std::map<std::string, std::vector<const BenchSweepPoint*>> lines;
  double largest = 1, last = 1;
  for (const BenchSweepPoint& point : report.sweep) {
    const auto rate = spread_of(point.fps);
    if (point.axis != axis_name || !rate) continue;
    lines[point.row].push_back(&point);
    largest = std::max(largest, rate->highest);
    last = std::max(last, static_cast<double>(point.value));
  }
  if (lines.empty()) return {};
  const Axis x{last, kLeft, kWidth - kRight}, y{largest, top + kChartHeight - 40, top + 20};
  std::string text = words(
      12, top, "The generator alone over " + (axis_name == "batch" ? std::string("batch sizes") : axis_name),
      "font-weight=\"bold\"");
  for (double tick = 0; tick <= largest; tick += step_for(largest))
    text += line(x.from, y.at(tick), x.to, y.at(tick), "#d8dee4") +
            words(x.from - 8, y.at(tick) + 4, fmt::format("{:g}", tick), "text-anchor=\"end\"");
  std::size_t colour = 0;
  for (const auto& [row, points] : lines) {
    const char* const ink = kColours[(colour++ * 2) % std::size(kColours)];
    std::string path;
    for (const BenchSweepPoint* point : points) {
      const Spread s = *spread_of(point->fps);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", x.at(point->value), y.at(s.median));
      text += line(x.at(point->value), y.at(s.lowest), x.at(point->value), y.at(s.highest), ink) +
              words(x.at(point->value), y.from + 16, std::to_string(point->value), "text-anchor=\"middle\"");
    }
    text += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", path, ink);
    text += words(x.to + 8, y.at(spread_of(points.back()->fps)->median) + 4, row,
                  fmt::format("fill=\"{}\"", ink).c_str());
  }
  return text;
}

}  // namespace

std::string to_svg(const BenchReport& report) {
  const auto rows = rows_that_ran(report);
  const double below_bars = kTop + kRowHeight * static_cast<double>(rows.size()) + 50;
  const std::string threads = chart(report, "threads", below_bars);
  const std::string batch = chart(report, "batch", below_bars + (threads.empty() ? 0 : kChartHeight));
  const double height =
      below_bars + (threads.empty() ? 0 : kChartHeight) + (batch.empty() ? 0 : kChartHeight);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
             "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" "
             "fill=\"white\"/>\n",
             kWidth, height) +
         title(report) + bars(report, rows) + threads + batch + "</svg>\n";
}

}  // namespace framegen::app
