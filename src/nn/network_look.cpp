// network_look.cpp: the native reader on the other side of a pipe.
#include "nn/network_look.hpp"

#include "core/files.hpp"
#include "nn/native/native_network.hpp"
#include "sandbox/task_file.hpp"

namespace framegen {
namespace {

constexpr std::uintmax_t kLargestFile = std::uintmax_t{128} << 20;

}  // namespace

Status read_network(const sandbox::Task& task, const sandbox::RecordWriter& writer) {
  const auto bytes = FRAMEGEN_TRY(sandbox::read_whole(task));
  auto network = load_native_network(bytes);
  if (!network && !graph::is_unsupported(network.error())) {
    Error error = std::move(network).error();
    return std::move(error).within(task.name);
  }
  writer.data(sandbox::BytesOut().number(std::uint8_t{1}));
  return {};
}

Status look_at_network(const std::filesystem::path& onnx, sandbox::Zygote* zygote) {
  std::error_code unknown;
  if (zygote == nullptr || std::filesystem::file_size(onnx, unknown) > kLargestFile || unknown) return {};
  const std::string name = onnx.string();
  const auto file = open_regular(onnx);
  if (!file) return {};  // who reads it says so
  auto child = FRAMEGEN_TRY(zygote->run(&read_network, {*file, name}));
  if (!FRAMEGEN_TRY(sandbox::next_data(child, name))) return sandbox::nonsense(name);
  return {};
}

}  // namespace framegen
