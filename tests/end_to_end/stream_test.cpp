// stream_test.cpp: framegen stream against real receivers on this machine.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// A program that runs beside the test; killed with the object where it has not ended.
class Beside {
 public:
  explicit Beside(std::vector<std::string> command) {
    child_ = ::fork();
    if (child_ == 0) {
      std::vector<char*> words;
      for (std::string& word : command) words.push_back(word.data());
      words.push_back(nullptr);
      const int nothing = ::open("/dev/null", O_RDWR);
      for (int fd = 0; fd < 3; ++fd) ::dup2(nothing, fd);
      ::execvp(words[0], words.data());
      ::_exit(127);
    }
  }
  ~Beside() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  int wait() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
};

int free_port(int type) {
  const int fd = ::socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

class Stream : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  // A second of sound into `framegen stream --to`; tries again while nobody listens yet.
  ProgramRun stream(const std::string& words, int tries = 1) {
    std::ofstream(folder_ / "second.s16", std::ios::binary) << std::string(2 * 16000, '\0');
    ProgramRun run;
    for (int i = 0; i < tries; ++i) {
      run =
          run_program({"sh", "-c",
                       "exec " FRAMEGEN_PROGRAM " stream --no-cache --preset ultrafast --avatar " +
                           mini_avatar().string() + " " + words + " < " + (folder_ / "second.s16").string()});
      if (run.exit_code != 5) break;
      std::this_thread::sleep_for(500ms);
    }
    return run;
  }
  // "codec_type=…\nnb_read_packets=…" lines of a file.
  std::string streams_of(const std::string& file) {
    return run_program({"ffprobe", "-v", "error", "-count_frames", "-show_entries",
                        "stream=codec_name,width,nb_read_frames", "-of", "compact=p=0",
                        (folder_ / file).string()})
        .out;
  }
  // Streams to an ffmpeg that listens with these words: what it got is H.264 and AAC.
  void expect_received(const std::string& address, const std::vector<std::string>& listening) {
    std::vector<std::string> command{"ffmpeg", "-v", "error"};
    command.insert(command.end(), listening.begin(), listening.end());
    command.insert(command.end(), {"-c", "copy", "-y", (folder_ / "got.mkv").string()});
    Beside ffmpeg(command);
    const auto run = stream("--to " + address, 60);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(ffmpeg.wait(), 0);
    const std::string streams = streams_of("got.mkv");
    EXPECT_THAT(streams, HasSubstr("codec_name=h264|width=640"));
    EXPECT_THAT(streams, HasSubstr("codec_name=aac"));
  }
};

TEST_F(Stream, SendsMpegTsOverTcp) {
  const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM));
  expect_received(address, {"-f", "mpegts", "-i", address + "?listen=1"});
}

TEST_F(Stream, SendsRtmp) {
  const std::string address = "rtmp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)) + "/live/ava";
  expect_received(address, {"-listen", "1", "-i", address});
}

TEST_F(Stream, WritesRawPicturesAndTheSoundItselfToStandardOutput) {
  const auto run = stream("--to - > " + (folder_ / "out.nut").string());
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(streams_of("out.nut"), HasSubstr("codec_name=rawvideo|width=640"));
  const auto sound =
      run_program({"ffmpeg", "-v", "error", "-i", (folder_ / "out.nut").string(), "-f", "s16le", "-"});
  EXPECT_EQ(sound.exit_code, 0) << sound.err;
  EXPECT_GE(sound.out.size(), 2u * 16000);
  EXPECT_EQ(sound.out.size() % 1280, 0u);  // whole pictures' worth
}

// An MP4's index is its last part: broken off, nothing of it can be played.
TEST_F(Stream, FinishesItsFileWhenTheUserStopsIt) {
  const std::string file = folder_ / "talk.mp4";
  const std::string script = R"sh(
    program=$1 avatar=$2 file=$3
    mkfifo "$file.pcm"
    { head -c 64000 /dev/zero; exec sleep 60; } > "$file.pcm" & speaker=$!
    "$program" stream --no-cache --preset ultrafast --avatar "$avatar" --to "$file" < "$file.pcm" & stream=$!
    for i in $(seq 600); do
      [ "$(stat -c %s "$file" 2>/dev/null || echo 0)" -lt 20000 ] || break
      sleep 0.1
    done
    kill -s INT $stream
    wait $stream
    code=$?
    kill $speaker
    exit $code)sh";
  const auto run = run_program({"sh", "-c", script, "sh", FRAMEGEN_PROGRAM, mini_avatar().string(), file});
  EXPECT_EQ(run.exit_code, 130) << run.err;
  EXPECT_THAT(streams_of("talk.mp4"), HasSubstr("codec_name=h264|width=640"));
}

// People pipe whole files: the header of one that fits is no sound, one that does not fit is named.
TEST_F(Stream, AWavFileIsTakenForItsSamplesWhereItIsOfTheRate) {
  const auto stream_of = [&](const std::string& file, const std::string& words) {
    return run_program({"sh", "-c",
                        "exec " FRAMEGEN_PROGRAM " stream --no-cache --preset ultrafast --avatar " +
                            mini_avatar().string() + " " + words + " < " + file});
  };
  const auto made = [&](const std::string& name, const std::vector<std::string>& how) {
    std::vector<std::string> command{"ffmpeg", "-v", "error", "-y", "-i", golden_speech()};
    command.insert(command.end(), how.begin(), how.end());
    command.push_back((folder_ / name).string());
    EXPECT_EQ(run_program(command).exit_code, 0);
    return (folder_ / name).string();
  };
  const std::string out = (folder_ / "out.nut").string();
  const auto fits = stream_of(golden_speech(), "--rate 22050 --to - > " + out);
  ASSERT_EQ(fits.exit_code, 0) << fits.err;
  const auto sound = run_program({"ffmpeg", "-v", "error", "-i", out, "-f", "s16le", "-"});
  EXPECT_GE(sound.out.size(), std::filesystem::file_size(golden_speech()) - 100);
  EXPECT_EQ(sound.out.find("RIFF"), std::string::npos) << "the header is heard";
  const auto rate = stream_of(golden_speech(), "--to -");
  EXPECT_EQ(rate.exit_code, 3);
  EXPECT_THAT(rate.err, HasSubstr("is a WAV file of 22050 Hz, not of 16000; give --rate 22050"));
  const auto two = stream_of(made("two.wav", {"-ac", "2"}), "--rate 22050 --to -");
  EXPECT_EQ(two.exit_code, 3);
  EXPECT_THAT(two.err, HasSubstr("is a WAV file of 2 channel(s) and 16 bits, not of 1 and 16"));
  const auto flac = stream_of(made("speech.flac", {}), "--rate 22050 --to -");
  EXPECT_EQ(flac.exit_code, 3);
  EXPECT_THAT(flac.err, HasSubstr("raw samples are read here; convert it: ffmpeg"));
}

TEST_F(Stream, AFileThatIsThereIsNobodysToLose) {
  std::ofstream(folder_ / "talk.mkv") << "precious";
  const auto run = stream("--to " + (folder_ / "talk.mkv").string());
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.err, HasSubstr("exists, and was not replaced"));
  EXPECT_EQ(std::filesystem::file_size(folder_ / "talk.mkv"), 8u);
}

TEST_F(Stream, SaysWhenNobodyListens) {
  const auto run = stream("--to tcp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM)));
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.err, HasSubstr("cannot be written"));
  EXPECT_EQ(stream("--to out.no-such-format").exit_code, 5);
  EXPECT_EQ(stream("--to - --rate 12345").exit_code, 2);
}

}  // namespace
}  // namespace framegen::test
