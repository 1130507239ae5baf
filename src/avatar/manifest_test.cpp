#include "avatar/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "avatar/manifest_reader.hpp"
#include "support/test_files.hpp"

namespace framegen {
namespace {

using testing::HasSubstr;

Manifest sample() {
  Manifest m;
  m.name = "demo";
  m.licence = "CC0-1.0";
  m.source = "made for a test";
  m.width = 640;
  m.height = 360;
  m.frames = {"frames/0.jpg", "frames/1.jpg", "frames/2.jpg"};
  m.boxes = {{10, 20, 200, 200}, {11, 20, 201, 201}, {600, 300, 90, 70}};
  m.idle = {0, 1};
  m.generator = {"generator.onnx", std::string(64, 'a')};
  m.audio_encoder = {"audio_encoder.onnx", ""};
  return m;
}

// The sample's document with one value changed: "boxes/1/2" → value.
std::string with(const std::string& pointer, const Json& value) {
  Json json = Json::parse(to_json(sample()));
  json[Json::json_pointer("/" + pointer)] = value;
  return json.dump();
}

std::string without(const std::string& pointer) {
  Json json = Json::parse(to_json(sample()));
  const Json::json_pointer p("/" + pointer);
  json[p.parent_pointer()].erase(p.back());
  return json.dump();
}

std::string error_of(const std::string& text) {
  const auto manifest = parse_manifest(text, "ava/avatar.json");
  if (manifest) return "no error";
  EXPECT_EQ(manifest.error().code, ErrorCode::kBadAvatar);
  EXPECT_EQ(manifest.error().message().find('\n'), std::string::npos);
  return manifest.error().message();
}

TEST(Manifest, ComesBackAsItWasWritten) {
  Manifest manifest = sample();
  EXPECT_EQ(*parse_manifest(to_json(manifest), "a"), manifest);
  manifest.idle.reset();
  manifest.first_index = 0;
  manifest.image = {.size = 160,
                    .crop = 160,
                    .inset = 0,
                    .mask = {0, 80, 160, 80},
                    .order = ImageOrder::kMaskedReal,
                    .resize = Interpolation::kArea,
                    .paste = Interpolation::kLinear,
                    .source = ImageSource::kPrecut,
                    .real = {"a/1.jpg", "a/2.jpg", "a/3.jpg"},
                    .masked = {"b/1.jpg", "b/2.jpg", "b/3.jpg"}};
  manifest.audio = {.features = "mel80", .first = -4, .last = 3, .shape = {16, 32, 32}};
  manifest.tensors.output = "picture";
  manifest.turns_twice = true;
  EXPECT_EQ(*parse_manifest(to_json(manifest), "a"), manifest);
}

TEST(Manifest, ADirectOneNeedsNoAudioEncoder) {
  Manifest manifest = sample();
  manifest.audio = {.features = std::string(kDirectFeatures), .first = 0, .last = 0, .shape = {1, 80, 16}};
  manifest.audio_encoder = {};
  manifest.tensors.mel = TensorNames().mel;
  manifest.tensors.feature = TensorNames().feature;
  EXPECT_THAT(to_json(manifest), ::testing::Not(HasSubstr("audio_encoder")));
  EXPECT_EQ(*parse_manifest(to_json(manifest), "a"), manifest);
}

TEST(Manifest, WritesTheMaskWithBothEndsInclusive) {
  EXPECT_THAT(to_json(sample()), HasSubstr("\"mask\":[5,5,314,309]"));
  EXPECT_THAT(to_json(sample()), HasSubstr("[[10,20,200],[11,20,201],[600,300,90,70]]"));
}

TEST(Manifest, KeepsUnknownKeysAndWarnsOfThem) {
  Json json = Json::parse(to_json(sample()));
  json["colour"] = {1, nullptr};
  json["image"]["teeth"] = {{"white", true}};
  std::vector<std::string> warnings;
  const auto manifest = parse_manifest(json.dump(), "ava/avatar.json",
                                       [&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  ASSERT_TRUE(manifest);
  EXPECT_THAT(warnings, testing::UnorderedElementsAre(
                            "ava/avatar.json: image.teeth: unknown key, ignored; check its spelling",
                            "ava/avatar.json: colour: unknown key, ignored; check its spelling"));
  const Json again = Json::parse(to_json(*manifest));
  EXPECT_EQ(again["colour"], json["colour"]);
  EXPECT_EQ(again["image"]["teeth"], json["image"]["teeth"]);
  EXPECT_EQ(*parse_manifest(to_json(*manifest), "a"), *manifest);
}

// Found by the fuzzer: unknown keys before and behind known ones were another manifest once they were
// written.
TEST(Manifest, IsTheSameWhereverUnknownKeysStood) {
  Json first = Json::parse(R"({"zoo":1})");
  Json json = Json::parse(to_json(sample()));
  json["image"]["teeth"] = 2;
  first.update(json);
  const auto manifest = parse_manifest(first.dump(), "a");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(*parse_manifest(to_json(*manifest), "a"), *manifest);
  EXPECT_EQ(Json::parse(to_json(*manifest))["zoo"], 1);
}

TEST(Manifest, NamesTheMissingKey) {
  for (const char* key : {"version",
                          "name",
                          "licence",
                          "source",
                          "fps",
                          "size",
                          "frames",
                          "boxes",
                          "models",
                          "image",
                          "audio",
                          "tensors",
                          "first_index",
                          "models/generator",
                          "models/audio_encoder/file",
                          "models/generator/sha256",
                          "image/size",
                          "image/crop",
                          "image/inset",
                          "image/mask",
                          "image/order",
                          "image/channels",
                          "image/resize",
                          "image/paste",
                          "audio/features",
                          "audio/window",
                          "audio/shape",
                          "tensors/generator/image",
                          "tensors/generator/audio",
                          "tensors/generator/face",
                          "tensors/audio_encoder/mel",
                          "tensors/audio_encoder/feature"}) {
    std::string path = key;
    std::replace(path.begin(), path.end(), '/', '.');
    EXPECT_EQ(error_of(without(key)),
              "ava/avatar.json: " + path +
                  ": is missing; correct it, or make the avatar again with framegen import");
  }
  EXPECT_EQ(error_of(without("idle")), "no error");
  EXPECT_EQ(error_of(without("image/source")), "no error");
}

struct Wrong {
  const char* pointer;
  Json value;
  const char* message;
};

TEST(Manifest, NamesTheWrongValueAndWhatItMayBe) {
  const std::vector<Wrong> cases{
      {"version", 2, "version: is 2, not 1 … 1"},
      {"version", "1", "version: is not a whole number"},
      {"name", "", "name: is empty"},
      {"name", std::string(5000, 'x'), "name: is longer than 4096 bytes"},
      {"licence", 3, "licence: is not a text"},
      {"fps", 0, "fps: is 0, not above 0"},
      {"fps", 1e9, "fps: is 1000000000.0"},
      {"size", {640}, "size: has 1 entries, not 2"},
      {"size/0", 20000, "size[0]: is 20000, not 1 … 16384"},
      {"size/1", -1, "size[1]: is -1"},
      {"frames", Json::array(), "frames: has 0 entries"},
      {"frames/1", "../../etc/passwd", "frames[1]: is not the name of a file inside the avatar's folder"},
      {"frames/1", "/etc/passwd", "frames[1]: is not the name"},
      {"frames/1", "a/./b", "frames[1]: is not the name"},
      {"frames/1", "..\\b", "frames[1]: is not the name"},
      {"frames/1", "frames/", "frames[1]: is not the name"},
      {"frames/1", std::string("a\0b", 3), "frames[1]: is not the name"},
      {"frames/2", 7, "frames[2]: is not a text"},
      {"boxes", {{1, 1, 1}}, "boxes: has 1 boxes for 3 frames"},
      {"boxes", 1, "boxes: is not a list"},
      {"boxes/2", {1, 1}, "boxes[2]: has 2 entries, not 3 … 4"},
      {"boxes/1/0", -3, "boxes[1][0]: is -3, not 0 … 639"},
      {"boxes/1/1", 360, "boxes[1][1]: is 360, not 0 … 359"},
      {"boxes/1/2", 0, "boxes[1][2]: is 0, not 1 … "},
      {"boxes/1/2", 1.5, "boxes[1][2]: is not a whole number"},
      {"boxes/1/2", std::uint64_t{18446744073709551615ULL}, "boxes[1][2]: is 18446744073709551615"},
      {"idle", {1, 3}, "idle[1]: is 3, not 0 … 2"},
      {"idle", {2, 1}, "idle: ends before it begins"},
      {"first_index", 2, "first_index: is 2, not 0 … 1"},
      {"models/generator", "g.onnx", "models.generator: is not an object"},
      {"models/generator/file", "../g.onnx", "models.generator.file: is not the name"},
      {"models/generator/sha256", std::string(64, 'A'),
       "models.generator.sha256: is not 64 lower-case hex digits"},
      {"image/size", 8, "image.size: is 8, not 16 … 2048"},
      {"image/crop", 300, "image.crop: is 300, not 320 … 2048"},
      {"image/inset", 9, "image.inset: is 9, not 0 … 8"},
      {"image/mask/2", 320, "image.mask[2]: is 320, not 0 … 319"},
      {"image/mask/2", 4, "image.mask: ends before it begins"},
      {"image/order", "masked", "image.order: is not one of \"real_masked\", \"masked_real\""},
      {"image/channels", "rgb", "image.channels: is not \"bgr\""},
      {"image/resize", "lanczos", "image.resize: is not one of \"linear\", \"cubic\", \"area\""},
      {"image/paste", "area", "image.paste: is not one of \"linear\", \"cubic\""},
      {"image/source", "precut", "image.real: is missing"},
      {"audio/features", "wenet", "audio.features: is not \"mel80\""},
      {"audio/window", {7, -8}, "audio.window: ends before it begins"},
      {"audio/shape/0", 0, "audio.shape[0]: is 0"},
      {"tensors/generator/image", "", "tensors.generator.image: is empty"}};
  for (const Wrong& c : cases)
    EXPECT_THAT(error_of(with(c.pointer, c.value)), HasSubstr(std::string("ava/avatar.json: ") + c.message))
        << c.pointer;
}

TEST(Manifest, SaysWhereTheFileIsNoJson) {
  EXPECT_THAT(error_of("{\n  \"version\": 1,\n  oops"),
              HasSubstr("ava/avatar.json: is not JSON from line 3, column 3 on"));
  EXPECT_THAT(error_of(""), HasSubstr("is not JSON"));
  EXPECT_THAT(error_of("[1]"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(error_of("{\"name\": \"\xFF\"}"), HasSubstr("is not JSON"));
  EXPECT_THAT(error_of(std::string(1'000'000, '[')), HasSubstr("is nested more than 32 levels deep"));
}

TEST(Manifest, GivesACleanErrorWhereverTheFileIsCutOff) {
  const std::string text = to_json(sample());
  for (std::size_t n = 0; n < text.size() - 2; ++n) {
    SCOPED_TRACE(n);
    EXPECT_THAT(error_of(text.substr(0, n)), HasSubstr("ava/avatar.json: is not JSON"));
  }
}

TEST(Manifest, SurvivesEveryChangedByte) {
  std::string text = to_json(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char before = text[i];
    for (const char c : {'\0', '9', '-', '"', '{', ']', '\xC3'}) {
      text[i] = c;
      const auto manifest = parse_manifest(text, "a");
      if (manifest) {
        EXPECT_TRUE(parse_manifest(to_json(*manifest), "a")) << i;
      }
    }
    text[i] = before;
  }
}

TEST(Manifest, IsReadFromAndWrittenToAFile) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_manifest(folder / "avatar.json", sample()));
  EXPECT_EQ(*read_manifest(folder / "avatar.json"), sample());
  const auto missing = read_manifest(folder / "none.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kBadAvatar);
  Manifest broken = sample();
  broken.boxes.pop_back();
  const Status refused = write_manifest(folder / "avatar.json", broken);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("boxes: has 2 boxes for 3 frames"));
  EXPECT_EQ(*read_manifest(folder / "avatar.json"), sample());  // untouched
}

TEST(Manifest, OfTheDefaultAvatarIsGood) {
  const std::filesystem::path file = "assets/avatars/ava/avatar.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  int warnings = 0;
  const auto manifest = read_manifest(file, [&](LogLevel, std::string_view) { ++warnings; });
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(warnings, 0);
  EXPECT_EQ(manifest->name, "ava");
}

}  // namespace
}  // namespace framegen
