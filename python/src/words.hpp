// words.hpp: what Python gives as keyword arguments, and the API's choices as the words that it and the
// command line have for them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "common.hpp"
#include "framegen/engine.hpp"
#include "framegen/formats.hpp"
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

// Arguments that framegen/*.py have checked and given by name; all are there.
class Given {
 public:
  explicit Given(nb::dict values) : values_(std::move(values)) {}
  template <class T>
  T get(const char* name) const {
    return nb::cast<T>(values_[name]);
  }
  template <class T>
  void into(T& option, const char* name) const {
    option = get<T>(name);
  }
  // `of`: whose option it is, for the error: "EngineOptions".
  template <class T, std::size_t N>
  void into(T& option, const char* name, const char* of, const Choices<T, N>& choices) const {
    option = choice((std::string(of) + "::" + name).c_str(), get<std::string>(name), choices);
  }

 private:
  nb::dict values_;
};

inline constexpr Choices<PixelFormat, 3> kFormats{
    {{"bgr", PixelFormat::kBgr}, {"i420", PixelFormat::kI420}, {"bgr+i420", PixelFormat::kBgrAndI420}}};
inline constexpr Choices<PictureFormat, 2> kPictures{
    {{"png", PictureFormat::kPng}, {"jpg", PictureFormat::kJpeg}}};
inline constexpr Choices<Precision, 4> kPrecisions{{{"fp32", Precision::kFp32},
                                                    {"bf16", Precision::kBf16},
                                                    {"int8", Precision::kInt8},
                                                    {"auto", Precision::kAuto}}};
inline constexpr Choices<Blend, 2> kBlends{{{"reference", Blend::kReference}, {"feather", Blend::kFeather}}};

}  // namespace framegen::python
