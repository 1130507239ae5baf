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
  samples_.resize(sound / 2);
  if (sound > 0) std::memcpy(samples_.data(), message.data() + header, sound);
  return make(little_endian<std::int64_t>(message, 8),
              {message.subspan(header + sound), (message[5] & 2) != 0}, samples_);
}

// Of all the sound none is missing, so a packet's time is how many came before it.
Result<std::shared_ptr<const Media>> MediaMaker::make(std::int64_t pts_us, EncodedPicture picture,
                                                      std::span<const std::int16_t> sound) {
  const auto media = std::make_shared<Media>();
  media->pts_us = pts_us;
  media->key = picture.key;
  media->picture = h264_payloads(picture.bytes);
  media->sound = FRAMEGEN_TRY(opus_.encode(sound));
  media->sound_pts_us = 20'000 * sounds_;
  sounds_ += static_cast<std::int64_t>(media->sound.size());
  return std::shared_ptr<const Media>(media);
}

}  // namespace framegen::server::webrtc
