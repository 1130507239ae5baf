"""coverage.py COVERAGE.json MISSING.txt: gcovr's report as a table of modules, the files below the limit, and every line that no test runs.

A decision is a condition that must have been both true and false, or a case that must have been taken (gcovr --decisions); those that gcovr cannot tell
apart, several on one line, are left out. Exit 1: a limit of docs/trust.md is missed."""

import collections
import json
import pathlib
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


def decisions_of(line):
    """(how many, how many taken) of one line."""
    decision = line.get("gcovr/decision", {})
    if decision.get("type") == "conditional":
        return 2, (decision["count_true"] > 0) + (decision["count_false"] > 0)
    if decision.get("type") == "switch":
        return 1, int(decision["count"] > 0)
    return 0, 0


def count_of(lines):
    count = Count()
    for line in lines:
        if line.get("gcovr/noncode"):
            continue
        count.lines += 1
        count.lines_run += line["count"] > 0
        there, taken = decisions_of(line)
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
    files = {file["file"]: file["lines"] for file in json.loads(report.read_text())["files"]}
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
            never = [line["line_number"] for line in lines if line["count"] == 0 and not line.get("gcovr/noncode")]
            half = [line["line_number"] for line in lines if line["count"] > 0 and decisions_of(line)[0] > decisions_of(line)[1]]
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
