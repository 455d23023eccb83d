# SPDX-License-Identifier: GPL-2.0-only
"""Measure how many instructions page table formats take in a guest, and report them in tables and a plot.

The module in bench/ prints the properties of each case: format, granule, walker, how the driver is told of
unmapped pages, operation, page size, number of pages."""

import collections
import csv
import dataclasses
import math
import os
import pathlib
import re
import shutil
import subprocess

from guest import BUILD, PRISTINE, SERIES, TOP, boot
from scenarios import STAGE1, Scenario, prepare

RESULTS = BUILD / "bench"
KERNELS = {"stock": "bench-stock", "ours": "bench"}
# Names of cases that measure no format of io-pgtable
LOOP = "loop"
GENERIC = ("generic_pt x86_64", "generic_pt AMDv1")
USERS = ("IOMMU core", "DMA API", "dma_map_benchmark", "NVMe")
SPDX = "SPDX-License-Identifier: GPL-2.0-only"
# Differences of times on this machine that do not count
NOISE = 0.05
# The report has all cases of this table.
COMMON = "64 S1 4K, coherent"
# Typical cases of that table, as what() names them: the rows of the report's first table and of the plot
TYPICAL = ("map 4K", "map 4K x 512", "map 2M x 64", "unmap 4K, page", "unmap 4K x 512, page", "unmap 4K x 512, range",
           "unmap 4K x 512, queued", "unmap 2M x 64, range", "unmap table 2M, page", "look up page 4K")
# Columns of these rows in the plot: column, title, colour (of Okabe and Ito)
PLOTTED = ((2, "stock: format of the kernel", "#999999"), (3, "ours", "#0072b2"),
           (4, "limit: plain loop with the same stores", "#e69f00"))
Case = collections.namedtuple("Case", "format granule walker tlb op pgsize count")
Figure = collections.namedtuple("Figure", "median least most limit")

# Targets for 64 S1, 4K, coherent: name, properties of the case, and the maximum number of instructions
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
# Targets for v7s, coherent: instructions for each page after the first one
V7S_TARGETS = (
    ("v7s: map 4K, each further page", "-", "map"),
    ("v7s: unmap 4K, each further, range", "range", "unmap"),
    ("v7s: unmap 4K, each further, queued", "queued", "unmap"),
)
V7S_MOST = 8


# --- measuring

# Each entry is one boot: a script, the kernel's command line, and the mode of QEMU's clock. Boots that wait for a
# disk use sleep=on, so that idle time passes in real time. Otherwise each wait would include a timer tick.
BOOTS = {
    "formats": ("bench", "MODULE=io-pgtable-bench", "sleep=off"),
    "strict": ("bench", "MODULE=iommu-bench iommu.strict=1", "sleep=on"),
    "lazy": ("bench", "MODULE=iommu-bench iommu.strict=0", "sleep=on"),
    "dma-strict": ("bench-dma", "iommu.strict=1", "sleep=off"),
    "dma-lazy": ("bench-dma", "iommu.strict=0", "sleep=off"),
}
# This boot measures only our kernel, which has all three implementations that are compared.
ROCKCHIP_BOOT = {"rockchip": ("bench", "MODULE=rockchip-bench", "sleep=off")}


def add_dma_map_benchmark(root):
    """Build the program that controls the kernel's module. Its folder depends on the kernel series."""
    source = next(PRISTINE.glob("tools/**/dma_map_benchmark.c"))
    headers = RESULTS / "include/linux"
    headers.mkdir(parents=True, exist_ok=True)
    shutil.copy(next((PRISTINE / "include").glob("**/linux/map_benchmark.h")), headers)
    subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-static", "-I", headers.parent, source,
                    "-o", root / "usr/bin/dma_map_benchmark"], check=True)


