// raw_sink.cpp: frames as plain bytes into a file or a pipe.
#include "sink/raw_sink.hpp"

#include <cstring>
#include <string_view>

#include "kernels/pixels/bgr_to_i420.hpp"

namespace framegen {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Status RawSink::do_begin() {
  const SinkFormat& f = format();
  out_ = FRAMEGEN_TRY(OutputStream::open(path_));
  packed_ =
      AlignedBuffer<std::uint8_t>(static_cast<std::size_t>(f.width) * static_cast<std::size_t>(f.height) * 3);
  if (raw_format_ == RawFormat::kBgr24) return {};
  converted_ = I420Image(f.width, f.height);
  const std::string header = "YUV4MPEG2 W" + std::to_string(f.width) + " H" + std::to_string(f.height) +
                             " F" + std::to_string(f.fps_numerator) + ":" +
                             std::to_string(f.fps_denominator) +
                             " Ip A1:1 C420jpeg XCOLORRANGE=LIMITED\n";  // jpeg: chroma in the centre of 2×2
  return out_->write(bytes_of(header));
}

Status RawSink::write_rows(const std::uint8_t* data, std::ptrdiff_t stride, int row_bytes, int rows) {
  const std::size_t width = static_cast<std::size_t>(row_bytes);
  if (stride == row_bytes) return out_->write({data, width * static_cast<std::size_t>(rows)});
  for (int y = 0; y < rows; ++y)
    std::memcpy(packed_.data() + static_cast<std::size_t>(y) * width, data + y * stride, width);
  return out_->write({packed_.data(), width * static_cast<std::size_t>(rows)});
}

Status RawSink::write_y4m(const SinkFrame& frame) {
  I420View planes = frame.i420;
  if (planes.empty()) {
    bgr_to_i420(frame.bgr, converted_.view());
    planes = converted_.view();
  }
  FRAMEGEN_TRY(out_->write(bytes_of("FRAME\n")));
  const int width = format().width, height = format().height;  // Y4M knows odd sizes: the padding stays out
  FRAMEGEN_TRY(write_rows(planes.planes[0], planes.strides[0], width, height));
  for (std::size_t c = 1; c < 3; ++c)
    FRAMEGEN_TRY(write_rows(planes.planes[c], planes.strides[c], (width + 1) / 2, (height + 1) / 2));
  return {};
}

Status RawSink::do_write(const SinkFrame& frame) {
  if (raw_format_ == RawFormat::kY4m) return write_y4m(frame);
  return write_rows(frame.bgr.data, frame.bgr.stride, frame.bgr.width * 3, frame.bgr.height);
}

Status RawSink::do_finish() { return out_->close(); }

}  // namespace framegen
