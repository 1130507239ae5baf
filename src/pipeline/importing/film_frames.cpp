// film_frames.cpp: one frame in hand, the next one looked at for its time.
#include "pipeline/importing/film_frames.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace framegen {
namespace {

constexpr double kLongestGap_s = 60;
constexpr double kRounding_s = 1e-6;  // of times that are fractions

}  // namespace

Result<FilmFrames> FilmFrames::open(const std::filesystem::path& film, double fps, int longest_side,
                                    sandbox::Zygote* zygote) {
  const FrameLook look{.as_seen = true, .longest_side = longest_side};
  return FilmFrames(FRAMEGEN_TRY(FrameReader::open(film, look, zygote)), film.string(), fps);
}

int FilmFrames::frames_expected() const {
  const double rate = static_cast<double>(reader_->fps_numerator()) / reader_->fps_denominator();
  const double frames = static_cast<double>(reader_->frames_expected()) * fps_ / rate;
  return frames < 1e9 ? static_cast<int>(std::lround(frames)) : 0;
}

// `coming_` becomes the film's next frame, if there is one.
Status FilmFrames::advance() {
  const double before_s = coming_s_;
  const Image* next = FRAMEGEN_TRY(reader_->next());
  has_coming_ = next != nullptr;
  if (next == nullptr) {
    const double period = static_cast<double>(reader_->fps_denominator()) / reader_->fps_numerator();
    end_s_ = before_s + period;
    ended_ = true;
    return {};
  }
  coming_s_ = std::max(before_s, reader_->time_s());
  if (!(coming_s_ - before_s <= kLongestGap_s))
    return Error{ErrorCode::kBadInput, name_,
                 "jumps in time by " + std::to_string(static_cast<long long>(coming_s_ - before_s)) +
                     " seconds between two frames",
                 "write it again with ffmpeg -i FILM -r 25 NEW.mp4"};
  if (coming_.empty()) coming_ = Image(next->width(), next->height());
  copy_pixels(next->view(), coming_.view());
  return {};
}

Result<const Image*> FilmFrames::next() {
  if (!started_) {
    started_ = true;
    FRAMEGEN_TRY(advance());
    if (!has_coming_)
      return Error{ErrorCode::kBadInput, name_, "has no frame that can be decoded",
                   "give a video with a picture"};
  }
  const double until_s = (static_cast<double>(given_) + 0.5) / fps_;
  while (!ended_ && has_coming_ && coming_s_ < until_s - kRounding_s) {
    std::swap(shown_, coming_);
    FRAMEGEN_TRY(advance());
  }
  const bool over = ended_ && given_ > 0 && until_s > end_s_ + kRounding_s;
  if (over) return static_cast<const Image*>(nullptr);
  ++given_;
  return static_cast<const Image*>(&shown_);
}

}  // namespace framegen
