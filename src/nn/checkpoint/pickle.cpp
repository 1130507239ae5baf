// pickle.cpp: a pickle machine without a callable in it: a stack of indices, no recursion, limits on
// everything.
#include "nn/checkpoint/pickle.hpp"

#include <array>

#include "nn/checkpoint/pickle_calls.hpp"
#include "nn/checkpoint/words.hpp"

namespace framegen::checkpoint {
namespace {

// A state dict of 556 tensors has 7,000 values; its optimiser three times as many.
constexpr std::size_t kMaxValues = 1 << 20;
constexpr std::size_t kMaxStack = 1 << 20;
constexpr std::size_t kMaxItems = 1 << 22;  // in all tuples, lists and dicts together
constexpr std::size_t kMaxDepth = 1 << 10;  // of marks
constexpr PickleIndex kUnset = 0xffffffff;

// Letters as in Python's pickletools.
enum Op : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNoneOp = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobalOp = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTupleOp = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kShortBinUnicode = 0x8c,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95
};

class Reader {
 public:
  Reader(Bytes bytes, const std::string& where, std::size_t begin)
      : bytes_(bytes), where_(where), at_(begin) {}

  Result<Pickle> read() {
    while (!stopped_) {
      op_at_ = at_;
      const auto op = static_cast<std::uint8_t>(FRAMEGEN_TRY(number(1)));
      FRAMEGEN_TRY(step(op));
    }
    pickle_.end = at_;
    return std::move(pickle_);
  }

 private:
  std::string place() const { return where_ + ", byte " + std::to_string(op_at_); }
  Error odd(std::string what) const { return checkpoint_error(place(), std::move(what), kSavePlain); }
  Error underflow() const { return odd("the pickle takes more from its stack than is on it"); }

  Result<Bytes> take(std::uint64_t size) {
    if (!inside(bytes_, at_, size)) return torn(place(), "the pickle ends too early");
    const Bytes taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
  }
  Result<std::uint64_t> number(std::size_t width) {
    return little_endian(FRAMEGEN_TRY(take(width)), 0, width);
  }
  // A length of `width` bytes, then as many bytes.
  Result<std::string_view> counted(std::size_t width) {
    const std::uint64_t size = FRAMEGEN_TRY(number(width));
    return as_text(FRAMEGEN_TRY(take(size)));
  }
  Result<std::string_view> line() {
    const std::string_view rest = as_text(bytes_).substr(at_);
    const std::size_t end = rest.find('\n');
    if (end == rest.npos) return torn(place(), "the pickle ends within a name");
    at_ += end + 1;
    return rest.substr(0, end);
  }

