# SPDX-License-Identifier: GPL-2.0-only
"""Measure which lines and branches of the core and of the formats the tests reach. The kernel's gcov counts them in
several scenarios; the result is the sum."""

import collections
import dataclasses
import io
import json
import shutil
import subprocess
import tarfile

from guest import BUILD, SERIES, TOP, Verdict, boot
from scenarios import ALL, find, prepare

KERNEL = "gcov"
DIRECTORY = BUILD / "run/coverage"
NOTES = BUILD / "kernel" / KERNEL / "notes"
GCOV = "aarch64-linux-gnu-gcov"
OFFSET = 96 << 20   # of the counters on the disk; guest/coverage.sh has the same value
FOLDERS = ("drivers/iommu/io-pgtable/", "include/linux/io-pgtable")
# Scenarios that reach code which the KUnit suites do not reach: debugfs files, waiting devices, module unloads
COUNTED = find(["kunit-full", "kunit-full-checked", "tables", "trace", "late-module", "checker", "vendor-format"], ALL)

# Shorter random sequences reach the same code.
SHORTER = "io_pgtable_conformance.operations=20000"

# Minimum percentages of lines and of branches: measured values, rounded down. The floors of branches are two points
# lower, or one branch, because some branches depend on a race between CPUs.
FLOORS = {
    "apple-dart-words.h": (100, 78), "apple-dart.c": (100, 64), "arm-lpae-bits.h": (100, 78),
    "arm-lpae-geometry.h": (100, 89), "arm-lpae-s1-words.h": (100, 60), "arm-lpae-s1.c": (100, 98),
    "arm-lpae-s2-words.h": (100, 48), "arm-lpae-s2.c": (100, 91), "arm-lpae-words.h": (100, 48),
    "arm-lpae.c": (100, 98), "arm-mali-lpae-words.h": (100, 73), "arm-mali-lpae.c": (100, 98),
    "arm-v7s-bits.h": (100, 90), "arm-v7s.c": (100, 92), "by-pages.c": (100, 85), "check-break.c": (100, 82),
    "check-held.c": (100, 80), "check-memory.c": (92, 66), "check-model.c": (98, 83), "check-tlb.c": (93, 72),
    "check.c": (88, 63), "check.h": (100, 79), "core.c": (98, 96), "core.h": (100, 10), "debugfs.c": (96, 93),
    "descend.h": (100, 80), "dump.c": (97, 82), "format.h": (100, 75), "inspect.h": (100, 84),
    "io-pgtable-inspect.h": (100, 31), "io-pgtable.h": (87, 80), "map.h": (98, 88), "memory.c": (89, 81),
    "memory.h": (72, 48), "pages-only.h": (100, 58), "pool.c": (95, 82), "pool.h": (100, 63), "range.c": (100, 89),
    "range.h": (100, 91), "rockchip.c": (100, 93), "runs.h": (100, 91), "selftest.c": (99, 83), "split.h": (100, 90),
    "steps.h": (100, 88), "tables.c": (98, 72), "tables.h": (98, 75), "tlb.c": (100, 98), "trace.c": (85, 0),
    "unmap.h": (100, 87), "visit.h": (100, 92), "walk.h": (98, 71),
}
# Only 7.2 and 7.3 have code in compat.h. There, no block is split, and only cases of splits have a driver without
# tlb_flush_walk.
if SERIES != "6.12":
    FLOORS |= {"compat.h": (100, 98), "io-pgtable.h": (87, 76)}


@dataclasses.dataclass
class Counts:
    """How often each line and each branch was reached. A line of a header counts once, no matter how many files
    include it. A branch counts separately for each function and each object that it is compiled into."""
    lines: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    branches: collections.Counter = dataclasses.field(default_factory=collections.Counter)


def our_path(name):
    """Return the path of a source file in our tree, or None if the file is not ours."""
    for folder in FOLDERS:
        path = folder + name.rpartition(folder)[2]
        if folder in name and (TOP / path).is_file():
            return path
    return None


def add_object(counts, counters):
    """Add the counts that gcov computes from an object's counters. The object's notes are in the same folder."""
    done = subprocess.run([GCOV, "--json-format", "--stdout", "--branch-probabilities", counters.name],
                          cwd=counters.parent, check=True, capture_output=True, text=True)
    for source in json.loads(done.stdout)["files"]:
        path = our_path(source["file"])
        if not path:
            continue
        seen = collections.Counter()
        for line in source["lines"]:
            number = line["line_number"]
            counts.lines[path, number] += line["count"]
            place = (path, number, counters.stem, line.get("function_name", ""))
            for branch in line["branches"]:
                counts.branches[(*place, seen[place])] += branch["count"]
                seen[place] += 1


