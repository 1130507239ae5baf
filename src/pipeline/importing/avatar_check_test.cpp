#include "pipeline/importing/avatar_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "media/image_decoder.hpp"
#include "nn/onnx/onnx_builder.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "sink/image_sink.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

const fs::path kAva = "assets/avatars/ava";

class AvatarCheckTest : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;

  // An avatar's files under a changed manifest.
  template <class Change>
  fs::path broken(const fs::path& avatar, const Change& change) {
    const fs::path copy = folder_ / "avatar";
    fs::create_directory(copy);
    for (const auto& entry : fs::directory_iterator(fs::absolute(avatar)))
      if (entry.path().filename() != "avatar.json")
        fs::create_symlink(entry.path(), copy / entry.path().filename());
    Manifest manifest = *read_manifest(avatar / "avatar.json");
    change(manifest);
    EXPECT_TRUE(write_manifest(copy / "avatar.json", manifest));
    return copy;
  }
  // The golden data set with a network that gives back what it sees of the template: output channel c is
  // scale × input channel of[c] + offset.
  fs::path with_mirror(const std::array<int, 3>& of, float scale, float offset);
  void exchange_red_and_blue(Manifest& manifest);

  static AvatarCheck check(const fs::path& avatar) {
    EngineOptions options;
    options.threads = 1;
    options.keep_image_parts_on_disk = false;
    const auto engine = Engine::create(options);
    const auto speaker = Speaker::open(avatar, engine->options());
    EXPECT_TRUE(speaker) << speaker.error().message();
    if (!speaker) return {};
    auto checked = check_avatar(**speaker, {.frames = 4, .variants = 2});
    EXPECT_TRUE(checked) << checked.error().message();
    return checked ? std::move(*checked) : AvatarCheck{};
  }
  static std::vector<std::string> words_of(const AvatarCheck& check) {
    std::vector<std::string> words;
    for (const auto& [what, advice] : check.warnings) words.push_back(what + "; " + advice);
    return words;
  }
};

fs::path AvatarCheckTest::with_mirror(const std::array<int, 3>& of, float scale, float offset) {
  OnnxBuilder builder("mirror");
  builder.add_input({"input", {-1, 6, 320, 320}});
  builder.add_input({"audio", {-1, 32, 16, 16}});
  builder.add_output({"output", {-1, 3, 320, 320}});
  std::vector<float> weight(18);
  for (std::size_t c = 0; c < 3; ++c) weight[6 * c + static_cast<std::size_t>(of[c])] = scale;
  builder.add_initializer("w", Shape{3, 6, 1, 1}, weight);
  builder.add_initializer("b", Shape{3}, std::vector<float>(3, offset));
  const auto kernel = [](std::int64_t side) {
    return OnnxAttribute{"kernel_shape", std::vector{side, side}};
  };
  builder.add_node({"Conv", "mirror", {"input", "w", "b"}, "mirrored", {kernel(1)}});
  // The audio window must reach the output, and adds nothing to it.
  builder.add_initializer("zero", Shape{3, 32, 16, 16}, std::vector<float>(3 * 32 * 16 * 16));
  builder.add_node({"Conv", "silence", {"audio", "zero"}, "nothing", {kernel(16)}});
  builder.add_node({"Add", "add", {"mirrored", "nothing"}, "output", {}});
  return broken(test::golden_avatar(), [&](Manifest& manifest) {
    manifest.generator = {"mirror.onnx", ""};
    manifest.boxes.assign(manifest.frames.size(), manifest.boxes[0]);
    EXPECT_TRUE(write_file(folder_ / "avatar" / "mirror.onnx", *builder.bytes()));
  });
}

void AvatarCheckTest::exchange_red_and_blue(Manifest& manifest) {
  constexpr std::size_t kFrames = 4;
  manifest.frames.resize(kFrames);
  manifest.boxes.resize(kFrames);
  manifest.idle.reset();
  ImageSink sink(folder_ / "avatar" / "exchanged");
  ASSERT_TRUE(sink.begin({.width = manifest.width, .height = manifest.height}));
  ImageDecoder decoder;
  Image image;
  for (std::size_t i = 0; i < kFrames; ++i) {
    const auto bytes = read_file(folder_ / "avatar" / manifest.frames[i]);
    ASSERT_TRUE(decoder.decode(*bytes, "frame", image));
    for (std::size_t k = 0; k < image.bytes(); k += 3) std::swap(image.data()[k], image.data()[k + 2]);
    SinkFrame frame;
    frame.index = static_cast<std::int64_t>(i);
    frame.bgr = image.view();
    ASSERT_TRUE(sink.write(frame));
    manifest.frames[i] = "exchanged/frame_00000" + std::to_string(i) + ".png";
  }
  ASSERT_TRUE(sink.finish());
}

