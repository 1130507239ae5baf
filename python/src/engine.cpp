// engine.cpp: engines and avatars.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "handles.hpp"
#include "words.hpp"

namespace framegen::python {
namespace {

constexpr Choices<Backend, 3> kBackends{
    {{"auto", Backend::kAuto}, {"onnxruntime", Backend::kOnnxRuntime}, {"native", Backend::kNative}}};
constexpr Choices<Precision, 3> kPrecisions{
    {{"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}, {"int8", Precision::kInt8}}};
constexpr Choices<ImageParts, 3> kImageParts{
    {{"what-pays", ImageParts::kWhatPays}, {"keep", ImageParts::kKeep}, {"once", ImageParts::kOnce}}};

struct Given {
  int threads, batch;
  std::string backend, precision, image_parts, cpu;
  bool low_latency, cache;
  std::uint64_t memory_mb;
};

void make_engine(EngineHandle* self, const Given& given) {
  auto warnings = std::make_shared<Warnings>();
  EngineOptions options;
  options.threads = given.threads;
  options.batch = given.batch;
  options.backend = choice("EngineOptions::backend", given.backend, kBackends);
  options.precision = choice("EngineOptions::precision", given.precision, kPrecisions);
  options.image_parts = choice("EngineOptions::image_parts", given.image_parts, kImageParts);
  options.cpu = given.cpu;
  options.low_latency = given.low_latency;
  options.keep_image_parts_on_disk = given.cache;
  options.memory_budget_bytes = given.memory_mb << 20;
  options.on_warning = [warnings](std::string_view text) { warnings->add(text); };
  Engine engine = take(without_gil("Engine", [&] { return Engine::create(options); }));
  new (self) EngineHandle{std::make_shared<Owned<Engine>>(std::move(engine)), std::move(warnings)};
}

void open_avatar(AvatarHandle* self, const EngineHandle& engine, const std::filesystem::path& folder) {
  Engine& inside = engine.get();
  auto avatar = take(without_gil("Avatar", [&] { return Avatar::open(inside, folder); }));
  new (self) AvatarHandle{engine, std::make_shared<Owned<std::shared_ptr<const Avatar>>>(std::move(avatar))};
}

nb::dict info_of(const AvatarHandle& avatar) {
  const AvatarInfo& info = avatar.get()->info();
  nb::dict facts;
  facts["name"] = info.name;
  facts["licence"] = info.licence;
  facts["source"] = info.source;
  facts["width"] = info.width;
  facts["height"] = info.height;
  facts["fps"] = info.fps;
  facts["template_frames"] = info.template_frames;
  facts["idle"] = info.idle;
  facts["backend"] = info.backend;
  facts["backend_reason"] = info.backend_reason;
  facts["workers"] = info.workers;
  facts["batch"] = info.batch;
  return facts;
}

}  // namespace

void bind_engine(nb::module_& module) {
  nb::class_<EngineHandle>(module, "Engine")
      .def(
          "__init__",
          [](EngineHandle* self, int threads, const std::string& backend, const std::string& precision,
             int batch, bool low_latency, std::uint64_t memory_mb, const std::string& cpu,
             const std::string& image_parts, bool cache) {
            make_engine(
                self, {threads, batch, backend, precision, image_parts, cpu, low_latency, cache, memory_mb});
          },
          nb::kw_only(), nb::arg("threads"), nb::arg("backend"), nb::arg("precision"), nb::arg("batch"),
          nb::arg("low_latency"), nb::arg("memory_mb"), nb::arg("cpu"), nb::arg("image_parts"),
          nb::arg("cache"))
      .def_prop_ro("threads", [](const EngineHandle& self) { return self.get().options().threads; })
      .def("take_warnings", [](const EngineHandle& self) { return self.warnings->take(); });
  nb::class_<AvatarHandle>(module, "Avatar")
      .def("__init__", &open_avatar, nb::arg("engine"), nb::arg("folder"))
      .def("info", &info_of);
}

}  // namespace framegen::python
