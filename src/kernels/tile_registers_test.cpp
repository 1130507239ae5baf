// tile_registers_test.cpp: products of tiles against plain loops, in every form that they come in.
#include "kernels/tile_registers.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

constexpr std::size_t kMost = 2 * kTileEdge;

float of_brief(std::uint32_t word, bool upper) {
  return std::bit_cast<float>(upper ? word & 0xFFFF0000U : word << 16);
}

double product_of_words(float a, float b, bool bytes) {
  const auto pixel = std::bit_cast<std::uint32_t>(a), weight = std::bit_cast<std::uint32_t>(b);
  double sum = 0;
  for (int i = 0; bytes && i < 4; ++i)
    sum +=
        static_cast<double>(pixel >> (8 * i) & 0xFFU) * static_cast<std::int8_t>(weight >> (8 * i) & 0xFFU);
  for (const bool upper : {false, true})
    if (!bytes) sum += static_cast<double>(of_brief(pixel, upper)) * of_brief(weight, upper);
  return sum;
}

// Words of any bytes, or of two bfloat16 between −1 and 1.
AlignedBuffer<float> random_words(std::size_t count, bool bytes, std::uint64_t seed) {
  AlignedBuffer<float> words(count);
  const auto any = test::random_bytes(4 * count, seed);
  const auto values = test::random_floats(2 * count, -1, 1, seed);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) word |= static_cast<std::uint32_t>(any[4 * i + k]) << (8 * k);
    const std::uint32_t low = std::bit_cast<std::uint32_t>(values[2 * i]) >> 16;
    const std::uint32_t high = std::bit_cast<std::uint32_t>(values[2 * i + 1]) & 0xFFFF0000U;
    words[i] = std::bit_cast<float>(bytes ? word : low | high);
  }
  return words;
}

void expect_product(bool bytes, std::size_t vectors, std::size_t blocks, std::size_t rows) {
  SCOPED_TRACE(::testing::Message() << (bytes ? "bytes " : "bfloat16 ") << vectors << " vectors, " << blocks
                                    << " blocks, " << rows << " rows");
  const std::size_t a_block = (rows + kTileEdge) * kTileEdge,
                    width = vectors * kTileEdge;  // rows behind the last are read
  const AlignedBuffer<float> a = random_words(blocks * a_block + kTileEdge * kTileEdge, bytes, 1 + rows);
  const AlignedBuffer<float> b = random_words(blocks * kTileEdge * width, bytes, 2 + blocks);
  AlignedBuffer<float> sums(kMost * kMost);
  {
    const TileRegisters registers(true);
    multiply_tiles({bytes, a.data(), a_block, b.data(), vectors, blocks, rows}, sums.data());
  }
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t channel = 0; channel < width; ++channel) {
      double sum = 0;
      for (std::size_t k = 0; k < blocks * kTileEdge; ++k)
        sum += product_of_words(a[k / kTileEdge * a_block + row * kTileEdge + k % kTileEdge],
                                b[k * width + channel], bytes);
      const float found = sums[row * kMost + channel];
      if (bytes)
        ASSERT_EQ(std::bit_cast<std::int32_t>(found), static_cast<std::int32_t>(sum))
            << row << ", " << channel;
      else
        ASSERT_NEAR(found, sum, 1e-5 * static_cast<double>(blocks * kTileEdge)) << row << ", " << channel;
    }
  }
}

TEST(TileRegisters, MultiplyAsPlainLoopsDo) {
  if (!tile_registers_there()) GTEST_SKIP() << "this machine has none";
  for (const bool bytes : {true, false})
    for (const std::size_t vectors : {1U, 2U})
      for (const std::size_t blocks : {1U, 2U, 5U})
        for (const std::size_t rows : {1U, 15U, 16U, 17U, 32U}) expect_product(bytes, vectors, blocks, rows);
}

TEST(TileRegisters, AreHeldOnlyWhereTheyAreWantedAndThere) {
  EXPECT_FALSE(TileRegisters(false).held());
  EXPECT_EQ(TileRegisters(true).held(), tile_registers_there());
}

}  // namespace
}  // namespace framegen
