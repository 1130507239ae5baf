// scan.cpp: markers and codes by ITU-T T.81; blocks are stepped over, never decoded.
#include "pictures/scan.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "pictures/bits.hpp"

namespace framegen::server {
namespace {

constexpr int kSof0 = 0xC0, kDht = 0xC4, kSos = 0xDA, kDri = 0xDD;

Error odd(const char* why) { return Error{ErrorCode::kInternal, "JPEG", why, ""}; }

int mcus(int pixels) { return (pixels + kMcuSide - 1) / kMcuSide; }

class Header {
 public:
  Header(std::span<const std::uint8_t> jpeg, JpegScan& scan, JpegScan::Codes& codes)
      : jpeg_(jpeg), scan_(scan), codes_(codes) {}

  Status read() {
    at_ = 2;  // behind SOI
    while (true) {
      if (at_ + 4 > jpeg_.size() || jpeg_[at_] != 0xFF) return odd("ends within its header");
      const int marker = jpeg_[at_ + 1];
      const std::size_t length = jpeg_[at_ + 2] * 256U + jpeg_[at_ + 3];
      if (length < 2 || at_ + 2 + length > jpeg_.size()) return odd("ends within its header");
      const auto body = jpeg_.subspan(at_ + 4, length - 2);
      at_ += 2 + length;
      if (marker >= kSof0 && marker <= 0xCF && marker != kDht) {
        if (marker != kSof0) return odd("is not a baseline one");
        FRAMEGEN_TRY(frame(body));
      } else if (marker == kDht) {
        FRAMEGEN_TRY(codes(body));
      } else if (marker == kDri) {
        return odd("has restart markers");
      } else if (marker == kSos) {
        scan_.header_bytes = at_;
        return scan(body);
      }
    }
  }

 private:
  Status frame(std::span<const std::uint8_t> body) {
    // precision, height, width, components × (id, sampling, table)
    static constexpr std::array<std::uint8_t, 3> kSampling{0x22, 0x11, 0x11};
    if (body.size() != 15 || body[5] != 3) return odd("has not three components");
    for (std::size_t c = 0; c < 3; ++c)
      if (body[7 + 3 * c] != kSampling[c]) return odd("is not 4:2:0");
    scan_.size_at = static_cast<std::size_t>(body.data() + 1 - jpeg_.data());
    scan_.mcus_down = mcus(body[1] * 256 + body[2]);
    scan_.mcus_across = mcus(body[3] * 256 + body[4]);
    return {};
  }

  Status codes(std::span<const std::uint8_t> body) {
    while (!body.empty()) {
      if (body.size() < 17) return odd("ends within a Huffman code");
      const int which = body[0];
      std::size_t values = 0;
      for (const std::uint8_t count : body.subspan(1, 16)) values += count;
      if ((which & 0xEE) != 0 || values > 256 || body.size() < 17 + values)
        return odd("has a broken Huffman code");
      ComponentCodes& codes = codes_[static_cast<std::size_t>(which & 1)];
      if (!(which >= 16 ? codes.ac : codes.dc).set(body.subspan(1).first<16>(), body.subspan(17, values)))
        return odd("has a broken Huffman code");
      body = body.subspan(17 + values);
    }
    return {};
  }

  Status scan(std::span<const std::uint8_t> body) const {
    static constexpr std::array<std::uint8_t, 3> kTables{0x00, 0x11, 0x11};
    if (body.size() != 10 || body[0] != 3) return odd("has more than one scan");
    for (std::size_t c = 0; c < 3; ++c)
      if (body[2 + 2 * c] != kTables[c]) return odd("has other Huffman codes than we know");
    if (scan_.mcus_across == 0 || scan_.mcus_down == 0) return odd("has no size");
    return {};
  }

