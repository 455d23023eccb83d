# SPDX-License-Identifier: GPL-2.0-only
"""Computes the converted kernel tree from the original tree and this repository, and
verifies it. Nothing is written to the tree or the repository.

A plan is {path: contents, or None for a file that is deleted}.
"""
import os
import re
import shlex
import shutil
import subprocess
import tempfile

import git
from edits import (DESCENDS, add_rust_softdep, convert_drivers, convert_rust,
                   entries, install_hooks, knows_menu, list_maintained, list_page,
                   offer_rockchip, pin_in_rust_probe, replace_menu, replace_objects,
                   unknown_drivers, without_entry)
from errors import OverlayError, UnexpectedSource, say
from fit import choose, leave, present
from kernels import PROVIDERS, owner, series_number
from known import MENU, Known
from rules import explain
from tree import MARK, STORE
from unknown import callers, report, report_names, uses_mali
from versions import for_series

HERE = os.path.dirname(os.path.realpath(__file__))
REPO = os.path.dirname(HERE)
FOLDER = "drivers/iommu/io-pgtable"
# Sources, build files, ABI entries, our page, kunit.py's. Not: other hidden files, backups, objects, *.mod.c.
OURS = re.compile(
    r"(?!\.)(.*((?<!\.mod)\.[chS]|\.sh)|Makefile|Kbuild|Kconfig|debugfs-[a-z-]+|io-pgtable\.rst)$"
    r"|\.kunitconfig$")


def make_plan(tree, skip=(), accept=False):
    """Return the full version of the kernel, and the plan for it. `skip`: drivers that
    are not converted; `accept`: changes of replaced files from known ones may be lost."""
    version = identify(tree)
    say(f"Linux {version} in {tree.root}")
    check_store(tree)
    kernel, others = choose(tree, version)
    ours = our_files(series_number(version))
    check_not_there(tree, kernel, ours)
    kernel = leave(present(tree, kernel, others, kconfig_entries(tree)), skip)
    for other in others:
        kernel = fit(tree, kernel, other)
    problems = []
    plan = edit_tree(tree, kernel, problems)
    lost = check_stock(tree, kernel, ours, problems, accept)
    if problems:
        raise refusal(tree, remedy(kernel, version), problems, skip, accept or lost)
    plan.update(ours)
    if owner_is_left(kernel, "ROCKCHIP_IOMMU"):
        path = f"{FOLDER}/Kconfig"
        plan[path] = without_entry(plan[path].decode(), "ROCKCHIP_IOMMU_IO_PGTABLE").encode()
    say(f"computed: {len(ours)} files of the overlay, "
        f"{len(plan) - len(ours)} files of the kernel edited or deleted")
    return version, plan


def owner_is_left(kernel, symbol):
    """Return whether no file is edited for a driver."""
    return not kernel.paths_of(symbol)


def fit(tree, kernel, other):
    """Return the kernel with drivers that cannot be converted edited as in another series."""
    problems = []
    convert_sources(tree, kernel, problems)
    for symbol in drivers_of(tree, problems):
        trial, left = kernel.with_driver_of(other, symbol), []
        convert_sources(tree, trial, left)
        if symbol not in drivers_of(tree, left):
            say(f"{symbol} is as in Linux {other.series}")
            kernel = trial
    return kernel


def drivers_of(tree, problems):
    """Return the drivers that have problems."""
    found = {problem.symbol or owner(os.path.relpath(problem.path, tree.root))
             for problem in problems}
    return found - {None}


def edit_tree(tree, kernel, problems):
    """Return the plan for all files of the kernel."""
    plan = dict.fromkeys(kernel.stock)
    plan.update(edit_makefile(tree, kernel, problems))
    plan.update(edit_packaging(tree, problems))
    plan.update(edit_documentation(tree, problems))
    plan.update(edit_kconfigs(tree, kernel, problems))
    plan.update(convert_sources(tree, kernel, problems))
    plan.update(edit_rust(tree, kernel, problems))
    return plan


def attempt(problems, edit, path, tree, *args):
    """Return {path: contents} of an edited text. A problem is appended to `problems`."""
    try:
        return {path: edit(tree.text(path), *args, tree.at(path)).encode()}
    except UnexpectedSource as problem:
        problems.append(problem)
        return {}


