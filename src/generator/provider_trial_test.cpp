// provider_trial_test.cpp: which provider is taken, and what is said of the others.
#include "generator/provider_trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "generator/test_models.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

TEST(JudgeProviders, TheFastestOfThoseThatAreRight) {
  const ProviderTrial trials[] = {{OnnxRuntimeProvider::kWebGpu, "", 1, 120},
                                  {OnnxRuntimeProvider::kCuda, "", 0, 300}};
  const auto choice = judge_providers(trials, 36);
  EXPECT_EQ(choice.provider, OnnxRuntimeProvider::kCuda);
  EXPECT_EQ(choice.reason, "cuda makes 300.0 faces a second, the native backend 36.0");
}

TEST(JudgeProviders, TheBatchThatWasFastestIsTakenAlong) {
  const ProviderTrial trials[] = {{OnnxRuntimeProvider::kWebGpu, "", 1, 120, 8}};
  const auto choice = judge_providers(trials, 36);
  EXPECT_EQ(choice.batch, 8);
  EXPECT_EQ(choice.reason, "webgpu makes 120.0 faces a second in batches of 8, the native backend 36.0");
  EXPECT_EQ(judge_providers(trials, 360).batch, 0);
}

TEST(JudgeProviders, Float16IsAllowedItsRounding) {
  const ProviderTrial trials[] = {{OnnxRuntimeProvider::kWebGpu, "", 4, 120}};
  EXPECT_EQ(judge_providers(trials, 36, allowed_levels(false)).provider, OnnxRuntimeProvider::kCpu);
  EXPECT_EQ(judge_providers(trials, 36, allowed_levels(true)).provider, OnnxRuntimeProvider::kWebGpu);
}

TEST(JudgeProviders, OneThatMiscomputesIsNamedAndNeverTaken) {
  const ProviderTrial trials[] = {{OnnxRuntimeProvider::kCuda, "", 2, 0},
                                  {OnnxRuntimeProvider::kWebGpu, "", 1, 120}};
  const auto choice = judge_providers(trials, 36);
  EXPECT_EQ(choice.provider, OnnxRuntimeProvider::kWebGpu);
  EXPECT_THAT(choice.reason, HasSubstr("; cuda miscomputes: 2 levels from the CPU's face"));
}

TEST(JudgeProviders, AnyThatIsSlowerThanTheCpuLeavesItToTheCpu) {
  const ProviderTrial trials[] = {{OnnxRuntimeProvider::kWebGpu, "", 0, 0.5}};
  const auto choice = judge_providers(trials, 36);
  EXPECT_EQ(choice.provider, OnnxRuntimeProvider::kCpu);
  EXPECT_EQ(choice.reason, "webgpu makes 0.5 faces a second, the native backend 36.0");
}

TEST(JudgeProviders, WithoutADeviceEachSaysWhy) {
  const ProviderTrial trials[] = {{OnnxRuntimeProvider::kWebGpu, "it does not start: no adapter", 0, 0}};
  const auto choice = judge_providers(trials, 0);
  EXPECT_EQ(choice.provider, OnnxRuntimeProvider::kCpu);
  EXPECT_EQ(choice.reason, "no GPU computes here; webgpu: it does not start: no adapter");
  EXPECT_EQ(judge_providers({}, 0).reason, "no GPU computes here");
}

TEST(ProviderTrial, TheNativeBackendsFacesAreCounted) {
  const auto native = make_backend(test::seeded_models(0.5) / "generator.onnx", {},
                                   {.kind = BackendKind::kNative, .threads = 2});
  ASSERT_TRUE(native);
  const auto rate = faces_per_second(*native->backend, {}, 50ms);
  ASSERT_TRUE(rate) << rate.error().message();
  EXPECT_GT(*rate, 0);
}

// The CPU stands in for a device: its faces are right, and one that is expected to be another's is not.
TEST(ProviderTrial, AProviderThatIsRightIsTimedInItsBatches) {
  if (!describe_onnxruntime()) GTEST_SKIP() << "no ONNX Runtime";
  const auto model = test::seeded_models(0.5) / "generator.onnx";
  std::optional<Image> expected;
  const auto trial = try_provider(model, {}, {.threads = 1}, OnnxRuntimeProvider::kCpu, expected);
  EXPECT_EQ(trial.refused, "");
  EXPECT_EQ(trial.farthest, 0);
  EXPECT_GT(trial.faces_per_second, 0);
  EXPECT_TRUE(trial.batch == 1 || trial.batch == 2) << trial.batch;
  ASSERT_TRUE(expected);
  std::fill_n(expected->data(), expected->bytes(), std::uint8_t{255});
  const auto wrong = try_provider(model, {}, {.threads = 1}, OnnxRuntimeProvider::kCpu, expected);
  EXPECT_GT(wrong.farthest, allowed_levels(false));
  EXPECT_EQ(wrong.faces_per_second, 0);
}

TEST(ProviderTrial, OneThatDoesNotStartSaysWhy) {
  if (!describe_onnxruntime()) GTEST_SKIP() << "no ONNX Runtime";
  std::optional<Image> expected;
  const auto trial = try_provider(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1},
                                  OnnxRuntimeProvider::kDirectMl, expected);
  EXPECT_NE(trial.refused, "");
  EXPECT_FALSE(expected);
}

class ChooseProvider : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!describe_onnxruntime()) GTEST_SKIP() << "no ONNX Runtime";
    options_.threads = 1;
    options_.image_parts.cache_folder = folder_.path() / "cache";
  }
  Result<ProviderChoice> choose() const {
    return choose_provider(test::seeded_models(0.5) / "generator.onnx", {}, options_);
  }

  test::TemporaryFolder folder_;
  BackendOptions options_;
};

TEST_F(ChooseProvider, IsRememberedAsLongAsNothingChanges) {
  const auto first = choose();
  ASSERT_TRUE(first) << first.error().message();
  const auto again = choose();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->reason, first->reason + " (a trial of before)");
  options_.threads = 2;
  EXPECT_EQ(choose()->reason.find("a trial of before"), std::string::npos);
}

TEST_F(ChooseProvider, AFileOfOtherWordsIsTriedAnew) {
  ASSERT_TRUE(choose());
  for (const char* words : {"", "[1]", "{\"circumstances\": 3}", "{\"provider\": \"cpu\"}"}) {
    ASSERT_TRUE(write_file(folder_.path() / "cache/provider.json", std::string_view(words)));
    const auto choice = choose();
    ASSERT_TRUE(choice) << words;
    EXPECT_EQ(choice->reason.find("a trial of before"), std::string::npos) << words;
  }
}

TEST_F(ChooseProvider, TheReasonStandsWithTheBackend) {
  options_.fastest_provider = true;
  const auto chosen = make_backend(test::seeded_models(0.5) / "generator.onnx", {}, options_);
  ASSERT_TRUE(chosen) << chosen.error().message();
  EXPECT_THAT(chosen->reason,
              ::testing::AnyOf(HasSubstr("no GPU computes here"), HasSubstr("faces a second")));
  options_.kind = BackendKind::kNative;
  const auto refused = make_backend(test::seeded_models(0.5) / "generator.onnx", {}, options_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen
