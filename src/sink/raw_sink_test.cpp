// raw_sink_test.cpp: every byte arrives through slow pipes and signals; a closed pipe is an error, not the
// end.
#include "sink/raw_sink.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "core/files.hpp"
#include "kernels/pixels/bgr_to_i420.hpp"
#include "sink/sink_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
class RawSinkTest : public test::SinkTest {};

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    for (const int fd : ends)
      if (fd >= 0) ::close(fd);
  }
  std::string write_path() const { return "/proc/self/fd/" + std::to_string(ends[1]); }
  void close_end(int which) { ::close(std::exchange(ends[which], -1)); }
};

TEST_F(RawSinkTest, BgrIsThePackedPixelsOfAllFrames) {
  const Image large = test::random_image(9, 9, 1);
  const ImageView part = large.view().crop(2, 1, 5, 3);
  Image packed(5, 3);
  copy_pixels(part, packed);
  RawSink sink((folder_ / "v.bgr").string(), RawFormat::kBgr24);
  ASSERT_TRUE(test::write_all(sink, part, 2).ok());
  const std::string once(reinterpret_cast<const char*>(packed.data()), packed.bytes());
  EXPECT_EQ(*read_text_file(folder_ / "v.bgr"), once + once);
}

TEST_F(RawSinkTest, Y4mHasItsHeaderAndTheUnpaddedPlanes) {
  RawSink sink((folder_ / "v.y4m").string(), RawFormat::kY4m);
  ASSERT_TRUE(test::write_all(sink, test::grey_image(5, 3, 255), 2).ok());
  const std::string file = *read_text_file(folder_ / "v.y4m");
  EXPECT_THAT(file, StartsWith("YUV4MPEG2 W5 H3 F25:1 Ip A1:1 C420jpeg"));
  const std::string frame = "FRAME\n" + std::string(15, '\xEB') + std::string(2 * 3 * 2, '\x80');
  EXPECT_EQ(file.substr(file.find('\n') + 1), frame + frame);
}

TEST_F(RawSinkTest, PlanesOfTheCallerAreWrittenAsTheyAre) {
  const Image image = test::random_image(6, 4, 1);
  I420Image planes(6, 4);
  bgr_to_i420(image, planes.view());
  RawSink converts((folder_ / "a.y4m").string(), RawFormat::kY4m),
      takes((folder_ / "b.y4m").string(), RawFormat::kY4m);
  ASSERT_TRUE(test::write_all(converts, image, 1).ok());
  ASSERT_TRUE(takes.begin({.width = 6, .height = 4}).ok());
  ASSERT_TRUE(takes.write({.index = 0, .bgr = {}, .i420 = planes.view()}).ok());
  ASSERT_TRUE(takes.finish().ok());
  EXPECT_EQ(*read_text_file(folder_ / "a.y4m"), *read_text_file(folder_ / "b.y4m"));
}

TEST_F(RawSinkTest, ASlowReaderAndSignalsLoseNothing) {
  struct sigaction handler {
  }, before{};
  handler.sa_handler = [](int) {};  // without SA_RESTART: write() answers EINTR, or only a part
  ::sigaction(SIGALRM, &handler, &before);
  Pipe pipe;
  const Image image = test::random_image(320, 200, 1);
  std::string received;
  std::thread reader([&] {
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, nullptr);
    std::vector<char> buffer(7001);
    for (ssize_t got = 0; (got = ::read(pipe.ends[0], buffer.data(), buffer.size())) > 0;) {
      received.append(buffer.data(), static_cast<std::size_t>(got));
      ::usleep(1000);
    }
  });
  const itimerval often{{0, 2000}, {0, 2000}}, never{};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  RawSink sink(pipe.write_path(), RawFormat::kBgr24);
  const Status status = test::write_all(sink, image, 4);
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  pipe.close_end(1);
  reader.join();
  ASSERT_TRUE(status.ok()) << status.error().message();
  std::string expected;
  for (int i = 0; i < 4; ++i) expected.append(reinterpret_cast<const char*>(image.data()), image.bytes());
  EXPECT_TRUE(received == expected);
}

TEST_F(RawSinkTest, AClosedPipeIsAnErrorAndSignalsStayAsTheyWere) {
  Pipe pipe;
  RawSink sink(pipe.write_path(), RawFormat::kBgr24);
  ASSERT_TRUE(sink.begin({.width = 8, .height = 8}).ok());
  pipe.close_end(0);
  const Image image = test::grey_image(8, 8, 1);
  const Status status = sink.write({.index = 0, .bgr = image, .i420 = {}});  // SIGPIPE would end this program
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  EXPECT_THAT(status.error().message(), HasSubstr("the reader has closed the pipe"));
  sigset_t blocked, pending;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  sigpending(&pending);
  EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  struct sigaction now {};
  ::sigaction(SIGPIPE, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST_F(RawSinkTest, AFullDiskIsAnError) {
  RawSink sink("/dev/full", RawFormat::kBgr24);
  const Status status = test::write_all(sink, test::grey_image(8, 8, 1), 1);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  EXPECT_THAT(status.error().message(), HasSubstr("/dev/full: cannot be written: No space left"));
}

TEST_F(RawSinkTest, AMissingFolderIsAnErrorAtTheStart) {
  RawSink sink((folder_ / "nowhere" / "v.bgr").string(), RawFormat::kBgr24);
  EXPECT_EQ(sink.begin({.width = 1, .height = 1}).error().code, ErrorCode::kBadOutput);
}

TEST_F(RawSinkTest, WithoutFinishNothingIsLeft) {
  {
    RawSink sink((folder_ / "v.bgr").string(), RawFormat::kBgr24);
    ASSERT_TRUE(test::begin_and_write(sink, test::grey_image(8, 8, 1), 3).ok());
    EXPECT_EQ(entries(), 1u);
  }
  EXPECT_EQ(entries(), 0u);
}

}  // namespace
}  // namespace framegen
