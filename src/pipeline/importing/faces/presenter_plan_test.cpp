// presenter_plan_test.cpp: surveys of films that nobody filmed, and what is made of them.
#include "pipeline/importing/faces/presenter_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace framegen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kWidth = 1280, kHeight = 720;

FaceSight face(int who, double x, double y, double width) {
  FaceSight sight;
  sight.face = who;
  sight.left = {x - width / 2, y};
  sight.right = {x + width / 2, y};
  sight.bridge = {x, y - width / 4};
  sight.centre = {x, y};
  sight.side = 1.2 * width;
  sight.lip_opening = 0.002;
  sight.confirmed = true;
  return sight;
}

// One calm face in the middle.
FilmSurvey calm_film(int frames) {
  FilmSurvey survey;
  survey.width = kWidth;
  survey.height = kHeight;
  for (int i = 0; i < frames; ++i) survey.frames.push_back({{face(0, 640, 360, 300)}, false, false});
  return survey;
}

PresenterPlan plan(const FilmSurvey& survey, const PresenterWords& words = {}) {
  auto made = plan_presenter(survey, words, "film.mp4");
  EXPECT_TRUE(made) << made.error().message();
  return made ? *std::move(made) : PresenterPlan{};
}

std::string refusal(const FilmSurvey& survey, const PresenterWords& words = {}) {
  const auto made = plan_presenter(survey, words, "film.mp4");
  return made ? "taken" : made.error().message();
}

std::string warnings(const PresenterPlan& made) {
  std::string all;
  for (const std::string& warning : made.warnings) all += warning + "\n";
  return all;
}

TEST(PresenterPlan, CutsTheBoxFromCheekToCheekWithItsTopAtTheBridge) {
  const PresenterPlan made = plan(calm_film(100));
  ASSERT_EQ(made.boxes.size(), 100U);
  EXPECT_EQ(made.boxes[50], (Rectangle{490, 285, 300, 300}));
  PresenterWords words;
  words.cut = {-0.1, -0.2, 1.2};
  EXPECT_EQ(plan(calm_film(100), words).boxes[50], (Rectangle{460, 225, 360, 360}));
}

TEST(PresenterPlan, TakesTheCalmestTwentySeconds) {
  FilmSurvey survey = calm_film(1500);
  for (int i = 0; i < 1500; ++i)
    if (i < 700 || i >= 1210)
      survey.frames[static_cast<std::size_t>(i)].faces[0] = face(0, 640 + 60 * std::sin(i / 9.0), 360, 300);
  const PresenterPlan made = plan(survey);
  ASSERT_EQ(made.frames.size(), 500U);
  EXPECT_GE(made.frames.front(), 700);
  EXPECT_LT(made.frames.back(), 1210);
}

// Whoever does as the documentation says is silent at the beginning, and not quite still there.
TEST(PresenterPlan, ATemplateHasLipsThatRestWhereTheFilmHas) {
  FilmSurvey survey = calm_film(1500);
  for (std::size_t i = 0; i < 1500; ++i) {
    const bool speaks = i >= 100;
    survey.frames[i].faces[0] =
        face(0, 640 + (i < 700 ? 60 : 10) * std::sin(static_cast<double>(i) / 9.0), 360, 300);
    if (speaks && i % 10 != 0) survey.frames[i].faces[0].lip_opening = 0.03;
  }
  const PresenterPlan made = plan(survey);
  ASSERT_EQ(made.frames.size(), 500U);
  ASSERT_TRUE(made.idle);
  EXPECT_LE(made.frames.front() + made.idle->first, 88);
  EXPECT_THAT(warnings(made), Not(HasSubstr("never closed")));
  for (std::size_t i = 0; i < 100; ++i)
    if (i % 10 != 0) survey.frames[i].faces[0].lip_opening = 0.03;
  EXPECT_GE(plan(survey).frames.front(), 700);
}

