#!/usr/bin/env python3
"""mutate.py [MODULE…] [--count N] [--seed N] [--build DIR]: are the tests of the arithmetic modules able to fail?

One small fault at a time is put into a source of `features`, `face`, `kernels` or `quality` (a sum becomes a difference, a bound moves by one, a line
is left out), the module's own test program is built and run, and the source is put back. A mutant that some test notices is dead; one that none
notices survives, and its line is printed with what was changed. All of it happens in a copy of the last commit, build/mutants: the tree is never
touched. Mutants that do not compile, and those whose program is the same byte for byte, are not counted. Exit 1: fewer than 90 % of a module's died."""

import argparse
import hashlib
import pathlib
import random
import re
import subprocess
import sys
import time

MODULES = ("features", "face", "kernels", "quality")
DEAD_PERCENT = 90.0

# What is changed, and into what. Spaces tell an operator from a template's brackets, a reference or a pointer: clang-format sees to them.
SWAPS = (
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " / "), (r" / ", " * "), (r" % ", " * "),
    (r" \+= ", " -= "), (r" -= ", " += "), (r" \*= ", " /= "),
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" && ", " || "), (r" \|\| ", " && "), (r"\bif \((?!constexpr)", "if (!("),
    (r"\bstd::min\b", "std::max"), (r"\bstd::max\b", "std::min"), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"\bhn::Add\(", "hn::Sub("), (r"\bhn::Sub\(", "hn::Add("), (r"\bhn::Min\(", "hn::Max("), (r"\bhn::Max\(", "hn::Min("),
    (r"\bhn::MulAdd\(", "hn::NegMulAdd("), (r"\bhn::LoadU\(", "hn::Load("),
)
NUMBER = re.compile(r"(?<![\w.\"])(\d+)(\.\d+)?(f?)(?![\w.\"'])")
STATEMENT = re.compile(r"^\s+[\w:.\[\]>()-]+(\(.*\)| [-+*/]?= .*);$")
NOT_CODE = re.compile(r"^\s*(//|#|static_assert|assert\(|using |namespace |template|HWY_|\*)|framegen_error|Error\{|fail\(|\"")


def mutants_of(path):
    """Every (line number, new line, what was done) of a source."""
    found = []
    for number, line in enumerate(path.read_text().split("\n")):
        code = line.split("//")[0].rstrip()
        if not code or NOT_CODE.search(code):
            continue
        for pattern, other in SWAPS:
            for match in re.finditer(pattern, code):
                changed = code[:match.start()] + other + code[match.end():]
                if other == "if (!(":
                    close = closing(changed, match.start() + 4)
                    if close is None:
                        continue
                    changed = changed[:close] + ")" + changed[close:]
                found.append((number, changed, f"{match.group().strip()} → {other.strip()}"))
        for match in NUMBER.finditer(code):
            grown = f"{int(match.group(1)) + 1}{match.group(2) or ''}{match.group(3)}"
            found.append((number, code[:match.start()] + grown + code[match.end():], f"{match.group()} → {grown}"))
        if STATEMENT.match(code) and not code.lstrip().startswith(("return", "const ", "auto ", "co_", "delete", "throw")):
            found.append((number, re.match(r"\s*", code).group() + ";", "left out"))
    return found


def closing(code, begin):
    """Where the bracket that opens at `begin` or before it closes, or None where that is on another line."""
    depth = 0
    for position in range(code.index("(", begin - 2), len(code)):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        if depth == 0:
            return position
    return None


def run(words, folder, seconds):
    """The exit status; 124 where it took longer."""
    try:
        return subprocess.run(words, cwd=folder, timeout=seconds, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    except subprocess.TimeoutExpired:
        return 124


class Place:
    """The copy, built, and what its tests take when nothing is wrong."""

    def __init__(self, build, jobs):
        self.tree, self.jobs = build / "tree", jobs
        root = pathlib.Path(__file__).resolve().parents[2]
        if not (self.tree / ".git").exists():
            subprocess.run(["git", "clone", "-q", str(root), str(self.tree)], check=True)
        subprocess.run(["git", "fetch", "-q", str(root), "HEAD"], cwd=self.tree, check=True)
        subprocess.run(["git", "reset", "-q", "--hard", "FETCH_HEAD"], cwd=self.tree, check=True)
        if (root / ".deps").exists() and not (self.tree / ".deps").exists():
            (self.tree / ".deps").symlink_to(root / ".deps")
        if not (self.tree / "build/release/build.ninja").exists():
            launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if subprocess.run(["which", "ccache"], capture_output=True, check=False).returncode == 0 else []
            subprocess.run(["cmake", "--preset", "release", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -DNDEBUG", *launcher], cwd=self.tree, check=True, stdout=subprocess.DEVNULL)

    def build(self, module):
        return run(["cmake", "--build", "build/release", "-j", str(self.jobs), "--target", f"{module}_test"], self.tree, 1200) == 0

    def program(self, module):
        return self.tree / f"build/release/src/{module}/{module}_test"

    def test(self, module, seconds):
        return run([str(self.program(module)), "--gtest_fail_fast", "--gtest_brief=1"], self.tree, seconds)


def try_module(place, module, count, seed):
    """(dead, survivors as lines) of `count` mutants, chosen by the seed."""
    if not place.build(module):
        sys.exit(f"{module}: does not build as it is")
    begin = time.monotonic()
    if place.test(module, 1200) != 0:
        sys.exit(f"{module}: its tests fail as it is")
    limit_s = 20 + 5 * (time.monotonic() - begin)
    whole = hashlib.sha256(place.program(module).read_bytes()).digest()

    sources = sorted(path for pattern in ("*.cpp", "*-inl.hpp") for path in (place.tree / "src" / module).rglob(pattern)
                     if not re.search(r"_(test|bench|reference|fixture)\.|fake_|golden_", path.name))
    candidates = [(path, *mutant) for path in sources for mutant in mutants_of(path)]
    random.Random(seed).shuffle(candidates)
    dead, survivors = 0, []
    for path, number, changed, what in candidates:
        if dead + len(survivors) == count:
            break
        text = path.read_text()
        lines = text.split("\n")
        lines[number] = changed
        try:
            path.write_text("\n".join(lines))
            counts = place.build(module) and hashlib.sha256(place.program(module).read_bytes()).digest() != whole
            status = place.test(module, limit_s) if counts else None
        finally:
            path.write_text(text)
        if not counts:
            continue
        if status != 0:
            dead += 1
        else:
            survivors.append(f"{path.relative_to(place.tree)}:{number + 1}: {what}: {text.split(chr(10))[number].strip()}")
        print(f"\r{module}: {dead + len(survivors)} of {count}, {dead} dead", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return dead, survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}; all of them when none is named")
    parser.add_argument("--count", type=int, default=50, help="mutants of each module (default 50)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/mutants"))
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    for module in arguments.modules:
        if module not in MODULES:
            parser.error(f"there is no arithmetic module '{module}': {', '.join(MODULES)}")
    arguments.build.mkdir(parents=True, exist_ok=True)
    place = Place(arguments.build.resolve(), arguments.jobs)

    missed, rows = False, []
    for module in arguments.modules or MODULES:
        dead, survivors = try_module(place, module, arguments.count, arguments.seed)
        tried = dead + len(survivors)
        missed = missed or dead * 100.0 < DEAD_PERCENT * tried
        rows.append(f"| {module} | {tried} | {dead} | {100.0 * dead / max(tried, 1):.0f} % |")
        for survivor in survivors:
            print(survivor)
    print("\n| module | mutants | dead | |\n| --- | --- | --- | --- |\n" + "\n".join(rows))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
