# SPDX-License-Identifier: GPL-2.0-only
"""Edits of Kconfig and Makefile by structure: text in, text out, no files.

A tree that has lost the structure that an edit needs raises UnexpectedSource,
so that nothing is half edited.
"""
import hashlib
import re
from dataclasses import dataclass

from errors import UnexpectedSource

MENU = "Generic IOMMU Pagetable Support"
OUR_KCONFIG = "drivers/iommu/io-pgtable/Kconfig"
HOOKS = """\
	if is_enabled CONFIG_IOMMU_IO_PGTABLE; then
		sh "${srctree}/drivers/iommu/io-pgtable/initramfs/install.sh" \\
			"${pdir}" "-${KERNELRELEASE}"
	fi
"""

# What ends a config entry: the next entry or block keyword, never indented.
KEYWORD = re.compile(r"(config|menuconfig|choice|endchoice|comment|menu|endmenu"
                     r"|if|endif|source|mainmenu)\b")
ENTRY = re.compile(r"(?:config|menuconfig)\s+(\w+)\s*$")


@dataclass
class Entry:
    """A config entry: lines[start:end], comments that belong to it before."""
    name: str
    start: int
    end: int


def entries(lines):
    """Yield the config entries of a Kconfig file."""
    for start, line in enumerate(lines):
        match = ENTRY.match(line)
        if not match:
            continue
        end = start + 1
        while end < len(lines) and not KEYWORD.match(lines[end]):
            end += 1
        # Comments before the next entry are that entry's.
        while lines[end - 1].startswith("#"):
            end -= 1
        yield Entry(match[1], start, end)


def attributes(lines, entry):
    """Yield the index of each attribute line of an entry, help text left out."""
    help_indent = None
    for i in range(entry.start + 1, entry.end):
        text = lines[i].expandtabs()
        indent = len(text) - len(text.lstrip())
        if not text.strip():
            continue
        if help_indent is not None and indent > help_indent:
            continue
        help_indent = indent if text.strip() == "help" else None
        if help_indent is None:
            yield i


def replace_menu(text, kernel, path):
    """Put our Kconfig in the place of the stock symbols of the formats."""
    lines = text.splitlines(keepends=True)
    if lines.count(f'menu "{MENU}"\n') != 1:
        raise UnexpectedSource(path, f'the menu "{MENU}" is not there once')
    menu = lines.index(f'menu "{MENU}"\n')
    endmenu = lines.index("endmenu\n", menu)
    found = {e.name: e for e in entries(lines) if menu < e.start < endmenu}

    gone = set()
    for name in kernel.menu_symbols:
        if name not in found:
            raise UnexpectedSource(path, f'{name} is not in the menu "{MENU}"')
        entry = found[name]
        while lines[entry.start - 1].startswith("#"):
            entry.start -= 1
        gone.update(range(entry.start, entry.end))

    digest = hashlib.sha256("".join(lines[i] for i in sorted(gone)).encode())
    if digest.hexdigest() not in kernel.menu_sha256:
        raise UnexpectedSource(path, "the symbols of the page table formats differ "
                           f"from those of Linux {kernel.series}")
    out = [line for i, line in enumerate(lines) if i not in gone]
    out[menu + 1:menu + 1] = ["\n", f'source "{OUR_KCONFIG}"\n']
    return "".join(out)


def selects_of_formats(lines, entry, kernel):
    """Yield (index, indent, symbol, rest) of the lines that select a format."""
    for i in attributes(lines, entry):
        match = re.match(r"(\s+)select\s+(\w+)\b(.*\n)", lines[i])
        if match and match[2] in kernel.imply:
            yield i, *match.groups()


def convert_drivers(text, kernel, with_mali=False):
    """Drivers select the core and imply formats, rather than to select those.

    The selects of drivers that are not known stay. `with_mali`: such a driver's
    select of LPAE was for Mali's format, too.
    """
    lines = text.splitlines(keepends=True)
    known = {driver.symbol for driver in kernel.drivers}
    out = {}
    for entry in entries(lines):
        core = [lines[i].split()[1:] for i in attributes(lines, entry)
                if lines[i].split()[:1] == ["select"]]
        for i, indent, symbol, rest in selects_of_formats(lines, entry, kernel):
            if entry.name not in known:
                if with_mali and symbol == "IOMMU_IO_PGTABLE_LPAE":
                    out[i] = f"{lines[i]}{indent}select IOMMU_IO_PGTABLE_MALI{rest}"
                continue
            symbols = kernel.instead.get(entry.name, (symbol,))
            out[i] = "".join(f"{indent}imply {symbol}{rest}" for symbol in symbols)
            if ["IOMMU_IO_PGTABLE", *rest.split()] not in core:
                out[i] = f"{indent}select IOMMU_IO_PGTABLE{rest}" + out[i]
    return "".join(out.get(i, line) for i, line in enumerate(lines))


def unknown_drivers(text, kernel):
    """Return (driver, symbol) for each select of a format by an unknown driver."""
    lines = text.splitlines(keepends=True)
    known = {driver.symbol for driver in kernel.drivers}
    return [(entry.name, symbol) for entry in entries(lines)
            if entry.name not in known
            for _, _, symbol, _ in selects_of_formats(lines, entry, kernel)]


def complete_flush_ops(text, path):
    """Rust wants all members of a struct named, the one that we add, too."""
    last = "    tlb_add_page: None,\n"
    if text.count(last + "};\n") != 1:
        raise UnexpectedSource(path, "there is not one iommu_flush_ops that ends "
                           "with `tlb_add_page: None`")
    return text.replace(last, last + "    tlb_add_range: None,\n")


def replace_objects(text, kernel, path):
    """Have drivers/iommu/Makefile descend into our folder, in place of objects."""
    lines = text.splitlines(keepends=True)
    gone = []
    for obj in kernel.objects:
        rule = re.compile(r"obj-\$\(CONFIG_IOMMU_IO_PGTABLE\w*\)\s*\+=\s*"
                          + re.escape(obj) + r"\s*$")
        at = [i for i, line in enumerate(lines) if rule.match(line)]
        if len(at) != 1:
            raise UnexpectedSource(path, f"found {len(at)} lines that build {obj} "
                               "alone, not one")
        gone += at
    lines[min(gone)] = "obj-$(CONFIG_IOMMU_IO_PGTABLE) += io-pgtable/\n"
    return "".join(line for i, line in enumerate(lines)
                   if i not in gone or i == min(gone))


def install_hooks(text, path):
    """Have the Debian package of a kernel bring our hooks for initramfs tools."""
    after = '\trm -f "${pdir}/lib/modules/${KERNELRELEASE}/build"\n'
    if text.count(after) != 1:
        raise UnexpectedSource(path, "the place for the initramfs hooks is not "
                           "there once")
    return text.replace(after, after + HOOKS)
