# SPDX-License-Identifier: GPL-2.0-only
"""The rows of all tests. Each row returns verdicts."""

import json
import os
import re
import subprocess

import coredump
import coverage
import debian
import initramfs
import matrix
import selftest
import upstream
from guest import BUILD, KUNIT, PRISTINE, SERIES, SOURCE, TOP, Verdict, boot, cases, judge_ktap, judge_stock, tool
from rows import Row
from scenarios import BENCHMARK, BPFTRACE, SCENARIOS, STRESS, SUITES, by_hand, prepare, run_scenario

OPERATIONS = 200000
# Kernels of other machines, which take long to build. `make check` compiles and links configurations of them.
OTHER_KERNELS = ("x86", "debug-arm")


def test_rows():
    """Rows of `make check`. A row that needs another row comes after that row."""
    yield Row("source", lambda: build("source"))
    yield Row("overlay releases", fetch_releases)
    # Each of these keeps one CPU busy, and works on trees of its own.
    yield Row("overlay", lambda: ktap_of("overlay", "overlay/test", PRISTINE), "source", beside=True)
    yield from release_rows("apply_converts", "apply_changes", "apply_gets", "apply_leaves", "apply_passes")
    yield Row("proof", lambda: prove("proof"), "source", beside=True)
    yield Row("tools", lambda: ktap_of("tools", "tools/test"), "source", beside=True)
    yield Row("commands", lambda: ktap_of("commands", "qemu/test-commands"), "source")
    yield Row("readme", lambda: ktap_of("readme", "qemu/test-readme", PRISTINE), "source")
    for kernel in ("main", "smmu-module", "absent"):
        yield from kernel_rows(kernel)
    yield from harness_rows(test for test in selftest.TESTS if test.kernel not in OTHER_KERNELS)
    yield from kernel_rows(initramfs.KERNEL)
    for release in initramfs.RELEASES:
        yield Row(f"initramfs {release}", lambda release=release: initramfs.run_tools(release),
                  "kernel " + initramfs.KERNEL)
    yield from suite_rows("debug", "debug-arm-lpae", "kunit")
    yield Row("bench", lambda: in_guest(BENCHMARK), "kernel " + BENCHMARK.kernel)
    yield from config_rows(quick=True)


def stress_rows():
    """Rows of `make stress`: tests with many rounds or with their own kernels. test_rows() has short versions."""
    yield Row("source", lambda: build("source"))
    yield Row("proof", lambda: prove("proof-large", "--large"), "source")
    for kernel in dict.fromkeys(scenario.kernel for scenario in STRESS):
        yield Row("kernel " + kernel, lambda kernel=kernel: build(kernel))
        yield from scenario_rows(kernel, STRESS)
    yield Row("kernel " + coverage.KERNEL, lambda: build(coverage.KERNEL))
    yield Row("coverage", coverage.run, "kernel " + coverage.KERNEL)


def core_file_rows():
    """Rows that need a kernel with debug information, which takes four minutes to build."""
    yield Row("source", lambda: build("source"))
    yield from kernel_rows(coredump.KERNEL)
    yield Row("drgn", coredump.run, "kernel " + coredump.KERNEL)
    yield Row("bpftrace root", lambda: ends_well("is there", "qemu/fetch-programs", "bpftrace"))
    yield Row("scenario bpftrace", lambda: in_guest(BPFTRACE), "kernel " + BPFTRACE.kernel)


def release_rows(*words):
    """The overlay's tests on other releases of the series, or those with one of the words in their names."""
    for release in ("oldest", "newest"):
        yield Row(f"overlay {release} release", lambda release=release: overlay_on(release, words),
                  "overlay releases", beside=True)


def kernel_rows(kernel):
    yield Row("kernel " + kernel, lambda: build(kernel))
    if kernel == "smmu-module":     # its core has no tracepoints, layers or self-test
        yield Row("size", core_size, "kernel smmu-module")
    if kernel == "main":
        yield Row("shell", test_shell, "kernel main")
    yield from scenario_rows(kernel, SCENARIOS + SUITES)


