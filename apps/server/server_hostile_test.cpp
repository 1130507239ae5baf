// server_hostile_test.cpp: clients that crash, starve or outlast a server; each of them once did.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server_fixture.hpp"
#include "upload_folder.hpp"

namespace {
std::atomic<bool> threads_fail{false};
}

// In the place of the C library's: a machine at its limit of processes. A sanitizer has its own.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool kThreadsCanFail = false;
#else
constexpr bool kThreadsCanFail = true;
extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t* thread,
                                                                     const pthread_attr_t* attributes,
                                                                     void* (*run)(void*),
                                                                     void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return threads_fail ? EAGAIN : real(thread, attributes, run, argument);
}
#endif

namespace framegen::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

std::string upload_header(std::size_t bytes) {
  return "POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n\r\n";
}

// Eight pictures' worth of speech: a render that is over soon.
std::string short_wav() { return golden_wav().substr(0, 44 + 2 * 16000 / 2); }

TEST(Hostile, OneDeepMessageEndsItsOwnSessionAlone) {
  const Served served;
  Talk talk(served);
  std::string deep = R"({"type":"start","audio":{"x":)";
  deep += std::string(95'000, '[') + std::string(95'000, ']') + "}}";
  talk.ws_.text(true);
  talk.ws_.write(net::buffer(deep));
  EXPECT_EQ(talk.next_text()["type"], "error");
  EXPECT_EQ(Client(served).request(http::verb::get, "/healthz").result_int(), 200u);
}

TEST(Hostile, EndsOfSegmentsNeedNoStack) {
  if (!kThreadsCanFail) GTEST_SKIP() << "stacks are the sanitizer's";
  const Served served;
  pthread_attr_t usual, small;
  pthread_getattr_default_np(&usual);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 192 << 10);
  pthread_setattr_default_np(&small);
  Talk talk(served, {{"idle", "none"}, {"video", {{"format", "none"}}}});
  pthread_setattr_default_np(&usual);
  constexpr int kSegments = 1500;
  for (int i = 0; i < kSegments; ++i) {
    talk.send_sound(ramp(160));
    talk.send({{"type", "interrupt"}});
  }
  for (int i = 1; i <= kSegments; ++i) ASSERT_EQ(talk.until("segment_end")["segment"], i);
}

TEST(Hostile, StopsWhileOthersKeepComing) {
  for (int round = 0; round < 4; ++round) {
    Served served([](ServerOptions& options) { options.drain_s = 0; });
    std::atomic<bool> over{false};
    std::thread flood([&] {
      while (!over) {
        net::io_context io;
        tcp::socket socket(io);
        boost::system::error_code refused;
        socket.connect({net::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(served.port())},
                       refused);
      }
    });
    EXPECT_TRUE(served.soon([&] { return served.metrics().connections > 0; }));
    const auto asked = std::chrono::steady_clock::now();
    served.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 5s);
    over = true;
    flood.join();
  }
}

