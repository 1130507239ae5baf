// watcher.cpp: what goes out is numbered, paced, sealed and remembered; what comes in is opened and heeded.
#include "webrtc/watcher.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <chrono>

namespace framegen::server::webrtc {
namespace {

constexpr std::uint32_t kSoundClock = 48000, kPictureClock = 90000;
constexpr double kPace = 2.5;              // times the rate: a picture is not to take until the next one
constexpr double kBurstBytes = 12000;      // at once
constexpr std::size_t kMostWaiting = 256;  // packets: more, and pictures are left out
constexpr std::int64_t kReportUs = 1'000'000;

std::uint32_t random_number() {
  std::uint32_t value = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
  return value;
}

std::uint64_t ntp_of(std::int64_t us_since_1970) {
  constexpr std::uint64_t kFrom1900 = 2'208'988'800;
  const auto us = static_cast<std::uint64_t>(us_since_1970);
  return (us / 1'000'000 + kFrom1900) << 32 | ((us % 1'000'000) << 32) / 1'000'000;
}

std::int64_t us_since_1970() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::uint32_t ticks(std::int64_t us, std::uint32_t clock_hz) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(us) * (clock_hz / 1000) / 1000);
}

}  // namespace

Watcher::Watcher(Setup setup) : setup_(std::move(setup)), name_(setup_.ours.name), heard_us_(setup_.now_us) {
  const auto prepare = [&](Stream& stream, int which, std::uint32_t ssrc, std::uint32_t clock_hz) {
    if (which < 0) return;
    const OfferedMedia& media = setup_.offer.media[static_cast<std::size_t>(which)];
    stream.exists = true;
    stream.clock_hz = clock_hz;
    stream.first_time = random_number();
    stream.header.payload_type = static_cast<std::uint8_t>(media.payload);
    stream.header.sequence = static_cast<std::uint16_t>(random_number() & 0x7FFF);
    stream.header.ssrc = ssrc;
    stream.header.send_time_extension = media.send_time_extension;
  };
  prepare(audio_, setup_.offer.audio, setup_.ours.audio_ssrc, kSoundClock);
  prepare(video_, setup_.offer.video, setup_.ours.video_ssrc, kPictureClock);
  if (video_.exists) sent_.resize(kRemembered);
}

Result<std::unique_ptr<Watcher>> Watcher::create(Setup setup) {
  std::unique_ptr<Watcher> watcher(new Watcher(std::move(setup)));
  const Setup& made = watcher->setup_;
  watcher->dtls_ = FRAMEGEN_TRY(Dtls::create(made.identity, made.offer.fingerprint, made.send, made.role));
  if (watcher->setup_.hear && watcher->setup_.offer.microphone >= 0)
    watcher->microphone_ = FRAMEGEN_TRY(Microphone::create(watcher->setup_.hear_rate_hz));
  return watcher;
}

Watcher::~Watcher() {
  if (srtp_ != nullptr)
    for (const Stream* stream : {&audio_, &video_})
      if (stream->exists)
        if (Bytes packet = goodbye(stream->header.ssrc); srtp_->seal_rtcp(packet)) setup_.send(packet);
  if (dtls_ != nullptr) dtls_->close();
}

Bytes Watcher::answer_binding(BytesView packet, const BindingRequest& request, const Endpoint& from,
                              std::int64_t now_us) {
  const std::string name = request.username.substr(0, request.username.find(':'));
  const bool is_of_before = name == before_.name;
  const std::string& password = is_of_before ? before_.password : setup_.ours.password;
  if (!is_signed(packet, request, password)) return {};
  heard_us_ = now_us;
  Bytes answer = binding_success(request, from, password);
  if (request.use_candidate && !is_of_before) before_ = {};
  return answer;
}

void Watcher::restart_ice(IceNames theirs, IceNames ours) {
  setup_.offer.name = std::move(theirs.name);
  setup_.offer.password = std::move(theirs.password);
  before_ = {std::exchange(setup_.ours.name, std::move(ours.name)),
             std::exchange(setup_.ours.password, std::move(ours.password))};
}

void Watcher::take(BytesView datagram, std::int64_t now_us) {
  if (over_ || datagram.empty()) return;
  if (datagram[0] >= 20 && datagram[0] <= 63) {  // RFC 7983
    const Dtls::State state = dtls_->take(datagram);
    if (state == Dtls::State::kOver) over_ = true;
    if (state == Dtls::State::kOpen && srtp_ == nullptr) open();
    return;
  }
  if (datagram.size() < 8 || datagram[0] >> 6 != 2 || srtp_ == nullptr) return;
  if (datagram[1] >= 192 && datagram[1] <= 223) return take_feedback(datagram, now_us);
  if (microphone_) take_sound(datagram, now_us);
}

