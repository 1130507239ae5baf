// stream.cpp: framegen stream: sound on the standard input, or text; a live presenter to any address.
#include "stream.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <thread>

#include "command.hpp"
#include "framegen/live.hpp"
#include "sink/url_writer.hpp"
#include "spoken_text.hpp"
#include "whip.hpp"
#include "words/outputs.hpp"
#include "words/text_words.hpp"
#include "words/wav_head.hpp"

namespace framegen::app {
namespace {

using namespace std::chrono_literals;
constexpr auto kFrameTime = 40ms;
constexpr auto kPatience = 100ms;  // for a face that is late

struct StreamWords {
  std::string avatar, blend = "reference";
  int pause_ms = 300;
  LiveOptions live;
  UrlOptions url;
  std::string token;  // WHIP's
  CLI::Option *crf = nullptr, *preset = nullptr;
  OverwriteWords overwrite;
  TextWords text;
  EngineWords engine;
};

// Reads s16le from the standard input into the session, on a thread of its own.
class StandardInput {
 public:
  StandardInput(LiveSession& session, int pause_ms, int rate_hz)
      : session_(session), pause_ms_(pause_ms), rate_hz_(rate_hz) {}
  ~StandardInput() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void begin() {
    thread_ = std::thread([this] { run(); });
  }
  // Waits for the input's end. Errors: what came was no raw sound.
  Status end() {
    thread_.join();
    return wrong_ ? Status(*wrong_) : Status();
  }

 private:
  void run() {
    int quiet_ms = 0;
    while (!stop_ && !interrupted) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      constexpr int kLookMs = 20;
      if (::poll(&input, 1, kLookMs) == 0) {
        quiet_ms += kLookMs;
        // Somebody has paused: what was said so far is a whole, and its end is not kept waiting for more.
        if (quiet_ms == (pause_ms_ + kLookMs - 1) / kLookMs * kLookMs) (void)session_.flush();
        continue;
      }
      quiet_ms = 0;
      const ssize_t got = ::read(STDIN_FILENO, bytes_.data() + odd_, bytes_.size() - odd_);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      if (!take(odd_ + static_cast<std::size_t>(got))) break;
    }
    (void)session_.finish();
  }

  // What `bytes_` holds. People pipe whole files: a WAV's header is no sound, and other kinds are not raw.
  // False: there is nothing to be made of it.
  bool take(std::size_t bytes) {
    if (!begun_) {
      const auto head = bytes_before_sound(std::span(bytes_).first(bytes), rate_hz_);
      if (!head) {
        wrong_ = head.error();
        return false;
      }
      if (!*head) {  // more is needed to tell; a header that fills the buffer is none of a WAV's
        odd_ = bytes;
        return bytes < bytes_.size();
      }
      begun_ = true;
      bytes -= **head;
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(**head), bytes, bytes_.begin());
    }
    give(bytes);
    return true;
  }

  // A pipe may cut samples in two.
  void give(std::size_t bytes) {
    const std::span samples(reinterpret_cast<const std::int16_t*>(bytes_.data()), bytes / 2);
    for (auto taken = session_.push(samples); taken && !*taken && !stop_ && !interrupted;
         taken = session_.push(samples))
      std::this_thread::sleep_for(20ms);
    odd_ = bytes % 2;
    if (odd_ != 0) bytes_[0] = bytes_[bytes - 1];
  }

