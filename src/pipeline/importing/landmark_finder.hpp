// landmark_finder.hpp: a user's face landmark network follows the face through a film (docs/import.md).
#pragma once

#include <memory>

#include "pipeline/importing/face_finder.hpp"

namespace framegen {

// The network: one input [1,3,S,S] (R,G,B, 0…1) that shows a square round the face; its first output holds K
// points, x y x y …: [1,2K], [1,K,2] and the like; as shares of the square, or in the input's pixels where
// any is larger than 2. The first square is faces.box, else the largest one in the middle of the first frame;
// then the square follows the points. Errors: kBadAvatar (a network of another shape), kBadUse (unknown K and
// no points given; a point that the network has not).
Result<std::unique_ptr<FaceFinder>> make_landmark_finder(const VideoFaces& faces);

}  // namespace framegen
