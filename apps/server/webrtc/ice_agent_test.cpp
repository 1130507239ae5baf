// ice_agent_test.cpp: the agent against simulated others: who answers, who is behind a NAT, who is silent.
#include "webrtc/ice_agent.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace framegen::server::webrtc {
namespace {

constexpr const char* kOurs = "the password of ours..";
constexpr const char* kTheirs = "the password of theirs";

Endpoint at(std::uint8_t last, std::uint16_t port = 5000) { return {{192, 0, 2, last}, false, port}; }

// Packets of the agent are kept; those to `alive` are answered by a small agent (ICE-lite).
struct World {
  World()
      : agent({"ours", kOurs, "theirs", kTheirs, [this](const Endpoint& to, BytesView bytes) {
                 sent.emplace_back(to, Bytes(bytes.begin(), bytes.end()));
               }}) {}

  void run(std::int64_t ms) {
    for (const std::int64_t end = now_us + ms * 1000; now_us < end; now_us += 5000) {
      agent.on_time(now_us);
      for (const auto& [to, bytes] : std::exchange(sent, {})) answer(to, bytes);
    }
  }

  void answer(const Endpoint& to, const Bytes& bytes) {
    const auto request = parse_binding_request(bytes);
    if (!request) {
      answers.push_back(bytes);
      return;
    }
    ++asked;
    EXPECT_EQ(request->username, "theirs:ours");
    EXPECT_TRUE(request->controlling);
    if (std::find(alive.begin(), alive.end(), to) == alive.end() || !is_signed(bytes, *request, kTheirs))
      return;
    if (request->use_candidate) nominated.push_back(to);
    agent.take(binding_success(*request, at(99), password), to, now_us);
  }

  IceAgent agent;
  std::vector<std::pair<Endpoint, Bytes>> sent;
  std::vector<Bytes> answers;
  std::vector<Endpoint> alive, nominated;
  std::string password = kTheirs;
  int asked = 0;
  std::int64_t now_us = 1'000'000;
};

TEST(IceAgent, TakesTheBestThatAnswers) {
  World world;
  world.alive = {at(1), at(2)};
  world.agent.add(at(1), 10);
  world.agent.add(at(3), 30);
  world.agent.add(at(2), 20);
  world.run(1000);
  EXPECT_EQ(world.agent.chosen(), at(2)) << "3 is silent, and is not waited for longer than a moment";
  EXPECT_EQ(world.nominated, std::vector<Endpoint>{at(2)});
}

TEST(IceAgent, BelievesNoAnswerThatIsNotSigned) {
  World world;
  world.alive = {at(1)};
  world.password = "another password of 22";
  world.agent.add(at(1), 10);
  world.run(20'000);
  EXPECT_FALSE(world.agent.chosen());
  EXPECT_TRUE(world.agent.has_failed());
  EXPECT_EQ(world.asked, 7) << "it gives up";
}

TEST(IceAgent, AsksAgainWhatIsLost) {
  World world;
  world.agent.add(at(1), 10);
  world.run(600);
  world.alive = {at(1)};
  world.run(2000);
  EXPECT_EQ(world.agent.chosen(), at(1));
}

TEST(IceAgent, AsksBackWhoAsksFromWhereItHadNotHeardOf) {
  World world;
  world.alive = {at(7, 1234)};
  EXPECT_FALSE(world.agent.has_failed()) << "who knows no address yet waits for one";
  BindingQuestion question{{1, 2, 3}, "ours:theirs", 1, false};
  // As the other side would: its own kind of request is one of an agent that does not decide.
  Bytes controlling = binding_request(question, kOurs);
  ASSERT_TRUE(world.agent.take(controlling, at(7, 1234), world.now_us));
  world.run(1000);
  ASSERT_EQ(world.answers.size(), 1U);
  const auto conflict = parse_binding_response(world.answers[0]);
  ASSERT_TRUE(conflict);
  EXPECT_FALSE(conflict->success) << "we decide";
  EXPECT_TRUE(is_signed(world.answers[0], *conflict, kOurs));
  EXPECT_FALSE(world.agent.chosen());
}

TEST(IceAgent, KeepsWhatWasChosenOpenAndHearsItsAnswers) {
  World world;
  world.alive = {at(1)};
  world.agent.add(at(1), 10);
  world.run(1000);
  ASSERT_TRUE(world.agent.chosen());
  const int before = world.asked;
  world.run(10'000);
  EXPECT_EQ(world.asked - before, 4);
  EXPECT_GT(world.agent.heard_us(), world.now_us - 2'600'000);
  world.alive.clear();
  world.run(10'000);
  EXPECT_LT(world.agent.heard_us(), world.now_us - 9'000'000) << "who is silent is not believed to be there";
  EXPECT_EQ(world.agent.chosen(), at(1));
}

TEST(IceAgent, LeavesWhatIsNoStunToOthers) {
  World world;
  EXPECT_FALSE(world.agent.take(Bytes{22, 254, 253}, at(1), 0));
  EXPECT_FALSE(world.agent.take(Bytes{0x80, 200}, at(1), 0));
  EXPECT_FALSE(world.agent.take({}, at(1), 0));
  EXPECT_TRUE(world.agent.take(Bytes{0, 1, 0, 0}, at(1), 0));
  EXPECT_TRUE(world.sent.empty());
}

TEST(IceAgent, TriesThirtyTwoAndNoMore) {
  World world;
  for (int i = 0; i < 200; ++i) world.agent.add(at(static_cast<std::uint8_t>(i)), 1);
  world.run(200);
  EXPECT_LE(world.asked, 11) << "one in twenty milliseconds";
  world.run(60'000);
  EXPECT_EQ(world.asked, 32 * 7);
}

}  // namespace
}  // namespace framegen::server::webrtc
