// result.cpp: medians, ratios, JSON.
#include "bench/result.hpp"

#include <algorithm>

namespace framegen::app {
namespace {

Json json_of(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"median", spread->median}, {"lowest", spread->lowest}, {"highest", spread->highest}};
}

Json json_of(const std::optional<std::uint64_t>& bytes) { return bytes ? Json(*bytes) : Json(nullptr); }

Json json_of(const BenchAgreement& a) {
  return {{"reference", a.is_reference},
          {"frames", a.frames},
          {"identical", a.identical},
          {"within_one", a.within_one},
          {"largest", a.largest},
          {"psnr_db", a.psnr_db ? Json(*a.psnr_db) : Json(nullptr)},
          {"ssim", a.ssim}};
}

Json rounds_of(const BenchRowResult& row) {
  Json list = Json::array();
  for (const auto& round : row.rounds) {
    if (!round) {
      list.push_back(nullptr);
      continue;
    }
    list.push_back({{"prepare_s", round->prepare_s},
                    {"generator_fps", round->generator_fps},
                    {"render_fps", round->render_fps},
                    {"mp4_fps", round->mp4_fps},
                    {"peak_bytes", round->peak_bytes},
                    {"peak_with_encoder_bytes", round->peak_with_encoder_bytes}});
  }
  return list;
}

Json new_frames_of(const BenchReport& report, const BenchRowResult& row) {
  Json json{{"fps", json_of(spread_of(row, &NewFramesRound::fps))},
            {"fps_ratio", json_of(ratio_to_better(report, row, &NewFramesRound::fps))},
            {"mp4_fps", json_of(spread_of(row, &NewFramesRound::mp4_fps))},
            {"cpu_s", json_of(spread_of(row, &NewFramesRound::cpu_s))},
            {"cpu_ratio", json_of(ratio_to_better(report, row, &NewFramesRound::cpu_s))},
            {"agreement", row.new_frames_agreement ? json_of(*row.new_frames_agreement) : Json(nullptr)},
            {"rounds", Json::array()}};
  for (const auto& round : row.new_frames)
    json["rounds"].push_back(round ? Json{{"fps", round->fps},
                                          {"mp4_fps", round->mp4_fps},
                                          {"cpu_s", round->cpu_s},
                                          {"peak_bytes", round->peak_bytes}}
                                   : Json(nullptr));
  return json;
}

Json json_of(const BenchReport& report, const BenchRowResult& row) {
  Json json{{"name", row.row.name}, {"words", row.row.words}};
  if (!row.not_run.empty()) {
    json["not_run"] = row.not_run;
    return json;
  }
  json["backend"] = row.backend;
  json["workers"] = row.workers;
  json["batch"] = row.batch;
  json["generator_fps"] = json_of(spread_of(row, &BenchRound::generator_fps));
  json["render_fps"] = json_of(spread_of(row, &BenchRound::render_fps));
  json["mp4_fps"] = json_of(spread_of(row, &BenchRound::mp4_fps));
  json["generator_ratio"] = json_of(ratio_to_baseline(report, row, &BenchRound::generator_fps));
  json["render_ratio"] = json_of(ratio_to_baseline(report, row, &BenchRound::render_fps));
  json["mp4_ratio"] = json_of(ratio_to_baseline(report, row, &BenchRound::mp4_fps));
  json["prepare_s"] = json_of(spread_of(row, &BenchRound::prepare_s));
  if (const auto rate = spread_of(row, &BenchRound::render_fps))
    json["seconds"] = report.frames / rate->median;
  if (const auto rate = spread_of(row, &BenchRound::mp4_fps))
    json["real_time_factor"] = rate->median / report.avatar_fps;
  json["peak_bytes"] = peak_bytes(row);
  json["weight_bytes"] = json_of(row.weight_bytes);
  json["working_bytes"] = json_of(row.working_bytes);
  json["kept_bytes_per_template_frame"] = json_of(row.kept_bytes);
  json["agreement"] = row.agreement ? json_of(*row.agreement) : Json(nullptr);
  json["rounds"] = rounds_of(row);
  if (report.distinct > 0) json["every_frame_new"] = new_frames_of(report, row);
  return json;
}

const BenchRowResult* row_named(const BenchReport& report, std::string_view name) {
  for (const BenchRowResult& row : report.rows)
    if (row.row.name == name) return &row;
  return nullptr;
}

// 0 where neither ran.
double better_of(const BenchReport& report, std::size_t round, double NewFramesRound::*figure) {
  double best = 0;
  for (const char* name : {kBaseline, kOtherBaseline}) {
    const BenchRowResult* const row = row_named(report, name);
    if (row == nullptr || round >= row->new_frames.size() || !row->new_frames[round]) continue;
    const double value = (*row->new_frames[round]).*figure;
    const bool less_is_better = figure == &NewFramesRound::cpu_s;
    if (best == 0 || (less_is_better ? value < best : value > best)) best = value;
  }
  return best;
}

}  // namespace

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return Spread{median, values.front(), values.back()};
}

std::optional<Spread> spread_of(const BenchRowResult& row, double BenchRound::*figure) {
  std::vector<double> values;
  for (const auto& round : row.rounds)
    if (round) values.push_back((*round).*figure);
  return spread_of(std::move(values));
}

std::optional<Spread> ratio_to_baseline(const BenchReport& report, const BenchRowResult& row,
                                        double BenchRound::*figure) {
  const BenchRowResult* const baseline = row_named(report, kBaseline);
  if (baseline == nullptr) return std::nullopt;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(row.rounds.size(), baseline->rounds.size()); ++i) {
    const auto &mine = row.rounds[i], &theirs = baseline->rounds[i];
    if (mine && theirs && (*theirs).*figure > 0) ratios.push_back((*mine).*figure / (*theirs).*figure);
  }
  return spread_of(std::move(ratios));
}

std::optional<Spread> spread_of(const BenchRowResult& row, double NewFramesRound::*figure) {
  std::vector<double> values;
  for (const auto& round : row.new_frames)
    if (round) values.push_back((*round).*figure);
  return spread_of(std::move(values));
}

std::optional<Spread> ratio_to_better(const BenchReport& report, const BenchRowResult& row,
                                      double NewFramesRound::*figure) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < row.new_frames.size(); ++i) {
    const double theirs = better_of(report, i, figure);
    if (!row.new_frames[i] || theirs <= 0) continue;
    const double mine = (*row.new_frames[i]).*figure;
    if (mine > 0) ratios.push_back(figure == &NewFramesRound::cpu_s ? theirs / mine : mine / theirs);
  }
  return spread_of(std::move(ratios));
}

std::uint64_t peak_bytes(const BenchRowResult& row) {
  std::uint64_t peak = 0;
  for (const auto& round : row.rounds)
    if (round) peak = std::max(peak, round->peak_bytes);
  return peak;
}

Json to_json(const BenchReport& report) {
  Json json{
      {"machine", report.machine}, {"setup", report.setup}, {"baseline", kBaseline}, {"rows", Json::array()}};
  for (const BenchRowResult& row : report.rows) json["rows"].push_back(json_of(report, row));
  for (const BenchSweepPoint& point : report.sweep)
    json["sweep"].push_back({{"row", point.row},
                             {"axis", point.axis},
                             {"value", point.value},
                             {"generator_fps", json_of(spread_of(point.fps))},
                             {"rounds", point.fps}});
  return json;
}

}  // namespace framegen::app
