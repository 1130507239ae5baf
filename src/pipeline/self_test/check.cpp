// check.cpp: what all checks have in common.
#include "pipeline/self_test/check.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <utility>

namespace framegen {

SelfCheck timed_check(std::string name, std::string remedy, const std::function<void(SelfCheck&)>& judge) {
  const auto start = std::chrono::steady_clock::now();
  SelfCheck result{std::move(name), false, {}, std::move(remedy), 0};
  try {
    judge(result);
  } catch (const std::exception& e) {
    result.seen = e.what();
  }
  result.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return result;
}

SelfCheck compared_check(std::string name, std::string remedy, const std::function<Result<Seen>()>& compare) {
  return timed_check(std::move(name), std::move(remedy), [&](SelfCheck& result) {
    const auto seen = compare();
    if (!seen) {
      result.seen = seen.error().message();
      return;
    }
    result.passed = seen->difference <= seen->allowed;  // false for NaN
    result.seen = fmt::format("largest difference {:.2g}, allowed {:.2g}", seen->difference, seen->allowed);
  });
}

}  // namespace framegen
