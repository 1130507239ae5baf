// hash_sink.cpp: SHA-256 of every frame and of all of them.
#include "sink/hash_sink.hpp"

namespace framegen {

Status HashSink::do_begin() {
  if (!text_file_.empty()) out_ = FRAMEGEN_TRY(OutputStream::open(text_file_.string()));
  frames_.reserve(static_cast<std::size_t>(format().frames > 0 ? format().frames : 4096));
  return {};
}

Status HashSink::do_write(const SinkFrame& frame) {
  const std::size_t row_bytes = static_cast<std::size_t>(frame.bgr.width) * 3;
  for (int y = 0; y < frame.bgr.height; ++y) {
    frame_hash_.update({frame.bgr.row(y), row_bytes});
    all_hash_.update({frame.bgr.row(y), row_bytes});
  }
  frames_.push_back(frame_hash_.digest());
  return {};
}

Status HashSink::do_finish() {
  all_ = all_hash_.digest();
  if (text_file_.empty()) return {};
  std::string text;
  for (std::size_t i = 0; i < frames_.size(); ++i) text += std::to_string(i) + " " + frame(i) + "\n";
  text += "all " + all() + "\n";
  FRAMEGEN_TRY(out_->write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  return out_->close();
}

}  // namespace framegen
