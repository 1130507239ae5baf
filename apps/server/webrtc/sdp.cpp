// sdp.cpp: strangers' lines, each with a limit; what is not known is left out of the answer.
#include "webrtc/sdp.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace framegen::server::webrtc {
namespace {

constexpr std::size_t kMostMedia = 16, kLongestName = 256, kLongestLine = 1024, kMostCandidates = 64;
constexpr std::string_view kSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
constexpr const char* kKnownFeedback[] = {"nack", "nack pli", "ccm fir", "goog-remb"};

Error no_offer(const std::string& why) {
  return {ErrorCode::kBadUse, "offer", why, "send what a browser's createOffer() says, as application/sdp"};
}

// "rest" of a text that begins with `head`.
std::optional<std::string_view> after(std::string_view text, std::string_view head) {
  if (!text.starts_with(head)) return {};
  return text.substr(head.size());
}

// Up to the next space, which is taken off too.
std::string_view word(std::string_view& text) {
  const std::string_view found = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), found.size() + 1));
  return found;
}

std::optional<int> whole(std::string_view text, int base = 10) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return {};
  return value;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 32) == (y | 32); });
}

// What goes back to them or into a table: letters, digits and a few signs (RFC 8839's ice-char and more).
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("+/-_.:{}=").find(c) != std::string_view::npos;
  });
}

// One section's lines, gathered; which codec is taken is known at its end.
class MediaReader {
 public:
  Status begin(std::string_view line) {
    media.line = line;
    const std::string_view kind = word(line);
    media.kind = kind == "audio"   ? OfferedMedia::Kind::kAudio
                 : kind == "video" ? OfferedMedia::Kind::kVideo
                                   : OfferedMedia::Kind::kOther;
    refused_ = word(line) == "0";
    if (media.kind != OfferedMedia::Kind::kOther && word(line) != "UDP/TLS/RTP/SAVPF")
      return no_offer("asks for media over something other than UDP/TLS/RTP/SAVPF");
    while (!line.empty()) {
      const auto payload = whole(word(line));
      if (payload && *payload < 128 && order_.size() < 128) order_.push_back(*payload);
    }
    return {};
  }

  void read(std::string_view line) {
    if (const auto rest = after(line, "a=mid:"); rest && is_plain(*rest)) media.mid = *rest;
    if (line == "a=sendonly" || line == "a=inactive") media.wants_media = false;
    if (line == "a=recvonly" || line == "a=inactive") media.has_media = false;
    if (auto rest = after(line, "a=rtpmap:")) of_codec(*rest, [](Codec& c, auto text) { c.name = text; });
    if (auto rest = after(line, "a=fmtp:")) of_codec(*rest, [](Codec& c, auto text) { c.parameters = text; });
    if (auto rest = after(line, "a=rtcp-fb:")) feedback(*rest);
    if (auto rest = after(line, "a=extmap:")) extension(*rest);
  }

  OfferedMedia end() {
    for (const int payload : order_) {
      const auto found = codecs_.find(payload);
      if (found == codecs_.end() || !suits(found->second)) continue;
      const bool better =
          media.payload < 0 || (profile_rank(found->second) < profile_rank(codecs_[media.payload]));
      if (better) media.payload = payload;
    }
    if (media.payload < 0) return media;
    const Codec& chosen = codecs_[media.payload];
    media.parameters = chosen.parameters;
    media.profile = profile_of(chosen);
    for (const char* known : kKnownFeedback)
      if (std::ranges::find(chosen.feedback, known) != chosen.feedback.end() ||
          std::ranges::find(feedback_of_all_, known) != feedback_of_all_.end())
        media.feedback.emplace_back(known);
    return media;
  }

  // By its port, which says so in an answer alone.
  bool is_refused() const { return refused_; }

  OfferedMedia media;

 private:
  struct Codec {
    std::string name, parameters;
    std::vector<std::string> feedback;
  };

  template <class Act>
  void of_codec(std::string_view text, const Act& act) {
    const auto payload = whole(word(text));
    if (payload && *payload < 128) act(codecs_[*payload], text);
  }

  void feedback(std::string_view text) {
    std::string_view all = text;
    if (word(all) == "*" && feedback_of_all_.size() < 16) return void(feedback_of_all_.emplace_back(all));
    of_codec(text, [](Codec& codec, auto kind) {
      if (codec.feedback.size() < 16) codec.feedback.emplace_back(kind);
    });
  }

