#include "audit.hpp"

#include <gtest/gtest.h>

namespace framegen::server {
namespace {

using namespace std::chrono_literals;

TEST(Audit, ALineSaysWhoAskedForWhatWhenAndWhatCameOfIt) {
  const std::chrono::system_clock::time_point now(std::chrono::milliseconds(1795978800123));
  EXPECT_EQ(audit_line({"POST", "/v1/render", {}}, "192.0.2.1", 200, now, 812ms),
            "{\"time\":\"2026-11-29T19:00:00.123Z\",\"from\":\"192.0.2.1\",\"method\":\"POST\","
            "\"path\":\"/v1/render\",\"status\":200,\"ms\":812}\n");
}

TEST(Audit, NamesThatLetSomebodyInAndWordsOfStrangersAreNotShown) {
  EXPECT_EQ(shown_path("/v1/render"), "/v1/render");
  EXPECT_EQ(shown_path("/"), "/");
  EXPECT_EQ(shown_path("/v1/renders/0123456789abcdef"), "/v1/renders/…");
  EXPECT_EQ(shown_path("/v1/whep"), "/v1/whep");
  EXPECT_EQ(shown_path("/v1/whep/0123/4567"), "/v1/whep/…");
  EXPECT_EQ(shown_path("/v1/sessions/0123/control"), "/v1/sessions/…/control");
  EXPECT_EQ(shown_path("/v1/sessions/0123/secret"), "/v1/sessions/…");
  EXPECT_EQ(shown_path("/my-password-is-secret"), "…");
}

TEST(Audit, AMethodOfAStrangersOwnMakesNoOtherLine) {
  const auto line = audit_line({"X\n\xff{}\"" + std::string(1000, 'a'), "…", {}}, "::1", 405, {}, 0ms);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LT(line.size(), 200u);
}

}  // namespace
}  // namespace framegen::server
