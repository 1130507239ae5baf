// containers.cpp: both forms in which torch.save lays down a pickle and its storages.
#include "nn/checkpoint/containers.hpp"

#include "nn/checkpoint/words.hpp"
#include "nn/checkpoint/zip_archive.hpp"

namespace framegen::checkpoint {
namespace {

constexpr std::size_t kMaxPickleBytes = std::size_t{64} << 20;
constexpr std::string_view kLegacyMagic =
    "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // 0x1950a86a20f9469cfc6c

// A storage of `elements` of `type` from `bytes`, which may be longer (PyTorch pads some).
Status add_storage(Contents& contents, const PickleStorage& storage, Bytes bytes, const std::string& where) {
  const std::uint64_t size = storage.elements * bytes_of(storage.type);  // elements ≤ 2^50: no overflow
  if (bytes.size() < size)
    return torn(where, "storage " + in_quotes(storage.key) + " has " + std::to_string(bytes.size()) +
                           " bytes, its tensors need " + std::to_string(size));
  const auto [place, fresh] = contents.storages.emplace(storage.key, bytes.first(size));
  if (!fresh && place->second.size() != size)
    return checkpoint_error(where, "storage " + in_quotes(storage.key) + " is used with two sizes",
                            kSavePlain);
  return {};
}

Error refuse_torchscript(const std::string& name) {
  return checkpoint_error(
      name, "is TorchScript: a program, not a checkpoint of weights",
      "in Python: torch.save(torch.jit.load(\"in.pt\", \"cpu\").state_dict(), \"weights.pth\")");
}

// The next of the legacy form's consecutive pickles.
Result<Pickle> next_pickle(Bytes file, const std::string& name, std::size_t& at) {
  Pickle pickle = FRAMEGEN_TRY(read_pickle(file, name, at));
  at = pickle.end;
  return pickle;
}

Status check_legacy_header(Bytes file, const std::string& name, std::size_t& at) {
  const Pickle magic = FRAMEGEN_TRY(next_pickle(file, name, at));
  if (magic[magic.root].kind != PickleKind::kLong || magic[magic.root].text != kLegacyMagic)
    return checkpoint_error(name, "is a pickle, but none that torch.save wrote", kSavePlain);
  const Pickle protocol = FRAMEGEN_TRY(next_pickle(file, name, at));
  if (protocol[protocol.root].kind != PickleKind::kInteger || protocol[protocol.root].integer != 1001)
    return checkpoint_error(name, "has an unknown version of PyTorch's old format",
                            "load and save it once with a newer PyTorch");
  const Pickle machine = FRAMEGEN_TRY(next_pickle(file, name, at));
  const PickleValue* little = machine.find(machine[machine.root], "little_endian");
  if (little == nullptr || little->kind != PickleKind::kBool || little->integer != 1)
    return checkpoint_error(name, "was not written on a little-endian machine",
                            "load and save it once on an ordinary machine");
  return {};
}

}  // namespace

bool is_zip(Bytes file) { return as_text(file).starts_with("PK\x03\x04"); }
bool is_legacy(Bytes file) { return file.size() >= 2 && file[0] == 0x80 && file[1] >= 2 && file[1] <= 5; }

Result<Contents> read_zip_container(Bytes file, const std::string& name) {
  const ZipArchive zip = FRAMEGEN_TRY(ZipArchive::open(file, name));
  const std::string root = FRAMEGEN_TRY(zip.root_of("data.pkl"));
  if (zip.has(root + "/constants.pkl") || zip.has_folder(root + "/code/")) return refuse_torchscript(name);
  if (zip.has(root + "/byteorder") && as_text(FRAMEGEN_TRY(zip.read(root + "/byteorder"))) != "little")
    return checkpoint_error(name, "was not written on a little-endian machine",
                            "load and save it once on an ordinary machine");
  const Bytes bytes = FRAMEGEN_TRY(zip.read(root + "/data.pkl"));
  Contents contents;
  contents.pickle_name = name + ": data.pkl";
  if (bytes.size() > kMaxPickleBytes)
    return checkpoint_error(contents.pickle_name, "is larger than any checkpoint's", kSavePlain);
  contents.pickle = FRAMEGEN_TRY(read_pickle(bytes, contents.pickle_name));
  for (const PickleStorage& storage : contents.pickle.storages) {
    const Bytes data = FRAMEGEN_TRY(zip.read(root + "/data/" + std::string(storage.key)));
    FRAMEGEN_TRY(add_storage(contents, storage, data, name));
  }
  return contents;
}

Result<Contents> read_legacy_container(Bytes file, const std::string& name) {
  std::size_t at = 0;
  FRAMEGEN_TRY(check_legacy_header(file, name, at));
  Contents contents;
  contents.pickle_name = name;
  contents.pickle = FRAMEGEN_TRY(next_pickle(file, name, at));
  std::map<std::string_view, const PickleStorage*> known;
  for (const PickleStorage& storage : contents.pickle.storages) {
    const auto [place, fresh] = known.emplace(storage.key, &storage);
    if (!fresh && (place->second->type != storage.type || place->second->elements != storage.elements))
      return checkpoint_error(name, "storage " + in_quotes(storage.key) + " is used with two types or sizes",
                              kSavePlain);
  }
  const Pickle keys = FRAMEGEN_TRY(next_pickle(file, name, at));
  if (keys[keys.root].kind != PickleKind::kList)
    return checkpoint_error(name, "has no list of storages", kSavePlain);
  for (const PickleIndex index : keys[keys.root].items) {
    const auto storage = known.find(keys[index].text);
    if (storage == known.end())
      return checkpoint_error(name, "has a storage " + in_quotes(keys[index].text) + " that no tensor uses",
                              kSavePlain);
    if (!inside(file, at, 8)) return torn(name, "ends before storage " + in_quotes(storage->first));
    const std::uint64_t elements = little_endian(file, at, 8);
    if (elements != storage->second->elements)
      return torn(name, "storage " + in_quotes(storage->first) + " has another size than its tensors say");
    at += 8;
    FRAMEGEN_TRY(add_storage(contents, *storage->second, file.subspan(at), name));
    at += elements * bytes_of(storage->second->type);
  }
  for (const auto& [key, storage] : known)
    if (contents.storages.find(key) == contents.storages.end())
      return torn(name, "storage " + in_quotes(key) + " is missing");
  return contents;
}

}  // namespace framegen::checkpoint
