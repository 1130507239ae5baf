// sdp_test.cpp: offers of browsers answered line by line; offers of nobody refused in one line.
#include "webrtc/sdp.hpp"

#include <gmock/gmock.h>

namespace framegen::server::webrtc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// As Chromium writes it, shortened: several kinds of H.264, a data channel, VP8 first.
std::string browser_offer() {
  const std::string agent =
      "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=ice-options:trickle\r\n"
      "a=fingerprint:sha-256 "
      "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:ab\r\n"
      "a=setup:actpass\r\n";
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n"
         "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\n" +
         agent +
         "a=mid:0\r\na=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=recvonly\r\n"
         "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 "
         "minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"
         "m=video 9 UDP/TLS/RTP/SAVPF 96 102 103 104 108\r\nc=IN IP4 0.0.0.0\r\n" +
         agent +
         "a=mid:1\r\na=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=recvonly\r\n"
         "a=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\na=rtcp-fb:102 goog-remb\r\n"
         "a=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\n"
         "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"
         "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\na=rtpmap:104 H264/90000\r\n"
         "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
         "a=rtpmap:108 H264/90000\r\na=rtcp-fb:108 ccm fir\r\na=rtcp-fb:108 nack\r\na=rtcp-fb:108 "
         "transport-cc\r\n"
         "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
         "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n" +
         agent + "a=mid:2\r\na=sctp-port:5000\r\n";
}

Answering ours() { return {"name", "password", "CD:EF", 7, 8, {"192.0.2.1", "2001:db8::1"}, 8317}; }

std::string without(std::string text, const std::string& what, const std::string& instead = "") {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += instead.size())
    text.replace(at, what.size(), instead);
  return text;
}

TEST(Offer, AMicrophoneIsTakenWhereTheSoundIsSentOrInAPlaceOfItsOwn) {
  const auto both = parse_offer(without(browser_offer(), "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:111",
                                        "a=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111"));
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->audio, 0);
  EXPECT_EQ(both->microphone, 0);
  EXPECT_THAT(write_answer(*both, ours()), HasSubstr("a=sendrecv\r\n"));

  const auto none = parse_offer(browser_offer());
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->microphone, -1);
  EXPECT_THAT(write_answer(*none, ours()), Not(HasSubstr("a=sendrecv")));

  const auto apart = parse_offer(browser_offer() +
                                 "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\n"
                                 "a=sendonly\r\na=rtpmap:111 opus/48000/2\r\n");
  ASSERT_TRUE(apart.ok());
  EXPECT_EQ(apart->audio, 0);
  EXPECT_EQ(apart->microphone, 3);
  const std::string answer = write_answer(*apart, ours());
  EXPECT_THAT(answer, HasSubstr("a=group:BUNDLE 0 1 3\r\n"));
  EXPECT_THAT(answer.substr(answer.find("a=mid:3")), HasSubstr("a=recvonly\r\n"));
  EXPECT_THAT(answer.substr(answer.find("a=mid:3")), Not(HasSubstr("a=ssrc")));
}

TEST(Offer, OfABrowserIsUnderstood) {
  const auto offer = parse_offer(browser_offer());
  ASSERT_TRUE(offer.ok()) << offer.error().message();
  EXPECT_EQ(offer->name, "abcd");
  EXPECT_EQ(offer->password, "0123456789012345678901");
  EXPECT_THAT(offer->fingerprint, ::testing::EndsWith(":AB"));
  ASSERT_EQ(offer->media.size(), 3U);
  EXPECT_EQ(offer->audio, 0);
  EXPECT_EQ(offer->video, 1);
  EXPECT_EQ(offer->media[0].payload, 111);
  EXPECT_EQ(offer->media[0].send_time_extension, 2);
  EXPECT_EQ(offer->media[1].payload, 108) << "the constrained baseline profile, in packets of any size";
  EXPECT_EQ(offer->media[1].send_time_extension, 3);
}

