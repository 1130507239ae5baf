// user_words.cpp: the one table between the C++ API's names and the command line's.
#include "words/user_words.hpp"

#include <array>
#include <utility>
#include <vector>

#include "core/words.hpp"

namespace framegen::app {
namespace {

// Longer names before those that they begin with.
constexpr std::array kWords = {Word{"EngineOptions::threads", "--threads"},
                               Word{"EngineOptions::batch", "--batch"},
                               Word{"EngineOptions::backend", "--backend"},
                               Word{"EngineOptions::mode", "--mode"},
                               Word{"EngineOptions::provider", "--provider"},
                               Word{"EngineOptions::precision", "--precision"},
                               Word{"EngineOptions::low_latency", "--latency"},
                               Word{"EngineOptions::memory_budget_bytes", "--memory-mb"},
                               Word{"EngineOptions::cpu", "--cpu"},
                               Word{"PrepareOptions::disk_budget_bytes", "--disk-mb"},
                               Word{"SessionOptions::start_frame", "--start-frame"},
                               Word{"SessionOptions::first_frame", "--range"},
                               Word{"SessionOptions::sample_rate_hz", "--rate"},
                               Word{"SessionOptions::max_buffer_ms", "--max-buffer-ms"},
                               Word{"LiveOptions::sample_rate_hz", "--rate"},
                               Word{"LiveOptions::look_ahead_ms", "--look-ahead-ms"},
                               Word{"LiveOptions::silence_gate_db", "--silence-gate-db"},
                               Word{"LiveOptions::max_buffer_ms", "--max-buffer-ms"},
                               Word{"LiveSession::", "stream: "},
                               Word{"RenderJob::audio", "--audio"},
                               Word{"RenderJob::video", "--output"},
                               Word{"RenderJob::frames_folder", "--frames-dir"},
                               Word{"RenderJob::overwrite_frames_folder", "-y"},
                               Word{"RenderJob::raw", "--raw"},
                               Word{"RenderJob::hash", "--hash"},
                               Word{"RenderJob::crf", "--crf"},
                               Word{"RenderJob::preset", "--preset"},
                               Word{"RenderJob::first_frame", "--range"},
                               Word{"JoinJob::audio", "--audio"},
                               Word{"JoinJob::video", "--output"},
                               Word{"JoinJob::parts", "part"},
                               Word{"BatchOptions::at_once", "--at-once"},
                               Word{"BatchOptions::folder", "--output-dir"},
                               Word{"BatchOptions::journal", "--journal"},
                               Word{"BatchListOptions::shards", "--shard"},
                               Word{"BatchListOptions::shard", "--shard"},
                               Word{"CalibrateOptions::faces", "--faces"},
                               Word{"CalibrateOptions::least_likeness", "--search"},
                               Word{"CalibrateOptions::likeness_faces", "--likeness-faces"},
                               Word{"CalibrateOptions::keep_ranges", "--likeness"},
                               Word{"ImportJob::landmark_points", "--landmark-points"},
                               Word{"ImportJob::smoothing", "--smooth"},
                               Word{"Avatar::open", "--avatar"}};

std::vector<std::pair<std::string, std::string>>& said() {
  static std::vector<std::pair<std::string, std::string>> names;
  return names;
}

}  // namespace

void say_as(const std::string& internal, const std::string& words) { said().emplace_back(internal, words); }

std::string in_users_words(std::string text) {
  for (const auto& [internal, words] : said()) replace_all(text, internal, words);
  for (const auto& [name, words] : kWords) replace_all(text, name, words);
  return text;
}

Error in_users_words(Error error) {
  error.where = in_users_words(std::move(error.where));
  error.what = in_users_words(std::move(error.what));
  error.remedy = in_users_words(std::move(error.remedy));
  return error;
}

}  // namespace framegen::app
