# SPDX-License-Identifier: GPL-2.0-only
"""Selects the conversions for a tree: those of its series, or of the nearest known
series, without drivers that the tree lacks and without drivers that SKIP names.
"""
import os
import re

from errors import OverlayError, say
from kernels import KERNELS, PLACES, PROVIDERS, releases_between, series_number

OLDEST = (6, 6)


def choose(tree, version):
    """Return the series that a tree is treated as, and a list of other series, nearest first.

    If the tree's own series is known, the list is empty. Otherwise the nearest series is
    the one with the most similar formats in Kconfig, then the one with the fewest
    releases in between.
    """
    series = version[:version.rindex(".")]
    if series_number(series) < OLDEST:
        packages = ", ".join(kernel.package for kernel in KERNELS.values())
        raise OverlayError(f"{tree.root}/Makefile", f"Linux {version} is not supported: the core "
                           f"needs {'.'.join(map(str, OLDEST))} or later",
                           f"Use a later one, or the source of one of: {packages}")
    order = sorted(KERNELS.values(), key=lambda kernel: (
        kernel.series != series and menu_difference(tree, kernel),
        releases_between(series, kernel.series)))
    kernel = order[0]
    if kernel.series != series:
        say(f"Linux {series} is not known here: taken for Linux {kernel.series}, the nearest that is")
    return kernel, [] if kernel.series == series else order[1:]


def menu_difference(tree, kernel):
    """Return the number of symbols of formats that only the tree, or only the series, has."""
    text = (tree.original("drivers/iommu/Kconfig") or b"").decode(errors="replace")
    return len(set(kernel.menu_symbols) ^ set(re.findall(r"(?m)^config (IOMMU_IO_PGTABLE\w*)$", text)))


def leave(kernel, words):
    """Return the kernel without the drivers that SKIP names."""
    names = names_of(kernel)
    unknown = [word for word in words if word.lower() not in names]
    if unknown:
        known = " ".join(sorted(symbol for symbol in {*names.values()} - {*PROVIDERS}))
        raise OverlayError(f"SKIP={' '.join(unknown)}", "there is no such driver", f"There are: {known}")
    symbols = {names[word.lower()] for word in words}
    for symbol in symbols.intersection(PROVIDERS):
        raise OverlayError(f"SKIP={symbol}", "this code provides formats, and must be converted to register them",
                           "Adapt its conversion: Documentation/your-tree.rst")
    if symbols:
        say(f"left as they are: {' '.join(sorted(symbols))}")
    return kernel.without(symbols)


def names_of(kernel):
    """Return {name of a driver in lower case: its symbol}. A driver has several names."""
    names = {symbol.lower(): symbol for symbol, _ in PLACES if kernel.paths_of(symbol)}
    names |= {driver.name.split()[0].lower(): driver.symbol for driver in kernel.drivers
              if driver.symbol.lower() in names}
    names |= {os.path.basename(place.rstrip("/")): symbol for symbol, place in PLACES
              if symbol.lower() in names}
    return names


def present(tree, kernel, others, configs):
    """Return the kernel with exactly the drivers that the tree has. Drivers of other
    series are added if they use io-pgtable. A driver is absent if the tree has neither its
    files nor its symbol. `configs`: {Kconfig symbol: its entry}."""
    for other in others:
        for symbol, _ in PLACES:
            uses = symbol == "RUST" or "select IOMMU_IO_PGTABLE" in configs.get(symbol, "")
            if uses and not kernel.paths_of(symbol) and has_all(tree, other.paths_of(symbol)):
                kernel = kernel.with_driver_of(other, symbol)
    absent = {symbol for symbol, _ in PLACES if kernel.paths_of(symbol) and symbol not in configs
              and not any(tree.original(path) is not None for path in kernel.paths_of(symbol))}
    if "RUST" in absent:
        absent.add("DRM_TYR")       # has no tables without the abstraction
    if absent:
        say(f"not in this tree: {' '.join(sorted(absent))}")
    return kernel.without(absent)


def has_all(tree, paths):
    """Return whether a tree has all of the files. False if there are no files."""
    return bool(paths) and all(tree.original(path) is not None for path in paths)
