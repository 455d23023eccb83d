# SPDX-License-Identifier: GPL-2.0-only
"""The scenarios: the machines that are booted, and the functions that judge them. `make demo` shows scenarios, `make
check` tests them. The script guest/NAME.sh runs in the guest."""

import dataclasses
import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from guest import (BUILD, RACE, SERIES, SOURCE, TOP, Verdict, boot, judge_amd_translated, judge_both_translated,
                   judge_checker, judge_disk, judge_events, judge_faults, judge_guest, judge_races, judge_translated,
                   make_devicetree, make_initramfs, qemu_command, tool, write_replay)
from tlbi import judge_breaks, judge_cleans, judge_command_count, judge_unmaps

FORMAT = "io-pgtable-arm-lpae"
BETTER = ("io-pgtable-better-10", "io-pgtable-better-20")
SAMPLE = "io-pgtable-acme-two-level"      # from samples/io-pgtable
# The folder of the out-of-tree page table format to test, and the format's modules with KUnit suites
FORMAT_FOLDER = pathlib.Path(os.environ.get("FORMAT") or TOP / "samples/io-pgtable")
FORMAT_SUITES = ",".join(sorted(path.stem for path in FORMAT_FOLDER.glob("*-kunit.c")))
if not FORMAT_SUITES:
    sys.exit(f"error: FORMAT={FORMAT_FOLDER}: there is no *-kunit.c in this folder; Documentation/new-format.rst says "
             "what a page table format from out of the tree has")
FORMATS = (FORMAT, "io-pgtable-arm-v7s", "io-pgtable-arm-mali-lpae")
# Arguments of -M in QEMU's command line, with the options that follow
STAGE1 = ("virt,gic-version=3,iommu=smmuv3", "-cpu", "cortex-a57")
NO_SMMU = ("virt,gic-version=3", "-cpu", "cortex-a57")
STAGE2 = ("virt-9.0,gic-version=3,iommu=smmuv3", "-cpu", "cortex-a57",
          "-global", "arm-smmuv3.stage=2")
STAGE1_ONLY = (*STAGE2[:-1], "arm-smmuv3.stage=1")
# A CPU and an SMMU with all features, for the hardware models: all granules, all address sizes, hardware dirty state
ALL_FEATURES = ("virt,gic-version=3,iommu=smmuv3", "-cpu", "max")
# QEMU 10 translates accesses of devices only with pt=off.
AMD_IOMMU = ("q35", "-cpu", "max", "-device", "amd-iommu,pt=off")
ARM_32 = ("virt,highmem=off", "-cpu", "cortex-a15")
# A device that does DMA at any address, and memory that only the test uses. Each transfer takes 0.1 s of the
# guest's time. With sleep=off, QEMU skips this time.
DMA = ("-device", "edu,dma_mask=0xffffffffffffffff", "-device", "ivshmem-plain,memdev=spare",
       "-object", "memory-backend-ram,id=spare,size=2G", "-icount", "shift=0,sleep=off",
       "-trace", "smmuv3_cmdq_opcode", "-trace", "smmuv3_range_inval")
# Devices that programs use through VFIO
FUZZED = ("-device", "edu,dma_mask=0xffffffffffffffff") * 4
# Without slab_debug, all objects of a CPU's current slab count as used.
COUNTING = "kmemleak=on slab_debug=FZ"


LATE = "A format that comes too late"
TRACES = "Traces"


def page_commands(title, keep=lambda command: True):
    """For Scenario.spoil: write the commands of a section of administrators.rst to the guest's page.sh."""
    def add(root):
        page = (TOP / "Documentation/administrators.rst").read_text()
        section = re.search(rf"\n{title}\n-+\n(.*?)(?=\n[^\n]+\n[-=]{{3,}}\n|\Z)", page, re.S)
        commands = re.findall(r"(?m)^    # (.+\n)", section[1]) if section else []
        if not commands:
            raise RuntimeError(f"administrators.rst has no commands in '{title}'")
        (root / "guest/page.sh").write_text("".join(filter(keep, commands)))
    return add


