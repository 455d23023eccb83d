# SPDX-License-Identifier: GPL-2.0-only
"""Finds the text of the kernel's files that the overlay replaces, as a known release has them.

This repository only has git's object names of these files, not their text. The text
is searched on this machine: in the history of the tree if the tree is a git
repository, in trees that this repository's commands have unpacked or downloaded,
and in Debian's linux-source packages.
"""
import difflib
import glob
import os
import re
import tarfile

import git
from edits import menu_text

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.path.join(os.path.dirname(HERE), "build")
PACKAGED = ("/usr/src", f"{BUILD}/package/usr/src", f"{BUILD}/*/package/usr/src")
UNPACKED = (f"{BUILD}/pristine", f"{BUILD}/*/pristine")
MENU = "drivers/iommu/Kconfig"


class Known:
    """Contents of the files of a series, read on demand."""

    def __init__(self, tree, kernel):
        self.tree, self.kernel = tree, kernel
        self.names = {path: tuple(known) for path, known in kernel.stock.items()}
        self.names[MENU] = (kernel.menu_blob,)
        self.packed = None

    def contents(self, path):
        """Return the contents of a file, None if this machine does not have them."""
        for name in self.names[path]:
            data = git.ask(self.tree.root, "cat-file", "blob", name)
            if data is not None:
                return data
        for data in (*self.unpacked(path), *self.from_packages(path)):
            if git.blob_name(data) in self.names[path]:
                return data
        return None

    def unpacked(self, path):
        """Yield the contents of a file in trees that this repository's commands have unpacked."""
        for place in UNPACKED:
            for name in glob.glob(f"{place}/{self.kernel.package}/{path}"):
                with open(name, "rb") as file:
                    yield file.read()

    def from_packages(self, path):
        """Return the contents of a file in packages. A package is read once, since it is large."""
        if self.packed is None:
            self.packed = [{}]
            for place in PACKAGED:
                for name in glob.glob(f"{place}/{self.kernel.package}.tar.xz"):
                    self.packed.append(self.read_package(name))
        return [files[path] for files in self.packed if path in files]

    def read_package(self, name):
        """Return {path: contents} of all files that may be needed."""
        files = {}
        with tarfile.open(name, "r|xz") as package:
            for member in package:
                path = member.name.partition("/")[2]
                if path in self.names and member.isfile():
                    files[path] = package.extractfile(member).read()
                if len(files) == len(self.names):
                    break
        return files

    def difference(self, path):
        """Return lines of a diff from the release's file to the tree's. For Kconfig: of the menu."""
        theirs = self.contents(path)
        if theirs is None:
            return [f"(no diff: the file of Linux {self.versions(path)} is not on this machine. To see it: "
                    f"install {self.kernel.package}, or `git fetch` its release into the tree's repository)"]
        texts = [data.decode(errors="replace") for data in (theirs, self.tree.original(path))]
        if path == MENU:
            texts = [menu_text(text, self.kernel, path) for text in texts]
        return [line.rstrip("\n") for line in difflib.unified_diff(
            *(text.splitlines() for text in texts), f"Linux {self.versions(path)}",
            f"this tree: {path}", lineterm="")]

    def versions(self, path):
        """Return the releases that have the known contents of a file."""
        known = self.kernel.menu_sha256 if path == MENU else self.kernel.stock[path]
        return ", ".join(dict.fromkeys(known.values()))

    def own_names(self, ours):
        """Return constants that only the tree's header has, not the release's and not ours."""
        path = "include/linux/io-pgtable.h"
        have = [self.tree.original(path) or b"", self.contents(path) or b"", ours[path]]
        found, *others = (set(re.findall(rb"\b[A-Z][A-Z0-9_]{4,}\b", re.sub(
            rb"(?s)/\*.*?\*/|//[^\n]*", b"", data))) for data in have)
        return {name.decode() for name in found.difference(*others)
                if not name.endswith(b"_H") and not name.startswith(b"CONFIG_")}
