# SPDX-License-Identifier: GPL-2.0-only
"""Instruction counts of page table formats: measured in a guest, told in tables and a plot.

A case is what the module in bench/ says of it: format, granule, walker, how the driver hears of pages
that are gone, operation, page size, number of pages."""

import collections
import csv
import math
import re
import subprocess

from guest import BUILD, boot
from scenarios import STAGE1, Scenario, prepare

RESULTS = BUILD / "bench"
KERNELS = {"stock": "bench-stock", "ours": "bench"}
ICOUNT = ("-icount", "shift=0,sleep=off")
# What the kernel's loop around each call costs, for who compares with figures from elsewhere, is in the
# rows of the "loop" format.
Case = collections.namedtuple("Case", "format granule walker tlb op pgsize count")
Figure = collections.namedtuple("Figure", "median least most limit")

# Issue 5's, for 64 S1, 4K, coherent: what, and at most how many instructions.
TARGETS = (
    ("map 4K x 512", "-", "map", 4096, 512, 2600),
    ("unmap 4K x 512, range", "range", "unmap", 4096, 512, 2400),
    ("unmap 4K x 512, queued", "queued", "unmap", 4096, 512, 2400),
    ("unmap 4K x 512, a callback per page", "page", "unmap", 4096, 512, 10800),
    ("map 4K x 1", "-", "map", 4096, 1, 180),
    ("unmap 4K x 1", "page", "unmap", 4096, 1, 160),
    ("map 2M x 64", "-", "map", 2 << 20, 64, 480),
    ("unmap 2M x 64, range", "range", "unmap", 2 << 20, 64, 420),
    ("iova_to_phys at a leaf", "-", "look up page", 4096, 1, 80),
    ("iova_to_phys at a block", "-", "look up block", 2 << 20, 1, 70),
    ("512 single 4K maps strided by 2M", "-", "map strided", 4096, 512, 420000),
    ("unmap of 2M that was mapped as 4K", "page", "unmap table", 2 << 20, 1, 800),
)


# --- measuring

def run_guest(kernel):
    """One boot: {case: figure}."""
    scenario = Scenario(kernel, "benchmark", script="bench", kernel=kernel,
                        machine=STAGE1 + ICOUNT)
    directory, command = prepare(scenario)
    run = boot([*command, "-smp", "1"], directory, quiet_limit=120, time_limit=900)
    log = "\n".join(run.lines)
    errors = re.findall(r"bench error: .*", log)
    if errors or run.trouble or "bench end 0" not in log:
        raise RuntimeError(f"{kernel}: {errors or run.trouble or 'it did not come to its end'}, "
                           f"see {directory / 'console.log'}")
    rows = [row.split("|") for row in re.findall(r"bench row\|(.*)", log)]
    return {case_of(row): Figure(*map(int, row[7:])) for row in rows}


def case_of(row):
    return Case(row[0], int(row[1]), *row[2:5], int(row[5]), int(row[6]))


def measure(side, twice):
    """Twice, to see what is not the same the second time."""
    RESULTS.mkdir(exist_ok=True)
    figures = run_guest(KERNELS[side])
    write_rows(side, figures)
    print(f"{side}: {len(figures)} figures")
    if twice:
        again = run_guest(KERNELS[side])
        off = [abs(1 - again[case].median / figures[case].median) for case in figures]
        print(f"{side}: {sum(o > 0 for o in off)} of them are not the same in a second boot, "
              f"by {max(off):.2%} at most")


def write_rows(name, figures):
    with open(RESULTS / f"{name}.tsv", "w", encoding="ascii") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow([*Case._fields, *Figure._fields])
        writer.writerows([*case, *figure] for case, figure in figures.items())


def read_rows(name):
    with open(RESULTS / f"{name}.tsv", encoding="ascii") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return {case_of(row): Figure(*map(int, row[7:])) for row in rows}


# --- telling