def program(name):
    """For Scenario.spoil: build a program of ours for the guest, with the kernel's headers."""
    def add(root):
        headers = BUILD / "run/headers/linux"
        headers.mkdir(parents=True, exist_ok=True)
        for header in ("vfio.h", "iommufd.h"):
            shutil.copy(SOURCE / "include/uapi/linux" / header, headers)
        subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-Wall", "-Werror", "-static", "-D_GNU_SOURCE", "-D__user=",
                        "-D__counted_by(member)=",
                        "-I", headers.parent, *sorted((TOP / "stress" / name).glob("*.c")),
                        "-o", root / "usr/bin" / name], check=True)
    return add


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    script: str = ""            # script in guest/; the default is the scenario's name
    kernel: str = "main"        # a variant of build-kernel
    leave_out: tuple = ()       # modules that are missing at boot
    append: str = ""            # added to the kernel's command line
    machine: tuple = STAGE1
    memory: str = "1G"
    cpus: int = 2
    second_disk: str = ""       # a disk that only the guest checks: QEMU's device
    devicetree: tuple = ()      # overlays in qemu/, applied to QEMU's devicetree
    later_qemu: bool = False    # needs a QEMU that Debian has only in a later release
    host: tuple = (judge_disk, judge_translated)
    quiet_limit: int = 60       # seconds
    time_limit: int = 300
    spoil: object = None        # changes the initramfs
    harmless: str = ""          # console lines that are expected in this scenario only


