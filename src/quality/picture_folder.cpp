// picture_folder.cpp: numbered PNG and JPEG files read as frames.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/files.hpp"
#include "core/frame_rate.hpp"
#include "media/image_decoder.hpp"
#include "quality/frame_reader.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

Error picture_error(const fs::path& path, const std::string& what) {
  return {ErrorCode::kBadInput, path.string(), what, "write the picture again"};
}

struct NumberedFile {
  std::uint64_t number = 0;
  fs::path path;
};

bool is_jpeg(const fs::path& path) { return path.extension() == ".jpg" || path.extension() == ".jpeg"; }

// The number at the end of the name: "frame_000012.png" → 12.
bool parse_number(const fs::path& path, std::uint64_t& number) {
  if (path.extension() != ".png" && !is_jpeg(path)) return false;
  const std::string stem = path.stem().string();
  const std::size_t begin = stem.find_last_not_of("0123456789") + 1;  // npos + 1 = 0: nothing but digits
  const auto [end, failure] = std::from_chars(stem.data() + begin, stem.data() + stem.size(), number);
  return failure == std::errc{} && end == stem.data() + stem.size();
}

class PictureFolder : public FrameReader {
 public:
  explicit PictureFolder(std::vector<NumberedFile> files) : files_(std::move(files)) {}

  Result<const Image*> next() override {
    if (at_ == files_.size()) return static_cast<const Image*>(nullptr);
    const fs::path& path = files_[at_++].path;
    const std::vector<std::uint8_t> file = FRAMEGEN_TRY(read_file(path));
    FRAMEGEN_TRY(decoder_.decode(file, path.string(), image_, image_.width(), image_.height()));
    return static_cast<const Image*>(&image_);
  }
  bool lossy() const override {
    return std::any_of(files_.begin(), files_.end(), [](const NumberedFile& f) { return is_jpeg(f.path); });
  }
  double time_s() const override { return (static_cast<double>(at_) - 1) / kFramesPerSecond; }
  std::int64_t frames_expected() const override { return static_cast<std::int64_t>(files_.size()); }
  int full_width() const override { return image_.width(); }
  int full_height() const override { return image_.height(); }

 private:
  std::vector<NumberedFile> files_;
  std::size_t at_ = 0;
  ImageDecoder decoder_;
  Image image_;
};

}  // namespace

Result<std::unique_ptr<FrameReader>> detail::open_picture_folder(const fs::path& path) {
  std::vector<NumberedFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    NumberedFile file{0, entry->path()};
    if (parse_number(file.path, file.number)) files.push_back(std::move(file));
  }
  if (error) return picture_error(path, "cannot be read: " + error.message());
  if (files.empty())
    return Error{ErrorCode::kBadInput, path.string(), "holds no numbered PNG or JPEG files",
                 "give a video or a folder with frame_000000.png, frame_000001.png …"};
  std::sort(files.begin(), files.end(),
            [](const NumberedFile& a, const NumberedFile& b) { return a.number < b.number; });
  const auto twice =
      std::adjacent_find(files.begin(), files.end(),
                         [](const NumberedFile& a, const NumberedFile& b) { return a.number == b.number; });
  if (twice != files.end())
    return Error{ErrorCode::kBadInput, path.string(),
                 "has two pictures of number " + std::to_string(twice->number) + ": " +
                     twice->path.filename().string() + " and " + (twice + 1)->path.filename().string(),
                 "keep one series of pictures in the folder"};
  return std::unique_ptr<FrameReader>(std::make_unique<PictureFolder>(std::move(files)));
}

}  // namespace framegen