TEST(PresenterPlan, NamesEveryKindOfFault) {
  FilmSurvey survey = calm_film(400);
  const auto at = [&](int i) -> FrameSight& { return survey.frames[static_cast<std::size_t>(i)]; };
  for (int i = 10; i < 20; ++i) at(i).faces.clear();
  at(30).faces.clear();
  at(30).black = true;
  for (int i = 40; i < 45; ++i) at(i).faces[0].yaw_degrees = -36;
  at(50).faces[0].yaw_degrees = 34;
  at(60).faces[0].confirmed = false;
  at(70).faces[0] = face(0, 1200, 360, 300);
  const PresenterPlan made = plan(survey);
  EXPECT_THAT(
      warnings(made),
      HasSubstr(
          "frames 10–19 (0.4–0.8 s) show no face, frame 30 (1.2 s) is black, frames 40–44 (1.6–1.8 s) turn "
          "the face away by more than 35°, frame 60 (2.4 s) has the face covered or unclear, frame 70 "
          "(2.8 s) has the face over the picture's edge; left out"));
  EXPECT_EQ(made.lost.size(), 18U);
  EXPECT_EQ(made.frames.front(), 71);
  EXPECT_EQ(made.frames.size(), 329U);
  PresenterWords skipping;
  skipping.skip_lost = true;
  EXPECT_EQ(plan(survey, skipping).frames.size(), 382U);
  PresenterWords range;
  range.frames = {35, 100};
  EXPECT_THAT(refusal(survey, range), HasSubstr("film.mp4: frames 40–44 (1.6–1.8 s) turn the face away"));
}

TEST(PresenterPlan, AFilmThatLiesOnItsSideOrStandsOnItsHeadIsTold) {
  for (const double roll : {-90.0, 90.0, 180.0}) {
    FilmSurvey survey = calm_film(100);
    for (FrameSight& frame : survey.frames) frame.faces[0].roll_degrees = roll;
    EXPECT_THAT(refusal(survey),
                HasSubstr("shows the presenter for 0 frames without a fault, at least 25 are "
                          "needed: frames 0–99 (0.0–4.0 s) have the head tilted"));
  }
}

// What a mouth is learned from is all that can be used of the film, cut alike whatever becomes the template.
TEST(PresenterPlan, GivesEveryGoodFrameItsBoxWhateverIsTheTemplate) {
  FilmSurvey survey = calm_film(800);
  for (int i = 0; i < 800; ++i)
    survey.frames[static_cast<std::size_t>(i)].faces[0] = face(0, 640 + 40 * std::sin(i / 9.0), 360, 300);
  for (int i = 100; i < 110; ++i) survey.frames[static_cast<std::size_t>(i)].faces.clear();
  PresenterWords range;
  range.frames = {200, 240};
  const PresenterPlan made = plan(survey), part = plan(survey, range);
  ASSERT_EQ(made.good.size(), 790U);
  ASSERT_EQ(part.good.size(), 790U);
  ASSERT_EQ(part.boxes.size(), 40U);
  for (std::size_t i = 0; i < 790; ++i) {
    EXPECT_EQ(made.good[i].frame, static_cast<int>(i < 100 ? i : i + 10));
    EXPECT_EQ(made.good[i].box, part.good[i].box);
  }
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(part.boxes[i], part.good[190 + i].box);
}

TEST(PresenterPlan, BoxesAreNotCalmedOverACut) {
  FilmSurvey survey = calm_film(200);
  for (std::size_t i = 100; i < 200; ++i) survey.frames[i].faces[0] = face(0, 700, 360, 240);
  survey.frames[100].cut = true;
  const PresenterPlan made = plan(survey);
  EXPECT_EQ(made.good[99].box, made.good[0].box);
  EXPECT_EQ(made.good[100].box, made.good[199].box);
  EXPECT_EQ(made.good[100].box.width, 240);
}