  LiveSession& session_;
  int pause_ms_, rate_hz_;
  bool begun_ = false;
  std::optional<Error> wrong_;  // written by the thread, read when it has ended
  alignas(std::int16_t) std::array<std::uint8_t, 8192> bytes_{};
  std::size_t odd_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// https:// may be an address of libavformat's, too: who means that names a container.
bool is_whip(const StreamWords& words) {
  const std::string& to = words.url.url;
  return to.starts_with("whip://") || to.starts_with("whips://") ||
         (to.starts_with("https://") && words.url.format.empty() && !words.url.raw);
}

Status check_whip(StreamWords& words) {
  if (!is_whip(words)) {
    if (words.token.empty()) return {};
    return Error{ErrorCode::kBadUse, "--token", "is of WHIP alone", "leave it out, or stream to whips://…"};
  }
  const bool line_decides = words.crf->count() > 0 || words.preset->count() > 0;
  if (line_decides || words.url.raw || !words.url.format.empty())
    return Error{ErrorCode::kBadUse, "--to " + words.url.url.substr(0, words.url.url.find('?')),
                 "WHIP is H.264 and Opus, as the line has it",
                 "leave --format, --raw, --crf and --preset out"};
  if (const char* const token = std::getenv("FRAMEGEN_WHIP_TOKEN"); token != nullptr && words.token.empty())
    words.token = token;
  return {};
}

// A file on this machine: what is there already is nobody's to lose. Streams are written as they come.
Status claim(const StreamWords& words) {
  const std::string& to = words.url.url;
  if (to == "-" || to.find("://") != std::string::npos) return {};
  const NamedPath input =
      words.text.given() ? NamedPath{"--text-file", words.text.file()} : NamedPath{"standard input", "-"};
  return claim_outputs({.inputs = {input}, .outputs = {{"--to", to}}}, words.overwrite);
}

// `write` is given pictures with their sound, each when it is due.
template <class Write, class Close>
Status pump(LiveSession& session, const Write& write, const Close& close) {
  auto due = std::chrono::steady_clock::now();
  LiveOutput out;
  while (!interrupted) {
    const LivePulled pulled = FRAMEGEN_TRY(session.pull(out, kPatience));
    if (pulled == LivePulled::kFinished) return close();
    if (pulled == LivePulled::kSegmentEnd) continue;
    FRAMEGEN_TRY(write(out));
    due += kFrameTime;
    std::this_thread::sleep_until(due);
  }
  FRAMEGEN_TRY(close());
  return Error{ErrorCode::kCancelled, "stream", "stopped as you asked", ""};
}

// `input`: StandardInput or SpokenText, which feeds the session from a thread of its own.
template <class Input>
Status publish(const StreamWords& words, const AvatarInfo& avatar, LiveSession& session, Input& input) {
  server::WhipOptions whip{words.url.url, words.token};
  whip.width = avatar.width;
  whip.height = avatar.height;
  whip.sample_rate_hz = words.live.sample_rate_hz;
  whip.stop = &interrupted;
  const auto publisher = FRAMEGEN_TRY(server::open_whip(whip));
  input.begin();
  FRAMEGEN_TRY(pump(
      session, [&](const LiveOutput& out) { return publisher->write(out.frame, out.sound); },
      [&] { return publisher->close(); }));
  return input.end();
}

template <class Input>
Status show(const StreamWords& words, const AvatarInfo& avatar, LiveSession& session, Input& input) {
  if (avatar.width % 2 != 0 || avatar.height % 2 != 0)
    print_warning(words.url.url + ": video has even sizes, and the avatar is " +
                  std::to_string(avatar.width) + "×" + std::to_string(avatar.height) +
                  ": its edges are repeated");
  if (is_whip(words)) return publish(words, avatar, session, input);
  UrlOptions url = words.url;
  if (url.url == "-" && url.format.empty()) url.raw = true;
  url.width = avatar.width;
  url.height = avatar.height;
  url.sample_rate_hz = words.live.sample_rate_hz;
  url.stop = &interrupted;
  const auto writer = FRAMEGEN_TRY(UrlWriter::open(url));
  const auto write = [&](const LiveOutput& out) {
    const Frame& frame = out.frame;
    return writer->write({frame.planes, frame.plane_strides, next_even(frame.width), next_even(frame.height)},
                         out.sound);
  };
  input.begin();
  FRAMEGEN_TRY(pump(session, write, [&] { return writer->close(); }));
  return input.end();
}

// The voice says at which rate it speaks: the session is made for that.
Status stream_text(StreamWords& words, const std::shared_ptr<const Avatar>& avatar, const voice::Voice& voice,
                   const std::string& text) {
  SpokenText spoken(voice, text);
  words.live.sample_rate_hz = FRAMEGEN_TRY(spoken.rate_hz());
  LiveSession session = FRAMEGEN_TRY(LiveSession::create(avatar, words.live));
  SpokenText::Into into(spoken, session);
  return show(words, avatar->info(), session, into);
}

Status run(StreamWords& words) {
  FRAMEGEN_TRY(words.text.check());
  FRAMEGEN_TRY(check_whip(words));
  FRAMEGEN_TRY(claim(words));
  const std::string text = words.text.given() ? FRAMEGEN_TRY(words.text.text()) : "";
  std::unique_ptr<voice::Voice> voice;
  if (words.text.given()) voice = FRAMEGEN_TRY(voice::open_voice(words.text.voice.options));
  words.live.format = PixelFormat::kI420;
  words.live.blend = words.blend == "feather" ? Blend::kFeather : Blend::kReference;
  const EngineOptions options = FRAMEGEN_TRY(words.engine.options());
  Engine engine = FRAMEGEN_TRY(Engine::create(options));
  const auto folder = FRAMEGEN_TRY(avatar_folder(words.avatar));
  const auto avatar = FRAMEGEN_TRY(Avatar::open(engine, folder));
  tell_precision(avatar->info());
  if (voice) return stream_text(words, avatar, *voice, text);
  LiveSession session = FRAMEGEN_TRY(LiveSession::create(avatar, words.live));
  StandardInput input(session, words.pause_ms, words.live.sample_rate_hz);
  return show(words, avatar->info(), session, input);
}

}  // namespace