def read_counters(disk, directory):
    """Extract the counters that the guest wrote to the disk. Return their paths."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    with open(disk, "rb") as image:
        image.seek(OFFSET)
        with tarfile.open(fileobj=io.BytesIO(image.read())) as archive:
            for member in archive.getmembers():
                if member.isfile():
                    name = member.name.rpartition("/")[2]
                    (directory / name).write_bytes(archive.extractfile(member).read())
    for notes in NOTES.iterdir():
        shutil.copy(notes, directory)
    return sorted(directory.glob("*.gcda"))


def run_counted(scenario, counts):
    """Boot a scenario with the gcov kernel, and add its counts."""
    scenario = dataclasses.replace(scenario, name="coverage-" + scenario.name,
                                   script=scenario.script or scenario.name, kernel=KERNEL,
                                   append=f"{scenario.append} {SHORTER} COVERAGE=1")
    directory, command = prepare(scenario)
    guest = boot(command, directory, scenario.quiet_limit, scenario.time_limit, harmless=scenario.harmless)
    if guest.trouble or not any("coverage: " in line for line in guest.lines):
        return Verdict("FAIL", scenario.name, guest.trouble or "it left no counters")
    files = read_counters(directory / "disk.img", DIRECTORY / scenario.name)
    for counters in files:
        add_object(counts, counters)
    return Verdict("PASS", scenario.name, f"counters of {len(files)} objects")


def percent(counters):
    reached = sum(count > 0 for count in counters.values())
    return reached, len(counters), 100 * reached / len(counters) if counters else 100


def of_file(counters, path):
    return {key: count for key, count in counters.items() if key[0] == path}


def judge_file(counts, path):
    """Return a line of the table, and a verdict: whether the file reaches its floor."""
    lines, branches = (percent(of_file(kind, path)) for kind in (counts.lines, counts.branches))
    text = "{:5}/{:<5} {:5.1f}%".format(*lines) + "  {:5}/{:<5} {:5.1f}%".format(*branches)
    floor = FLOORS.get(path.rpartition("/")[2])
    good = floor and lines[2] >= floor[0] and branches[2] >= floor[1]
    return text, Verdict("PASS" if good else "FAIL", f"coverage of {path}",
                         f"lines {lines[2]:.1f}%, branches {branches[2]:.1f}%, floor {floor or 'missing'}")


def unreached(counts, path):
    """Yield the lines that were not reached and the branches that were not taken."""
    text = (TOP / path).read_text().splitlines()
    for number in sorted(key[1] for key, count in of_file(counts.lines, path).items() if not count):
        yield f"{path}:{number}: {text[number - 1]}"
    untaken = collections.defaultdict(set)
    for (_, number, compiled, function, _), count in of_file(counts.branches, path).items():
        if not count and counts.lines[path, number]:
            untaken[number].add(f"{compiled}/{function}")
    for number, places in sorted(untaken.items()):
        yield f"{path}:{number}: branch in {', '.join(sorted(places))}: {text[number - 1]}"


def report(counts):
    """Print the table. Write the table and the list of unreached lines to files. Return verdicts."""
    paths = sorted({key[0] for key in counts.lines})
    table = [f"{'file':46} {'lines':>18}  {'branches':>18}"]
    verdicts = []
    for path in paths:
        text, verdict = judge_file(counts, path)
        table.append(f"{path:46} {text}")
        verdicts.append(verdict)
    missing = set(FLOORS) - {path.rpartition("/")[2] for path in paths}
    verdicts += [Verdict("FAIL", f"coverage of {name}", "nothing of it was counted") for name in sorted(missing)]
    table.append("{:46} {:5}/{:<5} {:5.1f}%  {:5}/{:<5} {:5.1f}%".format(
        "all", *percent(counts.lines), *percent(counts.branches)))
    print("\n".join(table), flush=True)
    (DIRECTORY / "table").write_text("\n".join(table) + "\n")
    (DIRECTORY / "unreached").write_text("".join(
        line + "\n" for path in paths for line in unreached(counts, path)))
    return verdicts


def run():
    """Run the row: boot all scenarios and report the sum."""
    counts = Counts()
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    verdicts = [run_counted(scenario, counts) for scenario in COUNTED]
    return [*verdicts, *report(counts)], f"    not reached: {DIRECTORY / 'unreached'}"
