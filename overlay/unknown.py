# SPDX-License-Identifier: GPL-2.0-only
"""Reports users of io-pgtable that are not converted, with the changes that they need.

Such a driver selects a format in Kconfig, or allocates tables in C. The driver is
not in kernels.py, or is named by SKIP. Its select must stay: an unconverted driver
does not pin the format, and does not return the cause of a failed allocation.
"""
import os
import re

from errors import say

ALLOC = re.compile(r"\balloc_io_pgtable_ops\(")
PROVIDES = re.compile(r"\bstruct io_pgtable_init_fns \w+ = \{")
BY_POINTER = re.compile(r"(\b[a-z][\w>.-]*)->(?:map_pages|unmap_pages|iova_to_phys)\(\1[,)]")
MALI = b"ARM_MALI_LPAE"
# Formats that a driver may use, with their Kconfig symbols and modules
FORMATS = (
    ("ARM_(?:32|64)_LPAE_S[12]", "IOMMU_IO_PGTABLE_LPAE", "io-pgtable-arm-lpae"),
    ("ARM_V7S", "IOMMU_IO_PGTABLE_ARMV7S", "io-pgtable-arm-v7s"),
    ("ARM_MALI_LPAE", "IOMMU_IO_PGTABLE_MALI", "io-pgtable-arm-mali-lpae"),
    ("APPLE_DART2?", "IOMMU_IO_PGTABLE_APPLE_DART", "io-pgtable-apple-dart"),
)
ADVICE = "unconverted drivers build and work as before, but a built-in driver forces " \
         "its format to be built in. How to convert a driver: " \
         "Documentation/drivers.rst, \"Drivers that the overlay does not know\""
OWN_NAMES = "A format of your own has a name and needs no number. Its driver passes it a struct " \
            "in format_cfg: Documentation/your-tree.rst"


def sources(tree, folder):
    """Yield (path, text) of all C sources below a folder of the original tree."""
    for where, folders, names in os.walk(tree.at(folder)):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(where, name), tree.root)
            if name.endswith((".c", ".h")) and not os.path.islink(tree.at(path)):
                data = tree.original(path)
                if data is not None:
                    yield path, data


def callers(tree, kernel, folder):
    """Return {path: contents} of unknown sources below a folder that use the API."""
    known = {*kernel.stock, *kernel.unconverted,
             *(conversion.path for conversion in kernel.conversions)}
    return {path: data for path, data in sources(tree, folder)
            if path not in known and b"io_pgtable" in data and needs(data.decode(errors="replace"))}


def uses_mali(users):
    """Return whether a source uses Mali's format, which was part of LPAE."""
    return any(MALI in data for data in users.values())


def line_of(pattern, text):
    """Return the number of the first line that matches a pattern."""
    return text.count("\n", 0, re.search(pattern, text).start()) + 1


def needs(text):
    """Return a sentence for each unconverted use in a source: the use, and the changes needed."""
    found = []
    if ALLOC.search(text):
        used = [(fmt, *rest) for fmt, *rest in FORMATS if re.search(rf"\b{fmt}\b", text)]
        implied = ", ".join(f"`imply {symbol}`" for _, symbol, _ in used) or "`imply` of its formats"
        names = sorted({name for fmt, _, _ in used for name in re.findall(rf"\b{fmt}\b", text)})
        modules = " ".join(module for _, _, module in used) or "MODULE"
        found.append(
            f"calls alloc_io_pgtable_ops(), in line {line_of(ALLOC, text)}. Needed: {implied} in Kconfig; "
            f"devm_io_pgtable_get_format() in probe, of {' '.join(names) or 'its formats'}; io_pgtable_alloc() "
            f"and IS_ERR(); MODULE_SOFTDEP(\"pre: {modules}\")")
        count = len(BY_POINTER.findall(text))
        if count:
            found.append(f"calls a table by pointer (calls: {count}, first in line "
                         f"{line_of(BY_POINTER, text)}). Needed: spatch --sp-file overlay/cocci/calls.cocci")
    if PROVIDES.search(text):
        found.append(
            f"provides a format, in line {line_of(PROVIDES, text)}, which no driver finds. Needed: "
            "#include <linux/io-pgtable-format.h>, module_io_pgtable_formats(), MODULE_ALIAS_IO_PGTABLE(): "
            "Documentation/providers.rst")
    return found


def report_names(tree, kernel, names):
    """Report the sources that use names which only the tree's own header has."""
    if not names:
        return
    say(f"only this tree's io-pgtable.h has: {' '.join(sorted(names))}")
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")
    for folder in ("drivers/iommu", "drivers/gpu"):
        for path, data in sources(tree, folder):
            text = data.decode(errors="replace")
            used = sorted(set(pattern.findall(text)))
            if used and path not in kernel.stock:
                say(f"will not compile: {path}, line {line_of(pattern, text)}, uses {' '.join(used)}. {OWN_NAMES}")


def report(selects, users):
    """Report unconverted users.

    `selects`: (Kconfig file, driver, symbol), `users`: {path: contents}.
    """
    for path, driver, symbol in selects:
        say(f"not converted: {path}: {driver} selects {symbol}, which stays")
    for path, data in sorted(users.items()):
        for sentence in needs(data.decode(errors="replace")):
            say(f"not converted: {path} {sentence}")
    if selects or users:
        say(ADVICE)
