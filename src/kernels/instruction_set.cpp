// instruction_set.cpp: Highway's targets under the names that users know.
#include "kernels/instruction_set.hpp"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <atomic>
#include <cstdint>

#include "kernels/tile_registers.hpp"

namespace framegen {
namespace {

// Highway numbers better targets lower. AVX3 is AVX-512; all that x86 has above it are variants of it, of
// which each release knows more.
std::string name_of(std::int64_t target) {
  if (target <= HWY_AVX3) return "avx3";
  if (target == HWY_AVX2) return "avx2";
  if (target == HWY_SSE4) return "sse4";
  if (target == HWY_NEON) return "neon";
  if (target == HWY_SCALAR || target == HWY_EMU128) return "scalar";
  std::string name = hwy::TargetName(target);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

std::int64_t best_of(std::int64_t targets) { return targets & -targets; }

// The best target that `name` still allows.
std::int64_t limit(std::string_view name) {
  if (name == "amx" || name == "avx3") return 1;  // AVX-512's best variant, whatever that is
  if (name == "avx2") return HWY_AVX2;
  if (name == "sse4") return HWY_SSE4;
  if (name == "neon") return HWY_NEON;
  return 0;
}

// Highway's own question lifts the limit again (1.0.3: it leaves all targets chosen), so it is asked once.
std::int64_t detected() {
  static const std::int64_t targets = [] {
    const std::int64_t all = hwy::SupportedTargets() & HWY_TARGETS;
    hwy::GetChosenTarget().Update(all);
    return all;
  }();
  return targets;
}

std::atomic<std::int64_t>& allowed() {  // as Highway's choice itself, of the whole process
  static std::atomic<std::int64_t> targets{detected()};
  return targets;
}

std::atomic<bool>& tiles_allowed() {
  static std::atomic<bool> allowed{true};
  return allowed;
}

void allow(std::int64_t targets) {
  hwy::DisableTargets(detected() & ~targets);
  hwy::GetChosenTarget().Update(targets);
  allowed() = targets;
}

}  // namespace

bool uses_tile_registers() {
  return tiles_allowed() && name_of(best_of(allowed())) == "avx3" && tile_registers_there();
}

std::string instruction_set() { return uses_tile_registers() ? "amx" : name_of(best_of(allowed())); }

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  if (uses_tile_registers()) names.emplace_back("amx");
  for (std::int64_t left = allowed(); left != 0; left &= left - 1) {
    const std::string name = name_of(best_of(left));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

Status use_at_most(std::string_view name) {
  const std::int64_t all = detected();
  allow(all);
  tiles_allowed() = true;
  if (name.empty()) return {};
  const std::int64_t weakest = std::int64_t{1}
                               << (63 - __builtin_clzll(static_cast<unsigned long long>(all)));
  const std::int64_t best = name == "scalar" ? weakest : limit(name);
  const std::int64_t left = best == 0 ? 0 : all & ~(best - 1);
  const bool other_family = name != "scalar" && (name == "neon") != (name_of(best_of(left)) == "neon");
  if (left == 0 || other_family) {
    std::string have;
    for (const std::string& set : instruction_sets())  // those between two names are nobody's choice
      if (set == "scalar" || limit(set) != 0) have += (have.empty() ? "" : ", ") + set;
    if (!have.ends_with("scalar")) have += (have.empty() ? "" : ", ") + std::string("scalar");
    return Error{ErrorCode::kBadUse, "EngineOptions::cpu " + std::string(name),
                 "this machine has no such instruction set", "choose one of: " + have};
  }
  allow(left);
  tiles_allowed() = name != "avx3";
  return {};
}

}  // namespace framegen
