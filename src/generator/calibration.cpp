// calibration.cpp: measuring, and the file.
#include "generator/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "generator/generator_shape.hpp"
#include "nn/network_check.hpp"

namespace framegen {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{16} << 20;

Error not_calibrated(const std::filesystem::path& file, std::string what) {
  return {ErrorCode::kBadAvatar, file.string(), std::move(what),
          "run framegen calibrate with this avatar and any speech, or use --precision bf16"};
}

// Four digits are far finer than a byte.
double short_number(float x) {
  if (!(x > 0)) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(static_cast<double>(x))) - 3);
  return std::round(static_cast<double>(x) / unit) * unit;
}

bool are_ranges(const nlohmann::json& channels) {
  return channels.is_array() &&
         std::all_of(channels.begin(), channels.end(), [](const nlohmann::json& range) {
           return range.is_number() && range.get<double>() >= 0 && range.get<double>() < 1e30;
         });
}

}  // namespace

Result<Calibrator> Calibrator::create(const std::filesystem::path& model, const GeneratorShape& shape) {
  Calibrator calibrator;
  calibrator.shape_ = shape;
  auto bytes = read_file(model);
  if (!bytes) {
    bytes.error().code = ErrorCode::kBadAvatar;
    return std::move(bytes).error();
  }
  calibrator.model_sha256_ = sha256_hex(*bytes);
  SplitOptions split;
  split.changing_input = shape.audio_tensor;
  split.passes_off = {"fuse-blocks"};  // what blocks hold between their products must be seen
  auto network = SplitNetwork::load(*bytes, split);
  if (!network) return std::move(network).error().within(model.string());
  calibrator.network_ = *std::move(network);
  FRAMEGEN_TRY(check_network(calibrator.network_->info(), network_info(shape), model.string()));
  calibrator.runner_ = FRAMEGEN_TRY(calibrator.network_->make_runner());
  calibrator.runner_->watch(calibrator.ranges_.get());
  const auto pixels = static_cast<std::size_t>(shape.image_size) * static_cast<std::size_t>(shape.image_size);
  try {
    calibrator.image_ = AlignedBuffer<float>(6 * pixels);
    calibrator.output_.resize(3 * pixels);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "calibration", "out of memory", "free some"};
  }
  return calibrator;
}

Status Calibrator::see(const ImageInput& image, std::span<const float> audio_window) {
  const std::int64_t size = shape_.image_size;
  const Shape image_shape{1, 6, size, size};
  fill_image_input(shape_, image, image_.data());
  const std::array input{TensorView(image_shape, image_.span())};
  return runner_->run_once(input, audio_window, output_, {});
}

Status Calibrator::save(const std::filesystem::path& file) const {
  nlohmann::ordered_json json = {{"version", 1}, {"generator_sha256", model_sha256_}};
  for (const auto& [name, channels] : ranges_->map()) {
    nlohmann::ordered_json& largest = json["largest"][name];
    largest = nlohmann::ordered_json::array();
    for (const float channel : channels) largest.push_back(short_number(channel));
  }
  return write_file(file, json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

Result<ChannelRanges> load_calibration(const std::filesystem::path& file, const std::string& model_sha256) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(file, missing);
  if (missing)
    return not_calibrated(file, "is not there: int8 needs to know the range of the network's numbers");
  if (size > kMostBytes) return not_calibrated(file, "is too large to be a calibration");
  const auto text = read_text_file(file);
  if (!text) return not_calibrated(file, text.error().what);
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("version", nlohmann::json()) != 1 || !json.contains("largest") ||
      !json["largest"].is_object())
    return not_calibrated(file, "is no calibration of version 1");
  if (json.value("generator_sha256", nlohmann::json()) != model_sha256)
    return not_calibrated(file, "was measured with another generator");
  ChannelRanges::Map ranges;
  for (const auto& [name, channels] : json["largest"].items()) {
    if (!are_ranges(channels))
      return not_calibrated(file, "largest: '" + name.substr(0, 80) + "' holds no ranges");
    ranges[name] = channels.get<std::vector<float>>();
  }
  return ChannelRanges(std::move(ranges));
}

}  // namespace framegen
