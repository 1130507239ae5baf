#include "avatar/import_package.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "avatar/avatar_bundle.hpp"
#include "support/test_files.hpp"

namespace framegen {
namespace {

using testing::HasSubstr;

class ImportPackage : public testing::Test {
 protected:
  ImportPackage() {
    make(1);
    request.package = folder / "pack";
    request.avatar = folder / "out";
  }
  // Three frames, numbered from `first`.
  void make(int first) {
    std::filesystem::remove_all(folder / "pack");
    for (int i = first; i < first + 3; ++i) {
      const std::string file = std::to_string(i) + ".jpg";
      test::put(folder / ("pack/full_body_img/" + file), test::jpeg_of(picture(64, 48, i)));
      test::put(folder / ("pack/rois_320/" + file), test::jpeg_of(picture(320, 320, i)));
      test::put(folder / ("pack/model_inputs/" + file), test::jpeg_of(picture(320, 320, i + 10)));
    }
    put_rectangles(R"({"0": {"rect": [1,2,31,40]}, "1": {"rect": [2,3,32,41]}, "2": {"rect": [3,4,70,42]}})");
    test::put(folder / "pack/models/generator.onnx", "generator");
    test::put(folder / "pack/models/audio_encoder.onnx", "encoder");
  }
  // Flat, so that it is quick to encode.
  static Image picture(int width, int height, int value) {
    Image image(width, height);
    std::fill_n(image.data(), image.bytes(), static_cast<std::uint8_t>(value));
    return image;
  }
  void put_rectangles(std::string_view text) { test::put(folder / "pack/cache/crop_rectangles.json", text); }
  std::string error() {
    const auto before = test::files_below(folder.path());
    const Status status = import_package(request);
    if (status) return "no error";
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_EQ(test::files_below(folder.path()), before);
    return status.error().message();
  }

  test::TemporaryFolder folder;
  PackageImport request;
};

TEST_F(ImportPackage, PairsTheKthPictureWithRectangleKWhereverTheNumbersBegin) {
  for (const int first : {1, 0}) {
    SCOPED_TRACE(first);
    make(first);
    request.replace = true;
    const Status imported = import_package(request);
    ASSERT_TRUE(imported) << imported.error().message();
    const auto bundle = AvatarBundle::open(request.avatar);
    ASSERT_TRUE(bundle) << bundle.error().message();
    const Manifest& m = bundle->manifest();
    EXPECT_EQ(m.name, "pack");
    EXPECT_EQ(m.first_index, 0);
    EXPECT_EQ(m.frames[0], "frames/" + std::to_string(first) + ".jpg");
    EXPECT_EQ(m.boxes, (std::vector<Rectangle>{{1, 2, 30, 38}, {2, 3, 30, 38}, {3, 4, 67, 38}}));
    EXPECT_EQ(m.image.crop, m.image.size);
    EXPECT_EQ(bundle->loop(0).at(0), 0);  // output frame 1 shows the first frame
    EXPECT_EQ(bundle->loop(0).at(1), 1);
    EXPECT_EQ((*bundle->precut_real(0)->get(2))->data()[0], first + 2);
    EXPECT_EQ((*bundle->precut_masked(0)->get(2))->data()[0], first + 12);
    EXPECT_TRUE(bundle->verify());
  }
}

TEST_F(ImportPackage, TakesOtherNetworksWhereGiven) {
  test::put(folder / "better.onnx", "better");
  request.generator = folder / "better.onnx";
  ASSERT_TRUE(import_package(request));
  EXPECT_EQ(*read_text_file(folder / "out/generator.onnx"), "better");
  EXPECT_EQ(*read_text_file(folder / "out/audio_encoder.onnx"), "encoder");
}

TEST_F(ImportPackage, NamesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"0": {"rect": [1,2,31,40]}, "2": {"rect": [3,4,70,42]}})", "crop_rectangles.json: 1: is missing"},
      {R"({"0": {"rect": [-1,2,31,40]}})", "crop_rectangles.json: 0.rect[0]: is -1, not 0 … 63"},
      {R"({"0": {"rect": [1,2,31]}})", "crop_rectangles.json: 0.rect: has 3 entries, not 4"},
      {R"({"0": {"rect": [9,2,9,40]}})", "crop_rectangles.json: 0.rect: ends before it begins"},
      {R"({"0": {}})", "crop_rectangles.json: 0.rect: is missing; make the package again"},
      {"[]", "crop_rectangles.json: is not an object"},
      {"{", "crop_rectangles.json: is not JSON from line 1"}};
  for (const auto& [text, what] : cases) {
    put_rectangles(text);
    EXPECT_THAT(error(), HasSubstr(what));
  }
  std::filesystem::remove(folder / "pack/cache/crop_rectangles.json");
  EXPECT_THAT(error(), HasSubstr("crop_rectangles.json: cannot be read"));
  test::put(folder / "pack/rois_320/2.jpg", test::jpeg_of(picture(160, 160, 1)));
  EXPECT_THAT(error(), HasSubstr("rois_320/2.jpg: has 160×160 pixels, not 320×320"));
  std::filesystem::remove(folder / "pack/rois_320/3.jpg");
  EXPECT_THAT(error(), HasSubstr("rois_320: has 2 pictures, "));
  std::filesystem::remove_all(folder / "pack/model_inputs");
  EXPECT_THAT(error(), HasSubstr("model_inputs: cannot be read"));
}

}  // namespace
}  // namespace framegen
