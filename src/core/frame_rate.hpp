// frame_rate.hpp: the rate at which the published networks hear and speak; every video of ours has it.
#pragma once

#include <cstdint>

namespace framegen {

inline constexpr int kFramesPerSecond =
    25;  // docs/reference.md §1; a manifest's fps may differ in name alone
inline constexpr int kFrameMs = 1000 / kFramesPerSecond;
inline constexpr std::int64_t kFrameUs = 1'000'000 / kFramesPerSecond;

}  // namespace framegen
