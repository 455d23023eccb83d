# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel tree becomes: computed from the original tree and this
repository, and verified. Nothing is written to either.

A plan is {path: contents, or None for a file that goes}.
"""
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile

import git
from edits import (DESCENDS, add_rust_softdep, convert_drivers, convert_rust,
                   install_hooks, list_maintained, list_page, offer_rockchip,
                   pin_in_rust_probe, replace_menu, replace_objects, unknown_drivers)
from errors import OverlayError, UnexpectedSource, say
from kernels import KERNELS
from tree import MARK, STORE
from unknown import callers, report, uses_mali

HERE = os.path.dirname(os.path.realpath(__file__))
REPO = os.path.dirname(HERE)
FOLDER = "drivers/iommu/io-pgtable"
# Sources, build files, ABI entries, the page; no hidden ones, backups, objects, generated *.mod.c.
OURS = re.compile(
    r"(?!\.)(.*((?<!\.mod)\.[chS]|\.sh)|Makefile|Kbuild|Kconfig|debugfs-[a-z-]+|io-pgtable\.rst)$")


def make_plan(tree):
    """Return the full version of the kernel, and the plan for it."""
    kernel, version = identify(tree)
    say(f"Linux {version} in {tree.root}")
    check_store(tree)
    ours = our_files()
    check_not_there(tree, kernel, ours)
    try:
        plan = edit_tree(tree, kernel)
    except UnexpectedSource as error:
        raise OverlayError(error.path, error.reason,
                           remedy(kernel, version)) from None
    plan.update(ours)
    say(f"computed: {len(ours)} files come from here, "
        f"{len(plan) - len(ours)} of the kernel's are edited or go")
    return version, plan


def edit_tree(tree, kernel):
    """Plan for all files of the kernel's."""
    check_stock(tree, kernel)
    plan = dict.fromkeys(kernel.stock)
    plan.update(edit_makefile(tree, kernel))
    plan.update(edit_packaging(tree))
    plan.update(edit_documentation(tree))
    plan.update(edit_kconfigs(tree, kernel))
    plan.update(convert_sources(tree, kernel))
    plan.update(edit_rust(tree, kernel))
    return plan


def remedy(kernel, version):
    """Advice for a tree that is not as expected.

    The unchanged source of some releases is known to be converted: a tree of
    one of those has been changed. With any other release that is not known.
    """
    if version in kernel.converts:
        return f"This tool converts the source of Linux {version} as Debian " \
               "packages it, so the tree has been changed there: use an " \
               "unchanged one, or take that change out"
    return "This tool is known to convert Linux " \
           f"{', '.join(kernel.converts)}. {version} is not one of these, and " \
           "may differ there even if nobody has changed the tree. Use one of those releases, or report that " \
           f"{version} is not converted"


def identify(tree):
    """Return the entry in KERNELS and the full version of a tree."""
    version = tree.release()
    if version is None or tree.original("drivers/iommu/Kconfig") is None:
        raise OverlayError(tree.root, "this is not a kernel source tree",
                           "Give KDIR=<the top of one>, for instance unpacked "
                           "from /usr/src/linux-source-6.12.tar.xz")
    series = version[:version.rindex(".")]
    if series not in KERNELS:
        packages = ", ".join(k.package for k in KERNELS.values())
        raise OverlayError(f"{tree.root}/Makefile",
                           f"Linux {version} is not supported",
                           f"Use the source of one of: {packages}")
    return KERNELS[series], version


def check_store(tree):
    """Refuse a tree that has the overlay but not the originals."""
    if tree.overlaid or DESCENDS not in (tree.current("drivers/iommu/Makefile") or b""):
        return
    where = shlex.quote(tree.root)
    remedy, lines = "Take the patch out with patch -R -p1, or use a fresh tree", ()
    commit = git.commit_that_added(tree.root, MARK)
    if git.head_blob(tree.root, MARK) and commit:
        remedy = "Git has the overlay in a commit. To have another one"
        lines = (f"git -C {where} revert --no-edit {commit}", f"make overlay KDIR={where}")
    elif git.head_blob(tree.root, "Makefile"):
        remedy = "Git has the originals. To have the overlay again, with your own changes to " \
                 "these folders put in git's stash"
        lines = (f"git -C {where} stash push -u -- " + " ".join(
            top for top in ("Documentation", "drivers", "include", "rust", "scripts")
            if os.path.isdir(tree.at(top))),
            f"make overlay KDIR={where}")
    raise OverlayError(tree.root, "the overlay is in this tree, but its store with the originals "
                       f"is not: a commit or a patch brought the overlay, or {STORE} was deleted "
                       "(`git clean -x` does that)", remedy, lines)


def check_not_there(tree, kernel, ours):
    """Refuse a tree that has files where ours would come."""
    for path in sorted(set(ours) - set(kernel.stock)):
        if tree.original(path) is not None:
            raise OverlayError(
                f"{tree.root}/{path}", "this file is there already, and not "
                "from this tool: somebody else's overlay, or our patch",
                "Take that out first (patch -R -p1), or use a fresh tree")


def check_stock(tree, kernel):
    """Refuse a tree whose files that we replace are not known to us."""
    for path, known in kernel.stock.items():
        data = tree.original(path)
        if data is None:
            raise UnexpectedSource(f"{tree.root}/{path}", "the file is missing")
        if hashlib.sha256(data).hexdigest() not in known:
            seen = ", ".join(sorted(set(known.values())))
            raise UnexpectedSource(
                f"{tree.root}/{path}", "we replace this file, and it is not "
                f"as in Linux {seen}")


def our_files():
    """Return {path in the kernel tree: contents} of what this repository has."""
    places = (("include/linux", "include/linux"),
              ("include/trace/events", "include/trace/events"),
              (FOLDER, FOLDER), ("kunit", f"{FOLDER}/kunit"),
              ("initramfs", f"{FOLDER}/initramfs"),
              ("Documentation/ABI/testing", "Documentation/ABI/testing"),
              ("Documentation/driver-api", "Documentation/driver-api"))
    found = {f"{FOLDER}/Kconfig": os.path.join(REPO, "Kconfig")}
    for here, there in places:
        top = os.path.join(REPO, here)
        for folder, _, names in os.walk(top):
            sub = os.path.normpath(os.path.join(
                there, os.path.relpath(folder, top)))
            found.update({f"{sub}/{name}": os.path.join(folder, name)
                          for name in names if OURS.match(name)})
    needed = ("Kconfig", "Makefile", "core.c")
    for path in [f"{FOLDER}/{name}" for name in needed] + \
                ["include/linux/io-pgtable.h"]:
        if not os.path.isfile(found.get(path, "")):
            raise OverlayError(path, f"this file of ours is missing in {REPO}",
                               "Get a complete copy of this repository")
    return {path: read(source) for path, source in sorted(found.items())}


def edit_makefile(tree, kernel):
    """Plan for drivers/iommu/Makefile."""
    path = "drivers/iommu/Makefile"
    text = replace_objects(tree.text(path), kernel, f"{tree.root}/{path}")
    text = offer_rockchip(text, f"{tree.root}/{path}")
    return {path: text.encode()}


def edit_packaging(tree):
    """Plan for what makes a Debian package of the kernel."""
    path = "scripts/package/builddeb"
    text = install_hooks(tree.text(path), f"{tree.root}/{path}")
    return {path: text.encode()}


def edit_documentation(tree):
    """Plan for the lists that name our page and our files."""
    edits = {"Documentation/driver-api/index.rst": list_page, "MAINTAINERS": list_maintained}
    return {path: edit(tree.text(path), f"{tree.root}/{path}").encode()
            for path, edit in edits.items()}


def edit_rust(tree, kernel):
    """Plan for the abstraction for drivers in Rust, and for these."""
    edits = {"abstraction": convert_rust, "probe": pin_in_rust_probe,
             "module": add_rust_softdep}
    return {path: edits[part](tree.text(path), f"{tree.root}/{path}").encode()
            for path, part in kernel.rust.items()}


