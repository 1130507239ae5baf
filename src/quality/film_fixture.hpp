// film_fixture.hpp: for tests: small films that the ffmpeg program makes of known pictures.
#pragma once

#include <algorithm>
#include <string>

#include "quality/quality_fixture.hpp"

namespace framegen::test {

class FilmTest : public QualityTest {
 protected:
  static constexpr int kWidth = 48, kHeight = 32;

  void SetUp() override {
    QualityTest::SetUp();
    if (!ffmpeg_is_there()) GTEST_SKIP() << "the ffmpeg program is not installed";
  }
  void write_frames(int n) {
    for (int i = 0; i < n; ++i)
      write_png(folder_ / ("frame_" + std::to_string(i) + ".png"), smooth_image(kWidth, kHeight, i));
  }
  // Of the pictures that are there.
  bool film(const std::string& input, const std::string& output, const std::string& file) {
    return run("ffmpeg -y " + input + " -i " + folder_.string() + "/frame_%d.png " + output + " " +
               (folder_ / file).string());
  }
  static ImageView field(const Image& frame, int parity) {
    return {frame.view().row(parity), frame.width(), frame.height() / 2, 2 * frame.stride()};
  }
  // 1, 2 or 3 quarters.
  static Image turned_clockwise(const Image& from, int quarters) {
    const int width = from.width(), height = from.height();
    Image to = quarters == 2 ? Image(width, height) : Image(height, width);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int column = quarters == 1   ? height - 1 - y
                           : quarters == 2 ? width - 1 - x
                                           : y,
                  row = quarters == 1   ? x
                        : quarters == 2 ? height - 1 - y
                                        : width - 1 - x;
        std::copy_n(from.view().row(y) + 3 * x, 3, to.view().row(row) + 3 * column);
      }
    return to;
  }
};

}  // namespace framegen::test
