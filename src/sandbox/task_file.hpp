// task_file.hpp: the stranger's file as bytes, for jobs that want all of it.
#pragma once

#include <cstdint>
#include <vector>

#include "framegen/result.hpp"
#include "sandbox/zygote.hpp"

namespace framegen::sandbox {

// By reading and seeking alone, which is all that a child may ask for. Errors: kBadInput, naming the task.
Result<std::vector<std::uint8_t>> read_whole(const Task& task);

}  // namespace framegen::sandbox
