// face_stream.cpp: how the workers share one session's frames.
#include "pipeline/speaking/face_stream.hpp"

#include <algorithm>

#include "audio/resampler.hpp"
#include "core/frame_rate.hpp"
#include "core/guarded.hpp"

namespace framegen {
namespace {

// One windows piece looks at one frame's worth of sound: pieces stay short, so faces are never kept waiting.
constexpr std::size_t kStepSamples = kSpeechRateHz / kFramesPerSecond;
// Windows that become final with one step of sound: one as a rule, two where the mel columns' rounding falls
// so.
constexpr std::int64_t kWindowsPerStep = 2;
// Faces between asking a disk for a template frame's part and needing it: some tenths of a second.
constexpr std::int64_t kReadAhead = 12;

class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<std::int64_t>& total) : total_(total) {}
  ~Stopwatch() {
    total_ += std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start_)
                  .count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::atomic<std::int64_t>& total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Result<std::unique_ptr<FaceStream>> FaceStream::create(WorkerPool& pool, const Speaker& speaker,
                                                       const Options& options) {
  AudioWindowStream windows = FRAMEGEN_TRY(speaker.make_window_stream(options.first_frame, options.ahead));
  std::unique_ptr<FaceStream> stream(new FaceStream(pool, speaker, options, std::move(windows)));
  pool.add(*stream);
  return stream;
}

FaceStream::FaceStream(WorkerPool& pool, const Speaker& speaker, const Options& options,
                       AudioWindowStream windows)
    : pool_(pool),
      speaker_(speaker),
      options_(options),
      windows_(std::move(windows)),
      step_(kStepSamples),
      fifo_(static_cast<std::size_t>(options.max_buffer_ms) * kSpeechRateHz / 1000),
      windows_ready_(options.first_frame),
      next_face_(options.first_frame),
      pulled_(options.first_frame) {
  // Every worker can hold a full batch while the consumer holds one frame and the next batch's windows are
  // made.
  const int slots = (speaker.workers() + 1) * batch() + static_cast<int>(kWindowsPerStep) + 1;
  slots_.resize(static_cast<std::size_t>(slots));
  const std::size_t face_bytes =
      static_cast<std::size_t>(speaker.image_size()) * static_cast<std::size_t>(speaker.image_size()) * 3;
  for (Slot& s : slots_) {
    s.window = AlignedBuffer<float>(speaker.window_size());
    s.face = AlignedBuffer<std::uint8_t>(face_bytes);
  }
}

FaceStream::~FaceStream() { pool_.remove(*this); }

Result<bool> FaceStream::push(std::span<const float> samples) {
  const std::lock_guard lock(pool_.mutex());
  if (error_) return *error_;
  if (input_finished_)
    return Error{ErrorCode::kBadUse, "Session::push", "the speech was already finished",
                 "push before finish(), or make a new session"};
  if (samples.size() > fifo_.space()) {
    if (samples.size() <= fifo_.space() + fifo_.size()) return false;
    return Error{ErrorCode::kBadUse, "Session::push", "the piece is longer than max_buffer_ms",
                 "push smaller pieces, or raise SessionOptions::max_buffer_ms"};
  }
  fifo_.push(samples);
  pool_.notify();
  return true;
}

Status FaceStream::finish(std::span<const float> tail) {
  const std::lock_guard lock(pool_.mutex());
  if (error_) return *error_;
  if (input_finished_) return {};
  tail_.assign(tail.begin(), tail.end());
  input_finished_ = true;
  pool_.notify();
  return {};
}

std::optional<std::int64_t> FaceStream::frames_all() const {
  const std::lock_guard lock(pool_.mutex());
  return frames_all_;
}

bool FaceStream::padded() const {
  const std::lock_guard lock(pool_.mutex());
  return padded_;
}

// The next piece of sound: from the fifo, then from the tail.
std::size_t FaceStream::take_step() {
  std::size_t taken = fifo_.pop(step_.span());
  while (taken < step_.size() && tail_taken_ < tail_.size()) step_[taken++] = tail_[tail_taken_++];
  step_is_last_ = input_finished_ && fifo_.size() == 0 && tail_taken_ == tail_.size();
  return taken;
}

std::int64_t FaceStream::slack() const { return next_face_ - pulled_; }

bool FaceStream::windows_claimable() const {
  if (making_windows_ || frames_all_) return false;
  if (windows_ready_ + kWindowsPerStep > pulled_ - (holding_ ? 1 : 0) + capacity()) return false;
  return step_taken_ < step_size_ || fifo_.size() >= options_.least_step || input_finished_;
}

int FaceStream::faces_claimable() const {
  const std::int64_t ready = windows_ready_ - next_face_;
  // A whole batch or, at the end of the speech, what is left.
  if (ready >= batch()) return batch();
  return frames_all_ ? static_cast<int>(ready) : 0;
}

bool FaceStream::claim(int worker, Piece& piece) {
  if (error_ || abandoned_) return false;
  if (windows_claimable() && windows_ready_ - next_face_ < batch() * std::int64_t{speaker_.workers()}) {
    making_windows_ = true;
    if (step_taken_ == step_size_) {
      step_size_ = take_step();
      step_taken_ = 0;
    }
    piece = {kWindows, windows_ready_, 0};
    return true;
  }
  const int count = worker < speaker_.workers() ? faces_claimable() : 0;
  if (count == 0) return false;
  piece = {kFaces, next_face_, count};
  for (int i = 0; i < count; ++i) slot(next_face_ + i).place = next_face_ + i + shift_;
  next_face_ += count;
  ++faces_out_;
  return true;
}

void FaceStream::run(int worker, const Piece& piece) noexcept {
  Status status = guarded("use fewer threads, a smaller batch or a smaller memory budget", [&] {
    return piece.kind == kWindows ? make_windows() : make_faces(worker, piece);
  });
  if (!status) {
    const std::lock_guard lock(pool_.mutex());
    fail(std::move(status).error());
  }
}

void FaceStream::complete(int, const Piece& piece) {
  if (piece.kind == kWindows) {
    windows_ready_ += made_in_step_;
    making_windows_ = false;
    if (ended_in_step_) {
      frames_all_ = windows_.frames();
      padded_ = windows_.padded();
    }
  } else {
    for (int i = 0; i < piece.count; ++i) slot(piece.first + i).done = true;
    --faces_out_;
  }
}

void FaceStream::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

Status FaceStream::make_windows() {
  const Stopwatch watch(times_.features);
  made_in_step_ = 0;
  ended_in_step_ = false;
  const std::int64_t first = windows_ready_;  // nobody else writes it while this piece is out
  while (made_in_step_ < kWindowsPerStep) {
    if (FRAMEGEN_TRY(windows_.next(slot(first + made_in_step_).window.span()))) {
      ++made_in_step_;
    } else if (step_taken_ < step_size_) {
      step_taken_ += FRAMEGEN_TRY(windows_.push(step_.span().subspan(step_taken_, step_size_ - step_taken_)));
    } else if (step_is_last_ && !windows_finished_) {
      FRAMEGEN_TRY(windows_.finish());
      windows_finished_ = true;
    } else {
      ended_in_step_ = windows_finished_;  // all windows are out
      break;
    }
  }
  return {};
}

Status FaceStream::make_faces(int worker, const Piece& piece) {
  FRAMEGEN_TRY(prepare(piece));
  FRAMEGEN_TRY(generate(worker, piece));
  return paste(worker, piece);
}

Status FaceStream::prepare(const Piece& piece) {
  const Stopwatch watch(times_.prepare);
  for (int i = 0; i < piece.count; ++i) {
    Slot& s = slot(piece.first + i);
    s.template_frame = options_.loop.at(s.place);
    s.seen_again =
        options_.expected_frames == 0 || options_.loop.repeats_within(s.place, options_.expected_frames);
    // What was prepared on a disk is read before its turn: the loop's order is known.
    const std::int64_t first = piece.first + i == options_.first_frame ? 1 : kReadAhead;
    for (std::int64_t next = first; next <= kReadAhead; ++next)
      speaker_.backend().soon(options_.loop.at(s.place + next));
    s.prepared = FRAMEGEN_TRY(speaker_.frames().get(s.template_frame, s.seen_again));
  }
  return {};
}

Status FaceStream::generate(int worker, const Piece& piece) {
  const Stopwatch watch(times_.generator);
  std::array<GeneratorJob, kMaxBatch> jobs;
  const int size = speaker_.image_size();
  for (int i = 0; i < piece.count; ++i) {
    Slot& s = slot(piece.first + i);
    GeneratorJob& job = jobs[static_cast<std::size_t>(i)];
    job.template_frame = s.template_frame;
    job.seen_again = s.seen_again;
    job.image = s.prepared->image;
    job.audio_window = s.window.span();
    job.face = {s.face.data(), size, size, std::ptrdiff_t{3} * size};
  }
  GeneratorWorker* const generator = FRAMEGEN_TRY(speaker_.generator_worker(worker));
  return generator->run(std::span(jobs).first(static_cast<std::size_t>(piece.count)));
}

Status FaceStream::paste(int worker, const Piece& piece) {
  const Stopwatch watch(times_.paste);
  const int size = speaker_.image_size();
  for (int i = 0; i < piece.count; ++i) {
    Slot& s = slot(piece.first + i);
    FRAMEGEN_TRY(
        speaker_.paste(worker, *s.prepared, {s.face.data(), size, size, std::ptrdiff_t{3} * size}, s.area));
  }
  return {};
}

// More speech must be pushed before anything can happen.
bool FaceStream::starving() const {
  return !input_finished_ && !making_windows_ && next_face_ == pulled_ && faces_claimable() == 0 &&
         !windows_claimable();
}

ImageView FaceStream::face_view(const Slot& s) const {
  const int size = speaker_.image_size();
  return {s.face.data(), size, size, std::ptrdiff_t{3} * size};
}

Result<Pulled> FaceStream::pull(FinishedFace& face, std::chrono::milliseconds wait, bool until_starving) {
  std::unique_lock lock(pool_.mutex());
  if (holding_) {
    slot(pulled_ - 1).prepared.reset();
    holding_ = false;
    pool_.notify();
  }
  const auto settled = [&] {
    return error_ || abandoned_ || slot(pulled_).done || (frames_all_ && pulled_ >= *frames_all_) ||
           (until_starving && starving());
  };
  wait_for(lock, wait, settled);
  if (error_) return *error_;
  if (abandoned_) return Pulled::kAgain;
  if (frames_all_ && pulled_ >= *frames_all_) return Pulled::kFinished;
  Slot& s = slot(pulled_);
  if (!s.done) return Pulled::kAgain;
  s.done = false;
  face = {pulled_, s.template_frame, s.prepared, &s.area, face_view(s), s.place};
  ++pulled_;
  holding_ = true;
  return Pulled::kFrame;
}

void FaceStream::abandon() {
  const std::lock_guard lock(pool_.mutex());
  abandoned_ = true;
  pool_.notify();
}

bool FaceStream::wait_at_rest(std::chrono::milliseconds wait) {
  std::unique_lock lock(pool_.mutex());
  return wait_for(lock, wait, [&] { return at_rest(); });
}

bool FaceStream::restart(std::int64_t place) {
  const std::lock_guard lock(pool_.mutex());
  abandoned_ = true;  // nothing more is claimed
  if (!at_rest()) return false;
  windows_.reset();
  step_size_ = step_taken_ = 0;
  step_is_last_ = windows_finished_ = false;
  fifo_.clear();
  tail_.clear();
  tail_taken_ = 0;
  for (Slot& s : slots_) {
    s.prepared.reset();
    s.done = false;
  }
  input_finished_ = holding_ = abandoned_ = padded_ = false;
  windows_ready_ = next_face_ = pulled_ = options_.first_frame;
  shift_ = place - options_.first_frame;
  frames_all_.reset();
  return true;
}

bool FaceStream::place_next(std::int64_t place) {
  const std::lock_guard lock(pool_.mutex());
  if (next_face_ != pulled_) return false;
  shift_ = place - pulled_;
  return true;
}

SessionStats FaceStream::stats() const {
  const auto seconds = [](const std::atomic<std::int64_t>& ns) { return static_cast<double>(ns) * 1e-9; };
  SessionStats stats;
  stats.features_s = seconds(times_.features);
  stats.prepare_s = seconds(times_.prepare);
  stats.generator_s = seconds(times_.generator);
  stats.paste_s = seconds(times_.paste);
  const std::lock_guard lock(pool_.mutex());
  stats.frames = pulled_ - options_.first_frame;
  return stats;
}

}  // namespace framegen