SCENARIOS = [
    Scenario("late-module", "SMMU driver built in, its format's module arrives after boot",
             leave_out=(FORMAT,), append="deferred_probe_timeout=60"),
    Scenario("smmu-module", "SMMU driver and format as modules, unloaded and loaded fifty times",
             kernel="smmu-module", append="ROUNDS=50 " + COUNTING, time_limit=900),
    Scenario("smmu-module-late", "The SMMU driver arrives under an NVMe that works without it",
             kernel="smmu-module", leave_out=("arm_smmu_v3",), append="deferred_probe_timeout=1",
             host=(judge_disk, judge_faults), spoil=page_commands(LATE)),
    Scenario("autoload", "Module in the initramfs, SMMU driver built in: no step by hand"),
    Scenario("autoload-smmu-module", "Both modules in the initramfs: no step by hand",
             kernel="smmu-module"),
    Scenario("absent", "Kernel configured without the format", kernel="absent", host=()),
    Scenario("window-closed", "The deferral window closes before the module is there",
             leave_out=(FORMAT,), append="deferred_probe_timeout=1", host=(judge_disk, judge_faults),
             spoil=page_commands(LATE)),
    Scenario("passthrough", "Default domains are identity: nothing waits for the module",
             leave_out=(FORMAT,), append="iommu.passthrough=1 deferred_probe_timeout=60",
             host=(judge_disk,)),
    Scenario("unload-race", "The module is unloaded while devices probe that need it",
             leave_out=FORMATS, machine=NO_SMMU, devicetree=("consumers.dtso",),
             append="WINDOW=open deferred_probe_timeout=600", host=(), quiet_limit=180),
    Scenario("unload-race-window-closed", "The module is unloaded while devices probe, with the deferral window closed",
             script="unload-race", leave_out=FORMATS, machine=NO_SMMU, devicetree=("consumers.dtso",),
             append="WINDOW=closed deferred_probe_timeout=1", host=(), quiet_limit=180),
    Scenario("implementations", "Three implementations of a format come and go under two disks",
             leave_out=(FORMAT, *BETTER), append="deferred_probe_timeout=60",
             machine=STAGE1_ONLY, second_disk="nvme"),
    Scenario("stage2", "An SMMU with stage 2 only: the default domain is a stage-2 table",
             machine=STAGE2),
    Scenario("consumers", "Devices of a devicetree wait for LPAE, v7s and Mali, which come in every order",
             kernel="smmu-module", leave_out=FORMATS, machine=NO_SMMU,
             devicetree=("consumers.dtso",), append="deferred_probe_timeout=600", host=()),
    Scenario("consumers-absent", "Devices of a devicetree ask for formats that are not configured",
             kernel="absent", machine=NO_SMMU, devicetree=("consumers.dtso",), host=()),
    Scenario("consumers-window-closed", "The deferral window closes before any format is there",
             kernel="smmu-module", leave_out=FORMATS, machine=NO_SMMU,
             devicetree=("consumers.dtso",), append="deferred_probe_timeout=4", host=()),
    Scenario("vendor-format", "An out-of-tree format with a name is loaded late",
             leave_out=(SAMPLE,), machine=NO_SMMU, devicetree=("vendor-format.dtso",),
             append="deferred_probe_timeout=600", host=()),
    Scenario("selftest", "The self-test finds a fault in the best implementation of the SMMU's format",
             kernel="kunit", append="deferred_probe_timeout=600"),
    Scenario("selftest-off", "The self-test is turned off", kernel="kunit", machine=NO_SMMU,
             append="io_pgtable.selftest=0", host=()),
    Scenario("tables", "Page tables in debugfs, while the disk works and when a table is freed"),
    Scenario("trace", "All tracepoints, while a format is loaded late, used and unloaded",
             kernel="kunit", leave_out=(FORMAT, SAMPLE), devicetree=("trace.dtso",),
             append="deferred_probe_timeout=600",
             spoil=page_commands(TRACES, lambda command: command.startswith("trace-cmd"))),
    Scenario("checker", "The checker finds a fault in a running system, and is unloaded again",
             devicetree=("consumers.dtso",),
             harmless=r"io-pgtable-check: (stale: io-pgtable-consumer |unmap_pages\()|Call trace:"),
    Scenario("late-module-checked", "As late-module, under the checker", script="late-module",
             leave_out=(FORMAT,), append="deferred_probe_timeout=60 CHECK=1",
             host=(judge_disk, judge_translated, judge_checker)),
    Scenario("late-module-stage2-checked", "As late-module-checked, with stage 2 only", script="late-module",
             machine=STAGE2, leave_out=(FORMAT,), append="deferred_probe_timeout=60 CHECK=1",
             host=(judge_disk, judge_translated, judge_checker)),
    Scenario("late-module-lazy-checked", "As late-module-checked, with a flush queue", script="late-module",
             leave_out=(FORMAT,), append="deferred_probe_timeout=60 CHECK=1 iommu.strict=0",
             host=(judge_disk, judge_translated, judge_checker)),
    Scenario("late-module-debug", "The module arrives after boot, under KASAN and lockdep",
             script="late-module", kernel="debug", leave_out=(FORMAT,), memory="2G",
             append="deferred_probe_timeout=60 LIMIT=10000", quiet_limit=120),
]


def two_smmus(options="", overlays=()):
    """Return settings of a scenario with a disk behind each of two SMMUs: `options` are those of the second SMMU, which
    translates PCI buses from 8 on, and `overlays` are more overlays of the devicetree."""
    return {"machine": ("virt,gic-version=3", "-cpu", "cortex-a57", "-device", "arm-smmuv3,primary-bus=pcie.0",
                        "-device", "pxb-pcie,id=second-bus,bus_nr=8,bus=pcie.0,addr=0x10",
                        "-device", f"arm-smmuv3,primary-bus=second-bus{options}",
                        "-device", "pcie-root-port,id=second-port,bus=second-bus,chassis=1"),
            "devicetree": (*overlays, "second-smmu.dtso"), "second_disk": "nvme,bus=second-port", "later_qemu": True,
            "host": (judge_disk, judge_translated, judge_both_translated)}


def churn(name, title, rounds, append="", script="churn", cpus=3, **options):
    """Return a scenario in which formats, drivers, disks and CPUs come and go at the same time."""
    return Scenario(name, title, script=script, append=f"ROUNDS={rounds} {COUNTING} {append}".strip(),
                    cpus=cpus, **two_smmus(overlays=("consumers.dtso",)), **options)


