// server_voice.hpp: POST /v1/audio/speech, as OpenAI's servers and many others have it.
#pragma once

#include "voice.hpp"

namespace framegen::voice {

class ServerVoice : public Voice {
 public:
  // An address without a path is given /v1/audio/speech, one that ends in /v1 what is missing. Errors:
  // kBadUse (no address, a password in it, a key that would go over the network in the clear).
  static Result<std::unique_ptr<Voice>> create(const VoiceOptions& options);
  std::string name() const override { return shown_; }
  Status say(const std::string& text, const std::string& voice, const Listener& listener,
             const std::atomic<bool>& stop) const override;

 private:
  ServerVoice() = default;

  std::string url_, shown_;  // shown: without the query, which may hold a secret
  std::string voice_, model_, key_;
  int raw_rate_hz_ = 0;
  bool loopback_ = false;
};

// Pieces of at most `most` bytes that make up the whole, cut after a sentence where one ends, else at a
// blank, else between characters of UTF-8. Servers take 4096 characters at once.
std::vector<std::string> text_pieces(const std::string& text, std::size_t most);

}  // namespace framegen::voice