TEST(Hostile, WhoDripsAfterItsAnswerGoesAfterAMoment) {
  const Served served;
  std::vector<std::unique_ptr<Client>> strangers;
  for (int i = 0; i < 100; ++i) {
    strangers.push_back(std::make_unique<Client>(served));
    strangers.back()->say("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  }
  const auto begun = std::chrono::steady_clock::now();
  while (served.metrics().connections > 0 && std::chrono::steady_clock::now() - begun < 10s) {
    for (const auto& stranger : strangers) stranger->say("x");
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(served.metrics().connections, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 6s);
}

TEST(Hostile, SilentConnectionsKeepNobodyOut) {
  const Served served;
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 150; ++i) silent.push_back(std::make_unique<Client>(served));
  EXPECT_EQ(Client(served).request(http::verb::get, "/healthz").result_int(), 200u);
  Talk talk(served, {{"video", {{"format", "none"}}}});
  EXPECT_TRUE(served.soon([&] { return served.metrics().connections <= 4 + 64 + 1; }));
}

TEST(Hostile, UnstartedSessionsKeepNobodyOut) {
  const Served served;
  std::vector<std::unique_ptr<Talk>> unstarted;
  for (int i = 0; i < 4; ++i) unstarted.push_back(std::make_unique<Talk>(served));
  const Talk talk(served, {{"video", {{"format", "none"}}}});
  EXPECT_EQ(served.metrics().sessions, 4);
}

TEST(Hostile, ARendersPlaceIsFreeWhenItIsRendered) {
  const Served served;
  Client first(served);
  EXPECT_EQ(first.request(http::verb::post, "/v1/render", short_wav()).result_int(), 200u);
  first.say("x");  // and stays
  EXPECT_EQ(Client(served).request(http::verb::post, "/v1/render", short_wav()).result_int(), 200u);
}

TEST(Hostile, ALongUploadIsTakenWhileItMoves) {
  const Served served([](ServerOptions& options) { options.patience = 1s; });
  Client slow(served);
  constexpr int kPieces = 15;
  slow.say(upload_header(kPieces * 20'000));
  for (int i = 0; i < kPieces; ++i) {
    slow.say(std::string(20'000, 'x'));
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_THAT(slow.hear(), StartsWith("HTTP/1.1 400"));  // it is no sound
  Client drip(served);
  drip.say(upload_header(1000));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(served.soon([&] { return served.metrics().uploads == 1; }));
  while (served.metrics().uploads > 0 && std::chrono::steady_clock::now() - begun < 10s) {
    drip.say("x");
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_THAT(drip.hear(), StartsWith("HTTP/1.1 408"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST(Hostile, AVideoIsKeptUntilItWasTakenWhole) {
  Served served([](ServerOptions& options) { options.patience = 1s; });
  const std::size_t size = 12 << 20;
  const std::string target = "/v1/renders/" + served.state().finished_renders.put(std::string(size, 'v'));
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  {
    Client breaks_off(served);
    breaks_off.say(request);
    char some[1000];
    net::read(breaks_off.socket(), net::buffer(some));
  }
  Client slow(served);
  slow.say(request);
  std::vector<char> piece(1 << 20);
  std::size_t heard = 0;
  boost::system::error_code end;
  while (!end) {
    heard += net::read(slow.socket(), net::buffer(piece), end);
    std::this_thread::sleep_for(120ms);
  }
  EXPECT_GT(heard, size);
  EXPECT_TRUE(served.soon([&] { return served.metrics().downloads == 0; }));
  EXPECT_EQ(Client(served).request(http::verb::get, target).result_int(), 404u);
}

// The disk gives back less than was written, or nothing: that is no video.
TEST(Hostile, AVideoThatCannotBeReadAgainIsAFaultOfTheServers) {
  Served served;
  const auto disk = served.state().read_video;
  const std::vector<std::function<void(const std::filesystem::path&)>> faults = {
      [](const auto& video) { std::filesystem::remove(video); },
      // Opened without complaint, and no byte of it can be read.
      [](const auto& video) { std::filesystem::remove(video), std::filesystem::create_directory(video); }};
  for (const auto& fault : faults) {
    served.state().read_video = [&](const std::filesystem::path& video) {
      fault(video);
      return disk(video);
    };
    const auto answer = Client(served).request(http::verb::post, "/v1/render", short_wav());
    EXPECT_EQ(answer.result_int(), 500u);
    EXPECT_THAT(answer.body(), HasSubstr("cannot be read again"));
    EXPECT_THAT(answer.body(), Not(HasSubstr("framegen-render-")));  // its place is nobody's business
    Client follows(served);
    const auto events =
        follows.request(http::verb::post, "/v1/render", short_wav(), {{"Accept", "text/event-stream"}});
    EXPECT_THAT(events.body(), HasSubstr("event: error"));
    EXPECT_THAT(events.body(), Not(HasSubstr("event: done")));
  }
  served.state().read_video = disk;
  EXPECT_EQ(Client(served).request(http::verb::post, "/v1/render", short_wav()).result_int(), 200u);
}

TEST(Hostile, UploadsBeyondTheirPlacesAreRefusedBeforeTheyCome) {
  const Served served;  // one render at the same time
  std::vector<std::unique_ptr<Client>> uploads;
  for (int i = 0; i < 3; ++i) {
    uploads.push_back(std::make_unique<Client>(served));
    uploads.back()->say(upload_header(60 << 20) + "x");
  }
  EXPECT_TRUE(served.soon([&] { return served.metrics().uploads == 3; }));
  Client fourth(served);
  fourth.say(upload_header(60 << 20) + "x");
  EXPECT_THAT(fourth.hear(), StartsWith("HTTP/1.1 503"));
}

TEST(Hostile, WhoHasNoMoreToSayStillHears) {
  const Served served;
  Client client(served);
  client.say(upload_header(short_wav().size()) + short_wav());
  client.socket().shutdown(tcp::socket::shutdown_send);
  EXPECT_THAT(client.hear(), HasSubstr("HTTP/1.1 200 OK"));
}

TEST(Hostile, WhoHangsUpTakesTheRenderAlong) {
  const Served served;
  for (const char* events : {"", "Accept: text/event-stream\r\n"}) {
    Client client(served);
    std::string header = upload_header(golden_wav().size());
    header.insert(header.size() - 2, events);
    client.say(header + golden_wav());
    EXPECT_TRUE(served.soon([&] { return served.metrics().renders == 1; }));
    client.socket().close();
    EXPECT_TRUE(served.soon([&] { return served.metrics().renders == 0; }));
  }
}

TEST(Hostile, AThreadThatCannotStartEndsNobodyElsesSession) {
  if (!kThreadsCanFail) GTEST_SKIP() << "threads are the sanitizer's";
  const Served served;
  Talk before(served, {{"video", {{"format", "none"}}}});
  threads_fail = true;
  Talk refused(served);
  refused.send({{"type", "start"}});
  const Json error = refused.next_text();
  const auto render = Client(served).request(http::verb::post, "/v1/render", short_wav());
  threads_fail = false;
  EXPECT_EQ(error["type"], "error");
  EXPECT_EQ(render.result_int(), 503u);
  const std::uint64_t frames = before.frames_;
  before.until("stats");
  EXPECT_GT(before.frames_, frames);
  EXPECT_EQ(Client(served).request(http::verb::post, "/v1/render", short_wav()).result_int(), 200u);
}

TEST(Hostile, ASessionsPlaceIsFreeWhenItsThreadIsGone) {
  const Served served;
  { const Talk first(served, Json::object()); }
  EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
  const std::ptrdiff_t usual = threads_of_this_process();
  for (int i = 0; i < 10; ++i) {
    Talk talk(served, Json::object());
    talk.send_sound(ramp(8000));
    talk.socket().close();
    EXPECT_TRUE(served.soon([&] { return served.metrics().sessions == 0; }));
    EXPECT_EQ(threads_of_this_process(), usual);
  }
}

TEST(Hostile, LongSpeechIsRefused) {
  const Served served([](ServerOptions& options) { options.max_render_s = 1; });
  const auto refused = Client(served).request(http::verb::post, "/v1/render", golden_wav());
  EXPECT_EQ(refused.result_int(), 413u);
  EXPECT_THAT(refused.body(), HasSubstr("longer than 1 s"));
}

TEST(Hostile, NoDescriptorLeftCostsNoCore) {
  const Served served;
  Client waiting(served);  // its socket is there before the descriptors end
  net::io_context io;
  tcp::socket late(io, tcp::v4());
  rlimit usual{};
  ::getrlimit(RLIMIT_NOFILE, &usual);
  std::vector<int> taken;
  rlimit few{256, usual.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.push_back(fd);
  late.connect({net::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(served.port())});
  const std::clock_t cpu = std::clock();
  std::this_thread::sleep_for(500ms);
  const double used_s = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  for (const int fd : taken) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_LT(used_s, 0.1);
  EXPECT_EQ(Client(served).request(http::verb::get, "/healthz").result_int(), 200u);
}

TEST(Hostile, FoldersThatKilledServersLeftAreSwept) {
  const test::TemporaryFolder temporary;
  const char* usual = std::getenv("TMPDIR");
  const std::string kept = usual == nullptr ? "" : usual;
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  auto used = UploadFolder::create();
  ASSERT_TRUE(used.ok());
  std::filesystem::create_directory(temporary / "framegen-render-123456");
  std::ofstream(temporary / "framegen-render-123456/audio") << "left";
  std::filesystem::create_directory(temporary / "somebody-elses");
  std::filesystem::create_directory_symlink(temporary / "somebody-elses", temporary / "framegen-render-link");
  UploadFolder::sweep();
  EXPECT_TRUE(std::filesystem::exists(used->path()));
  EXPECT_FALSE(std::filesystem::exists(temporary / "framegen-render-123456"));
  EXPECT_TRUE(std::filesystem::exists(temporary / "framegen-render-link"));
  { const UploadFolder gone = *std::move(used); }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temporary.path()), {}), 2);
  kept.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
}

TEST(FinishedRenders, KeepsNoMoreThanItMay) {
  FinishedRenders renders(100);
  const std::string first = renders.put(std::string(60, 'a')), second = renders.put(std::string(30, 'b'));
  EXPECT_NE(renders.find(first), nullptr);
  const std::string third = renders.put(std::string(50, 'c'));
  EXPECT_EQ(renders.find(first), nullptr);
  EXPECT_NE(renders.find(second), nullptr);
  renders.forget(second);
  EXPECT_EQ(renders.find(second), nullptr);
  EXPECT_EQ(renders.find(third)->size(), 50u);
}

}  // namespace
}  // namespace framegen::server
