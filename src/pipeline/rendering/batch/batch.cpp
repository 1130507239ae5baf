// batch.cpp: a batch from its options to its report.
#include "framegen/batch.hpp"

#include <nlohmann/json.hpp>

#include "core/file_guard.hpp"
#include "core/machine.hpp"
#include "pipeline/rendering/batch/run.hpp"

namespace framegen {
namespace {

constexpr int kMostAtOnce = 256;

Status check(const BatchOptions& options) {
  if (options.folder.empty())
    return Error{ErrorCode::kBadUse, "BatchOptions::folder", "there is no output folder", "name one"};
  if (options.at_once < 0 || options.at_once > kMostAtOnce)
    return Error{ErrorCode::kBadUse, "BatchOptions::at_once", "is out of range", "give 0 … 256"};
  const std::filesystem::path journal = options.journal;
  if (journal.extension() != ".jsonl" || journal.has_parent_path())
    return Error{ErrorCode::kBadUse, "BatchOptions::journal " + options.journal,
                 "is not a plain name ending in .jsonl", "give such as batch.jsonl"};
  return {};
}

// No job's output is the speech or the avatar of any, or the journal.
Status check_files(const BatchList& list, const BatchOptions& options) {
  std::vector<NamedFile> inputs, outputs{{"BatchOptions::journal", options.folder / options.journal}};
  std::filesystem::path last_avatar;
  for (const BatchJob& job : list.jobs) {
    const std::string line = "line " + std::to_string(job.line) + ": ";
    inputs.push_back({line + "audio", job.render.audio});
    if (job.avatar != last_avatar) inputs.push_back({line + "avatar", job.avatar});
    last_avatar = job.avatar;
    outputs.push_back({line + "output", options.folder / job.render.video});
    if (!job.render.hash.empty()) outputs.push_back({line + "hash", options.folder / job.render.hash});
  }
  return check_outputs(inputs, outputs);
}

}  // namespace

std::string BatchFailure::message() const {
  return "line " + std::to_string(line) + ": " + (name.empty() ? "" : name + ": ") + error.message();
}

std::int64_t BatchReport::frames() const {
  std::int64_t sum = 0;
  for (const BatchResult& result : results) sum += result.skipped ? 0 : result.frames;
  return sum;
}

int BatchReport::skipped() const {
  int count = 0;
  for (const BatchResult& result : results) count += result.skipped ? 1 : 0;
  return count;
}

std::string BatchReport::to_json() const {
  const Machine machine = describe_machine();
  auto json = nlohmann::ordered_json::object();
  json["version"] = FRAMEGEN_VERSION;
  json["machine"] = {{"cpu", machine.cpu}, {"cores", machine.cores}, {"memory_bytes", machine.memory_bytes}};
  json["jobs"] = results.size() + failures.size();
  json["skipped"] = skipped();
  json["failed"] = failures.size();
  json["frames"] = frames();
  json["elapsed_s"] = elapsed_s;
  json["frames_per_second"] = elapsed_s > 0 ? static_cast<double>(frames()) / elapsed_s : 0.0;
  json["peak_memory_bytes"] = peak_memory_bytes;
  json["results"] = nlohmann::ordered_json::array();
  for (const BatchResult& result : results)
    json["results"].push_back({{"line", result.line},
                               {"output", result.output},
                               {"skipped", result.skipped},
                               {"frames", result.frames},
                               {"elapsed_s", result.elapsed_s},
                               {"sha256", result.sha256}});
  json["failures"] = nlohmann::ordered_json::array();
  for (const BatchFailure& failure : failures)
    json["failures"].push_back({{"line", failure.line},
                                {"name", failure.name},
                                {"code", static_cast<int>(failure.error.code)},
                                {"error", failure.error.message()}});
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<BatchReport> run_batch(Engine& engine, const BatchList& list, const BatchOptions& options,
                              const std::function<bool(const BatchProgress&)>& progress) {
  FRAMEGEN_TRY(check(options));
  FRAMEGEN_TRY(check_files(list, options));
  std::error_code ignored;  // a folder that cannot be made shows when the journal is opened
  std::filesystem::create_directories(options.folder, ignored);
  BatchRun run(engine, list, options,
               FRAMEGEN_TRY(Journal::open(options.folder / options.journal, !options.resume)));
  FRAMEGEN_TRY(run.run(progress));
  return run.report();
}

}  // namespace framegen
