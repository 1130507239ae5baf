// interpolation.hpp: how a picture is resized, by OpenCV's names.
#pragma once

namespace framegen {

enum class Interpolation { kLinear, kCubic, kArea };

}  // namespace framegen
