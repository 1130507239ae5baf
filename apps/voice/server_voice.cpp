// server_voice.cpp: one request a piece of text; what comes back is handed on as it comes.
#include "server_voice.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "command_voice.hpp"
#include "limits.hpp"
#include "refusal.hpp"
#include "sound_reader.hpp"

namespace framegen::voice {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr long kConnectMs = 15000;
constexpr int kOpenaiRateHz = 24000;  // what OpenAI's "pcm" is
constexpr std::size_t kLongestPiece = 4000;
constexpr std::size_t kAnswerKept = 4096;  // of one that is no sound

struct Address {
  std::string url, shown, host;
  bool encrypted = false;
  bool loopback() const { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }
};

Result<Address> address_of(const std::string& text) {
  Address address;
  const std::size_t scheme = text.find("://");
  address.encrypted = text.starts_with("https://");
  const std::size_t host = scheme + 3, path = std::min(text.find_first_of("/?#", host), text.size());
  const std::string authority = text.substr(host, path - host);
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f')
      return Error{ErrorCode::kBadUse, "--tts", "holds a blank within an address",
                   "give one address and nothing else"};
  if (authority.find('@') != std::string::npos)
    return Error{ErrorCode::kBadUse, "--tts", "holds a name or a password in its address",
                 "leave it out, and give the key as FRAMEGEN_TTS_KEY in the environment"};
  const std::size_t colon = authority.rfind(':');
  address.host =
      colon == std::string::npos || authority.ends_with(']') ? authority : authority.substr(0, colon);
  if (address.host.empty())
    return Error{ErrorCode::kBadUse, "--tts " + text, "names no server",
                 "give such as http://localhost:8880/v1/audio/speech"};
  const std::size_t query = std::min(text.find_first_of("?#", path), text.size());
  std::string way = text.substr(path, query - path);
  if (way.empty() || way == "/") way = "/v1/audio/speech";
  if (way.ends_with("/v1") || way.ends_with("/v1/"))
    way = way.substr(0, way.rfind("/v1")) + "/v1/audio/speech";
  address.shown = text.substr(0, path) + way;
  address.url = address.shown + text.substr(query);
  return address;
}

Result<std::string> key_for(const Address& address) {
  const auto from = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  std::string key = from("FRAMEGEN_TTS_KEY");
  // Everybody else's server has no business with it.
  if (key.empty() && address.encrypted && address.host == "api.openai.com") key = from("OPENAI_API_KEY");
  if (key.find_first_of("\r\n") != std::string::npos)
    return Error{ErrorCode::kBadUse, "FRAMEGEN_TTS_KEY", "holds the end of a line", "give the key alone"};
  if (!key.empty() && !address.encrypted && !address.loopback())
    return Error{ErrorCode::kBadUse, "--tts " + address.shown,
                 "the key would go over the network in the clear",
                 "use https://, a tunnel to 127.0.0.1, or unset FRAMEGEN_TTS_KEY"};
  return key;
}

// A server that says what it sends, and it is nothing that can be read here.
bool is_other_kind(const char* type) {
  if (type == nullptr) return false;
  std::string kind(type);
  for (char& c : kind) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* const good : {"wav", "wave", "pcm", "l16", "octet-stream"})
    if (kind.find(good) != std::string::npos) return false;
  return !kind.empty();
}

class Request {
 public:
  Request(std::string name, SoundReader& reader) : name_(std::move(name)), reader_(reader) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() {
    if (multi_ != nullptr && easy_ != nullptr) curl_multi_remove_handle(multi_, easy_);
    if (easy_ != nullptr) curl_easy_cleanup(easy_);
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
    curl_slist_free_all(fields_);
  }

  Status prepare(const std::string& url, const std::string& body, const std::string& key, bool loopback) {
    easy_ = curl_easy_init();
    multi_ = curl_multi_init();
    key_ = key;
    body_ = body;
    bool whole = easy_ != nullptr && multi_ != nullptr && add("Content-Type: application/json") &&
                 add("Expect:") && (key.empty() || add("Authorization: Bearer " + key));
    if (!whole) return Error{ErrorCode::kInternal, name_, "out of memory", ""};
    const auto set = [&](CURLoption option, auto value) {
      whole = curl_easy_setopt(easy_, option, value) == CURLE_OK && whole;
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    set(CURLOPT_POSTFIELDS, body_.c_str());
    set(CURLOPT_HTTPHEADER, fields_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_USERAGENT, "framegen");
    // Another address is another server, which is not to be given the key.
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_ERRORBUFFER, said_.data());
    set(CURLOPT_WRITEFUNCTION, &Request::on_bytes);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    if (loopback) set(CURLOPT_PROXY, "");
    if (!whole || curl_multi_add_handle(multi_, easy_) != CURLM_OK)
      return Error{ErrorCode::kBadUse, name_, "cannot be asked", "check the address that --tts gives"};
    return {};
  }

