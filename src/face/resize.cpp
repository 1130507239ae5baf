// resize.cpp: OpenCV's resize, on the calling thread alone.
#include "face/resize.hpp"

#include <exception>
#include <functional>
#include <new>
#include <opencv2/imgproc.hpp>

#include "face/serial_region.hpp"

namespace framegen {
namespace {

int opencv_name(Interpolation how) {
  switch (how) {
    case Interpolation::kLinear:
      return cv::INTER_LINEAR;
    case Interpolation::kCubic:
      return cv::INTER_CUBIC;
    case Interpolation::kArea:
      return cv::INTER_AREA;
  }
  return cv::INTER_CUBIC;
}

}  // namespace

Status resize(ImageView from, Interpolation how, MutableImageView to) {
  if (from.empty() || to.empty()) return Error{ErrorCode::kInternal, "resize", "the picture is empty", ""};
  try {
    // OpenCV's Mat has no const form; `source` is only read.
    const cv::Mat source(from.height, from.width, CV_8UC3, const_cast<std::uint8_t*>(from.data),
                         static_cast<std::size_t>(from.stride));
    cv::Mat target(to.height, to.width, CV_8UC3, to.data, static_cast<std::size_t>(to.stride));
    // A face box is too small to share out, and our callers are parallel already.
    const auto call = [&] { cv::resize(source, target, target.size(), 0, 0, opencv_name(how)); };
    SerialRegion::instance().run(std::ref(call));  // a copy would be an allocation
    return {};
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "resize", "out of memory", "use fewer threads"};
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, "resize", e.what(), ""};
  }
}

}  // namespace framegen
