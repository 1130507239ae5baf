// sandboxed_film.cpp: FrameReader on both sides of a pipe.
#include "quality/sandboxed_film.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace framegen {
namespace {

using sandbox::BytesIn;
using sandbox::BytesOut;
using sandbox::next_data;
using sandbox::Record;

constexpr int kLongestSide = 32768;
constexpr std::size_t kChannels = 3;

// What comes before each frame's pixels.
struct FrameHead {
  double time_s = 0;
  std::int32_t width = 0, height = 0, full_width = 0, full_height = 0, lossy = 0;
};

std::int64_t option_of(const FrameLook& look) { return look.longest_side * 2 + (look.as_seen ? 1 : 0); }
FrameLook look_of(std::int64_t option) {
  return {.as_seen = option % 2 == 1, .longest_side = static_cast<int>(option / 2)};
}

class SandboxedFilm final : public FrameReader {
 public:
  SandboxedFilm(std::string name, sandbox::RecordReader child)
      : name_(std::move(name)), child_(std::move(child)) {}
  Status start();
  Result<const Image*> next() override;
  bool lossy() const override { return head_.lossy != 0; }
  double time_s() const override { return head_.time_s; }
  std::int64_t frames_expected() const override { return frames_expected_; }
  int full_width() const override { return head_.full_width; }
  int full_height() const override { return head_.full_height; }

 private:
  Status take(const Record& record);

  std::string name_;
  sandbox::RecordReader child_;
  FrameHead head_;
  std::int64_t frames_expected_ = 0;
  Image picture_;
};

bool is_side(std::int32_t side) { return side > 0 && side <= kLongestSide; }

Status SandboxedFilm::start() {
  const auto record = FRAMEGEN_TRY(next_data(child_, name_));
  if (!record) return sandbox::nonsense(name_);
  BytesIn in(record->bytes);
  const auto numerator = in.number<std::int32_t>(), denominator = in.number<std::int32_t>();
  const auto frames = in.number<std::int64_t>();
  if (!frames || *numerator < 1 || *denominator < 1 || *frames < 0) return sandbox::nonsense(name_);
  fps_numerator_ = *numerator;
  fps_denominator_ = *denominator;
  frames_expected_ = *frames;
  return {};
}

Status SandboxedFilm::take(const Record& record) {
  FrameHead head;
  if (record.bytes.size() < sizeof head) return sandbox::nonsense(name_);
  std::memcpy(&head, record.bytes.data(), sizeof head);
  const bool sides =
      is_side(head.width) && is_side(head.height) && is_side(head.full_width) && is_side(head.full_height);
  const std::size_t pixels = record.bytes.size() - sizeof head;
  if (!sides || !std::isfinite(head.time_s) ||
      pixels != static_cast<std::size_t>(head.width) * static_cast<std::size_t>(head.height) * kChannels)
    return sandbox::nonsense(name_);
  if (picture_.empty()) picture_ = Image(head.width, head.height);
  if (picture_.width() != head.width || picture_.height() != head.height) return sandbox::nonsense(name_);
  std::memcpy(picture_.data(), record.bytes.data() + sizeof head, pixels);
  head_ = head;
  return {};
}

Result<const Image*> SandboxedFilm::next() {
  const auto record = FRAMEGEN_TRY(next_data(child_, name_));
  if (!record) return static_cast<const Image*>(nullptr);
  FRAMEGEN_TRY(take(*record));
  return static_cast<const Image*>(&picture_);
}

}  // namespace

Status decode_film(const sandbox::Task& task, const sandbox::RecordWriter& writer) {
  cv::setNumThreads(0);  // a child of the sandbox can start none
  AvInput input = FRAMEGEN_TRY(AvInput::descriptor(task.file));
  const auto film = FRAMEGEN_TRY(detail::open_video(std::move(input), task.name, look_of(task.option), 1));
  writer.data(BytesOut()
                  .number(std::int32_t{film->fps_numerator()})
                  .number(std::int32_t{film->fps_denominator()})
                  .number(film->frames_expected()));
  while (const Image* picture = FRAMEGEN_TRY(film->next())) {
    FrameHead head{film->time_s(),     picture->width(),    picture->height(),
                   film->full_width(), film->full_height(), film->lossy() ? 1 : 0};
    const std::size_t pixels =
        static_cast<std::size_t>(picture->width()) * static_cast<std::size_t>(picture->height()) * kChannels;
    writer.data_in_two({reinterpret_cast<const std::byte*>(&head), sizeof head},
                       {reinterpret_cast<const std::byte*>(picture->data()), pixels});
  }
  return {};
}

Result<std::unique_ptr<FrameReader>> sandboxed_film(int file, const std::string& name, const FrameLook& look,
                                                    sandbox::Zygote& zygote) {
  auto child = FRAMEGEN_TRY(zygote.run(&decode_film, {file, name, option_of(look)}));
  auto film = std::make_unique<SandboxedFilm>(name, std::move(child));
  FRAMEGEN_TRY(film->start());
  return std::unique_ptr<FrameReader>(std::move(film));
}

}  // namespace framegen
