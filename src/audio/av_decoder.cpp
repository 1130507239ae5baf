// av_decoder.cpp: demux, pick the sound track, decode; a damaged packet is no reason to stop.
#include "audio/av_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace framegen {
namespace {

constexpr const char* kGiveSound =
    "give a file with sound (WAV, MP3, M4A, Opus, FLAC, a video with sound, …)";

Error bad_input(std::string what, std::string remedy) {
  return {ErrorCode::kBadInput, {}, std::move(what), std::move(remedy)};
}
Error out_of_memory() { return {ErrorCode::kInternal, "audio decoder", "out of memory", {}}; }

// How many bytes a WAV file is short of what its first 8 say. Programs that write to a pipe do not know the
// length and say about 2 or 4 GB. libavformat does not tell: it takes what is there.
std::int64_t bytes_cut_off(AVIOContext* io) {
  constexpr std::int64_t kUnknownLength = 0x7FFF0000;
  std::array<unsigned char, 8> head{};
  const int got = avio_read(io, head.data(), static_cast<int>(head.size()));
  avio_seek(io, 0, SEEK_SET);
  const std::int64_t size = avio_size(io);
  if (got < static_cast<int>(head.size()) || std::memcmp(head.data(), "RIFF", 4) != 0 || size < 0) return 0;
  const std::int64_t said = head[4] | head[5] << 8 | head[6] << 16 | std::int64_t{head[7]} << 24;
  return said >= kUnknownLength ? 0 : std::max<std::int64_t>(0, said + 8 - size);
}

}  // namespace

AvDecoder::AvDecoder(AvDecoder&&) noexcept = default;
AvDecoder& AvDecoder::operator=(AvDecoder&&) noexcept = default;
AvDecoder::~AvDecoder() = default;

Result<AvDecoder> AvDecoder::open(AvInput input) {
  libav::silence();
  AvDecoder decoder;
  decoder.input_ = std::make_unique<AvInput>(std::move(input));
  decoder.frame_.reset(av_frame_alloc());
  decoder.packet_.reset(av_packet_alloc());
  if (!decoder.frame_ || !decoder.packet_) return out_of_memory();
  FRAMEGEN_TRY(decoder.open_container());
  FRAMEGEN_TRY(decoder.open_codec());
  return decoder;
}

Status AvDecoder::open_container() {
  AVFormatContext* format = libav::only_this_file(input_->context());
  if (format == nullptr) return out_of_memory();
  missing_bytes_ = bytes_cut_off(format->pb);
  AVDictionary* options = nullptr;
  // For demuxers that open others by themselves.
  if (av_dict_set(&options, "protocol_whitelist", "none", 0) < 0) {
    avformat_free_context(format);
    return out_of_memory();
  }
  const int opened =
      avformat_open_input(&format, nullptr, nullptr, &options);  // frees `format` where it fails
  av_dict_free(&options);
  // "Cannot allocate memory" too: the HLS demuxer says it of a list whose files it may not open.
  if (opened < 0)
    return bad_input("is neither audio nor video that can be read (" + libav::error_text(opened) + ")",
                     kGiveSound);
  format_.reset(format);
  const int found = avformat_find_stream_info(format, nullptr);
  if (found == AVERROR(ENOMEM)) return out_of_memory();
  if (found < 0) return bad_input("has no sound that can be read", kGiveSound);
  stream_ = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (stream_ < 0) {
    const bool video = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0) >= 0;
    return bad_input(video ? "is a video or picture without sound" : "has no sound track", kGiveSound);
  }
  for (unsigned i = 0; i < format->nb_streams; ++i)
    if (static_cast<int>(i) != stream_) format->streams[i]->discard = AVDISCARD_ALL;
  return {};
}

Status AvDecoder::open_codec() {
  const AVStream* stream = format_->streams[stream_];
  const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
  if (codec == nullptr)
    return bad_input(std::string("its sound is coded as ") + avcodec_get_name(stream->codecpar->codec_id) +
                         ", which this FFmpeg cannot decode",
                     "convert it to WAV");
  codec_.reset(avcodec_alloc_context3(codec));
  if (!codec_ || avcodec_parameters_to_context(codec_.get(), stream->codecpar) < 0) return out_of_memory();
  codec_->pkt_timebase = stream->time_base;  // for the decoders that reckon with time stamps
  const int opened = avcodec_open2(codec_.get(), codec, nullptr);
  if (opened == AVERROR(ENOMEM)) return out_of_memory();
  if (opened < 0)
    return bad_input(
        std::string("its ") + codec->name + " sound cannot be decoded (" + libav::error_text(opened) + ")",
        kGiveSound);
  return {};
}

Result<const AVFrame*> AvDecoder::next() {
  for (;;) {
    const int got = avcodec_receive_frame(codec_.get(), frame_.get());
    if (got >= 0 && frame_->nb_samples > 0) return frame_.get();
    if (got >= 0) continue;
    if (got == AVERROR_EOF) return nullptr;
    if (got == AVERROR(ENOMEM)) return out_of_memory();
    if (got != AVERROR(EAGAIN)) {
      ++damaged_;
      if (draining_) return nullptr;
    }
    if (!FRAMEGEN_TRY(feed())) return nullptr;
  }
}

// Gives the decoder one more packet, or at the end of the file the sign to hand out the rest. False: that was
// done before.
Result<bool> AvDecoder::feed() {
  if (draining_) return false;
  for (;;) {
    const int read = av_read_frame(format_.get(), packet_.get());
    if (read == AVERROR(ENOMEM)) return out_of_memory();
    if (read < 0) {
      const AVIOContext* io = format_->pb;
      if (io->error < 0 && io->error != AVERROR_EOF)
        return bad_input("cannot be read on: " + libav::error_text(io->error), "check the disk");
      if (read != AVERROR_EOF) ++damaged_;  // the container breaks off here
      draining_ = true;
      if (avcodec_send_packet(codec_.get(), nullptr) == AVERROR(ENOMEM)) return out_of_memory();
      return true;
    }
    if (packet_->stream_index == stream_) break;
    av_packet_unref(packet_.get());
  }
  const int sent = avcodec_send_packet(codec_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (sent == AVERROR(ENOMEM)) return out_of_memory();
  if (sent < 0) ++damaged_;
  return true;
}

std::string AvDecoder::codec() const { return avcodec_get_name(codec_->codec_id); }

std::string AvDecoder::container() const {
  const std::string names = format_->iformat->name;  // "mov,mp4,m4a,3gp,3g2,mj2"
  return names.substr(0, names.find(','));
}

std::optional<double> AvDecoder::declared_duration_s() const {
  if (format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) return std::nullopt;
  const AVStream* stream = format_->streams[stream_];
  if (stream->duration > 0) return static_cast<double>(stream->duration) * av_q2d(stream->time_base);
  if (format_->duration > 0 && format_->nb_streams == 1)
    return static_cast<double>(format_->duration) / AV_TIME_BASE;
  return std::nullopt;
}

}  // namespace framegen
