// calibration_test.cpp: what is measured is what blocks hold, and bytes made with it come near to float32.
#include "generator/calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "generator/native_backend.hpp"
#include "generator/test_models.hpp"
#include "kernels/network/product_precision.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

// A folder with the half-width generator, calibrated on a few jobs.
class CalibrationFile : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy_file(test::seeded_models(0.5) / "generator.onnx", model());
    auto calibrator = Calibrator::create(model(), {});
    ASSERT_TRUE(calibrator) << calibrator.error().message();
    test::Jobs jobs(3);
    for (const GeneratorJob& job : jobs.list()) ASSERT_TRUE(calibrator->see(job.image, job.audio_window));
    ASSERT_TRUE(calibrator->save(file()));
    sha256_ = nlohmann::json::parse(*read_text_file(file()))["generator_sha256"];
  }
  fs::path model() const { return folder_.path() / "generator.onnx"; }
  fs::path file() const { return folder_.path() / kCalibrationFile; }
  void expect_refused(const std::string& text, const std::string& what) {
    ASSERT_TRUE(write_file(file(), text));
    const auto loaded = load_calibration(file(), sha256_);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, ErrorCode::kBadAvatar);
    EXPECT_EQ(loaded.error().what, what);
    EXPECT_NE(loaded.error().remedy.find("framegen calibrate"), std::string::npos);
  }

  test::TemporaryFolder folder_;
  std::string sha256_;
};

TEST_F(CalibrationFile, KnowsEveryProductOfTheAudioPart) {
  const auto calibration = load_calibration(file(), sha256_);
  ASSERT_TRUE(calibration) << calibration.error().message();
  std::size_t expanded = 0;
  for (const auto& [name, channels] : calibration->ranges.map()) {
    float loudest = 0;
    for (const float channel : channels) loudest = std::max(loudest, channel);
    EXPECT_GT(loudest, 0) << name;
    EXPECT_TRUE(std::isfinite(loudest)) << name;
    expanded += channels.size() == 1024 ? 1 : 0;  // fuse.0.0's filtered channels, which no fused block shows
  }
  EXPECT_GE(calibration->ranges.map().size(), 40U);
  EXPECT_EQ(expanded, 1U);
}

TEST_F(CalibrationFile, MakesBytesThatComeNearToFloats) {
  if (!product_precision_is_native(ProductPrecision::kInt8)) GTEST_SKIP() << "this CPU has no VNNI";
  const auto floats = make_native_backend(model(), {}, {.threads = 1, .skips = KeptSkips::kProducts});
  const auto bytes = make_native_backend(
      model(), {}, {.threads = 1, .skips = KeptSkips::kProducts, .precision = ProductPrecision::kInt8});
  ASSERT_TRUE(floats && bytes) << bytes.error().message();
  EXPECT_TRUE((*bytes)->name().starts_with("native-int8/"));
  test::Jobs expected(2), actual(2);
  ASSERT_TRUE((*(*floats)->make_worker())->run(expected.list()));
  ASSERT_TRUE((*(*bytes)->make_worker())->run(actual.list()));
  for (std::size_t k = 0; k < 2; ++k) {
    double squares = 0, spread = 0, mean = 0;
    const auto n = static_cast<double>(expected.outputs[k].size());
    for (const float v : expected.outputs[k]) mean += v / n;
    for (std::size_t i = 0; i < expected.outputs[k].size(); ++i) {
      squares += std::pow(actual.outputs[k][i] - expected.outputs[k][i], 2) / n;
      spread += std::pow(expected.outputs[k][i] - mean, 2) / n;
    }
    EXPECT_LT(squares, 0.02 * spread) << "the signal is not 17 dB above the noise";
    EXPECT_GT(squares, 0) << "these were no bytes";
  }
}

