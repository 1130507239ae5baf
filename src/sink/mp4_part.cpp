// mp4_part.cpp: what must be true of a part before it can be joined.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "sink/mp4_join.hpp"
#include "sink/part_reader.hpp"

namespace framegen {
namespace {

constexpr std::string_view kTag = "framegen part from frame ";

Error part_error(const std::filesystem::path& path, const std::string& what,
                 const std::string& remedy = "render this part again") {
  return {ErrorCode::kBadInput, path.string(), what, remedy};
}

bool parse_tag(std::string_view text, std::int64_t& first_frame) {
  if (!text.starts_with(kTag)) return false;
  text.remove_prefix(kTag.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), first_frame);
  return error == std::errc() && end == text.data() + text.size() && first_frame >= 0;
}

// The packets' places in the order of showing are 0 … n−1, each once.
bool is_complete(std::vector<std::int64_t> shown) {
  std::sort(shown.begin(), shown.end());
  for (std::size_t i = 0; i < shown.size(); ++i)
    if (shown[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

// Walks through all packets: frames, delay, and that no picture needs one from before its key frame.
Status examine_packets(PartReader& reader, Mp4Part& part) {
  const auto packet = libav::own(av_packet_alloc());
  std::vector<std::int64_t> shown_at;
  std::int64_t shown = 0, key = 0, delay = 0;
  while (FRAMEGEN_TRY(reader.next(*packet, shown))) {
    const bool is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    if (shown_at.empty() && !is_key) return part_error(part.path, "does not begin with a key frame");
    if (is_key) key = shown;
    if (shown < key)
      return part_error(part.path, "has an open group of pictures at frame " + std::to_string(key),
                        "encode with closed groups, as framegen render does");
    delay = std::max(delay, static_cast<std::int64_t>(shown_at.size()) - shown);
    shown_at.push_back(shown);
  }
  part.frames = static_cast<std::int64_t>(shown_at.size());
  part.delay = static_cast<int>(delay);
  if (part.frames == 0) return part_error(part.path, "has no frames");
  // The demuxer takes the end of a torn file for the end of the video: its index knows better.
  if (part.frames != reader.stream().nb_frames || !is_complete(std::move(shown_at)))
    return part_error(part.path, "has frames missing");
  return {};
}

bool same_parameters(const AVCodecParameters& a, const AVCodecParameters& b) {
  return a.width == b.width && a.height == b.height && a.extradata_size == b.extradata_size &&
         std::equal(a.extradata, a.extradata + a.extradata_size, b.extradata);
}

std::string size_text(const AVCodecParameters& p) {
  return std::to_string(p.width) + "×" + std::to_string(p.height);
}

}  // namespace

std::string part_tag(std::int64_t first_frame) { return std::string(kTag) + std::to_string(first_frame); }

Result<Mp4Part> examine_part(const std::filesystem::path& path) {
  const auto reader = FRAMEGEN_TRY(PartReader::open(path));
  Mp4Part part;
  part.path = path;
  if (!parse_tag(reader->description(), part.first_frame))
    return part_error(path, "does not say which frames it holds",
                      "give videos that framegen render --range has written");
  if (reader->stream().nb_frames == 0)
    return part_error(path, "does not say how many frames it should hold, as Matroska does not",
                      "render parts as .mp4 or .mov");
  FRAMEGEN_TRY(examine_packets(*reader, part));
  part.picture = libav::own(avcodec_parameters_alloc());
  if (avcodec_parameters_copy(part.picture.get(), reader->stream().codecpar) < 0) throw std::bad_alloc();
  const AVRational base = reader->stream().time_base;
  av_reduce(&part.fps_numerator, &part.fps_denominator, base.den, base.num * reader->frame_ticks(), 1 << 30);
  return part;
}

Status check_alike(const std::vector<Mp4Part>& parts) {
  for (const Mp4Part& part : parts) {
    const Mp4Part& first = parts.front();
    if (part.fps_numerator != first.fps_numerator || part.fps_denominator != first.fps_denominator)
      return part_error(part.path, "has another frame rate than " + first.path.string());
    if (part.picture->width != first.picture->width || part.picture->height != first.picture->height)
      return part_error(part.path, "has " + size_text(*part.picture) + " pixels, " + first.path.string() +
                                       " " + size_text(*first.picture));
    if (!same_parameters(*part.picture, *first.picture))
      return part_error(part.path, "was encoded with other settings than " + first.path.string(),
                        "render all parts with the same --crf, --preset and FFmpeg");
  }
  return {};
}

}  // namespace framegen
