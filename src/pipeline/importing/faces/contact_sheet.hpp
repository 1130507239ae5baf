// contact_sheet.hpp: a dozen of a film's frames side by side, the face box drawn: what an import saw.
#pragma once

#include <filesystem>
#include <vector>

#include "core/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

class ContactSheet {
 public:
  // Frames of the film that are to be shown, ascending and at most 12, by even steps of `used`, and up to a
  // third from `lost`.
  ContactSheet(const std::vector<int>& used, const std::vector<int>& lost);
  // The film's last frame that is shown; −1: none.
  int last() const { return frames_.empty() ? -1 : frames_.back(); }
  // The film's next frame; `box`: green where it is used, else the picture gets a red border. Errors:
  // kInternal.
  Status look(int frame, ImageView picture, const Rectangle* box);
  // As JPEG. Errors: kBadOutput.
  Status write(const std::filesystem::path& file) const;

 private:
  std::vector<int> frames_;
  std::size_t shown_ = 0;
  Image sheet_;
  int width_ = 0, height_ = 0;  // of one small picture
};

}  // namespace framegen
