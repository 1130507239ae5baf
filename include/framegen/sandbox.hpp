// sandbox.hpp: strangers' files decoded by processes that can do nothing else.
#pragma once

#include <memory>
#include <string>

#include "framegen/export.hpp"
#include "framegen/result.hpp"

namespace framegen {

// Sound and film of a stranger are code's food: a decoder's fault is the stranger's way in. With a sandbox
// (EngineOptions, JoinJob, ImportJob, CalibrateOptions) each such file is opened in a process of its own,
// without names of files, network, other processes, more than 1 GiB of memory and an hour of the processor.
// What it gives is believed to be samples and pixels, nothing more; a file that breaks its decoder is
// kBadInput, and nothing else is touched. Samples and pixels are the same with and without. An import's
// pictures and networks are looked at there as well, before this process reads them.
//
// One per program is enough; any thread may use it. Movable by its shared_ptr alone.
class FRAMEGEN_EXPORT Sandbox {
 public:
  // Copies the calling process, small as it is then: so call it first, before threads are at work (what one
  // holds at that moment stays held in the copy) and before there are secrets that a stranger is not to see.
  // Errors: kInternal (no process to be had).
  static Result<std::shared_ptr<Sandbox>> start();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // What the system adds to limits of memory and time: "system calls and files" (seccomp, Landlock), one of
  // them, or "limits alone".
  std::string walls() const;

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  explicit Sandbox(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
