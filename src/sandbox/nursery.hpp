// nursery.hpp: the life of the small process: it hands each request to a child, and tells how a child died.
#pragma once

#include <sys/types.h>

#include <map>
#include <vector>

#include "sandbox/request.hpp"
#include "sandbox/zygote.hpp"

namespace framegen::sandbox {

class Nursery {
 public:
  // `control`: where requests come from.
  Nursery(int control, std::vector<Job> jobs, const Limits& limits)
      : control_(control), jobs_(std::move(jobs)), limits_(limits) {}
  // Until nobody is left who could ask.
  [[noreturn]] void live();

 private:
  void forget_everything() const;
  void bear(const Request& request);
  [[noreturn]] void work(const Request& request);
  void bury();
  void end_unheard() const;

  int control_;
  std::vector<Job> jobs_;
  Limits limits_;
  std::map<pid_t, int> children_;  // and where each one's records go
};

}  // namespace framegen::sandbox
