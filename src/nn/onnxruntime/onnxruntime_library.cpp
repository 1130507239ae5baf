// onnxruntime_library.cpp: finds ONNX Runtime's shared library and binds its API.
#include "nn/onnxruntime/onnxruntime_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <vector>

#include "core/platform.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

// Every function that we call is there since 1.12 (Debian 13 has 1.21).
constexpr unsigned kOldestVersion = 12;
constexpr unsigned kPlugins = 22;  // providers in libraries of their own are known from here on
constexpr const char* kRemedy =
    "run scripts/fetch_onnxruntime.sh, or set FRAMEGEN_ONNXRUNTIME to the path of libonnxruntime.so";
#ifdef __APPLE__
constexpr const char* kLibraryNames[] = {"libonnxruntime.dylib"};
#else
constexpr const char* kLibraryNames[] = {"libonnxruntime.so.1", "libonnxruntime.so"};
#endif

Error unusable(const std::string& what) { return {ErrorCode::kInternal, "ONNX Runtime", what, kRemedy}; }

// The folders of the program and of the library that this code was linked into.
std::vector<fs::path> own_folders() {
  std::vector<fs::path> folders;
  std::error_code failed;
  if (const fs::path program = platform::own_program(); !program.empty())
    folders.push_back(program.parent_path());
  Dl_info here;
  if (dladdr(reinterpret_cast<const void*>(&onnxruntime_library), &here) != 0 && here.dli_fname != nullptr) {
    const fs::path file = fs::weakly_canonical(here.dli_fname, failed);
    if (!failed && std::find(folders.begin(), folders.end(), file.parent_path()) == folders.end())
      folders.push_back(file.parent_path());
  }
  return folders;
}

std::vector<std::string> candidates() {
  // Named by the user: that one or none, or a wrong path would go unnoticed.
  if (const char* named = std::getenv("FRAMEGEN_ONNXRUNTIME"); named != nullptr && *named != '\0')
    return {named};
  std::vector<std::string> paths;
  std::error_code failed;
  for (const fs::path& folder : own_folders())
    for (const char* place : {".", "../lib", "../lib/framegen", "../framegen"})
      for (const char* name : kLibraryNames)
        if (fs::exists(folder / place / name, failed))
          paths.push_back((folder / place / name).lexically_normal());
#ifdef FRAMEGEN_ONNXRUNTIME_LIBRARY
  if (fs::exists(FRAMEGEN_ONNXRUNTIME_LIBRARY, failed)) paths.emplace_back(FRAMEGEN_ONNXRUNTIME_LIBRARY);
#endif
#ifdef FRAMEGEN_SYSTEM_ONNXRUNTIME
  // Asked for when this was built. Otherwise never what the loader finds under the name: framegen was tried
  // with one version.
  paths.insert(paths.end(), std::begin(kLibraryNames), std::end(kLibraryNames));
#endif
  return paths;
}

// ONNX Runtime would write its own lines to stderr; what matters comes back as an error.
void ORT_API_CALL ignore_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

// The API of version 1.x is version x; asking for one that is not there would make the library print.
unsigned api_version(const std::string& version) {
  unsigned minor = 0;
  const std::size_t dot = version.find('.');
  if (version.compare(0, dot, "1") == 0 && dot != std::string::npos)
    std::from_chars(version.data() + dot + 1, version.data() + version.size(), minor);
  return std::min<unsigned>(minor, ORT_API_VERSION);
}

// A provider in a library of its own, as PyPI's onnxruntime-ep-webgpu: only where the user names it.
void register_plugin(OnnxRuntimeLibrary& library) {
  const char* named = std::getenv("FRAMEGEN_PROVIDER_LIBRARY");
  if (named == nullptr || *named == '\0') return;
  std::error_code failed;
  if (!fs::is_regular_file(named, failed)) {  // the loader would wait for a pipe's writer
    library.plugin_refused = std::string(named) + ": no such file";
    return;
  }
  if (library.api < kPlugins) {
    library.plugin_refused =
        fmt::format("ONNX Runtime {} takes none, 1.{} is needed", library.version, kPlugins);
    return;
  }
  try {
    const auto known = library.env.GetEpDevices();
    library.env.RegisterExecutionProviderLibrary("framegen_plugin", named);
    for (const Ort::ConstEpDevice& device : library.env.GetEpDevices())
      if (std::ranges::none_of(known, [&](const auto& other) { return other == device; }))
        library.plugin_devices.push_back(device);
    if (library.plugin_devices.empty()) library.plugin_refused = std::string(named) + " finds no device";
  } catch (const std::exception& e) {
    const std::string reason = e.what();
    library.plugin_refused = fmt::format("{}: {}", named, reason.substr(0, reason.find('\n')));
  }
}

Result<std::shared_ptr<const OnnxRuntimeLibrary>> bind(void* handle, const std::string& path) {
  using GetApiBase = const OrtApiBase*(ORT_API_CALL*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
  if (get_api_base == nullptr) return unusable(path + " is not ONNX Runtime: it has no OrtGetApiBase");
  auto library = std::make_shared<OnnxRuntimeLibrary>();
  library->path = path;
  library->version = get_api_base()->GetVersionString();
  library->api = api_version(library->version);
  const OrtApi* api = library->api >= kOldestVersion ? get_api_base()->GetApi(library->api) : nullptr;
  if (api == nullptr)
    return unusable(
        fmt::format("{} is version {}, at least 1.{} is needed", path, library->version, kOldestVersion));
  try {
    Ort::InitApi(api);
    library->env = Ort::Env(ORT_LOGGING_LEVEL_FATAL, "framegen", &ignore_log, nullptr);
  } catch (const std::exception& e) {
    return unusable(path + " does not start: " + e.what());
  }
  register_plugin(*library);
  return std::shared_ptr<const OnnxRuntimeLibrary>(std::move(library));
}

// From 1.29 on the makers' own builds for Linux report to them over the network, keep an identifier in the
// home folder and wait for the network when the process ends. A variable read once, before the first
// environment, is the only full way out; whoever has set it otherwise is obeyed.
// https://github.com/microsoft/onnxruntime/pull/27379
void refuse_telemetry() { ::setenv("ORT_DISABLE_TELEMETRY", "1", /*overwrite=*/0); }

}  // namespace

Result<std::shared_ptr<const OnnxRuntimeLibrary>> onnxruntime_library() {
  static std::mutex mutex;
  static std::shared_ptr<const OnnxRuntimeLibrary> loaded;  // never unloaded: its threads may outlive main()
  const std::lock_guard lock(mutex);
  if (!loaded) refuse_telemetry();
  std::string tried;
  for (const std::string& path : candidates()) {
    // An open library stays open; a second handle costs nothing and tells whether the name is still good.
    if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      if (!loaded) loaded = FRAMEGEN_TRY(bind(handle, path));
      return loaded;
    }
    const char* reason = dlerror();
    tried += fmt::format("{}{}", tried.empty() ? "" : ", ", reason != nullptr ? reason : path);
  }
  if (tried.empty())
    tried = std::string(kLibraryNames[0]) + " is neither beside the program nor where it was built";
  return unusable("the library cannot be loaded (" + tried + ")");
}

}  // namespace framegen