def refusal(tree, advice, problems, skip, accept):
    """Return the error that lists all problems, and the command that ignores them."""
    left = {*skip, *drivers_of(tree, problems)} - {*PROVIDERS}
    command = f"make overlay KDIR={shlex.quote(tree.root)}"
    if left:
        command += f' SKIP="{" ".join(sorted(left))}"'
        advice += ". SKIP leaves drivers as they are, with their formats built in"
    if accept:
        command += " ACCEPT=yes"
        advice += ". ACCEPT=yes replaces files of this tree, and loses the lines with a plus"
    if left or accept:
        advice += f": {command}"
    count = f"{len(problems)} places" if len(problems) > 1 else "a place"
    return OverlayError(tree.root, f"{count} cannot be edited", f"{advice}. Documentation/your-tree.rst "
                        "explains this", [line for problem in problems for line in problem.lines()])


def remedy(kernel, version):
    """Return advice for a tree that is not as expected.

    The unchanged source of some releases is known to be converted. A tree of such a
    release must have been changed. With any other release the cause is not known.
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
    """Return the full version of a kernel tree."""
    version = tree.release()
    if version is None or tree.original("drivers/iommu/Kconfig") is None:
        raise OverlayError(tree.root, "this is not a kernel source tree",
                           "Give KDIR=<the top of one>, for instance unpacked "
                           "from /usr/src/linux-source-6.12.tar.xz")
    return version


def check_store(tree):
    """Refuse a tree that has the overlay but not the original files."""
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
    """Refuse a tree that has other files in the place of our files."""
    for path in sorted(set(ours) - set(kernel.stock)):
        if tree.original(path) is not None:
            raise OverlayError(
                f"{tree.root}/{path}", "this file is there already, and not "
                "from this tool: somebody else's overlay, or our patch",
                "Take that out first (patch -R -p1), or use a fresh tree")


def check_stock(tree, kernel, ours, problems, accept):
    """Note a problem for each replaced file that is not known, unless `accept`. Return
    whether there is such a problem."""
    known = Known(tree, kernel)
    differ = []
    for path in kernel.stock:
        data = tree.original(path)
        if data is None:
            problems.append(UnexpectedSource(tree.at(path), "the file is missing"))
        elif git.blob_name(data) not in kernel.stock[path]:
            differ.append((path, f"we replace this file, and it is not as in Linux {known.versions(path)}"))
    try:
        if not knows_menu(tree.text(MENU), kernel, tree.at(MENU)):
            differ.append((MENU, "the symbols of the page table formats differ from those of "
                           f"Linux {known.versions(MENU)}"))
    except UnexpectedSource:
        pass        # replace_menu() has reported this
    for path, reason in differ:
        lines = known.difference(path)
        if accept:
            say(f"accepted: {path}: {reason}")
        else:
            problems.append(UnexpectedSource(tree.at(path), reason, None, lines))
    if any(path == "include/linux/io-pgtable.h" for path, _ in differ):
        report_names(tree, kernel, known.own_names(ours))
    return bool(differ) and not accept


def our_files(series):
    """Return {path in the kernel tree: contents} of the files of this repository.

    `series`: what the sources have for other series of the kernel is left out.
    """
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
    ours = {path: read(source) for path, source in sorted(found.items())}
    for path, data in ours.items():
        if path.endswith((".c", ".h")):
            ours[path] = for_series(data.decode(), series).encode()
    return ours


def edit_makefile(tree, kernel, problems):
    """Return the plan for drivers/iommu/Makefile."""
    def edit(text, path):
        text = replace_objects(text, kernel, path)
        return text if owner_is_left(kernel, "ROCKCHIP_IOMMU") else offer_rockchip(text, path)
    return attempt(problems, edit, "drivers/iommu/Makefile", tree)


def edit_packaging(tree, problems):
    """Return the plan for the script that makes a Debian package of the kernel."""
    return attempt(problems, install_hooks, "scripts/package/builddeb", tree)


def edit_documentation(tree, problems):
    """Return the plan for lists that name our page and our files."""
    return (attempt(problems, list_page, "Documentation/driver-api/index.rst", tree)
            | attempt(problems, list_maintained, "MAINTAINERS", tree))


def edit_rust(tree, kernel, problems):
    """Return the plan for drivers in Rust and for their abstraction."""
    edits = {"abstraction": convert_rust, "probe": pin_in_rust_probe,
             "module": add_rust_softdep}
    plan = {}
    for path, part in kernel.rust.items():
        plan.update(attempt(problems, edits[part], path, tree))
    return plan


def edit_kconfigs(tree, kernel, problems):
    """Return the plan for every Kconfig file that names formats."""
    plan, selects, sources = {}, [], {}
    for path in kconfig_files(tree):
        if b"IOMMU_IO_PGTABLE" not in tree.original(path):
            continue
        old = tree.text(path)
        new = old
        if path == MENU:
            new = attempt(problems, lambda text, path: replace_menu(text, kernel, path), path,
                          tree).get(path, old.encode()).decode()
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
            problems.append(UnexpectedSource(
                tree.root, f"no Kconfig file has {name} as expected, with a select of its "
                f"format in whose place `{line}` comes", symbol=name))
    return plan


def kconfig_entries(tree):
    """Return {symbol: its entry} of all Kconfig files that may name formats."""
    found = {}
    for path in kconfig_files(tree):
        if b"IOMMU" in tree.original(path):
            lines = tree.text(path).splitlines()
            found |= {e.name: "\n".join(lines[e.start:e.end]) for e in entries(lines)}
    return found


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


def convert_sources(tree, kernel, problems):
    """Return the plan for the files that semantic patches change."""
    if not shutil.which("spatch"):
        raise OverlayError("spatch", "the command is not installed",
                           "Install the Debian package coccinelle")
    texts = {}
    for conversions in (kernel.conversions, kernel.ranges, kernel.calls):
        texts.update(convert(tree, texts, conversions, problems))
    return {path: text.encode() for path, text in texts.items()}


def convert(tree, texts, conversions, problems):
    """Return {path: text} after semantic patches, one for each file. Input is a text in
    `texts`, or else the tree's file. The result may belong to another path."""
    runs, found = [], {}
    failed = {os.path.relpath(problem.path, tree.root) for problem in problems}
    with tempfile.TemporaryDirectory(prefix="io-pgtable-overlay-") as stage:
        try:
            for conversion in conversions:
                path = conversion.path
                if path in failed:
                    continue
                try:
                    runs.append(Spatch(stage, conversion,
                                       texts.get(path) or tree.text(path)))
                except UnexpectedSource as problem:
                    problems.append(problem)
            for run in runs:
                run.result()
                wrong = wrong_counts(run)
                if wrong:
                    problems.append(explain(tree.at(run.conversion.path), run.conversion,
                                            read(run.cocci).decode(), run.old, wrong))
                else:
                    found[run.conversion.into or run.conversion.path] = run.new
        finally:
            for run in runs:
                run.stop()
    return found


