// fuzz_bytes.hpp: a fuzzer's bytes read as decisions; where they end, every decision is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace framegen::fuzz {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  // 0 … below − 1; below ≤ 65536.
  int number(int below) {
    const int value = below <= 256 ? byte() : byte() << 8 | byte();
    return value % below;
  }
  bool flag() { return (byte() & 1) != 0; }

 private:
  std::span<const std::uint8_t> rest_;
};

// What must hold: libFuzzer keeps the input where it does not.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace framegen::fuzz
