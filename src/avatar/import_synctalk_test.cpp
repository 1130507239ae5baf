#include "avatar/import_synctalk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "avatar/avatar_bundle.hpp"
#include "support/golden.hpp"
#include "support/test_files.hpp"

namespace framegen {
namespace {

using testing::HasSubstr;

// 60 points; the box begins at (x, y) and has `side` pixels.
std::string landmarks(float x, float y, float side) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const float px = i == 1 ? x : i == 31 ? x + side : 5;
    const float py = i == 52 ? y : 9;
    text += std::to_string(px) + " " + std::to_string(py) + "\n";
  }
  return text;
}

class ImportSynctalk : public testing::Test {
 protected:
  ImportSynctalk() {
    for (int i = 0; i < 3; ++i) {
      test::put(folder / ("data/full_body_img/" + std::to_string(i) + ".jpg"),
                test::jpeg_of(test::noise(64, 48, static_cast<std::uint64_t>(i))));
      test::put(folder / ("data/landmarks/" + std::to_string(i) + ".lms"), landmarks(4, 6, 30));
    }
    test::put(folder / "g.onnx", "generator");
    test::put(folder / "e.onnx", "encoder");
    request.dataset = folder / "data";
    request.generator = folder / "g.onnx";
    request.audio_encoder = folder / "e.onnx";
    request.avatar = folder / "out";
    request.name = "demo";
  }
  // The error's line; nothing may be left behind.
  std::string error(ErrorCode code = ErrorCode::kBadInput) {
    const auto before = test::files_below(folder.path());
    const Status status = import_synctalk(request);
    if (status) return "no error";
    EXPECT_EQ(status.error().code, code);
    EXPECT_EQ(test::files_below(folder.path()), before);
    return status.error().message();
  }

  test::TemporaryFolder folder;
  SynctalkImport request;
};

TEST_F(ImportSynctalk, GivesTheReferencesBoxesAndTouchesNoByte) {
  request.dataset = test::golden("pipeline/dataset");
  int steps = 0;
  request.progress = [&](int done, int total) {
    EXPECT_EQ(done, ++steps);
    EXPECT_EQ(total, 12);
    return true;
  };
  const Status imported = import_synctalk(request);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(steps, 12);
  const auto bundle = AvatarBundle::open(request.avatar);
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_TRUE(bundle->verify());
  EXPECT_EQ(bundle->manifest().frames.size(), 12U);
  EXPECT_EQ(*read_file(bundle->frame_file(7)), *read_file(request.dataset / "full_body_img/7.jpg"));

  const auto sequence = nlohmann::json::parse(*read_text_file(test::golden("pipeline/sequence.json")));
  const TemplateLoop loop = bundle->loop(0);
  for (const auto& step : sequence) {
    const int index = loop.at(step["frame"].get<int>());
    EXPECT_EQ(index, step["template"].get<int>());
    const Rectangle box = bundle->manifest().boxes[static_cast<std::size_t>(index)];
    const std::vector<int> corners{box.x, box.y, box.x + box.width, box.y + box.height};
    EXPECT_EQ(corners, step["box"].get<std::vector<int>>());
  }
}

TEST_F(ImportSynctalk, TruncatesLandmarksAfterFloat32) {
  test::put(folder / "data/landmarks/0.lms", landmarks(4.9f, 6.9f, 30.05f));
  std::string text = landmarks(0, 6, 30);
  text.replace(text.find("0.000000 9"), 10, "14.99999999 9");  // 15 in float32
  test::put(folder / "data/landmarks/1.lms", text);
  ASSERT_TRUE(import_synctalk(request));
  const auto boxes = read_manifest(request.avatar / "avatar.json")->boxes;
  EXPECT_EQ(boxes[0], (Rectangle{4, 6, 30, 30}));
  EXPECT_EQ(boxes[1], (Rectangle{15, 6, 15, 15}));
}

TEST_F(ImportSynctalk, KeepsABoxOverTheRightEdgeUncut) {
  test::put(folder / "data/landmarks/1.lms", landmarks(50, 40, 30));
  ASSERT_TRUE(import_synctalk(request));
  EXPECT_EQ(read_manifest(request.avatar / "avatar.json")->boxes[1], (Rectangle{50, 40, 30, 30}));
}

