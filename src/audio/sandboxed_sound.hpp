// sandboxed_sound.hpp: speech decoded by a child that can do nothing else.
#pragma once

#include "audio/audio_reader.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// The child's job: AudioInfo, then blocks of samples.
Status decode_speech(const sandbox::Task& task, const sandbox::RecordWriter& writer);

// What the child gives, believed no further than its shape. Errors: AudioReader::open()'s; the reader's
// read() also gives kBadInput where the child died.
Result<AudioReader> sandboxed_sound(const std::filesystem::path& path, Log log, sandbox::Zygote& zygote);

}  // namespace framegen
