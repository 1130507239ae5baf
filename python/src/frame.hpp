// frame.hpp: a picture as Python holds it.
#pragma once

#include <cstdint>
#include <vector>

#include "common.hpp"
#include "framegen/live.hpp"
#include "framegen/session.hpp"

namespace framegen::python {

// `frame.memory` keeps the pixels for as long as the object, or a view of its pixels, is there.
struct PyFrame {
  Frame frame;
  double fps = 25;
};

struct PyPicture : PyFrame {
  bool speech = false;
  std::uint32_t segment = 0;
  std::int64_t pts_us = 0, position_samples = 0, position_ms = 0;
  std::vector<std::int16_t> sound;
};

struct PySegmentEnd {
  std::uint32_t segment = 0;
  std::int64_t position_samples = 0, position_ms = 0;
  bool interrupted = false;
};

}  // namespace framegen::python