TEST_F(ImportSynctalk, NamesTheFrameWithBadLandmarks) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {landmarks(-3, 6, 30), "face box at x -3, y 6 begins left of or above the picture"},
      {landmarks(4, -1, 30), "face box at x 4, y -1 begins left of or above the picture"},
      {landmarks(64, 6, 30), "face box at x 64, y 6 lies outside the 64×48 picture"},
      {landmarks(4, 6, 0), "face box at x 4, y 6 is empty"},
      {"", "has 0 landmarks, at least 53 are needed"},
      {"1 2\n3 4\n", "has 2 landmarks"},
      {"1 2\nnan 4\n", "line 2 is not \"x y\" in pixels"},
      {"1 2\ninf 4\n", "line 2 is not"},
      {"1 1e30\n", "line 1 is not"},
      {"1\n", "line 1 is not"},
      {"1 2 3\n", "line 1 is not"},
      {"1x2\n", "line 1 is not"},
      {"1 2\n\n3 4\n", "line 2 is not"}};
  for (const auto& [text, what] : cases) {
    test::put(folder / "data/landmarks/1.lms", text);
    EXPECT_THAT(error(), HasSubstr("data/landmarks/1.lms: " + what));
  }
}

TEST_F(ImportSynctalk, NamesTheFileThatIsMissingBrokenOrTooMany) {
  std::filesystem::remove(folder / "data/landmarks/2.lms");
  EXPECT_THAT(error(), HasSubstr("landmarks/2.lms: cannot be read"));
  test::put(folder / "data/full_body_img/Thumbs.db", "x");
  EXPECT_THAT(error(), HasSubstr("full_body_img/Thumbs.db: is no frame; move it elsewhere"));
  std::filesystem::remove(folder / "data/full_body_img/Thumbs.db");
  std::filesystem::rename(folder / "data/full_body_img/2.jpg", folder / "data/full_body_img/3.jpg");
  EXPECT_THAT(error(), HasSubstr("full_body_img/2.jpg: is missing, though the folder has 3 files"));
  std::filesystem::rename(folder / "data/full_body_img/3.jpg", folder / "data/full_body_img/2.jpg");
  auto jpeg = test::jpeg_of(test::noise(64, 48, 1));
  jpeg.resize(jpeg.size() / 2);
  test::put(folder / "data/full_body_img/1.jpg", jpeg);
  EXPECT_THAT(error(), HasSubstr("full_body_img/1.jpg: is a damaged or truncated JPEG"));
  test::put(folder / "data/full_body_img/1.jpg", test::jpeg_of(test::noise(32, 48, 1)));
  EXPECT_THAT(error(), HasSubstr("full_body_img/1.jpg: has 32×48 pixels, not 64×48"));
  std::filesystem::remove_all(folder / "data/full_body_img");
  EXPECT_THAT(error(), HasSubstr("full_body_img: cannot be read"));
  std::filesystem::create_directory(folder / "data/full_body_img");
  EXPECT_THAT(error(), HasSubstr("full_body_img: is empty"));
}

TEST_F(ImportSynctalk, NamesTheNetworkThatIsMissingOrEmpty) {
  request.generator = folder / "none.onnx";
  EXPECT_THAT(error(), HasSubstr("none.onnx: cannot be read"));
  request.generator = folder / "empty.onnx";
  test::put(request.generator, "");
  EXPECT_THAT(error(), HasSubstr("empty.onnx: is empty"));
}

TEST_F(ImportSynctalk, ReplacesAnAvatarOnlyWhenToldAndNothingElseEver) {
  ASSERT_TRUE(import_synctalk(request));
  EXPECT_THAT(error(ErrorCode::kBadOutput), HasSubstr("out: is an avatar already; remove it, or allow"));
  test::put(folder / "out/cache/old", "x");
  request.name = "second";
  request.replace = true;
  ASSERT_TRUE(import_synctalk(request));
  EXPECT_EQ(read_manifest(request.avatar / "avatar.json")->name, "second");
  EXPECT_FALSE(std::filesystem::exists(folder / "out/cache"));
  request.avatar = folder / "data";
  EXPECT_THAT(error(ErrorCode::kBadOutput), HasSubstr("data: exists and is no avatar; give another name"));
  request.avatar = folder / "no/such/out";
  EXPECT_THAT(error(ErrorCode::kBadOutput), HasSubstr("no/such/out: cannot be written: No such file"));
}

TEST_F(ImportSynctalk, StopsWhenToldAndLeavesNothing) {
  request.progress = [](int done, int) { return done < 2; };
  EXPECT_EQ(error(ErrorCode::kCancelled), "import: was stopped");
}

}  // namespace
}  // namespace framegen