def harness_rows(tests):
    """Rows of scenarios that are broken on purpose."""
    for test in tests:
        yield Row("harness " + test.name, test.run, "kernel " + test.kernel)


def suite_rows(*kernels):
    """Suites run side by side, those that take longest first, when all kernels are there. Under the checker a
    suite runs alone: with NO_BBM an unmap may return before another CPU has invalidated the block that it split,
    which the checker reports, and which needs a CPU that is taken away at that moment."""
    for kernel in kernels:
        yield Row("kernel " + kernel, lambda kernel=kernel: build(kernel))
    rows = [row for kernel in kernels for row in scenario_rows(kernel, SCENARIOS + SUITES)]
    yield from sorted(rows, key=lambda row: not row.beside)


def scenario_rows(kernel, scenarios):
    """Rows of the scenarios that boot this kernel."""
    for scenario in scenarios:
        if scenario.kernel != kernel:
            continue
        if scenario.script == "kunit":
            yield Row(scenario.name.replace("-", " "),
                      lambda scenario=scenario: run_suites(scenario), "kernel " + kernel,
                      beside="CHECK=1" not in scenario.append)
        else:
            yield Row("scenario " + scenario.name, lambda scenario=scenario: in_guest(scenario),
                      "kernel " + kernel)


def config_rows(quick=False):
    if not quick:
        yield Row("source", lambda: build("source"))
        yield Row("overlay releases", fetch_releases)
        yield from release_rows()
    for config in matrix.matrix():
        if config.quick or not quick:
            yield Row(config.row, lambda config=config: matrix.run_configuration(config), "source")
    yield Row("series style", upstream.check_style, "source")
    yield Row("series docs", upstream.check_docs, "source")
    if not quick:
        yield Row("series builds", upstream.build_all, "source")
        yield Row("kunit.py", run_kunit_py, "source")
        for kernel in OTHER_KERNELS:
            yield from kernel_rows(kernel)
        yield from harness_rows(test for test in selftest.TESTS if test.kernel in OTHER_KERNELS)
    if not quick and SERIES != "6.12":      # 6.12 has no Rust abstraction of io-pgtable
        yield Row("config arm64 rust", lambda: ends_well("Tyr and what it uses compile", "qemu/build-rust"),
                  "source")


def debian_rows():
    """Rows of `make check-debian`. Each row copies the disk that an earlier row left."""
    yield Row("source", lambda: build("source"))
    for kernel in debian.KERNELS:
        yield Row("kernel " + kernel, lambda kernel=kernel: build(kernel), "source")
    for tool in debian.TOOLS:
        yield Row(f"{tool} root", lambda tool=tool: debian.make_root(tool), "kernel " + debian.KERNELS[0])
        yield Row(f"{tool} install", lambda tool=tool: debian.install(tool), f"{tool} root")
        for kernel in debian.KERNELS:
            yield from debian_boot_rows(tool, kernel)
    tool, kernel = "initramfs-tools", debian.KERNELS[0]
    yield Row("modules build", lambda: debian.outside(tool), f"{tool} install")
    yield Row("modules boot", lambda: debian.boot_disk(tool, kernel, "outside", "modules", "outside"),
              "modules build")
    yield Row("packages install", lambda: debian.install_packages(tool), f"{tool} install")
    yield Row("packages boot",
              lambda: debian.boot_packages(tool, "packages", "packages", "updates/dkms", "remove-packages"),
              "packages install")
    yield Row("packages removed",
              lambda: debian.boot_packages(tool, "removed", f"{kernel}-packages", "kernel"), "packages boot")


