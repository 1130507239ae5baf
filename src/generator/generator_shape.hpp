// generator_shape.hpp: does a network, and does a job, have the shape that the avatar's manifest gives? For
// all backends.
#pragma once

#include <string_view>

#include "generator/backend.hpp"
#include "nn/network.hpp"

namespace framegen {

inline constexpr int kLargestBatch = 64;  // jobs at once, for every backend

// What a network of this shape takes and gives, for check_network; the batch may be any.
NetworkInfo network_info(const GeneratorShape& shape);

// The network's image input: [6,image_size,image_size] (docs/reference.md §5, §8).
void fill_image_input(const GeneratorShape& shape, const ImageInput& image, float* tensor);

// Errors: kInternal where a view of the job does not have the size that `shape` says (a bug of the caller).
Status check_job(const GeneratorShape& shape, const GeneratorJob& job);

// What the caller asked for as --batch: 0 is `suiting`, which suits `whom`. Errors: kBadUse.
Result<int> jobs_at_once(int asked, int suiting, std::string_view whom);

// What the caller asked for as --threads: 0 is one per core. Errors: kBadUse.
Result<int> worker_threads(int asked);

}  // namespace framegen
