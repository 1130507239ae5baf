// face_stream_test.cpp: faces in order at the places that were asked for, and an end to a segment at any
// time.
#include "pipeline/speaking/face_stream.hpp"

#include <gtest/gtest.h>

#include "pipeline/speaking/engine_impl.hpp"
#include "support/allocations.hpp"
#include "support/gate.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

using namespace std::chrono_literals;

class FaceStreamTest : public ::testing::Test {
 protected:
  Engine engine_ = [] {
    EngineOptions options;
    options.threads = 1;
    options.keep_image_parts_on_disk = false;
    return *Engine::create(options);
  }();
  std::shared_ptr<const Avatar> avatar_ = *Avatar::open(engine_, test::golden_avatar());
  const std::vector<float> speech_ = test::golden_speech();  // 36 frames

  WorkerPool& pool() { return *engine_.impl()->pool; }
  std::unique_ptr<FaceStream> stream(std::int64_t first_frame = 0) {
    FaceStream::Options options{avatar_->impl().speaker->template_loop(0)};
    options.first_frame = first_frame;
    options.batch = 1;
    options.least_step = 40;  // as live: the sound counts to the 2.5 ms
    auto made = FaceStream::create(pool(), *avatar_->impl().speaker, options);
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }
  // Index and place of each face to come.
  static std::vector<std::pair<std::int64_t, std::int64_t>> all_faces(FaceStream& stream) {
    std::vector<std::pair<std::int64_t, std::int64_t>> faces;
    FinishedFace face;
    while (*stream.pull(face, -1ms, false) == Pulled::kFrame) faces.emplace_back(face.index, face.place);
    return faces;
  }
};

TEST_F(FaceStreamTest, GivesEveryFaceOnceInOrder) {
  const auto from = stream(30);
  ASSERT_TRUE(*from->push(speech_));
  ASSERT_TRUE(from->finish({}));
  const auto faces = all_faces(*from);
  ASSERT_EQ(faces.size(), 6u);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    EXPECT_EQ(faces[i].first, 30 + static_cast<std::int64_t>(i));
    EXPECT_EQ(faces[i].second, faces[i].first);
  }
  EXPECT_EQ(from->frames_all(), 36);
}

TEST_F(FaceStreamTest, TakesATailHoweverFullItIs) {
  const auto whole = stream(), cut = stream();
  ASSERT_TRUE(*whole->push(speech_));
  ASSERT_TRUE(whole->finish({}));
  ASSERT_TRUE(cut->finish(speech_));
  EXPECT_EQ(all_faces(*cut), all_faces(*whole));
}

TEST_F(FaceStreamTest, BeginsAnotherSegmentWhereItIsToldTo) {
  const auto twice = stream();
  ASSERT_TRUE(*twice->push(speech_));
  FinishedFace face;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(*twice->pull(face, -1ms, false), Pulled::kFrame);
  twice->abandon();
  EXPECT_EQ(*twice->pull(face, -1ms, false), Pulled::kAgain);
  ASSERT_TRUE(twice->wait_at_rest(-1ms));
  ASSERT_TRUE(twice->restart(100));
  ASSERT_TRUE(twice->finish(speech_));
  const auto faces = all_faces(*twice);
  ASSERT_EQ(faces.size(), 36u);  // nothing of the first segment is left
  EXPECT_EQ(faces.front(), (std::pair<std::int64_t, std::int64_t>{0, 100}));
  EXPECT_EQ(faces.back(), (std::pair<std::int64_t, std::int64_t>{35, 135}));
}

TEST_F(FaceStreamTest, SaysThatAFaceHasItsPlaceOnceItIsBeingMade) {
  const auto from = stream();
  EXPECT_TRUE(from->place_next(7));
  ASSERT_TRUE(*from->push(std::span(speech_).first(7300)));  // enough for the first face alone
  FinishedFace face;
  ASSERT_EQ(*from->pull(face, -1ms, true), Pulled::kFrame);
  EXPECT_EQ(face.place, 7);
  while (*from->pull(face, -1ms, true) == Pulled::kFrame) continue;
  EXPECT_TRUE(from->place_next(70));  // it is hungry: nothing is under way
  ASSERT_TRUE(*from->push(std::span(speech_).subspan(7300)));
  {
    std::unique_lock lock(pool().mutex());
    // The worker claims the face sooner or later; whoever comes first, then it has its place.
    pool().changed().wait(lock, [&] { return from->slack() > 0; });
  }
  EXPECT_FALSE(from->place_next(90));
  ASSERT_EQ(*from->pull(face, -1ms, true), Pulled::kFrame);
  EXPECT_EQ(face.place, 70);
}

// Two pieces that cannot be: one while the other is out.
TEST_F(FaceStreamTest, RestartsOnlyWhereNothingIsUnderWay) {
  test::Gate gate(pool(), 1);  // the only worker; this thread does its work
  const auto from = stream();
  ASSERT_TRUE(*from->push(speech_));
  Piece piece;
  {
    const std::lock_guard lock(pool().mutex());
    ASSERT_TRUE(from->claim(0, piece));
  }
  EXPECT_FALSE(from->restart(5));
  EXPECT_FALSE(from->wait_at_rest(0ms));
  from->run(0, piece);
  {
    const std::lock_guard lock(pool().mutex());
    from->complete(0, piece);
    ASSERT_FALSE(from->claim(0, piece));  // restart() abandoned what was under way
  }
  EXPECT_TRUE(from->wait_at_rest(0ms));
  EXPECT_TRUE(from->restart(5));
}

TEST_F(FaceStreamTest, WaitsAsLongAsAClockCanSay) {
  const auto from = stream();
  ASSERT_TRUE(from->finish(speech_));
  FinishedFace face;
  EXPECT_EQ(*from->pull(face, std::chrono::milliseconds::max(), true), Pulled::kFrame);
}

// Wherever in a piece memory ends, in the words about it too: the consumer is told, and the program lives.
TEST_F(FaceStreamTest, SurvivesTheEndOfMemoryInAnyPiece) {
  test::Gate gate(pool(), 1);
  bool ended = true;
  int errors = 0;
  for (long after = 0; ended; ++after) {
    SCOPED_TRACE(after);
    ASSERT_LT(after, 100'000);
    const auto fresh = *Avatar::open(engine_, test::golden_avatar());  // nothing is decoded or made yet
    FaceStream::Options options{fresh->impl().speaker->template_loop(0)};
    options.batch = 1;
    const auto from = *FaceStream::create(pool(), *fresh->impl().speaker, options);
    ASSERT_TRUE(from->finish(speech_));
    ended = false;
    for (int pieces = 0; pieces < 40; ++pieces) {
      Piece piece;
      {
        const std::lock_guard lock(pool().mutex());
        if (!from->claim(0, piece)) break;
      }
      const bool face = piece.kind == 1;
      {
        test::MemoryEnds end(face ? after : -1);
        from->run(0, piece);
        ended = end.reached();
      }
      const std::lock_guard lock(pool().mutex());
      from->complete(0, piece);
      if (face) break;
    }
    FinishedFace face;
    const auto pulled = from->pull(face, 0ms, false);
    EXPECT_EQ(pulled.ok(), !ended);
    if (!pulled) {
      EXPECT_EQ(pulled.error().code, ErrorCode::kInternal) << pulled.error().message();
      ++errors;
    }
    if (after >= 200) after += after / 4;  // OpenCV and libjpeg ask often
  }
  EXPECT_GT(errors, 10);
}

}  // namespace
}  // namespace framegen
