// calibrate_test.cpp: what calibrate() writes is what Precision::kAuto looks for.
#include "framegen/calibrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "generator/calibration.hpp"
#include "kernels/network/product_precision.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

CalibrateOptions faces(int watched, int compared) {
  CalibrateOptions options;
  options.faces = watched;
  options.likeness_faces = compared;
  return options;
}

CalibrateOptions likeness_alone(int watched, int compared) {
  CalibrateOptions options = faces(watched, compared);
  options.keep_ranges = true;
  return options;
}

// The golden avatar (seeded networks: noise, the hardest there is to be like), calibrated once.
const fs::path& calibrated_avatar() {
  static const test::TemporaryFolder folder;
  static const fs::path avatar = [] {
    fs::copy(test::golden_avatar(), folder / "avatar", fs::copy_options::recursive);
    const Status done = calibrate(folder / "avatar", test::golden("pipeline/speech.wav"), faces(3, 2));
    EXPECT_TRUE(done) << done.error().message();
    return folder / "avatar";
  }();
  return avatar;
}

// A copy of it that may be changed.
class CalibrateAvatar : public ::testing::Test {
 protected:
  void SetUp() override { fs::copy(calibrated_avatar(), avatar_, fs::copy_options::recursive); }
  Status run(const CalibrateOptions& options) {
    return calibrate(avatar_, test::golden("pipeline/speech.wav"), options);
  }
  fs::path file() const { return avatar_ / kCalibrationFile; }
  Calibration read() const { return *load_calibration(file(), *file_sha256(avatar_ / "generator.onnx")); }
  // What kAuto makes of the avatar as it lies there.
  AvatarInfo chosen() const {
    EngineOptions options;
    options.threads = 1;
    options.precision = Precision::kAuto;
    options.keep_image_parts_on_disk = false;
    Engine engine = *Engine::create(options);
    const auto avatar = Avatar::open(engine, avatar_);
    EXPECT_TRUE(avatar.ok()) << (avatar ? "" : avatar.error().message());
    return (*avatar)->info();
  }

  test::TemporaryFolder folder_;
  fs::path avatar_ = folder_ / "avatar";
};

TEST_F(CalibrateAvatar, WritesHowLikeFp32LowerPrecisionsAre) {
  const Likeness likeness = read().likeness;
  EXPECT_EQ(likeness.faces, 2);
  ASSERT_TRUE(likeness.bf16 && likeness.int8);
  EXPECT_LT(*likeness.bf16, 1) << "that was fp32";
  EXPECT_GT(*likeness.bf16, 0.98);
  EXPECT_LT(*likeness.int8, *likeness.bf16);
  EXPECT_GT(*likeness.int8, 0.8);
}

TEST_F(CalibrateAvatar, LeavesTheRangesWhereTheLikenessAloneIsAskedFor) {
  const Likeness before = read().likeness;
  const std::string text = *read_text_file(file());
  Json old = Json::parse(text);
  old.erase("likeness");
  ASSERT_TRUE(write_file(file(), old.dump() + "\n"));
  const std::string ranges = read().ranges_sha256;
  EXPECT_EQ(chosen().precision, "fp32") << "nobody has measured it";
  ASSERT_TRUE(run(likeness_alone(3, 2)));
  EXPECT_EQ(*read_text_file(file()), text);
  EXPECT_EQ(read().ranges_sha256, ranges);
  EXPECT_EQ(read().likeness.int8, before.int8);
}

TEST_F(CalibrateAvatar, DecidesWhatAutoTakes) {
  const bool bytes = product_precision_is_native(ProductPrecision::kInt8);
  const bool brief = product_precision_is_native(ProductPrecision::kBFloat16);
  ASSERT_TRUE(write_likeness(file(), {.faces = 3, .bf16 = 0.998, .int8 = 0.996}));
  EXPECT_EQ(chosen().precision, bytes ? "int8" : brief ? "bf16" : "fp32");
  ASSERT_TRUE(write_likeness(file(), {.faces = 3, .bf16 = 0.998, .int8 = 0.99}));
  EXPECT_EQ(chosen().precision, brief ? "bf16" : "fp32");
  EXPECT_NE(chosen().precision_reason, "");
  ASSERT_TRUE(write_file(file(), "{"));
  EXPECT_EQ(chosen().precision, "fp32") << "a broken file is none that fp32 needs";
}

