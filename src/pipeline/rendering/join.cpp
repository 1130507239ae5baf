// join.cpp: parts are looked at one by one, put in order, held against the speech, then copied.
#include <algorithm>

#include "core/file_guard.hpp"
#include "framegen/split.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"
#include "sink/mp4_join.hpp"

namespace framegen {
namespace {

std::string frames_text(std::int64_t first, std::int64_t end) {
  return "frames " + std::to_string(first) + ":" + std::to_string(end);
}

Error gap(std::int64_t first, std::int64_t end) {
  return {ErrorCode::kBadInput, "join", frames_text(first, end) + " are in no part",
          "render them: --range " + std::to_string(first) + ":" + std::to_string(end)};
}

Status check_cover(const std::vector<Mp4Part>& parts, std::int64_t frames_all) {
  std::int64_t covered = 0;
  const Mp4Part* before = nullptr;
  for (const Mp4Part& part : parts) {
    if (part.first_frame > covered) return gap(covered, part.first_frame);
    if (part.first_frame < covered)
      return Error{ErrorCode::kBadInput, part.path.string(),
                   "holds " + frames_text(part.first_frame, std::min(covered, part.end_frame())) +
                       ", which are in " + before->path.string() + " too",
                   "leave one of them out, or render the parts with ranges that do not overlap"};
    covered = part.end_frame();
    before = &part;
  }
  if (covered < frames_all) return gap(covered, frames_all);
  if (covered > frames_all)
    return Error{
        ErrorCode::kBadInput, parts.back().path.string(),
        "ends at frame " + std::to_string(covered) + ", and the speech has " + std::to_string(frames_all),
        "give the audio that the parts were rendered from"};
  return {};
}

}  // namespace

Result<std::int64_t> join_parts(const JoinJob& job) {
  if (job.parts.empty())
    return Error{ErrorCode::kBadUse, "join", "there are no parts", "name the MP4 files to join"};
  std::vector<NamedFile> inputs{{"JoinJob::audio", job.audio}};
  for (const auto& path : job.parts) inputs.push_back({"JoinJob::parts", path});
  const NamedFile output{"JoinJob::video", job.video};
  FRAMEGEN_TRY(check_outputs(inputs, {&output, 1}));
  std::vector<Mp4Part> parts;
  for (const auto& path : job.parts) parts.push_back(FRAMEGEN_TRY(examine_part(path)));
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Mp4Part& a, const Mp4Part& b) { return a.first_frame < b.first_frame; });
  FRAMEGEN_TRY(check_alike(parts));
  const std::int64_t frames_all = FRAMEGEN_TRY(speech_frames(job.audio, job.sandbox));
  FRAMEGEN_TRY(check_cover(parts, frames_all));
  Mp4JoinOptions options;
  options.sound = job.audio;
  options.zygote = zygote_of(job.sandbox);
  options.mark = job.mark;
  options.software = std::string("framegen ") + FRAMEGEN_VERSION;
  options.progress = job.progress;
  FRAMEGEN_TRY(join_mp4(parts, job.video, options));
  return parts.back().end_frame();
}

}  // namespace framegen
