// make_golden_avatar.cpp: make_golden_avatar FOLDER: the golden avatar, once for all tests that ask for it (a
// CTest fixture).
#include <cstdio>

#include "support/test_avatar.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_golden_avatar FOLDER\n", stderr);
    return 2;
  }
  const framegen::Status made = framegen::test::make_golden_avatar(argv[1]);
  if (made) return 0;
  std::fprintf(stderr, "%s\n", made.error().message().c_str());
  return 1;
}
