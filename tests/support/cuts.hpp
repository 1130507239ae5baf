// cuts.hpp: the same samples, cut in many ways: whatever is pushed in pieces must give the same bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace framegen::test {

struct Cut {
  std::string name;
  std::function<std::size_t()> next_piece;  // samples in the next piece, ≥ 1
};

// Pieces of 1, 160, 641, random sizes, and all at once.
inline std::vector<Cut> cuts() {
  std::vector<Cut> all;
  for (const std::size_t size : {std::size_t{1}, std::size_t{160}, std::size_t{641}, std::size_t{1} << 40})
    all.push_back({"pieces of " + std::to_string(size), [size] { return size; }});
  for (const unsigned seed : {1U, 2U, 3U})
    all.push_back({"random pieces, seed " + std::to_string(seed),
                   [engine = std::mt19937_64(seed)]() mutable { return 1 + engine() % 3000; }});
  return all;
}

// Calls `use` with one piece after the other.
inline void for_each_piece(std::span<const float> samples, Cut cut,
                           const std::function<void(std::span<const float>)>& use) {
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(samples.size(), cut.next_piece()));
    use(piece);
    samples = samples.subspan(piece.size());
  }
}

}  // namespace framegen::test