def run_guest(kernel, name, extra=""):
    """Boot once. Return {case: figure}."""
    script, append, clock = (BOOTS | ROCKCHIP_BOOT)[name]
    append += extra
    scenario = Scenario(f"{kernel}-{name}", "benchmark", script=script, kernel=kernel, append=append,
                        machine=(*STAGE1, "-icount", f"shift=0,{clock}", "-device", "edu"),
                        spoil=add_dma_map_benchmark)
    directory, command = prepare(scenario)
    run = boot([*command, "-smp", "1"], directory, quiet_limit=180, time_limit=900)
    log = "\n".join(run.lines)
    errors = re.findall(r"bench error: .*", log)
    if errors or run.trouble or "bench end 0" not in log:
        raise RuntimeError(f"{kernel}: {errors or run.trouble or 'the guest did not finish'}, "
                           f"see {directory / 'console.log'}")
    rows = [row.split("|") for row in re.findall(r"bench row\|(.*)", log)]
    return {case_of(row): Figure(*map(int, row[7:])) for row in rows}


def case_of(row):
    return Case(row[0], int(row[1]), *row[2:5], int(row[5]), int(row[6]))


def measure(side, twice):
    """Run all boots. With `twice`, repeat the first boot and print how much its figures differ."""
    RESULTS.mkdir(exist_ok=True)
    boots = {name: run_guest(KERNELS[side], name) for name in BOOTS}
    figures = {case: figure for boot in boots.values() for case, figure in boot.items()}
    write_rows(side, figures)
    print(f"{side}: {len(figures)} figures")
    if twice:
        again = run_guest(KERNELS[side], "formats")
        off = [abs(1 - again[case].median / figures[case].median) for case in again]
        print(f"{side}: {sum(o > 0 for o in off)} figures differ in a second boot, "
              f"by {max(off):.2%} at most")


def measure_checker():
    """Measure our formats while the checker is loaded."""
    RESULTS.mkdir(exist_ok=True)
    write_rows("checked", run_guest(KERNELS["ours"], "formats", " CHECK=1"))


def measure_native():
    """Measure times on this machine. The counter advances in steps of many cycles, and other programs disturb the
    measurement. So the figure is the mean of the lower half of the rounds' medians."""
    program = RESULTS / "native"
    subprocess.run([TOP / "qemu/bench-native", program], check=True)
    times = run_native(program)
    for side, cases in times.items():
        write_rows(f"native-{side}", {
            case: Figure(lower_half(values), min(values), max(values), 0)
            for case, values in cases.items()})


# --- several threads and one table

def measure_threads():
    """Measure the CPU time of a map and of an unmap on this machine, while several threads use one table. Each
    thread has its own address range. The figure is the mean of the lower half of the repetitions."""
    RESULTS.mkdir(exist_ok=True)
    program = RESULTS / "native"
    subprocess.run([TOP / "qemu/bench-native", program], check=True)
    output = subprocess.run([program, "threads"], stdout=subprocess.PIPE, text=True, check=True).stdout
    times = collections.defaultdict(list)
    for side, *case, time in re.findall(r"^(\w+) bench threads\|(.*)\|(.*)\|(\d+)\|(\d+)$", output, re.M):
        times[(side, *case)].append(int(time))
    print(write_text("threads.txt", thread_lines({case: lower_half(values) for case, values in times.items()})))


def thread_lines(times):
    """Yield a line for each number of threads: the times, and their ratios to the times of one thread."""
    yield f"{os.cpu_count()} CPUs: {machine()}; nanoseconds of CPU time"
    yield f"\n{'':7} {'':6} {'threads':>7} {'stock':>9} {'ours':>9} {'ratio':>6} {'stock/one':>10} {'ours/one':>9}"
    for side, name, op, n in times:
        if side == "ours":
            stock, ours = (times[which, name, op, n] for which in KERNELS)
            stock_more, ours_more = (times[which, name, op, n] / times[which, name, op, "1"] for which in KERNELS)
            yield (f"{name:7} {op:6} {n:>7} {stock / 100:9.1f} {ours / 100:9.1f} {stock / ours:6.2f}"
                   f" {stock_more:10.2f} {ours_more:9.2f}")


def run_native(program):
    """Return {side: {case: medians of the rounds}}."""
    output = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
    times = {side: collections.defaultdict(list) for side in KERNELS}
    for side, row in re.findall(r"^(\w+) bench row\|(.*)", output, re.M):
        row = row.split("|")
        times[side][case_of(row)].append(int(row[7]))
    return times


