// h264_encoder.hpp: planes in, H.264 packets out.
#pragma once

#include <string>

#include "framegen/result.hpp"
#include "media/libav.hpp"
#include "sink/sink.hpp"

namespace framegen {

struct H264Options {
  double crf = 20;                  // x264's constant rate factor: 0 (lossless) … 51
  std::string preset = "veryfast";  // x264's name
  std::string tune = {};            // x264's name, or empty
  std::string profile = {};         // x264's name; empty: what the rest makes of it
  int threads = 0;                  // 0: as many as the encoder thinks fit
  int key_frame_s = 5;              // how far a seek may be off; x264 adds some at scene cuts
  int most_bits_per_second = 0;     // over a second at most; 0: as many as crf asks for
  bool headers_apart = true;        // parameter sets outside the stream, as MP4 wants them
};

// The encoder that open_h264 would use, by FFmpeg's name; empty where there is none.
std::string h264_encoder_name();

// An encoder opened for frames of `format`, with its colours tagged as i420.hpp makes them and its parameter
// sets where headers_apart says. `name` is put into errors. libx264, or where FFmpeg was built without it
// OpenH264 or VideoToolbox, which ignore crf, preset and tune. Errors: kBadUse (unknown preset or tune, crf
// out of range), kBadOutput (no H.264 encoder).
Result<libav::Owner<AVCodecContext>> open_h264(const std::string& name, const H264Options& options,
                                               const SinkFormat& format);

// An empty picture of the encoder's size, 4:2:0, with its colours tagged as i420.hpp makes them. Throws
// std::bad_alloc.
libav::Owner<AVFrame> picture_of(const AVCodecContext& encoder);

}  // namespace framegen
