// check.hpp: how every check of the self-test is run, and what it may have seen (inside
// src/pipeline/self_test only).
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "pipeline/self_test/self_test.hpp"

namespace framegen {

// What a check saw, against what it may see.
struct Seen {
  double difference = 0;
  double allowed = 0;
};

// Judges and fills in `passed` and `seen`; the time is taken, and an exception is what was seen.
SelfCheck timed_check(std::string name, std::string remedy, const std::function<void(SelfCheck&)>& judge);
// One that compares: an error is what was seen.
SelfCheck compared_check(std::string name, std::string remedy, const std::function<Result<Seen>()>& compare);

// Every `stride`-th of `actual` against all of `expected`.
template <class T>
Result<Seen> compare(std::span<const T> actual, std::span<const T> expected, double allowed,
                     std::size_t stride = 1) {
  if ((actual.size() + stride - 1) / stride != expected.size())
    return Error{
        ErrorCode::kInternal, "",
        std::to_string(actual.size() / stride) + " values, expected " + std::to_string(expected.size()), ""};
  Seen seen{0, allowed};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference =
        std::abs(static_cast<double>(actual[i * stride]) - static_cast<double>(expected[i]));
    if (!(difference <= seen.difference)) seen.difference = difference;  // a NaN stays
    if (std::isnan(difference)) break;
  }
  return seen;
}

}  // namespace framegen