void add_stream(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<StreamWords>();
  CLI::App* command = program.add_subcommand(
      "stream", "sound on the standard input, or text → a live presenter to any address");
  command->add_option("--avatar", words->avatar, "the presenter's folder; default: ava");
  command
      ->add_option(
          "--to", words->url.url,
          "rtmp://, rtsp://, srt://, udp://, tcp://, whip:// and over TLS whips:// or https://, a file, or - "
          "for the standard output")
      ->required();
  command->add_option("--token", words->token,
                      "shown to the WHIP server that --to names, and to no other; also FRAMEGEN_WHIP_TOKEN");
  words->overwrite.add_to(*command);
  auto* rate = command->add_option("--rate", words->live.sample_rate_hz, "of the sound: s16le, mono")
                   ->capture_default_str();
  words->text.add_to(*command, rate);
  command->add_option("--format", words->url.format,
                      "FFmpeg's name of the container; default: what suits the address");
  command->add_flag("--raw", words->url.raw,
                    "pictures and sound as they are, not H.264 and AAC; default for -");
  words->crf = command->add_option("--crf", words->url.crf, "x264 quality")
                   ->capture_default_str()
                   ->check(CLI::Range(0, 51));
  words->preset = command->add_option("--preset", words->url.preset, "x264 speed")->capture_default_str();
  command->add_option("--pause-ms", words->pause_ms, "so long without input, and what was said is a whole")
      ->capture_default_str()
      ->check(CLI::Range(40, 60000));
  command->add_option("--look-ahead-ms", words->live.look_ahead_ms,
                      "sound waited for before a mouth is made, 173 … 453; -1: all");
  command
      ->add_option("--silence-gate-db", words->live.silence_gate_db, "the mouth rests below this; 0: never")
      ->check(CLI::Range(-90, 0));
  command->add_option("--blend", words->blend, "reference or feather (no seam)")
      ->check(CLI::IsMember({"reference", "feather"}));
  words->engine.precision = "auto";
  words->engine.add_to(*command);
  command->callback([words, &exit_code] {
    const Status status = run(*words);
    if (!status) exit_code = fail(status.error());
  });
}

}  // namespace framegen::app