def debian_boot_rows(tool, kernel):
    """Rows that boot with the initramfs for all machines, with the one for this machine, and without the format."""
    yield Row(f"{tool} boot {kernel}",
              lambda: debian.boot_disk(tool, kernel, "any", "install", "host-initramfs"), f"{tool} install")
    yield Row(f"{tool} boot-host {kernel}",
              lambda: debian.boot_disk(tool, kernel, "host", f"{kernel}-any"), f"{tool} boot {kernel}")
    yield Row(f"{tool} without {kernel}",
              lambda: debian.boot_without_format(tool, kernel), f"{tool} install")


def lint_rows():
    yield Row("lint source", lambda: build("source"))
    yield Row("lint", lambda: ktap_of("lint", "lint/lint", SOURCE, BUILD / "objects/lint"),
              "lint source")


# GiB that a row's Debian disk or kernel takes in the end, by the first word of the row's name
ROW_GIB = {"initramfs-tools": 0.8, "dracut": 0.8, "modules": 0.8, "kunit.py": 0.4}
RELEASES_GIB = 1.3


def space_beside_kernels(rows):
    """Return the GiB that the rows take in the build folder, without kernels."""
    releases = any(row.name == "overlay releases" for row in rows) and not (BUILD / "releases").exists()
    return RELEASES_GIB * releases + sum(ROW_GIB.get(row.name.split()[0], 0) for row in rows)


def build(kernel):
    return ends_well("builds", "qemu/build-kernel", kernel)


def fetch_releases():
    return ends_well("are there", "qemu/fetch-releases")


def ends_well(name, *command):
    """Run a program that prints its own progress, and judge its exit status."""
    done = subprocess.run([TOP / command[0], *command[1:]], check=False)
    return [Verdict("FAIL" if done.returncode else "PASS", name)], ""


def overlay_on(release, words=()):
    """Run the overlay's tests on a release of the series other than the one that is built. The tests that follow
    stable releases go from the oldest release to the newest one."""
    tree, newest = BUILD / "releases" / release, BUILD / "releases/newest"
    makefile = (tree / "Makefile").read_bytes()
    if makefile == (PRISTINE / "Makefile").read_bytes():
        return [Verdict("PASS", "the row `overlay` tests this release")], ""
    later = {} if makefile == (newest / "Makefile").read_bytes() else {"NEXT": str(newest)}
    return ktap_of(f"overlay-{release}", "overlay/test", tree, *words, **later)


def prove(name, *options):
    """Check the models, with herd7 in PATH for the litmus tests."""
    path = f"{tool('herd7').parent}:{os.environ['PATH']}"
    return ktap_of(name, "proof/test", *options, PRISTINE, PATH=path)


def ktap_of(name, *command, **environment):
    """Run a test program that prints KTAP."""
    directory, done = run_program(name, TOP / command[0], *command[1:], env=os.environ | environment)
    return with_status(judge_ktap(done.stdout.splitlines(), directory, name), done, directory)


def run_program(name, *command, **options):
    """Run a program. Return the folder with the file of its output, and the result."""
    directory = BUILD / "run" / name
    directory.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)
    (directory / "output").write_text(done.stdout)
    return directory, done


def with_status(verdicts, done, directory):
    """Return verdicts, with an error if only the exit status tells of a failure, and the end of the output."""
    if done.returncode and all(v.status in ("PASS", "SKIP") for v in verdicts):
        verdicts.append(Verdict("ERROR", "exit status", str(done.returncode)))
    return verdicts, last_lines(done.stdout) + f"\n    all of it: {directory / 'output'}"


def test_shell():
    """Run the tests of `make shell`, and print how long the prompt takes."""
    verdicts, details = ktap_of("test-shell", "qemu/test-shell")
    for verdict in verdicts:
        if verdict.name == "prompt_in_time":
            print(f"    {verdict.observed}", flush=True)
    return verdicts, details


def last_lines(text, count=40):
    return "\n".join("    | " + line for line in text.splitlines()[-count:])


