// calibration.cpp: measuring, and the file.
#include "generator/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "generator/generator_shape.hpp"
#include "nn/network_check.hpp"

namespace framegen {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{16} << 20;
constexpr const char* kLikenessKey = "likeness";
constexpr const char* kInBf16Key = "in_bf16";
constexpr const char *kEncoderKey = "audio_encoder", *kWhole = "fp32";

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

using OrderedJson = nlohmann::ordered_json;

std::string text_of(const OrderedJson& json) {
  return json.dump(-1, ' ', true, OrderedJson::error_handler_t::replace) + "\n";
}

// Five digits behind the point: two runs on two machines differ by less.
void put_likeness(OrderedJson& json, const Likeness& likeness) {
  OrderedJson measured = {{"measure", "ssim"}, {"faces", likeness.faces}};
  const auto put = [&](const char* precision, const std::optional<double>& ssim) {
    if (ssim && std::isfinite(*ssim)) measured[precision] = std::round(*ssim * 1e5) / 1e5;
  };
  put("bf16", likeness.bf16);
  put("int8", likeness.int8);
  json[kLikenessKey] = std::move(measured);
}

// What is not there, and what is none, is unknown: older files are as good as ever for what they hold.
Likeness likeness_in(const nlohmann::json& json) {
  const nlohmann::json measured = json.value(kLikenessKey, nlohmann::json());
  if (!measured.is_object() || measured.value("measure", nlohmann::json()) != "ssim") return {};
  const auto get = [&](const char* precision) -> std::optional<double> {
    const nlohmann::json ssim = measured.value(precision, nlohmann::json());
    if (!ssim.is_number() || ssim.get<double>() < -1 || ssim.get<double>() > 1) return std::nullopt;
    return ssim.get<double>();
  };
  const nlohmann::json faces = measured.value("faces", nlohmann::json());
  return {faces.is_number_unsigned() && faces.get<std::uint64_t>() <= 1'000'000 ? faces.get<int>() : 0,
          get("bf16"), get("int8")};
}

// The file as it was before put_likeness, byte for byte: image parts that were prepared then stay valid. One
// that somebody has put in another order is hashed as it is.
std::string hash_without_likeness(const std::string& text) {
  std::string rest = text;
  const std::size_t at = text.rfind(",\"likeness\":{");
  if (at != std::string::npos && text.find("}", at) + 3 == text.size() && text.ends_with("}}\n"))
    rest = text.substr(0, at) + "}\n";
  return sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()));
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

ChannelRanges Calibrator::ranges() const {
  ChannelRanges::Map rounded = ranges_->map();
  for (auto& [name, channels] : rounded)
    for (float& channel : channels) channel = static_cast<float>(short_number(channel));
  return ChannelRanges(std::move(rounded));
}

Status Calibrator::save(const std::filesystem::path& file, const Likeness& likeness,
                        std::span<const std::string> in_bf16, bool whole_encoder) const {
  OrderedJson json = {{"version", 1}, {"generator_sha256", model_sha256_}};
  for (const auto& [name, channels] : ranges_->map()) {
    OrderedJson& largest = json["largest"][name];
    largest = OrderedJson::array();
    for (const float channel : channels) largest.push_back(short_number(channel));
  }
  if (!in_bf16.empty()) json[kInBf16Key] = std::vector<std::string>(in_bf16.begin(), in_bf16.end());
  if (whole_encoder) json[kEncoderKey] = kWhole;
  if (likeness.faces > 0) put_likeness(json, likeness);
  return write_file(file, text_of(json));
}

Result<Calibration> load_calibration(const std::filesystem::path& file, const std::string& model_sha256) {
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
  std::vector<std::string> in_bf16;
  for (const nlohmann::json& name : json.value(kInBf16Key, nlohmann::json::array())) {
    if (!name.is_string() || !ranges.contains(name.get<std::string>()))
      return not_calibrated(file, "in_bf16: names weights that it has no ranges of");
    in_bf16.push_back(name.get<std::string>());
  }
  const ChannelRanges used = ChannelRanges(std::move(ranges)).without(in_bf16);
  return Calibration{used, std::move(in_bf16), json.value(kEncoderKey, nlohmann::json()) == kWhole,
                     hash_without_likeness(*text), likeness_in(json)};
}

Result<Calibration> calibration_of(const std::filesystem::path& generator) {
  const std::string sha256 = FRAMEGEN_TRY(file_sha256(generator));
  return load_calibration(generator.parent_path() / kCalibrationFile, sha256);
}

Status write_likeness(const std::filesystem::path& file, const Likeness& likeness) {
  const auto text = read_text_file(file);
  if (!text) return not_calibrated(file, text.error().what);
  OrderedJson json = OrderedJson::parse(*text, nullptr, false);
  if (!json.is_object()) return not_calibrated(file, "is no calibration of version 1");
  put_likeness(json, likeness);
  return write_file(file, text_of(json));
}

}  // namespace framegen
