// sandboxed_checkpoint.hpp: a checkpoint read by a child that can do nothing else.
#pragma once

#include "nn/checkpoint/checkpoint.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// The child's job: for each tensor its name, type and shape, then its elements as float32 (of integers:
// none).
Status decode_checkpoint(const sandbox::Task& task, const sandbox::RecordWriter& writer);

// What the child gives, believed no further than its shape. Without a zygote Checkpoint::open(). Errors:
// Checkpoint::open()'s, and how the child died.
Result<Checkpoint> open_checkpoint(const std::filesystem::path& path, sandbox::Zygote* zygote);

}  // namespace framegen
