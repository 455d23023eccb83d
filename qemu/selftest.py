# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the harness. A scenario with a planted fault must fail, and must report the fault."""

import contextlib
import dataclasses
import io
import pathlib
import re
import tempfile
from xml.etree import ElementTree

import bench
from guest import (SERIES, TOP, Run, Verdict, judge_amd_translated, judge_both_translated, judge_disk, judge_events,
                   judge_races, judge_stock, judge_translated)
from rows import Row, UnknownWord, select, write_junit
from scenarios import AMD_IOMMU, COUNTING, FORMAT, LATE, Scenario, page_commands, run_scenario


@dataclasses.dataclass
class Broken:
    """A scenario that must fail with a verdict that matches `wanted`"""
    scenario: Scenario
    wanted: str

    @property
    def name(self):
        return self.scenario.name

    @property
    def kernel(self):
        return self.scenario.kernel

    def run(self):
        run, verdicts = run_scenario(self.scenario)
        bad = [f"{v.name}: {v.observed}" for v in verdicts if v.status not in ("PASS", "SKIP")]
        found = [text for text in bad if re.search(self.wanted, text)]
        return [Verdict("PASS" if found else "FAIL", f"{self.name} is noticed",
                        found[0] if found else f"wanted {self.wanted!r} among {bad}")], run.tail()


@dataclasses.dataclass
class Unit:
    """A function that returns verdicts without a boot"""
    name: str
    run: object
    kernel: str = "main"    # Row needs a kernel, but the function uses none


# --- faults

def wrong_alias(root):
    """Change the modules' aliases. kmod reads the text file if there is no binary index."""
    directory = next((root / "usr/lib/modules").iterdir())
    (directory / "modules.alias.bin").unlink()
    aliases = directory / "modules.alias"
    text = aliases.read_text()
    spoilt = text.replace("alias io-pgtable-", "alias io-pgtabel-")
    if spoilt == text:
        raise RuntimeError("there is no alias to spoil")
    aliases.write_text(spoilt)


def script(text):
    """Return a function that adds a guest script, which the scenario runs instead of its own."""
    def spoil(root):
        (root / "guest/broken.sh").write_text(". ./lib.sh\n" + text)
    return spoil


def leak(root):
    """Add a file in each round. Each file takes an inode."""
    path = root / "guest/smmu-module.sh"
    text = path.read_text()
    path.write_text(text.replace("quick_io() {", 'quick_io() {\n\t: >"/tmp/leak$done"', 1))


def dying_init(root):
    (root / "init").write_text("#!/bin/busybox sh\nexit 0\n")


# --- tests without a boot

def fake_run(directory, data=b"data", trace="", line=""):
    checksum = "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7"   # of "data"
    (directory / "disk.img").write_bytes(data)
    (directory / "smmu-trace.log").write_text(trace)
    return Run(directory, lines=[f"disk image: 4 bytes with sha256 {checksum}",
                                 "SMMU events expected: F_TRANSLATION 1, F_PERMISSION 0", line])


