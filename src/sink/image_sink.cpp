// image_sink.cpp: numbered PNG and JPEG files through libpng and libjpeg-turbo.
#include "sink/image_sink.hpp"

#include <fcntl.h>
#include <png.h>
#include <turbojpeg.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>

namespace framegen {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path, const std::string& why) {
  return {ErrorCode::kBadOutput, path, "cannot be written: " + why,
          "check that the folder above it exists, is writable and has free space"};
}

const char* extension(PictureFormat format) { return format == PictureFormat::kPng ? ".png" : ".jpg"; }

// frame_<digits>.<png|jpg>: ours, so ours to replace.
bool is_frame_name(std::string_view name) {
  if (!name.starts_with("frame_") || !(name.ends_with(".png") || name.ends_with(".jpg"))) return false;
  const std::string_view digits = name.substr(6, name.size() - 10);
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

// May `folder` be taken: missing, empty, or with `overwrite` only frames in it?
Status check_target(const fs::path& folder, bool overwrite) {
  std::error_code error;
  const auto kind = fs::status(folder, error).type();
  if (kind == fs::file_type::not_found) return {};
  if (kind != fs::file_type::directory)
    return Error{ErrorCode::kBadOutput, folder.string(), "is not a folder", "give the name of a folder"};
  fs::directory_iterator entry(folder, error);
  if (error) return cannot_write(folder.string(), error.message());
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    if (error) return cannot_write(folder.string(), error.message());
    if (!overwrite)
      return Error{ErrorCode::kBadOutput, folder.string(), "is not empty",
                   "give a new folder, or allow RenderJob::overwrite_frames_folder"};
    if (!is_frame_name(entry->path().filename().string()))
      return Error{
          ErrorCode::kBadOutput, folder.string(),
          "holds \"" + entry->path().filename().string() + "\", which is no frame, and is not replaced",
          "give another folder"};
  }
  return {};
}

Status write_new_file(const std::string& path, const std::uint8_t* data, std::size_t size) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int why = fd < 0 ? errno : 0;
  while (why == 0 && size > 0) {
    const ssize_t put = ::write(fd, data, size);
    if (put >= 0) {
      data += put;
      size -= static_cast<std::size_t>(put);
    } else if (errno != EINTR) {
      why = errno;
    }
  }
  if (fd >= 0 && ::close(fd) != 0 && errno != EINTR && why == 0) why = errno;
  if (why != 0) return cannot_write(path, std::strerror(why));
  return {};
}

}  // namespace

struct ImageSink::Jpeg {
  tjhandle handle = tjInitCompress();
  Jpeg() = default;
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;
  ~Jpeg() {
    if (handle != nullptr) tjDestroy(handle);
  }
};

ImageSink::ImageSink(fs::path folder, const ImageSinkOptions& options)
    : folder_(std::move(folder)), options_(options) {
  if (folder_.filename().empty()) folder_ = folder_.parent_path();  // "out/" → "out"
}

ImageSink::~ImageSink() = default;

Status ImageSink::do_begin() {
  if (options_.jpeg_quality < 1 || options_.jpeg_quality > 100)
    return Error{ErrorCode::kBadUse, name(),
                 "JPEG quality " + std::to_string(options_.jpeg_quality) + " is not in 1…100",
                 "give a quality from 1 to 100"};
  FRAMEGEN_TRY(check_target(folder_, options_.overwrite));
  partial_ = FRAMEGEN_TRY(PartialFolder::beside(folder_));
  file_name_.reserve(partial_.path().string().size() + 64);
  const std::size_t pixels =
      static_cast<std::size_t>(format().width) * static_cast<std::size_t>(format().height);
  if (options_.picture_format == PictureFormat::kPng) {
    // zlib's worst case is below one byte in a thousand; the rest is chunks and row filters.
    encoded_ = AlignedBuffer<std::uint8_t>(pixels * 3 + pixels / 64 +
                                           static_cast<std::size_t>(format().height) + 65536);
    return {};
  }
  jpeg_ = std::make_unique<Jpeg>();
  if (jpeg_->handle == nullptr) return cannot_write(folder_.string(), tjGetErrorStr2(nullptr));
  encoded_ = AlignedBuffer<std::uint8_t>(tjBufSize(format().width, format().height, TJSAMP_444));
  return {};
}

Status ImageSink::encode_png(ImageView bgr, std::size_t& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(bgr.width);
  image.height = static_cast<png_uint_32>(bgr.height);
  image.format = PNG_FORMAT_BGR;
  image.flags = PNG_IMAGE_FLAG_FAST;
  png_alloc_size_t size = encoded_.size();
  if (png_image_write_to_memory(&image, encoded_.data(), &size, 0, bgr.data,
                                static_cast<png_int_32>(bgr.stride), nullptr) == 0)
    return Error{ErrorCode::kInternal, file_name_, std::string("libpng: ") + image.message, ""};
  bytes = size;
  return {};
}

Status ImageSink::encode_jpeg(ImageView bgr, std::size_t& bytes) {
  unsigned char* out = encoded_.data();
  unsigned long size = encoded_.size();
  if (tjCompress2(jpeg_->handle, bgr.data, bgr.width, static_cast<int>(bgr.stride), bgr.height, TJPF_BGR,
                  &out, &size, options_.jpeg_full_chroma ? TJSAMP_444 : TJSAMP_420, options_.jpeg_quality,
                  TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0)
    return Error{ErrorCode::kInternal, file_name_, std::string("libjpeg: ") + tjGetErrorStr2(jpeg_->handle),
                 ""};
  bytes = size;
  return {};
}

Status ImageSink::do_write(const SinkFrame& frame) {
  char number[32];
  std::snprintf(number, sizeof number, "/frame_%06lld", static_cast<long long>(frame.index));
  file_name_.assign(partial_.path().native());
  file_name_ += number;
  file_name_ += extension(options_.picture_format);
  std::size_t bytes = 0;
  FRAMEGEN_TRY(options_.picture_format == PictureFormat::kPng ? encode_png(frame.bgr, bytes)
                                                              : encode_jpeg(frame.bgr, bytes));
  return write_new_file(file_name_, encoded_.data(), bytes);
}

Status ImageSink::do_finish() {
  FRAMEGEN_TRY(check_target(folder_, options_.overwrite));  // it may have changed meanwhile
  fs::path old;
  std::error_code error;
  if (options_.overwrite && fs::exists(folder_, error)) {
    old = partial_.path();
    old += "-old";
    fs::rename(folder_, old, error);
    if (error) return cannot_write(folder_.string(), error.message());
  }
  fs::rename(partial_.path(), folder_, error);  // over an empty folder too (POSIX)
  if (error) {
    std::error_code ignored;
    if (!old.empty()) fs::rename(old, folder_, ignored);
    return cannot_write(folder_.string(), error.message());
  }
  partial_.release();
  if (!old.empty()) fs::remove_all(old, error);
  return {};
}

}  // namespace framegen
