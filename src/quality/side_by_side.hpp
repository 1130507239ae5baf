// side_by_side.hpp: several pictures in one, each under its name, for looking at what numbers say.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/image.hpp"

namespace framegen {

//  ┌ label 0 ────┬ label 1 ────┐
//  │  picture 0  │  picture 1  │
//  ├ caption 0 ──┴ caption 1 ──┤
class SideBySide {
 public:
  // All pictures have width × height. Labels and captions are ASCII (others show as "?").
  SideBySide(int width, int height, std::vector<std::string> labels);
  int width() const { return canvas_.width(); }
  int height() const { return canvas_.height(); }
  // One picture and one caption per label. Borrowed until the next call.
  ImageView compose(std::span<const ImageView> pictures, std::span<const std::string> captions);

 private:
  void write(int panel, int y, const std::string& text);

  int panel_width_, panel_height_;
  int bar_;  // height of the bars, in pixels
  std::vector<std::string> labels_;
  Image canvas_;
};

}  // namespace framegen
