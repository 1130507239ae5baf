// batch_fuzz.cpp: any text as a job list, in both forms: every line read or refused in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "pipeline/rendering/batch/lines.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"jobs.jsonl", "jobs.csv"}) {
    const auto lines = framegen::batch_lines(name, text);
    if (!lines) {
      if (lines.error().what.empty()) std::abort();
      continue;
    }
    std::int64_t last = 0;
    for (const auto& line : *lines) {
      if (line.number <= last || (!line.words && line.words.error().what.empty())) std::abort();
      last = line.number;
    }
  }
  return 0;
}
