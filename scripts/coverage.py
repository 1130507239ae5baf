"""coverage.py COVERAGE.json MISSING.txt: gcovr's report as a table of modules, the files below the limit, and every line that no test runs.

A decision is a condition that must have been both true and false, or a case that must have been taken (gcovr --decisions); those that cannot be told
apart, several on one line, are left out. Exit 1: a limit of docs/trust.md is missed. Run it where the report's sources lie."""

import collections
import json
import pathlib
import re
import sys

LINES_PERCENT = 97.0
DECISIONS_PERCENT = 90.0
FILE_LINES_PERCENT = 85.0


class Count:
    """Lines and decisions of a file or a module: how many there are, how many the tests run."""

    def __init__(self):
        self.lines = self.lines_run = self.decisions = self.decisions_run = 0

    def add(self, other):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


STATEMENT_BESIDE = re.compile(r"^\s*(}?\s*else )?if (constexpr )?\(.*;\s*(//.*)?$")
LEAVES = re.compile(r"\b(return|continue|break|throw|co_return)\b")


def decisions_of(line, code):
    """(how many, how many taken) of one line, which reads `code`.

    gcovr takes what the next line ran for the condition's "true". That is wrong where the statement stands beside its condition and does not leave:
    then the two ways on are counted, and a condition of several parts, with more ways, cannot be told."""
    decision = line.get("gcovr/decision", {})
    if decision.get("type") == "switch":
        return 1, int(decision["count"] > 0)
    if decision.get("type") != "conditional":
        return 0, 0
    if STATEMENT_BESIDE.match(code):
        ways = [branch["count"] > 0 for branch in line["branches"]]
        if len(ways) == 2:
            return 2, sum(ways)
        if not LEAVES.search(code):
            return 0, 0
    return 2, (decision["count_true"] > 0) + (decision["count_false"] > 0)


def told(file):
    """a file of the report: each line that holds code, beside what it reads"""
    source = pathlib.Path(file["file"]).read_text().splitlines()
    return [(line, source[line["line_number"] - 1]) for line in file["lines"] if not line.get("gcovr/noncode")]


def count_of(lines):
    count = Count()
    for line, code in lines:
        count.lines += 1
        count.lines_run += line["count"] > 0
        there, taken = decisions_of(line, code)
        count.decisions += there
        count.decisions_run += taken
    return count


def ranges(numbers):
    """[3, 4, 5, 9] as "3–5, 9"."""
    words, begin, last = [], None, None
    for number in sorted(numbers) + [None]:
        if last is not None and number == last + 1:
            last = number
            continue
        if begin is not None:
            words.append(str(begin) if begin == last else f"{begin}–{last}")
        begin = last = number
    return ", ".join(words)


def module_of(name):
    parts = pathlib.PurePath(name).parts
    return "/".join(parts[:3]) if parts[:2] == ("src", "pipeline") and len(parts) > 3 else "/".join(parts[:2])


def main():
    report, missing = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = {file["file"]: told(file) for file in json.loads(report.read_text())["files"]}
    counts = {name: count_of(lines) for name, lines in files.items()}
    modules, total = collections.defaultdict(Count), Count()
    for name, count in counts.items():
        modules[module_of(name)].add(count)
        total.add(count)

    print("| module | lines | run | decisions | taken |\n| --- | --- | --- | --- | --- |")
    for name, count in [*sorted(modules.items()), ("**all**", total)]:
        print(f"| {name} | {count.lines:,} | {percent(count.lines_run, count.lines):.1f} % "
              f"| {count.decisions:,} | {percent(count.decisions_run, count.decisions):.1f} % |")

    with missing.open("w") as out:
        for name, lines in sorted(files.items()):
            never = [line["line_number"] for line, _ in lines if line["count"] == 0]
            half = [line["line_number"] for line, code in lines if line["count"] > 0 and decisions_of(line, code)[0] > decisions_of(line, code)[1]]
            if never or half:
                out.write(f"{name}: never run: {ranges(never) or 'none'}; decided one way only: {ranges(half) or 'none'}\n")

    faults = [f"{name}: {percent(count.lines_run, count.lines):.0f} % of {count.lines} lines, at least {FILE_LINES_PERCENT:.0f}"
              for name, count in sorted(counts.items()) if percent(count.lines_run, count.lines) < FILE_LINES_PERCENT]
    for what, reached, limit in (("lines", percent(total.lines_run, total.lines), LINES_PERCENT),
                                 ("decisions", percent(total.decisions_run, total.decisions), DECISIONS_PERCENT)):
        if reached < limit:
            faults.append(f"{what}: {reached:.1f} %, at least {limit:.0f}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
