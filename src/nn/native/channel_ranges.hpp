// channel_ranges.hpp: what products of bytes must know of a network's numbers.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace framegen {

// The largest magnitude of each input channel of each dense convolution, by the name of its weights in the
// rewritten graph.
class ChannelRanges {
 public:
  using Map = std::map<std::string, std::vector<float>, std::less<>>;

  ChannelRanges() = default;
  explicit ChannelRanges(Map ranges) : ranges_(std::move(ranges)) {}

  // Empty where nothing of that name and that many channels is known.
  std::span<const float> of(std::string_view weights, std::size_t channels) const {
    const auto found = ranges_.find(weights);
    if (found == ranges_.end() || found->second.size() != channels) return {};
    return found->second;
  }
  // `x`: pixels of `channels` values, channels last.
  void add(const std::string& weights, std::span<const float> x, std::size_t channels) {
    std::vector<float>& largest = ranges_[weights];
    largest.resize(channels);
    for (std::size_t i = 0; i < x.size(); ++i) {
      float& seen = largest[i % channels];
      if (std::abs(x[i]) > seen) seen = std::abs(x[i]);
    }
  }
  const Map& map() const { return ranges_; }
  // All but those of these weights.
  ChannelRanges without(std::span<const std::string> weights) const {
    ChannelRanges left = *this;
    for (const std::string& name : weights) left.ranges_.erase(name);
    return left;
  }

 private:
  Map ranges_;
};

}  // namespace framegen