def faults(name, title, rounds, **options):
    """Return a similar scenario in which allocations fail."""
    return churn(name, title, rounds, script="faults", cpus=2, **options)


SCENARIOS += [
    Scenario("two-smmus", "Two SMMUs, one with stage 2 only: their format arrives after boot",
             leave_out=(FORMAT,), append="deferred_probe_timeout=60", **two_smmus(",stage=2")),
    churn("churn-short", "Formats, drivers, disks and CPUs come and go at the same time", 20, append="SEED=1"),
    faults("faults-short", "Allocations fail at random", 15, kernel="kunit", append="SEED=1"),
]

# In 7.2 and 7.3, AMD's driver uses the page tables of generic_pt.
if SERIES == "6.12":
    SCENARIOS.append(Scenario("amd-iommu", "x86_64: an NVMe behind an AMD IOMMU", kernel="x86",
                              machine=AMD_IOMMU, host=(judge_disk, judge_amd_translated)))


def add_bpftrace(root):
    """Add bpftrace to the guest, and the bpftrace command of administrators.rst."""
    subprocess.run([TOP / "qemu/fetch-programs", "bpftrace"], check=True)
    shutil.copytree(BUILD / "userland/bpftrace", root, symlinks=True, dirs_exist_ok=True)
    page_commands(TRACES, lambda command: command.startswith("bpftrace"))(root)


BPFTRACE = Scenario("bpftrace", "bpftrace sums up what a disk's reads map", kernel="drgn", memory="2G",
                    spoil=add_bpftrace, quiet_limit=180, host=(judge_translated,))

# In 7.2 and 7.3 the kernel's own self-test of LPAE is a KUnit suite, in the original tree as in the converted one.
SELFTESTS = "stock-arm-selftest" if SERIES == "6.12" else "io-pgtable-arm-selftests"


def suites(*names):
    """Return the modules of our suites, as a value of MODULES=."""
    return ",".join(f"io-pgtable-{name}-kunit" for name in names)


OF_FORMATS = ("arm-lpae", "arm-v7s", "arm-mali", "apple-dart", "rockchip")


def checked_suites(name, title, append=""):
    """Return a scenario of suites under the checker. Without MODULES in `append`, these are all suites."""
    return Scenario(name, title, script="kunit", kernel="kunit", machine=ALL_FEATURES, memory="2G",
                    append=f"kmemleak=on CHECK=1 {append}".strip(), host=(judge_checker,),
                    quiet_limit=400, time_limit=3000)


