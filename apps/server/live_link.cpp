// live_link.cpp: paces, encodes, drops pictures for slow readers, never sound.
#include "live_link.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>

#include "answers.hpp"

namespace framegen::server {
namespace {

using namespace std::chrono_literals;
constexpr auto kFrameTime = 40ms;
// A face that is late by less delays its picture; by more, the presenter holds still and the sound waits.
constexpr auto kPatience = 100ms;
constexpr auto kSlip = 200ms;  // further behind than this, the clock starts anew
constexpr std::size_t kWaitingBytes = std::size_t{1} << 20;
constexpr std::size_t kWaitingPictures = 3;
constexpr std::size_t kMostSoundBytes = std::size_t{4} << 20;  // held for a client that reads nothing at all

Result<std::unique_ptr<PictureEncoder>> encoder_for(State& state, const Avatar& avatar, const Start& start) {
  const AvatarInfo& info = avatar.info();
  auto jpegs = start.video == VideoFormat::kJpeg
                   ? state.template_jpegs.of(&avatar, info.template_frames, start.quality)
                   : nullptr;
  return make_picture_encoder(start.video, info.width, info.height, start.quality, std::move(jpegs));
}

}  // namespace

Result<std::unique_ptr<LiveLink>> LiveLink::start(State& state, const Start& start, Ways ways) {
  auto avatar = state.find(start.avatar);
  if (avatar == nullptr)
    return Error{ErrorCode::kBadUse, "avatar", "there is no \"" + start.avatar + "\" here",
                 "ask GET /v1/avatars for the names"};
  auto session = FRAMEGEN_TRY(LiveSession::create(avatar, start.live));
  auto encoder = FRAMEGEN_TRY(encoder_for(state, *avatar, start));
  std::unique_ptr<LiveLink> link(
      new LiveLink(state, std::move(avatar), start, std::move(session), std::move(encoder), std::move(ways)));
  try {
    link->thread_ = std::thread([l = link.get()] { l->run(); });
  } catch (const std::system_error&) {
    return Error{ErrorCode::kInternal, "session", "no thread can be started for it", "come back later"};
  }
  return link;
}

LiveLink::LiveLink(State& state, std::shared_ptr<const Avatar> avatar, const Start& start,
                   LiveSession session, std::unique_ptr<PictureEncoder> encoder, Ways ways)
    : state_(state),
      avatar_(std::move(avatar)),
      start_(start),
      session_(std::move(session)),
      ways_(std::move(ways)),
      encoder_(std::move(encoder)),
      next_stats_(Clock::now() + 1s) {
  if (state.voice) voice_ = std::make_unique<LiveVoice>(state.voice, into_session());
  const auto pixels = static_cast<std::size_t>(avatar_->info().width * avatar_->info().height);
  const bool raw = start.video == VideoFormat::kBgr || start.video == VideoFormat::kI420;
  most_waiting_ = std::max(kWaitingBytes, raw ? kWaitingPictures * 3 * pixels : 0);
}

LiveLink::~LiveLink() {
  voice_.reset();
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  (void)session_.interrupt();  // wakes a pull
  if (thread_.joinable()) thread_.join();
}

Result<bool> LiveLink::push(std::span<const std::uint8_t> bytes) {
  const auto channels = static_cast<std::size_t>(start_.channels);
  if (bytes.size() % (2 * channels) != 0)
    return Error{ErrorCode::kBadUse, "sound", "is not whole samples of 16 bits",
                 "send s16le, " + std::to_string(channels) + " channel(s)"};
  samples_.resize(bytes.size() / 2);
  std::memcpy(samples_.data(), bytes.data(), bytes.size());
  if (channels == 2) {
    for (std::size_t i = 0; i < samples_.size() / 2; ++i)
      samples_[i] = static_cast<std::int16_t>((samples_[2 * i] + samples_[2 * i + 1]) / 2);
    samples_.resize(samples_.size() / 2);
  }
  if (voice_ && voice_->busy())
    return Error{ErrorCode::kBadUse, "sound", "came while a text is being said",
                 "wait for its segment_end, or interrupt it"};
  return take(samples_);
}

LiveVoice::Into LiveLink::into_session() {
  return {start_.live.sample_rate_hz, [this](std::span<const std::int16_t> samples) { return take(samples); },
          [this] { (void)end_segment(); }, [this] { (void)session_.finish(); },
          [this](const Error& error) { ways_.text(say_failed_message(error)); }};
}

Result<bool> LiveLink::take(std::span<const std::int16_t> samples) {
  const std::lock_guard lock(begun_mutex_);
  if (!FRAMEGEN_TRY(session_.push(samples))) return false;
  if (!samples.empty() && !std::exchange(open_, true)) ++begun_;
  return true;
}

Status LiveLink::end_segment() {
  const std::lock_guard lock(begun_mutex_);
  open_ = false;
  return session_.flush();
}

Status LiveLink::say(Say say) {
  if (!voice_) return no_voice("say");
  if (!voice_->busy()) FRAMEGEN_TRY(end_segment());
  return voice_->say(std::move(say.text), std::move(say.voice));
}

Status LiveLink::flush() { return voice_ && voice_->busy() ? Status() : end_segment(); }

Status LiveLink::interrupt() {
  if (voice_) voice_->cancel();
  const std::lock_guard lock(begun_mutex_);
  open_ = false;
  FRAMEGEN_TRY(session_.interrupt());
  // Who interrupts throws away what is on its way, a segment that was given out already among it: what comes
  // now must not refer to it.
  key_wanted_ = true;
  ways_.text(interrupted_message(begun_));
  return {};
}

// Behind the answer to the interrupt that ended it.
void LiveLink::tell_end(const LiveOutput& out) {
  const std::lock_guard lock(begun_mutex_);
  ways_.text(segment_end_message(out));
}

Status LiveLink::finish() { return voice_ && voice_->finish_when_said() ? Status() : session_.finish(); }

// False: stopped.
bool LiveLink::sleep_until(Clock::time_point due) {
  std::unique_lock lock(mutex_);
  return !stop_changed_.wait_until(lock, due, [&] { return stop_; });
}

void LiveLink::run() noexcept {
  // Strings that need no memory: it may be what is missing.
  const auto no_memory = [] {
    return Error{ErrorCode::kInternal, "session", "out of memory", "come back later"};
  };
  Status failed = no_memory();
  try {
    failed = speak();
  } catch (const std::exception&) {  // as it was said above
  }
  // Who waits is told, as soon as there is memory for it.
  do {
    try {
      if (!failed) ways_.text(error_message(failed.error()));
      return ways_.ended();
    } catch (const std::exception&) {
      failed = no_memory();
    }
  } while (sleep_until(Clock::now() + 100ms));
}

Status LiveLink::speak() {
  Clock::time_point due = Clock::now();
  while (sleep_until(due)) {
    // Words are counted like media: ends of segments come as fast as somebody interrupts.
    const std::size_t waiting = ways_.waiting_bytes();
    if (waiting > most_waiting_ + kMostSoundBytes)
      return Error{ErrorCode::kBadUse, "session", "nothing that was sent is being read",
                   "read media as it comes, or ask for \"format\":\"none\""};
    // Fast: speech goes out as it is made; idle pictures would flood the wire, and a reader may be behind.
    if (start_.fast && waiting > most_waiting_) {
      due = Clock::now() + 5ms;
      continue;
    }
    const Next next = FRAMEGEN_TRY(one_pull());
    if (next == Next::kNothing) break;
    if (start_.fast && !resting_) {
      due = Clock::now();
    } else if (next == Next::kWhenDue) {
      due += kFrameTime;
    }
    if (Clock::now() - due > kSlip) due = Clock::now();
    if (Clock::now() >= next_stats_) give_stats();
  }
  return {};
}

Result<LiveLink::Next> LiveLink::one_pull() {
  const auto started = Clock::now();
  LiveOutput out;
  const LivePulled pulled =
      FRAMEGEN_TRY(session_.pull(out, start_.fast ? std::chrono::milliseconds(-1) : kPatience));
  switch (pulled) {
    case LivePulled::kFinished:
      return Next::kNothing;
    case LivePulled::kAgain:
      resting_ = true;
      break;
    case LivePulled::kSegmentEnd:
      if (out.interrupted) key_wanted_ = true;  // this thread may be here before who interrupts says so
      tell_end(out);
      ++state_.metrics.segments_total;
      return Next::kAtOnce;
    case LivePulled::kIdle:
    case LivePulled::kSpeech:
      FRAMEGEN_TRY(give(out, pulled == LivePulled::kSpeech, started));
      break;
  }
  return Next::kWhenDue;
}

Status LiveLink::give(const LiveOutput& out, bool speech, Clock::time_point started) {
  if (speech && out.segment != segment_) {
    segment_ = out.segment;
    position_ = 0;
    ways_.text(segment_start_message(out));
  }
  const bool own_sound = out.segment == segment_ && out.position_samples > position_;
  if (own_sound) position_ = out.position_samples;
  resting_ = !speech && !own_sound;
  EncodedPicture picture;
  if (key_wanted_.exchange(false)) encoder_->lost();
  if (const int rate = bits_per_second_.exchange(0); rate > 0) encoder_->set_rate(rate);
  if (ways_.waiting_bytes() <= most_waiting_) {
    picture = FRAMEGEN_TRY(encoder_->encode(out.frame));
  } else if (start_.video != VideoFormat::kNone) {
    encoder_->lost();
    ++dropped_;
    ++state_.metrics.dropped_pictures_total;
  }
  ways_.media(media_message(out, speech, own_sound, picture));
  frame_ms_[frames_++ % frame_ms_.size()] =
      std::chrono::duration<double, std::milli>(Clock::now() - started).count();
  ++(speech ? state_.metrics.speech_frames_total : state_.metrics.idle_frames_total);
  return {};
}

void LiveLink::give_stats() {
  next_stats_ += 1s;
  const LiveStats stats = session_.stats();
  state_.metrics.late_frames_total += stats.late_frames - late_;
  late_ = stats.late_frames;
  std::vector<double> times(frame_ms_.begin(), frame_ms_.begin() + static_cast<std::ptrdiff_t>(
                                                                       std::min(frames_, frame_ms_.size())));
  double p95 = 0;
  if (!times.empty()) {
    const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 95 / 100);
    std::nth_element(times.begin(), at, times.end());
    p95 = *at;
  }
  ways_.text(stats_message(stats, dropped_, p95));
}

}  // namespace framegen::server
