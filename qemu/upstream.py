# SPDX-License-Identifier: GPL-2.0-only
"""Test `make series`: each patch must have kernel style, build without a new warning, and leave a kernel that boots.
The page of the kernel's documentation must be rendered."""

import dataclasses
import re
import shutil
import subprocess
import time

import matrix
from guest import BUILD, PRISTINE, SERIES, SOURCE, TOP, Verdict
from scenarios import Scenario, run_scenario

FOLDER = BUILD / "series"
PATCHES = FOLDER / "patches"
DOCS = FOLDER / "docs"
PAGE = "io-pgtable"     # Documentation/driver-api/io-pgtable.rst
TREE = FOLDER / f"series-linux-{SERIES}"
AUTHOR = "A U Thor <author@example.org>"
BOOT = Scenario("series-boot", "An NVMe works behind the SMMU", script="series", kernel="series")
# Ignored types of checkpatch. checkpatch asks each patch that adds a file to change MAINTAINERS, although an earlier
# patch has listed the folder. The devicetree of a test has an undocumented device. lint/lint explains the types for
# tracepoints. 6.12 has no kmalloc_obj().
EXCUSED = ("FILE_PATH_CHANGES", "UNDOCUMENTED_DT_STRING", "ALLOC_WITH_SIZEOF", "OPEN_ENDED_LINE",
           "PARENTHESIS_ALIGNMENT")


