# SPDX-License-Identifier: GPL-2.0-only
"""Test tools/io-pgtable-drgn with core files of a running and of a panicked guest. The script must print the same
lines that debugfs printed in the guest."""

import collections
import json
import os
import re
import socket
import struct
import subprocess
import time

from guest import BUILD, TOP, Verdict, boot, judge_disk, judge_guest
from scenarios import STAGE1, Scenario, prepare

KERNEL = "drgn"
SCRIPT = TOP / "tools/io-pgtable-drgn"
VMLINUX = BUILD / "kernel" / KERNEL / "vmlinux"
# The guest has little memory, because core files are as large as the memory.
SCENARIO = Scenario("drgn", "Core files of a running and of a panicked guest", kernel=KERNEL,
                    machine=(*STAGE1, "-device", "vmcoreinfo"), memory="256M",
                    devicetree=("consumers.dtso",), append="panic=0", quiet_limit=120,
                    harmless=r"sysrq triggered crash|Call trace:|end Kernel panic")
ALL_SAID = "drgn: debugfs has said all"
PANICKED = "end Kernel panic"

# Faults that are put into the decoders: name, format, text in the script, replacement. Each fault must cause a
# difference in a table of the format.
WRONG = [
    ("64K: bits 51:48 of an address", "LPAE", "bits(desc, 15, 12) << 48", "bits(desc, 15, 12) << 44"),
    ("16K: pages in a contiguous group", "LPAE", "return 7", "return 5"),
    ("dirty state", "LPAE_S1", '"clean" if read_only else "dirty"', '"dirty"'),
    ("start level", "LPAE_S2", "(2, 1, 0, 3) if", "(1, 1, 0, 3) if"),
    ("execute-never", "MALI", "never = bits(desc, 54, 53)", "never = bits(desc, 52, 51)"),
    ("MediaTek's bit 33", "V7S", "(desc >> 4 & 1) << 33", "(desc >> 5 & 1) << 33"),
    ("TEX of a large page", "V7S", "12 if large else 6", "6"),
    ("address in the second format", "DART", "bits(desc, 37, 10) << 14", "bits(desc, 37, 10) << 13"),
    ("bits 39:36 in the second generation", "rockchip", "bits(desc, 7, 4) << 36", "0"),
]