def core_size():
    """Judge the size of the core, the only part that is built in if all formats are modules."""
    verdict = matrix.core_size("aarch64-linux-gnu-", BUILD / "kernel/smmu-module/core-objects")
    return [verdict], verdict.observed


def in_guest(scenario):
    run, verdicts = run_scenario(scenario)
    return verdicts, console(scenario, run)


def console(scenario, run):
    return "\n    ".join([run.tail(), *by_hand(scenario, run)])


# --- KUnit

def run_kunit_py():
    """Run the command of testing.rst in the converted tree: the kernel's own tool, with the suites built in."""
    objects = BUILD / "objects/kunit.py"
    objects.mkdir(parents=True, exist_ok=True)
    result = objects / "result.json"
    result.unlink(missing_ok=True)
    directory, done = run_program(
        "kunit.py", KUNIT, "run", "--kunitconfig=drivers/iommu/io-pgtable", f"--build_dir={objects}",
        f"--jobs={os.cpu_count()}", "--timeout=3600", f"--json={result}", "--arch=arm64",
        "--cross_compile=aarch64-linux-gnu-", "--qemu_args=-smp 2",
        "--kconfig_add=CONFIG_ARM64_VA_BITS_48=y", "--kconfig_add=CONFIG_ARM64_PA_BITS_48=y",
        "--make_options=CC=ccache aarch64-linux-gnu-gcc", cwd=SOURCE)
    verdicts = list(cases(json.loads(result.read_text()), {})) if result.exists() else []
    return with_status(verdicts or [Verdict("ERROR", "kunit.py", "there are no verdicts")], done, directory)


def suite_modules(scenario):
    named = re.search(r"MODULES=(\S+)", scenario.append)
    if named:
        return named[1].split(",")
    modules = (BUILD / "kernel" / scenario.kernel / "lib/modules").rglob("*.ko")
    return sorted(path.stem for path in modules
                  if re.search("/io-pgtable/kunit/.*-kunit.ko|arm-smmu-v3-test.ko", str(path)))


def run_suites(scenario):
    """Boot once. The guest loads modules with KUnit suites, one after the other."""
    directory, command = prepare(scenario)
    run = boot(command, directory, scenario.quiet_limit, scenario.time_limit, harmless=scenario.harmless)
    log = "\n".join(run.lines)
    verdicts = []
    for module in suite_modules(scenario):
        verdicts += judge_module(module, log, directory)
        if scenario.kernel == "kunit":
            verdicts += judge_operations(module, log)
    if not verdicts:
        verdicts.append(Verdict("ERROR", scenario.name, "there is no module with suites"))
    verdicts += [judge(run) for judge in scenario.host]
    if run.trouble:
        verdicts.append(Verdict("FAIL", "the console is clean", run.trouble))
    elif "kunit: all modules done" not in log:
        verdicts.append(Verdict("FAIL", "the guest ran the suites of all modules"))
    return verdicts, console(scenario, run)


def find_module(module, log):
    return re.search(rf"kunit module begins: {module}\n(.*?)kunit module ends: {module}, "
                     r"modprobe status (\d+)", log, re.S)


def judge_operations(module, log):
    """Judge the length of the random sequences. Only kernels without KASAN are fast enough for the full length."""
    match = find_module(module, log)
    runs = re.findall(r"random_sequence: (\d+) random operations", match[1]) if match else []
    if not runs:
        return []
    total = sum(map(int, runs))
    return [Verdict("PASS" if total >= OPERATIONS else "FAIL",
                    f"{module}: at least {OPERATIONS} random operations",
                    f"{total} on {len(runs)} kinds of tables")]


def judge_module(module, log, directory):
    match = find_module(module, log)
    if not match:
        return [Verdict("ERROR", module, "its suites did not run to their end")]
    if module.startswith("stock-"):
        return judge_stock(module, match[1].splitlines())
    if match[2] != "0":
        return [Verdict("ERROR", module, f"modprobe status {match[2]}")]
    return judge_ktap(match[1].splitlines(), directory, module)
