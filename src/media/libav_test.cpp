// libav_test.cpp: a file that names others opens none of them, and FFmpeg's errors are words.
#include "media/libav.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "support/program.hpp"

namespace framegen {
namespace {

TEST(Libav, OpensNoFileThatTheGivenOneNames) {
  const test::TemporaryFolder folder;
  const auto list = folder / "list.m3u8";
  std::ofstream(list) << "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
                      << std::filesystem::absolute("assets/speech/demo.flac").string()
                      << "\n#EXT-X-ENDLIST\n";
  libav::silence();
  AVIOContext* io = nullptr;
  ASSERT_GE(avio_open(&io, libav::file_url(list.string()).c_str(), AVIO_FLAG_READ), 0);
  const libav::Input<AVIOContext> input(io);
  AVFormatContext* file = libav::only_this_file(io);
  ASSERT_NE(file, nullptr);

  int opened = avformat_open_input(&file, nullptr, nullptr, nullptr);
  const libav::Input<AVFormatContext> owner(file);
  if (opened >= 0) opened = avformat_find_stream_info(file, nullptr);

  EXPECT_TRUE(opened < 0 || file->nb_streams == 0 ||
              file->streams[0]->codecpar->codec_id == AV_CODEC_ID_NONE);
}

TEST(Libav, TakesNoNameForAProtocol) {
  AVIOContext* io = nullptr;
  EXPECT_LT(avio_open(&io, libav::file_url("pipe:0").c_str(), AVIO_FLAG_READ), 0);
}

TEST(Libav, SaysWhyInWords) { EXPECT_EQ(libav::error_text(AVERROR(ENOENT)), "No such file or directory"); }

}  // namespace
}  // namespace framegen