# Scenarios that load modules with KUnit suites. Each module has verdicts.
SUITES = [
    Scenario("kunit-full", "KUnit at full length", script="kunit", kernel="kunit",
             machine=ALL_FEATURES, memory="2G", append="kmemleak=on", host=(),
             quiet_limit=400, time_limit=3000),
    checked_suites("kunit-checked", "Suites of tables without the slow cases, under the checker",
                   f"MODULES={suites('check', 'tables', 'trace', *OF_FORMATS)} kunit.filter=speed>slow"),
    # The machine has no IOMMU, because an IOMMU driver would allocate the first table.
    Scenario("kunit-x86", "x86_64: direct calls of tables", script="kunit", kernel="x86",
             machine=AMD_IOMMU[:3], host=(), append="MODULES=io-pgtable-direct-kunit"),
    Scenario("high-memory", "Memory above 4 GiB, where short descriptors cannot have tables",
             script="kunit", kernel="kunit", memory="5G", host=(),
             append="MODULES=io-pgtable-arm-v7s-kunit"),
    Scenario("kunit-debug", "KUnit under KASAN and lockdep", script="kunit", kernel="debug",
             machine=ALL_FEATURES, memory="2G", append="kmemleak=on", host=(),
             quiet_limit=400, time_limit=3000),
    Scenario("kunit-debug-arm", "KUnit on 32-bit Arm, under KASAN and lockdep", script="kunit", kernel="debug-arm",
             machine=ARM_32, memory="2G", append="kmemleak=on", host=(),
             quiet_limit=400, time_limit=3000),
    Scenario("kunit-debug-arm-lpae", "KUnit on 32-bit Arm with output addresses of 64 bits", script="kunit",
             kernel="debug-arm-lpae", machine=ARM_32, memory="2G", host=(),
             append=f"kmemleak=on MODULES={suites('arm-v7s', 'arm-mali', 'arm-lpae')}",
             quiet_limit=400, time_limit=3000),
    Scenario("sample", "A vendor's out-of-tree format", script="kunit", kernel="kunit",
             memory="2G", append=f"kmemleak=on MODULES={FORMAT_SUITES}", host=()),
    Scenario("sample-debug", "A vendor's out-of-tree format, under KASAN and lockdep", script="kunit", kernel="debug",
             memory="2G", append=f"kmemleak=on MODULES={FORMAT_SUITES}", host=(),
             quiet_limit=400, time_limit=1800),
    Scenario("stock-selftests", "The self-tests in the kernel's own formats, on ours",
             script="kunit", kernel="debug", memory="2G", host=(),
             append=f"MODULES={SELFTESTS},stock-arm-v7s-selftest"),
    Scenario("stock-compared", "Ours and the kernel's own formats, side by side", script="kunit",
             kernel="kunit", memory="2G", host=(),
             # 7.3's own v7s has a slab cache for each table, and waits for RCU when it destroys the cache.
             quiet_limit=400,
             append="MODULES=io-pgtable-stock-kunit,io-pgtable-stock-rockchip-kunit"),
    Scenario("dma-stage1", "DMA through stage 1, judged by the SMMU", script="kunit",
             kernel="debug", memory="2G", machine=STAGE1 + DMA,
             append="MODULES=io-pgtable-smmu-v3-dma",
             host=(judge_events, judge_unmaps, judge_command_count, judge_breaks, judge_cleans),
             quiet_limit=240, time_limit=1800),
    Scenario("dma-stage1-checked", "DMA through stage 1, judged by the SMMU, under the checker", script="kunit",
             kernel="debug", memory="2G", machine=STAGE1 + DMA,
             append="MODULES=io-pgtable-smmu-v3-dma CHECK=1",
             host=(judge_events, judge_unmaps, judge_command_count, judge_breaks, judge_cleans,
                   judge_checker),
             quiet_limit=240, time_limit=1800),
    Scenario("dma-no-hint", "DMA through stage 1 without the contiguous hint, pages of all sizes", script="kunit",
             kernel="debug", memory="2G", machine=STAGE1 + DMA,
             append="MODULES=io-pgtable-smmu-v3-dma arm_smmu_v3.contiguous_hint=off"
                    " io_pgtable_smmu_v3_dma.hint=off kunit.filter_glob=smmu_v3_dma.every_page_size",
             host=(judge_events,), quiet_limit=240, time_limit=1800),
    Scenario("dma-hint-on", "The contiguous hint is forced on for any SMMU", script="kunit",
             kernel="debug", memory="2G", machine=STAGE1 + DMA,
             append="MODULES=io-pgtable-smmu-v3-dma arm_smmu_v3.contiguous_hint=on"
                    " io_pgtable_smmu_v3_dma.hint=on"
                    " kunit.filter_glob=smmu_v3_dma.hint_by_identification",
             host=(), quiet_limit=240, time_limit=1800),
    Scenario("dma-stage2", "DMA through stage 2, judged by the SMMU", script="kunit",
             kernel="debug", memory="2G", machine=STAGE2 + DMA,
             append="MODULES=io-pgtable-smmu-v3-dma",
             host=(judge_events, judge_unmaps, judge_command_count, judge_breaks),
             quiet_limit=240, time_limit=1800),
    Scenario("dma-stage2-checked", "DMA through stage 2, judged by the SMMU, under the checker", script="kunit",
             kernel="debug", memory="2G", machine=STAGE2 + DMA,
             append="MODULES=io-pgtable-smmu-v3-dma CHECK=1",
             host=(judge_events, judge_unmaps, judge_command_count, judge_breaks, judge_checker),
             quiet_limit=240, time_limit=1800),
]