def judges():
    """Test the judges of the host with good and bad runs."""
    first, second = ("smmuv3_translate_success x sid=0x8 y\n", "smmuv3_translate_success x sid=0x900 y\n")
    amd_access = "amdvi_translation_result devid: 00:02.0 gpa 0xfffff008 hpa 0x91e000\n"
    rows = [
        ("data as announced", judge_disk, {}, "PASS"),
        ("other data on the disk", judge_disk, {"data": b"dada"}, "FAIL"),
        ("translated DMA", judge_translated, {"trace": "smmuv3_translate_success x\n"}, "PASS"),
        ("no DMA at all", judge_translated, {}, "FAIL"),
        ("a fault", judge_translated,
         {"trace": "smmuv3_translate_success x\nsmmuv3_record_event F_TRANSLATION\n"}, "FAIL"),
        ("a fault, as QEMU 11 prints it", judge_translated,
         {"trace": "smmuv3_translate_success x\nsmmuv3_propagate_event F_TRANSLATION\n"}, "FAIL"),
        ("DMA past the SMMU", judge_translated,
         {"trace": "smmuv3_translate_success x\nsmmuv3_translate_bypass x\n"}, "FAIL"),
        ("two SMMUs: both translated", judge_both_translated, {"trace": first + second}, "PASS"),
        ("two SMMUs: the first did not", judge_both_translated, {"trace": second}, "FAIL"),
        ("two SMMUs: the second did not", judge_both_translated, {"trace": first}, "FAIL"),
        ("AMD: translated DMA", judge_amd_translated, {"trace": amd_access}, "PASS"),
        ("AMD: no DMA at all", judge_amd_translated, {}, "FAIL"),
        ("AMD: a fault", judge_amd_translated, {"trace": amd_access + "amdvi_page_fault x\n"}, "FAIL"),
        ("AMD: DMA past the IOMMU", judge_amd_translated,
         {"trace": amd_access + "amdvi_translation_result devid: 00:02.0 gpa 0x91e008 hpa 0x91e000\n"}, "FAIL"),
        ("the expected fault", judge_events,
         {"trace": "smmuv3_record_event SMMU_EVT_F_TRANSLATION x\n"}, "PASS"),
        ("the expected fault, as QEMU 11 prints it", judge_events,
         {"trace": "smmuv3_propagate_event SMMU_EVT_F_TRANSLATION x\n"}, "PASS"),
        ("no fault where one is expected", judge_events, {}, "FAIL"),
        ("another fault than expected", judge_events,
         {"trace": "smmuv3_record_event SMMU_EVT_F_PERMISSION x\n"}, "FAIL"),
        ("one fault too many", judge_events,
         {"trace": "smmuv3_record_event SMMU_EVT_F_TRANSLATION x\n" * 2}, "FAIL"),
        ("a data race of the kernel's own", judge_races,
         {"line": "[ 1.0] BUG: KCSAN: data-race in do_exit / kthread_stop"}, "PASS"),
        ("a data race of a format", judge_races,
         {"line": "[ 1.0] BUG: KCSAN: data-race in v7s_clear_each [io_pgtable_arm_v7s] / do_exit"}, "FAIL"),
        ("a data race of the core", judge_races,
         {"line": "[ 1.0] BUG: KCSAN: data-race in do_exit / free_io_pgtable_ops"}, "FAIL"),
    ]
    verdicts = []
    for name, judge, arguments, wanted in rows:
        with tempfile.TemporaryDirectory() as directory:
            found = judge(fake_run(pathlib.Path(directory), **arguments)).status
        verdicts.append(Verdict("PASS" if found == wanted else "FAIL", name, found))
    return verdicts, ""


def stock():
    """Test the judge of the kernel's own self-tests with good and bad outputs."""
    config, summary = "x: selftest: pgsize_bitmap 0x1000, IAS 32", "x: selftest: completed with "
    rows = [
        ("all is well", [config, config, summary + "2 PASS 0 FAIL"], ["PASS"] * 3),
        ("all is well, v7s", ["x: self test ok"], ["PASS"]),
        ("a failure", [config, "selftest: test failed for fmt idx 0", config,
                       summary + "1 PASS 1 FAIL"], ["FAIL", "PASS", "FAIL"]),
        ("no table", [config, "x: selftest: failed to allocate io pgtable ops",
                      summary + "0 PASS 1 FAIL"], ["FAIL", "FAIL"]),
        ("no summary", [config], ["PASS", "FAIL"]),
        ("silence", [], ["FAIL"]),
        ("a configuration is missing", [config, summary + "2 PASS 0 FAIL"], ["PASS", "FAIL"]),
    ]
    verdicts = []
    for name, lines, wanted in rows:
        found = [verdict.status for verdict in judge_stock("x", lines)]
        verdicts.append(Verdict("PASS" if found == wanted else "FAIL", name, str(found)))
    return verdicts, ""


def words():
    """Test the selection of rows with words and patterns of ONLY."""
    names = ("kernel kunit", "kunit full", "kunit debug", "scenario stage2")
    table = [Row(name, None, "kernel kunit" if "full" in name else "") for name in names]
    cases = [([], list(names)), (["debug"], ["kunit debug"]), (["full"], ["kernel kunit", "kunit full"]),
             (["kunit d*"], ["kunit debug"]), (["stage?", "de*"], ["kunit debug", "scenario stage2"]),
             (["full", "stage"], "no row has 'stage' in its name; similar: stage2"), ([""], "no row has ''")]
    verdicts = []
    for asked, wanted in cases:
        try:
            found = [row.name for row in select(table, asked)]
            good = found == wanted
        except UnknownWord as error:
            found = str(error)
            good = isinstance(wanted, str) and found.startswith(wanted)
        verdicts.append(Verdict("PASS" if good else "FAIL", f"words {asked}", str(found)))
    return verdicts, ""


