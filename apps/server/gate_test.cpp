// gate_test.cpp: who is let in and who is not.
#include "gate.hpp"

#include <gtest/gtest.h>

#include "answers.hpp"

namespace framegen::server {
namespace {

TEST(Gate, FindsAQuerysValues) {
  EXPECT_EQ(path_of("/v1/render?avatar=ava&token=t"), "/v1/render");
  EXPECT_EQ(query_value("/v1/render?avatar=ava&token=t", "token"), "t");
  EXPECT_EQ(query_value("/v1/render?avatar=ava&token=t", "avatar"), "ava");
  EXPECT_EQ(query_value("/v1/render?avatar=ava", "tok"), "");
  EXPECT_EQ(query_value("/?xtoken=1", "token"), "");
  EXPECT_EQ(query_value("/", "token"), "");
}

TEST(Gate, NamesAQuerysFirstUnknownKey) {
  EXPECT_EQ(unknown_query_key("/v1/render", {"avatar"}), "");
  EXPECT_EQ(unknown_query_key("/v1/render?", {"avatar"}), "");
  EXPECT_EQ(unknown_query_key("/v1/render?avatar=a&&avatar", {"avatar"}), "");
  EXPECT_EQ(unknown_query_key("/v1/render?avatar=a&crf=20&x", {"avatar"}), "crf");
  EXPECT_EQ(unknown_query_key("/v1/render?%63rf", {"avatar"}), "crf");
}

TEST(Gate, TheNearestProxysWordIsTheLast) {
  EXPECT_EQ(last_forwarded("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(last_forwarded("made-up, 203.0.113.9 ,  2001:db8::1 "), "2001:db8::1");
  EXPECT_EQ(last_forwarded("192.0.2.1, "), "");
  EXPECT_EQ(last_forwarded(""), "");
}

TEST(Gate, AMissingTokenIsNoGuess) {
  EXPECT_FALSE(shows_token({"/v1/avatars", "example.org", "", ""}));
  EXPECT_TRUE(shows_token({"/v1/avatars?token=x", "example.org", "", ""}));
  EXPECT_TRUE(shows_token({"/v1/avatars", "example.org", "", "Bearer x"}));
}

TEST(Gate, DecodesWhatBrowsersEscape) {
  EXPECT_EQ(query_value("/v1/render?avatar=Ava%20Zwei", "avatar"), "Ava Zwei");
  EXPECT_EQ(query_value("/v1/render?avatar=Ava+%2b%C3%A4", "avatar"), "Ava +\xC3\xA4");
  EXPECT_EQ(query_value("/?avatar=50%&x=%4", "avatar"), "50%");
  EXPECT_EQ(query_value("/?avatar=%4", "avatar"), "%4");
  EXPECT_EQ(query_value("/?avatar=%zz%41", "avatar"), "%zzA");
  const std::string token = "a+b/c=d%";
  for (const char* target : {"/?token=a%2Bb%2Fc%3Dd%25", "/?token=a+b/c=d%", "/?token=a+b%2fc=d%25"})
    EXPECT_EQ(refusal({target, "example.org", "", ""}, token, {}, false), nullptr) << target;
  for (const char* target : {"/?token=a%20b/c=d%", "/?token=a%2Bb%2Fc%3D", "/?token=a%252Bb/c=d%"})
    EXPECT_NE(refusal({target, "example.org", "", ""}, token, {}, false), nullptr) << target;
}

TEST(Gate, AsksForTheTokenWhereThereIsOne) {
  const Visitor none{"/", "example.org", "", ""}, wrong{"/", "example.org", "", "Bearer secreT"},
      longer{"/", "example.org", "", "Bearer secretsecret"}, header{"/", "example.org", "", "Bearer secret"},
      query{"/?token=secret", "example.org", "", ""}, empty{"/?token=", "example.org", "", "Bearer "};
  for (const Visitor* out : {&none, &wrong, &longer, &empty})
    EXPECT_NE(refusal(*out, "secret", {}, false), nullptr);
  for (const Visitor* in : {&header, &query}) EXPECT_EQ(refusal(*in, "secret", {}, false), nullptr);
}

TEST(Gate, ShowsThePageWithoutAToken) {
  for (const char* path : {"/", "/app.js", "/decoders.js", "/rtc.js", "/framegen.js", "/sound.js"})
    EXPECT_FALSE(needs_token(path)) << path;
  for (const char* path : {"/v1/avatars", "/v1/session", "/metrics", "", "/app.js/", "//"})
    EXPECT_TRUE(needs_token(path)) << path;
}

TEST(Gate, LetsOnlyItsOwnPageAndNamedOriginsIn) {
  const Visitor own{"/", "localhost:8317", "http://localhost:8317", ""},
      strange{"/", "localhost:8317", "https://evil.example", ""}, null{"/", "localhost:8317", "null", ""},
      other_port{"/", "localhost:8317", "http://localhost:80", ""};
  EXPECT_EQ(refusal(own, "", {}, true), nullptr);
  for (const Visitor* out : {&strange, &null, &other_port}) EXPECT_NE(refusal(*out, "", {}, true), nullptr);
  EXPECT_EQ(refusal(strange, "", {"https://evil.example"}, true), nullptr);
}

TEST(Gate, AnswersOnlyToThisMachinesNamesWithoutAToken) {
  for (const char* host : {"localhost:8317", "127.0.0.1:8317", "[::1]:8317", "localhost"})
    EXPECT_EQ(refusal({"/", host, "", ""}, "", {}, true), nullptr) << host;
  for (const char* host : {"rebound.example:8317", "", "localhost.evil.example", "127.evil.example.:1"})
    EXPECT_NE(refusal({"/", host, "", ""}, "", {}, true), nullptr) << host;
}

}  // namespace
}  // namespace framegen::server
