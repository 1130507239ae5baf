// containers.hpp: a checkpoint's file → its pickle and the bytes of every storage.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "nn/checkpoint/byte_reader.hpp"
#include "nn/checkpoint/pickle.hpp"

namespace framegen::checkpoint {

struct Contents {
  Pickle pickle;
  std::string pickle_name;                     // where the pickle stands, for errors
  std::map<std::string_view, Bytes> storages;  // by key; each at least as long as the pickle says
};

bool is_zip(Bytes file);
bool is_legacy(Bytes file);

// Errors: kBadInput.
Result<Contents> read_zip_container(Bytes file, const std::string& name);
Result<Contents> read_legacy_container(Bytes file, const std::string& name);

}  // namespace framegen::checkpoint