TEST_F(CalibrateAvatar, MeasuresNoLikenessWhereNoneIsWanted) {
  ASSERT_TRUE(run(faces(1, 0)));
  EXPECT_FALSE(read().likeness.bf16 || read().likeness.int8);
  const Status nothing = run(likeness_alone(1, 0));
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message(), HasSubstr("likeness_faces"));
}

CalibrateOptions searched(double least) {
  CalibrateOptions options = faces(3, 2);
  options.least_likeness = least;
  return options;
}

TEST_F(CalibrateAvatar, FindsTheLayersThatStayBf16) {
  const Likeness before = read().likeness;
  const std::size_t layers = read().ranges.map().size();
  const double least = (*before.int8 + *before.bf16) / 2;
  ASSERT_TRUE(run(searched(least)));
  const Calibration found = read();
  EXPECT_FALSE(found.in_bf16.empty());
  EXPECT_FALSE(found.ranges.map().empty()) << "some layers stay in bytes";
  EXPECT_EQ(found.in_bf16.size() + found.ranges.map().size(), layers);
  EXPECT_GE(*found.likeness.int8, least - 1e-5) << "what was found is what is measured";
  EXPECT_EQ(found.likeness.bf16, before.bf16);
  // Nothing that was chosen is done in vain: without it the same search ends elsewhere.
  ASSERT_TRUE(run(searched((*found.likeness.int8 + *before.bf16) / 2)));
  EXPECT_GT(read().in_bf16.size(), found.in_bf16.size()) << "more is asked";
}

TEST_F(CalibrateAvatar, LeavesTheAudioEncoderWholeWhereItMust) {
  const Likeness before = read().likeness;
  ASSERT_TRUE(run(searched(*before.bf16 + 2e-5)));
  const Calibration found = read();
  EXPECT_TRUE(found.whole_encoder);
  EXPECT_GT(*found.likeness.bf16, *before.bf16) << "faces were compared as they will be";
  ASSERT_TRUE(run(likeness_alone(3, 2)));
  EXPECT_EQ(read().likeness.bf16, found.likeness.bf16) << "and are again";
  ASSERT_TRUE(run(faces(3, 2)));
  EXPECT_FALSE(read().whole_encoder) << "nobody has asked for it";
  EXPECT_EQ(read().likeness.bf16, before.bf16);
}

TEST_F(CalibrateAvatar, LeavesAllInt8WhereThatIsLikeEnough) {
  ASSERT_TRUE(run(searched(0.5)));
  EXPECT_TRUE(read().in_bf16.empty());
  EXPECT_EQ(read().ranges_sha256,
            load_calibration(calibrated_avatar() / kCalibrationFile, *file_sha256(avatar_ / "generator.onnx"))
                ->ranges_sha256);
}

TEST_F(CalibrateAvatar, SaysWhereEvenBf16IsNotLikeEnough) {
  const std::string before = *read_text_file(file());
  const Status refused = run(searched(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
  EXPECT_THAT(refused.error().message(), HasSubstr("even bf16 reaches only 0.9"));
  EXPECT_EQ(*read_text_file(file()), before);
}

TEST_F(CalibrateAvatar, RefusesSearchesThatAreNone) {
  for (const double least : {-1.0, 0.3, 1.5}) {
    SCOPED_TRACE(least);
    const Status refused = run(searched(least));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("least_likeness"));
  }
  CalibrateOptions kept = likeness_alone(3, 2);
  kept.least_likeness = 0.9;
  EXPECT_THAT(run(kept).error().message(), HasSubstr("leave keep_ranges out"));
}

TEST_F(CalibrateAvatar, RefusesAChoiceOfLayersThatItDoesNotKnow) {
  Json json = Json::parse(*read_text_file(file()));
  for (const Json& wrong : {Json::array({"nobody.weight"}), Json::array({1}), Json{{"a", 1}}}) {
    SCOPED_TRACE(wrong.dump());
    json["in_bf16"] = wrong;
    ASSERT_TRUE(write_file(file(), json.dump() + "\n"));
    const auto refused = load_calibration(file(), *file_sha256(avatar_ / "generator.onnx"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("in_bf16"));
  }
}

TEST_F(CalibrateAvatar, CanBeStoppedBetweenTwoComparisons) {
  const std::string before = *read_text_file(file());
  CalibrateOptions options = faces(1, 1);
  options.progress = [](int done, int all) {
    EXPECT_EQ(all, 2);
    return done < 2;
  };
  const Status stopped = run(options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(*read_text_file(file()), before);
}

}  // namespace
}  // namespace framegen
