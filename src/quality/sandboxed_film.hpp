// sandboxed_film.hpp: a film decoded by a child that can do nothing else.
#pragma once

#include "quality/frame_reader.hpp"

namespace framegen {

// The child's job: what is known of the film, then its frames. The task's option is a FrameLook.
Status decode_film(const sandbox::Task& task, const sandbox::RecordWriter& writer);

// What the child gives, believed no further than its shape. Takes over the descriptor. Errors:
// FrameReader::open()'s.
Result<std::unique_ptr<FrameReader>> sandboxed_film(int file, const std::string& name, const FrameLook& look,
                                                    sandbox::Zygote& zygote);

}  // namespace framegen
