# SPDX-License-Identifier: GPL-2.0-only
"""Boot a kernel with an initramfs in QEMU, watch the console, and judge the output."""

import collections
import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import re
import selectors
import shlex
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
# The kernel series and its build folder. common.sh has the same rules.
SERIES = os.environ.get("KERNEL") or "6.12"
KNOWN_SERIES = re.findall(r"(?m)^[\d.]+", (TOP / "qemu/series").read_text())
if SERIES not in KNOWN_SERIES:
    sys.exit(f"error: there is no KERNEL={SERIES} here, only {' '.join(KNOWN_SERIES)}")
BUILD = pathlib.Path(os.path.abspath(os.environ.get("BUILD") or TOP / "build")) / ("" if SERIES == "6.12" else SERIES)
PRISTINE = BUILD / f"pristine/linux-source-{SERIES}"
SOURCE = BUILD / f"linux-source-{SERIES}"
KUNIT = SOURCE / "tools/testing/kunit/kunit.py"

# Messages of a guest that is not healthy
TROUBLE = re.compile(
    r"Kernel panic|Oops|BUG:|WARNING:|KASAN:|Internal error|Unable to handle|Call trace:"
    r"|INFO: (possible|suspicious|task|rcu|lockdep|trying)|kmemleak: \d+ new|soft lockup"
    r"|detected stalls?|refcount_t:|UBSAN:|unreferenced object 0x|not found in the initramfs"
    r"|\(NULL device \*\)|io-pgtable-check: ")
# Lines of verdicts: a scenario may quote a message there.
QUOTE = re.compile(r"\[ *[0-9.]+\] (ok|not ok|#) ")
# After these messages, the guest ends.
FATAL = re.compile(r"Kernel panic|not syncing")


@dataclasses.dataclass
class Verdict:
    status: str     # PASS, FAIL, SKIP, ERROR: kunit.py's words
    name: str
    observed: str = ""


@dataclasses.dataclass
class Run:
    """The host's view of one boot"""
    directory: pathlib.Path
    seconds: float = 0
    trouble: str = ""
    harmless: str = ""      # messages that are not trouble in this run
    lines: list = dataclasses.field(default_factory=list)
    listener: object = None

    def tail(self, count=25):
        return "\n".join("    | " + line for line in self.lines[-count:])


# Characters that are not special in the kernel's makefiles or in QEMU's options
PLAIN_PATH = re.compile(r"[\w./+@~-]+")
# Disk space in GiB: of the source; of a kernel with its objects and the runs of its scenarios; of kernels with debug
# information or packages
SOURCE_GIB, KERNEL_GIB = 1.8, 0.3
LARGE_GIB = {"drgn": 2, "debian": 1, "debian-smmu-module": 1}
CHOOSE_BUILD = "choose another folder for all that is built: make ... BUILD=/path/to/folder"


def check_build(kernels=(), more=0):
    """Check the build directory, where all commands write: its path must be usable, and its disk must have space for
    the source, for these kernels, and for `more` GiB."""
    if not PLAIN_PATH.fullmatch(str(BUILD)):
        raise RuntimeError(f"{BUILD}: a kernel cannot be built in a path with spaces, quotes, or other special "
                           f"characters; {CHOOSE_BUILD}")
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
        with open(BUILD / "lock", "w", encoding="ascii"):
            pass
    except OSError as error:
        raise RuntimeError(f"{error.filename}: {error.strerror}; {CHOOSE_BUILD}") from None
    needed = SOURCE_GIB * (not PRISTINE.exists()) + more + sum(
        LARGE_GIB.get(kernel, KERNEL_GIB) for kernel in kernels if not (BUILD / "kernel" / kernel).exists())
    free = shutil.disk_usage(BUILD).free / (1 << 30)
    if free < needed:
        raise RuntimeError(f"{BUILD}: {free:.1f} GiB are free, and {needed:.1f} are needed; {CHOOSE_BUILD}")


