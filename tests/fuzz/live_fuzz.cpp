// live_fuzz.cpp: a live session used by bytes: any rate, options, pieces and order; every sample comes back
// once, in its place, and every segment ends once.
#include <algorithm>
#include <map>
#include <vector>

#include "fuzz_avatar.hpp"
#include "fuzz_bytes.hpp"

namespace {

using namespace framegen;
using fuzz::Bytes;
using fuzz::expect;
using std::chrono::milliseconds;

constexpr int kMostSteps = 60;
constexpr std::size_t kMostSamples = 40'000;  // of one input

LiveOptions options_of(Bytes& bytes) {
  constexpr int kRates[] = {16000, 44100, 8000, 48000, 22050, 11025, 24000, 32000};
  LiveOptions options;
  options.sample_rate_hz = bytes.flag() ? kRates[bytes.number(8)] : 25 * bytes.number(2000) + bytes.number(2);
  options.format = static_cast<PixelFormat>(bytes.number(3));
  options.idle = static_cast<Idle>(bytes.number(2));
  options.blend = static_cast<Blend>(bytes.number(2));
  options.look_ahead_ms = bytes.flag() ? -1 : 170 + bytes.number(300);
  options.max_buffer_ms = bytes.flag() ? 1000 : 990 + 10 * bytes.number(300);
  options.cross_fade_frames = bytes.number(27);
  options.silence_gate_db = bytes.flag() ? 0 : -bytes.number(95);
  return options;
}

class Use {
 public:
  Use(LiveSession& session, const LiveOptions& options, Bytes& bytes)
      : session_(session), options_(options), bytes_(bytes) {}

  void run() {
    for (int step = 0; step < kMostSteps && !bytes_.empty(); ++step) one_step();
    finish();
    for (LivePulled pulled = LivePulled::kAgain; pulled != LivePulled::kFinished;) {
      pulled = pull(milliseconds(-1));
      expect(pulled != LivePulled::kAgain, "after finish() a pull without end gives something");
    }
    for (const auto& [number, segment] : segments_) expect(segment.ends == 1, "every segment ends once");
    expect(session_.stats().frames == pictures_, "every picture is counted");
    expect(session_.stats().buffered_ms == 0, "no sound is left");
  }

 private:
  struct Segment {
    std::vector<std::int16_t> sound;
    bool interrupted = false;
    std::size_t heard = 0;
    int ends = 0;
  };

  void push() {
    const auto most =
        static_cast<std::size_t>(std::int64_t{options_.max_buffer_ms} * options_.sample_rate_hz / 1000);
    std::size_t size = static_cast<std::size_t>(bytes_.number(bytes_.flag() ? 200 : 20000));
    if (bytes_.number(16) == 15) size = most + static_cast<std::size_t>(bytes_.number(3)) - 1;
    const bool whole = bytes_.number(4) == 3;
    if (pushed_ + (whole ? size : std::min(size, most)) > kMostSamples) return;
    std::vector<std::int16_t> samples(size);
    for (auto& sample : samples) sample = static_cast<std::int16_t>(count_++ * 7919);
    if (whole) return speak(samples);
    const auto taken = session_.push(samples);
    if (finished_ || size > most)
      return expect(!taken && taken.error().code == ErrorCode::kBadUse, "refused: too late or too long");
    expect(taken.ok(), "a piece that fits is taken or must wait");
    if (!*taken || samples.empty()) return;
    pushed_ += size;
    if (!open_) segments_[++segment_] = {};
    open_ = true;
    auto& sound = segments_[segment_].sound;
    sound.insert(sound.end(), samples.begin(), samples.end());
  }
  // A segment of its own; what was pushed before it is one too.
  void speak(const std::vector<std::int16_t>& samples) {
    const Status spoken = session_.speak(samples);
    if (finished_)
      return expect(!spoken && spoken.error().code == ErrorCode::kBadUse, "refused: too late to speak");
    expect(spoken.ok(), "a segment of any length is taken");
    open_ = false;
    if (samples.empty()) return;
    pushed_ += samples.size();
    segments_[++segment_].sound = samples;
    spoken_ = true;
  }
  void flush() {
    expect(session_.flush().ok(), "a segment can end at any time");
    open_ = false;
  }
  void interrupt() {
    expect(session_.interrupt().ok(), "an interrupt is possible at any time");
    for (auto& [number, segment] : segments_) segment.interrupted |= segment.ends == 0;
    open_ = false;
    if (!spoken_) return;
    // What speak() was given and nothing was taken of is forgotten: the ends that come now are all.
    spoken_ = false;
    while (pull(milliseconds(0)) == LivePulled::kSegmentEnd) continue;
    while (segment_ > 0 && segments_[segment_].ends == 0) segments_.erase(segment_--);
  }
  void finish() {
    expect(session_.finish().ok(), "a session can end at any time");
    open_ = false;
    finished_ = true;
  }

