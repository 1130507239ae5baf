// dtls_test.cpp: both roles against each other: the keys meet, and a stranger's certificate is not believed.
#include "webrtc/dtls.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace framegen::server::webrtc {
namespace {

struct Side {
  std::shared_ptr<const DtlsIdentity> identity = *DtlsIdentity::create();
  std::deque<Bytes> sent;
  std::unique_ptr<Dtls> dtls;
  void create(const std::string& theirs, Dtls::Role role) {
    dtls = *Dtls::create(
        identity, theirs, [this](BytesView bytes) { sent.emplace_back(bytes.begin(), bytes.end()); }, role);
  }
  void give_to(Side& other) {
    for (; !sent.empty(); sent.pop_front()) state = other.dtls->take(sent.front());
  }
  Dtls::State state = Dtls::State::kShaking;  // of the other one, as it was last
};

void shake(Side& begins, Side& waits) {
  begins.dtls->begin();
  for (int i = 0; i < 10; ++i) {
    begins.give_to(waits);
    waits.give_to(begins);
  }
}

TEST(Dtls, BothRolesComeToTheSameKeys) {
  Side begins, waits;
  begins.create(waits.identity->fingerprint(), Dtls::Role::kBegins);
  waits.create(begins.identity->fingerprint(), Dtls::Role::kWaits);
  shake(begins, waits);
  ASSERT_EQ(begins.state, Dtls::State::kOpen);
  ASSERT_EQ(waits.state, Dtls::State::kOpen);
  const SrtpKeys one = begins.dtls->keys(), other = waits.dtls->keys();
  EXPECT_EQ(one.ours, other.theirs);
  EXPECT_EQ(one.theirs, other.ours);
  EXPECT_NE(one.ours, one.theirs);

  auto out = Srtp::create(one), in = Srtp::create(other);
  ASSERT_TRUE(out.ok() && in.ok());
  Bytes packet{0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 4, 5, 6};
  const Bytes clear = packet;
  ASSERT_TRUE((*out)->seal_rtp(packet));
  EXPECT_NE(packet, clear);
  ASSERT_TRUE((*in)->open_rtp(packet));
  EXPECT_EQ(packet, clear);
}

TEST(Dtls, BelievesNoOtherCertificateInEitherRole) {
  for (const bool first : {true, false}) {
    SCOPED_TRACE(first);
    Side begins, waits, stranger;
    begins.create((first ? stranger : waits).identity->fingerprint(), Dtls::Role::kBegins);
    waits.create((first ? begins : stranger).identity->fingerprint(), Dtls::Role::kWaits);
    shake(begins, waits);
    EXPECT_EQ((first ? waits : begins).state, Dtls::State::kOver);
  }
}

TEST(Dtls, WhoWaitsDoesNotBegin) {
  Side waits;
  waits.create("", Dtls::Role::kWaits);
  waits.dtls->begin();
  EXPECT_TRUE(waits.sent.empty());
}

}  // namespace
}  // namespace framegen::server::webrtc
