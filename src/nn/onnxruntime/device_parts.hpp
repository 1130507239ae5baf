// device_parts.hpp: a network in two parts on a device: what the first makes of a picture stays in the
// device's memory for the second, which takes a batch of pictures and sounds (docs/gpu.md). Knows no face and
// no audio.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen {

// Both parts as ONNX files, as graph::to_onnx() writes them.
struct DeviceNetworks {
  std::string name{};  // for error messages
  std::vector<std::uint8_t> image_part{};
  std::vector<std::uint8_t> audio_part{};        // batch 1
  std::vector<std::uint8_t> audio_part_batch{};  // the same of `batch`; empty where that is 1
  std::size_t batch = 1;
  std::string picture{}, changing{};  // the inputs' names
  std::vector<std::string> kept{};    // what passes from one to the other
  std::string pixels{}, output{};     // the audio part's outputs: int32 [batch,1,h,w], float32 [batch,3,h,w]
  Shape picture_shape{}, changing_shape{}, output_shape{};  // of one
};

// What the image part made of one picture, in the device's memory; given back when the last owner ends.
class PartOnDevice;

// One caller's way in, with its buffers. One thread at a time.
class DeviceRunner {
 public:
  virtual ~DeviceRunner() = default;
  // picture_shape numbers → what is kept of them.
  virtual Result<std::shared_ptr<const PartOnDevice>> run_image(std::span<const float> picture) = 0;
  // Where the next run_audio() takes the k-th sound from: changing_shape numbers. k < batch.
  virtual std::span<float> sound(std::size_t k) = 0;
  // The first parts.size() sounds, each with its part; as many as `batch`, or one. With `wants_output` the
  // network's numbers come down too. Nothing of ours is allocated.
  virtual Status run_audio(std::span<const PartOnDevice* const> parts, bool wants_output) = 0;
  // Of the last run: h·w pixels, first + 256·second + 65536·third channel.
  virtual std::span<const std::int32_t> pixels(std::size_t k) const = 0;
  virtual std::span<const float> output(std::size_t k) const = 0;
};

// Loaded on the device; shared by any number of runners on any threads, and outlives them and what they made.
class DeviceParts {
 public:
  virtual ~DeviceParts() = default;
  virtual Result<std::unique_ptr<DeviceRunner>> make_runner() const = 0;
  // What one picture keeps there; known once a picture was run.
  virtual std::size_t kept_bytes() const = 0;
};

// Errors: those of load_onnxruntime_network().
Result<std::shared_ptr<const DeviceParts>> load_device_parts(const DeviceNetworks& networks,
                                                             const OnnxRuntimeOptions& options);

// Whether a run failed because the device has no room: dropping parts may help.
bool is_out_of_device_memory(const Error& error);

}  // namespace framegen
