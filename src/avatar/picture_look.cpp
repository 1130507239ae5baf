// picture_look.cpp: ImageDecoder on the other side of a pipe; two numbers come back.
#include "avatar/picture_look.hpp"

#include "core/files.hpp"
#include "sandbox/task_file.hpp"

namespace framegen {
namespace {

constexpr int kHalf = 32;  // bits

std::int64_t option_of(int width, int height) { return (std::int64_t{width} << kHalf) | height; }
bool is_side(std::int32_t side) { return side > 0 && side <= kMaxImageSide; }

}  // namespace

Status look_at_picture(const sandbox::Task& task, const sandbox::RecordWriter& writer) {
  const auto bytes = FRAMEGEN_TRY(sandbox::read_whole(task));
  ImageDecoder decoder;
  Image image;
  FRAMEGEN_TRY(decoder.decode(bytes, task.name, image, static_cast<int>(task.option >> kHalf),
                              static_cast<int>(task.option & INT32_MAX)));
  writer.data(sandbox::BytesOut().number(std::int32_t{image.width()}).number(std::int32_t{image.height()}));
  return {};
}

Result<PictureSize> PictureLook::here(const std::filesystem::path& path, int width, int height) {
  const auto bytes = FRAMEGEN_TRY(read_file(path));
  FRAMEGEN_TRY(decoder_.decode(bytes, path.string(), image_, width, height));
  return PictureSize{image_.width(), image_.height()};
}

Result<PictureSize> PictureLook::at(const std::filesystem::path& path, int width, int height) {
  if (zygote_ == nullptr) return here(path, width, height);
  const std::string name = path.string();
  const int file = FRAMEGEN_TRY(open_regular(path));
  auto child = FRAMEGEN_TRY(zygote_->run(&look_at_picture, {file, name, option_of(width, height)}));
  const auto record = FRAMEGEN_TRY(sandbox::next_data(child, name));
  if (!record) return sandbox::nonsense(name);
  sandbox::BytesIn in(record->bytes);
  const auto seen_width = in.number<std::int32_t>(), seen_height = in.number<std::int32_t>();
  if (!seen_height || !is_side(*seen_width) || !is_side(*seen_height)) return sandbox::nonsense(name);
  if ((width != 0 && *seen_width != width) || (height != 0 && *seen_height != height))
    return sandbox::nonsense(name);
  return PictureSize{*seen_width, *seen_height};
}

}  // namespace framegen
