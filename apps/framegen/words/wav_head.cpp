// wav_head.cpp: what a header must say of samples that are taken as they come.
#include "words/wav_head.hpp"

#include <string>

#include "voice/sound_head.hpp"

namespace framegen::app {
namespace {

Error not_raw(const std::string& what, int rate_hz) {
  const std::string rate = std::to_string(rate_hz);
  return {ErrorCode::kBadInput, "standard input", what + ", and raw samples are read here",
          "convert it: ffmpeg -v error -i FILE -f s16le -ar " + rate + " -ac 1 - | framegen stream --rate " +
              rate + " …"};
}

Status check_format(const voice::SoundHead& head, int rate_hz) {
  if (head.coding != voice::kIntegers || head.channels != 1 || head.bits != 16)
    return not_raw("is a WAV file of " + std::to_string(head.channels) + " channel(s) and " +
                       std::to_string(head.bits) + " bits, not of 1 and 16",
                   rate_hz);
  if (head.rate_hz == rate_hz) return {};
  return Error{ErrorCode::kBadInput, "standard input",
               "is a WAV file of " + std::to_string(head.rate_hz) + " Hz, not of " + std::to_string(rate_hz),
               "give --rate " + std::to_string(head.rate_hz)};
}

}  // namespace

Result<std::optional<std::size_t>> bytes_before_sound(std::span<const std::uint8_t> first, int rate_hz) {
  const auto head = voice::read_sound_head(first);
  if (!head) return std::optional<std::size_t>();
  if (head->other_kind != nullptr) return not_raw(std::string("is ") + head->other_kind, rate_hz);
  if (head->wav) FRAMEGEN_TRY(check_format(*head, rate_hz));
  return std::optional<std::size_t>(head->bytes);
}

}  // namespace framegen::app
