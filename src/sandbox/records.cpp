// records.cpp: eight bytes of head, then as many as it says.
#include "sandbox/records.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "sandbox/walls.hpp"

namespace framegen::sandbox {
namespace {

constexpr std::size_t kLongestText = 1000;
constexpr const char* kRemedy =
    "the file is damaged, or made to do harm: convert it with another program, or make it again";

Error broken(std::string what) { return {ErrorCode::kBadInput, {}, std::move(what), kRemedy}; }

void write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) ::_exit(0);  // nobody listens any more
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void write_head(int descriptor, RecordKind kind, std::size_t bytes) {
  const std::array<std::uint32_t, 2> head{static_cast<std::uint32_t>(kind),
                                          static_cast<std::uint32_t>(bytes)};
  write_all(descriptor, std::as_bytes(std::span(head)));
}

std::string plain(std::string text) {
  if (text.size() > kLongestText) text.resize(kLongestText);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }, ' ');
  return text;
}

std::string died_of(int signal) {
  if (signal == SIGKILL) return "its decoder was ended from outside; memory may have been short";
  if (signal == SIGXCPU) return "its decoder computed for longer than any speech or film takes";
  // A call that was made while no signals were listened to, as fork() of newer C libraries does: the handler
  // that knows its name was not asked.
  if (signal == SIGSYS)
    return "made its decoder ask for what it may not have (a system call whose name it hid)";
  return "broke its decoder (signal " + std::to_string(signal) + ")";
}

}  // namespace

void RecordWriter::write(RecordKind kind, std::span<const std::byte> bytes) const {
  write_head(descriptor_, kind, bytes.size());
  write_all(descriptor_, bytes);
}

void RecordWriter::data_in_two(std::span<const std::byte> head, std::span<const std::byte> rest) const {
  write_head(descriptor_, RecordKind::kData, head.size() + rest.size());
  write_all(descriptor_, head);
  write_all(descriptor_, rest);
}

void RecordWriter::error(const Error& error) const {
  BytesOut out;
  out.number(static_cast<std::uint32_t>(error.code)).text(error.where).text(error.what).text(error.remedy);
  write(RecordKind::kError, out.bytes());
}

RecordReader::RecordReader(int descriptor, std::size_t most_bytes, std::chrono::milliseconds patience)
    : descriptor_(descriptor), most_bytes_(most_bytes), patience_(patience) {}

RecordReader::RecordReader(RecordReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      most_bytes_(other.most_bytes_),
      patience_(other.patience_) {}

RecordReader::~RecordReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status RecordReader::read_all(std::span<std::byte> into) {
  const auto until = std::chrono::steady_clock::now() + patience_;
  while (!into.empty()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return broken("its decoder has said nothing for " + std::to_string(patience_.count() / 1000) + " s");
    pollfd way{descriptor_, POLLIN, 0};
    if (::poll(&way, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t got = ::read(descriptor_, into.data(), into.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return broken("broke off its decoder");
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<Record> RecordReader::next() {
  std::array<std::uint32_t, 2> head{};
  FRAMEGEN_TRY(read_all(std::as_writable_bytes(std::span(head))));
  if (head[1] > most_bytes_) return nonsense({});
  Record record{static_cast<RecordKind>(head[0]), Bytes(head[1])};
  FRAMEGEN_TRY(read_all(record.bytes));
  return record;
}

Error nonsense(const std::string& where) {
  return broken("made its decoder say what no decoder says").within(where);
}

Error error_of(const Record& record, const std::string& where) {
  BytesIn in(record.bytes);
  Error error = nonsense({});
  if (record.kind == RecordKind::kError) {
    const auto code = in.number<std::uint32_t>();
    const auto place = in.text(), what = in.text(), remedy = in.text();
    constexpr std::array kTheirs{ErrorCode::kInternal, ErrorCode::kBadInput, ErrorCode::kBadAvatar};
    const bool known = code && std::any_of(kTheirs.begin(), kTheirs.end(), [&](ErrorCode theirs) {
                         return *code == static_cast<std::uint32_t>(theirs);
                       });
    if (known && place && what && remedy)
      error = {static_cast<ErrorCode>(*code), plain(*place), plain(*what), plain(*remedy)};
  } else if (record.kind == RecordKind::kRefused) {
    const auto call = in.number<std::int32_t>();
    if (call) error = broken("made its decoder ask for what it may not have: " + name_of_call(*call));
  } else if (record.kind == RecordKind::kDied) {
    const auto signal = in.number<std::int32_t>();
    if (signal) error = broken(died_of(*signal));
  }
  return error.where.starts_with(where) ? error : std::move(error).within(where);
}

Result<std::optional<Record>> next_data(RecordReader& child, const std::string& where, const Log& log) {
  for (;;) {
    auto record = child.next();
    if (!record) return std::move(record.error()).within(where);
    if (record->kind == RecordKind::kData) return std::optional(*std::move(record));
    if (record->kind == RecordKind::kEnd) return std::optional<Record>();
    if (record->kind != RecordKind::kWarning) return error_of(*record, where);
    warn(log, plain(BytesIn(record->bytes).text().value_or("")));
  }
}

}  // namespace framegen::sandbox
