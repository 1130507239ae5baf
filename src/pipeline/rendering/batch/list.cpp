// list.cpp: JSON lines or comma-separated values → jobs, each wrong line told with its number.
#include <algorithm>
#include <map>
#include <sstream>

#include "core/files.hpp"
#include "framegen/batch_list.hpp"
#include "framegen/split.hpp"
#include "pipeline/rendering/batch/lines.hpp"

namespace framegen {
namespace {

constexpr int kMaxShards = 100'000;
constexpr const char* kKeys[] = {"audio",       "avatar", "output", "hash", "range",
                                 "start_frame", "crf",    "preset", "mark"};

Error bad_line(const std::string& what, const std::string& remedy = "mend the line") {
  return {ErrorCode::kBadInput, "", what, remedy};
}

// An output's path inside the batch's folder.
Result<std::filesystem::path> inside(const std::string& key, const std::string& text) {
  const auto path = std::filesystem::path(text).lexically_normal();
  const bool leaves = path.is_absolute() || path.empty() || *path.begin() == "..";
  if (leaves || path.filename().empty() || path.filename() == ".")
    return bad_line(key + " \"" + text + "\" does not lie inside the output folder",
                    "give a relative file name");
  if (path.extension() == ".jsonl")
    return bad_line(key + " \"" + text + "\" would be taken for a journal",
                    "give it another ending than .jsonl");
  return path;
}

Result<int> number(const BatchWords& words, const std::string& key, int low, int high, int otherwise) {
  const auto found = words.find(key);
  if (found == words.end()) return otherwise;
  std::istringstream text(found->second);
  int value = 0;
  if (!(text >> value) || !text.eof() || value < low || value > high)
    return bad_line(key + " \"" + found->second + "\" is not a whole number from " + std::to_string(low) +
                    " to " + std::to_string(high));
  return value;
}

Result<bool> yes_or_no(const BatchWords& words, const std::string& key, bool otherwise) {
  const auto found = words.find(key);
  if (found == words.end()) return otherwise;
  if (found->second == "true" || found->second == "false") return found->second == "true";
  return bad_line(key + " \"" + found->second + "\" is neither true nor false");
}

Status known_keys(const BatchWords& words) {
  for (const auto& [key, value] : words)
    if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys))
      return bad_line("there is no key \"" + key + "\"",
                      "keys: audio, avatar, output, hash, range, start_frame, crf, preset, mark");
  return {};
}

Status fill_render(const BatchWords& words, const std::filesystem::path& base, RenderJob& render) {
  const auto word = [&](const char* key) {
    const auto found = words.find(key);
    return found == words.end() ? std::string() : found->second;
  };
  if (word("audio").empty()) return bad_line("it names no audio", "give \"audio\": a file with speech");
  render.audio = base / word("audio");
  const std::string output = word("output");
  render.video =
      FRAMEGEN_TRY(inside("output", output.empty() ? render.audio.stem().string() + ".mp4" : output));
  if (!word("hash").empty()) render.hash = FRAMEGEN_TRY(inside("hash", word("hash")));
  if (!word("range").empty()) {
    auto range = parse_frame_range(word("range"));
    if (!range) return bad_line(range.error().where + " " + range.error().what, range.error().remedy);
    render.first_frame = range->first;
    render.end_frame = range->end;
    render.expected_frames = kWholeSpeech;  // a part's frames are those of `render` for the whole
  }
  render.start_frame = FRAMEGEN_TRY(number(words, "start_frame", 0, 1 << 30, 0));
  render.crf = FRAMEGEN_TRY(number(words, "crf", 0, 51, render.crf));
  if (!word("preset").empty()) render.preset = word("preset");
  render.mark = FRAMEGEN_TRY(yes_or_no(words, "mark", true));
  return {};
}

std::filesystem::path avatar_of(const std::string& word, const std::filesystem::path& base,
                                const FindAvatar& find_avatar) {
  auto folder = (base / word).lexically_normal();
  std::error_code ignored;
  if (!find_avatar || std::filesystem::exists(folder / "avatar.json", ignored)) return folder;
  const auto found = find_avatar(word);
  return found.empty() ? folder : found;
}

Result<BatchJob> job_of(const BatchLine& line, const std::filesystem::path& base,
                        const BatchListOptions& options, const FindAvatar& find_avatar) {
  const BatchWords words = FRAMEGEN_TRY(Result<BatchWords>(line.words));
  FRAMEGEN_TRY(known_keys(words));
  BatchJob job;
  job.line = line.number;
  job.render.crf = options.crf;
  job.render.preset = options.preset;
  FRAMEGEN_TRY(fill_render(words, base, job.render));
  const auto avatar = words.find("avatar");
  if (avatar != words.end() && !avatar->second.empty())
    job.avatar = avatar_of(avatar->second, base, find_avatar);
  else if (!options.default_avatar.empty())
    job.avatar = options.default_avatar;
  else
    return bad_line("it names no avatar", "give \"avatar\", or --avatar for all lines");
  return job;
}

Status refuse_shared_outputs(const std::vector<BatchJob>& jobs, const std::string& list) {
  std::map<std::filesystem::path, std::int64_t> first_line;
  for (const BatchJob& job : jobs)
    for (const auto& output : {job.render.video, job.render.hash}) {
      if (output.empty()) continue;
      const auto [found, is_new] = first_line.emplace(output, job.line);
      if (!is_new)
        return Error{ErrorCode::kBadUse, list,
                     "lines " + std::to_string(found->second) + " and " + std::to_string(job.line) +
                         " both write " + output.string(),
                     "give each job an \"output\" of its own"};
    }
  return {};
}

}  // namespace

Result<BatchList> read_batch_list(const std::filesystem::path& path, const BatchListOptions& options) {
  return parse_batch_list(FRAMEGEN_TRY(read_text_file(path)), path, options);
}

Result<BatchList> parse_batch_list(const std::string& text, const std::filesystem::path& path,
                                   const BatchListOptions& options, const FindAvatar& find_avatar) {
  if (options.shards < 1 || options.shards > kMaxShards || options.shard < 0 ||
      options.shard >= options.shards)
    return Error{ErrorCode::kBadUse, "BatchListOptions::shard", "is not K/N with 0 ≤ K < N ≤ 100000",
                 "give such as 0/20"};
  const std::vector<BatchLine> lines = FRAMEGEN_TRY(batch_lines(path, text));
  BatchList all;
  std::vector<bool> jobs_mine;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool mine = static_cast<int>(i % static_cast<std::size_t>(options.shards)) == options.shard;
    auto job = job_of(lines[i], path.parent_path(), options, find_avatar);
    if (!job) {
      if (mine) all.bad_lines.push_back({lines[i].number, "", std::move(job).error()});
      continue;
    }
    all.jobs.push_back(*std::move(job));
    jobs_mine.push_back(mine);
  }
  FRAMEGEN_TRY(refuse_shared_outputs(all.jobs, path.string()));
  BatchList list;
  list.bad_lines = std::move(all.bad_lines);
  for (std::size_t i = 0; i < all.jobs.size(); ++i)
    if (jobs_mine[i]) list.jobs.push_back(std::move(all.jobs[i]));
  return list;
}

}  // namespace framegen
