// program.hpp: runs framegen as a user does, and a folder that goes away with the test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace framegen::test {

struct ProgramRun {
  int exit_code = -1;  // 128 + signal number where a signal ended it
  std::string out;     // standard output
  std::string err;     // standard error
};

// Runs a program with its arguments, no shell between; `stdout_to` (a file) replaces the captured standard
// output.
ProgramRun run_program(const std::vector<std::string>& command, const std::filesystem::path& stdout_to = {});

// A fresh folder under the tests' temporary one, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  // Names of everything inside, sorted, hidden files too.
  std::vector<std::string> entries() const;

 private:
  std::filesystem::path path_;
};

}  // namespace framegen::test
