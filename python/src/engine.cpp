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
constexpr Choices<ImageParts, 3> kImageParts{
    {{"what-pays", ImageParts::kWhatPays}, {"keep", ImageParts::kKeep}, {"once", ImageParts::kOnce}}};

void make_engine(EngineHandle* self, const nb::kwargs& words) {
  const Given given(words);
  auto warnings = std::make_shared<Warnings>();
  EngineOptions options;
  given.into(options.threads, "threads");
  given.into(options.batch, "batch");
  given.into(options.backend, "backend", "EngineOptions", kBackends);
  given.into(options.precision, "precision", "EngineOptions", kPrecisions);
  given.into(options.image_parts, "image_parts", "EngineOptions", kImageParts);
  given.into(options.cpu, "cpu");
  given.into(options.low_latency, "low_latency");
  given.into(options.keep_image_parts_on_disk, "cache");
  options.memory_budget_bytes = given.get<std::uint64_t>("memory_mb") << 20;
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
  facts["precision"] = info.precision;
  facts["precision_reason"] = info.precision_reason;
  facts["workers"] = info.workers;
  facts["batch"] = info.batch;
  return facts;
}

}  // namespace

void bind_engine(nb::module_& module) {
  nb::class_<EngineHandle>(module, "Engine",
                           "Worker threads and the way of computing, behind framegen.Engine.")
      .def("__init__", &make_engine)
      .def_prop_ro("threads", [](const EngineHandle& self) { return self.get().options().threads; })
      .def("take_warnings", [](const EngineHandle& self) { return self.warnings->take(); });
  nb::class_<AvatarHandle>(module, "Avatar", "An open avatar, behind framegen.Avatar.")
      .def("__init__", &open_avatar, nb::arg("engine"), nb::arg("folder"))
      .def("info", &info_of);
}

}  // namespace framegen::python
