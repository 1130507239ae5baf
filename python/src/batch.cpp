// batch.cpp: many speeches in one call.
#include "framegen/batch.hpp"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include "framegen/batch_list.hpp"
#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

namespace fs = std::filesystem;

nb::dict report_of(const BatchReport& report) {
  nb::list results, failures;
  for (const BatchResult& result : report.results) {
    nb::dict facts;
    facts["line"] = result.line;
    facts["output"] = result.output;
    facts["skipped"] = result.skipped;
    facts["frames"] = result.frames;
    facts["elapsed_s"] = result.elapsed_s;
    facts["sha256"] = result.sha256;
    results.append(facts);
  }
  for (const BatchFailure& failure : report.failures)
    failures.append(nb::make_tuple(failure.line, failure.name, exception_of(failure.error)));
  nb::dict facts;
  facts["results"] = results;
  facts["failures"] = failures;
  facts["elapsed_s"] = report.elapsed_s;
  facts["peak_memory_bytes"] = report.peak_memory_bytes;
  return facts;
}

// `find` gives an avatar's folder for its name, or None.
nb::dict batch(const EngineHandle& engine, const std::string& text, const fs::path& name,
               const nb::dict& words, const nb::object& find, nb::object progress) {
  const Given given(words);
  BatchListOptions list_options;
  given.into(list_options.default_avatar, "avatar");
  given.into(list_options.crf, "crf");
  given.into(list_options.preset, "preset");
  given.into(list_options.shard, "shard");
  given.into(list_options.shards, "shards");
  BatchOptions options;
  given.into(options.folder, "folder");
  options.journal = given.get<std::string>("journal");
  given.into(options.resume, "resume");
  given.into(options.at_once, "at_once");
  const BatchList list = take(parse_batch_list(
      text, name, list_options, [&](const std::string& word) { return nb::cast<fs::path>(find(word)); }));
  Engine& inside = engine.get();
  Watch watch(std::move(progress));
  auto report = without_gil("batch", [&] {
    return run_batch(inside, list, options, [&](const BatchProgress& at) {
      return watch([&] { return nb::make_tuple(at.jobs_done, at.jobs_all, at.frames.frames_done); });
    });
  });
  return report_of(watch.take(std::move(report)));
}

}  // namespace

void bind_batch(nb::module_& module) {
  module.def("batch", &batch, nb::arg("engine"), nb::arg("text"), nb::arg("name"), nb::arg("options"),
             nb::arg("find"), nb::arg("progress").none());
}

}  // namespace framegen::python
