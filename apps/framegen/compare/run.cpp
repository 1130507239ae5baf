// run.cpp: reads all files in step, measures, and draws what was asked for.
#include "compare/run.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "avatar/avatar_bundle.hpp"
#include "quality/frame_reader.hpp"
#include "quality/side_by_side.hpp"
#include "sink/image_sink.hpp"
#include "sink/mp4_sink.hpp"

namespace framegen::app {
namespace {

std::string size_text(ImageView v) { return std::to_string(v.width) + "×" + std::to_string(v.height); }

std::string name_of(const std::filesystem::path& path) {
  const auto name = path.filename();
  return (name.empty() ? path.parent_path().filename() : name).string();
}

// One file, its pictures brought to the first file's size where that is wanted.
struct Input {
  std::filesystem::path path;
  std::unique_ptr<FrameReader> reader;
  ImageView picture;
  Image scaled;

  // False at the end.
  Result<bool> next() {
    const Image* const image = FRAMEGEN_TRY(reader->next());
    picture = image == nullptr ? ImageView{} : image->view();
    return image != nullptr;
  }
  Status fit(ImageView first, bool scale) {
    if (picture.width == first.width && picture.height == first.height) return {};
    if (!scale)
      return Error{ErrorCode::kBadInput, path.string(),
                   "has pictures of " + size_text(picture) + ", the first file of " + size_text(first),
                   "compare files of one size, or allow --scale"};
    if (scaled.empty()) scaled = Image(first.width, first.height);
    scale_picture(picture, scaled);
    picture = scaled;
    return {};
  }
};

class Comparison {
 public:
  explicit Comparison(const CompareJob& job) : job_(job) {}
  Result<CompareResult> run(const std::function<bool(std::int64_t)>& progress);

 private:
  Status open();
  Status open_outputs();
  Result<bool> read_all();
  Result<std::optional<Rectangle>> face_box() const;
  Status measure();
  Status draw();
  Status note_longer();

