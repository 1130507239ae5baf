// pickle_test.cpp: pickles written by hand, opcode by opcode: what is read, what is refused and where.
#include "nn/checkpoint/pickle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framegen::checkpoint {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

Bytes bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string refusal(const std::string& text) {
  const auto pickle = read_pickle(bytes(text), "p");
  if (pickle) return "";
  EXPECT_EQ(pickle.error().code, ErrorCode::kBadInput);
  return pickle.error().message();
}

std::string little(std::uint64_t value, int width) {
  std::string text;
  for (int i = 0; i < width; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}
std::string text(const std::string& t) { return "X" + little(t.size(), 4) + t; }
std::string integer(std::int64_t value) { return "\x8a\x08" + little(static_cast<std::uint64_t>(value), 8); }
std::string tuple(const std::vector<std::int64_t>& numbers) {
  std::string all = "(";
  for (const auto n : numbers) all += integer(n);
  return all + "t";
}
// A float tensor of a storage with so many elements.
std::string tensor(std::int64_t elements, std::int64_t offset, const std::vector<std::int64_t>& shape,
                   const std::vector<std::int64_t>& stride) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
         text("cpu") + integer(elements) + "tQ" + integer(offset) + tuple(shape) + tuple(stride) + "\x89}tR.";
}

TEST(Pickle, NumbersKeepTheirSign) {
  for (const auto& [raw, value] :
       std::vector<std::pair<std::string, std::int64_t>>{{"K\xff", 255},
                                                         {"M\xff\xff", 65535},
                                                         {"J\xff\xff\xff\xff", -1},
                                                         {"\x8a\x01\xff", -1},
                                                         {"\x8a\x02\xff\x00"s, 255},
                                                         {"\x8a\x00"s, 0}}) {
    const auto pickle = read_pickle(bytes("\x80\x02" + raw + "."), "p");
    ASSERT_TRUE(pickle) << pickle.error().message();
    EXPECT_EQ((*pickle)[pickle->root].integer, value);
  }
}

TEST(Pickle, ADictIsFoundByItsKeysInBothForms) {
  for (const std::string& dict : {"}" + text("a") + "K\x07s.", "}(" + text("a") + "K\x07u.",
                                  "ccollections\nOrderedDict\n]](" + text("a") + "K\x07"s + "ea\x85R."}) {
    const std::string whole = "\x80\x02" + dict;
    const auto pickle = read_pickle(bytes(whole), "p");
    ASSERT_TRUE(pickle) << pickle.error().message();
    const PickleValue* found = pickle->find((*pickle)[pickle->root], "a");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->integer, 7);
  }
}

TEST(Pickle, ATensorMustLieInItsStorage) {
  EXPECT_EQ(refusal(tensor(12, 0, {3, 4}, {4, 1})), "");
  EXPECT_EQ(refusal(tensor(12, 6, {2, 3}, {3, 1})), "");
  for (const std::string& bad :
       {tensor(11, 0, {3, 4}, {4, 1}), tensor(12, 1, {3, 4}, {4, 1}), tensor(12, 0, {3, 4}, {5, 1}),
        tensor(1, 0, {1 << 20}, {0}), tensor(std::int64_t{1} << 50, 0, {1 << 30, 1 << 30}, {1, 1})})
    EXPECT_THAT(refusal(bad), HasSubstr("does not fit into its storage"));
}

TEST(Pickle, ImpossibleSizesAreRefusedBeforeAnythingIsAllocated) {
  const std::int64_t huge = std::int64_t{1} << 62;
  for (const std::string& bad :
       {tensor(12, -1, {1}, {1}), tensor(12, 0, {-1}, {1}), tensor(12, 0, {huge}, {huge}),
        tensor(12, 0, {1, 1}, {1}), tensor(12, 0, {1}, {-1}),
        tensor(12, 0, std::vector<std::int64_t>(9, 1), std::vector<std::int64_t>(9, 1)),
        tensor(12, huge, {1}, {1})})
    EXPECT_THAT(refusal(bad), HasSubstr("impossible offset, size or stride"));
  EXPECT_THAT(refusal(tensor(huge, 0, {1}, {1})), HasSubstr("no known type, key or size"));
  EXPECT_THAT(refusal("X\xff\xff\xff\x7f"
                      "abc."),
              HasSubstr("ends too early"));
}