TEST_F(CalibrationFile, KnowsTheImagePartTooAndSaysWhereAnOldFileDoesNot) {
  if (!product_precision_is_native(ProductPrecision::kInt8)) GTEST_SKIP() << "this CPU has no VNNI";
  const NativeBackendOptions options{.threads = 1, .precision = ProductPrecision::kInt8};
  const auto whole = make_native_backend(model(), {}, options);
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ((*whole)->note().find("calibrate"), std::string::npos) << (*whole)->note();
  auto json = nlohmann::json::parse(*read_text_file(file()));
  const nlohmann::json measured = json["largest"];
  for (const auto& [name, channels] : measured.items())
    if (name.starts_with("down")) json["largest"].erase(name);
  ASSERT_LT(json["largest"].size(), measured.size());
  ASSERT_TRUE(write_file(file(), json.dump()));
  const auto old = make_native_backend(model(), {}, options);
  ASSERT_TRUE(old) << old.error().message();
  EXPECT_NE((*old)->note().find("run framegen calibrate again"), std::string::npos) << (*old)->note();
  test::Jobs jobs(1);
  EXPECT_TRUE((*(*old)->make_worker())->run(jobs.list()));
}

TEST_F(CalibrationFile, KeepsALikenessOnWhichNoFaceDepends) {
  const auto before = load_calibration(file(), sha256_);
  ASSERT_TRUE(before) << before.error().message();
  EXPECT_EQ(before->ranges_sha256, sha256_hex(*read_file(file()))) << "what was prepared before is lost";
  EXPECT_FALSE(before->likeness.bf16 || before->likeness.int8) << "nobody has measured it";
  const std::string text = *read_text_file(file());
  ASSERT_TRUE(write_likeness(file(), {.faces = 40, .bf16 = 0.9982349, .int8 = {}}));
  const auto after = load_calibration(file(), sha256_);
  ASSERT_TRUE(after) << after.error().message();
  EXPECT_EQ(after->likeness.faces, 40);
  EXPECT_EQ(after->likeness.bf16, 0.99823);
  EXPECT_FALSE(after->likeness.int8);
  EXPECT_EQ(after->ranges_sha256, before->ranges_sha256);
  EXPECT_EQ(after->ranges.map(), before->ranges.map());
  EXPECT_TRUE(read_text_file(file())->starts_with(text.substr(0, text.size() - 2))) << "the rest has changed";
}

TEST_F(CalibrationFile, TakesALikenessThatIsNoneForUnknown) {
  const auto json = nlohmann::json::parse(*read_text_file(file()));
  for (const char* likeness :
       {"7", "{}", R"({"bf16":1})", R"({"measure":"psnr","bf16":0.9})",
        R"({"measure":"ssim","faces":-1,"bf16":"0.9"})", R"({"measure":"ssim","faces":1e99,"bf16":1.1})"}) {
    SCOPED_TRACE(likeness);
    auto strange = json;
    strange["likeness"] = nlohmann::json::parse(likeness);
    ASSERT_TRUE(write_file(file(), strange.dump()));
    const auto loaded = load_calibration(file(), sha256_);
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_FALSE(loaded->likeness.bf16);
    EXPECT_EQ(loaded->likeness.faces, 0);
    EXPECT_GE(loaded->ranges.map().size(), 40U);
  }
}

TEST_F(CalibrationFile, IsRefusedWhereItIsMissingOrNotThisGenerators) {
  expect_refused("{", "is no calibration of version 1");
  expect_refused(R"({"version":2})", "is no calibration of version 1");
  expect_refused(R"({"version":1,"generator_sha256":"00","largest":{}})",
                 "was measured with another generator");
  expect_refused(R"({"version":1,"generator_sha256":")" + sha256_ + R"(","largest":{"w":[1,-1]}})",
                 "largest: 'w' holds no ranges");
  expect_refused(R"({"version":1,"generator_sha256":")" + sha256_ + R"(","largest":{"w":["a"]}})",
                 "largest: 'w' holds no ranges");
  fs::remove(file());
  EXPECT_EQ(load_calibration(file(), sha256_).error().what,
            "is not there: int8 needs to know the range of the network's numbers");
}

}  // namespace
}  // namespace framegen
