// pickle_calls.hpp: the few callables that a state dict names, each replaced by what it would have made.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nn/checkpoint/pickle.hpp"

namespace framegen::checkpoint {

inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;  // 1 GiB of float32 in one tensor
inline constexpr std::size_t kMaxRank = 8;

// The place of module.name in the list of allowed names; none: refuse it.
std::optional<std::int64_t> allowed_global(std::string_view module, std::string_view name);

// What `global`(arguments…) makes. Errors: kBadInput at `where`.
Result<PickleValue> call(Pickle& pickle, std::int64_t global, std::span<const PickleIndex> arguments,
                         const std::string& where);

// ("storage", class, key, location, elements[, view]). Errors: kBadInput at `where`.
Result<PickleValue> persistent_load(Pickle& pickle, PickleIndex id, const std::string& where);

}  // namespace framegen::checkpoint
