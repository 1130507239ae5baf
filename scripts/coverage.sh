#!/usr/bin/env bash
# coverage.sh [ctest…]: what of src/ and apps/ the tests run: builds with GCC's counters, runs every test but those of the installed package, those of
# ./run webrtc and failing calls (tests/soak/faults.sh) too, and prints a table of modules. With words for ctest these tests alone, and what was counted before still counts.
# out/coverage holds index.html (every line), missing.txt (what is never run, by file) and coverage.json.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${FRAMEGEN_JOBS:-$(nproc)}
launcher=()
! command -v ccache >/dev/null || launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
[ -f build/coverage/build.ninja ] || cmake --preset coverage "${launcher[@]}" >build/coverage-configure.log || { cat build/coverage-configure.log; exit 1; }
cmake --build build/coverage -j "$jobs"
[ $# != 0 ] || find build/coverage -name '*.gcda' -delete
# Notes of objects that are compiled no more (joined meanwhile, or gone) name sources as they were: gcovr would stand still over them.
find build/coverage -name '*.gcno' -printf '%P\n' | sed 's/\.gcno$//' | { grep -vxFf <(ninja -C build/coverage -t targets all | sed -n 's/\.o: .*//p') || true; } |
  while read -r gone; do rm -f "build/coverage/$gone.gcno" "build/coverage/$gone.o"; done
# What was compiled anew is counted anew: GCC would complain into the tests' own words.
find build/coverage -name '*.gcda' | while read -r counts; do [ "$counts" -nt "${counts%.gcda}.gcno" ] || rm "$counts"; done
# Counters of a test that fails count too: what it ran was run. They are shared by threads and not atomic: "never" is exact, the numbers are not.
status=0
ctest --test-dir build/coverage -j "$jobs" --output-on-failure --no-tests=error -LE '^(install|mac)$' "$@" >build/coverage-tests.log 2>&1 || status=$?
[ $status = 0 ] || sed -n '/The following tests FAILED/,$p' build/coverage-tests.log
tail -n 3 build/coverage-tests.log
if [ $# = 0 ]; then
  for side in whep whip; do
    build/webrtc-venv/bin/python "tests/webrtc/${side}_test.py" build/coverage/framegen assets/avatars/ava >"build/coverage-$side.log" 2>&1 || status=$?
    grep -E '^FAILED' "build/coverage-$side.log" || true
  done
  # What is done where memory, files and threads fail; what it finds is ./run soak faults' to tell.
  FRAMEGEN=$PWD/build/coverage/framegen tests/soak/faults.sh 150 >build/coverage-faults.log 2>&1 || true
fi

mkdir -p out/coverage
# Branches that the compiler makes for exceptions are nobody's decision: left out. Counters that threads share come out below nothing now and then: gcovr
# is to go on.
gcovr --root . --object-directory build/coverage -j "$jobs" --filter 'src/' --filter 'apps/' --exclude '.*_(test|bench|fixture)\.(cpp|hpp)$' --exclude '.*/(test|golden)_[a-z_]*\.(cpp|hpp)$' \
  --exclude-throw-branches --exclude-unreachable-branches --gcov-ignore-parse-errors --decisions --json out/coverage/coverage.json --html-details out/coverage/index.html >build/coverage-gcovr.log 2>&1 ||
  { tail -n 20 build/coverage-gcovr.log >&2; exit 1; }
python3 scripts/coverage.py out/coverage/coverage.json out/coverage/missing.txt
exit $status