void Watcher::take_sound(BytesView datagram, std::int64_t now_us) {
  Bytes packet(datagram.begin(), datagram.end());
  RtpPacket parsed;
  if (!srtp_->open_rtp(packet) || !parse_rtp(packet, parsed)) return;
  heard_us_ = now_us;
  const auto& offered = setup_.offer.media[static_cast<std::size_t>(setup_.offer.microphone)];
  if (parsed.payload_type != offered.payload) return;
  const auto samples = microphone_->take(parsed);
  if (!samples.empty()) setup_.hear(samples);
}

void Watcher::take_feedback(BytesView datagram, std::int64_t now_us) {
  Bytes packet(datagram.begin(), datagram.end());
  if (!srtp_->open_rtcp(packet)) return;
  heard_us_ = now_us;
  const Feedback feedback = parse_feedback(packet, video_.header.ssrc);
  rate_.hear(feedback);
  key_wish_ |= feedback.key_wanted;
  send_again(feedback.missing, now_us);
}

void Watcher::open() {
  auto srtp = Srtp::create(dtls_->keys());
  if (!srtp) {
    over_ = true;
    return;
  }
  srtp_ = *std::move(srtp);
  key_wish_ = true;
}

void Watcher::give(const Media& media, std::int64_t now_us) {
  if (!is_open() || over_) return;
  pts_us_ = media.pts_us;
  given_us_ = now_us;
  if (audio_.exists)
    for (std::size_t i = 0; i < media.sound.size(); ++i) {
      RtpHeader& header = audio_.header;
      header.timestamp =
          audio_.first_time + ticks(media.sound_pts_us + 20'000 * static_cast<std::int64_t>(i), kSoundClock);
      send_rtp(audio_, header, media.sound[i], now_us);
      ++header.sequence;
    }
  if (video_.exists && !media.picture.empty()) give_picture(media);
  send_waiting(now_us);
}

void Watcher::give_picture(const Media& media) {
  if (waiting_.size() > kMostWaiting) needs_key_ = key_wish_ = true;  // the line is behind
  if (needs_key_ && (!media.key || waiting_.size() > kMostWaiting)) return;
  needs_key_ = false;
  RtpHeader& header = video_.header;
  header.timestamp = video_.first_time + ticks(media.pts_us, kPictureClock);
  for (const auto& payload : media.picture) {
    header.marker = payload == media.picture.back();
    waiting_.push_back({header, payload});
    ++header.sequence;
  }
}

void Watcher::send_rtp(Stream& stream, const RtpHeader& header, BytesView payload, std::int64_t now_us) {
  Bytes packet = rtp_packet(header, now_us, payload);
  if (!srtp_->seal_rtp(packet)) return;
  ++stream.packets;
  stream.bytes += static_cast<std::uint32_t>(payload.size());
  setup_.send(packet);
}

void Watcher::send_waiting(std::int64_t now_us) {
  const double bytes_per_us = kPace * rate_.bits_per_second() / 8e6;
  allowance_ = std::min(kBurstBytes, allowance_ + static_cast<double>(now_us - paced_us_) * bytes_per_us);
  paced_us_ = now_us;
  while (!waiting_.empty() && allowance_ > 0) {
    Sent& next = waiting_.front();
    allowance_ -= static_cast<double>(next.payload->size());
    send_rtp(video_, next.header, *next.payload, now_us);
    sent_[next.header.sequence % kRemembered] = std::move(next);
    waiting_.pop_front();
  }
}

void Watcher::send_again(const std::vector<std::uint16_t>& missing, std::int64_t now_us) {
  for (const std::uint16_t sequence : missing) {
    if (sent_.empty()) return;
    const Sent& sent = sent_[sequence % kRemembered];
    if (sent.payload == nullptr || sent.header.sequence != sequence) continue;
    send_rtp(video_, sent.header, *sent.payload, now_us);
    allowance_ -= static_cast<double>(sent.payload->size());
  }
}

void Watcher::on_time(std::int64_t now_us) {
  if (over_) return;
  dtls_->on_time();
  if (!is_open()) return;
  send_waiting(now_us);
  if (given_us_ != 0 && now_us - reported_us_ >= kReportUs) report(now_us);
}

// Both streams' clocks at this moment, by what was given last: sound and picture of one Media belong
// together. The world's clock is asked once and is the media's own from there on: of a session that falls
// behind receivers would else believe that its clocks are slow, each stream's in its own way.
void Watcher::report(std::int64_t now_us) {
  reported_us_ = now_us;
  const std::int64_t pts_us = pts_us_ + (now_us - given_us_);
  if (world_us_ == 0) world_us_ = us_since_1970() - pts_us;
  const std::uint64_t ntp = ntp_of(world_us_ + pts_us);
  for (const Stream* stream : {&audio_, &video_}) {
    if (!stream->exists || stream->packets == 0) continue;
    Bytes packet = sender_report({stream->header.ssrc, stream->first_time + ticks(pts_us, stream->clock_hz),
                                  stream->packets, stream->bytes, ntp});
    if (srtp_->seal_rtcp(packet)) setup_.send(packet);
  }
}

}  // namespace framegen::server::webrtc
