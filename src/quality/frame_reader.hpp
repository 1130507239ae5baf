// frame_reader.hpp: the frames of a video, or of a folder of numbered pictures, one after another as BGR.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "core/image.hpp"
#include "framegen/result.hpp"
#include "media/av_input.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// How a video's frames are given.
struct FrameLook {
  // As people see them rather than as they are coded: high dynamic range (PQ, HLG) tone-mapped, the two
  // fields of an interlaced frame made one picture.
  bool as_seen = false;
  // Pictures of a video whose longer side has more pixels are made smaller; 0: none are.
  int longest_side = 0;
};

class FrameReader {
 public:
  // A folder: its PNG and JPEG files whose names end in a number, in the order of the numbers. A file:
  // anything with a picture stream that FFmpeg decodes. Errors: kBadInput.
  // With a sandbox a file is decoded by a child of it, which must outlive the reader; kBadInput then says
  // also how that one died.
  static Result<std::unique_ptr<FrameReader>> open(const std::filesystem::path& path,
                                                   const FrameLook& look = {},
                                                   sandbox::Zygote* zygote = nullptr);
  FrameReader() = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  virtual ~FrameReader() = default;

  // The next frame, borrowed until the next call; null: there are no more. All have the size of the first.
  // Errors: kBadInput (unreadable, or of another size), naming the file or frame.
  virtual Result<const Image*> next() = 0;
  // True where coding may have changed the pixels (H.264, JPEG, or planes of 4:2:0): then equal frames need
  // not read equal. Known after the first next().
  virtual bool lossy() const = 0;
  // When the frame that next() gave last is shown, from the file's beginning; of a folder: at 25 a second.
  virtual double time_s() const = 0;
  // How many frames there are, as the file says; 0: it does not.
  virtual std::int64_t frames_expected() const = 0;
  // Of the pictures before they were made smaller; as they come where they were not. Known after next().
  virtual int full_width() const = 0;
  virtual int full_height() const = 0;
  int fps_numerator() const { return fps_numerator_; }
  int fps_denominator() const { return fps_denominator_; }

 protected:
  int fps_numerator_ = 25;
  int fps_denominator_ = 1;
};

// Frames of two readers of unequal size can still be compared: cubic where it grows, area mean where it
// shrinks.
void scale_picture(ImageView from, MutableImageView to);

namespace detail {
Result<std::unique_ptr<FrameReader>> open_picture_folder(const std::filesystem::path& path);
// `threads` of the decoder; 0: as many as there are cores.
Result<std::unique_ptr<FrameReader>> open_video(AvInput input, const std::string& name, const FrameLook& look,
                                                int threads);
}  // namespace detail

}  // namespace framegen
