// fake_encoder.hpp: a network for tests whose every output depends on every value and place of the mel
// window.
#pragma once

#include <cstdint>

#include "features/audio_encoder.hpp"

namespace framegen::test {

inline constexpr std::size_t kFakeFeature = 512;

// Band k mod 80 as it is weighted over time, by k.
inline void fake_feature(std::span<const float> mel_window, std::span<float> feature) {
  for (std::size_t k = 0; k < feature.size(); ++k) {
    float sum = 0.0F;
    for (std::size_t t = 0; t < 16; ++t)
      sum += mel_window[(k % 80) * 16 + t] * static_cast<float>(1 + (k + t) % 7);
    feature[k] = sum;
  }
}

class FakeNetwork : public Network {
 public:
  FakeNetwork()
      : FakeNetwork({{{"mel", {-1, 1, 80, 16}}}, {{"emb", {-1, static_cast<std::int64_t>(kFakeFeature)}}}}) {}
  explicit FakeNetwork(NetworkInfo info) : info_(std::move(info)) {}
  const NetworkInfo& info() const override { return info_; }
  Result<std::unique_ptr<NetworkRunner>> make_runner() const override {
    return std::unique_ptr<NetworkRunner>(std::make_unique<Runner>(runs_, fail_at));
  }
  // How many windows all its runners have seen.
  int runs() const { return *runs_; }
  int fail_at = -1;  // the run that fails

 private:
  class Runner : public NetworkRunner {
   public:
    Runner(std::shared_ptr<int> runs, int fails) : runs_(std::move(runs)), fails_(fails) {}
    Status run(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) override {
      if ((*runs_)++ == fails_) return Error{ErrorCode::kInternal, "fake encoder", "fails as told", {}};
      fake_feature(inputs[0].data, outputs[0].data);
      return {};
    }

   private:
    std::shared_ptr<int> runs_;
    int fails_;
  };
  NetworkInfo info_;
  std::shared_ptr<int> runs_ = std::make_shared<int>(0);
};

inline AudioEncoder fake_encoder(const Network& network) { return AudioEncoder::create(network).value(); }

}  // namespace framegen::test
