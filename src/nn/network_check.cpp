// network_check.cpp: tensor by tensor, the first difference is the error.
#include "nn/network_check.hpp"

#include <algorithm>

namespace framegen {
namespace {

std::string names(const std::vector<TensorInfo>& tensors) {
  std::string list;
  for (const TensorInfo& tensor : tensors) {
    if (!list.empty()) list += ", ";
    list += "'" + tensor.name + "'";
  }
  return list.empty() ? "none" : list;
}

Error misfit(const std::string& where, std::string what) {
  return {ErrorCode::kBadAvatar, where, std::move(what), "give the network that belongs to this avatar"};
}

Result<std::vector<std::size_t>> match(const std::vector<TensorInfo>& found,
                                       const std::vector<TensorInfo>& expected, const std::string& kind,
                                       const std::string& where) {
  std::vector<std::size_t> order;
  for (const TensorInfo& wanted : expected) {
    const auto at =
        std::find_if(found.begin(), found.end(), [&](const TensorInfo& t) { return t.name == wanted.name; });
    if (at == found.end())
      return misfit(where, "no " + kind + " '" + wanted.name + "' " + to_string(wanted.shape) +
                               " in the network (" + kind + "s: " + names(found) + ")");
    if (!shape_fits(at->shape, wanted.shape))
      return misfit(where, kind + " '" + wanted.name + "' is " + to_string(at->shape) + ", expected " +
                               to_string(wanted.shape));
    order.push_back(static_cast<std::size_t>(at - found.begin()));
  }
  if (found.size() != expected.size())
    return misfit(where, "the network's " + kind + "s are " + names(found) + ", expected " + names(expected));
  return order;
}

}  // namespace

bool shape_fits(std::span<const std::int64_t> actual, std::span<const std::int64_t> declared) {
  return std::equal(actual.begin(), actual.end(), declared.begin(), declared.end(),
                    [](std::int64_t a, std::int64_t d) { return a == d || a < 0 || d < 0; });
}

Result<TensorOrder> check_network(const NetworkInfo& info, const NetworkInfo& expected,
                                  const std::string& where) {
  TensorOrder order;
  order.inputs = FRAMEGEN_TRY(match(info.inputs, expected.inputs, "input", where));
  order.outputs = FRAMEGEN_TRY(match(info.outputs, expected.outputs, "output", where));
  return order;
}

}  // namespace framegen
