// film_landmarks.hpp: the largest face's points in every frame of a film.
#pragma once

#include <filesystem>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

// x,y of the face mesh's 468 points, in pixels of the film's own size, frame after frame at 25 a second; NaN
// in frames without a face. `film`: a film, or a folder of numbered pictures. Errors: kBadAvatar (of
// `networks`, a folder as assets/face), kBadInput.
Result<std::vector<float>> film_landmarks(const std::filesystem::path& networks,
                                          const std::filesystem::path& film);

}  // namespace framegen
