# SPDX-License-Identifier: GPL-2.0-only
"""Writes the change as a series of mails with `git format-patch`."""
import os
import re
import shutil
import tempfile

from errors import OverlayError
from git import Scratch
from mail import ask, date
from plan import HERE, REPO, read

# Figures in the cover letter: the first lines of the page of benchmarks with these names
FIGURES = ("map 4K", "unmap 4K, page", "map 4K x 512", "unmap 4K x 512, page",
           "unmap 4K x 512, range", "map 2M", "unmap 2M, range", "unmap table 2M, range")


def author_of(given, root):
    """Return (name, address), as given or from git's configuration in the kernel tree."""
    match = re.fullmatch(r"\s*([^<>]*[^<>\s])\s*<([^<>\s]+@[^<>\s]+)>\s*", given or "")
    if match:
        return match.groups()
    if given:
        raise OverlayError("AUTHOR", f"`{given}` is not of the form `Name <address>`",
                           'Give AUTHOR="Your Name <you@example.org>"')
    author = tuple(ask("config", f"user.{key}", cwd=root) for key in ("name", "email"))
    missing = [key for key, value in zip(("user.name", "user.email"), author) if not value]
    if missing:
        raise OverlayError("AUTHOR", f"it is not given, and git has no {' and no '.join(missing)} "
                           f"in {root}", "The author signs the patches off: give AUTHOR="
                           '"Your Name <you@example.org>"')
    return author


def check_folder(folder):
    """Refuse a folder that is not empty."""
    if os.path.exists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise OverlayError(folder, "this is not an empty folder", "Give OUT=<a new one>")


def write_series(states, executable, author, version, folder):
    """Write a cover letter, and a patch for each state except the first.

    `executable`: the paths of files that are programs."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
           for key, value in zip(("NAME", "EMAIL", "DATE"), (*author, date()))}
    with tempfile.TemporaryDirectory(prefix="io-pgtable-overlay-") as stage:
        scratch = Scratch(stage, executable, **who)
        last = states[0][1]
        base = head = commit(scratch, last, "original")
        for patch, state in states[1:]:
            head = commit(scratch, state, message(patch, last, state, author), head)
            last = state
        out = os.path.join(stage, "out")
        scratch.run("format-patch", "--quiet", "-o", out, "--cover-letter", "--stat=75",
                    "--full-index", "--find-copies-harder", "-C70%", "--no-signature", "--no-color",
                    f"{base}..{head}")
        fill_cover_letter(os.path.join(out, "0000-cover-letter.patch"), version)
        os.makedirs(folder, exist_ok=True)
        for name in sorted(os.listdir(out)):
            shutil.copyfile(os.path.join(out, name), os.path.join(folder, name))


def commit(scratch, files, text, *parents):
    """Commit {path: contents or None}; return the name of the commit."""
    args = [word for parent in parents for word in ("-p", parent)]
    return scratch.run("commit-tree", scratch.tree(files), *args, text=text).decode().strip()


def message(patch, before, after, author):
    """Return the subject, body and sign-off of a patch."""
    more = [text for path, text in patch.where if before.get(path) != after.get(path)]
    body = "\n\n".join([patch.subject, patch.body, *more])
    return f"{body}\n\nSigned-off-by: {author[0]} <{author[1]}>\n"


def fill_cover_letter(path, version):
    """Replace git's template of a cover letter by ours."""
    template = read(os.path.join(HERE, "cover-letter.txt")).decode().split("\n", 1)[1]   # licence
    subject, _, body = template.partition("\n\n")
    text = read(path).decode().replace("*** SUBJECT HERE ***", subject)
    body = body.format(version=version, figures=figures(version)).rstrip()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("*** BLURB HERE ***", body))


def figures(version):
    """Return the lines of FIGURES from the benchmarks of this kernel, or else of Linux 7.3."""
    series = ".".join(version.split(".")[:2])
    page = os.path.join(REPO, f"Documentation/benchmarks-{series}.rst")
    if not os.path.exists(page):
        series, page = "7.3", os.path.join(REPO, "Documentation/benchmarks-7.3.rst")
    lines = read(page).decode().splitlines()
    head = next(i for i, line in enumerate(lines) if "stock" in line and "ours" in line)
    found = [next((line for line in lines[head:] if re.match(rf"    {re.escape(name)}  ", line)), None)
             for name in FIGURES]
    shown = [lines[head]] + [line for line in found if line]
    return f"Linux {series}:\n\n" + "\n".join(line[2:] for line in shown)