  void extension(std::string_view text) {
    const std::string_view number = word(text);
    const auto id = whole(number.substr(0, number.find('/')));
    if (id && *id >= 1 && *id <= 14 && word(text) == kSendTime) media.send_time_extension = *id;
  }

  static std::string_view parameter(const Codec& codec, std::string_view key) {
    std::string_view rest = codec.parameters;
    while (!rest.empty()) {
      std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (pair.starts_with(key) && pair.substr(key.size()).starts_with('='))
        return pair.substr(key.size() + 1);
    }
    return {};
  }

  static int profile_of(const Codec& codec) {
    return whole(parameter(codec, "profile-level-id"), 16).value_or(0x42000a);  // RFC 6184 §8.1
  }

  // All that decode H.264 decode the constrained baseline profile, which is what is sent. Its own payload
  // type first, then those of the profiles that include it.
  static int profile_rank(const Codec& codec) {
    const int profile = profile_of(codec) >> 16, constraints = profile_of(codec) >> 8 & 0xFF;
    if (profile == 0x42) return (constraints & 0x40) != 0 ? 0 : 1;
    return profile == 0x4D ? 2 : 3;
  }

  bool suits(const Codec& codec) const {
    std::string_view rest = codec.name;
    const std::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), name.size()));
    if (media.kind == OfferedMedia::Kind::kAudio) return same_letters(name, "opus") && rest == "/48000/2";
    return media.kind == OfferedMedia::Kind::kVideo && same_letters(name, "H264") && rest == "/90000" &&
           parameter(codec, "packetization-mode") == "1";
  }

  bool refused_ = false;
  std::vector<int> order_;  // as they are preferred
  std::map<int, Codec> codecs_;
  std::vector<std::string> feedback_of_all_;
};

class OfferReader {
 public:
  explicit OfferReader(bool is_answer) : is_answer_(is_answer) {}

  Status read(std::string_view line) {
    if (auto rest = after(line, "m=")) return section(*rest);
    if (auto rest = after(line, "a=ice-ufrag:"); rest && is_plain(*rest)) keep(offer.name, *rest);
    if (auto rest = after(line, "a=ice-pwd:"); rest && is_plain(*rest)) keep(offer.password, *rest);
    if (auto rest = after(line, "a=fingerprint:"); rest && same_letters(word(*rest), "sha-256")) {
      std::string upper(*rest);
      for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
      keep(offer.fingerprint, upper);
    }
    if (line == "a=setup:passive") offer.passive = true;
    if (offer.passive && !is_answer_)
      return no_offer("says a=setup:passive: the server waits to be spoken to, too");
    if (auto rest = after(line, "a=candidate:")) candidate(*rest);
    if (line == "a=rtcp-mux") rtcp_mux_ = true;
    if (reader_) reader_->read(line);
    return {};
  }

  Result<Offer> end() {
    close();
    const auto usable = [&](OfferedMedia::Kind kind) {
      const auto found = std::ranges::find_if(offer.media, [&](const OfferedMedia& m) {
        return m.kind == kind && m.wants_media && m.payload >= 0;
      });
      return found == offer.media.end() ? -1 : static_cast<int>(found - offer.media.begin());
    };
    offer.audio = usable(OfferedMedia::Kind::kAudio);
    offer.video = usable(OfferedMedia::Kind::kVideo);
    const auto microphone = std::ranges::find_if(offer.media, [](const OfferedMedia& m) {
      return m.kind == OfferedMedia::Kind::kAudio && m.has_media && m.payload >= 0;
    });
    if (microphone != offer.media.end())
      offer.microphone = static_cast<int>(microphone - offer.media.begin());
    if (offer.media.empty()) return no_offer("has no media section (m=)");
    if (offer.audio < 0 && offer.video < 0)
      return no_offer("receives neither Opus nor H.264 with packetization-mode=1");
    if (offer.name.size() < 4 || offer.password.size() < 22)
      return no_offer("has no a=ice-ufrag and a=ice-pwd");
    if (offer.fingerprint.size() != 95) return no_offer("has no a=fingerprint:sha-256");
    if (!rtcp_mux_) return no_offer("has no a=rtcp-mux");
    return std::move(offer);
  }

  Offer offer;

 private:
  // Of several the first: bundled sections say the same.
  static void keep(std::string& to, std::string_view value) {
    if (to.empty()) to = value;
  }