  const CompareJob& job_;
  std::vector<Input> inputs_;
  std::optional<AvatarBundle> avatar_;
  CompareResult result_;
  std::unique_ptr<SideBySide> composer_;
  std::unique_ptr<Mp4Sink> video_;
  std::unique_ptr<ImageSink> heatmaps_;
  Image heatmap_;
};

Status Comparison::open() {
  if (job_.files.size() < 2)
    return Error{ErrorCode::kBadUse, "compare", "needs two files at least",
                 "name the reference first, then those to measure"};
  if (!job_.heatmaps.empty() && job_.files.size() > 2)
    return Error{ErrorCode::kBadUse, "--heatmap", "draws two files, not " + std::to_string(job_.files.size()),
                 "compare two files"};
  for (const auto& path : job_.files) {
    Input input;
    input.path = path;
    input.reader = FRAMEGEN_TRY(FrameReader::open(path));
    inputs_.push_back(std::move(input));
  }
  if (!job_.avatar.empty()) {
    avatar_ = FRAMEGEN_TRY(AvatarBundle::open(job_.avatar));
    result_.with_boxes = true;
    const int frames = static_cast<int>(avatar_->manifest().frames.size());
    if (job_.start_frame < 0 || job_.start_frame >= frames)
      return Error{ErrorCode::kBadUse, "--start-frame", "is out of range",
                   "give 0 … " + std::to_string(frames - 1)};
  }
  for (std::size_t i = 1; i < inputs_.size(); ++i) {
    result_.files.emplace_back();
    result_.files.back().file = inputs_[i].path.string();
  }
  return {};
}

Status Comparison::open_outputs() {
  const ImageView first = inputs_[0].picture;
  const FrameReader& reader = *inputs_[0].reader;
  if (!job_.video.empty()) {
    std::vector<std::string> labels;
    for (const Input& input : inputs_) labels.push_back(name_of(input.path));
    composer_ = std::make_unique<SideBySide>(first.width, first.height, std::move(labels));
    Mp4Options options;
    options.mark = job_.mark;
    if (!std::filesystem::is_directory(inputs_[0].path) && SoundReader::open(inputs_[0].path).ok())
      options.sound = inputs_[0].path;
    video_ = std::make_unique<Mp4Sink>(job_.video, options);
    FRAMEGEN_TRY(video_->begin(
        {composer_->width(), composer_->height(), reader.fps_numerator(), reader.fps_denominator()}));
  }
  if (job_.heatmaps.empty()) return {};
  heatmap_ = Image(first.width, first.height);
  ImageSinkOptions options;
  options.overwrite = job_.overwrite_heatmaps;
  heatmaps_ = std::make_unique<ImageSink>(job_.heatmaps, options);
  return heatmaps_->begin({first.width, first.height});
}

// False where one of them has no more frames.
Result<bool> Comparison::read_all() {
  bool all = true;
  for (Input& input : inputs_) all = FRAMEGEN_TRY(input.next()) && all;
  if (!all) return false;
  for (Input& input : inputs_) FRAMEGEN_TRY(input.fit(inputs_[0].picture, job_.scale));
  return true;
}

// Of the current frame, cut at the picture's edges.
Result<std::optional<Rectangle>> Comparison::face_box() const {
  if (!avatar_) return std::optional<Rectangle>{};
  const Manifest& manifest = avatar_->manifest();
  const ImageView first = inputs_[0].picture;
  if (first.width != manifest.width || first.height != manifest.height)
    return Error{ErrorCode::kBadInput, inputs_[0].path.string(),
                 "has pictures of " + size_text(first) + ", the avatar of " + std::to_string(manifest.width) +
                     "×" + std::to_string(manifest.height),
                 "name the avatar that was rendered"};
  const int frame = avatar_->loop(job_.start_frame).at(job_.first_frame + result_.frames);
  Rectangle box = manifest.boxes[static_cast<std::size_t>(frame)];
  box.width = std::min(box.width, first.width - box.x);
  box.height = std::min(box.height, first.height - box.y);
  return std::optional<Rectangle>{box};
}

Status Comparison::measure() {
  const std::optional<Rectangle> box = FRAMEGEN_TRY(face_box());
  const ImageView first = inputs_[0].picture;
  for (std::size_t i = 1; i < inputs_.size(); ++i) {
    ComparedFile& file = result_.files[i - 1];
    FrameMetrics metrics;
    metrics.picture = compare_pictures(first, inputs_[i].picture);
    file.picture.add(result_.frames, metrics.picture);
    if (box) {
      metrics.box = compare_pictures(first.crop(box->x, box->y, box->width, box->height),
                                     inputs_[i].picture.crop(box->x, box->y, box->width, box->height));
      metrics.box->largest_x += box->x;
      metrics.box->largest_y += box->y;
      file.box.add(result_.frames, *metrics.box);
    }
    file.frames.push_back(metrics);
  }
  return {};
}

Status Comparison::draw() {
  if (video_) {
    std::vector<ImageView> pictures;
    std::vector<std::string> captions;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      pictures.push_back(inputs_[i].picture);
      char text[128];
      if (i == 0) {
        std::snprintf(text, sizeof text, "frame %lld", static_cast<long long>(result_.frames));
      } else {
        const PictureMetrics now = result_.files[i - 1].frames.back().picture,
                             all = result_.files[i - 1].picture.total();
        std::snprintf(text, sizeof text, "identical %.4f %% (so far %.4f %%)  PSNR %.2f dB (%.2f)",
                      100 * now.identical_share(), 100 * all.identical_share(), now.psnr_db(), all.psnr_db());
      }
      captions.emplace_back(text);
    }
    FRAMEGEN_TRY(
        video_->write({.index = result_.frames, .bgr = composer_->compose(pictures, captions), .i420 = {}}));
  }
  if (!heatmaps_) return {};
  draw_heatmap(inputs_[0].picture, inputs_[1].picture, heatmap_);
  return heatmaps_->write({.index = result_.frames, .bgr = heatmap_, .i420 = {}});
}

// Every reader has been asked for the frame after the last common one.
Status Comparison::note_longer() {
  for (const Input& input : inputs_)
    if (!input.picture.empty()) result_.longer.push_back(input.path.string());
  if (result_.frames == 0)
    return Error{ErrorCode::kBadInput, "compare", "one of the files has no frames",
                 "give files with pictures"};
  result_.reference_lossy = inputs_[0].reader->lossy();
  for (std::size_t i = 1; i < inputs_.size(); ++i)
    result_.files[i - 1].lossy = result_.reference_lossy || inputs_[i].reader->lossy();
  return {};
}

Result<CompareResult> Comparison::run(const std::function<bool(std::int64_t)>& progress) {
  FRAMEGEN_TRY(open());
  for (; FRAMEGEN_TRY(read_all()); ++result_.frames) {
    if (result_.frames == 0) FRAMEGEN_TRY(open_outputs());
    FRAMEGEN_TRY(measure());
    FRAMEGEN_TRY(draw());
    if (progress && !progress(result_.frames + 1))
      return Error{ErrorCode::kCancelled, "compare", "stopped as you asked; nothing was written", ""};
  }
  FRAMEGEN_TRY(note_longer());
  if (video_) FRAMEGEN_TRY(video_->finish());
  if (heatmaps_) FRAMEGEN_TRY(heatmaps_->finish());
  return std::move(result_);
}

}  // namespace

Result<CompareResult> run_compare(const CompareJob& job, const std::function<bool(std::int64_t)>& progress) {
  return Comparison(job).run(progress);
}

}  // namespace framegen::app