def lower_half(values):
    lower = sorted(values)[:len(values) // 2]
    return round(sum(lower) / len(lower))


def write_rows(name, figures):
    with open(RESULTS / f"{name}.tsv", "w", encoding="ascii") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow([*Case._fields, *Figure._fields])
        writer.writerows([*case, *figure] for case, figure in figures.items())


def read_rows(name):
    try:
        with open(RESULTS / f"{name}.tsv", encoding="ascii") as file:
            rows = list(csv.reader(file, delimiter="\t"))[1:]
    except FileNotFoundError as error:
        side = name.split("-")[0]
        raise RuntimeError(f"no figures of {name} yet: make bench ONLY={side}") from error
    return {case_of(row): Figure(*map(int, row[7:])) for row in rows}


# --- direct calls

CFI = Scenario("calls", "direct calls", kernel="cfi", append="",
               machine=(*STAGE1, "-icount", "shift=0,sleep=off"))


def measure_calls():
    """Compare calls by pointer with direct calls. Both sides are our formats. On this machine, measure times; if the
    kernel series has direct calls on arm64, also measure instructions there."""
    RESULTS.mkdir(exist_ok=True)
    lines = [f"cycles of {machine()}"]
    for name, kind in (("retpolines", "retpoline"), ("no mitigations", "plain")):
        program = RESULTS / "calls"
        subprocess.run([TOP / "qemu/bench-native", program, kind], check=True)
        lines += calls_lines(name, run_native(program))
    if SERIES != "6.12":
        lines += cfi_lines()
    print(write_text("calls.txt", lines))


def calls_lines(name, times):
    """Yield the cases of the common table, and the means over cases of one call and over all cases."""
    pointer, direct = ({case: lower_half(values) for case, values in times[side].items()
                        if table_of(case) == COMMON} for side in KERNELS)
    yield f"\n{'x86_64, ' + name:36} {'pointer':>9} {'direct':>9} {'less':>7}"
    for case in direct:
        yield f"{what(case):36} {pointer[case]:9} {direct[case]:9} {1 - direct[case] / pointer[case]:7.0%}"
    for text, cases in (("one call", [case for case in direct if case.count == 1]), ("all", direct)):
        less = 1 - 1 / mean(pointer[case] / direct[case] for case in cases)
        yield f"{f'geometric mean, {text}: {len(cases)} cases':56} {less:7.1%}"


def cfi_lines():
    """Boot once. The module alternates between calls by pointer and direct calls."""
    directory, command = prepare(CFI)
    run = boot([*command, "-smp", "1"], directory, quiet_limit=180, time_limit=900)
    log = "\n".join(run.lines)
    rows = re.findall(r"calls row\|(.*?)\|(.*?)\|(\d+)\|(\d+)", log)
    if run.trouble or not rows or "calls end 0" not in log:
        raise RuntimeError(f"calls: {run.trouble or 'the guest did not finish'}, "
                           f"see {directory / 'console.log'}")
    yield f"\n{'arm64 with CFI, instructions':36} {'pointer':>9} {'direct':>9} {'less':>7}"
    for table, calls, *numbers in rows:
        pointer, direct = (int(number) / 100 for number in numbers)
        yield f"{f'{table}: {calls}':36} {pointer:9.1f} {direct:9.1f} {1 - direct / pointer:7.0%}"


def measure_rockchip():
    """Measure a map and an unmap of 2 MiB in Rockchip's original driver, its converted driver, and the format alone."""
    RESULTS.mkdir(exist_ok=True)
    figures = run_guest(KERNELS["ours"], "rockchip")
    write_rows("rockchip", figures)
    print(write_text("rockchip.txt", rockchip_lines(figures)))


def rockchip_lines(figures):
    """Yield, for each generation, the original driver, the converted driver and the format side by side."""
    for name, generation in groups(figures, lambda case: case.format).items():
        yield f"\n{name + ', 512 x 4K':36} {'driver':>9} {'converted':>9} {'format':>9} {'ratio':>7}"
        for op, cases in groups(generation, lambda case: case.op).items():
            driver, converted, alone = (figures[case].median for case in cases)
            yield f"{op:36} {driver:9} {converted:9} {alone:9} {driver / converted:7.2f}"
    spread = max(figure.most - figure.least for figure in figures.values())
    yield f"\nratio: driver/converted; samples of a figure differ by {spread} at most"


# --- the longest calls

# An address space whose tables fit into the guest's memory: they take 2 GiB
LONGEST_GIB = 1024
LONGEST = Scenario("longest", "the longest calls", script="bench", memory="4G",
                   append=f"MODULE=longest-bench longest_bench.gib={LONGEST_GIB}",
                   machine=(*STAGE1, "-icount", "shift=0,sleep=off"))


def measure_longest():
    """Measure the longest calls: address spaces full of 4K pages, in our and in the kernel's own formats."""
    RESULTS.mkdir(exist_ok=True)
    figures = {side: longest_figures(kernel) for side, kernel in KERNELS.items()}
    if figures["stock"].keys() != figures["ours"].keys():
        raise RuntimeError("longest: not the same calls on both sides")
    print(write_text("longest.txt", longest_lines(figures)))


def longest_figures(kernel):
    """Return {(format, call, GiB): instructions}."""
    directory, command = prepare(dataclasses.replace(LONGEST, name=f"{kernel}-longest", kernel=kernel))
    run = boot([*command, "-smp", "1"], directory, quiet_limit=900, time_limit=3600)
    log = "\n".join(run.lines)
    if run.trouble or "bench end 0" not in log:
        raise RuntimeError(f"longest: {run.trouble or 'the guest did not finish'}, "
                           f"see {directory / 'console.log'}")
    return {(name, call, int(gib)): int(count)
            for name, call, gib, count in re.findall(r"longest row\|(.*)\|(.*)\|(\d+)\|(\d+)", log)}


def longest_lines(figures):
    """Yield lines with millions of instructions, and with instructions for each page."""
    names = {row: "{}: {}, {} GiB of 4K pages".format(*row) for row in figures["ours"]}
    width = max(map(len, names.values()))
    yield (f"{'millions of instructions':{width}} {'stock':>10} {'ours':>10} {'ratio':>7}"
           f" {'a page: stock':>14} {'ours':>7}")
    for row, name in names.items():
        stock, ours = (figures[side][row] for side in KERNELS)
        pages = row[2] << 18
        slower = "  SLOWER" if ours > stock else ""
        yield (f"{name:{width}} {stock / 1e6:10.1f} {ours / 1e6:10.1f}"
               f" {stock / ours:7.2f} {stock / pages:14.2f} {ours / pages:7.2f}{slower}")


# --- reports

def size(number):
    for unit, shift in (("G", 30), ("M", 20), ("K", 10)):
        if number >= 1 << shift and number % (1 << shift) == 0:
            return f"{number >> shift}{unit}"
    return str(number)


def mean(ratios):
    ratios = list(ratios)
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def groups(cases, key):
    result = collections.defaultdict(list)
    for case in cases:
        result[key(case)].append(case)
    return result


def table_of(case):
    if case.format in USERS:
        return f"{case.format}, {case.walker}"
    return f"{case.format} {size(case.granule)}, {case.walker}"


def kind_of(case):
    return case.op if case.tlb == "-" else f"{case.op}, {case.tlb}"


def what(case):
    text = f"{case.op} {size(case.pgsize)}"
    if case.count > 1:
        text += f" x {case.count}"
    return text if case.tlb == "-" else f"{text}, {case.tlb}"


class Results:
    """The figures of both sides: instructions, or the figures whose file names have the prefix"""
    def __init__(self, prefix=""):
        self.stock, self.ours = (read_rows(prefix + name) for name in KERNELS)
        if self.stock.keys() != self.ours.keys():
            raise RuntimeError("not the same cases on both sides: measure both again")
        self.loops = [case for case in self.ours if case.format == LOOP]
        self.users = [case for case in self.ours if case.format in USERS]
        self.cases = [case for case in self.ours if case.format not in (LOOP, *USERS, *GENERIC)]

    def ratio(self, case):
        return self.stock[case].median / self.ours[case].median

    def line(self, case):
        limit = self.ours[case].limit or ""
        slower = "  SLOWER" if self.ratio(case) < 1 else ""
        return (f"{what(case):36} {self.stock[case].median:9} {self.ours[case].median:9} "
                f"{limit:9} {self.ratio(case):7.2f}{slower}")

    def lines(self, cases):
        for name, group in groups(cases, table_of).items():
            yield f"\n{name:36} {'stock':>9} {'ours':>9} {'limit':>9} {'ratio':>7}"
            yield from map(self.line, group)

    def means(self):
        yield f"\n{'geometric mean of stock/ours':48} {'cases':>6} {'ratio':>7} {'slower':>7}"
        sets = {"all formats": self.cases} | groups(self.cases, table_of) \
            | groups(self.cases, kind_of) | groups(self.users, table_of)
        for name, cases in sets.items():
            slower = sum(self.ratio(case) < 1 for case in cases)
            yield f"{name:48} {len(cases):6} {mean(map(self.ratio, cases)):7.2f} {slower:7}"

    def targets(self):
        yield f"\n{'targets (64 S1, 4K, coherent)':40} {'stock':>8} {'ours':>8} {'target':>8}"
        for name, tlb, op, pgsize, count, most in TARGETS:
            case = Case("64 S1", 4096, "coherent", tlb, op, pgsize, count)
            ours = self.ours[case].median
            yield (f"{name:40} {self.stock[case].median:8} {ours:8} {most:8}  "
                   + ("met" if ours <= most else "MISSED"))
        for name, tlb, op in V7S_TARGETS:
            few, many = (Case("v7s", 4096, "coherent", tlb, op, 4096, count) for count in (1, 64))
            stock, ours = ((side[many].median - side[few].median) / 63
                           for side in (self.stock, self.ours))
            yield (f"{name:40} {stock:8.1f} {ours:8.1f} {V7S_MOST:8}  "
                   + ("met" if ours <= V7S_MOST else "MISSED"))

    def generic(self):
        """Compare with generic_pt, if the kernel has it: the same cases on tables of the same shape. Cases with a
        callback for each page are left out, because generic_pt has none."""
        beside = {case: [case._replace(format=name) for name in GENERIC] for case in self.cases
                  if table_of(case) == COMMON and case.tlb != "page"}
        beside = {case: others for case, others in beside.items() if others[0] in self.ours}
        if not beside:
            return
        ratios = {case: [self.ours[other].median / self.ours[case].median for other in others]
                  for case, others in beside.items()}
        yield f"\n{'beside ' + COMMON:36} {'ours':>9}" + "".join(f" {name:>17}" for name in GENERIC)
        for case, others in beside.items():
            yield f"{what(case):36} {self.ours[case].median:9}" + "".join(
                f" {self.ours[other].median:9} {ratio:7.2f}"
                for other, ratio in zip(others, ratios[case])) + (
                    "  SLOWER" if min(ratios[case]) < 1 else "")
        yield f"{'geometric mean':46}" + "".join(
            f" {mean(column):17.2f}" for column in zip(*ratios.values()))

    def slower(self, noise=0):
        cases = [case for case in self.cases + self.users if self.ratio(case) < 1 - noise]
        yield f"\nslower than stock{f' by more than {noise:.0%}' if noise else ''}: {len(cases)}"
        for name, group in groups(cases, table_of).items():
            yield f"{name}: " + "; ".join(f"{what(case)} {self.ratio(case):.2f}" for case in group)

    def loop(self):
        yield "\nthe loop around each call, in all of these: " + ", ".join(
            f"{case.op} {self.ours[case].median}" for case in self.loops)


def report():
    results = Results()
    common = [case for case in results.cases if table_of(case) == COMMON]
    write_text("all.txt", results.lines(results.cases + results.users))
    rows = typical(results)
    text = write_text("typical.txt", typical_lines(rows)) + "\n" + write_text("report.txt", [
        *results.lines(common + results.users), *results.means(), *results.targets(),
        *results.generic(), *results.slower(), *results.loop()])
    print(text)
    report_checker()
    report_native()
    plot(rows, RESULTS / "instructions.svg")
    print(f"all of it: {RESULTS}")


def report_checker():
    """Report the checker's figures, if they were measured: the cases that exist with and without the checker."""
    if not (RESULTS / "checked.tsv").exists():
        return
    ours, checked = read_rows("ours"), read_rows("checked")
    ratios = {case: checked[case].median / ours[case].median for case in checked
              if case in ours and case.format not in (LOOP, *GENERIC)}
    lines = [f"{COMMON:36} {'ours':>9} {'checked':>9} {'ratio':>7}"]
    for case, ratio in ratios.items():
        if table_of(case) == COMMON:
            lines.append(f"{what(case):36} {ours[case].median:9} {checked[case].median:9} {ratio:7.1f}")
    lines.append(f"\n{'geometric mean of checked/ours':48} {'cases':>6} {'ratio':>7}")
    for name, cases in groups(ratios, lambda case: case.op).items():
        lines.append(f"{name:48} {len(cases):6} {mean(ratios[case] for case in cases):7.1f}")
    print("\n" + write_text("checker.txt", lines))


def document():
    """Write the short report and the plot to Documentation/."""
    name = f"benchmarks-{SERIES}"
    title = f"Linux {SERIES}: what the formats cost"
    texts = {"In short": "typical.txt", "Instructions": "report.txt", "Time": "native.txt"}
    page = [f".. {SPDX}", "", "=" * len(title), title, "=" * len(title), "",
            "Written by ``qemu/run-bench --document``; ``benchmarks.rst`` says how to read it.", ""]
    for heading, text in texts.items():
        if not (RESULTS / text).exists():
            continue
        page += [heading, "=" * len(heading), "", "::", ""]
        page += ["    " + line if line else "" for line in (RESULTS / text).read_text().splitlines()]
        page += ["", *([f".. image:: {name}.svg", ""] if text == "typical.txt" else [])]
    (TOP / f"Documentation/{name}.rst").write_text("\n".join(page).rstrip() + "\n")
    drawing = (RESULTS / "instructions.svg").read_text().replace("?>", f"?>\n<!-- {SPDX} -->", 1)
    (TOP / f"Documentation/{name}.svg").write_text(drawing)
    print(f"written: Documentation/{name}.rst and .svg")


def report_native():
    """Report the times on this machine, if they were measured."""
    if not (RESULTS / "native-ours.tsv").exists():
        return
    native = Results("native-")
    write_text("native-all.txt", native.lines(native.cases))
    common = [case for case in native.cases if table_of(case) == COMMON]
    print(write_text("native.txt", [
        f"cycles of {machine()}", *native.lines(common), *native.means(),
        *native.generic(), *native.slower(NOISE), *native.loop()]))


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii")
    return re.search("model name.*: (.*)", text)[1]


def write_text(name, lines):
    text = "\n".join(lines).strip() + "\n"
    (RESULTS / name).write_text(text)
    return text


def typical(results):
    """Return the rows of the first table and of the plot: name, stock, ours, limit."""
    named = {what(case): case for case in results.cases if table_of(case) == COMMON}
    return [(name, results.stock[named[name]].median, results.ours[named[name]].median,
             results.ours[named[name]].limit) for name in TYPICAL]


def typical_lines(rows):
    yield f"{'instructions a call; lower is better':36} {'stock':>9} {'ours':>9} {'limit':>9} {'ratio':>7}"
    for name, stock, ours, limit in rows:
        yield f"{name:36} {stock:9} {ours:9} {limit:9} {stock / ours:7.2f}"


def plot(rows, drawing):
    """Plot the rows as bars. Each bar has a label with its figure, because the axis is logarithmic."""
    data = "\n".join(f'"{name}" {stock} {ours} {limit}' for name, stock, ours, limit in rows)
    bars = ", ".join(f"$figures using {column}:xtic(1) title '{title}' linecolor rgb '{colour}'"
                     for column, title, colour in PLOTTED)
    numbers = ", ".join(f"$figures using ($0 + {place}):{column}:{column} with labels offset 0,0.5 font ',9' notitle"
                        for (column, _, _), place in zip(PLOTTED, (-0.27, 0, 0.27)))
    script = f"""
        $figures << END
{data}
END
        set terminal svg size 1200,620 font ',12' background 'white'
        set output '{drawing}'
        set title "Instructions for one call, Linux {SERIES}, arm64: lower is better\\n\\
            {{/*0.85 long descriptors, stage 1, granule of 4K, coherent walker ({COMMON})}}"
        set style data histograms
        set style histogram clustered gap 1
        set style fill solid
        set boxwidth 0.9
        set key outside bottom center horizontal maxrows 1
        set logscale y
        set yrange [10:*]
        set ylabel 'instructions, logarithmic axis'
        set xtics rotate by 20 right font ',11' nomirror
        set grid y
        plot {bars}, {numbers}
    """
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