  Status run(const std::atomic<bool>& stop) {
    last_ = Clock::now();
    for (int running = 1; running != 0;) {
      if (curl_multi_perform(multi_, &running) != CURLM_OK)
        return Error{ErrorCode::kInternal, name_, "the connection cannot be kept up", "try again"};
      if (failed_) return *failed_;
      if (stop) return Error{ErrorCode::kCancelled, name_, "stopped as you asked", ""};
      if (Clock::now() - last_ > kPatience)
        return Error{ErrorCode::kBadInput, name_, "has given nothing for a minute",
                     "see what the server says"};
      if (running != 0) curl_multi_poll(multi_, nullptr, 0, kLookMs, nullptr);
    }
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi_, &left);
    return message == nullptr ? Status() : verdict(message->data.result);
  }

 private:
  bool add(const std::string& field) {
    curl_slist* const longer = curl_slist_append(fields_, field.c_str());
    if (longer != nullptr) fields_ = longer;
    return longer != nullptr;
  }

  static std::size_t on_bytes(char* bytes, std::size_t, std::size_t size, void* self) {
    auto& request = *static_cast<Request*>(self);
    try {
      return request.take({reinterpret_cast<const std::uint8_t*>(bytes), size}) ? size : CURL_WRITEFUNC_ERROR;
    } catch (const std::exception& e) {
      request.failed_ = Error{ErrorCode::kInternal, request.name_, e.what(), ""};
      return CURL_WRITEFUNC_ERROR;
    }
  }

  bool take(std::span<const std::uint8_t> bytes) {
    long status = 0;
    char* type = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
    if (status != 200 || is_other_kind(type)) {
      answer_.append(reinterpret_cast<const char*>(bytes.data()),
                     std::min(bytes.size(), kAnswerKept - answer_.size()));
      if (status == 200)
        failed_ = Error{ErrorCode::kBadInput, name_, std::string("gives ") + type + ", not WAV",
                        "name a server, or a --tts-model, that gives WAV or 16-bit samples"};
      return status != 200;
    }
    const Status taken = reader_.take(bytes);
    if (!taken) failed_ = taken.error();
    last_ = Clock::now();  // the listener's own time is not the server's
    return taken.ok();
  }

  Status verdict(CURLcode code) {
    if (failed_) return *failed_;
    if (code != CURLE_OK) {
      std::string said = said_[0] != '\0' ? said_.data() : curl_easy_strerror(code);
      without(said, key_);
      return Error{ErrorCode::kBadInput, name_, "cannot be asked: " + said, "is it running there?"};
    }
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) return {};
    std::string words = words_of_refusal(answer_);
    without(words, key_);
    return Error{ErrorCode::kBadInput, name_,
                 "answers " + std::to_string(status) + (words.empty() ? "" : ": " + words), remedy(status)};
  }

  std::string remedy(long status) const {
    if (status == 401 || status == 403)
      return key_.empty() ? "give a key as FRAMEGEN_TTS_KEY in the environment" : "check the key";
    if (status == 404) return "check the path that --tts gives, and --tts-model";
    if (status / 100 == 3) return "name the address that it has moved to";
    return status == 429 || status / 100 == 5 ? "try again later" : "check --voice and --tts-model";
  }

  std::string name_, key_, body_, answer_;
  SoundReader& reader_;
  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  curl_slist* fields_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> said_{};
  std::optional<Error> failed_;
  Clock::time_point last_;
};

}  // namespace

std::vector<std::string> text_pieces(const std::string& text, std::size_t most) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = std::min(most, text.size() - at);
    if (at + size < text.size()) {
      const std::string_view room(text.data() + at, size);
      std::size_t cut = 0;
      for (std::size_t i = 1; i < size; ++i)
        if (room[i] == '\n' ||
            (room[i] == ' ' && std::string_view(".!?").find(room[i - 1]) != std::string_view::npos))
          cut = i + 1;
      if (cut == 0) cut = room.rfind(' ') == std::string_view::npos ? 0 : room.rfind(' ') + 1;
      for (std::size_t i = size; cut == 0 && i > 0; --i)
        if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) cut = i;
      if (cut != 0) size = cut;
    }
    pieces.push_back(text.substr(at, size));
    at += size;
  }
  std::erase_if(pieces, [](const std::string& piece) {
    return piece.find_first_not_of(" \t\r\n") == std::string::npos;
  });
  return pieces;
}

Result<std::unique_ptr<Voice>> ServerVoice::create(const VoiceOptions& options) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const Address address = FRAMEGEN_TRY(address_of(options.tts));
  std::unique_ptr<ServerVoice> voice(new ServerVoice);
  voice->url_ = address.url;
  voice->shown_ = address.shown;
  voice->loopback_ = address.loopback();
  voice->key_ = FRAMEGEN_TRY(key_for(address));
  voice->voice_ = options.voice.empty() ? "alloy" : options.voice;
  voice->model_ = options.model.empty() ? "tts-1" : options.model;
  voice->raw_rate_hz_ = options.raw_rate_hz > 0 ? options.raw_rate_hz : kOpenaiRateHz;
  return std::unique_ptr<Voice>(std::move(voice));
}

Status ServerVoice::say(const std::string& text, const std::string& voice, const Listener& listener,
                        const std::atomic<bool>& stop) const {
  FRAMEGEN_TRY(check_text(text));
  if (voice.size() > kLongestVoice)
    return Error{ErrorCode::kBadUse, "voice", "is too long a name", "give one that " + shown_ + " knows"};
  for (const std::string& piece : text_pieces(text, kLongestPiece)) {
    const nlohmann::json body{{"model", model_},
                              {"input", piece},
                              {"voice", voice.empty() ? voice_ : voice},
                              {"response_format", "wav"}};
    SoundReader reader(shown_, raw_rate_hz_, longest_speech_s(text), listener);
    Request request(shown_, reader);
    FRAMEGEN_TRY(request.prepare(url_, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                                 key_, loopback_));
    FRAMEGEN_TRY(request.run(stop));
    FRAMEGEN_TRY(reader.finish());
  }
  return {};
}

}  // namespace framegen::voice
