// media_maker.cpp: the header of framegen.v1's media taken apart again (protocol.hpp).
#include "webrtc/media_maker.hpp"

#include <cstring>

namespace framegen::server::webrtc {
namespace {

template <class T>
T little_endian(BytesView message, std::size_t at) {
  T value;
  std::memcpy(&value, message.data() + at, sizeof value);
  return value;
}

}  // namespace

Result<std::shared_ptr<const Media>> MediaMaker::make(BytesView message) {
  const auto header = little_endian<std::uint16_t>(message, 6);
  const auto sound = little_endian<std::uint32_t>(message, 20);
  const auto media = std::make_shared<Media>();
  media->pts_us = little_endian<std::int64_t>(message, 8);
  media->key = (message[5] & 2) != 0;
  media->picture = h264_payloads(message.subspan(header + sound));
  samples_.resize(sound / 2);
  if (sound > 0) std::memcpy(samples_.data(), message.data() + header, sound);
  media->sound = FRAMEGEN_TRY(opus_.encode(samples_));
  return std::shared_ptr<const Media>(media);
}

}  // namespace framegen::server::webrtc
