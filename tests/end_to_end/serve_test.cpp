// serve_test.cpp: framegen serve as it is started: where it listens, who gets in, what it writes down, how it
// ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ServeProgram : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  // Starts `framegen serve` with these words, runs `asks` where $U is its address, and ends it by SIGTERM.
  // The exit code is the server's; what it said lies in `err`.
  ProgramRun serve(const std::string& words, const std::string& asks, const std::string& before = "") {
    const std::string script = before + R"sh(
      cd "$FOLDER"
      : >said  # or the last server's words are read before this one's begin
      "$PROGRAM" serve --avatar "$AVATAR" --no-cache --drain-s 1 )sh" +
                               words + R"sh( 2>said & server=$!
      for i in $(seq 600); do
        grep -q 'http://' said && break
        kill -0 $server 2>/dev/null || break
        sleep 0.1
      done
      U=$(sed -n 's|^framegen serve: \(http://.*\)/ (.*|\1|p' said)
      )sh" + asks + R"sh(
      kill -s TERM $server 2>/dev/null
      wait $server
      code=$?
      cat said >&2
      exit $code)sh";
    return run_program({"env", "PROGRAM=" + std::filesystem::absolute(FRAMEGEN_PROGRAM).string(),
                        "AVATAR=" + std::filesystem::absolute(mini_avatar()).string(),
                        "FOLDER=" + folder_.path().string(), "bash", "-c", script});
  }
};

const std::string kCode = "curl -sg -o /dev/null -w '%{http_code}\\n' ";

TEST_F(ServeProgram, ListensWhereItWasToldAndEndsWhenAsked) {
  for (const auto& [words, address] :
       {std::pair("--listen localhost:0", "http://127.0.0.1:"),
        std::pair("--listen 127.0.0.1:0", "http://127.0.0.1:"), std::pair("--listen :0", "http://127.0.0.1:"),
        std::pair("--port 0", "http://127.0.0.1:")}) {
    SCOPED_TRACE(words);
    const auto run = serve(words, kCode + "$U/healthz; curl -s $U/v1/avatars");
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, HasSubstr(address));
    EXPECT_THAT(run.out, AllOf(::testing::StartsWith("200\n"), HasSubstr("\"mini\"")));
  }
}

TEST_F(ServeProgram, WhoShowsTheEnvironmentsTokenGetsIn) {
  const auto run =
      serve("--port 0", kCode + "$U/v1/avatars; " + kCode + "-H 'Authorization: Bearer sesame' $U/v1/avatars",
            "export FRAMEGEN_TOKEN=sesame\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "403\n200\n");
  EXPECT_THAT(run.err, Not(HasSubstr("sesame")));
}

TEST_F(ServeProgram, WritesDownWhoAskedForWhatBehindWhatIsThere) {
  std::ofstream(folder_ / "asked") << "of yesterday\n";
  const auto run = serve("--port 0 --audit-log asked", "curl -s -o /dev/null $U/v1/avatars");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::istringstream lines(*read_text_file(folder_ / "asked"));
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(first, "of yesterday");
  const auto line = nlohmann::json::parse(second, nullptr, false);
  ASSERT_TRUE(line.is_object()) << second;
  EXPECT_EQ(line["path"], "/v1/avatars");
  EXPECT_EQ(line["status"], 200);
  const auto shown = serve("--port 0 --audit-log -", "curl -s -o /dev/null $U/v1/avatars");
  EXPECT_THAT(shown.out, HasSubstr("\"path\":\"/v1/avatars\""));
}

// The server goes on, and says once that lines are lost.
TEST_F(ServeProgram, AnAuditLogOnAFullDiskIsSaidOnce) {
  const auto run =
      serve("--port 0 --audit-log /dev/full", "for i in 1 2 3; do " + kCode + "$U/v1/avatars; done");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "200\n200\n200\n");
  const auto said = run.err.find("--audit-log /dev/full cannot be written");
  ASSERT_NE(said, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find("cannot be written", said + 40), std::string::npos) << run.err;
}

TEST_F(ServeProgram, WhatItCannotDoIsOneLine) {
  for (const auto& [words, code, said] :
       {std::tuple("--listen 127.0.0.1:x", 2, "is not ADDRESS:PORT"),
        std::tuple("--listen 127.0.0.1:", 2, "is not ADDRESS:PORT"),
        std::tuple("--listen 127.0.0.1:70000", 2, "is not ADDRESS:PORT"),
        std::tuple("--listen 127.0.0.1:123456", 2, "is not ADDRESS:PORT"),
        std::tuple("--listen 192.0.2.1:0 --token t", 2, "cannot be listened on"),
        std::tuple("--listen 0.0.0.0:0", 2, "token"),
        std::tuple("--port 0 --audit-log no/such/folder/log", 5, "no/such/folder"),
        std::tuple("--port 0 --avatar nobody", 4, "nobody")}) {
    SCOPED_TRACE(words);
    const auto run = serve(words, "");
    EXPECT_EQ(run.exit_code, code);
    EXPECT_THAT(run.err, HasSubstr(said));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  }
}

}  // namespace
}  // namespace framegen::test
