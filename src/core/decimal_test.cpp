// decimal_test.cpp: both bodies read the same numbers in the same texts, in any locale.
#include "core/decimal.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>

namespace framegen {
namespace {

void expect_same(const std::string& text) {
  SCOPED_TRACE('"' + text + '"');
  const Decimal expected = read_decimal(text), actual = portable::read_decimal(text);
  ASSERT_EQ(actual.ok, expected.ok);
  if (!expected.ok) return;
  EXPECT_EQ(actual.end - text.data(), expected.end - text.data());
  if (std::isnan(expected.value))
    EXPECT_TRUE(std::isnan(actual.value));
  else
    EXPECT_EQ(std::bit_cast<std::uint64_t>(actual.value), std::bit_cast<std::uint64_t>(expected.value));
}

TEST(Decimal, ReadsWhatIsThere) {
  const std::string text = "-214.75e1,3";
  const Decimal number = read_decimal(text);
  ASSERT_TRUE(number.ok);
  EXPECT_EQ(number.value, -2147.5);
  EXPECT_EQ(*number.end, ',');
  for (const char* none : {"", "-", "+1", " 1", ".", "-.", "e5", "x", "1e999", "-1e999", "1e-999"})
    EXPECT_FALSE(read_decimal(none).ok) << none;
}

TEST(Decimal, BothBodiesAgreeOnOddTexts) {
  for (const char* text : {"0",
                           "-0",
                           "1.",
                           ".5",
                           "-.5",
                           "1e5",
                           "1e",
                           "1e+",
                           "1e-7x",
                           "1E+3",
                           "1..2",
                           "1.2.3",
                           "0x10",
                           "inf",
                           "-INF",
                           "infinityx",
                           "infinit",
                           "nan",
                           "-NaN",
                           "--1",
                           "-+1",
                           "1,5",
                           "1 2",
                           "00012",
                           "5e-324",
                           "2.2e-308",
                           "1.8e308",
                           "1e308",
                           "4.9e-325",
                           "9007199254740993",
                           "0.1000000000000000055511151231257827",
                           "214.99999999",
                           "1e22",
                           "1e23",
                           "n",
                           "i",
                           "-"})
    expect_same(text);
}

TEST(Decimal, BothBodiesAgreeOnRandomTexts) {
  std::mt19937 random(1);
  const std::string letters = "0123456789.-+eE, xinfa";
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 12, '0');
    for (char& c : text) c = letters[random() % (i % 2 == 0 ? 11 : letters.size())];
    expect_same(text);
    if (HasFailure()) return;
  }
}

TEST(Decimal, ALanguageThatWritesCommasChangesNothing) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  bool found = false;
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8"})
    if (!found) found = std::setlocale(LC_NUMERIC, name) != nullptr;
  expect_same("1.5");
  EXPECT_EQ(portable::read_decimal("1.5").value, 1.5);
  std::setlocale(LC_NUMERIC, before.c_str());
  if (!found) GTEST_SKIP() << "no such locale is installed: seen in the usual one alone";
}

}  // namespace
}  // namespace framegen
