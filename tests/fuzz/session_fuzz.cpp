// session_fuzz.cpp: a session used by bytes: any rate, options, pieces and order; what comes out is all there
// and in order, and what is refused is refused in words.
#include <algorithm>
#include <limits>
#include <vector>

#include "fuzz_avatar.hpp"
#include "fuzz_bytes.hpp"

namespace {

using namespace framegen;
using fuzz::Bytes;
using fuzz::expect;
using std::chrono::milliseconds;

constexpr int kMostSteps = 40;
constexpr std::int64_t kMostSamples = 60'000;  // of one input's speech: some hundred faces

SessionOptions options_of(Bytes& bytes) {
  constexpr int kRates[] = {16000, 44100, 8000, 48000, 22050, 11025, 96000, 192000};
  SessionOptions options;
  options.sample_rate_hz = bytes.flag() ? kRates[bytes.number(8)] : 7990 + 7 * bytes.number(30000);
  options.format = static_cast<PixelFormat>(bytes.number(3));
  options.blend = static_cast<Blend>(bytes.number(2));
  options.start_frame = bytes.number(6) - 1;
  options.first_frame = bytes.flag() ? 0 : bytes.number(60) - 1;
  options.max_buffer_ms = bytes.flag() ? 1000 : 990 + 10 * bytes.number(200);
  if (bytes.byte() == 255) options.first_frame = std::numeric_limits<std::int64_t>::max();
  if (bytes.byte() == 255) options.max_buffer_ms = std::numeric_limits<int>::max();
  return options;
}

class Use {
 public:
  Use(Session& session, const SessionOptions& options, Bytes& bytes)
      : session_(session), options_(options), bytes_(bytes), next_(options.first_frame) {}

  void run() {
    for (int step = 0; step < kMostSteps && !bytes_.empty(); ++step) one_step();
    if (!speaking_ && !finished_) finish();
    Pulled pulled = Pulled::kAgain;
    while (!failed_ && pulled != Pulled::kFinished) {
      pulled = pull(milliseconds(-1));
      expect(failed_ || pulled != Pulled::kAgain,
             "after the end of the speech a pull without end gives something");
    }
    if (failed_) return;
    expect(session_.frames_all().has_value(), "the number of frames is known at the end");
    expect(next_ == std::max(*session_.frames_all(), options_.first_frame), "every frame came");
    // ceil(n·16000/rate) samples, and the frames of those: as a session that is given all of it at once says.
    expect(*session_.frames_all() == frames_of(taken_), "no sample was lost or taken twice");
  }

 private:
  std::int64_t frames_of(std::int64_t samples) const {
    SessionOptions whole;
    whole.sample_rate_hz = options_.sample_rate_hz;
    whole.first_frame = 1'000'000;  // counted, not made
    auto session = Session::create(fuzz::avatar(), whole);
    expect(session.ok(), "a plain session is made");
    expect(session->speak(std::vector<float>(static_cast<std::size_t>(samples))).ok(), "and speaks");
    Frame frame;
    const auto pulled = session->pull(frame);
    expect(pulled.ok() && *pulled == Pulled::kFinished, "and ends");
    return *session->frames_all();
  }

  std::size_t piece_size() {
    switch (bytes_.number(4)) {
      case 0:
        return static_cast<std::size_t>(bytes_.number(4));
      case 1:
        return static_cast<std::size_t>(bytes_.number(4000));
      case 2:  // exactly what the buffer holds
        return most_samples();
      default:
        return static_cast<std::size_t>(bytes_.number(20000));
    }
  }
  std::size_t most_samples() const {
    return static_cast<std::size_t>(std::int64_t{options_.max_buffer_ms} * options_.sample_rate_hz / 1000);
  }

  void push() {
    const std::size_t size = piece_size();
    if (taken_ + static_cast<std::int64_t>(size) > kMostSamples) return;
    const float value = static_cast<float>(bytes_.byte()) / 128.0F - 1.0F;
    const auto pushed = bytes_.flag() ? session_.push(std::vector<std::int16_t>(size, 7))
                                      : session_.push(std::vector<float>(size, value));
    if (finished_ || speaking_)
      return expect(!pushed && pushed.error().code == ErrorCode::kBadUse, "too late");
    if (size > most_samples())
      return expect(!pushed && pushed.error().code == ErrorCode::kBadUse, "too long");
    expect(pushed.ok(), "a piece that fits is taken or must wait");
    if (*pushed) taken_ += static_cast<std::int64_t>(size);
    if (*pushed) pushed_ = true;
  }
  void push_damage() {
    const float damage[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            1e30F};
    const auto pushed = session_.push(std::vector<float>(3, damage[bytes_.number(3)]));
    expect(!pushed.ok(), "damage is refused");
  }
  void speak() {
    const std::int64_t samples = bytes_.number(30000);
    const bool damaged = bytes_.number(20) == 19;
    const auto spoken = session_.speak(
        [left = samples, damaged, piece = 1 + bytes_.number(3000)](std::span<float> out) mutable {
          const auto count = std::min({left, static_cast<std::int64_t>(out.size()), std::int64_t{piece}});
          std::fill_n(out.begin(), count, damaged ? std::numeric_limits<float>::quiet_NaN() : 0.1F);
          left -= count;
          return Result<std::size_t>(static_cast<std::size_t>(count));
        });
    if (finished_ || speaking_) expect(!spoken.ok(), "speech once");
    if (!spoken) return;
    expect(!pushed_, "no speech beside what was pushed");
    speaking_ = true;
    may_fail_ = damaged;
    taken_ = samples;
  }
  void finish() {
    expect(session_.finish().ok(), "the speech can end at any time");
    finished_ = !speaking_;
  }
  Pulled pull(milliseconds wait) {
    Frame frame;
    const auto pulled = session_.pull(frame, wait);
    failed_ = !pulled.ok();
    expect(!failed_ || may_fail_, "a sound session does not fail");
    if (failed_ || *pulled != Pulled::kFrame) return failed_ ? Pulled::kFinished : *pulled;
    expect(frame.index == next_++, "frames come in order");
    const bool bgr = options_.format != PixelFormat::kI420, planes = options_.format != PixelFormat::kBgr;
    expect(frame.bgr.empty() != bgr && (frame.planes[0] != nullptr) == planes,
           "in the format that was asked for");
    return *pulled;
  }
  void one_step() {
    switch (bytes_.number(10)) {
      case 0:
        return push_damage();
      case 1:
        return finish();
      case 2:
        return speak();
      case 3:
      case 4:
        (void)pull(milliseconds(bytes_.flag() ? 0 : 2));
        return;
      case 5:  // without end: until more must be pushed
        (void)pull(milliseconds(-1));
        return;
      case 6:
        if (finished_ || speaking_) (void)pull(milliseconds::max());
        return;
      default:
        return push();
    }
  }

  Session& session_;
  const SessionOptions& options_;
  Bytes& bytes_;
  std::int64_t next_, taken_ = 0;
  bool finished_ = false, speaking_ = false, pushed_ = false, may_fail_ = false, failed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const SessionOptions options = options_of(bytes);
  auto session = Session::create(fuzz::avatar(), options);
  if (!session) {
    expect(session.error().code == ErrorCode::kBadUse && !session.error().remedy.empty(), "refused in words");
    return 0;
  }
  Use(*session, options, bytes).run();
  return 0;
}
