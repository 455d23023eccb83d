# SPDX-License-Identifier: GPL-2.0-only
"""Test `make series`: each patch must build without a new warning and have kernel style."""

import dataclasses
import re
import shutil
import subprocess

import matrix
from guest import BUILD, PRISTINE, SERIES, TOP, Verdict

FOLDER = BUILD / "series"
PATCHES = FOLDER / "patches"
TREE = FOLDER / f"series-linux-{SERIES}"
AUTHOR = "A U Thor <author@example.org>"
# Ignored types of checkpatch. The last patch changes MAINTAINERS, but checkpatch asks for that change in each patch.
# The devicetree of a test has an undocumented device. lint/lint explains the types for compat.h and tracepoints.
EXCUSED = ("FILE_PATH_CHANGES", "UNDOCUMENTED_DT_STRING", "LINUX_VERSION_CODE",
           "CONSTANT_COMPARISON", "OPEN_ENDED_LINE", "PARENTHESIS_ALIGNMENT")


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


# --- builds

def build_all():
    """Build after each patch on arm64. On other architectures, build after the first, the middle and the last patch."""
    patches = write_patches()
    shutil.rmtree(TREE, ignore_errors=True)
    # Hard links are safe, because neither patch nor make writes into an existing file.
    subprocess.run(["cp", "-al", PRISTINE, TREE], check=True)
    some = {0, len(patches) // 2, len(patches) - 1}
    verdicts, before = [], {}
    for number in range(-1, len(patches)):
        name = "before"
        if number >= 0:
            name = patches[number].name
            subprocess.run(["patch", "--silent", "--strip=1", "--fuzz=0", f"--input={patches[number]}"],
                           cwd=TREE, check=True)
        for arch in matrix.COMPILERS:
            if arch == "arm64" or number < 0 or number in some:
                verdicts += build(arch, name, before)
    return verdicts, ""


def build(arch, name, before):
    """Build a tree and return verdicts. allmodconfig builds only the relevant folders; a small configuration builds the
    whole kernel. `before` stores the warnings of the tree without patches."""
    log = BUILD / "log" / f"series-{arch}-{name}"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    folders = matrix.Configuration(arch, "allmodconfig", {"WERROR": "n"}, "allmod", source=TREE)
    whole = dataclasses.replace(next(c for c in matrix.matrix() if c.arch == arch and c.linked),
                                source=TREE)
    try:
        matrix.configure(folders, log)
        matrix.make(folders, log, "W=1", *matrix.FOLDERS)
        wrong = matrix.unresolved(folders) if name != "before" else []
        matrix.configure(whole, log)
        matrix.make(whole, log, "vmlinux", "modules")
    except RuntimeError as error:
        return [Verdict("FAIL", f"{arch} {name} builds", str(error))]
    found = warnings(log)
    new = found - before.setdefault(arch, found)
    return [Verdict("FAIL" if wrong or new else "PASS", f"{arch} {name} builds, without a new warning",
                    "; ".join([*wrong, *sorted(new)]))]


def warnings(log):
    """Return the warnings in a log, without line numbers."""
    return {f"{path}: {text}" for path, text in
            re.findall(r"(?m)^(?:\.\./)*(\S+?):[\d:]+ (warning: .*)$", log.read_text())}
