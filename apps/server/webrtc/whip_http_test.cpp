// whip_http_test.cpp: addresses that are none, and a server's Link headers. How it asks, tests/webrtc shows.
#include "webrtc/whip_http.hpp"

#include <gmock/gmock.h>

namespace framegen::server::webrtc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(WhipHttp, NamesIceServersOfLinkHeaders) {
  EXPECT_THAT(ice_servers_of(R"(<stun:stun.example.net>; rel="ice-server")"),
              ElementsAre("stun:stun.example.net"));
  EXPECT_THAT(
      ice_servers_of(R"(<turn:t.example.net?transport=udp>; rel="ice-server"; username="u, <x>"; )"
                     R"(credential="c", <https://example.net/>; rel="next", <stun:b>;rel=ice-server)"),
      ::testing::AllOf(::testing::Contains("turn:t.example.net?transport=udp"), ::testing::Contains("stun:b"),
                       Not(::testing::Contains("https://example.net/"))));
  EXPECT_THAT(ice_servers_of(""), IsEmpty());
  EXPECT_THAT(ice_servers_of("<stun:x"), IsEmpty());
  EXPECT_THAT(ice_servers_of("stun:x>; rel=ice-server"), IsEmpty());
}

TEST(WhipHttp, RefusesWhatIsNoAddress) {
  for (const char* url : {"whip://", "whips:///path", "https://", "whip://a b/c"}) {
    SCOPED_TRACE(url);
    const auto http = WhipHttp::create(url, "", nullptr);
    ASSERT_FALSE(http.ok());
    EXPECT_EQ(http.error().code, ErrorCode::kBadUse);
  }
  const auto named = WhipHttp::create("whips://user:secret@example.org/whip", "", nullptr);
  ASSERT_FALSE(named.ok());
  EXPECT_THAT(named.error().message(), Not(HasSubstr("secret@")));
}

TEST(WhipHttp, ShowsATokenToNobodyInTheClear) {
  const auto clear = WhipHttp::create("whip://live.example.org/whip?key=hidden", "secret", nullptr);
  ASSERT_FALSE(clear.ok());
  EXPECT_THAT(clear.error().message(), HasSubstr("in the clear"));
  EXPECT_THAT(clear.error().message(), Not(HasSubstr("hidden")));
  for (const char* url : {"whip://127.0.0.1:80/whip", "whip://localhost/whip", "whip://[::1]:8000/whip",
                          "whips://live.example.org/whip", "https://live.example.org/whip"})
    EXPECT_TRUE(WhipHttp::create(url, "secret", nullptr).ok()) << url;
  EXPECT_FALSE(WhipHttp::create("whips://live.example.org/whip", "a\r\nb", nullptr).ok());
}

}  // namespace
}  // namespace framegen::server::webrtc
