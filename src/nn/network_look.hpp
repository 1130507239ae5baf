// network_look.hpp: whether an ONNX file can be read at all, told by a child that can do nothing else.
#pragma once

#include <filesystem>

#include "sandbox/records.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// The child's job: reads the network, prepares it as if to run it, and says nothing but how that ended.
Status read_network(const sandbox::Task& task, const sandbox::RecordWriter& writer);

// Before this process reads the file itself: one that crashes its reader, hangs, or asks for more memory than
// walls allow ends there. An operation that we do not know is none of its business, nor is a file that is not
// there, nor one above 128 MiB, since a good one may need more than a child may have. Without a zygote
// nothing is done. Errors: load_native_network()'s; kBadInput where the child dies of it.
Status look_at_network(const std::filesystem::path& onnx, sandbox::Zygote* zygote);

}  // namespace framegen