TEST(PresenterPlan, ATemplateDoesNotGoOverACut) {
  FilmSurvey survey = calm_film(300);
  survey.frames[120].cut = true;
  const PresenterPlan made = plan(survey);
  EXPECT_EQ(made.frames.front(), 120);
  EXPECT_EQ(made.frames.size(), 180U);
  PresenterWords range;
  range.frames = {0, 300};
  EXPECT_THAT(warnings(plan(survey, range)), HasSubstr("the template jumps at frame 120"));
}

TEST(PresenterPlan, TheLargeCentralFaceThatIsLongSeenIsThePresenter) {
  FilmSurvey survey = calm_film(200);
  for (FrameSight& frame : survey.frames) frame.faces.insert(frame.faces.begin(), face(1, 1100, 300, 280));
  survey.frames[3].faces.push_back(face(2, 640, 360, 900));  // a flash of something
  const PresenterPlan made = plan(survey);
  EXPECT_THAT(made.notes.front(),
              HasSubstr("film.mp4: shows 2 faces: 1 at x 640, y 360, 360 pixels, in 200 frames; 2 at "
                        "x 1100"));
  EXPECT_EQ(made.boxes[9].x, 490);
  PresenterWords second;
  second.face = 2;
  EXPECT_EQ(plan(survey, second).boxes[9].x, 960);
  second.face = 3;
  EXPECT_THAT(refusal(survey, second), HasSubstr("--face 3: is not in the film, which shows 2"));
}

TEST(PresenterPlan, TheIdleRangeIsTheLongestOfClosedLips) {
  FilmSurvey survey = calm_film(300);
  for (int i = 0; i < 300; ++i)
    if (i < 100 || (i >= 130 && i < 150) || i >= 240)
      survey.frames[static_cast<std::size_t>(i)].faces[0].lip_opening = i % 3 == 0 ? 0.002 : 0.04;
  EXPECT_EQ(plan(survey).idle, (std::pair{150, 240}));  // frame 240 itself is closed
  for (FrameSight& frame : survey.frames)
    frame.faces[0].lip_opening = &frame == &survey.frames[0] ? 0.03 : 0.06;
  for (int i = 0; i < 300; i += 10) survey.frames[static_cast<std::size_t>(i)].faces[0].lip_opening = 0.002;
  const PresenterPlan never = plan(survey);
  EXPECT_FALSE(never.idle);
  EXPECT_THAT(warnings(never), HasSubstr("the lips are never closed for half a second"));
}

TEST(PresenterPlan, ShakingBoxesAreCalmedAndSteadyMovementIsKept) {
  FilmSurvey survey = calm_film(100);
  for (int i = 0; i < 100; ++i)
    survey.frames[static_cast<std::size_t>(i)].faces[0] =
        face(0, 500 + 2 * i + (i % 2 == 0 ? 1.5 : -1.5), 360, 300);
  const PresenterPlan made = plan(survey);
  for (int i = 10; i < 90; ++i) EXPECT_NEAR(made.boxes[static_cast<std::size_t>(i)].x, 350 + 2 * i, 1) << i;
}

TEST(PresenterPlan, FilmsThatShowNobodyOrTooLittleAreTold) {
  FilmSurvey nobody = calm_film(40);
  for (FrameSight& frame : nobody.frames) frame.faces.clear();
  EXPECT_THAT(refusal(nobody), HasSubstr("film.mp4: shows no face in 40 frames; film a person"));
  for (FrameSight& frame : nobody.frames) frame.black = true;
  EXPECT_THAT(refusal(nobody), HasSubstr("film.mp4: is black from beginning to end"));
  EXPECT_THAT(refusal(calm_film(24)),
              HasSubstr("shows the presenter for 24 frames without a fault, at least 25"));
  EXPECT_THAT(warnings(plan(calm_film(75))),
              HasSubstr("is 3.0 s long: enough for a template, too short to learn"));
  PresenterWords outside;
  outside.frames = {50, 101};
  EXPECT_THAT(refusal(calm_film(100), outside),
              HasSubstr("--frames 50:101: is no part of the film, which has 100"));
}

}  // namespace
}  // namespace framegen
