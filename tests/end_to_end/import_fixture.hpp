// import_fixture.hpp: for tests of `framegen import`: a folder for films, one for the avatar, and what it
// says of itself.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "support/program.hpp"

namespace framegen::test {

class ImportTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_, output_;

  nlohmann::json manifest() const {
    std::ifstream file(output_ / "avatar" / "avatar.json");
    return nlohmann::json::parse(file);
  }
  void expect_refusal(const ProgramRun& run, int exit_code, const std::string& words) {
    EXPECT_EQ(run.exit_code, exit_code) << run.out << run.err;
    EXPECT_THAT(run.err, ::testing::HasSubstr(words));
    EXPECT_THAT(output_.entries(), ::testing::IsEmpty());
  }
};

}  // namespace framegen::test
