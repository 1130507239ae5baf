// sound_reader.hpp: a sound file's own sound, mono or stereo, as an AAC encoder takes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "framegen/result.hpp"
#include "media/libav.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// Decodes a little at a time: memory does not grow with the file.
class SoundReader {
 public:
  // The rate is the file's own where AAC is commonly played at it, else the next higher one, at most 48 kHz.
  // More than two channels are mixed to stereo. With a sandbox the file is decoded by a child of it, which
  // must outlive the reader. Errors: kBadInput (missing, no sound in it, unknown codec; how the child died).
  static Result<std::unique_ptr<SoundReader>> open(const std::filesystem::path& path,
                                                   sandbox::Zygote* zygote = nullptr);
  // An open file, decoded here; takes over the descriptor.
  static Result<std::unique_ptr<SoundReader>> descriptor(int file, const std::string& name);
  SoundReader(const SoundReader&) = delete;
  SoundReader& operator=(const SoundReader&) = delete;
  virtual ~SoundReader() = default;

  int rate() const { return rate_; }
  int channels() const { return channels_; }
  // The next n samples of each channel; silence after the sound's end. Errors: kBadInput.
  Status read(float* const* planes, int n);
  Status skip(std::int64_t n);
  // How much sound is left, counted up to `most` samples. Errors: kBadInput.
  Result<std::int64_t> left(std::int64_t most);

 protected:
  explicit SoundReader(std::string name) : name_(std::move(name)) {}
  // What was decoded waits here. Throws std::bad_alloc.
  void begin(int rate, int channels);
  void give(void** planes, int n);
  void end() { ended_ = true; }
  Error sound_error(const std::string& what) const;
  // Gives at least one sample, or ends.
  virtual Status decode_more() = 0;

  std::string name_;

 private:
  Status fill(int n);

  int rate_ = 0, channels_ = 0;
  bool ended_ = false;
  libav::Owner<AVAudioFifo> waiting_;
};

}  // namespace framegen