  // "FOUNDATION 1 udp PRIORITY ADDRESS PORT typ …"
  void candidate(std::string_view line) {
    word(line);
    const bool is_rtp = word(line) == "1", is_udp = same_letters(word(line), "udp");
    const auto priority = whole(word(line));
    const std::string_view address = word(line);
    const auto port = whole(word(line));
    if (is_rtp && is_udp && priority && port && *port > 0 && *port < 65536 && is_plain(address) &&
        offer.candidates.size() < kMostCandidates)
      offer.candidates.push_back({std::string(address), *port, static_cast<std::uint32_t>(*priority)});
  }

  Status section(std::string_view line) {
    close();
    if (offer.media.size() >= kMostMedia) return no_offer("has more than 16 media sections");
    reader_.emplace();
    return reader_->begin(line);
  }

  void close() {
    if (reader_) offer.media.push_back(reader_->end());
    if (reader_ && is_answer_ && reader_->is_refused()) offer.media.back().payload = -1;
    reader_.reset();
  }

  bool is_answer_;
  std::optional<MediaReader> reader_;
  bool rtcp_mux_ = false;
};

const char* word_of(OfferedMedia::Kind kind) {
  return kind == OfferedMedia::Kind::kAudio ? "audio" : "video";
}

enum class Direction { kSend, kReceive, kBoth };

void write_candidates(std::string& sdp, const Answering& ours) {
  int foundation = 1;
  for (const std::string& address : ours.addresses) {
    sdp += "a=candidate:" + std::to_string(foundation) + " 1 udp " +
           std::to_string(2130706431 - 256 * foundation) + " " + address + " " + std::to_string(ours.port) +
           " typ host\r\n";
    ++foundation;
  }
  sdp += "a=end-of-candidates\r\n";
}

// `setup`: who begins the handshake.
void write_taken(std::string& sdp, const OfferedMedia& media, const Answering& ours, Direction direction,
                 const char* setup) {
  const bool audio = media.kind == OfferedMedia::Kind::kAudio;
  const std::string payload = std::to_string(media.payload), port = std::to_string(ours.port);
  const auto line = [&](const std::string& text) { sdp += text + "\r\n"; };
  line(std::string("m=") + word_of(media.kind) + " " + port + " UDP/TLS/RTP/SAVPF " + payload);
  const std::string first = ours.addresses.empty() ? "0.0.0.0" : ours.addresses.front();
  line(std::string("c=IN ") + (first.find(':') == std::string::npos ? "IP4 " : "IP6 ") + first);
  if (!media.mid.empty()) line("a=mid:" + media.mid);
  line("a=ice-ufrag:" + ours.name);
  line("a=ice-pwd:" + ours.password);
  line("a=fingerprint:sha-256 " + ours.fingerprint);
  line(std::string("a=setup:") + setup);
  line("a=rtcp-mux");
  line(direction == Direction::kSend      ? "a=sendonly"
       : direction == Direction::kReceive ? "a=recvonly"
                                          : "a=sendrecv");
  line("a=rtpmap:" + payload + (audio ? " opus/48000/2" : " H264/90000"));
  if (!media.parameters.empty()) line("a=fmtp:" + payload + " " + media.parameters);
  for (const std::string& feedback : media.feedback) line("a=rtcp-fb:" + payload + " " + feedback);
  if (media.send_time_extension > 0)
    line("a=extmap:" + std::to_string(media.send_time_extension) + " " + std::string(kSendTime));
  if (direction != Direction::kReceive) {
    const std::string ssrc = std::to_string(audio ? ours.audio_ssrc : ours.video_ssrc);
    line(std::string("a=msid:framegen ") + word_of(media.kind));
    line("a=ssrc:" + ssrc + " cname:framegen");
  }
  write_candidates(sdp, ours);
}

// "video 9 …" → "video 0 …": not taken.
void write_refused(std::string& sdp, const OfferedMedia& media) {
  std::string_view rest = media.line;
  const std::string_view kind = word(rest);
  word(rest);
  sdp += "m=" + std::string(kind) + " 0 " + std::string(rest) + "\r\nc=IN IP4 0.0.0.0\r\n";
  if (!media.mid.empty()) sdp += "a=mid:" + media.mid + "\r\n";
  sdp += "a=inactive\r\n";
}

// The next line of a text, without its end.
Result<std::string_view> next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < 32; }))
    return no_offer("has a line with a control character");
  if (line.size() > kLongestLine) return no_offer("has a line of more than 1024 bytes");
  return line;
}

Result<Offer> parse_description(std::string_view sdp, bool is_answer) {
  if (!sdp.starts_with("v=0")) return no_offer("does not begin with v=0");
  OfferReader reader(is_answer);
  while (!sdp.empty()) {
    const std::string_view line = FRAMEGEN_TRY(next_line(sdp));
    FRAMEGEN_TRY(reader.read(line));
  }
  return reader.end();
}

}  // namespace

