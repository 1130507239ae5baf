// frame_reader.cpp: which reader a path needs; pictures brought to one size.
#include "quality/frame_reader.hpp"

#include <opencv2/imgproc.hpp>
#include <system_error>

#include "quality/sandboxed_film.hpp"

namespace framegen {

Result<std::unique_ptr<FrameReader>> FrameReader::open(const std::filesystem::path& path,
                                                       const FrameLook& look, sandbox::Zygote* zygote) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::directory) return detail::open_picture_folder(path);
  if (!std::filesystem::exists(status))
    return Error{ErrorCode::kBadInput, path.string(), "does not exist",
                 "give a video or a folder of numbered pictures"};
  const int file = FRAMEGEN_TRY(open_input(path));
  if (zygote != nullptr) return sandboxed_film(file, path.string(), look, *zygote);
  return detail::open_video(FRAMEGEN_TRY(AvInput::descriptor(file)), path.string(), look, 0);
}

void scale_picture(ImageView from, MutableImageView to) {
  const cv::Mat source(from.height, from.width, CV_8UC3, const_cast<std::uint8_t*>(from.data),
                       static_cast<std::size_t>(from.stride));
  cv::Mat target(to.height, to.width, CV_8UC3, to.data, static_cast<std::size_t>(to.stride));
  const bool shrinks = to.width < from.width && to.height < from.height;
  cv::resize(source, target, target.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_CUBIC);
}

}  // namespace framegen
