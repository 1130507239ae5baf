// decoded_track.cpp: decoding with libavcodec, changing rate and channels with libswresample.
#include "sink/decoded_track.hpp"

#include <algorithm>

namespace framegen {
namespace {

int aac_rate(int source) {
  for (const int rate : {16000, 22050, 24000, 32000, 44100, 48000})
    if (source <= rate) return rate;
  return 48000;
}

// A temporary layout, released at the scope's end.
struct Layout {
  AVChannelLayout value{};
  Layout() = default;
  explicit Layout(int channels) { av_channel_layout_default(&value, channels); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  ~Layout() { av_channel_layout_uninit(&value); }
};

}  // namespace

Result<std::unique_ptr<SoundReader>> DecodedTrack::open(AvInput input, const std::string& name) {
  libav::silence();
  std::unique_ptr<DecodedTrack> reader(new DecodedTrack(std::move(input), name));
  AVFormatContext* file = libav::only_this_file(reader->input_.context());
  if (file == nullptr) throw std::bad_alloc();
  const int error = avformat_open_input(&file, nullptr, nullptr, nullptr);  // frees it where it fails
  // "Cannot allocate memory" too: the HLS demuxer says it of a list whose files it may not open.
  if (error < 0) return reader->sound_error("cannot be opened as sound: " + libav::error_text(error));
  reader->file_.reset(file);
  FRAMEGEN_TRY(reader->open_decoder());
  return std::unique_ptr<SoundReader>(std::move(reader));
}

Status DecodedTrack::open_decoder() {
  int error = avformat_find_stream_info(file_.get(), nullptr);
  const AVCodec* codec = nullptr;
  if (error >= 0) stream_ = error = av_find_best_stream(file_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (error < 0 || codec == nullptr) return sound_error("has no sound that can be decoded");
  for (unsigned i = 0; i < file_->nb_streams; ++i)  // a video's picture need not even be read
    file_->streams[i]->discard = static_cast<int>(i) == stream_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  decoder_ = libav::own(avcodec_alloc_context3(codec));
  decoder_->pkt_timebase = file_->streams[stream_]->time_base;  // needed to cut a codec's own padding
  decoder_->thread_count = 1;
  error = avcodec_parameters_to_context(decoder_.get(), file_->streams[stream_]->codecpar);
  if (error >= 0) error = avcodec_open2(decoder_.get(), codec, nullptr);
  if (error < 0) return sound_error("its sound cannot be decoded: " + libav::error_text(error));
  if (decoder_->sample_rate <= 0 || decoder_->ch_layout.nb_channels <= 0)
    return sound_error("its sound has no rate or channels");
  begin(aac_rate(decoder_->sample_rate), std::min(decoder_->ch_layout.nb_channels, 2));
  packet_ = libav::own(av_packet_alloc());
  decoded_ = libav::own(av_frame_alloc());
  resampled_ = libav::own(av_frame_alloc());
  return {};
}

bool DecodedTrack::same_kind(const AVFrame& frame) const {
  return kind_ == Kind{frame.format, frame.sample_rate, frame.ch_layout.nb_channels};
}

Status DecodedTrack::start_resampler(const AVFrame& frame) {
  Layout out(channels()), in;
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    av_channel_layout_default(&in.value, frame.ch_layout.nb_channels);
  else
    av_channel_layout_copy(&in.value, &frame.ch_layout);
  SwrContext* context = nullptr;
  int error = swr_alloc_set_opts2(&context, &out.value, AV_SAMPLE_FMT_FLTP, rate(), &in.value,
                                  static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  resampler_.reset(context);
  if (error >= 0) error = swr_init(context);
  if (error < 0) return sound_error("its sound cannot be resampled: " + libav::error_text(error));
  kind_ = {frame.format, frame.sample_rate, frame.ch_layout.nb_channels};
  return {};
}

Status DecodedTrack::resample(const AVFrame* frame) {
  if (frame != nullptr && !same_kind(*frame)) {  // the first frame, or the sound changes midway
    if (resampler_) FRAMEGEN_TRY(resample(nullptr));
    FRAMEGEN_TRY(start_resampler(*frame));
  }
  if (!resampler_) return {};
  const int room = swr_get_out_samples(resampler_.get(), frame != nullptr ? frame->nb_samples : 0);
  if (room <= 0) return {};
  if (resampled_->nb_samples < room) {  // grows to the largest frame of the codec, then stays
    av_frame_unref(resampled_.get());
    resampled_->format = AV_SAMPLE_FMT_FLTP;
    resampled_->nb_samples = room;
    av_channel_layout_default(&resampled_->ch_layout, channels());
    if (av_frame_get_buffer(resampled_.get(), 0) < 0) throw std::bad_alloc();
  }
  const int got =
      swr_convert(resampler_.get(), resampled_->extended_data, room,
                  frame != nullptr ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr,
                  frame != nullptr ? frame->nb_samples : 0);
  if (got < 0) return sound_error("its sound cannot be resampled: " + libav::error_text(got));
  give(reinterpret_cast<void**>(resampled_->extended_data), got);
  return {};
}

// Reads packets until the decoder has given at least one frame, or the file ends.
Status DecodedTrack::decode_more() {
  for (;;) {
    const int got = avcodec_receive_frame(decoder_.get(), decoded_.get());
    if (got == 0) return resample(decoded_.get());
    if (got == AVERROR_EOF) {
      end();
      return resample(nullptr);
    }
    if (got != AVERROR(EAGAIN) && got != AVERROR_INVALIDDATA)
      return sound_error("cannot be decoded: " + libav::error_text(got));
    const int read = av_read_frame(file_.get(), packet_.get());
    if (read == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (read < 0) {  // the end; a file that was cut short ends where it was cut
      const int broken = file_->pb->error;
      if (broken < 0 && broken != AVERROR_EOF)
        return sound_error("cannot be read on: " + libav::error_text(broken));
      if (avcodec_send_packet(decoder_.get(), nullptr) == AVERROR(ENOMEM)) throw std::bad_alloc();
      continue;
    }
    if (packet_->stream_index == stream_) {
      const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
      if (sent < 0 && sent != AVERROR_INVALIDDATA && sent != AVERROR(EAGAIN)) {
        av_packet_unref(packet_.get());
        return sound_error("cannot be decoded: " + libav::error_text(sent));
      }
    }
    av_packet_unref(packet_.get());
  }
}

}  // namespace framegen