Result<Offer> parse_offer(std::string_view sdp) { return parse_description(sdp, false); }

Result<Offer> parse_answer(std::string_view sdp) {
  auto answer = parse_description(sdp, true);
  if (answer) return answer;
  return Error{ErrorCode::kBadOutput, "answer", answer.error().what,
               "see what the server says: it is to speak WHIP, and to take H.264 and Opus"};
}

std::string write_answer(const Offer& offer, const Answering& ours) {
  std::string bundle;
  const auto direction = [&](std::size_t index) -> std::optional<Direction> {
    const int i = static_cast<int>(index);
    if (i == offer.audio && i == offer.microphone) return Direction::kBoth;
    if (i == offer.audio || i == offer.video) return Direction::kSend;
    if (i == offer.microphone) return Direction::kReceive;
    return {};
  };
  for (std::size_t i = 0; i < offer.media.size(); ++i)
    if (direction(i) && !offer.media[i].mid.empty()) bundle += " " + offer.media[i].mid;
  std::string sdp =
      "v=0\r\no=- " + std::to_string(ours.video_ssrc) + " 1 IN IP4 127.0.0.1\r\ns=framegen\r\nt=0 0\r\n";
  if (!bundle.empty()) sdp += "a=group:BUNDLE" + bundle + "\r\n";
  sdp += "a=ice-lite\r\na=msid-semantic: WMS framegen\r\n";
  for (std::size_t i = 0; i < offer.media.size(); ++i)
    if (const auto taken = direction(i)) {
      write_taken(sdp, offer.media[i], ours, *taken, "passive");
    } else {
      write_refused(sdp, offer.media[i]);
    }
  return sdp;
}

std::string write_offer(const Answering& ours, int pixels) {
  constexpr int kPixels31 = 3600 * 256;  // level 3.1's; 4.0 has 8,192 blocks
  OfferedMedia sound, picture;
  sound.kind = OfferedMedia::Kind::kAudio;
  sound.mid = "0";
  sound.payload = 111;
  sound.parameters = "minptime=10;useinbandfec=1";
  picture.kind = OfferedMedia::Kind::kVideo;
  picture.mid = "1";
  picture.payload = 96;
  picture.parameters = std::string("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e0") +
                       (pixels <= kPixels31 ? "1f" : "28");
  picture.feedback.assign(std::begin(kKnownFeedback), std::end(kKnownFeedback));
  sound.send_time_extension = picture.send_time_extension = 1;
  std::string sdp = "v=0\r\no=- " + std::to_string(ours.video_ssrc) +
                    " 1 IN IP4 127.0.0.1\r\ns=framegen\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
                    "a=msid-semantic: WMS framegen\r\n";
  for (const OfferedMedia* media : {&sound, &picture})
    write_taken(sdp, *media, ours, Direction::kSend, "actpass");
  return sdp;
}

Result<IceNames> parse_fragment(std::string_view fragment) {
  IceNames names;
  const auto wrong = [](const std::string& why) {
    return Error{ErrorCode::kBadUse, "fragment", why, "send application/trickle-ice-sdpfrag (RFC 8840)"};
  };
  while (!fragment.empty()) {
    const auto line = next_line(fragment);
    if (!line) return wrong(line.error().what);
    for (auto [head, to] : {std::pair("a=ice-ufrag:", &names.name), std::pair("a=ice-pwd:", &names.password)})
      if (const auto rest = after(*line, head); rest && to->empty()) {
        if (!is_plain(*rest)) return wrong("has an ICE name or password of strange letters");
        *to = *rest;
      }
  }
  if (names.name.empty() && names.password.empty()) return names;
  if (names.name.size() < 4 || names.password.size() < 22) return wrong("has no a=ice-ufrag and a=ice-pwd");
  return names;
}

std::string write_fragment(const Offer& offer, const Answering& ours) {
  std::string fragment = "a=ice-ufrag:" + ours.name + "\r\na=ice-pwd:" + ours.password + "\r\na=ice-lite\r\n";
  const int first = offer.audio >= 0 ? offer.audio : offer.video;
  const OfferedMedia& media = offer.media[static_cast<std::size_t>(first)];
  fragment += std::string("m=") + word_of(media.kind) + " 9 UDP/TLS/RTP/SAVPF 0\r\n";
  if (!media.mid.empty()) fragment += "a=mid:" + media.mid + "\r\n";
  write_candidates(fragment, ours);
  return fragment;
}

}  // namespace framegen::server::webrtc
