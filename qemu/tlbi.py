# SPDX-License-Identifier: GPL-2.0-only
"""Judge the TLB invalidations that the SMMU driver sends. QEMU's trace has the commands, and the guest prints the
ranges that it changes. kunit/hw/smmu-v3-dma.c uses each range once, so that addresses identify the commands."""

import bisect
import dataclasses
import functools
import re

from guest import Verdict

NUM_MAX = 31    # maximum number of units in one command of the driver


@dataclasses.dataclass
class Range:
    start: int
    end: int


def announced(run, verb):
    """Yield the ranges that the guest prints before it changes them: {"iova": 0x..., "size": 0x..., ...}."""
    for line in run.lines:
        match = re.search(rf"SMMU {verb}: (.*)", line)
        if match:
            yield {key: int(value, 16) for key, value in re.findall(r"(\w+) (0x[0-9a-f]+)", match[1])}


@functools.lru_cache
def commands(path):
    """Return the commands for ranges, sorted by address. QEMU traces each command as one or more aligned pieces."""
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
    """Yield the commands that overlap a range or the adjacent groups."""
    near = what.get("group", 0)
    first, last = what["iova"] - near, what["iova"] + what["size"] + near
    found = commands(run.directory / "smmu-trace.log")
    at = bisect.bisect_left(found, first, key=lambda command: command.start)
    while at < len(found) and found[at].start < last:
        yield found[at]
        at += 1


def covers(found, what):
    """Return whether commands invalidate a whole range."""
    at = what["iova"]
    for command in found:
        if command.start <= at:
            at = max(at, command.end)
    return at >= what["iova"] + what["size"]


def cuts_group(address, what):
    """Return whether an address is inside a contiguous group that lies completely in a range."""
    start = address - address % what["group"]
    return start != address and start >= what["iova"] and start + what["group"] <= what["iova"] + what["size"]


def stock_commands(pages):
    """Return how many commands the kernel's own driver sends: one for each five bits of the size, lowest bit first."""
    count = 0
    while pages:
        scale = (pages & -pages).bit_length() - 1
        pages -= (pages >> scale & NUM_MAX) << scale
        count += 1
    return count


def shown(found):
    return ", ".join(f"{command.start:#x}..{command.end:#x}" for command in found) or "no command"


def judge(run, verb, name, is_right):
    """Judge the ranges that the guest prints with a verb. is_right() gets the commands near each range."""
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
    """Judge that each unmapped range is invalidated, and that no command ends inside a contiguous group."""
    return judge(run, "unmaps", "unmapped ranges are invalidated, and no command ends inside a group",
                 keeps_groups)


def judge_command_count(run):
    """Judge that this takes at most one command more than the kernel's own driver sends."""
    return judge(run, "unmaps", "an unmap takes at most one command more than stock", lambda found, what:
                 len(found) <= stock_commands(what["size"] // what["page"]) + 1)


def judge_breaks(run):
    """Judge that a partly unmapped group is invalidated as a whole, by one command."""
    return judge(run, "breaks", "a group that is split is invalidated by one command",
                 lambda found, what: Range(what["iova"], what["iova"] + what["size"]) in found)


def judge_cleans(run):
    """Judge that ranges are invalidated when their dirty state is cleared."""
    return judge(run, "cleans", "dirty state that is cleaned is invalidated", covers)