class Spatch:
    """A run of a semantic patch on a text. Several run at the same time. Results are kept,
    since a tree of an unknown series is converted more than once."""
    done = {}

    def __init__(self, stage, conversion, text):
        self.conversion, self.old, self.new = conversion, text, None
        self.cocci = os.path.join(HERE, "cocci", conversion.cocci)
        self.process = None
        if (self.cocci, text) in self.done:
            return
        self.file = os.path.join(stage, conversion.path.replace("/", "-"))
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)
        self.process = subprocess.Popen(
            ["spatch", "--very-quiet", "--no-includes", "--no-show-diff",
             "--sp-file", self.cocci, "--in-place", self.file], cwd=stage,
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def result(self):
        """Wait for the result: the new text is then in `new`."""
        if self.process:
            self.done[self.cocci, self.old] = self.wait()
        self.new = self.done[self.cocci, self.old]

    def wait(self):
        """Wait for the process; return the new text."""
        output = self.process.communicate()[0]
        if self.process.returncode:
            raise OverlayError(
                self.cocci, f"spatch failed on {self.conversion.path}: "
                f"{' '.join(output.split())}",
                "This is a defect of the tool or of spatch: report it")
        # spatch loses blank lines between functions that replace other functions.
        return re.sub(r"(?m)^}\n(?=static )", "}\n\n", read(self.file).decode())

    def stop(self):
        """End the process if it still runs, since its result is no longer needed."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            self.process.communicate()


def wrong_counts(run):
    """Return {string: (expected additions, actual additions)} where the two numbers differ."""
    added = {string: run.new.count(string) - run.old.count(string)
             for string in run.conversion.adds}
    return {string: (expected, added[string])
            for string, expected in run.conversion.adds.items() if added[string] != expected}


def read(path):
    """Return the contents of a file."""
    with open(path, "rb") as file:
        return file.read()
