// words.hpp: the API's choices as the words that Python and the command line have for them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "common.hpp"
#include "framegen/session.hpp"

namespace framegen::python {

template <class T, std::size_t N>
using Choices = std::array<std::pair<std::string_view, T>, N>;

// The choice of that word, else BadUse with all words.
template <class T, std::size_t N>
T choice(const char* name, std::string_view word, const Choices<T, N>& choices) {
  std::string all;
  for (const auto& [text, value] : choices) {
    if (text == word) return value;
    all += (all.empty() ? "" : ", ") + std::string(text);
  }
  raise({ErrorCode::kBadUse, name, "is \"" + std::string(word) + "\"", "give one of " + all});
}

inline constexpr Choices<PixelFormat, 3> kFormats{
    {{"bgr", PixelFormat::kBgr}, {"i420", PixelFormat::kI420}, {"bgr+i420", PixelFormat::kBgrAndI420}}};
inline constexpr Choices<Blend, 2> kBlends{{{"reference", Blend::kReference}, {"feather", Blend::kFeather}}};

}  // namespace framegen::python
