// film_frames.hpp: a film's frames at another rate than its own: 25 a second, each the one that is shown
// then, as people see it (frame_reader.hpp).
#pragma once

#include <memory>

#include "core/image.hpp"
#include "framegen/result.hpp"
#include "quality/frame_reader.hpp"

namespace framegen {

// Frame k is the film's last one whose time is before (k + ½)/fps, as FFmpeg's fps filter chooses. Films of
// an uneven rate (telephones') keep their time. Pictures of one film have one size.
class FilmFrames {
 public:
  // Of pictures whose longer side has more than `longest_side` pixels smaller ones are given; 0: none are.
  // Errors: kBadInput (no film, no picture stream).
  // With a sandbox it is decoded there.
  static Result<FilmFrames> open(const std::filesystem::path& film, double fps, int longest_side = 0,
                                 sandbox::Zygote* zygote = nullptr);
  // Borrowed until the next call; null: there are no more. Errors: kBadInput (damaged; a jump in its times of
  // more than a minute).
  Result<const Image*> next();
  // The film's own size, known after next().
  int full_width() const { return reader_->full_width(); }
  int full_height() const { return reader_->full_height(); }
  // A guess for progress; 0: none can be made.
  int frames_expected() const;

 private:
  FilmFrames(std::unique_ptr<FrameReader> reader, std::string name, double fps)
      : reader_(std::move(reader)), name_(std::move(name)), fps_(fps) {}
  Status advance();

  std::unique_ptr<FrameReader> reader_;
  std::string name_;
  double fps_;
  Image shown_, coming_;
  double coming_s_ = 0;
  bool has_coming_ = false, ended_ = false, started_ = false;
  double end_s_ = 0;     // when the last frame's time is over; once ended_
  long long given_ = 0;  // frames
};

}  // namespace framegen
