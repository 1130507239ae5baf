// smooth_boxes.hpp: face boxes that shake as detectors do, made calm.
#pragma once

#include <span>
#include <vector>

#include "framegen/image.hpp"

namespace framegen {

// Each box becomes the mean of `frames` boxes round it (an odd number; an even one counts as the next),
// weighted by a triangle; at both ends of the film by what there is. 1 changes nothing. Squares stay squares.
std::vector<Rectangle> smooth_boxes(std::span<const Rectangle> boxes, int frames);

// How much boxes shake from frame to frame, in pixels: the root mean square of what an edge's place differs
// from the mean of its neighbours', as the deviation of noise that would look the same. A steady movement
// counts nothing. Fewer than three boxes: 0.
double box_jitter(std::span<const Rectangle> boxes);

}  // namespace framegen
