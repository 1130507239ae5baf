// sound_track.cpp: libavcodec's AAC encoder fed by a SoundReader.
#include "sink/sound_track.hpp"

#include <algorithm>

namespace framegen {
namespace {

// Sound after the last picture that is still heard. A speech has at most three frames' worth; more means that
// its decoders disagree.
constexpr std::int64_t kMostFramesLeft = 12;

Result<libav::Owner<AVCodecContext>> open_aac(const std::string& name, int rate, int channels) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr)
    return Error{ErrorCode::kBadOutput, name, "this FFmpeg has no AAC encoder",
                 "install FFmpeg with its encoders"};
  auto context = libav::own(avcodec_alloc_context3(codec));
  context->sample_fmt = AV_SAMPLE_FMT_FLTP;
  context->sample_rate = rate;
  av_channel_layout_default(&context->ch_layout, channels);
  context->time_base = {1, rate};
  context->bit_rate = std::int64_t{channels} * std::min(96'000, 4 * rate);  // AAC allows 6 bits a sample
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context->thread_count = 1;
  const int error = avcodec_open2(context.get(), codec, nullptr);
  if (error < 0)
    return Error{ErrorCode::kBadOutput, name, "the AAC encoder cannot start: " + libav::error_text(error),
                 ""};
  return context;
}

}  // namespace

Result<std::unique_ptr<SoundTrack>> SoundTrack::open(std::unique_ptr<SoundReader> reader, Mp4Muxer& muxer,
                                                     AVRational frames_per_second, std::int64_t first_frame) {
  std::unique_ptr<SoundTrack> track(new SoundTrack(std::move(reader), muxer, frames_per_second));
  const int rate = track->reader_->rate(), channels = track->reader_->channels();
  track->encoder_ = FRAMEGEN_TRY(open_aac(muxer.name(), rate, channels));
  track->stream_ = FRAMEGEN_TRY(muxer.add_stream(*track->encoder_));
  track->samples_ = libav::own(av_frame_alloc());
  AVFrame& samples = *track->samples_;
  samples.format = AV_SAMPLE_FMT_FLTP;
  samples.sample_rate = rate;
  samples.nb_samples = track->encoder_->frame_size;
  av_channel_layout_default(&samples.ch_layout, channels);
  if (av_frame_get_buffer(&samples, 0) < 0) throw std::bad_alloc();
  FRAMEGEN_TRY(track->reader_->skip(track->samples_for(first_frame)));
  return track;
}

// Samples of sound in that many frames.
std::int64_t SoundTrack::samples_for(std::int64_t frames) const {
  return av_rescale(frames, std::int64_t{reader_->rate()} * frames_per_second_.den, frames_per_second_.num);
}

// Sound up to sample `until`: whole AAC frames only, before the last.
Status SoundTrack::encode(std::int64_t until, bool last) {
  while (done_ < until && (last || done_ + encoder_->frame_size <= until)) {
    const int n = static_cast<int>(std::min<std::int64_t>(encoder_->frame_size, until - done_));
    if (av_frame_make_writable(samples_.get()) < 0) throw std::bad_alloc();
    samples_->nb_samples = n;
    FRAMEGEN_TRY(reader_->read(reinterpret_cast<float* const*>(samples_->extended_data), n));
    samples_->pts = done_;
    FRAMEGEN_TRY(muxer_.encode(*encoder_, samples_.get(), stream_));
    done_ += n;
  }
  return {};
}

Status SoundTrack::finish(std::int64_t frames, bool to_its_end) {
  std::int64_t until = samples_for(frames);
  if (to_its_end)
    until =
        std::max(until, done_ + FRAMEGEN_TRY(reader_->left(samples_for(frames + kMostFramesLeft) - done_)));
  FRAMEGEN_TRY(encode(until, true));
  return muxer_.encode(*encoder_, nullptr, stream_);
}

}  // namespace framegen