def lock_build():
    """Let only one command use the build directory, because two commands would boot each other's kernels. A command
    that a test starts inherits the test's lock."""
    lock = open(BUILD / "lock", "w", encoding="ascii")
    if os.environ.get("LOCKED_BUILD") == str(BUILD):
        return lock
    os.environ["LOCKED_BUILD"] = str(BUILD)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting: another command is at work in {BUILD}", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


# --- kernel and user space

@dataclasses.dataclass(frozen=True)
class Architecture:
    qemu: str
    image: str      # name of the image in the kernel's makefiles
    userland: str   # Debian's name of the architecture
    console: str
    traces: tuple   # trace events of QEMU's IOMMU


# The event is smmuv3_record_event, and smmuv3_propagate_event in later releases of QEMU.
SMMU_TRACES = ("smmuv3_translate_*", "smmuv3_*_event")
ARM64 = Architecture("qemu-system-aarch64", "Image", "arm64", "ttyAMA0", SMMU_TRACES)
ARM = Architecture("qemu-system-arm", "zImage", "armhf", "ttyAMA0", SMMU_TRACES)
AMD_FAULTS = ("amdvi_page_fault", "amdvi_dte_get_fail", "amdvi_invalid_dte", "amdvi_mode_invalid",
              "amdvi_get_pte_hwerror")
X86_64 = Architecture("qemu-system-x86_64", "bzImage", "amd64", "ttyS0",
                      ("amdvi_translation_result", *AMD_FAULTS))


def architecture(kernel):
    """Return the architecture of a kernel."""
    return next(arch for arch in (ARM64, ARM, X86_64) if (kernel / arch.image).exists())


def copy_modules(kernel, root, leave_out):
    """Copy the kernel's modules. If modules are left out, also copy the complete set to modules.complete."""
    shutil.copytree(kernel / "lib/modules", root / "usr/lib/modules", symlinks=True)
    if leave_out:
        shutil.copytree(kernel / "lib/modules", root / "usr/lib/modules.complete", symlinks=True)
    for name in leave_out:
        found = list((root / "usr/lib/modules").rglob(name + ".ko"))
        if not found:
            raise RuntimeError(f"{kernel} has no module {name}")
        for path in found:
            path.unlink()
    depmod(root)


def depmod(root):
    release = next((root / "usr/lib/modules").iterdir()).name
    subprocess.run(["depmod", "-b", str(root), release], check=True, env=tool_path())


def tool_path():
    """Return an environment whose PATH has depmod: not every user has sbin in PATH."""
    return os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}


def make_initramfs(kernel, directory, leave_out=(), spoil=None):
    """Pack an initramfs. spoil(root) may change the files before, for instance to break something in a selftest."""
    root = directory / "initramfs"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(BUILD / "userland" / architecture(kernel).userland, root, symlinks=True)
    shutil.copytree(TOP / "qemu/guest", root / "guest")
    shutil.move(root / "guest/init", root / "init")
    (root / "init").chmod(0o755)
    copy_modules(kernel, root, leave_out)
    if spoil:
        spoil(root)
    pack(root, directory / "initramfs.cpio")
    shutil.rmtree(root)
    return directory / "initramfs.cpio"


def pack(root, archive):
    names = b"".join(os.fsencode(path.relative_to(root)) + b"\0"
                     for path in sorted(root.rglob("*")))
    with open(archive, "wb") as out:
        subprocess.run(["cpio", "-o", "-0", "-H", "newc", "-R", "0:0", "--quiet"],
                       input=names, stdout=out, cwd=root, check=True)


# --- QEMU

def tool(name):
    """Return the path of a program that Debian has only in a later release: see fetch-programs."""
    return pathlib.Path(subprocess.run([TOP / "qemu/fetch-programs", name], check=True, text=True,
                                       stdout=subprocess.PIPE).stdout.strip())