TEST(Offer, IsAnsweredWithWhatIsSent) {
  const auto offer = parse_offer(browser_offer());
  ASSERT_TRUE(offer.ok());
  const std::string answer = write_answer(*offer, ours());
  for (const char* line :
       {"a=group:BUNDLE 0 1\r\n", "a=ice-lite\r\n", "m=audio 8317 UDP/TLS/RTP/SAVPF 111\r\n",
        "m=video 8317 UDP/TLS/RTP/SAVPF 108\r\n", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n",
        "a=setup:passive\r\n", "a=sendonly\r\n", "a=rtpmap:111 opus/48000/2\r\n",
        "a=rtpmap:108 H264/90000\r\n", "a=rtcp-fb:108 ccm fir\r\n", "a=rtcp-fb:108 nack\r\n",
        "a=ssrc:8 cname:framegen\r\n",
        "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n",
        " udp 2130706175 192.0.2.1 8317 typ host\r\n", "2001:db8::1 8317 typ host\r\n"})
    EXPECT_THAT(answer, HasSubstr(line));
  EXPECT_THAT(answer, Not(HasSubstr("transport-cc"))) << "nothing is promised that is not done";
}

TEST(Offer, OfSoundOrPictureAloneIsTaken) {
  const auto sound = parse_offer(without(browser_offer(), "H264", "H265"));
  ASSERT_TRUE(sound.ok());
  EXPECT_EQ(sound->video, -1);
  EXPECT_THAT(write_answer(*sound, ours()), HasSubstr("m=video 0 UDP/TLS/RTP/SAVPF 96 102 103 104 108\r\n"));
  const auto picture = parse_offer(without(browser_offer(), "opus", "opux"));
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(picture->audio, -1);
}

TEST(Offer, OfNobodyIsRefusedInOneLine) {
  const std::string good = browser_offer();
  for (const std::string& bad :
       {std::string(), std::string("v=0"), std::string("nonsense"), without(good, "a=ice-ufrag:"),
        without(good, "a=ice-pwd:"), without(good, "sha-256", "sha-1"), without(good, "a=rtcp-mux"),
        without(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP"), without(good, "actpass", "passive"),
        without(good, "a=recvonly", "a=sendonly"), without(without(good, "H264", "H265"), "opus", "opux"),
        good + "a=" + std::string(2000, 'x'), good + std::string("a=\0b\r\n", 6), good + "a=\x1b[31m\r\n"}) {
    const auto offer = parse_offer(bad);
    ASSERT_FALSE(offer.ok()) << bad;
    EXPECT_EQ(offer.error().code, ErrorCode::kBadUse);
    EXPECT_THAT(offer.error().message(), Not(HasSubstr("\n")));
  }
  std::string many = good;
  for (int i = 0; i < 20; ++i) many += "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
  EXPECT_FALSE(parse_offer(many).ok());
}

// What is written back must not be a line of theirs: no name holds a line's end.
TEST(Offer, PutsNoLineIntoTheAnswer) {
  const auto offer = parse_offer(without(browser_offer(), "a=mid:1\r\n", "a=mid:1 a=evil\r\n"));
  ASSERT_TRUE(offer.ok());
  EXPECT_THAT(write_answer(*offer, ours()), Not(HasSubstr("evil")));
}

// As aiortc writes it, shortened.
std::string server_answer() {
  const std::string agent =
      "a=ice-ufrag:wxyz\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 "
      "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\r\n"
      "a=setup:active\r\n";
  return "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
         "m=audio 40001 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 "
         "192.0.2.1\r\na=recvonly\r\na=mid:0\r\na=rtcp-mux\r\n"
         "a=rtpmap:111 opus/48000/2\r\n"
         "a=candidate:a 1 udp 2130706431 192.0.2.1 40001 typ host\r\n"
         "a=candidate:b 1 UDP 1694498815 2001:db8::1 40002 typ srflx raddr 192.0.2.1 rport 1\r\n"
         "a=candidate:c 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n"
         "a=candidate:d 2 udp 2130706430 192.0.2.1 40003 typ host\r\n" +
         agent +
         "m=video 40001 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 192.0.2.1\r\na=recvonly\r\na=mid:1\r\na=rtcp-mux\r\n"
         "a=rtpmap:96 H264/90000\r\na=rtcp-fb:96 nack\r\na=fmtp:96 "
         "packetization-mode=1;profile-level-id=42e01f\r\n" +
         agent;
}

TEST(WrittenOffer, SendsH264AndOpusAndLetsTheOtherSideChooseWhoShakesHandsFirst) {
  const std::string offer = write_offer(ours(), 1280 * 720);
  for (const char* line :
       {"a=group:BUNDLE 0 1\r\n", "a=setup:actpass\r\n", "a=sendonly\r\n", "a=rtcp-mux\r\n", "a=mid:1\r\n",
        "a=rtpmap:96 H264/90000\r\n", "profile-level-id=42e01f\r\n", "a=rtcp-fb:96 nack pli\r\n",
        "a=rtpmap:111 opus/48000/2\r\n", "a=ssrc:7 cname:framegen\r\n", " 192.0.2.1 8317 typ host\r\n"})
    EXPECT_THAT(offer, HasSubstr(line));
  EXPECT_THAT(offer, Not(HasSubstr("ice-lite")));
  EXPECT_THAT(write_offer(ours(), 1920 * 1080), HasSubstr("profile-level-id=42e028\r\n"));
  // Whoever reads offers can read it, but for its direction.
  Answering whole = ours();
  whole.password = "0123456789012345678901";
  whole.fingerprint = std::string(95, 'A');
  EXPECT_TRUE(parse_offer(without(write_offer(whole, 1), "sendonly", "recvonly")).ok());
}

TEST(Answer, SaysWhoBeginsWhatIsTakenAndWhere) {
  const auto answer = parse_answer(server_answer());
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->name, "wxyz");
  EXPECT_FALSE(answer->passive);
  EXPECT_EQ(answer->audio, 0);
  EXPECT_EQ(answer->video, 1);
  EXPECT_EQ(answer->media[1].payload, 96);
  ASSERT_EQ(answer->candidates.size(), 2U) << "neither TCP nor the second component";
  EXPECT_EQ(answer->candidates[0].address, "192.0.2.1");
  EXPECT_EQ(answer->candidates[1].address, "2001:db8::1");
  EXPECT_EQ(answer->candidates[1].port, 40002);
  EXPECT_EQ(answer->candidates[1].priority, 1694498815U);
  const auto waits = parse_answer(without(server_answer(), "a=setup:active", "a=setup:passive"));
  ASSERT_TRUE(waits.ok());
  EXPECT_TRUE(waits->passive);
}

