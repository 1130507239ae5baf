// resize.cpp: OpenCV's resize, on the calling thread alone.
#include "face/resize.hpp"

#include <exception>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>

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

// A face box is too small to share out, and our callers are parallel already. OpenCV runs what is called from
// inside a parallel loop on the calling thread; cv::setNumThreads(1) would say the same, to the whole
// process.
class ResizeOnThisThread final : public cv::ParallelLoopBody {
 public:
  ResizeOnThisThread(const cv::Mat& from, cv::Mat& to, int how) : from_(from), to_(to), how_(how) {}
  void operator()(const cv::Range&) const override { cv::resize(from_, to_, to_.size(), 0, 0, how_); }

 private:
  const cv::Mat& from_;
  cv::Mat& to_;
  int how_;
};

}  // namespace

Status resize(ImageView from, Interpolation how, MutableImageView to) {
  if (from.empty() || to.empty()) return Error{ErrorCode::kInternal, "resize", "the picture is empty", ""};
  try {
    // OpenCV's Mat has no const form; `source` is only read.
    const cv::Mat source(from.height, from.width, CV_8UC3, const_cast<std::uint8_t*>(from.data),
                         static_cast<std::size_t>(from.stride));
    cv::Mat target(to.height, to.width, CV_8UC3, to.data, static_cast<std::size_t>(to.stride));
    cv::parallel_for_(cv::Range(0, 1), ResizeOnThisThread(source, target, opencv_name(how)));
    return {};
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, "resize", e.what(), ""};
  }
}

}  // namespace framegen
