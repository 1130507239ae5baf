// inverted_residual.cpp: the fused block, a ring of three expanded rows at a time (docs/reference.md §6).
#include "kernels/network/inverted_residual.hpp"

#include <algorithm>

#include "kernels/network/inverted_residual_plan.hpp"
#include "kernels/tile_registers.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/inverted_residual.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "kernels/network/depthwise_tile-inl.hpp"
#include "kernels/network/matrix_tile-inl.hpp"
#include "kernels/network/upsample_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

struct Span {
  std::size_t begin, end;
  std::size_t size() const { return end - begin; }
};

// One call. Columns and rows of the expanded tensor are counted with the padding: column 0 is the zero left
// of the image, column 1 its first pixel.
class Block {
 public:
  Block(const PackedInvertedResidual& packed, const InvertedResidualInput& in, float* out, float* scratch)
      : packed_(packed),
        in_(in),
        plan_(plan_inverted_residual(packed, in)),
        out_(out),
        scratch_(scratch),
        stride_(packed.shape.stride),
        out_width_(inverted_residual_out(in.width, stride_)) {
    if (in.upsample) upsample_fractions(in.width / 2, scratch + plan_.fractions);
  }

  void run(RowRange rows) {
    for (std::size_t x = 0; x < out_width_; x += plan_.strip) {
      strip_ = {x, std::min(x + plan_.strip, out_width_)};
      if (!plan_.channels_outside) {
        run_rows(rows, {0, plan_.blocks});
        continue;
      }
      if (plan_.gathered_once) gather_all(rows);
      for (std::size_t b = 0; b < plan_.blocks; b += plan_.chunk_blocks)
        run_rows(rows, {b, std::min(b + plan_.chunk_blocks, plan_.blocks)});
    }
  }

 private:
  void run_rows(RowRange rows, Span blocks) {
    ring_begin_ = blocks.begin;
    low_rows_.fill(kNoRow);
    for (std::size_t y = rows.begin; y < rows.end; ++y) {
      const std::size_t fresh = y == rows.begin ? 3 : stride_;  // rows that the ring does not hold yet
      const Span expanded{y * stride_ + 3 - fresh, y * stride_ + 3};
      for (std::size_t row = expanded.begin; row < expanded.end; ++row) make_low_rows(row, blocks);
      for (std::size_t x = strip_.begin; x < strip_.end; x += plan_.tile) {
        const Span tile{x, std::min(x + plan_.tile, strip_.end)};
        const Span columns{x == strip_.begin ? x * stride_ : (x - 1) * stride_ + 3,
                           (tile.end - 1) * stride_ + 3};
        if (!plan_.gathered_once) gather(expanded, columns);
        for (std::size_t b = blocks.begin; b < blocks.end; b += plan_.chunk_blocks) {
          const Span chunk{b, std::min(b + plan_.chunk_blocks, blocks.end)};
          for (std::size_t p = chunk.begin; p < chunk.end; p += kPanelVectors) {
            const Span panel{p, std::min(p + kPanelVectors, chunk.end)};
            for (std::size_t row = expanded.begin; row < expanded.end; ++row)
              expand(row, row - expanded.begin, columns, panel);
            filter(y, tile, panel, chunk.begin, ahead(expanded.end - 1, columns));
          }
          project(y, tile, chunk);
        }
      }
    }
  }

  float* ring(std::size_t row, std::size_t block, std::size_t column) const {
    return scratch_ + plan_.ring +
           ((row % 3 * plan_.ring_blocks + block - ring_begin_) * plan_.ring_width + column -
            strip_.begin * stride_) *
               kLanes;
  }
  float* low(std::size_t row, std::size_t block) const {
    return scratch_ + plan_.low +
           (row % 3 * plan_.ring_blocks + block - ring_begin_) * plan_.low_width * kLanes;
  }
  // The panel's weights begin at the same place whatever its width.
  static std::size_t panel_vectors(std::size_t block, std::size_t end) {
    return std::min(kPanelVectors, end - block);
  }
  // The part of `columns` that lies in the image.
  Span inside(Span columns) const {
    return {std::max<std::size_t>(columns.begin, 1), std::min(columns.end, in_.width + 1)};
  }
  std::size_t expand_words() const { return packed_.expand_form.words(packed_.shape.source_channels); }
  std::size_t gathered_width() const { return plan_.tile * stride_ + 2; }

