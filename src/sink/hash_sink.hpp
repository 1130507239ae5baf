// hash_sink.hpp: SHA-256 of every frame and of all of them: whole renders compared in 32 bytes.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/sha256.hpp"
#include "sink/output_stream.hpp"
#include "sink/sink.hpp"

namespace framegen {

// Hashes the BGR bytes, row by row without padding, in order.
class HashSink : public Sink {
 public:
  // With a path ("-": the standard output), finish() writes a text file: a line "<index> <hex>" per frame,
  // then "all <hex>".
  explicit HashSink(std::filesystem::path text_file = {}) : text_file_(std::move(text_file)) {}
  std::string name() const override { return text_file_.empty() ? "hash" : text_file_.string(); }

  // 64 hex digits. frame(i): the i-th frame written, as soon as it is; all(): after finish().
  std::string frame(std::size_t i) const { return to_hex(frames_.at(i)); }
  std::size_t frames() const { return frames_.size(); }
  std::string all() const { return to_hex(all_); }

 private:
  Status do_begin() override;
  Status do_write(const SinkFrame& frame) override;
  Status do_finish() override;

  std::filesystem::path text_file_;
  std::optional<OutputStream> out_;  // opened at begin(): an unwritable place shows before the work
  Sha256 frame_hash_, all_hash_;
  std::vector<Sha256::Digest> frames_;
  Sha256::Digest all_{};
};

}  // namespace framegen