  Status push_index(PickleIndex index) {
    if (stack_.size() == kMaxStack) return odd("the pickle's stack grows beyond any checkpoint's");
    stack_.push_back(index);
    return {};
  }
  Status push(PickleValue value) {
    if (pickle_.values.size() == kMaxValues) return odd("the pickle has more values than any checkpoint");
    FRAMEGEN_TRY(count_items(value.items.size()));
    pickle_.values.push_back(std::move(value));
    return push_index(static_cast<PickleIndex>(pickle_.values.size() - 1));
  }
  Status count_items(std::size_t more) {
    items_ += more;
    if (items_ > kMaxItems) return odd("the pickle's collections grow beyond any checkpoint's");
    return {};
  }
  // What lies above the last mark's place may be popped.
  std::size_t poppable() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }
  Result<PickleIndex> pop() {
    if (poppable() == 0) return underflow();
    const PickleIndex top = stack_.back();
    stack_.pop_back();
    return top;
  }
  Result<std::vector<PickleIndex>> pop_some(std::size_t count) {
    if (poppable() < count) return underflow();
    std::vector<PickleIndex> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  Result<std::vector<PickleIndex>> pop_to_mark() {
    if (marks_.empty()) return odd("the pickle closes a collection that it never opened");
    auto items = FRAMEGEN_TRY(pop_some(poppable()));
    marks_.pop_back();
    return items;
  }

  Status step(std::uint8_t op);
  Result<bool> constant(std::uint8_t op);
  Result<bool> text(std::uint8_t op);
  Result<bool> memo(std::uint8_t op);
  Result<bool> collection(std::uint8_t op);
  Result<bool> callable(std::uint8_t op);
  Status remember(Result<std::uint64_t> read);
  Status recall(Result<std::uint64_t> read);
  Status push_tuple(Result<std::vector<PickleIndex>> items);
  Status add_to(PickleKind kind, Result<std::vector<PickleIndex>> added);
  Status push_global(std::string_view module, std::string_view name);
  Status reduce();
  Status long1();

  Bytes bytes_;
  const std::string& where_;
  std::size_t at_;
  std::size_t op_at_ = 0;
  bool stopped_ = false;
  std::size_t items_ = 0;
  std::vector<PickleIndex> stack_;
  std::vector<std::size_t> marks_;  // sizes that the stack had
  std::vector<PickleIndex> memo_;
  Pickle pickle_;
};

Status Reader::step(std::uint8_t op) {
  switch (op) {
    case kProto: {
      const std::uint64_t protocol = FRAMEGEN_TRY(number(1));
      if (protocol < 2 || protocol > 4)
        return odd("pickle protocol " + std::to_string(protocol) + " is not read here");
      return {};
    }
    case kFrame:
      FRAMEGEN_TRY(take(8));
      return {};  // how much to read at once; we have it all
    case kStop:
      pickle_.root = FRAMEGEN_TRY(pop());
      stopped_ = true;
      return {};
    default:
      break;
  }
  for (const auto handler :
       {&Reader::constant, &Reader::text, &Reader::memo, &Reader::collection, &Reader::callable})
    if (FRAMEGEN_TRY((this->*handler)(op))) return {};
  constexpr std::string_view kDigits = "0123456789abcdef";
  return odd(std::string("pickle opcode 0x") + kDigits[op >> 4] + kDigits[op & 15] +
             " stands in no checkpoint of weights");
}

Result<bool> Reader::constant(std::uint8_t op) {
  const auto integer = [&](std::size_t width) -> Status {
    std::uint64_t value = FRAMEGEN_TRY(number(width));
    if (width == 4) value = static_cast<std::uint64_t>(static_cast<std::int32_t>(value));
    return push(PickleValue{PickleKind::kInteger, static_cast<std::int64_t>(value)});
  };
  switch (op) {
    case kNoneOp:
      FRAMEGEN_TRY(push(PickleValue{PickleKind::kNone}));
      return true;
    case kNewTrue:
      FRAMEGEN_TRY(push(PickleValue{PickleKind::kBool, 1}));
      return true;
    case kNewFalse:
      FRAMEGEN_TRY(push(PickleValue{PickleKind::kBool, 0}));
      return true;
    case kBinInt:
      FRAMEGEN_TRY(integer(4));
      return true;
    case kBinInt1:
      FRAMEGEN_TRY(integer(1));
      return true;
    case kBinInt2:
      FRAMEGEN_TRY(integer(2));
      return true;
    case kLong1:
      FRAMEGEN_TRY(long1());
      return true;
    case kBinFloat:
      FRAMEGEN_TRY(take(8));
      FRAMEGEN_TRY(push(PickleValue{PickleKind::kFloat}));
      return true;
    default:
      return false;
  }
}

Status Reader::long1() {
  const std::string_view raw = FRAMEGEN_TRY(counted(1));
  if (raw.size() > 8) return push(PickleValue{PickleKind::kLong, 0, raw});
  std::uint64_t value =
      raw.empty() || (raw.back() & 0x80) == 0 ? 0 : ~std::uint64_t{0};  // the sign is extended
  for (std::size_t i = raw.size(); i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(raw[i]);
  return push(PickleValue{PickleKind::kInteger, static_cast<std::int64_t>(value)});
}

Result<bool> Reader::text(std::uint8_t op) {
  std::size_t width = 0;
  switch (op) {
    case kBinUnicode:
    case kBinString:
    case kBinBytes:
      width = 4;
      break;
    case kShortBinUnicode:
    case kShortBinString:
    case kShortBinBytes:
      width = 1;
      break;
    default:
      return false;
  }
  const std::string_view characters = FRAMEGEN_TRY(counted(width));
  FRAMEGEN_TRY(push(PickleValue{PickleKind::kText, 0, characters}));
  return true;
}

Status Reader::remember(Result<std::uint64_t> read) {
  const std::uint64_t slot = FRAMEGEN_TRY(std::move(read));
  if (poppable() == 0) return underflow();
  if (slot >= kMaxValues) return odd("the pickle remembers more values than any checkpoint");
  if (slot >= memo_.size()) memo_.resize(slot + 1, kUnset);
  memo_[slot] = stack_.back();
  return {};
}

Status Reader::recall(Result<std::uint64_t> read) {
  const std::uint64_t slot = FRAMEGEN_TRY(std::move(read));
  if (slot >= memo_.size() || memo_[slot] == kUnset)
    return odd("the pickle recalls a value that it never remembered");
  return push_index(memo_[slot]);
}

Result<bool> Reader::memo(std::uint8_t op) {
  switch (op) {
    case kBinPut:
      FRAMEGEN_TRY(remember(number(1)));
      return true;
    case kLongBinPut:
      FRAMEGEN_TRY(remember(number(4)));
      return true;
    case kMemoize:
      FRAMEGEN_TRY(remember(std::uint64_t{memo_.size()}));
      return true;
    case kBinGet:
      FRAMEGEN_TRY(recall(number(1)));
      return true;
    case kLongBinGet:
      FRAMEGEN_TRY(recall(number(4)));
      return true;
    case kPop:
      FRAMEGEN_TRY(pop());
      return true;
    default:
      return false;
  }
}

Status Reader::push_tuple(Result<std::vector<PickleIndex>> items) {
  return push(PickleValue{PickleKind::kTuple, 0, {}, FRAMEGEN_TRY(std::move(items))});
}

// Into the list or dict on top of the stack.
Status Reader::add_to(PickleKind kind, Result<std::vector<PickleIndex>> added) {
  const auto items = FRAMEGEN_TRY(std::move(added));
  if (poppable() == 0) return underflow();
  PickleValue& target = pickle_.values[stack_.back()];
  if (target.kind == PickleKind::kObject) return {};
  if (target.kind != kind || (kind == PickleKind::kDict && items.size() % 2 != 0))
    return odd("the pickle fills something that is no list or dict");
  FRAMEGEN_TRY(count_items(items.size()));
  target.items.insert(target.items.end(), items.begin(), items.end());
  return {};
}

Result<bool> Reader::collection(std::uint8_t op) {
  switch (op) {
    case kMark:
      if (marks_.size() == kMaxDepth) return odd("the pickle is nested deeper than any checkpoint");
      marks_.push_back(stack_.size());
      return true;
    case kEmptyDict:
      FRAMEGEN_TRY(push(PickleValue{PickleKind::kDict}));
      return true;
    case kEmptyList:
      FRAMEGEN_TRY(push(PickleValue{PickleKind::kList}));
      return true;
    case kEmptyTuple:
      FRAMEGEN_TRY(push_tuple(pop_some(0)));
      return true;
    case kTuple1:
      FRAMEGEN_TRY(push_tuple(pop_some(1)));
      return true;
    case kTuple2:
      FRAMEGEN_TRY(push_tuple(pop_some(2)));
      return true;
    case kTuple3:
      FRAMEGEN_TRY(push_tuple(pop_some(3)));
      return true;
    case kTupleOp:
      FRAMEGEN_TRY(push_tuple(pop_to_mark()));
      return true;
    case kAppend:
      FRAMEGEN_TRY(add_to(PickleKind::kList, pop_some(1)));
      return true;
    case kAppends:
      FRAMEGEN_TRY(add_to(PickleKind::kList, pop_to_mark()));
      return true;
    case kSetItem:
      FRAMEGEN_TRY(add_to(PickleKind::kDict, pop_some(2)));
      return true;
    case kSetItems:
      FRAMEGEN_TRY(add_to(PickleKind::kDict, pop_to_mark()));
      return true;
    default:
      return false;
  }
}

Status Reader::push_global(std::string_view module, std::string_view name) {
  const auto place_in_list = allowed_global(module, name);
  if (!place_in_list)
    return odd("names the callable " + in_quotes(std::string(module) + "." + std::string(name)) +
               ", which is refused: it is none of those that plain weights need");
  return push(PickleValue{PickleKind::kGlobal, *place_in_list});
}

// callable, tuple of arguments → its result
Status Reader::reduce() {
  const auto both = FRAMEGEN_TRY(pop_some(2));
  const PickleValue& callee = pickle_[both[0]];
  if (callee.kind != PickleKind::kGlobal || pickle_[both[1]].kind != PickleKind::kTuple)
    return odd("the pickle calls something that is no callable");
  const std::vector<PickleIndex> arguments = pickle_[both[1]].items;
  return push(FRAMEGEN_TRY(call(pickle_, callee.integer, arguments, place())));
}

Result<bool> Reader::callable(std::uint8_t op) {
  switch (op) {
    case kGlobalOp: {
      const std::string_view module = FRAMEGEN_TRY(line());
      const std::string_view name = FRAMEGEN_TRY(line());
      FRAMEGEN_TRY(push_global(module, name));
      return true;
    }
    case kStackGlobal: {
      const auto names = FRAMEGEN_TRY(pop_some(2));
      FRAMEGEN_TRY(push_global(pickle_[names[0]].text, pickle_[names[1]].text));
      return true;
    }
    case kReduce:
      FRAMEGEN_TRY(reduce());
      return true;
    case kBinPersId: {
      const PickleIndex id = FRAMEGEN_TRY(pop());
      PickleValue storage = FRAMEGEN_TRY(persistent_load(pickle_, id, place()));
      FRAMEGEN_TRY(push(std::move(storage)));
      return true;
    }
    case kBuild: {  // sets attributes of the object below: OrderedDict._metadata; nothing that we keep
      FRAMEGEN_TRY(pop());
      if (poppable() == 0) return underflow();
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

std::size_t bytes_of(ScalarType type) {
  constexpr std::array<std::size_t, 10> kBytes{4, 2, 2, 8, 8, 4, 2, 1, 1, 1};
  return kBytes[static_cast<std::size_t>(type)];
}

const char* name_of(ScalarType type) {
  constexpr std::array kNames{"float32", "float16", "bfloat16", "float64", "int64",
                              "int32",   "int16",   "int8",     "uint8",   "bool"};
  return kNames[static_cast<std::size_t>(type)];
}

const PickleValue* Pickle::find(const PickleValue& dict, std::string_view key) const {
  if (dict.kind != PickleKind::kDict) return nullptr;
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2)
    if (values[dict.items[i]].kind == PickleKind::kText && values[dict.items[i]].text == key)
      return &values[dict.items[i + 1]];
  return nullptr;
}

Result<Pickle> read_pickle(Bytes bytes, const std::string& where, std::size_t begin) {
  return Reader(bytes, where, begin).read();
}

}  // namespace framegen::checkpoint