  // Pixels as a product's left-hand side: blocks of channels, and how far apart these are.
  struct Gathered {
    float* pixels;
    std::size_t block;
  };
  // Those of an expanded row from the image's column `first` on: the tile's, or the image's where all of it
  // is gathered before the first chunk of channels.
  Gathered gathered(float* all, std::size_t blocks, std::size_t row, std::size_t fresh) const {
    if (!plan_.gathered_once)
      return {all + fresh * gathered_width() * blocks * kLanes, gathered_width() * kLanes};
    return {all + (row - 1) * in_.width * blocks * kLanes, in_.width * kLanes};
  }
  Gathered source_pixels(std::size_t row, std::size_t fresh) const {
    return gathered(scratch_ + plan_.gathered, plan_.source_blocks, row, fresh);
  }
  Gathered skip_pixels(std::size_t row, std::size_t fresh) const {
    return gathered(scratch_ + plan_.skip, plan_.skip_blocks, row, fresh);
  }
  std::size_t column_offset(Span image) const { return plan_.gathered_once ? (image.begin - 1) * kLanes : 0; }

  void gather(Span rows, Span columns) {
    const std::size_t channels = packed_.shape.source_channels;
    const Span image = inside(columns);
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      if (row < 1 || row > in_.height) continue;
      const std::size_t pixel = (row - 1) * in_.width + image.begin - 1;
      if (channels != 0 && !in_.upsample)
        gather_source(in_.source + pixel * channels, image.size(), source_pixels(row, row - rows.begin));
      if (plan_.skip_blocks != 0) gather_skip(pixel, image.size(), skip_pixels(row, row - rows.begin));
    }
  }

  // All that output rows `rows` need: else each chunk of channels would gather it anew.
  void gather_all(RowRange rows) {
    gather({rows.begin * stride_, (rows.end - 1) * stride_ + 3}, {0, in_.width + 2});
    if (plan_.low_width == 0) return;
    const std::size_t width = in_.width / 2, channels = packed_.shape.source_channels;
    const std::size_t last = std::min(rows.end * stride_, in_.height - 1);  // of the image
    const std::size_t end = std::min(upsample_source(last) + 2, in_.height / 2);
    for (std::size_t y = upsample_source(std::max<std::size_t>(rows.begin * stride_, 1) - 1); y < end; ++y)
      gather_source(in_.source + y * width * channels, width, low_pixels(y));
  }
  Gathered low_pixels(std::size_t y) const {
    float* const all = scratch_ + plan_.gathered;
    if (!plan_.gathered_once) return {all, plan_.low_width * kLanes};
    return {all + y * in_.width / 2 * plan_.source_blocks * kLanes, in_.width / 2 * kLanes};
  }

  // Pixels of the skip as its product's left-hand side.
  void gather_skip(std::size_t pixel, std::size_t pixels, Gathered to) {
    const std::size_t channels = packed_.shape.skip_channels;
    const float* x = in_.skip + pixel * channels;
    if (packed_.precision.expand != ProductPrecision::kInt8)
      return gather_rows(x, channels, channels, pixels, to.pixels, to.block, packed_.precision.expand);
    gather_bytes(x, channels, channels, pixels, to.pixels, to.block, packed_.skip_source.inverse.data(),
                 packed_.skip_source.zero);
  }

  // Pixels of the source as the expand's left-hand side.
  void gather_source(const float* x, std::size_t pixels, Gathered to) {
    const std::size_t channels = packed_.shape.source_channels;
    if (packed_.precision.expand != ProductPrecision::kInt8)
      return gather_rows(x, channels, channels, pixels, to.pixels, to.block, packed_.precision.expand);
    gather_bytes(x, channels, channels, pixels, to.pixels, to.block, packed_.source.inverse.data(),
                 packed_.source.zero);
  }
  const float* expand_factors(std::size_t block) const {
    return packed_.expand_factors.empty() ? nullptr : packed_.expand_factors.data() + block * kLanes;
  }

  // Below the upsampling: the two source rows that expanded row `row` needs, for the columns of the strip.
  void make_low_rows(std::size_t row, Span blocks) {
    if (plan_.low_width == 0 || row < 1 || row > in_.height) return;
    const std::size_t height = in_.height / 2, width = in_.width / 2,
                      channels = packed_.shape.source_channels;
    const Span image = inside({strip_.begin * stride_, (strip_.end - 1) * stride_ + 3});
    low_begin_ = upsample_source(image.begin - 1);
    const std::size_t end = std::min(upsample_source(image.end - 2) + 2, width);
    const std::size_t first = upsample_source(row - 1);
    for (std::size_t y = first; y < std::min(first + 2, height); ++y) {
      if (low_rows_[y % 3] == y) continue;
      low_rows_[y % 3] = y;
      Gathered from = low_pixels(y);
      if (plan_.gathered_once)
        from.pixels += low_begin_ * kLanes;
      else
        gather_source(in_.source + (y * width + low_begin_) * channels, end - low_begin_, from);
      for (std::size_t b = blocks.begin; b < blocks.end; b += kPanelVectors) {
        MatrixTile t{.precision = packed_.precision.expand,
                     .tile_registers = packed_.expand_form.tile_registers,
                     .a = from.pixels,
                     .a_block = from.block,
                     .k = expand_words(),
                     .b = packed_.expand.data() + b * kLanes * expand_words(),
                     .factors = expand_factors(b),
                     .bias = packed_.expand_bias.data() + b * kLanes,
                     .c = low(y, b),
                     .c_pitch = kLanes,
                     .c_block = plan_.low_width * kLanes};
        matrix_panel(t, panel_vectors(b, plan_.blocks), end - low_begin_);
      }
    }
  }

  void expand(std::size_t row, std::size_t fresh, Span columns, Span chunk) {
    const Span image = inside(columns);
    for (std::size_t b = chunk.begin; b < chunk.end; ++b) {
      if (row < 1 || row > in_.height) {
        std::memset(ring(row, b, columns.begin), 0, columns.size() * kLanes * sizeof(float));
      } else {
        if (columns.begin == 0) std::memset(ring(row, b, 0), 0, kLanes * sizeof(float));
        if (columns.end == in_.width + 2) std::memset(ring(row, b, in_.width + 1), 0, kLanes * sizeof(float));
      }
    }
    if (row < 1 || row > in_.height || image.begin >= image.end) return;
    if (plan_.skip_blocks != 0)
      for (std::size_t b = chunk.begin; b < chunk.end; b += kPanelVectors) skip_panel(row, fresh, image, b);
    if (plan_.blended_width != 0) return;  // both are in
    if (in_.upsample || packed_.shape.source_channels == 0) {
      for (std::size_t b = chunk.begin; b < chunk.end; ++b) expand_without_product(row, image, b);
      return;
    }
    for (std::size_t b = chunk.begin; b < chunk.end; b += kPanelVectors) expand_panel(row, fresh, image, b);
  }

  AddendTile addend(std::size_t row, std::size_t column, std::size_t block) const {
    const std::size_t channels = packed_.shape.expanded, first = block * kLanes;
    // The skip's product lies where the sum will.
    if (plan_.skip_blocks != 0 && plan_.blended_width == 0)
      return {.floats = ring(row, block, column), .pitch = kLanes, .valid = channels - first};
    const std::size_t at = ((row - 1) * in_.width + column - 1) * channels + first;
    AddendTile tile{.pitch = channels, .valid = channels - first};
    if (in_.addend != nullptr) tile.floats = in_.addend + at;
    if (in_.scaled_addend.integers != nullptr) {
      tile.integers = in_.scaled_addend.integers + at;
      tile.scales = in_.scaled_addend.scales + (row - 1) * channels + first;
    }
    return tile;
  }

  void expand_panel(std::size_t row, std::size_t fresh, Span image, std::size_t block) {
    const Gathered from = source_pixels(row, fresh);
    MatrixTile t{.precision = packed_.precision.expand,
                 .tile_registers = packed_.expand_form.tile_registers,
                 .a = from.pixels + column_offset(image),
                 .a_block = from.block,
                 .k = expand_words(),
                 .b = packed_.expand.data() + block * kLanes * expand_words(),
                 .factors = expand_factors(block),
                 .bias = packed_.expand_bias.data() + block * kLanes,
                 .addend = addend(row, image.begin, block),
                 .relu = true,
                 .c = ring(row, block, image.begin),
                 .c_pitch = kLanes,
                 .c_block = plan_.ring_width * kLanes,
                 .valid = ~std::size_t{0}};
    matrix_panel(t, panel_vectors(block, plan_.blocks), image.size());
  }

  void skip_panel(std::size_t row, std::size_t fresh, Span image, std::size_t block) {
    const std::size_t words = packed_.skip_form.words(packed_.shape.skip_channels);
    const Gathered from = skip_pixels(row, fresh);
    MatrixTile t{
        .precision = packed_.precision.expand,
        .tile_registers = packed_.skip_form.tile_registers,
        .a = from.pixels + column_offset(image),
        .a_block = from.block,
        .k = words,
        .b = packed_.skip.data() + block * kLanes * words,
        .factors = packed_.skip_factors.empty() ? nullptr : packed_.skip_factors.data() + block * kLanes,
        .bias = packed_.skip_bias.data() + block * kLanes,
        .c = ring(row, block, image.begin),
        .c_pitch = kLanes,
        .c_block = plan_.ring_width * kLanes};
    if (plan_.blended_width != 0) {
      t.blended = blend(row, image, block);
      t.relu = true;
    }
    matrix_panel(t, panel_vectors(block, plan_.blocks), image.size());
  }

  // The low rows that expanded row `row` lies between, as one: the skip's product takes it along before it is
  // stored. One column more on each side, so that every pixel has two.
  BlendedRow blend(std::size_t row, Span image, std::size_t block) {
    const std::size_t height = in_.height / 2, width = in_.width / 2;
    const std::size_t y0 = upsample_source(row - 1), y1 = std::min(y0 + 1, height - 1);
    const float fraction = upsample_fraction(row - 1, height);
    const std::size_t first = image.begin / 2, last = (image.end - 1) / 2 + 1;  // counted from column −1
    const std::size_t end = std::min(block + kPanelVectors, plan_.blocks);
    float* const blended = scratch_ + plan_.blended;
    for (std::size_t b = block; b < end; ++b) {
      float* const to = blended + (b - block) * plan_.blended_width * kLanes;
      const float *top = low(y0, b), *bottom = low(y1, b);
      const auto column = [&](std::size_t i) { return std::min(i - 1, width - 1) - low_begin_; };
      std::size_t i = first;
      if (i == 0) blend_down(top, bottom, 1, fraction, to), ++i;
      const std::size_t inside = std::min(last, width) + 1;  // columns that lie one after the other
      if (i < inside)
        blend_down(top + column(i) * kLanes, bottom + column(i) * kLanes, inside - i, fraction,
                   to + (i - first) * kLanes);
      for (i = std::max(i, inside); i <= last; ++i)
        blend_down(top + column(i) * kLanes, bottom + column(i) * kLanes, 1, fraction,
                   to + (i - first) * kLanes);
    }
    return {.columns = blended,
            .block = plan_.blended_width * kLanes,
            .fractions = scratch_ + plan_.fractions + image.begin - 1,
            .second = image.begin % 2 != 0};
  }

  void expand_without_product(std::size_t row, Span image, std::size_t block) {
    const std::size_t channels = packed_.shape.expanded;
    UpsampleTile t{};
    t.addend = addend(row, image.begin, block);
    t.out = ring(row, block, image.begin);
    t.columns = image.size();
    t.first = image.begin - 1;
    t.bias = plan_.low_width != 0 ? nullptr : packed_.expand_bias.data() + block * kLanes;
    if (!in_.upsample) {
      t.top = in_.source + ((row - 1) * in_.width + image.begin - 1) * channels + block * kLanes;
      t.pitch = channels;
      return expand_columns(t, false);
    }
    const std::size_t height = in_.height / 2, width = in_.width / 2;
    const std::size_t y0 = upsample_source(row - 1), y1 = std::min(y0 + 1, height - 1),
                      x0 = upsample_source(t.first);
    t.fractions = scratch_ + plan_.fractions + t.first;
    t.fraction_y = upsample_fraction(row - 1, height);
    t.width = width;
    if (plan_.low_width != 0) {
      t.top = low(y0, block) + (x0 - low_begin_) * kLanes;
      t.bottom = low(y1, block) + (x0 - low_begin_) * kLanes;
      t.pitch = kLanes;
      t.source_valid = kLanes;
    } else {
      t.top = in_.source + (y0 * width + x0) * channels + block * kLanes;
      t.bottom = in_.source + (y1 * width + x0) * channels + block * kLanes;
      t.pitch = channels;
      t.source_valid = t.addend.valid;
    }
    expand_columns(t, true);
  }

  // What the next tile reads from far away, of the row that was expanded last: it follows what this one has
  // read.
  Ahead ahead(std::size_t row, Span columns) const {
    const std::size_t pixel = (row - 1) * in_.width + columns.end - 1, end = in_.height * in_.width;
    if (plan_.channels_outside || row > in_.height || pixel >= end) return {};
    const std::size_t pixels = std::min(plan_.tile * stride_, end - pixel);
    const std::size_t at = pixel * packed_.shape.expanded, count = pixels * packed_.shape.expanded;
    if (in_.addend != nullptr) return {reinterpret_cast<const char*>(in_.addend + at), count * sizeof(float)};
    if (in_.scaled_addend.integers != nullptr)
      return {reinterpret_cast<const char*>(in_.scaled_addend.integers + at), count * sizeof(std::int16_t)};
    if (in_.skip != nullptr)
      return {reinterpret_cast<const char*>(in_.skip + pixel * packed_.shape.skip_channels),
              pixels * packed_.shape.skip_channels * sizeof(float)};
    if (in_.upsample) return {};
    const std::size_t channels =
        packed_.shape.source_channels != 0 ? packed_.shape.source_channels : packed_.shape.expanded;
    return {reinterpret_cast<const char*>(in_.source + pixel * channels), pixels * channels * sizeof(float)};
  }

  template <class Out>
  void filter_block(const ThreeRows& rows, std::size_t pixels, const float* weights, Out* to,
                    Ahead mine) const {
    stride_ == 1 ? filter_row<1>(rows, pixels, weights, to, mine)
                 : filter_row<2>(rows, pixels, weights, to, mine);
  }

  // `next` is asked for meanwhile, each vector of channels its share of it.
  void filter(std::size_t y, Span tile, Span blocks, std::size_t chunk_begin, Ahead next) {
    const std::size_t row = y * stride_, share = next.bytes / plan_.blocks;
    for (std::size_t b = blocks.begin; b < blocks.end; ++b) {
      const std::size_t column = tile.begin * stride_;
      const ThreeRows rows{ring(row, b, column), ring(row + 1, b, column), ring(row + 2, b, column)};
      const float* weights = packed_.depthwise.data() + b * 10 * kLanes;
      const Ahead mine{next.begin + b * share, share};
      float* to = scratch_ + plan_.filtered;
      if (packed_.precision.project == ProductPrecision::kFloat32) {
        filter_block(rows, tile.size(), weights, to + (b - chunk_begin) * plan_.tile * kLanes, mine);
        continue;
      }
      if (packed_.precision.project == ProductPrecision::kInt8) {
        filter_block(rows, tile.size(), weights, bytes_at(to, plan_.tile * kLanes, b - chunk_begin, 0), mine);
        continue;
      }
      std::uint16_t* half_words = brief_at(to, plan_.tile * kLanes, b - chunk_begin, 0);
      if (kLanes == 1 && (b - chunk_begin) % 2 == 0)  // one channel alone is half a word
        std::fill_n(half_words, 2 * tile.size(), std::uint16_t{0});
      if (packed_.project_form.tile_registers && b + 1 == plan_.blocks &&
          (b - chunk_begin) % 2 == 0)  // half a tile of words
        for (std::size_t p = 0; p < tile.size(); ++p)
          std::fill_n(half_words + (2 * p + 1) * kLanes, kLanes, std::uint16_t{0});
      filter_block(rows, tile.size(), weights, half_words, mine);
    }
  }

  void project(std::size_t y, Span tile, Span chunk) {
    const std::size_t channels = packed_.shape.out_channels, k = packed_.shape.expanded;
    const std::size_t first = chunk.begin * kLanes, at = (y * out_width_ + tile.begin) * channels;
    const std::size_t out_blocks = ceil_div(channels, kLanes);
    for (std::size_t b = 0; b < out_blocks; b += kPanelVectors) {
      const std::size_t vectors = panel_vectors(b, out_blocks), c = b * kLanes;
      MatrixTile t{
          .precision = packed_.precision.project,
          .tile_registers = packed_.project_form.tile_registers,
          .a = scratch_ + plan_.filtered,
          .a_block = plan_.tile * kLanes,
          .k = packed_.project_form.words(std::min(chunk.end * kLanes, k) - first),
          .b = packed_.project.data() + c * packed_.project_form.words(k) +
               packed_.project_form.words(first) * vectors * kLanes,
          .factors = packed_.project_factors.empty() ? nullptr : packed_.project_factors.data() + c,
          .bias = first == 0 ? packed_.project_bias.data() + c : nullptr,
          .addend = {.floats = first == 0 && in_.residual != nullptr ? in_.residual + at + c : nullptr,
                     .pitch = channels,
                     .valid = channels - c},
          .c = out_ + at + c,
          .c_pitch = channels,
          .valid = channels - c};
      matrix_panel(t, vectors, tile.size());
    }
  }

  static constexpr std::size_t kNoRow = ~std::size_t{0};
  const PackedInvertedResidual& packed_;
  const InvertedResidualInput& in_;
  const InvertedResidualPlan plan_;
  const TileRegisters registers_{packed_.tile_registers()};
  float* const out_;
  float* const scratch_;
  const std::size_t stride_, out_width_;
  Span strip_{};                           // output columns
  std::size_t ring_begin_ = 0;             // first vector of channels that the ring holds
  std::size_t low_begin_ = 0;              // first column of the low rows
  std::array<std::size_t, 3> low_rows_{};  // which source row each holds
};

void inverted_residual(const PackedInvertedResidual& packed, const InvertedResidualInput& input,
                       RowRange rows, float* out, float* scratch) {
  Block(packed, input, out, scratch).run(rows);
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

HWY_EXPORT(inverted_residual);
void inverted_residual(const PackedInvertedResidual& packed, const InvertedResidualInput& input,
                       RowRange rows, float* out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(inverted_residual)(packed, input, rows, out, scratch);
}

}  // namespace framegen
#endif