def size(number):
    for unit, shift in (("G", 30), ("M", 20), ("K", 10)):
        if number >= 1 << shift and number % (1 << shift) == 0:
            return f"{number >> shift}{unit}"
    return str(number)


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def table_of(name):
    return f"{name.format} {size(name.granule)}, {name.walker}"


def what(case):
    text = f"{case.op} {size(case.pgsize)}"
    if case.count > 1:
        text += f" x {case.count}"
    return text if case.tlb == "-" else f"{text}, {case.tlb}"


class Results:
    """Both kernels' figures."""
    def __init__(self):
        self.stock, self.ours = (read_rows(name) for name in KERNELS)
        self.loops = [case for case in self.ours if case.format == "loop"]
        self.cases = [case for case in self.ours if case.format != "loop"]
        if self.stock.keys() != self.ours.keys():
            raise RuntimeError("the kernels do not have the same cases")

    def ratio(self, case):
        return self.stock[case].median / self.ours[case].median

    def groups(self, key):
        groups = collections.defaultdict(list)
        for case in self.cases:
            groups[key(case)].append(case)
        return groups

    def line(self, case):
        slower = "  SLOWER" if self.ratio(case) < 1 else ""
        return (f"{what(case):36} {self.stock[case].median:9} {self.ours[case].median:9} "
                f"{self.ours[case].limit:9} {self.ratio(case):7.2f}{slower}")

    def all_lines(self):
        for name, cases in self.groups(table_of).items():
            yield f"\n{name:36} {'stock':>9} {'ours':>9} {'limit':>9} {'ratio':>7}"
            yield from map(self.line, cases)

    def means(self):
        yield f"\n{'geometric mean of stock/ours':48} {'cases':>6} {'ratio':>7} {'slower':>7}"
        groups = {"all": self.cases}
        for key in (table_of, lambda case: case.op.split()[0] + (case.tlb != "-") * f", {case.tlb}"):
            groups.update(self.groups(key))
        for name, cases in groups.items():
            slower = sum(self.ratio(case) < 1 for case in cases)
            yield f"{name:48} {len(cases):6} {mean(map_list(self.ratio, cases)):7.2f} {slower:7}"

    def targets(self):
        yield f"\n{'targets (64 S1, 4K, coherent)':40} {'stock':>8} {'ours':>8} {'target':>8}"
        for name, tlb, op, pgsize, count, most in TARGETS:
            case = Case("64 S1", 4096, "coherent", tlb, op, pgsize, count)
            ours = self.ours[case].median
            yield (f"{name:40} {self.stock[case].median:8} {ours:8} {most:8}  "
                   + ("met" if ours <= most else "MISSED"))


def map_list(function, items):
    return [function(item) for item in items]


def report():
    results = Results()
    lines = [*results.all_lines(), *results.means(), *results.targets()]
    lines += ["", "the loop around each call, in all of these: " + ", ".join(
        f"{case.op} {results.ours[case].median}" for case in results.loops)]
    text = "\n".join(lines)
    (RESULTS / "report.txt").write_text(text + "\n")
    print(text)
    plot(results)
    print(f"\nall of it: {RESULTS}")


def plot(results):
    """The common table: bars for what the issue is about."""
    data = RESULTS / "plot.tsv"
    cases = [case for case in results.cases if table_of(case) == "64 S1 4K, coherent"]
    with open(data, "w", encoding="ascii") as file:
        for case in cases:
            print(what(case), results.stock[case].median, results.ours[case].median,
                  results.ours[case].limit, sep="\t", file=file)
    script = f"""
        set terminal svg size 1400,700
        set output '{RESULTS / "instructions.svg"}'
        set datafile separator '\\t'
        set style data histograms
        set style fill solid
        set logscale y
        set ylabel 'instructions'
        set xtics rotate by -50
        set grid y
        set title 'ARM_64_LPAE_S1, 4K, coherent walker'
        plot '{data}' using 2:xtic(1) title 'stock', '' using 3 title 'ours', '' using 4 title 'limit'
    """
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