def edit_kconfigs(tree, kernel):
    """Plan for every Kconfig file that knows the formats."""
    plan, selects, sources = {}, [], {}
    menu = "drivers/iommu/Kconfig"
    for path in kconfig_files(tree):
        if b"IOMMU_IO_PGTABLE" not in tree.original(path):
            continue
        old = tree.text(path)
        new = old
        if path == menu:
            new = replace_menu(old, kernel, f"{tree.root}/{path}")
        unknown = callers(tree, kernel, os.path.dirname(path))
        sources.update(unknown)
        selects += [(path, *found) for found in unknown_drivers(new, kernel)]
        new = convert_drivers(new, kernel, uses_mali(unknown))
        if new != old:
            plan[path] = new.encode()
    report(selects, sources)
    wanted = [(name, f"imply {symbol}") for name, symbols in kernel.instead.items()
              for symbol in symbols]
    wanted += [(driver.symbol, "select IOMMU_IO_PGTABLE_LIB")
               for driver in kernel.drivers if driver.ranges]
    for name, line in wanted:
        if not any(re.search(rf"(?m)^config {name}$(\n.+)*{line}$",
                             text.decode()) for text in plan.values()):
            raise UnexpectedSource(tree.root,
                                   f"no Kconfig file has {name} as expected")
    return plan


def kconfig_files(tree):
    """Yield every Kconfig file of the original tree, sorted by path."""
    found = []
    for folder, folders, names in os.walk(tree.root):
        folders[:] = [f for f in folders if not f.startswith(".")]
        found += [os.path.relpath(os.path.join(folder, name), tree.root)
                  for name in names if name.startswith("Kconfig")
                  and not os.path.islink(os.path.join(folder, name))]
    gone = [path for path in tree.manifest["files"] if path not in found
            and os.path.basename(path).startswith("Kconfig")]
    for path in sorted(found + gone):
        if tree.original(path) is not None:
            yield path


def convert_sources(tree, kernel):
    """Plan for the files that semantic patches change."""
    if not shutil.which("spatch"):
        raise OverlayError("spatch", "the command is not installed",
                           "Install the Debian package coccinelle")
    texts = {}
    for conversions in (kernel.conversions, kernel.ranges, kernel.calls):
        texts.update(convert(tree, texts, conversions))
    return {path: text.encode() for path, text in texts.items()}


def convert(tree, texts, conversions):
    """Return {path: text} of what semantic patches, one a file, make of these
    texts, or of the tree's if there is none. A text may be for another file."""
    runs = []
    with tempfile.TemporaryDirectory(prefix="io-pgtable-overlay-") as stage:
        try:
            for conversion in conversions:
                path = conversion.path
                runs.append(Spatch(stage, conversion,
                                   texts.get(path) or tree.text(path)))
            for run in runs:
                run.result()
                check_counts(f"{tree.root}/{run.conversion.path}", run)
        finally:
            for run in runs:
                run.stop()
    return {run.conversion.into or run.conversion.path: run.new for run in runs}


class Spatch:
    """A semantic patch at work on a text. Several run at the same time."""

    def __init__(self, stage, conversion, text):
        self.conversion, self.old, self.new = conversion, text, None
        self.cocci = os.path.join(HERE, "cocci", conversion.cocci)
        self.file = os.path.join(stage, conversion.path.replace("/", "-"))
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        self.process = subprocess.Popen(
            ["spatch", "--very-quiet", "--no-includes", "--no-show-diff",
             "--sp-file", self.cocci, "--in-place", self.file], cwd=stage,
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def result(self):
        """Wait for it: the new text is then in `new`."""
        output = self.process.communicate()[0]
        if self.process.returncode:
            raise OverlayError(
                self.cocci, f"spatch failed on {self.conversion.path}: "
                f"{' '.join(output.split())}",
                "This is a defect of the tool or of spatch: report it")
        # spatch loses blank lines between functions that take the place of others.
        self.new = re.sub(r"(?m)^}\n(?=static )", "}\n\n", read(self.file).decode())

    def stop(self):
        """End it if it is still at work, which nobody waits for any more."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()


def check_counts(path, run):
    """Refuse the outcome of a semantic patch that is not the one foreseen."""
    for string, expected in run.conversion.adds.items():
        added = run.new.count(string) - run.old.count(string)
        if added != expected:
            raise UnexpectedSource(
                path, f"{run.conversion.cocci} should add {expected} times "
                f"`{string}` and added {added}")


def read(path):
    """Return a file's bytes."""
    with open(path, "rb") as file:
        return file.read()
