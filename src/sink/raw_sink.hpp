// raw_sink.hpp: frames as plain bytes into a file or a pipe: framegen render … --raw - | ffplay -
#pragma once

#include <cstdint>
#include <optional>

#include "core/image.hpp"
#include "framegen/formats.hpp"
#include "sink/output_stream.hpp"
#include "sink/sink.hpp"

namespace framegen {

// Writes to "-" (standard output), a pipe or a file. Nothing is sought.
class RawSink : public Sink {
 public:
  RawSink(std::string path, RawFormat raw_format) : path_(std::move(path)), raw_format_(raw_format) {}
  PixelNeed need() const override {
    return raw_format_ == RawFormat::kY4m ? PixelNeed::kI420 : PixelNeed::kBgr;
  }
  std::string name() const override { return path_ == "-" ? "standard output" : path_; }

 private:
  Status do_begin() override;
  Status do_write(const SinkFrame& frame) override;
  Status do_finish() override;
  Status write_rows(const std::uint8_t* data, std::ptrdiff_t stride, int row_bytes, int rows);
  Status write_y4m(const SinkFrame& frame);

  std::string path_;
  RawFormat raw_format_;
  std::optional<OutputStream> out_;
  I420Image converted_;                 // where the caller gives no planes
  AlignedBuffer<std::uint8_t> packed_;  // one frame without gaps, so that one system call takes it
};

}  // namespace framegen
