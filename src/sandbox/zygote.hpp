// zygote.hpp: a small process, begun before there are threads, that starts a child behind walls for every
// file that it is handed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "framegen/result.hpp"
#include "sandbox/records.hpp"
#include "sandbox/walls.hpp"

namespace framegen::sandbox {

struct Task {
  int file = -1;            // the stranger's, open for reading
  std::string name;         // stands in errors
  std::int64_t option = 0;  // whatever the job makes of it
};
// What children do: everything that they give goes to the writer, in records; an error becomes a kError.
using Job = Status (*)(const Task& task, const RecordWriter& writer);

struct ZygoteOptions {
  Limits limits;
  std::size_t most_record_bytes = std::size_t{256} << 20;
  // How long a child may say nothing while somebody waits for it.
  std::chrono::milliseconds patience{30'000};
};

// Any thread may call run(). The process and its children end with this object, and with the process that
// made it.
class Zygote {
 public:
  // Before threads are at work: they are not copied with the process, and what one holds at that moment stays
  // held in the copy. (Idle ones do no harm: OpenBLAS has some as soon as it is loaded.) Children do these
  // jobs alone. Errors: kInternal (no process or socket to be had).
  static Result<std::unique_ptr<Zygote>> start(const std::vector<Job>& jobs,
                                               const ZygoteOptions& options = {});
  ~Zygote();
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  // A child does the job, one of those that were given. Takes over the task's descriptor. Errors, naming the
  // task: kInternal (no descriptors, the process is gone).
  Result<RecordReader> run(Job job, const Task& task);

  int process() const { return process_; }

 private:
  Zygote(int control, int process, std::vector<Job> jobs, const ZygoteOptions& options)
      : control_(control), process_(process), jobs_(std::move(jobs)), options_(options) {}
  int control_;
  int process_;
  std::vector<Job> jobs_;
  ZygoteOptions options_;
  std::mutex mutex_;  // one request at a time on the socket
};

}  // namespace framegen::sandbox
