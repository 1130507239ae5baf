// picture_look.hpp: whether a picture can be decoded, and how large it is, told by a child that can do
// nothing else.
#pragma once

#include <filesystem>

#include "core/image.hpp"
#include "media/image_decoder.hpp"
#include "sandbox/records.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

struct PictureSize {
  int width = 0, height = 0;
};

// The child's job: decodes the picture, gives its size. The task's option: the width that it must have, times
// 2^32, and the height; 0: any.
Status look_at_picture(const sandbox::Task& task, const sandbox::RecordWriter& writer);

class PictureLook {
 public:
  // `zygote` outlives this; null: pictures are decoded here.
  explicit PictureLook(sandbox::Zygote* zygote = nullptr) : zygote_(zygote) {}
  // Decodes all of it. `width`, `height`: what the picture must have; 0: any. Errors:
  // ImageDecoder::decode()'s, read_file()'s; kBadInput where the child dies of it.
  Result<PictureSize> at(const std::filesystem::path& path, int width = 0, int height = 0);

 private:
  Result<PictureSize> here(const std::filesystem::path& path, int width, int height);

  sandbox::Zygote* zygote_;
  ImageDecoder decoder_;
  Image image_;
};

}  // namespace framegen