  std::span<const std::uint8_t> jpeg_;
  JpegScan& scan_;
  JpegScan::Codes& codes_;
  std::size_t at_ = 0;
};

// Up to the next marker, without the zeros behind FF.
void unstuff(std::span<const std::uint8_t> coded, std::vector<std::uint8_t>& bits) {
  bits.clear();
  bits.reserve(coded.size() + kBitSlack);
  const std::uint8_t* at = coded.data();
  const std::uint8_t* const end = at + coded.size();
  while (at < end) {
    const auto* stop =
        static_cast<const std::uint8_t*>(std::memchr(at, 0xFF, static_cast<std::size_t>(end - at)));
    if (stop == nullptr) stop = end;
    bits.insert(bits.end(), at, stop);
    if (end - stop < 2 || stop[1] != 0) break;
    bits.push_back(0xFF);
    at = stop + 2;
  }
  bits.insert(bits.end(), kBitSlack, 0);
}

int value_of(std::uint32_t bits, unsigned count) {
  if (count == 0) return 0;
  const auto value = static_cast<int>(bits >> (32 - count));
  return value >= 1 << (count - 1) ? value : value - (1 << count) + 1;
}

// Walks over the scan's blocks.
class Walker {
 public:
  explicit Walker(const JpegScan& scan) : scan_(scan), end_((scan.bits.size() - kBitSlack) * 8) {}

  // One block's DC difference, and over its AC coefficients. None: the bits are no block.
  std::optional<McuRun::Difference> block(std::size_t component) {
    const ComponentCodes& codes = (*scan_.codes)[component == 0 ? 0 : 1];
    McuRun::Difference difference{.begin = at_};
    const auto category = codes.dc.read(next());
    if (category.length == 0 || category.value > 11) return {};
    at_ += category.length;
    difference.value = value_of(next(), category.value);
    difference.end = at_ += category.value;
    for (int k = 1; k < 64; ++k) {
      const auto symbol = codes.ac.read(next());
      if (symbol.length == 0 || at_ > end_) return {};
      at_ += symbol.length + (symbol.value & 15U);
      if (symbol.value == 0) break;  // end of block
      k += symbol.value >> 4;
    }
    if (at_ > end_) return {};
    return difference;
  }

  std::size_t at() const { return at_; }

 private:
  std::uint32_t next() const { return at_ < end_ ? peek_32(scan_.bits.data(), at_) : 0; }

  const JpegScan& scan_;
  std::size_t at_ = 0, end_;
};

}  // namespace

Result<JpegScan> JpegScan::parse(std::span<const std::uint8_t> jpeg) {
  JpegScan scan;
  const auto codes = std::make_shared<Codes>();
  FRAMEGEN_TRY(Header(jpeg, scan, *codes).read());
  scan.codes = codes;
  unstuff(jpeg.subspan(scan.header_bytes), scan.bits);
  return scan;
}

JpegScan JpegScan::of_another(int width, int height, std::span<const std::uint8_t> coded,
                              std::vector<std::uint8_t> reused) const {
  JpegScan scan{header_bytes, size_at, mcus(width), mcus(height), codes, std::move(reused)};
  unstuff(coded, scan.bits);
  return scan;
}

Result<std::vector<McuRun>> JpegScan::runs(std::span<const std::size_t> starts) const {
  static constexpr std::array<std::size_t, 6> kComponents{0, 0, 0, 0, 1, 2};
  std::vector<McuRun> runs(starts.size());
  Walker walker(*this);
  DcValues dc{};
  const std::size_t all = static_cast<std::size_t>(mcus_across) * static_cast<std::size_t>(mcus_down);
  std::size_t next = 0;
  for (std::size_t mcu = 0; mcu < all; ++mcu) {
    bool first = false;
    for (; next < starts.size() && starts[next] == mcu; ++next, first = true)
      runs[next].begin = runs[next].end = walker.at();  // of two that begin here, one has no MCU
    McuRun& run = runs[next - 1];
    for (std::size_t b = 0; b < kComponents.size(); ++b) {
      const std::size_t c = kComponents[b];
      const auto difference = walker.block(c);
      if (!difference) return odd("has broken bits");
      dc[c] += difference->value;
      if (first && (b == 0 || b > 3)) run.first[c] = {difference->begin, difference->end, dc[c]};
    }
    run.end = walker.at();
    run.last = dc;
  }
  return runs;
}

}  // namespace framegen::server
