# SPDX-License-Identifier: GPL-2.0-only
"""Rows of tests: selecting rows, running rows, and reports"""

import concurrent.futures
import dataclasses
import difflib
import fnmatch
import itertools
import os
import re
import subprocess
import time
from xml.etree import ElementTree

from guest import Verdict


@dataclasses.dataclass
class Row:
    name: str
    run: object                     # returns verdicts, and text to print if one is bad
    needs: str = ""                 # name of the row that builds this row's input
    beside: bool = False            # may run at the same time as adjacent rows with this flag
    seconds: float = 0
    verdicts: list = dataclasses.field(default_factory=list)
    details: str = ""

    def count(self, *statuses):
        return sum(v.status in statuses for v in self.verdicts)

    def bad(self):
        return [v for v in self.verdicts if v.status not in ("PASS", "SKIP")]


class UnknownWord(Exception):
    """The name of no row has a requested word."""


def is_named(row, word):
    """Return whether a word, which may have wildcards, matches the row's name or a word of the name."""
    return any(fnmatch.fnmatchcase(name, word) for name in (row.name, *row.name.split()))


def named_by(rows, word):
    found = {row.name for row in rows if is_named(row, word)}
    if found:
        return found
    words = {word for row in rows for word in row.name.split()}
    close = difflib.get_close_matches(word, words)
    raise UnknownWord(f"no row has '{word}' in its name; "
                      + (f"similar: {' '.join(close)}" if close else f"words are: {' '.join(sorted(words))}"))


def select(rows, words):
    """Return the rows that the words name, and the rows that these need."""
    if not words:
        return rows
    wanted = set().union(*(named_by(rows, word) for word in words))
    for row in reversed(rows):  # a row comes after the row that it needs
        if row.name in wanted and row.needs:
            wanted.add(row.needs)
    return [row for row in rows if row.name in wanted]


def run_rows(rows, progress):
    """Run adjacent rows at the same time if their flag `beside` is set. Return the seconds that all rows took."""
    start = time.monotonic()
    failed = set()
    for beside, group in itertools.groupby(rows, lambda row: row.beside):
        with concurrent.futures.ThreadPoolExecutor(at_once() if beside else 1) as pool:
            for future in [pool.submit(run_row, row, failed, progress) for row in group]:
                future.result()
    return time.monotonic() - start


def at_once():
    """Return how many guests may run at the same time: most guests keep one CPU busy and take up to 3 GiB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        kib = int(re.search(r"MemAvailable: *(\d+)", file.read())[1])
    return max(1, min(os.cpu_count(), (kib >> 20) // 3))


def run_row(row, failed, progress):
    print(f"--- {row.name} ({progress.begin(row.name)})", flush=True)
    start = time.monotonic()
    try:
        if row.needs in failed:
            raise RuntimeError(f"not run: {row.needs} failed")
        row.verdicts, row.details = row.run()
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        row.verdicts = [Verdict("ERROR", row.name, str(error))]
    row.seconds = time.monotonic() - start
    report_row(row)
    if row.bad():
        failed.add(row.name)


def report_row(row):
    for verdict in row.bad():
        print(f"    {verdict.status}: {verdict.name}: {verdict.observed}")
    if row.bad():
        print(row.details)
    print(f"{row.seconds:6.1f} s  {row.name}: {summary(row)}", flush=True)


def summary(row):
    counts = [(row.count("PASS"), "passed"), (len(row.bad()), "FAILED"),
              (row.count("SKIP"), "skipped")]
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing"


def table(rows, seconds):
    width = max(len(row.name) for row in rows)
    print(f"\n{'what':{width}}  result  seconds")
    for row in rows:
        print(f"{row.name:{width}}  {'FAIL' if row.bad() else 'ok':6}  {row.seconds:7.1f}"
              f"  {summary(row)}")
    print(f"\nin {seconds:.0f} s")
    failed = sum(len(row.bad()) for row in rows)
    print(f"{sum(row.count('PASS') for row in rows)} passed, {failed} failed, "
          f"{sum(row.count('SKIP') for row in rows)} skipped", flush=True)
    return failed == 0


def write_junit(rows, path):
    """Write a report for CI systems, with a suite for each row and a case for each verdict."""
    report = ElementTree.Element("testsuites")
    for row in rows:
        suite = ElementTree.SubElement(
            report, "testsuite", name=row.name, tests=str(len(row.verdicts)), time=f"{row.seconds:.1f}",
            failures=str(len(row.bad())), skipped=str(row.count("SKIP")))
        for verdict in row.verdicts:
            case = ElementTree.SubElement(suite, "testcase", classname=row.name, name=verdict.name)
            if verdict in row.bad():
                ElementTree.SubElement(case, "failure", message=printable(verdict.observed))
            elif verdict.status == "SKIP":
                ElementTree.SubElement(case, "skipped", message=printable(verdict.observed))
        if row.bad():
            ElementTree.SubElement(suite, "system-out").text = printable(row.details)
    ElementTree.ElementTree(report).write(path, encoding="utf-8", xml_declaration=True)
    print(f"report: {path}", flush=True)


def printable(text):
    """Replace control characters, which a guest may print and XML does not allow."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