def qemu_command(kernel, directory, machine, append, memory, cpus=2):
    arch = architecture(kernel)
    return [arch.qemu, "-M", machine[0], *machine[1:], "-smp", str(cpus), "-m", memory,
            "-nographic", "-nodefaults", "-serial", "mon:stdio", "-no-reboot",
            "-kernel", str(kernel / arch.image), "-initrd", str(directory / "initramfs.cpio"),
            "-append", f"console={arch.console} panic=-1 printk.devkmsg=on {append}",
            "-drive", f"if=none,id=disk,format=raw,file={directory / 'disk.img'}",
            "-device", "nvme,drive=disk,serial=io-pgtable,bus=pcie.0",
            *(option for event in arch.traces for option in ("-trace", event)),
            "-D", str(directory / "smmu-trace.log")]


def make_devicetree(command, directory, overlays):
    """Write the devicetree that QEMU generates for this command, with overlays applied."""
    base, result = str(directory / "qemu.dtb"), str(directory / "devicetree.dtb")
    compiled = [str(directory / overlay.with_suffix(".dtbo").name) for overlay in overlays]
    for step in ([*command[:2], f"{command[2]},dumpdtb={base}", *command[3:]],
                 # Overlays find nodes by labels, and QEMU's devicetree has none.
                 ["fdtput", "-p", "-t", "s", base, "/__symbols__", "its", "/intc@8000000/its@8080000"],
                 *(["dtc", "-I", "dts", "-O", "dtb", "-o", out, str(overlay)]
                   for overlay, out in zip(overlays, compiled)),
                 ["fdtoverlay", "-i", base, "-o", result, *compiled]):
        subprocess.run(step, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return result


def write_replay(directory, command):
    """Write a script that repeats the boot. With SCENARIO=shell on the command line, the guest opens a shell."""
    replay = directory / "replay.sh"
    replay.write_text("#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-only\n"
                      "# Ctrl-a x ends QEMU.\nexec " + shlex.join(command) + "\n")
    replay.chmod(0o755)


def boot(command, directory, quiet_limit, time_limit, listener=lambda line: None, harmless=""):
    """Run QEMU until it exits or a limit expires. Pass each line of the console to listener() at once. Lines that match
    harmless are expected."""
    run = Run(directory, listener=listener, harmless=harmless)
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as qemu, \
            open(directory / "console.log", "wb", buffering=0) as log:
        try:
            watch(qemu, run, log, start, quiet_limit, time_limit)
        finally:
            qemu.kill()
    run.seconds = time.monotonic() - start
    if not run.trouble and qemu.returncode not in (0, -9):
        run.trouble = f"QEMU ended with status {qemu.returncode}"
    return run


def watch(qemu, run, log, start, quiet_limit, time_limit):
    selector = selectors.DefaultSelector()
    selector.register(qemu.stdout, selectors.EVENT_READ)
    pending = b""
    deadline = start + time_limit
    while True:
        if not selector.select(max(0, min(quiet_limit, deadline - time.monotonic()))):
            now = time.monotonic()
            run.trouble = run.trouble or (
                f"still running after {time_limit} s" if now >= deadline
                else f"the guest said nothing for {quiet_limit} s")
            return
        data = os.read(qemu.stdout.fileno(), 65536)
        if not data:
            return
        log.write(data)
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            hear(run, line.decode(errors="backslashreplace").rstrip("\r"))
        if run.trouble and FATAL.search(run.lines[-1] if run.lines else ""):
            deadline = min(deadline, time.monotonic() + 2)


def hear(run, line):
    run.lines.append(line)
    run.listener(line)
    if run.harmless and re.search(run.harmless, line):
        return
    if not run.trouble and TROUBLE.search(line) and not QUOTE.match(line):
        run.trouble = line


# --- judging

def judge_guest(run):
    """Judge the KTAP of user space. A kernel with KUnit prints other KTAP before user space starts."""
    start = next((i for i, line in enumerate(run.lines) if "Run /init as init" in line), 0)
    return judge_ktap(run.lines[start:], run.directory)


def judge_ktap(lines, directory, name="guest"):
    """Return the verdicts of the kernel's own parser. The ends of the lines have the observations."""
    ktap = directory / f"{name}.ktap"
    ktap.write_text("\n".join(lines) + "\n")
    result = directory / f"{name}.json"
    result.unlink(missing_ok=True)
    parsed = subprocess.run([sys.executable, str(KUNIT), "parse", f"--json={result}", str(ktap)],
                            capture_output=True, text=True, check=False)
    (directory / f"{name}.parsed").write_text(parsed.stdout + parsed.stderr)
    verdicts = []
    if result.exists():
        observed = dict(re.findall(r"(?:not )?ok \d+ (?:- )?([^#\n]*?) # (.*)", "\n".join(lines)))
        verdicts = list(cases(json.loads(result.read_text()), observed))
    failed = any(v.status in ("FAIL", "ERROR") for v in verdicts)
    if parsed.returncode and not failed:
        errors = re.findall(r"\[ERROR\] .*", parsed.stdout)
        verdicts.append(Verdict("ERROR", "KTAP", "; ".join(errors) or f"kunit.py: exit status {parsed.returncode}"))
    if not verdicts:
        verdicts.append(Verdict("ERROR", "KTAP", "the guest gave no verdict"))
    return verdicts


def cases(group, observed, prefix=""):
    for case in group["test_cases"]:
        name = case["name"].strip() or "missing verdict"
        yield Verdict(case["status"], prefix + name, observed.get(name, ""))
    for sub_group in group["sub_groups"]:
        yield from cases(sub_group, observed, f"{prefix}{sub_group['name']}: ")


def judge_stock(module, lines):
    """Judge the kernel's own self-tests. They print each configuration, if there are several, then its failures, and a
    summary at the end."""
    verdicts = []
    summary = Verdict("FAIL", f"{module}: summary", "the self-test printed no summary")
    for line in lines:
        if match := re.search(r"selftest: (pgsize_bitmap .*)", line):
            verdicts.append(Verdict("PASS", f"{module}: {match[1]}"))
        elif re.search("selftest: (test failed|failed to)", line) and verdicts:
            verdicts[-1] = Verdict("FAIL", verdicts[-1].name, line)
        elif match := re.search(r"self test ok|completed with (\d+) PASS (\d+) FAIL", line):
            good = match[1] is None or (int(match[1]), match[2]) == (len(verdicts), "0")
            summary = Verdict("PASS" if good else "FAIL", summary.name, match[0])
    return [*verdicts, summary]


def judge_disk(run):
    """Judge the disk image on the host: its checksum must be the one that the guest printed."""
    announced = re.findall(r"disk image: (\d+) bytes with sha256 (\w+)", "\n".join(run.lines))
    if not announced:
        return Verdict("FAIL", "host: disk image", "the guest wrote nothing")
    size, wanted = int(announced[-1][0]), announced[-1][1]
    with open(run.directory / "disk.img", "rb") as image:
        found = hashlib.sha256(image.read(size)).hexdigest()
    return Verdict("PASS" if found == wanted else "FAIL",
                   "host: the disk image holds the guest's data",
                   f"{size >> 20} MiB, sha256 in the guest {wanted[:12]}, on the host {found[:12]}")


def count_trace(run):
    """Count the trace events of QEMU's SMMU: how it handled the accesses of devices."""
    counts = dict.fromkeys(["success", "disable", "bypass", "abort", "event"], 0)
    path = run.directory / "smmu-trace.log"
    if path.exists():
        with open(path, encoding="ascii", errors="replace") as trace:
            for line in trace:
                match = re.match(r"smmuv3_(?:translate_(\w+)|(?:record|propagate)_(event))", line)
                if match:
                    counts[match[1] or match[2]] += 1
    return counts


def judge_faults(run, never=("abort", "event"), name="no access faulted in QEMU's SMMU"):
    """Judge the counts of QEMU's SMMU, which do not depend on the driver's messages."""
    counts = count_trace(run)
    good = counts["success"] > 0 and not any(counts[kind] for kind in never)
    return Verdict("PASS" if good else "FAIL", "host: " + name,
                   f"translated {counts['success']}, SMMU off {counts['disable']}, "
                   f"bypassed {counts['bypass']}, aborted {counts['abort']}, "
                   f"faults {counts['event']}")


def judge_events(run):
    """Judge the faults that a test provokes: their kinds and numbers must be those that the test prints."""
    announced = re.findall(r"SMMU events expected: (.*)", "\n".join(run.lines))
    expected = collections.Counter()
    for kind, count in re.findall(r"(\w+) (\d+)", "".join(announced)):
        expected[kind] += int(count)
    path = run.directory / "smmu-trace.log"
    trace = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    seen = collections.Counter(re.findall(r"smmuv3_(?:record|propagate)_event (?:SMMU_EVT_)?(\w+)", trace))
    return Verdict("PASS" if announced and seen == expected else "FAIL",
                   "host: QEMU's SMMU recorded the faults that were expected, and no others",
                   f"expected {dict(expected)}, recorded {dict(seen)}")


def judge_checker(run):
    """Judge that the checker was loaded and reported no fault."""
    found = re.findall(r"the checker reported (\d+) faults", "\n".join(run.lines))
    return Verdict("PASS" if found == ["0"] else "FAIL", "the checker found nothing",
                   f"reported: {', '.join(found) or 'it was not there'}")


def core_functions():
    """Return the names of all functions of the built-in core, in all arm64 kernels that are built."""
    objects = [path for image in (BUILD / "kernel").glob("*/Image")
               for path in image.parent.glob("core-objects/*.o")]
    names = subprocess.run(["aarch64-linux-gnu-nm", *map(str, objects)], check=True, capture_output=True,
                           text=True).stdout
    return set(re.findall(r"(?m) [Tt] ([^.\s$]+)", names))


RACE = r"BUG: KCSAN: [\w-]+(?: race)? in (.*)"


def judge_races(run):
    """Judge that our code, including tests, has no data race. KCSAN_STRICT reports many races of the kernel itself."""
    races = re.findall(RACE, "\n".join(run.lines))
    functions = core_functions()
    ours = [race for race in races if "[io_pgtable_" in race or functions & set(re.findall(r"\w+", race))]
    return Verdict("FAIL" if ours else "PASS", "KCSAN reports no data race of ours",
                   f"{'; '.join(sorted(set(ours))) or 'none'}; of the kernel's own {len(races) - len(ours)}")


def judge_translated(run):
    """Judge that the SMMU translated all DMA with page tables."""
    return judge_faults(run, ("abort", "event", "disable", "bypass"),
                        "QEMU's SMMU translated every access")


def judge_both_translated(run):
    """Judge that each of two SMMUs translated. The second SMMU has the PCI buses from 8 on."""
    counts = [0, 0]
    with open(run.directory / "smmu-trace.log", encoding="ascii", errors="replace") as trace:
        for line in trace:
            if match := re.match(r"smmuv3_translate_success .* sid=(\w+)", line):
                counts[int(match[1], 16) >= 8 << 8] += 1
    return Verdict("PASS" if all(counts) else "FAIL", "host: both SMMUs translated",
                   f"the first {counts[0]}, the second {counts[1]}")


def judge_amd_translated(run):
    """Judge that QEMU's AMD IOMMU translated all DMA. Its trace has both addresses of each access, which are equal if
    the access is not translated."""
    path = run.directory / "smmu-trace.log"
    trace = path.read_text(encoding="ascii", errors="replace") if path.exists() else ""
    accesses = re.findall(r"amdvi_translation_result .* gpa (\w+) hpa (\w+)", trace)
    through = sum(int(gpa, 16) >> 12 == int(hpa, 16) >> 12 for gpa, hpa in accesses)
    faults = re.findall("|".join(AMD_FAULTS), trace)
    return Verdict("PASS" if accesses and not through and not faults else "FAIL",
                   "host: QEMU's AMD IOMMU translated every access",
                   f"translated {len(accesses) - through}, passed through {through}, faults {len(faults)}")
