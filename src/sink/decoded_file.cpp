// decoded_file.cpp: for tests: reads back with libavformat and libavcodec what the sinks wrote.
#include "sink/decoded_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/files.hpp"
#include "media/libav.hpp"
extern "C" {
#include <libavutil/pixdesc.h>
}

namespace framegen::test {
namespace {

struct Reader {
  AVFormatContext* file = nullptr;
  libav::Owner<AVCodecContext> decoders[2];  // video, sound
  int streams[2] = {-1, -1};
  ~Reader() { avformat_close_input(&file); }
};

void open_stream(Reader& reader, int which, AVMediaType type) {
  const AVCodec* codec = nullptr;
  const int stream = av_find_best_stream(reader.file, type, -1, -1, &codec, 0);
  if (stream < 0) return;
  reader.streams[which] = stream;
  reader.decoders[which] = libav::own(avcodec_alloc_context3(codec));
  AVCodecContext& c = *reader.decoders[which];
  c.pkt_timebase = reader.file->streams[stream]->time_base;
  c.thread_count = 1;
  avcodec_parameters_to_context(&c, reader.file->streams[stream]->codecpar);
  ASSERT_GE(avcodec_open2(&c, codec, nullptr), 0);
}

void take_picture(const AVFrame& frame, AVRational base, DecodedFile& out) {
  double sum = 0;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x) sum += frame.data[0][y * frame.linesize[0] + x];
  out.times.push_back(static_cast<double>(frame.best_effort_timestamp) * av_q2d(base));
  out.lumas.push_back(sum / (frame.width * frame.height));
}

void take_sound(const AVFrame& frame, AVRational base, DecodedFile& out) {
  if (out.samples.empty()) out.sound_start = static_cast<double>(frame.best_effort_timestamp) * av_q2d(base);
  const auto* samples = reinterpret_cast<const float*>(frame.extended_data[0]);
  out.samples.insert(out.samples.end(), samples, samples + frame.nb_samples);
}

void decode(Reader& reader, int which, const AVPacket* packet, DecodedFile& out) {
  if (!reader.decoders[which]) return;
  const auto frame = libav::own(av_frame_alloc());
  const AVRational base = reader.file->streams[reader.streams[which]]->time_base;
  EXPECT_GE(avcodec_send_packet(reader.decoders[which].get(), packet), 0);
  while (avcodec_receive_frame(reader.decoders[which].get(), frame.get()) == 0)
    which == 0 ? take_picture(*frame, base, out) : take_sound(*frame, base, out);
}

const char* text(const char* name) { return name != nullptr ? name : ""; }

void describe(const Reader& reader, DecodedFile& out) {
  const AVDictionaryEntry* comment = av_dict_get(reader.file->metadata, "comment", nullptr, 0);
  if (comment != nullptr) out.comment = comment->value;
  if (reader.streams[0] >= 0) {
    const AVStream& s = *reader.file->streams[reader.streams[0]];
    const AVCodecParameters& p = *s.codecpar;
    out.width = p.width;
    out.height = p.height;
    out.video_seconds = static_cast<double>(s.duration) * av_q2d(s.time_base);
    out.primaries = text(av_color_primaries_name(p.color_primaries));
    out.transfer = text(av_color_transfer_name(p.color_trc));
    out.matrix = text(av_color_space_name(p.color_space));
    out.range = text(av_color_range_name(p.color_range));
    out.chroma = text(av_chroma_location_name(p.chroma_location));
  }
  if (reader.streams[1] >= 0) {
    const AVStream& s = *reader.file->streams[reader.streams[1]];
    out.has_sound = true;
    out.rate = s.codecpar->sample_rate;
    out.channels = s.codecpar->ch_layout.nb_channels;
    out.sound_seconds = static_cast<double>(s.duration) * av_q2d(s.time_base);
  }
}

}  // namespace

DecodedFile decode_file(const std::filesystem::path& path) {
  DecodedFile out;
  Reader reader;
  if (avformat_open_input(&reader.file, path.c_str(), nullptr, nullptr) < 0 ||
      avformat_find_stream_info(reader.file, nullptr) < 0) {
    ADD_FAILURE() << path << " cannot be read back";
    return out;
  }
  open_stream(reader, 0, AVMEDIA_TYPE_VIDEO);
  open_stream(reader, 1, AVMEDIA_TYPE_AUDIO);
  describe(reader, out);
  const auto packet = libav::own(av_packet_alloc());
  while (av_read_frame(reader.file, packet.get()) >= 0) {
    for (const int which : {0, 1})
      if (packet->stream_index == reader.streams[which]) decode(reader, which, packet.get(), out);
    av_packet_unref(packet.get());
  }
  for (const int which : {0, 1}) decode(reader, which, nullptr, out);
  return out;
}

void write_wav(const std::filesystem::path& path, int rate, int channels, const std::vector<float>& samples) {
  std::string bytes;
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
  };
  const auto data_bytes = static_cast<std::uint32_t>(samples.size() * 2);
  bytes += "RIFF";
  put(36 + data_bytes, 4);
  bytes += "WAVEfmt ";
  put(16, 4);
  put(1, 2);
  put(static_cast<std::uint32_t>(channels), 2);
  put(static_cast<std::uint32_t>(rate), 4);
  put(static_cast<std::uint32_t>(rate * channels * 2), 4);
  put(static_cast<std::uint32_t>(channels * 2), 2);
  put(16, 2);
  bytes += "data";
  put(data_bytes, 4);
  for (const float s : samples) {
    const float clipped = std::clamp(s, -1.0f, 1.0f);
    put(static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lround(clipped * 32767))), 2);
  }
  ASSERT_TRUE(write_file(path, bytes).ok());
}

std::vector<std::pair<std::string, std::string>> top_level_boxes(const std::filesystem::path& mp4) {
  std::vector<std::pair<std::string, std::string>> boxes;
  const std::string bytes = *read_text_file(mp4);
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[at + i]);
    if (size < 8) break;
    boxes.emplace_back(bytes.substr(at + 4, 4), bytes.substr(at + 8, size - 8));
    at += size;
  }
  EXPECT_EQ(at, bytes.size()) << "the boxes do not fill " << mp4;
  return boxes;
}

}  // namespace framegen::test
