// image_part_plan_test.cpp: what is kept follows from budget, film and job alone.
#include "generator/image_part_plan.hpp"

#include <gtest/gtest.h>

namespace framegen {
namespace {

constexpr std::uint64_t kPart = 1000;

ImagePartPlan plan(std::uint64_t budget, int frames, KeepImageParts keep = KeepImageParts::kWhatPays,
                   bool on_disk = false) {
  ImagePartOptions options;
  options.memory_budget_bytes = budget;
  options.keep = keep;
  ImagePartPlan made(options, frames);
  made.set_part(kPart, on_disk);
  return made;
}

GeneratorJob job(int frame, bool seen_again = true) {
  GeneratorJob job;
  job.template_frame = frame;
  job.seen_again = seen_again;
  return job;
}

TEST(ImagePartPlan, KeepsAllThatIsSeenAgainWhereAllFits) {
  const ImagePartPlan all = plan(10 * kPart, 10);
  EXPECT_TRUE(all.keeps_all());
  for (int frame = 0; frame < 10; ++frame) {
    EXPECT_TRUE(all.keeps(job(frame)));
    EXPECT_FALSE(all.keeps(job(frame, false)));
  }
  EXPECT_FALSE(all.keeps(job(-1))) << "a picture that is no template frame";
}

TEST(ImagePartPlan, KeepsAsManyAsFitSpreadOverTheFilm) {
  for (const std::uint64_t fit : {0, 1, 3, 7, 10, 39, 40}) {
    SCOPED_TRACE(fit);
    const ImagePartPlan some = plan(fit * kPart + 1, 40);
    std::uint64_t kept = 0;
    for (int frame = 0; frame < 40; ++frame) {
      kept += some.keeps(job(frame)) ? 1 : 0;
      const std::uint64_t share = static_cast<std::uint64_t>(frame + 1) * fit / 40;
      EXPECT_EQ(kept, share) << "up to frame " << frame;
    }
    EXPECT_EQ(some.kept_frames(), fit);
  }
}

TEST(ImagePartPlan, KeepsAllThatLiesOnDisk) {
  EXPECT_TRUE(plan(0, 40, KeepImageParts::kWhatPays, true).keeps(job(7)));
}

TEST(ImagePartPlan, DoesAsItIsTold) {
  EXPECT_TRUE(plan(0, 40, KeepImageParts::kAlways).keeps(job(7, false)));
  EXPECT_FALSE(plan(40 * kPart, 40, KeepImageParts::kNever).keeps(job(7)));
}

TEST(ImagePartPlan, SharesTheBudgetEvenly) {
  EXPECT_EQ(plan(1000, 40).bytes_per_frame(), 25U);
  EXPECT_EQ(plan(1, 40).bytes_per_frame(), 1U) << "0 would be no limit";
  EXPECT_EQ(plan(1000, 0).bytes_per_frame(), 0U);
  EXPECT_TRUE(plan(0, 0).keeps(job(123)));
}

}  // namespace
}  // namespace framegen
