// checkpoint_test.cpp: what PyTorch wrote (tests/golden/checkpoints) is read as PyTorch meant it.
#include "nn/checkpoint/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support/golden.hpp"

namespace framegen {
namespace {

Checkpoint open(const std::string& name) {
  auto checkpoint = Checkpoint::open(test::golden("checkpoints/" + name));
  EXPECT_TRUE(checkpoint) << checkpoint.error().message();
  return checkpoint ? std::move(*checkpoint) : Checkpoint();
}

std::vector<float> values(const Checkpoint& checkpoint, const std::string& name) {
  const CheckpointTensor* tensor = checkpoint.find(name);
  EXPECT_NE(tensor, nullptr) << name;
  if (tensor == nullptr) return {};
  std::vector<float> out(element_count(tensor->shape));
  const Status status = checkpoint.read(name, out);
  EXPECT_TRUE(status) << status.error().message();
  return out;
}

std::vector<float> counted(std::size_t n, float first = 0) {
  std::vector<float> all(n);
  std::iota(all.begin(), all.end(), first);
  return all;
}

class Layouts : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Containers, Layouts,
                         ::testing::Values("layouts_zip.pth", "layouts_legacy.pth", "layouts_protocol4.pth"),
                         [](const auto& file) {
                           return std::string(file.param, std::string(file.param).find('.'));
                         });

TEST_P(Layouts, EveryTypeAndStrideIsReadInRowMajorOrder) {
  const Checkpoint checkpoint = open(GetParam());
  EXPECT_EQ(checkpoint.tensors().size(), 14u);
  const std::vector<std::pair<const char*, std::size_t>> expected = {
      {"plain", 6},  {"scalar", 1}, {"empty", 0},       {"half", 20},        {"bfloat", 4},
      {"double", 3}, {"last", 120}, {"transposed", 12}, {"every_second", 6}, {"parameter", 4}};
  for (const auto& [name, count] : expected) {
    SCOPED_TRACE(name);
    EXPECT_EQ(values(checkpoint, name), counted(count));
  }
}

TEST_P(Layouts, TensorsThatShareAStorageAreViewsOfIt) {
  const Checkpoint checkpoint = open(GetParam());
  EXPECT_EQ(values(checkpoint, "view"), counted(6));
  EXPECT_EQ(values(checkpoint, "view_again"), counted(12));
}

TEST_P(Layouts, ShapesAreKept) {
  const Checkpoint checkpoint = open(GetParam());
  ASSERT_NE(checkpoint.find("last"), nullptr);
  EXPECT_EQ(checkpoint.find("last")->shape, (Shape{2, 3, 4, 5}));
  EXPECT_EQ(checkpoint.find("scalar")->shape, Shape{});
  EXPECT_EQ(checkpoint.find("empty")->shape, (Shape{0, 4}));
}

TEST_P(Layouts, WholeNumbersAreNoWeights) {
  const Checkpoint checkpoint = open(GetParam());
  std::vector<float> out(3);
  const Status status = checkpoint.read("number", out);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message(), ::testing::HasSubstr("tensor 'number': holds int64"));
}

TEST_P(Layouts, AnotherNumberOfElementsIsRefused) {
  std::vector<float> out(5);
  const Status status = open(GetParam()).read("plain", out);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
}

TEST(Checkpoint, WrapperAndPrefixAreTakenOffAndTheOptimizerIsSkipped) {
  Checkpoint checkpoint = open("generator_zip_half.pth");
  EXPECT_EQ(checkpoint.tensors().size(), 556u);
  checkpoint.strip_prefix("module.");
  EXPECT_NE(checkpoint.find("inc.inconv.0.conv.0.weight"), nullptr);
  checkpoint.strip_prefix("inc.");  // not all have it
  EXPECT_NE(checkpoint.find("inc.inconv.0.conv.0.weight"), nullptr);
}

TEST(Checkpoint, TheLegacyContainerWithChannelsLastHasAllKeys) {
  EXPECT_EQ(open("encoder_legacy.pth").tensors().size(), 91u);
}

TEST(Checkpoint, IsToldByItsContent) {
  const auto folder = test::golden("checkpoints");
  EXPECT_TRUE(is_checkpoint(folder / "layouts_zip.pth"));
  EXPECT_TRUE(is_checkpoint(folder / "layouts_legacy.pth"));
  EXPECT_FALSE(is_checkpoint(folder / "encoder_output.npy"));
  EXPECT_FALSE(is_checkpoint(folder / "none.pth"));
  EXPECT_FALSE(is_checkpoint(std::vector<std::uint8_t>{}));
}

TEST(Checkpoint, AMissingFileIsNamed) {
  const auto checkpoint = Checkpoint::open("none.pth");
  ASSERT_FALSE(checkpoint);
  EXPECT_EQ(checkpoint.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(checkpoint.error().message(), ::testing::HasSubstr("none.pth"));
}

}  // namespace
}  // namespace framegen
