# SPDX-License-Identifier: GPL-2.0-only
"""Runs spin, which checks every state that a model can reach."""

import collections
import dataclasses
import os
import re
import subprocess
import tempfile

from model import NO_HANG

DEPTH = 200000
GIGABYTES = 12


@dataclasses.dataclass
class Result:
    broken: str         # the property that does not hold; "" if all hold
    states: int
    unreached: list     # lines that no run reaches
    trail: str          # the run that breaks the property


class SpinError(Exception):
    pass


def call(*command, cwd, limit):
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise SpinError(f"{command[0]} takes longer than {limit} s") from error
    return done.returncode, done.stdout


def succeed(*command, cwd, limit):
    status, output = call(*command, cwd=cwd, limit=limit)
    if status or re.search("error:", output, re.I):
        raise SpinError(f"{' '.join(command)}: exit status {status}\n{output}")
    return output


def run(text, ltl="", large=False, quick=False):
    """Checks all assertions of a model, or one LTL property. @quick: compile fast, for short runs."""
    limit = 3000 if large else 120
    with tempfile.TemporaryDirectory(prefix="io-pgtable-proof-") as folder:
        with open(os.path.join(folder, "model.pml"), "w", encoding="ascii") as file:
            file.write(text)
        succeed("spin", *(["-DLARGE"] if large else []), "-o3", "-a", "model.pml", cwd=folder, limit=limit)
        kind = ["-DNFAIR=3"] if ltl else ["-DSAFETY", "-DNOCLAIM"]
        if large:
            kind += ["-DCOLLAPSE"]
        succeed("gcc", "-w", "-O0" if quick else "-O2", *kind, f"-DMEMLIM={GIGABYTES << 10}",
                "-o", "pan", "pan.c", cwd=folder, limit=limit)
        options = ["-a", "-f", "-N", ltl] if ltl else []
        _, output = call("./pan", "-w20", f"-m{DEPTH}", *options, cwd=folder, limit=limit)
        _, states = call("./pan", "-d", cwd=folder, limit=limit)
        return judge(output, states, folder, ltl, large)


def judge(output, states, folder, ltl, large):
    counts = re.search(r"errors: (\d+)\s+(\S+) states, stored", output)
    broken = broken_property(output, ltl)
    if not counts or bool(broken) != (counts[1] != "0"):
        raise SpinError("errors of another kind:\n" + output[-2000:])
    if not broken and re.search("max search depth|out of memory|truncated|memory limit|not completed", output):
        raise SpinError("not all was looked at:\n" + output[-2000:])
    trail = ""
    if broken:
        _, trail = call("spin", *(["-DLARGE"] if large else []), "-p", "-g", "-k", "model.pml.trail",
                        "model.pml", cwd=folder, limit=60)
    return Result(broken, int(float(counts[2])), unreached_lines(output, states), trail)


def unreached_lines(output, states):
    """Lines that no run reaches. An inline has a copy for each use: its lines count if no copy is reached."""
    unreached = re.findall(r'^\tmodel\.pml:(\d+), state \d+, "(.*)"$', output, re.M)
    lines = collections.Counter(int(line) for line, what in unreached if what != "-end-")
    return sorted(line for line in lines if lines[line] >= len(state_numbers(states)[line]))


def state_numbers(states):
    """All states of each line, from the output of `pan -d`, which lists states by process"""
    found = collections.defaultdict(set)
    process = ""
    for text in states.splitlines():
        if text.startswith("proctype "):
            process = text
        match = re.search(r"^\s*state\s+(\d+) .*model\.pml:(\d+) ", text)
        if match:
            found[int(match[2])].add((process, match[1]))
    return found


def broken_property(output, ltl):
    """The name of the broken property, from pan's report. Each assertion names its property first."""
    match = re.search(r"^pan:1: (assertion violated \W*(\w+)|invalid end state|acceptance cycle)", output, re.M)
    if not match:
        return ""
    if match[2]:
        return match[2]
    return NO_HANG if match[1] == "invalid end state" else ltl