# Hostile programs. Environment: SEED=N sets the seed, ROUND=N the first round.
FUZZ = Scenario("vfio-fuzz", "Hostile programs: random calls of VFIO and iommufd, kills, under the checker",
                kernel="debug", machine=STAGE1 + FUZZED, memory="2G", spoil=program("vfio-fuzz"),
                append=f"kmemleak=on CHECK=1 SEED={os.environ.get('SEED') or 1}"
                       f" ROUND={os.environ.get('ROUND') or 0} FUZZ_SECONDS=600",
                host=(judge_events, judge_checker), quiet_limit=300, time_limit=1500)
SUITES.append(dataclasses.replace(FUZZ, name="vfio-fuzz-short", script="vfio-fuzz",
                                  append="kmemleak=on CHECK=1 FUZZ_SECONDS=20 CALLS=600"))

# In 7.2 and 7.3 v7s refuses to unmap part of a block.
SPLIT_SUITES = suites("arm-lpae", "arm-v7s") if SERIES == "6.12" else suites("arm-lpae")
RACE_SUITES = suites("registry", "memory", *OF_FORMATS)


def races(name, title, modules, append, kernel="kcsan", **options):
    """Return a scenario of cases with races. Under KCSAN, only reports about our functions are failures."""
    judged = {"host": (judge_races,), "harmless": RACE} if kernel == "kcsan" else {"host": ()}
    return Scenario(name, title, script="kunit", kernel=kernel, machine=ALL_FEATURES, memory="2G",
                    append=f"MODULES={modules} {append}", quiet_limit=300, time_limit=3000, **judged, **options)


# Scenarios of `make stress`. Each takes minutes.
STRESS = [
    FUZZ,
    # Eight readers and eight writers on each kind of LPAE table. All kinds together take a minute.
    *(races(f"races-{kernel}", f"Tables are read while they change, under {checker}", "io-pgtable-arm-lpae-kunit",
            "kunit.filter_glob=*.tables_read_by_many"
            " io_pgtable_conformance.readers=8 io_pgtable_conformance.read_ms=1500", kernel=kernel)
      for kernel, checker in (("debug", "KASAN"), ("kcsan", "KCSAN"))),
    churn("churn", "Formats, drivers, disks and CPUs come and go at the same time", 1000,
          quiet_limit=180, time_limit=3600),
    churn("churn-debug", "Formats, drivers, disks and CPUs come and go, under KASAN and lockdep", 100, kernel="debug",
          memory="2G", append="LIMIT=180", quiet_limit=400, time_limit=3600),
    faults("faults", "Allocations fail at random", 300, kernel="kunit", quiet_limit=180, time_limit=3600),
    faults("faults-debug", "Allocations fail at random, under KASAN and lockdep", 60, kernel="debug", memory="2G",
           append="LIMIT=180", quiet_limit=400, time_limit=3600),
    checked_suites("kunit-full-checked", "KUnit at full length, under the checker"),
    Scenario("many-mappings", "A million mappings in a table of each kind", script="kunit", kernel="kunit",
             machine=ALL_FEATURES, memory="2G", quiet_limit=180, time_limit=3000, host=(),
             append=f"MODULES={suites(*OF_FORMATS)} kunit.filter_glob=*.many_mappings"
                    " io_pgtable_conformance.mappings=1048576"),
    # KCSAN watches one of skip_watch accesses of a CPU. The default is 4000.
    # Each of two CPUs unmaps half of a group: eight descriptors at once.
    races("races-splits", "Parts of a block are unmapped by two CPUs, many times, under KCSAN", SPLIT_SUITES,
          "kunit.filter_glob=*.block_split_by_many io_pgtable_conformance.workers=2"
          " io_pgtable_conformance.rounds=100 kcsan.skip_watch=300"),
    # filter=speed=slow selects the cases with races, because all of them are marked as slow. On two CPUs of the host,
    # a CPU of the guest may not run for half a minute: the kernel must not take that for a stall. modprobe waits for a
    # case. KUnit stops a case after 300 s, so a shorter wait is not a hang.
    races("races-suites", "Cases with races of all suites, eight CPUs under KCSAN", RACE_SUITES,
          "kunit.filter=speed=slow io_pgtable_conformance.workers=8"
          " io_pgtable_conformance.operations=6000 io_pgtable_conformance.mappings=2048"
          " rcupdate.rcu_cpu_stall_timeout=300 watchdog_thresh=60 sysctl.kernel.hung_task_timeout_secs=330", cpus=8),
]