def report():
    """Test that the report for CI systems has all verdicts, even if a guest prints control characters."""
    row = Row("a row", None, seconds=2, details="the end\x1b[0m", verdicts=[
        Verdict("PASS", "one"), Verdict("FAIL", "two", "<&\0"), Verdict("SKIP", "three", "why")])
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "report.xml"
        with contextlib.redirect_stdout(io.StringIO()):
            write_junit([row], path)
        suite = ElementTree.parse(path).find("testsuite")
    found = {case.get("name"): [(child.tag, child.get("message")) for child in case] for case in
             suite.iter("testcase")}
    wanted = {"one": [], "two": [("failure", "<&?")], "three": [("skipped", "why")]}
    counts = [suite.get(name) for name in ("tests", "failures", "skipped")]
    return [Verdict("PASS" if found == wanted else "FAIL", "cases", str(found)),
            Verdict("PASS" if counts == ["3", "1", "1"] else "FAIL", "counts", str(counts))], ""


def plots():
    """Test that the plot has a description and few enough cases, and that the plot in Documentation has the same."""
    with tempfile.TemporaryDirectory() as directory:
        drawing = pathlib.Path(directory) / "drawing.svg"
        bench.plot([(name, 200, 100, 50) for name in bench.TYPICAL], drawing)
        pictures = {"drawn": drawing.read_text()}
    name = f"benchmarks-{SERIES}.svg"
    pictures[name] = (TOP / "Documentation" / name).read_text()
    wanted = {f"Linux {SERIES}", "lower is better", "instructions, logarithmic axis", "limit: ", *bench.TYPICAL}
    verdicts = []
    for picture, text in pictures.items():
        missing = sorted(words for words in wanted if words not in text)
        verdicts.append(Verdict("FAIL" if missing else "PASS", f"{picture}: what and how", str(missing)))
    verdicts.append(Verdict("PASS" if len(bench.TYPICAL) <= 10 else "FAIL", "ten cases at most"))
    return verdicts, ""


TESTS = [
    Unit("judges", judges),
    Unit("words", words),
    Unit("report", report),
    Unit("stock judge", stock),
    Unit("plots", plots),
    Broken(Scenario("wrong-alias", "The module's alias is wrong", script="autoload",
                    spoil=wrong_alias), "without a step by hand|nobody called modprobe"),
    Broken(Scenario("passthrough", "DMA is not translated", script="autoload",
                    append="iommu.passthrough=1"), "DMA is translated: iommu_group/type identity"),
    Broken(Scenario("recipe", "The recipe for a late format does not remove the disk", script="window-closed",
                    leave_out=(FORMAT,), append="deferred_probe_timeout=1",
                    spoil=page_commands(LATE, lambda command: "remove" not in command)),
           "the page's commands: the SMMU works"),
    Broken(Scenario("leak", "Something leaks in each round", script="smmu-module",
                    kernel="smmu-module", append="ROUNDS=15 " + COUNTING, spoil=leak),
           "no slab cache grows.*inode"),
    Broken(Scenario("silence", "The guest says nothing more", script="broken",
                    spoil=script("plan 1\nsleep 1000\n"), quiet_limit=8, host=()),
           "said nothing for 8 s"),
    Broken(Scenario("missing-verdict", "A verdict is missing", script="broken", host=(),
                    spoil=script('plan 2\nexpect "one" "" true\n')), "missing verdict"),
    Broken(Scenario("warning", "The kernel warns", script="broken", host=(),
                    spoil=script('plan 1\nsay "WARNING: CPU: 0"\nexpect "one" "" true\n')),
           "console is clean: .*WARNING: CPU"),
    Broken(Scenario("checker-report", "The checker reports a fault, which no scenario expects", script="checker",
                    devicetree=("consumers.dtso",)), "console is clean: .*io-pgtable-check: stale"),
    Broken(Scenario("panic", "The kernel panics", spoil=dying_init, host=()),
           "console is clean: .*Kernel panic"),
]
if SERIES == "6.12":
    TESTS.append(Broken(Scenario("amd-passthrough", "AMD: DMA is not translated", script="amd-iommu", kernel="x86",
                                 machine=AMD_IOMMU, append="iommu.passthrough=1",
                                 host=(judge_disk, judge_amd_translated)),
                        "translated every access: .*passed through [1-9]"))
