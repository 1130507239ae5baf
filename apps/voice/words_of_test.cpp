#include "words_of.hpp"

#include <gmock/gmock.h>

namespace framegen::voice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WordsOf, BlanksPartThem) {
  EXPECT_THAT(*words_of("  piper\t--model  m.onnx "), ElementsAre("piper", "--model", "m.onnx"));
}

TEST(WordsOf, QuotationMarksHoldThemTogether) {
  EXPECT_THAT(*words_of(R"(say 'a b' "c 'd'" e" "f '')"), ElementsAre("say", "a b", "c 'd'", "e f", ""));
}

TEST(WordsOf, ABackslashTakesTheNextAsItIs) {
  EXPECT_THAT(*words_of(R"(a\ b "c\"d\e" 'f\')"), ElementsAre("a b", R"(c"d\e)", R"(f\)"));
}

TEST(WordsOf, NothingElseMeansAnything) {
  EXPECT_THAT(*words_of("a $HOME `id` > b | c; *"),
              ElementsAre("a", "$HOME", "`id`", ">", "b", "|", "c;", "*"));
}

TEST(WordsOf, RefusesWhatHasNoEndAndNoWord) {
  EXPECT_THAT(words_of("say 'a").error().message(), HasSubstr("' is not closed"));
  EXPECT_EQ(words_of("  ").error().code, ErrorCode::kBadUse);
  EXPECT_EQ(words_of("'' a").error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen::voice