  LivePulled pull(milliseconds wait) {
    LiveOutput out;
    const auto pulled = session_.pull(out, wait);
    expect(pulled.ok(), "a sound session does not fail");
    switch (*pulled) {
      case LivePulled::kAgain:
        expect(options_.idle == Idle::kNone, "with idle pictures there is always one");
        break;
      case LivePulled::kFinished:
        expect(finished_, "the end comes after finish()");
        break;
      case LivePulled::kSegmentEnd:
        ended(out);
        break;
      case LivePulled::kIdle:
        expect(options_.idle == Idle::kLoop || out.segment != 0, "idle pictures only where they are wanted");
        [[fallthrough]];
      case LivePulled::kSpeech:
        picture(out, *pulled);
    }
    return *pulled;
  }
  void picture(const LiveOutput& out, LivePulled kind) {
    expect(out.frame.index == pictures_ && out.pts_us == 40'000 * pictures_, "pictures are counted");
    ++pictures_;
    expect(out.frame.bgr.empty() == (options_.format == PixelFormat::kI420),
           "in the format that was asked for");
    const auto size = static_cast<std::size_t>(options_.sample_rate_hz / 25);
    expect(out.sound.size() == size, "a picture owns a 25th of a second");
    if (out.segment == 0) return expect(kind == LivePulled::kIdle, "speech belongs to a segment");
    Segment& segment = segments_.at(out.segment);
    expect(segment.ends == 0 && !segment.interrupted, "no picture of a segment that is over");
    const auto heard = static_cast<std::size_t>(out.position_samples);
    expect(heard >= segment.heard && heard <= segment.sound.size() && heard - segment.heard <= size,
           "the position goes on");
    const auto own = static_cast<std::ptrdiff_t>(heard - segment.heard);
    expect(std::equal(out.sound.begin(), out.sound.begin() + own,
                      segment.sound.begin() + static_cast<std::ptrdiff_t>(segment.heard)),
           "the sound is what was pushed");
    expect(std::all_of(out.sound.begin() + own, out.sound.end(), [](auto s) { return s == 0; }),
           "and silence after");
    segment.heard = heard;
  }
  void ended(const LiveOutput& out) {
    Segment& segment = segments_.at(out.segment);
    expect(++segment.ends == 1, "a segment ends once");
    expect(out.interrupted == segment.interrupted, "and says how");
    const auto heard = static_cast<std::size_t>(out.position_samples);
    expect(heard == segment.heard, "where it was");
    if (!segment.interrupted) expect(heard == segment.sound.size(), "whole");
  }

  void one_step() {
    switch (bytes_.number(12)) {
      case 0:
        return flush();
      case 1:
        return interrupt();
      case 2:
        return bytes_.number(8) == 7 ? finish() : flush();
      case 3:
      case 4:
      case 5:
        (void)pull(milliseconds(0));
        return;
      case 6:
      case 7:
        (void)pull(milliseconds(-1));
        return;
      case 8:
        (void)pull(finished_ ? milliseconds::max() : milliseconds(2));
        return;
      default:
        return push();
    }
  }

  LiveSession& session_;
  const LiveOptions& options_;
  Bytes& bytes_;
  std::map<std::uint32_t, Segment> segments_;
  std::uint32_t segment_ = 0;
  std::size_t pushed_ = 0;
  std::int64_t pictures_ = 0;
  unsigned count_ = 1;
  bool open_ = false, spoken_ = false, finished_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const LiveOptions options = options_of(bytes);
  auto session = LiveSession::create(fuzz::avatar(), options);
  if (!session) {
    expect(session.error().code == ErrorCode::kBadUse && !session.error().remedy.empty(), "refused in words");
    return 0;
  }
  Use(*session, options, bytes).run();
  return 0;
}