# The benchmark checks its cases while it measures them. This scenario tests only the checks.
BENCHMARK = Scenario("bench", "The benchmark's cases, on ours", kernel="kunit", host=(), memory="2G",
                     machine=(*STAGE1, "-icount", "shift=0,sleep=off"),
                     append="MODULE=io-pgtable-bench")


# The scenarios that `make shell` accepts
ALL = (*SCENARIOS, *SUITES, *STRESS, BENCHMARK, BPFTRACE)


class UnknownScenario(Exception):
    """No scenario's name matches the requested name or pattern."""


def find(patterns, scenarios):
    """Return the scenarios whose names match a pattern. Each pattern must match a scenario."""
    names = [scenario.name for scenario in scenarios]
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise UnknownScenario(f"no such scenario: {pattern}; there are: {' '.join(names)}")
    return [scenario for scenario in scenarios
            if any(fnmatch.fnmatchcase(scenario.name, pattern) for pattern in patterns)]


def listing(scenarios):
    """Return a line for each scenario: its name and its title."""
    return "\n".join(f"{scenario.name:27} {scenario.title}" for scenario in scenarios)


def by_hand(scenario, run):
    """Return lines for a failure: where its output is, and how to repeat the boot."""
    kernel = "" if SERIES == "6.12" else f" KERNEL={SERIES}"
    return [f"the whole console: {run.directory / 'console.log'}",
            f"the same boot by hand: {run.directory / 'replay.sh'}",
            f"a shell on the same machine: make shell SCENARIO={scenario.name}{kernel}"]


def prepare(scenario):
    """Make the initramfs, the disks and QEMU's command line. Return the directory and the command."""
    directory = BUILD / "run" / scenario.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    kernel = BUILD / "kernel" / scenario.kernel
    make_initramfs(kernel, directory, scenario.leave_out, scenario.spoil)
    for name in ("disk.img", "second.img")[:1 + bool(scenario.second_disk)]:
        with open(directory / name, "wb") as disk:
            disk.truncate(128 << 20)
    append = f"SCENARIO={scenario.script or scenario.name} {scenario.append}".strip()
    command = qemu_command(kernel, directory, scenario.machine, append, scenario.memory, scenario.cpus)
    if scenario.later_qemu:
        command[0] = str(tool("qemu"))
    if scenario.second_disk:
        command += ["-drive", f"if=none,id=second,format=raw,file={directory / 'second.img'}",
                    "-device", f"{scenario.second_disk},drive=second,serial=second"]
    if scenario.devicetree:
        overlays = [TOP / "qemu" / name for name in scenario.devicetree]
        command += ["-dtb", make_devicetree(command, directory, overlays)]
    write_replay(directory, command)
    return directory, command


def run_scenario(scenario, listener=lambda line: None):
    """Boot a scenario and judge it. Return the run and its verdicts."""
    directory, command = prepare(scenario)
    listener("$ " + shlex.join(command))
    run = boot(command, directory, scenario.quiet_limit, scenario.time_limit, listener,
               scenario.harmless)
    verdicts = judge_guest(run)
    verdicts += [judge(run) for judge in scenario.host]
    if run.trouble:
        verdicts.append(Verdict("FAIL", "the console is clean", run.trouble))
    return run, verdicts
