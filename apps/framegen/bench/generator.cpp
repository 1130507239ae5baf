// generator.cpp: workers take batches off one list, as the pipeline's do.
#include "bench/generator.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <optional>
#include <set>

#include "audio/speech_source.hpp"
#include "command.hpp"
#include "core/crew.hpp"

namespace framegen::app {
namespace {

// The first `frames` audio windows of a recording, one after the other into `take`.
Status each_window(const Speaker& speaker, const std::filesystem::path& audio, int frames,
                   const std::function<std::span<float>(int)>& room) {
  SpeechSource speech = FRAMEGEN_TRY(SpeechSource::open(audio));
  AudioWindowStream windows = FRAMEGEN_TRY(speaker.make_window_stream(0));
  std::vector<float> block(16000);
  int made = 0;
  while (made < frames) {
    const std::size_t got = FRAMEGEN_TRY(speech.read(block));
    if (got == 0) break;
    std::span<const float> rest = std::span(block).first(got);
    while (!rest.empty() && made < frames) {
      rest = rest.subspan(FRAMEGEN_TRY(windows.push(rest)));
      while (made < frames && FRAMEGEN_TRY(windows.next(room(made)))) ++made;
    }
  }
  if (made == frames) return {};
  return Error{ErrorCode::kBadInput, audio.string(), "is too short for " + std::to_string(frames) + " frames",
               "ask for fewer --frames"};
}

}  // namespace

GeneratorBench::GeneratorBench(const Speaker& speaker, std::vector<Input> inputs)
    : speaker_(&speaker), inputs_(std::move(inputs)) {
  const auto size = static_cast<std::size_t>(speaker.image_size());
  for (int worker = 0; worker < speaker.workers(); ++worker)
    faces_.emplace_back(size * size * 3 * static_cast<std::size_t>(speaker.batch()));
}

Result<GeneratorBench> GeneratorBench::create(const Speaker& speaker, const std::filesystem::path& audio,
                                              int frames) {
  std::vector<Input> inputs(static_cast<std::size_t>(frames));
  for (int i = 0; i < frames; ++i) {
    Input& input = inputs[static_cast<std::size_t>(i)];
    input.template_frame = speaker.template_frame(i, 0);
    input.prepared = FRAMEGEN_TRY(speaker.frames().get(input.template_frame));
    input.window = AlignedBuffer<float>(speaker.window_size());
  }
  FRAMEGEN_TRY(each_window(speaker, audio, frames,
                           [&](int i) { return inputs[static_cast<std::size_t>(i)].window.span(); }));
  return GeneratorBench(speaker, std::move(inputs));
}

Status GeneratorBench::warm_up() {
  std::vector<int> chosen;
  std::set<int> seen;
  const bool keeps_image_parts = speaker_->backend().keeps_image_parts();
  const int batch = speaker_->batch();
  // The last, smaller batch is a size of its own.
  const int at_least = speaker_->workers() * batch + static_cast<int>(inputs_.size()) % batch;
  for (int i = 0; i < static_cast<int>(inputs_.size()); ++i)
    if (i < at_least ||
        (keeps_image_parts && seen.insert(inputs_[static_cast<std::size_t>(i)].template_frame).second))
      chosen.push_back(i);
  FRAMEGEN_TRY(run(chosen));
  // ONNX Runtime takes new memory in the first two calls of every batch size.
  if (!keeps_image_parts) FRAMEGEN_TRY(run(chosen));
  return {};
}

Result<double> GeneratorBench::run() {
  std::vector<int> all(inputs_.size());
  std::iota(all.begin(), all.end(), 0);
  return run(all);
}

Status GeneratorBench::run_worker(int worker, const std::vector<int>& inputs,
                                  std::atomic<std::size_t>& next) {
  GeneratorWorker* const generator = FRAMEGEN_TRY(speaker_->generator_worker(worker));
  const int size = speaker_->image_size();
  const auto face_bytes = static_cast<std::size_t>(size) * static_cast<std::size_t>(size) * 3;
  const auto batch = static_cast<std::size_t>(speaker_->batch());
  std::vector<GeneratorJob> jobs;
  for (std::size_t first = next.fetch_add(batch); first < inputs.size() && !interrupted;
       first = next.fetch_add(batch)) {
    jobs.clear();
    for (std::size_t i = first; i < std::min(first + batch, inputs.size()); ++i) {
      const Input& input = inputs_[static_cast<std::size_t>(inputs[i])];
      GeneratorJob job;
      job.template_frame = input.template_frame;
      job.image = input.prepared->image;
      job.audio_window = input.window.span();
      job.face = {faces_[static_cast<std::size_t>(worker)].data() + (i - first) * face_bytes, size, size,
                  std::ptrdiff_t{3} * size};
      jobs.push_back(job);
    }
    FRAMEGEN_TRY(generator->run(jobs));
  }
  if (interrupted) return Error{ErrorCode::kCancelled, "bench", "stopped as you asked", ""};
  return {};
}

Result<double> GeneratorBench::run(const std::vector<int>& inputs) {
  std::atomic<std::size_t> next{0};
  std::vector<std::optional<Error>> errors(faces_.size());
  const auto start = std::chrono::steady_clock::now();
  {
    Crew crew;
    for (std::size_t worker = 0; worker < faces_.size(); ++worker)
      crew.start([&, worker] {
        const Status done = run_worker(static_cast<int>(worker), inputs, next);
        if (!done) errors[worker] = done.error();
      });
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  for (const auto& error : errors)
    if (error) return *error;
  return seconds.count();
}

}  // namespace framegen::app
