// precision_choice_test.cpp: speed never costs a likeness that nobody has measured.
#include "pipeline/speaking/precision_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

constexpr FastPrecisions kBoth{.bf16 = true, .int8 = true};

TEST(PrecisionChoice, TakesTheFastestThatIsAlikeEnough) {
  EXPECT_EQ(fastest_alike({.faces = 40, .bf16 = 0.998, .int8 = 0.9965}, kBoth).precision, Precision::kInt8);
  EXPECT_EQ(fastest_alike({.faces = 40, .bf16 = 0.998, .int8 = 0.995}, kBoth).precision, Precision::kInt8);
  const auto choice = fastest_alike({.faces = 40, .bf16 = 0.998, .int8 = 0.9949}, kBoth);
  EXPECT_EQ(choice.precision, Precision::kBf16);
  EXPECT_EQ(
      choice.reason,
      "bf16: SSIM 0.9980 against fp32, 0.995 is asked; not int8: SSIM 0.9949 against fp32, 0.995 is asked");
  EXPECT_EQ(fastest_alike({.faces = 40, .bf16 = 0.99, .int8 = 0.98}, kBoth).precision, Precision::kFp32);
}

TEST(PrecisionChoice, TakesNoneThatThisMachineMakesNoFaster) {
  const Likeness likeness{.faces = 40, .bf16 = 0.998, .int8 = 0.9965};
  const auto choice = fastest_alike(likeness, {.bf16 = true, .int8 = false});
  EXPECT_EQ(choice.precision, Precision::kBf16);
  EXPECT_THAT(choice.reason, HasSubstr("not int8: this CPU has no instructions for it"));
  EXPECT_EQ(fastest_alike(likeness, {.bf16 = false, .int8 = true}).precision, Precision::kInt8);
  EXPECT_EQ(fastest_alike(likeness, {}).precision, Precision::kFp32);
}

TEST(PrecisionChoice, TakesNoneThatNobodyHasMeasured) {
  const auto choice = fastest_alike({}, kBoth);
  EXPECT_EQ(choice.precision, Precision::kFp32);
  EXPECT_THAT(choice.reason, HasSubstr("framegen calibrate measures it"));
  EXPECT_EQ(fastest_alike({.faces = 40, .bf16 = {}, .int8 = 0.9}, kBoth).precision, Precision::kFp32);
}

TEST(PrecisionChoice, NeedsNoCalibrationForFp32) {
  const test::TemporaryFolder folder;
  for (const char* text : {"", "{", R"({"version":1,"generator_sha256":"00","largest":{}})"}) {
    SCOPED_TRACE(text);
    ASSERT_TRUE(write_file(folder / "generator.onnx", "a network"));
    if (*text != '\0') {
      ASSERT_TRUE(write_file(folder / kCalibrationFile, text));
    }
    EXPECT_EQ(choose_precision({}, folder / "generator.onnx").precision, Precision::kFp32);
  }
  EXPECT_EQ(choose_precision({}, folder / "missing.onnx").precision, Precision::kFp32);
}

TEST(PrecisionChoice, LeavesOnnxRuntimeItsFloats) {
  EngineOptions options;
  options.backend = Backend::kOnnxRuntime;
  const auto choice = choose_precision(options, "generator.onnx");
  EXPECT_EQ(choice.precision, Precision::kFp32);
  EXPECT_THAT(choice.reason, HasSubstr("ONNX Runtime"));
}

}  // namespace
}  // namespace framegen
