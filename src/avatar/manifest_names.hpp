// manifest_names.hpp: the words that stand in avatar.json for our enumerations.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "avatar/manifest.hpp"

namespace framegen {

template <class E, std::size_t N>
using Names = std::array<std::pair<std::string_view, E>, N>;

inline constexpr Names<Interpolation, 3> kInterpolationNames{
    {{"linear", Interpolation::kLinear}, {"cubic", Interpolation::kCubic}, {"area", Interpolation::kArea}}};
// Enlarging by area is no arithmetic of any family: a face goes back by one of these two.
inline constexpr Names<Interpolation, 2> kPasteNames{
    {{"linear", Interpolation::kLinear}, {"cubic", Interpolation::kCubic}}};
inline constexpr Names<ImageOrder, 2> kOrderNames{
    {{"real_masked", ImageOrder::kRealMasked}, {"masked_real", ImageOrder::kMaskedReal}}};
inline constexpr Names<ImageSource, 2> kSourceNames{
    {{"template", ImageSource::kTemplate}, {"precut", ImageSource::kPrecut}}};

inline constexpr Names<bool, 2> kTurnNames{{{"once", false}, {"twice", true}}};

template <class E, std::size_t N>
constexpr std::string_view name_of(const Names<E, N>& names, E value) {
  for (const auto& [name, e] : names)
    if (e == value) return name;
  return {};
}

}  // namespace framegen
