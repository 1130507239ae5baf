// read_ahead_test.cpp: numbers are read in their order, and nobody waits for a slow disk.
#include "generator/read_ahead.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace framegen {
namespace {

TEST(ReadAhead, ReadsInTheOrderOfAsking) {
  std::vector<int> read;
  std::promise<void> all;
  {
    ReadAhead ahead([&](int number) {
      read.push_back(number);
      if (number == 9) all.set_value();
    });
    for (int i = 0; i < 10; ++i) ahead.ask(i);
    all.get_future().wait();
  }
  EXPECT_EQ(read, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(ReadAhead, DropsWhatWouldComeTooLateAndStopsWithoutReadingTheRest) {
  std::promise<void> begun, go;
  int reads = 0;
  {
    ReadAhead ahead([&](int) {
      if (reads++ == 0) begun.set_value(), go.get_future().wait();
    });
    ahead.ask(0);
    begun.get_future().wait();
    for (int i = 1; i < 1000; ++i) ahead.ask(i);  // returns, though nothing is read
    go.set_value();
  }
  EXPECT_LE(reads, 65);
}

TEST(ReadAhead, StartsNoThreadWhereNothingIsAsked) {
  const ReadAhead ahead([](int) { FAIL(); });
}

}  // namespace
}  // namespace framegen
