// url_writer.hpp: live pictures and their sound to any address that libavformat writes: RTMP, RTSP, SRT, UDP,
// pipes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/i420.hpp"
#include "framegen/result.hpp"
#include "media/libav.hpp"

namespace framegen {

struct UrlOptions {
  std::string url;     // "rtmp://…", "udp://…", a file, "-" for the standard output
  std::string format;  // libavformat's name; empty: what suits the address, NUT for "-"
  bool raw = false;    // pictures and sound as they are, not H.264 and AAC
  int width = 0;       // of a picture, pixels
  int height = 0;
  int sample_rate_hz = 16000;
  int crf = 23;                     // x264's
  std::string preset = "veryfast";  // x264's
  int key_frame_s = 2;              // who joins waits as long
  // Set: what blocks returns with an error: a connection that is being made at once, one that is there after
  // three seconds, so that what was begun can be ended.
  const std::atomic<bool>* stop = nullptr;
};

// 25 pictures a second, each with rate/25 samples. One thread at a time.
class UrlWriter {
 public:
  // Connects and writes the header. Errors: kBadOutput (nobody there, no such format), kBadUse (encoder
  // options).
  static Result<std::unique_ptr<UrlWriter>> open(const UrlOptions& options);
  ~UrlWriter();
  // `picture`: width × height, padded to even. Errors: kBadOutput (connection lost), kInternal.
  Status write(const I420View& picture, std::span<const std::int16_t> sound);
  // What is still inside the encoders, and the trailer.
  Status close();

 private:
  explicit UrlWriter(const UrlOptions& options) : options_(options) {}
  Status connect();
  Status open_video();
  Status open_sound();
  Status add_stream(const AVCodecContext& encoder, int& stream);
  Status send(AVCodecContext& encoder, const AVFrame* frame, int stream);
  Status encode_sound(bool last);
  static int must_break_off(void* writer);
  Error failed(int error) const;

  UrlOptions options_;
  AVFormatContext* file_ = nullptr;
  bool opened_ = false;  // the header is written
  std::optional<std::chrono::steady_clock::time_point> stop_seen_;
  libav::Owner<AVCodecContext> video_, sound_;
  libav::Owner<AVFrame> picture_, samples_;
  libav::Owner<AVPacket> packet_;
  int video_stream_ = 0, sound_stream_ = 0;
  std::vector<std::int16_t> held_;  // sound that fills no encoder's frame yet
  std::int64_t pictures_done_ = 0, samples_done_ = 0;
};

}  // namespace framegen
