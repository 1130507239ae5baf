// multipart_test.cpp: forms as curl and browsers send them, and broken ones.
#include "multipart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framegen::server {
namespace {

using ::testing::HasSubstr;

const std::string kType = "multipart/form-data; boundary=------------------------d74496d66958873e";
const std::string kLine = "--------------------------d74496d66958873e";
const std::string kFile = kLine +
                          "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n"
                          "Content-Type: audio/wav\r\n\r\n";

std::string complaint(std::string body, const std::string& type = kType) {
  const Status taken = take_file_out_of_form(type, body);
  return taken ? "" : taken.error().message();
}

TEST(Multipart, GivesTheFilesBytes) {
  const std::string sound = std::string("RIFF\0\r\n--\r\n\r\n", 13) + "\r\n-----";
  std::string body = kFile + sound + "\r\n" + kLine + "--\r\n";
  ASSERT_TRUE(take_file_out_of_form(kType, body));
  EXPECT_EQ(body, sound);
}

TEST(Multipart, TakesQuotedBoundariesAndAnyCase) {
  std::string body = "--a b\r\ncontent-DISPOSITION: form-data; FileName=x; name=y\r\n\r\nsound\r\n--a b--";
  ASSERT_TRUE(take_file_out_of_form("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", body));
  EXPECT_EQ(body, "sound");
}

TEST(Multipart, LeavesOtherBodiesAlone) {
  std::string body = kFile;
  ASSERT_TRUE(take_file_out_of_form("audio/wav", body));
  EXPECT_EQ(body, kFile);
  ASSERT_TRUE(take_file_out_of_form("", body));
  EXPECT_EQ(body, kFile);
}

TEST(Multipart, RefusesWhatIsBrokenOrNotKnown) {
  const std::string end = "\r\n" + kLine + "--\r\n";
  EXPECT_THAT(complaint(kFile + "sound"), HasSubstr("without a head or an end"));
  EXPECT_THAT(complaint(kLine), HasSubstr("before its last boundary"));
  EXPECT_THAT(complaint(kLine + "\r\nno head" + end), HasSubstr("without a head"));
  EXPECT_THAT(complaint("sound" + end), HasSubstr("does not begin"));
  EXPECT_THAT(complaint(kLine + "--\r\n"), HasSubstr("no file"));
  EXPECT_THAT(complaint(kFile + "a\r\n" + kFile + "b" + end), HasSubstr("two files"));
  EXPECT_THAT(complaint(kFile, "multipart/form-data"), HasSubstr("no boundary"));
  EXPECT_THAT(complaint(kFile, "multipart/form-data; boundary=" + std::string(71, 'x')),
              HasSubstr("no boundary"));
  EXPECT_THAT(
      complaint(kLine + "\r\nContent-Disposition: form-data; name=\"crf\"\r\n\r\n20\r\n" + kFile + "a" + end),
      HasSubstr("field \"crf\""));
  // Not among the first 4096 bytes: then it is no head.
  EXPECT_THAT(complaint(kLine + "\r\n" + std::string(5000, 'x') + "\r\n\r\na" + end), HasSubstr("a head"));
}

}  // namespace
}  // namespace framegen::server