TEST(Answer, MayTakeSoundOrPictureAlone) {
  const auto sound = parse_answer(without(server_answer(), "m=video 40001", "m=video 0"));
  ASSERT_TRUE(sound.ok());
  EXPECT_EQ(sound->video, -1);
  EXPECT_EQ(sound->audio, 0);
  const auto picture =
      parse_answer(without(server_answer(), "a=recvonly\r\na=mid:0", "a=inactive\r\na=mid:0"));
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(picture->audio, -1);
}

TEST(Answer, ThatTakesNothingIsRefusedInOneLine) {
  for (const std::string& text :
       {std::string(), std::string("v=0"), without(server_answer(), "a=recvonly", "a=inactive"),
        without(server_answer(), "a=fingerprint", "a=no"), without(server_answer(), "a=ice-pwd", "a=no")}) {
    const auto answer = parse_answer(text);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::kBadOutput);
    EXPECT_THAT(answer.error().message(), Not(HasSubstr("createOffer")));
    EXPECT_EQ(answer.error().message().find('\n'), std::string::npos);
  }
}

TEST(Fragment, NamesWhoBeginsAnewOrNobody) {
  const auto names =
      parse_fragment("a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 x\r\n");
  ASSERT_TRUE(names.ok());
  EXPECT_EQ(names->name, "EsAw");
  EXPECT_EQ(names->password, "P2uYro0UCOQ4zxjKXaWCBui1");
  const auto candidates = parse_fragment("a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n");
  ASSERT_TRUE(candidates.ok());
  EXPECT_TRUE(candidates->name.empty());
  for (const char* broken : {"a=ice-ufrag:EsAw", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", "a=ice-ufrag:a b\n",
                             "a=ice-ufrag:ab\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", "a=\x01"}) {
    const auto wrong = parse_fragment(broken);
    ASSERT_FALSE(wrong.ok()) << broken;
    EXPECT_EQ(wrong.error().message().find('\n'), std::string::npos);
  }
}

TEST(Fragment, OfOursHasNamesAndPlacesAndNoLineOfTheirs) {
  const auto offer = parse_offer(browser_offer());
  ASSERT_TRUE(offer.ok());
  EXPECT_EQ(
      write_fragment(*offer, ours()),
      "a=ice-ufrag:name\r\na=ice-pwd:password\r\na=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
      "a=candidate:1 1 udp 2130706175 192.0.2.1 8317 typ host\r\n"
      "a=candidate:2 1 udp 2130705919 2001:db8::1 8317 typ host\r\na=end-of-candidates\r\n");
}

}  // namespace
}  // namespace framegen::server::webrtc
