// splice.cpp: runs of MCUs one behind the other, each with its first DC differences made new.
#include "pictures/splice.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "pictures/bits.hpp"

namespace framegen::server {
namespace {

class Joiner {
 public:
  Joiner(const JpegScan& like, std::vector<std::uint8_t>& bits) : codes_(*like.codes), writer_(bits) {}

  void add(const JpegScan& scan, const McuRun& run) {
    if (run.begin == run.end) return;
    std::size_t at = run.begin;
    for (std::size_t c = 0; c < run.first.size(); ++c) {
      writer_.copy(scan.bits.data(), at, run.first[c].begin);
      put_difference(codes_[c == 0 ? 0 : 1].dc, run.first[c].value - before_[c]);
      at = run.first[c].end;
    }
    writer_.copy(scan.bits.data(), at, run.end);
    before_ = run.last;
  }

  void finish() { writer_.finish(); }

 private:
  void put_difference(const HuffmanCode& code, int difference) {
    const auto category =
        static_cast<std::uint8_t>(std::bit_width(static_cast<unsigned>(std::abs(difference))));
    const auto symbol = code.code_of(category);
    writer_.put(symbol.bits, symbol.length);
    writer_.put(static_cast<std::uint32_t>(difference < 0 ? difference - 1 : difference), category);
  }

  const JpegScan::Codes& codes_;
  BitWriter writer_;
  DcValues before_{};
};

// A zero behind each FF, and the end marker.
void stuff(std::span<const std::uint8_t> bits, std::vector<std::uint8_t>& out) {
  const std::uint8_t* at = bits.data();
  const std::uint8_t* const end = at + bits.size();
  while (at < end) {
    const auto* found =
        static_cast<const std::uint8_t*>(std::memchr(at, 0xFF, static_cast<std::size_t>(end - at)));
    const std::uint8_t* const stop = found == nullptr ? end : found + 1;
    out.insert(out.end(), at, stop);
    if (found != nullptr) out.push_back(0);
    at = stop;
  }
  out.insert(out.end(), {0xFF, 0xD9});
}

}  // namespace

Rectangle whole_mcus(const Rectangle& box, int width, int height) {
  const int left = std::clamp(box.x, 0, width) / kMcuSide * kMcuSide;
  const int top = std::clamp(box.y, 0, height) / kMcuSide * kMcuSide;
  const auto up = [](int v, int most) {
    return std::min((std::clamp(v, 0, most) + kMcuSide - 1) / kMcuSide * kMcuSide, most);
  };
  return {left, top, up(box.x + box.width, width) - left, up(box.y + box.height, height) - top};
}

Result<std::shared_ptr<const KeptJpeg>> KeptJpeg::create(std::span<const std::uint8_t> jpeg,
                                                         const Rectangle& rectangle, bool untouched) {
  std::shared_ptr<KeptJpeg> kept(new KeptJpeg);
  kept->scan_ = FRAMEGEN_TRY(JpegScan::parse(jpeg));
  kept->scan_.bits.shrink_to_fit();
  kept->header_.assign(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(kept->scan_.header_bytes));
  kept->face_header_ = kept->header_;
  std::uint8_t* const size = kept->face_header_.data() + kept->scan_.size_at;
  size[0] = static_cast<std::uint8_t>(rectangle.height >> 8);
  size[1] = static_cast<std::uint8_t>(rectangle.height);
  size[2] = static_cast<std::uint8_t>(rectangle.width >> 8);
  size[3] = static_cast<std::uint8_t>(rectangle.width);
  kept->rectangle_ = rectangle;
  kept->untouched_ = untouched;
  const auto mcu = [](int pixels) { return static_cast<std::size_t>((pixels + kMcuSide - 1) / kMcuSide); };
  const auto across = static_cast<std::size_t>(kept->scan_.mcus_across);
  const std::size_t rows = mcu(rectangle.height);
  // Kept and left out take turns. Where nothing lies between two, a run of no MCUs keeps the order.
  std::vector<std::size_t> starts{0};
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t first = (mcu(rectangle.y) + row) * across + mcu(rectangle.x);
    starts.push_back(first);
    starts.push_back(first + mcu(rectangle.width));
  }
  const auto runs = FRAMEGEN_TRY(kept->scan_.runs(starts));
  for (std::size_t i = 0; i < runs.size(); i += 2) kept->kept_.push_back(runs[i]);
  return std::shared_ptr<const KeptJpeg>(std::move(kept));
}

std::size_t KeptJpeg::bytes() const {
  return sizeof *this + sizeof(JpegScan::Codes) + header_.capacity() + face_header_.capacity() +
         scan_.bits.capacity() + kept_.capacity() * sizeof(McuRun);
}

void KeptJpeg::whole(std::vector<std::uint8_t>& out) const {
  out.assign(header_.begin(), header_.end());
  stuff(std::span(scan_.bits).first(scan_.bits.size() - kBitSlack), out);
}

Status KeptJpeg::splice(std::span<const std::uint8_t> face, SpliceScratch& scratch,
                        std::vector<std::uint8_t>& out) const {
  // The header never changes, and neither do its codes: it is compared, not read.
  if (face.size() < face_header_.size() ||
      std::memcmp(face.data(), face_header_.data(), face_header_.size()) != 0)
    return Error{ErrorCode::kInternal, "JPEG", "is not of the rectangle", ""};
  JpegScan scan = scan_.of_another(rectangle_.width, rectangle_.height, face.subspan(face_header_.size()),
                                   std::move(scratch.face_bits));
  std::vector<std::size_t> starts(kept_.size() - 1);
  for (std::size_t row = 0; row < starts.size(); ++row)
    starts[row] = row * static_cast<std::size_t>(scan.mcus_across);
  const auto rows = FRAMEGEN_TRY(scan.runs(starts));

  Joiner joiner(scan_, scratch.bits);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    joiner.add(scan_, kept_[row]);
    joiner.add(scan, rows[row]);
  }
  joiner.add(scan_, kept_.back());
  joiner.finish();
  scratch.face_bits = std::move(scan.bits);
  out.assign(header_.begin(), header_.end());
  stuff(scratch.bits, out);
  return {};
}

}  // namespace framegen::server
