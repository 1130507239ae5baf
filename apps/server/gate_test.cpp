// gate_test.cpp: who is let in and who is not.
#include "gate.hpp"

#include <gtest/gtest.h>

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

TEST(Gate, AsksForTheTokenWhereThereIsOne) {
  const Visitor none{"/", "example.org", "", ""}, wrong{"/", "example.org", "", "Bearer secreT"},
      longer{"/", "example.org", "", "Bearer secretsecret"}, header{"/", "example.org", "", "Bearer secret"},
      query{"/?token=secret", "example.org", "", ""}, empty{"/?token=", "example.org", "", "Bearer "};
  for (const Visitor* out : {&none, &wrong, &longer, &empty})
    EXPECT_NE(refusal(*out, "secret", {}, false), nullptr);
  for (const Visitor* in : {&header, &query}) EXPECT_EQ(refusal(*in, "secret", {}, false), nullptr);
}

TEST(Gate, ShowsThePageWithoutAToken) {
  for (const char* path : {"/", "/app.js", "/sound.js"}) EXPECT_FALSE(needs_token(path)) << path;
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
