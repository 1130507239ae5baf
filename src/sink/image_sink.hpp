// image_sink.hpp: numbered pictures in a folder that appears whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/image.hpp"
#include "core/partial.hpp"
#include "framegen/formats.hpp"
#include "sink/sink.hpp"

namespace framegen {

struct ImageSinkOptions {
  PictureFormat picture_format = PictureFormat::kPng;
  int jpeg_quality = 95;
  bool jpeg_full_chroma = false;  // 4:4:4 instead of 4:2:0
  bool overwrite = false;         // replace a folder that holds frames of an earlier run, and nothing else
};

// frame_000000.png, frame_000001.png … by the frame's index. A folder that exists must be empty, or hold
// nothing but such files with `overwrite`.
class ImageSink : public Sink {
 public:
  explicit ImageSink(std::filesystem::path folder, const ImageSinkOptions& options = {});
  ~ImageSink() override;
  std::string name() const override { return folder_.string(); }

 private:
  Status do_begin() override;
  Status do_write(const SinkFrame& frame) override;
  Status do_finish() override;
  Status encode_png(ImageView bgr, std::size_t& bytes);
  Status encode_jpeg(ImageView bgr, std::size_t& bytes);

  std::filesystem::path folder_;
  ImageSinkOptions options_;
  PartialFolder partial_;
  std::string file_name_;                // of the frame being written; kept for its capacity
  AlignedBuffer<std::uint8_t> encoded_;  // large enough for any picture of this size
  struct Jpeg;
  std::unique_ptr<Jpeg> jpeg_;
};

}  // namespace framegen
