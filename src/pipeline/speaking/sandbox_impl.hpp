// sandbox_impl.hpp: what is behind Sandbox.
#pragma once

#include "framegen/sandbox.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

struct Sandbox::Impl {
  std::unique_ptr<sandbox::Zygote> zygote;
};

// Null where there is none.
inline sandbox::Zygote* zygote_of(const std::shared_ptr<Sandbox>& sandbox) {
  return sandbox == nullptr ? nullptr : sandbox->impl().zygote.get();
}

}  // namespace framegen