TEST(Pickle, EveryCallableThatIsNotListedIsRefused) {
  EXPECT_THAT(refusal("cos\nsystem\n."),
              HasSubstr("p, byte 0: names the callable 'os.system', which is refused"));
  EXPECT_THAT(refusal("cbuiltins\neval\n."), HasSubstr("'builtins.eval'"));
  EXPECT_THAT(refusal("ccollections\nOrderedDict.__init__\n."), HasSubstr("refused"));
  EXPECT_THAT(refusal("\x80\x04" + text("os") + text("system") + "\x93."), HasSubstr("'os.system'"));
  EXPECT_THAT(refusal("ca\x01\xff\x1b[31m\nb\n."), HasSubstr("'a???[31m.b'"))
      << "no control characters on a terminal";
}

TEST(Pickle, OpcodesThatMakeObjectsAreRefusedByNumber) {
  for (const char op : {'i', 'o', 'P', 'I', 'F', 'S', 'V', '\x81', '\x82', '\x92'})
    EXPECT_THAT(refusal("N"s + op + "\n."), HasSubstr("p, byte 1: pickle opcode 0x"));
  EXPECT_THAT(refusal("\x80\x05N."), HasSubstr("pickle protocol 5"));
}

TEST(Pickle, AValueMayContainItself) {
  EXPECT_EQ(refusal("]q\x00h\x00"s + "a."), "");
  EXPECT_EQ(refusal("}q\x00"s + text("model") + "h\x00s."s), "");
}

TEST(Pickle, LimitsStopWhatOnlyGrows) {
  EXPECT_THAT(refusal(std::string(5000, '(')), HasSubstr("nested deeper"));
  EXPECT_THAT(refusal(std::string((1 << 20) + 1, 'N')), HasSubstr("more values"));
  std::string twins = "]q\x00"s;  // every pair of bytes doubles nothing, but makes the list longer
  for (int i = 0; i < 600000; ++i) twins += "h\x00"s;
  std::string list = "](";
  for (int i = 0; i < 1000; ++i) list += "N";
  list += "eq\x01";  // a list of a thousand, copied again and again
  std::string copies;
  for (int i = 0; i < 5000; ++i) copies += "ctorch\nSize\nh\x01\x85R0";
  EXPECT_THAT(refusal(list + copies), HasSubstr("collections grow"));
  EXPECT_THAT(refusal(twins + twins + "."), HasSubstr("stack grows"));
  EXPECT_THAT(refusal("Nr\xff\xff\xff\xff."), HasSubstr("remembers more values"));
}

TEST(Pickle, WhatIsTakenMustBeThere) {
  for (const std::string& bad : {"."s, "0."s, "R."s, "s."s, "u."s, "t."s, "\x85."s, "q\x01."s, "Q."s, "b."s,
                                 "(N0R."s, "(a."s, "\x93."s}) {
    SCOPED_TRACE(bad);
    EXPECT_NE(refusal(bad), "");
  }
  EXPECT_THAT(refusal("h\x05."), HasSubstr("never remembered"));
  EXPECT_THAT(refusal("NNR."), HasSubstr("no callable"));
  EXPECT_THAT(refusal("NNa."), HasSubstr("no list or dict"));
  EXPECT_THAT(refusal("ctorch\nFloatStorage\n)R."), HasSubstr("in a way that no checkpoint does"));
  EXPECT_THAT(refusal("NQ."), HasSubstr("outside that is no storage"));
}

}  // namespace
}  // namespace framegen::checkpoint
