# SPDX-License-Identifier: GPL-2.0-only
"""The TLB invalidations that the SMMU driver sends, by QEMU's trace: judged by what the guest says
that it does. kunit/hw/smmu-v3-dma.c uses each range once, so that its commands are told by addresses."""

import bisect
import dataclasses
import functools
import re

from guest import Verdict

NUM_MAX = 31    # of units that the driver puts into one command


@dataclasses.dataclass
class Range:
    start: int
    end: int


def announced(run, verb):
    """What the guest says before it does it: {"iova": 0x..., "size": 0x..., ...}."""
    for line in run.lines:
        match = re.search(rf"SMMU {verb}: (.*)", line)
        if match:
            yield {key: int(value, 16) for key, value in re.findall(r"(\w+) (0x[0-9a-f]+)", match[1])}


@functools.lru_cache
def commands(path):
    """The commands for ranges, by address. QEMU traces each as one or more aligned pieces."""
    found, current = [], None
    with open(path, encoding="ascii", errors="replace") as trace:
        for line in trace:
            if "smmuv3_cmdq_opcode" in line:
                current = None
                continue
            match = re.search(r"smmuv3_range_inval .*addr=(0x[0-9a-f]+) .*tg=(\d+) num_pages=(0x[0-9a-f]+)", line)
            if not match:
                continue
            start, granule = int(match[1], 16), int(match[2])
            end = start + (int(match[3], 16) << (2 * granule + 10 if granule else 12))
            if current and current.end == start:
                current.end = end
            else:
                current = Range(start, end)
                found.append(current)
    return sorted(found, key=lambda command: command.start)


def commands_near(run, what):
    """Those that touch a range, or what is one group around it."""
    near = what.get("group", 0)
    first, last = what["iova"] - near, what["iova"] + what["size"] + near
    found = commands(run.directory / "smmu-trace.log")
    at = bisect.bisect_left(found, first, key=lambda command: command.start)
    while at < len(found) and found[at].start < last:
        yield found[at]
        at += 1


def covers(found, what):
    """Whether commands invalidate all of a range."""
    at = what["iova"]
    for command in found:
        if command.start <= at:
            at = max(at, command.end)
    return at >= what["iova"] + what["size"]


def cuts_group(address, what):
    """Whether an address is inside of a contiguous group that is in a range as a whole."""
    start = address - address % what["group"]
    return start != address and start >= what["iova"] and start + what["group"] <= what["iova"] + what["size"]


def stock_commands(pages):
    """How many the kernel's own driver sends: from the lowest bit on, five bits of the size each."""
    count = 0
    while pages:
        scale = (pages & -pages).bit_length() - 1
        pages -= (pages >> scale & NUM_MAX) << scale
        count += 1
    return count


def shown(found):
    return ", ".join(f"{command.start:#x}..{command.end:#x}" for command in found) or "no command"


def judge(run, verb, name, is_right):
    """The ranges that the guest announces with a verb, each with the commands near it."""
    bad, total = [], 0
    for what in announced(run, verb):
        found = list(commands_near(run, what))
        total += 1
        if not is_right(found, what):
            bad.append(f"iova {what['iova']:#x} size {what['size']:#x}: {shown(found)}")
    return Verdict("FAIL" if bad or not total else "PASS", f"host: {name}",
                   "; ".join([f"{total} ranges, {len(bad)} wrong", *bad[:3]]))


def keeps_groups(found, what):
    return covers(found, what) and not any(cuts_group(end, what) for command in found
                                           for end in (command.start, command.end))


def judge_unmaps(run):
    """Each range is invalidated, and no command ends inside of a contiguous group."""
    return judge(run, "unmaps", "what is unmapped is invalidated by commands that end in no group",
                 keeps_groups)


def judge_command_count(run):
    """That takes one command more than the kernel's own driver sends, at most."""
    return judge(run, "unmaps", "by one command more than stock's at most", lambda found, what:
                 len(found) <= stock_commands(what["size"] // what["page"]) + 1)


def judge_breaks(run):
    """A group of which a part is unmapped is invalidated as a whole, by one command."""
    return judge(run, "breaks", "a group that is split is invalidated by one command",
                 lambda found, what: Range(what["iova"], what["iova"] + what["size"]) in found)


def judge_cleans(run):
    """Dirty state that is cleaned is invalidated."""
    return judge(run, "cleans", "dirty state that is cleaned is invalidated", covers)