def write_patches():
    """Write the series. Return the patches in order, without the cover letter."""
    shutil.rmtree(PATCHES, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run([TOP / "overlay/overlay", "series", PRISTINE, "--out", PATCHES, "--author", AUTHOR],
                   check=True, stdout=subprocess.DEVNULL)
    return sorted(PATCHES.glob("*.patch"))[1:]


# --- style

def check_style():
    """Run the kernel's checkpatch on each patch."""
    return [style_of(patch) for patch in write_patches()], ""


def style_of(patch):
    done = subprocess.run(["scripts/checkpatch.pl", "--strict", "--terse", "--show-types", "--no-summary",
                           f"--ignore={','.join(EXCUSED)}", patch], cwd=PRISTINE, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    found = done.stdout.replace(f"{PATCHES}/", "").splitlines()
    return Verdict("FAIL" if found or done.returncode else "PASS", f"{patch.name} has kernel style",
                   "; ".join(found[:20]))


# --- documentation

def check_docs():
    """Run the kernel's `make htmldocs` for our page alone: all pages of driver-api take a quarter of an hour."""
    shutil.rmtree(DOCS, ignore_errors=True)
    DOCS.mkdir(parents=True)
    subprocess.run(["cp", "-al", SOURCE, DOCS / "linux"], check=True)
    pages = DOCS / "linux/Documentation/driver-api"
    for path in pages.iterdir():
        if path.name != PAGE + ".rst":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (pages / "index.rst").write_text(f"{PAGE}\n{'=' * len(PAGE)}\n\n.. toctree::\n\n   {PAGE}\n")
    done = subprocess.run(["make", f"O={DOCS / 'output'}", "SPHINXDIRS=driver-api", "htmldocs"], cwd=DOCS / "linux",
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    # Without dot, pictures of graphs have a lower quality. The page has no graph.
    found = [line for line in done.stdout.splitlines() if "warning:" in line.lower() and "dot(1)" not in line]
    page = DOCS / f"output/Documentation/output/driver-api/{PAGE}.html"
    missing = exported() - set(re.findall(r'id="c\.(\w+)"', page.read_text() if page.exists() else ""))
    return [Verdict("FAIL" if found or done.returncode else "PASS", "make htmldocs has no warning", "; ".join(found)),
            Verdict("FAIL" if missing else "PASS", "the page has each exported function",
                    " ".join(sorted(missing)))], done.stdout


def exported():
    """Return the exported functions, except for those that only macros of our headers call."""
    return {name for path in (TOP / "drivers/iommu/io-pgtable").glob("*.c") if path.name not in ("direct.c", "trace.c")
            for name in re.findall(r"EXPORT_SYMBOL_GPL\((\w+)\)", path.read_text())}


# --- builds

def build_all():
    """Build after each patch on arm64. On other architectures, build after the first, the middle and the last patch."""
    patches = write_patches()
    shutil.rmtree(TREE, ignore_errors=True)
    # Hard links are safe, because neither patch nor make writes into an existing file.
    subprocess.run(["cp", "-al", PRISTINE, TREE], check=True)
    # make prints the warnings of files that it compiles. Everything is compiled before the first patch.
    for directory in (BUILD / "objects").glob(f"{TREE.name}-*"):
        shutil.rmtree(directory)
    some = {-1, 0, len(patches) // 2, len(patches) - 1}
    steps = len(patches) + 1 + len(some) * (len(matrix.COMPILERS) - 1)
    verdicts, before, step = [], {}, 0
    for number in range(-1, len(patches)):
        name = "before"
        if number >= 0:
            name = patches[number].name
            subprocess.run(["patch", "--silent", "--strip=1", "--fuzz=0", f"--input={patches[number]}"],
                           cwd=TREE, check=True)
        for arch in matrix.COMPILERS:
            if arch == "arm64" or number in some:
                start, step = time.monotonic(), step + 1
                done = build(arch, name, before)
                print(f"{time.monotonic() - start:6.1f} s  {step} of {steps}: {arch} {name}: "
                      + ", ".join(verdict.status for verdict in done), flush=True)
                verdicts += done
    return verdicts, ""


def build(arch, name, before):
    """Build a tree and return verdicts. allmodconfig builds only the relevant folders; a small configuration builds the
    whole kernel. `before` stores the warnings of the tree without patches."""
    log = BUILD / "log" / f"series-{arch}-{name}"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    folders = matrix.Configuration(arch, "allmodconfig", {"WERROR": "n"}, "allmod", source=TREE)
    boots = arch == "arm64"
    if boots:
        whole = matrix.Configuration(arch, "boot", {}, "boot", source=TREE)
    else:
        whole = dataclasses.replace(next(c for c in matrix.matrix() if c.arch == arch and c.linked), source=TREE)
    try:
        matrix.configure(folders, log)
        matrix.make(folders, log, "W=1", *matrix.FOLDERS)
        wrong = matrix.unresolved(folders) if name != "before" else []
        matrix.configure(whole, log)
        matrix.make(whole, log, "Image" if boots else "vmlinux", "modules")
        booted = [boot(whole, log, name)] if boots else []
    except RuntimeError as error:
        return [Verdict("FAIL", f"{arch} {name} builds", str(error))]
    found = warnings(log)
    new = found - before.setdefault(arch, found)
    return [Verdict("FAIL" if wrong or new else "PASS", f"{arch} {name} builds, without a new warning",
                    "; ".join([*wrong, *sorted(new)])), *booted]


def boot(config, log, name):
    """Boot the kernel that was built. An NVMe behind the SMMU must work without a step by hand."""
    kernel = BUILD / "kernel" / BOOT.kernel
    shutil.rmtree(kernel, ignore_errors=True)
    kernel.mkdir(parents=True)
    matrix.make(config, log, f"INSTALL_MOD_PATH={kernel}", "INSTALL_MOD_STRIP=1", "modules_install")
    shutil.copy(matrix.objects(config) / "arch/arm64/boot/Image", kernel)
    shutil.copy(matrix.objects(config) / ".config", kernel / "config")
    wrong = [f"{verdict.name}: {verdict.observed}" for verdict in run_scenario(BOOT)[1] if verdict.status != "PASS"]
    return Verdict("FAIL" if wrong else "PASS", f"arm64 {name} boots", "; ".join(wrong))


def warnings(log):
    """Return the warnings in a log, without line numbers."""
    return {f"{path}: {text}" for path, text in
            re.findall(r"(?m)^(?:\.\./)*(\S+?):[\d:]+ (warning: .*)$", log.read_text())}