TEST_F(AvatarCheckTest, TheDefaultAvatarIsWell) {
  const AvatarCheck well = check(kAva);
  EXPECT_EQ(well.frames, 4);
  EXPECT_THAT(words_of(well), IsEmpty());
  EXPECT_LT(well.seam, 4);
  EXPECT_LT(well.face_difference, 2.5);
  EXPECT_LT(well.box_jitter, 0.5);
  EXPECT_GT(well.as.rgb_network, 2 * well.as.plain);
}

TEST_F(AvatarCheckTest, AShiftedBoxIsFoundWithItsPlace) {
  Rectangle right;
  const AvatarCheck shifted = check(broken(kAva, [&](Manifest& m) {
    right = m.boxes[0];
    for (Rectangle& box : m.boxes) box.x += 48, box.y += 20;
  }));
  EXPECT_THAT(words_of(shifted),
              ::testing::ElementsAre(HasSubstr("boxes do not lie where the network expects them")));
  EXPECT_NEAR(shifted.better_box.x, right.x, 12);
  EXPECT_NEAR(shifted.better_box.y, right.y, 12);
}

TEST_F(AvatarCheckTest, ABoxThatIsTooLargeIsFound) {
  const AvatarCheck large = check(broken(kAva, [](Manifest& m) {
    for (Rectangle& box : m.boxes) box = {box.x - 40, box.y - 40, box.width + 80, box.height + 80};
  }));
  EXPECT_THAT(words_of(large),
              ::testing::ElementsAre(HasSubstr("boxes do not lie where the network expects them")));
  EXPECT_LT(large.better_box.width, 380);
}

TEST_F(AvatarCheckTest, BoxesThatShakeAreMeasured) {
  const AvatarCheck shaking = check(broken(kAva, [](Manifest& m) {
    for (std::size_t i = 0; i < m.boxes.size(); i += 2) m.boxes[i].x += 5;
  }));
  EXPECT_GT(shaking.box_jitter, 2);
  EXPECT_THAT(words_of(shaking), ::testing::Contains(HasSubstr("the boxes shake by")));
}

TEST_F(AvatarCheckTest, ATemplateInRgbIsTold) {
  const AvatarCheck swapped = check(broken(kAva, [&](Manifest& m) { exchange_red_and_blue(m); }));
  EXPECT_THAT(words_of(swapped), ::testing::ElementsAre(HasSubstr("the channel order looks wrong")));
  EXPECT_GT(swapped.as.plain, 3 * swapped.as.rgb_network);
}

TEST_F(AvatarCheckTest, ANetworkThatGivesTheTemplateBackIsWell) {
  const AvatarCheck mirror = check(with_mirror({0, 1, 2}, 1, 0));
  EXPECT_THAT(words_of(mirror), IsEmpty());
  EXPECT_LT(mirror.face_difference, 1);  // truncated
  EXPECT_EQ(mirror.cut_off, 0);
}

TEST_F(AvatarCheckTest, ANetworkThatGivesRgbIsTold) {
  EXPECT_THAT(words_of(check(with_mirror({2, 1, 0}, 1, 0))),
              ::testing::ElementsAre(HasSubstr("the network's output looks like R,G,B")));
}

TEST_F(AvatarCheckTest, ANetworkOfAnotherRangeIsTold) {
  EXPECT_THAT(words_of(check(with_mirror({0, 1, 2}, 255, 0))),
              ::testing::Contains(HasSubstr("look like 0…255")));
}

TEST_F(AvatarCheckTest, ANetworkThatGivesMinusOneToOneIsTold) {
  const AvatarCheck signed_values = check(with_mirror({0, 1, 2}, 2, -1));
  EXPECT_THAT(words_of(signed_values), ::testing::Contains(HasSubstr("look like −1…1")));
  EXPECT_GT(signed_values.cut_off, 0.1);
}

TEST_F(AvatarCheckTest, ANetworkDividedTwiceIsBlack) {
  EXPECT_THAT(words_of(check(with_mirror({0, 1, 2}, 1.0F / 255, 0))),
              ::testing::Contains(HasSubstr("the face is black")));
}

TEST_F(AvatarCheckTest, AColourShiftIsMeasuredByChannel) {
  const AvatarCheck shifted = check(with_mirror({0, 1, 2}, 0.9F, 0));
  EXPECT_LT(shifted.colour_shift[0], -4);
  EXPECT_THAT(words_of(shifted), ::testing::Contains(HasSubstr("the face's colour is shifted by")));
}

}  // namespace
}  // namespace framegen
