// mp4_join.cpp: packets renumbered and written, the sound in step beside them.
#include "sink/mp4_join.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "sink/ai_mark.hpp"
#include "sink/mp4_muxer.hpp"
#include "sink/part_reader.hpp"
#include "sink/sound_track.hpp"

namespace framegen {
namespace {

constexpr std::int64_t kProgressFrames = 250;

class Joining {
 public:
  Joining(const std::vector<Mp4Part>& parts, const std::filesystem::path& video,
          const Mp4JoinOptions& options)
      : parts_(parts), video_(video), options_(options), frames_all_(parts.back().end_frame()) {
    for (const Mp4Part& part : parts) delay_ = std::max(delay_, part.delay);
  }
  Status run();

 private:
  AVRational frame_time() const { return {parts_.front().fps_denominator, parts_.front().fps_numerator}; }
  Status copy(const Mp4Part& part);
  Status report_progress();

  const std::vector<Mp4Part>& parts_;
  const std::filesystem::path& video_;
  const Mp4JoinOptions& options_;
  std::int64_t frames_all_;
  int delay_ = 0;
  std::int64_t written_ = 0;  // packets
  int stream_ = -1;
  std::unique_ptr<Mp4Muxer> muxer_;
  std::unique_ptr<SoundTrack> sound_;
};

Status Joining::report_progress() {
  if (!options_.progress || written_ % kProgressFrames != 0 || options_.progress(written_, frames_all_))
    return {};
  return Error{ErrorCode::kCancelled, video_.string(), "stopped as you asked; nothing was written", ""};
}

Status Joining::copy(const Mp4Part& part) {
  const auto reader = FRAMEGEN_TRY(PartReader::open(part.path));
  const auto packet = libav::own(av_packet_alloc());
  const std::int64_t end = written_ + part.frames;
  std::int64_t shown = 0;
  while (FRAMEGEN_TRY(reader->next(*packet, shown))) {
    if (written_ == end) break;
    packet->pts = part.first_frame + shown;
    packet->dts = written_ - delay_;
    packet->duration = 1;
    packet->pos = -1;
    FRAMEGEN_TRY(muxer_->write(*packet, frame_time(), stream_));
    ++written_;
    FRAMEGEN_TRY(sound_->encode_for(written_));
    FRAMEGEN_TRY(report_progress());
  }
  if (written_ == end) return {};
  return Error{ErrorCode::kBadInput, part.path.string(), "was changed while it was being joined",
               "wait until all parts are rendered"};
}

Status Joining::run() {
  const Container container = FRAMEGEN_TRY(container_of(video_));
  auto reader = FRAMEGEN_TRY(SoundReader::open(options_.sound, options_.zygote));
  PartialFile partial = FRAMEGEN_TRY(PartialFile::beside(video_));
  muxer_ = FRAMEGEN_TRY(Mp4Muxer::open(partial.path().string(), video_.string(), container));
  stream_ = FRAMEGEN_TRY(muxer_->add_copy(*parts_.front().picture, frame_time()));
  const AVRational rate = av_inv_q(frame_time());
  sound_ = FRAMEGEN_TRY(SoundTrack::open(std::move(reader), *muxer_, rate, 0));
  FRAMEGEN_TRY(muxer_->write_header({.comment = options_.mark ? kGeneratedComment : "", .description = ""}));
  for (const Mp4Part& part : parts_) FRAMEGEN_TRY(copy(part));
  FRAMEGEN_TRY(sound_->finish(frames_all_, true));
  const bool boxes = container != Container::kMatroska;
  FRAMEGEN_TRY(muxer_->write_trailer(options_.mark && boxes ? xmp_box(generated_mark_xmp(options_.software))
                                                            : std::string()));
  return partial.commit();
}

}  // namespace

Status join_mp4(const std::vector<Mp4Part>& parts, const std::filesystem::path& video,
                const Mp4JoinOptions& options) {
  try {
    return Joining(parts, video, options).run();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, video.string(), "out of memory", "free some memory and try again"};
  }
}

}  // namespace framegen
