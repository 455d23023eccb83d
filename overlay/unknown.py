# SPDX-License-Identifier: GPL-2.0-only
"""Drivers of a tree that the tool does not know: left as they are, and named.

Such a driver selects a format in Kconfig, or allocates tables in C, and is not
in kernels.py. The select has to stay: without a conversion the driver neither
pins the format nor tells why a table could not be made.
"""
import os

from errors import say

ALLOC = b"alloc_io_pgtable_ops("
MALI = b"ARM_MALI_LPAE"
ADVICE = "what is not converted builds and works as before, but forces its format " \
         "to be built in where it is built in itself. How to convert it: " \
         "Documentation/drivers.rst, \"Drivers that the overlay does not know\""


def callers(tree, kernel, folder):
    """{path: contents} of sources below a folder that allocate and are not known."""
    known = {*kernel.stock, *kernel.unconverted,
             *(conversion.path for conversion in kernel.conversions)}
    found = {}
    for where, folders, names in os.walk(tree.at(folder)):
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in names:
            path = os.path.relpath(os.path.join(where, name), tree.root)
            if name.endswith((".c", ".h")) and path not in known and \
               not os.path.islink(tree.at(path)):
                data = tree.original(path)
                if data is not None and ALLOC in data:
                    found[path] = data
    return found


def uses_mali(sources):
    """Whether a source uses Mali's format, which was a part of LPAE."""
    return any(MALI in data for data in sources.values())


def report(selects, paths):
    """Name them. `selects`: (Kconfig file, driver, symbol), `paths`: sources."""
    for path, driver, symbol in selects:
        say(f"not converted: {path}: {driver} selects {symbol}, and is not "
            "known here: the select stays")
    for path in sorted(paths):
        say(f"not converted: {path} calls alloc_io_pgtable_ops()")
    if selects or paths:
        say(ADVICE)
