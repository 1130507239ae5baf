// instruction_set_test.cpp: a narrowed set is the one in use, and the limit can be lifted.
#include "kernels/instruction_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "kernels/network/packing.hpp"

namespace framegen {
namespace {

TEST(InstructionSet, NarrowingToEachSetUsesThatSet) {
  const auto all = instruction_sets();
  ASSERT_FALSE(all.empty());
  for (const std::string name : {"sse4", "avx2", "avx3", "amx", "neon"}) {
    SCOPED_TRACE(name);
    const bool here = std::find(all.begin(), all.end(), name) != all.end();
    // A limit beyond what the machine has is none, but for a set of another family.
    const bool arm = std::find(all.begin(), all.end(), "neon") != all.end();
    EXPECT_EQ(use_at_most(name).ok(), arm == (name == "neon"));
    EXPECT_EQ(instruction_set(), here ? name : all.front());
  }
  EXPECT_TRUE(use_at_most("scalar").ok());
  EXPECT_EQ(instruction_set(), all.back());
  EXPECT_TRUE(use_at_most("").ok());
  EXPECT_EQ(instruction_set(), all.front());
}

// Highway's own question for the sets lifts its limit: a render packed for one set and ran with another.
TEST(InstructionSet, StaysNarrowHoweverOftenItIsAskedFor) {
  ASSERT_TRUE(use_at_most("scalar").ok());
  const std::size_t lanes = vector_lanes();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(instruction_set(), instruction_sets().front());
    EXPECT_EQ(vector_lanes(), lanes);
  }
  EXPECT_TRUE(use_at_most("").ok());
}

TEST(InstructionSet, AnUnknownNameIsRefusedWithThoseThereAre) {
  const auto status = use_at_most("mmx");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), ::testing::HasSubstr(instruction_sets().front()));
  EXPECT_TRUE(status.error().remedy.ends_with("scalar"));
}

// On x86 it offered ssse3, and then refused it.
TEST(InstructionSet, OffersWhatItTakes) {
  const std::string remedy = use_at_most("mmx").error().remedy;
  std::istringstream offered(remedy.substr(remedy.find(": ") + 2));
  for (std::string name; std::getline(offered >> std::ws, name, ',');)
    EXPECT_TRUE(use_at_most(name).ok()) << name;
  EXPECT_TRUE(use_at_most("").ok());
}

}  // namespace
}  // namespace framegen