class Monitor:
    """QEMU's monitor, through QMP"""
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("r", encoding="utf-8")
        self.file.readline()
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        for line in self.file:
            answer = json.loads(line)
            if "error" in answer:
                raise RuntimeError(f"QMP {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise RuntimeError(f"QMP {command}: no answer")


class Taker:
    """Writes a core file when the guest logs ALL_SAID, and another one when the guest logs PANICKED."""
    def __init__(self, directory):
        self.directory = directory
        self.monitor = None

    def core(self, name):
        return self.directory / f"core.{name}"

    def take(self, name):
        self.monitor = self.monitor or Monitor(self.directory / "qmp")
        self.command("stop")
        self.command(f"dump-guest-memory {self.core(name)}")

    def command(self, line):
        """Run a command of the human monitor."""
        message = self.monitor.execute("human-monitor-command", **{"command-line": line})
        if message:
            raise RuntimeError(f"QEMU: {line}: {message}")

    def hear(self, line):
        if line.endswith(ALL_SAID):
            self.take("running")
            self.command("cont")
        elif PANICKED in line:
            self.take("panicked")
            self.monitor.execute("quit")


def said_in_guest(lines):
    """Return {command: lines} of the debugfs files. The key is the script's command that must print the same lines."""
    files = collections.defaultdict(list)
    for line in lines:
        if match := re.match(r"\[ *[0-9.]+\] file ([^:]+): (.*)", line):
            files[match[1]].append(match[2])
    return dict(files)


def drgn(core, *arguments, script=SCRIPT, commands=""):
    environment = os.environ | {"DEBUGINFOD_URLS": ""}
    return subprocess.run(["drgn", "-q", "-c", core, "-s", VMLINUX, script, *arguments], input=commands,
                          capture_output=True, text=True, check=False, timeout=300, env=environment)


def said_by_script(core, commands, script=SCRIPT):
    """Return {command: lines} that the script prints, and its error messages."""
    done = drgn(core, "-", script=script, commands="".join(command + "\n" for command in commands))
    said = {}
    for line in done.stdout.splitlines():
        if line.startswith("> "):
            said[line[2:]] = lines = []
        else:
            lines.append(line)
    return said, done.stderr


def difference(command, wanted, found):
    for i in range(max(len(wanted), len(found))):
        pair = [lines[i] if i < len(lines) else "no line" for lines in (wanted, found)]
        if pair[0] != pair[1]:
            return f"{command}: debugfs {pair[0]!r}, script {pair[1]!r}"
    return ""


def differences(wanted, found):
    """Return the first line that differs, for each command."""
    texts = (difference(command, lines, found.get(command, []))
             for command, lines in wanted.items())
    return [text for text in texts if text]


def by_table(files):
    """Return {(number, format): files}. The file "formats" has the key ("", "formats")."""
    tables = collections.defaultdict(dict)
    for command, lines in files.items():
        number = (command.split() + [""])[1]
        kind = files.get(f"info {number}", [command])[0].split()[-1]
        tables[number, kind][command] = lines
    return tables


# --- verdicts

def compare(name, core, files):
    """Return a verdict for each table."""
    start = time.monotonic()
    found, messages = said_by_script(core, files)
    seconds = time.monotonic() - start
    for (number, kind), wanted in by_table(files).items():
        bad = differences(wanted, found)
        yield Verdict("FAIL" if bad else "PASS", f"{name}: {number} {kind}",
                      bad[0] if bad else f"{len(wanted)} commands, {sum(map(len, wanted.values()))} lines")
    yield Verdict("FAIL" if messages else "PASS", f"{name}: no messages",
                  messages.strip() or f"{len(files)} commands in {seconds:.1f} s")


def compare_list(core, numbers):
    """Judge the list of tables, which a command on drgn's command line prints."""
    done = drgn(core, "tables")
    found = [line.split()[0] for line in done.stdout.splitlines()[1:]]
    return Verdict("PASS" if found == numbers and not done.stderr else "FAIL",
                   "running: list of tables", done.stderr or f"{len(found)} of {len(numbers)}")


def is_refused(core, wanted, *arguments):
    """Judge an error: the script must print a message without a traceback, and return an exit status."""
    done = drgn(core, *arguments)
    good = wanted in done.stderr and done.returncode and "Traceback" not in done.stderr
    return Verdict("PASS" if good else "FAIL", f"refused: '{' '.join(arguments)}'",
                   f"status {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")


def find_wrong_decoders(core, files, directory):
    text = SCRIPT.read_text()
    for name, format_name, right, wrong in WRONG:
        if text.count(right) != 1:
            yield Verdict("ERROR", f"planted: {name}", f"the script has no {right!r}, or several")
            continue
        script = directory / "wrong-decoder"
        script.write_text(text.replace(right, wrong))
        wanted = {command: lines for (_, kind), table in by_table(files).items() if format_name in kind
                  for command, lines in table.items() if not command.startswith("walk")}
        found = said_by_script(core, wanted, script)[0]
        bad = differences(wanted, found)
        # Each command has output, so the fault does not break the whole script.
        good = bad and all(found.get(command) for command in wanted)
        yield Verdict("PASS" if good else "FAIL", f"planted: {format_name}: {name}",
                      f"{len(bad)} of {len(wanted)} differ, {bad[0]}" if bad else "not noticed")


def without_decoder(core, files, directory):
    """Judge the output for a table whose format the script does not know."""
    script = directory / "without-decoder"
    script.write_text(SCRIPT.read_text().replace('"ARM_V7S": V7s', '"ARM_V8S": V7s'))
    number = next(number for number, kind in by_table(files) if kind == "ARM_V7S")
    done = drgn(core, "info", number, script=script)
    good = ("# this script has no decoder for format ARM_V7S" in done.stdout and not done.stderr
            and done.stdout.splitlines()[:5] == files[f"info {number}"][:5])
    return Verdict("PASS" if good else "FAIL", "a format without a decoder",
                   done.stderr or done.stdout.splitlines()[-1])


class Core:
    """A core file that QEMU wrote: ELF with physical addresses only"""
    PHDR = "<IIQQQQQQ"
    LOAD, NOTE = 1, 4

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as core:
            header = core.read(64)
            offset, = struct.unpack_from("<Q", header, 32)
            number, = struct.unpack_from("<H", header, 56)
            core.seek(offset)
            self.phdrs = [struct.unpack(self.PHDR, core.read(56)) for _ in range(number)]

    def offset(self, address):
        """Return the file offset of a physical address."""
        for kind, _, offset, _, paddr, length, _, _ in self.phdrs:
            if kind == self.LOAD and paddr <= address < paddr + length:
                return offset + address - paddr
        raise RuntimeError(f"{address:#x} is not in {self.path}")

    def write(self, address, descs):
        """Replace descriptors in the guest's memory."""
        with open(self.path, "r+b") as core:
            core.seek(self.offset(address))
            core.write(struct.pack(f"<{len(descs)}Q", *descs))

    def note(self):
        kind, _, offset, _, _, length, _, _ = next(p for p in self.phdrs if p[0] == self.NOTE)
        with open(self.path, "rb") as core:
            core.seek(offset)
            return core.read(length).decode("latin-1")

    def add_virtual_addresses(self):
        """Add the virtual addresses of the linear map and of the kernel's image, which /proc/vmcore has."""
        number = {name: int(value, 0) for name, value in
                  re.findall(r"NUMBER\((\w+)\)=(0x\w+|\d+)", self.note())}
        symbols = {name: int(address, 16) for address, name in
                   re.findall(r"(?m)^(\w+) . (_text|_end)$", (VMLINUX.parent / "System.map").read_text())}
        linear = (1 << 64) - (1 << number["VA_BITS"]) - number["PHYS_OFFSET"]
        image = symbols["_text"] - number["kimage_voffset"] & (1 << 64) - 1
        size = symbols["_end"] - symbols["_text"]
        phdrs = [(kind, flags, offset, linear + paddr if kind == self.LOAD else 0, paddr, *rest)
                 for kind, flags, offset, _, paddr, *rest in self.phdrs]
        phdrs.append((self.LOAD, 7, self.offset(image), symbols["_text"], image, size, size, 0))
        with open(self.path, "r+b") as core:
            end = core.seek(0, os.SEEK_END)
            core.write(b"".join(struct.pack(self.PHDR, *phdr) for phdr in phdrs))
            core.seek(32)
            core.write(struct.pack("<Q", end))
            core.seek(56)
            core.write(struct.pack("<H", len(phdrs)))


def find_damage(core, files):
    """Judge the output for damaged tables: descriptors that point outside memory or to the root, and random values."""
    number = next(number for (number, kind), table in by_table(files).items() if kind == "ARM_64_LPAE_S1"
                  and "device:          io-pgtable-filled, driver platform" in table[f"info {number}"])
    tables = [line.split() for line in files[f"tables {number}"][1:]]
    root = int(tables[0][1], 16)
    garbage = next(int(table, 16) for level, table, first, *_ in tables
                   if level == "1" and int(first, 16) >= 4 << 39)
    memory = Core(core)
    memory.write(root, [0xff0000000003, root | 3, 0xfe0000000003, 0xfe0000001003])
    memory.write(garbage, [i * 0x9e3779b97f4a7c15 % (1 << 64) for i in range(1, 513)])
    round_trip = 1 << 39 | 1 << 30 | 1 << 21 | 1 << 12
    wanted = [
        ("a table that is not in memory", f"map {number}", "a table at 0xff0000000000, which is not in memory"),
        ("several in a row", f"map {number}", "2 tables, the first at 0xfe0000000000, which is not"),
        ("a descriptor that leads back to the root", f"map {number}", f"at {root:#x}, which was reached before"),
        ("a table of random values", f"map {number}", ", broken"),
        ("the list of tables", f"tables {number}", f"at {root:#x}, which was reached before"),
        ("info", f"info {number}", "leaves of 4K"),
        ("a walk", f"walk {number} 0x1000", "# the table at 0xff0000000000 is not in memory"),
        ("a walk that goes round", f"walk {number} {round_trip:#x}", f"-> 0x{root:016x}"),
    ]
    found, messages = said_by_script(core, list(dict.fromkeys(command for _, command, _ in wanted)))
    for name, command, text in wanted:
        lines = found.get(command, [])
        line = next((line for line in lines if text in line), "")
        yield Verdict("PASS" if line else "FAIL", f"damaged: {name}", line or f"{command}: {lines[:6]}")
    yield Verdict("FAIL" if messages else "PASS", "damaged: no messages", messages.strip() or "none")


def run():
    directory, command = prepare(SCENARIO)
    taker = Taker(directory)
    command += ["-qmp", f"unix:{directory / 'qmp'},server=on,wait=off"]
    booted = boot(command, directory, SCENARIO.quiet_limit, SCENARIO.time_limit, taker.hear, SCENARIO.harmless)
    verdicts = [*judge_guest(booted), judge_disk(booted)]
    if booted.trouble:
        verdicts.append(Verdict("FAIL", "the console is clean", booted.trouble))
    files = said_in_guest(booted.lines)
    numbers = files.pop("list", [])
    running, panicked = taker.core("running"), taker.core("panicked")
    if not (files and running.exists() and panicked.exists()):
        verdicts.append(Verdict("ERROR", "core files", "there are not both of them"))
        return verdicts, booted.tail()
    verdicts += compare("running", running, files)
    verdicts += compare("panicked", panicked, files)
    verdicts.append(compare_list(running, numbers))
    verdicts += [is_refused(running, *case) for case in (
        ("invalid choice", "tabels"), ("there is no table 4711", "map", "4711"),
        ("'here' is not an address", "walk", numbers[0], "here"), ("required", "info"))]
    verdicts += find_wrong_decoders(running, files, directory)
    verdicts.append(without_decoder(running, files, directory))
    verdicts += find_damage(running, files)
    Core(panicked).add_virtual_addresses()
    verdicts += compare("as kdump has it", panicked, files)
    running.unlink()        # the file takes 256 MiB, and its tables are damaged now
    return verdicts, booted.tail()
