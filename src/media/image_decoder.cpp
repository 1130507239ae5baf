// image_decoder.cpp: JPEG through libturbojpeg, PNG through libpng's simplified API.
#include "media/image_decoder.hpp"

#include <png.h>
#include <turbojpeg.h>

#include <array>
#include <cstring>
#include <new>

namespace framegen {
namespace {

Error picture_error(const std::string& name, const std::string& what) {
  return {ErrorCode::kBadInput, name, what, "replace the file by a whole JPEG or PNG picture"};
}

// What a codec's library says: it tells a damaged file and the want of memory apart by words alone.
Error refused(const std::string& name, const std::string& is_what, const std::string& why) {
  if (why.find("memory") != std::string::npos)
    return {ErrorCode::kInternal, name, "no memory to decode it: " + why, "free some memory"};
  return picture_error(name, is_what + why);
}

struct Size {
  int width;
  int height;
};

// The size is known before a pixel is: nothing is allocated for a size that is not wanted.
Status take_size(const std::string& name, Size found, Size wanted, Image& image) {
  const auto text = [](Size s) { return std::to_string(s.width) + "×" + std::to_string(s.height); };
  if (found.width < 1 || found.height < 1 || found.width > kMaxImageSide || found.height > kMaxImageSide)
    return picture_error(name, "has " + text(found) + " pixels, at most " +
                                   text({kMaxImageSide, kMaxImageSide}) + " are possible");
  if ((wanted.width != 0 && wanted.width != found.width) ||
      (wanted.height != 0 && wanted.height != found.height))
    return Error{ErrorCode::kBadInput, name, "has " + text(found) + " pixels, not " + text(wanted),
                 "all these pictures need one size"};
  if (image.width() == found.width && image.height() == found.height) return {};
  try {
    image = Image(found.width, found.height);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, name, "no memory for a picture of " + text(found) + " pixels", ""};
  }
  return {};
}

bool is_jpeg(std::span<const std::uint8_t> file) {
  return file.size() >= 3 && file[0] == 0xFF && file[1] == 0xD8 && file[2] == 0xFF;
}

bool is_png(std::span<const std::uint8_t> file) {
  constexpr std::array<std::uint8_t, 8> kMagic{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  return file.size() >= kMagic.size() && std::memcmp(file.data(), kMagic.data(), kMagic.size()) == 0;
}

// libpng makes room for what a chunk says of its length before it looks for it: 2 GB and 13 s for a file of
// 100 bytes. Lengths are big-endian; after them come a name of four letters, the body and a checksum.
bool chunks_fit(std::span<const std::uint8_t> file) {
  constexpr std::size_t kMagic = 8, kAround = 12;
  for (std::size_t at = kMagic; at + kAround <= file.size();) {
    std::size_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8 | file[at + static_cast<std::size_t>(i)];
    if (length > file.size() - at - kAround) return false;
    if (std::memcmp(&file[at + 4], "IEND", 4) == 0) return true;  // what follows is nobody's
    at += kAround + length;
  }
  return true;  // without an end: libpng says so
}

struct PngHeader {
  png_image image{};
  ~PngHeader() { png_image_free(&image); }
};

Status decode_png(std::span<const std::uint8_t> file, const std::string& name, Size wanted, Image& image) {
  if (!chunks_fit(file)) return picture_error(name, "is a damaged or truncated PNG: a chunk does not end");
  PngHeader png;
  png.image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png.image, file.data(), file.size()) == 0)
    return refused(name, "is a damaged PNG: ", png.image.message);
  // 32 bits of size do not fit an int.
  const auto side = [](png_uint_32 n) { return n > INT32_MAX ? INT32_MAX : static_cast<int>(n); };
  FRAMEGEN_TRY(take_size(name, {side(png.image.width), side(png.image.height)}, wanted, image));
  png.image.format = PNG_FORMAT_BGR;
  const png_color black{};  // under transparent pixels
  if (png_image_finish_read(&png.image, &black, image.data(), 0, nullptr) == 0)
    return refused(name, "is a damaged or truncated PNG: ", png.image.message);
  return {};
}

}  // namespace

struct ImageDecoder::Jpeg {
  tjhandle handle = tjInitDecompress();
  Jpeg() = default;
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;
  ~Jpeg() {
    if (handle != nullptr) tjDestroy(handle);
  }
};

ImageDecoder::ImageDecoder() = default;
ImageDecoder::ImageDecoder(ImageDecoder&&) noexcept = default;
ImageDecoder& ImageDecoder::operator=(ImageDecoder&&) noexcept = default;
ImageDecoder::~ImageDecoder() = default;

Status ImageDecoder::decode(std::span<const std::uint8_t> file, const std::string& name, Image& image,
                            int width, int height) {
  width_ = width;
  height_ = height;
  if (file.empty()) return picture_error(name, "is empty");
  if (is_jpeg(file)) return decode_jpeg(file, name, image);
  if (is_png(file)) return decode_png(file, name, {width, height}, image);
  return picture_error(name, "is neither a JPEG nor a PNG");
}

Status ImageDecoder::decode_jpeg(std::span<const std::uint8_t> file, const std::string& name, Image& image) {
  if (!jpeg_) jpeg_ = std::make_unique<Jpeg>();
  // A handle remembers a warning into its next picture: after anything but success the next one gets a new
  // handle.
  std::unique_ptr<Jpeg> jpeg = std::move(jpeg_);
  const tjhandle handle = jpeg->handle;
  if (handle == nullptr) return Error{ErrorCode::kInternal, name, "no memory for a JPEG decoder", ""};
  Size size{};
  int subsampling = 0, colours = 0;
  if (tjDecompressHeader3(handle, file.data(), file.size(), &size.width, &size.height, &subsampling,
                          &colours) != 0)
    return refused(name, "is a damaged or truncated JPEG: ", tjGetErrorStr2(handle));
  FRAMEGEN_TRY(take_size(name, size, {width_, height_}, image));
  // libjpeg's defaults, which the reference decodes with: accurate integer DCT; smooth chroma upsampling,
  // since TJFLAG_FASTUPSAMPLE is absent.
  constexpr int kFlags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
  if (tjDecompress2(handle, file.data(), file.size(), image.data(), size.width,
                    static_cast<int>(image.stride()), size.height, TJPF_BGR, kFlags) == 0) {
    jpeg_ = std::move(jpeg);
    return {};
  }
  const std::string why = tjGetErrorStr2(handle);
  // Rubbish between two markers costs no pixel; every other warning does.
  const bool harmless =
      tjGetErrorCode(handle) == TJERR_WARNING && why.find("extraneous bytes") != std::string::npos;
  if (harmless) return {};
  return refused(name, "is a damaged or truncated JPEG: ", why);
}

}  // namespace framegen
