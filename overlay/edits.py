# SPDX-License-Identifier: GPL-2.0-only
"""Structural edits of Kconfig, Makefile and Rust files. Functions take and return text.

Raises UnexpectedSource if a text lacks the structure that an edit needs, so that
no file is edited only in part.
"""
import hashlib
import re
from dataclasses import dataclass

from errors import UnexpectedSource

MENU = "Generic IOMMU Pagetable Support"
OUR_KCONFIG = "drivers/iommu/io-pgtable/Kconfig"
# The line of drivers/iommu/Makefile that replaces the stock objects
DESCENDS = b"obj-$(CONFIG_IOMMU_IO_PGTABLE) += io-pgtable/\n"
HOOKS = """\
	if is_enabled CONFIG_IOMMU_IO_PGTABLE; then
		sh "${srctree}/drivers/iommu/io-pgtable/initramfs/install.sh" \\
			"${pdir}" "-${KERNELRELEASE}"
	fi
"""
RUST_GET_FORMAT = """\
    /// Pin the format for as long as the driver of `dev` is bound.
    ///
    /// For probe, before anything that has to be undone: returns `EPROBE_DEFER` if the module of
    /// the format is not loaded yet, and the device is probed again when it is.
    pub fn get_format(dev: &Device<Bound>) -> Result {
        // SAFETY: `dev` is valid, and being probed or bound, as devm wants it.
        to_result(unsafe {
            bindings::__devm_io_pgtable_get_format(
                dev.as_raw(),
                F::FORMAT,
                core::ptr::null(),
                false,
            )
        })
    }

"""
RUST_PIN = """\
        use kernel::iommu::pgtable::{IoPageTable, ARM64LPAES1};

        // Before anything is powered: the module of the format may have to be waited for.
        IoPageTable::<ARM64LPAES1>::get_format(pdev.as_ref())?;

"""
RUST_SOFTDEP = """
// What `MODULE_SOFTDEP` is in C: initramfs tools pack the module of the format.
#[cfg(MODULE)]
#[link_section = ".modinfo"]
#[used]
static SOFTDEP: [u8; 33] = *b"softdep=pre: io-pgtable-arm-lpae\\0";
#[cfg(not(MODULE))]
#[link_section = ".modinfo"]
#[used]
static SOFTDEP: [u8; {length}] = *b"{name}.softdep=pre: io-pgtable-arm-lpae\\0";
"""
MAINTAINED = ("Documentation/ABI/testing/debugfs-io-pgtable",
              "Documentation/driver-api/io-pgtable.rst", "drivers/iommu/io-pgtable/",
              "include/linux/io-pgtable*", "include/linux/io-pgtable-walk/",
              "include/trace/events/io_pgtable.h")

# Keywords that end a config entry. They are never indented.
KEYWORD = re.compile(r"(config|menuconfig|choice|endchoice|comment|menu|endmenu"
                     r"|if|endif|source|mainmenu)\b")
ENTRY = re.compile(r"(?:config|menuconfig)\s+(\w+)\s*$")


@dataclass
class Entry:
    """A config entry: lines[start:end]. Comments before `start` belong to the entry."""
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
        # Comments before the next entry belong to the next entry.
        while lines[end - 1].startswith("#"):
            end -= 1
        yield Entry(match[1], start, end)


def attributes(lines, entry):
    """Yield the index of each attribute line of an entry, without help texts."""
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


def in_menu(text, kernel, path):
    """Return the lines of a Kconfig file, the index of the menu of formats, and the
    indices of the lines of stock symbols in that menu."""
    lines = text.splitlines(keepends=True)
    header = f'menu "{MENU}"\n'
    if lines.count(header) != 1:
        raise UnexpectedSource(path, f'expected one menu "{MENU}", '
                               f"found {lines.count(header)}")
    menu = lines.index(header)
    endmenu = lines.index("endmenu\n", menu)
    found = {e.name: e for e in entries(lines) if menu < e.start < endmenu}
    gone = set()
    for name in kernel.menu_symbols:
        if name not in found:
            raise UnexpectedSource(path, f'{name} is not in the menu "{MENU}"', menu + 1)
        entry = found[name]
        while lines[entry.start - 1].startswith("#"):
            entry.start -= 1
        gone.update(range(entry.start, entry.end))
    return lines, menu, gone


def menu_text(text, kernel, path):
    """Return the text that is removed from the menu of formats."""
    lines, _, gone = in_menu(text, kernel, path)
    return "".join(lines[i] for i in sorted(gone))


def knows_menu(text, kernel, path):
    """Return whether the text removed from the menu of formats is that of a known release."""
    digest = hashlib.sha256(menu_text(text, kernel, path).encode()).hexdigest()
    return digest in kernel.menu_sha256


def replace_menu(text, kernel, path):
    """Replace the stock symbols of the formats by our Kconfig file."""
    lines, menu, gone = in_menu(text, kernel, path)
    out = [line for i, line in enumerate(lines) if i not in gone]
    out[menu + 1:menu + 1] = ["\n", f'source "{OUR_KCONFIG}"\n']
    return "".join(out)


def without_entry(text, name):
    """Return a Kconfig file without the entry of one symbol."""
    lines = text.splitlines(keepends=True)
    entry = next(e for e in entries(lines) if e.name == name)
    return "".join(lines[:entry.start] + lines[entry.end:])


def selects_of_formats(lines, entry, kernel):
    """Yield (index, indent, symbol, rest) of the lines that select a format."""
    for i in attributes(lines, entry):
        match = re.match(r"(\s+)select\s+(\w+)\b(.*\n)", lines[i])
        if match and match[2] in kernel.imply:
            yield i, *match.groups()


def convert_drivers(text, kernel, with_mali=False):
    """Make drivers select the core and imply formats, instead of selecting formats.
    Drivers that map ranges also select the library.

    The selects of unknown drivers stay. `with_mali`: an unknown driver that selects
    LPAE gets a select of Mali's format as well, which was part of LPAE.
    """
    lines = text.splitlines(keepends=True)
    known = {driver.symbol for driver in kernel.drivers}
    library = {driver.symbol for driver in kernel.drivers if driver.ranges}
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
        selects = [i for i in attributes(lines, entry)
                   if re.match(r"\s+select\s+IOMMU_IO_PGTABLE", lines[i])]
        if entry.name in library and selects:
            line = out.get(selects[0], lines[selects[0]])
            out[selects[0]] = f"{line}\tselect IOMMU_IO_PGTABLE_LIB\n"
    return "".join(out.get(i, line) for i, line in enumerate(lines))


def unknown_drivers(text, kernel):
    """Return (driver, symbol) for each select of a format by an unknown driver."""
    lines = text.splitlines(keepends=True)
    known = {driver.symbol for driver in kernel.drivers}
    return [(entry.name, symbol) for entry in entries(lines)
            if entry.name not in known
            for _, _, symbol, _ in selects_of_formats(lines, entry, kernel)]


def replace_once(text, path, old, new, what):
    """Replace a regular expression that must match exactly once."""
    found = list(re.finditer(old, text))
    if len(found) != 1:
        line = text.count("\n", 0, found[0].start()) + 1 if found else None
        raise UnexpectedSource(path, f"expected one {what}, found {len(found)}", line)
    return re.sub(old, new, text)


def convert_rust(text, path):
    """Edit the Rust abstraction: return errors, and add a function that pins a format.

    In Rust a struct expression must name all members, including the one that we add.
    """
    text = replace_once(text, path, r"(    tlb_add_page: None,\n)(?=};\n)",
                        r"\1    tlb_add_range: None,\n",
                        "iommu_flush_ops that ends with `tlb_add_page: None`")
    text = replace_once(text, path, r"( *)bindings::alloc_io_pgtable_ops\((F::FORMAT), (.*), (.*)\)\n",
                        r"\1bindings::__io_pgtable_alloc(" "\n"
                        r"\1    \2," "\n" r"\1    core::ptr::null()," "\n"
                        r"\1    \3," "\n" r"\1    \4," "\n" r"\1)" "\n",
                        "call of alloc_io_pgtable_ops(F::FORMAT, ...)")
    text = replace_once(text, path, r"NonNull::new\(ops\)",
                        "NonNull::new(crate::error::from_err_ptr(ops)?)",
                        "`NonNull::new(ops)`")
    return replace_once(text, path, r"(?m)^(impl<(?:'a, )?F: IoPageTableFmt> IoPageTable<.*\{\n)",
                        lambda match: match[1] + RUST_GET_FORMAT,
                        "impl of IoPageTable for all formats")


def pin_in_rust_probe(text, path):
    """Make a platform driver in Rust pin its format first in probe."""
    return replace_once(
        text, path, r"(?m)^(    fn probe<'bound>\(\n(?:        .*\n)*    \) -> .*\{\n)",
        lambda match: match[1] + RUST_PIN, "probe of a platform driver")


def add_rust_softdep(text, path):
    """Add the soft dependency of a driver in Rust, since `module!` has no field for it."""
    name = re.findall(r'(?m)^    name: "(\w+)",$', text)
    if len(name) != 1:
        raise UnexpectedSource(path, f"expected one module name, found {len(name)}")
    return text + RUST_SOFTDEP.format(name=name[0], length=34 + len(name[0]))


def replace_objects(text, kernel, path):
    """Make drivers/iommu/Makefile descend into our folder, in place of stock objects."""
    lines = text.splitlines(keepends=True)
    gone = []
    for obj in kernel.objects:
        rule = re.compile(r"obj-\$\(CONFIG_IOMMU_IO_PGTABLE\w*\)\s*\+=\s*"
                          + re.escape(obj) + r"\s*$")
        at = [i for i, line in enumerate(lines) if rule.match(line)]
        if len(at) != 1:
            near = next((i + 1 for i, line in enumerate(lines) if obj in line.split()), None)
            raise UnexpectedSource(path, f"expected one line that builds {obj} alone, "
                               f"found {len(at)}", near)
        gone += at
    lines[min(gone)] = DESCENDS.decode()
    return "".join(line for i, line in enumerate(lines)
                   if i not in gone or i == min(gone))


def offer_rockchip(text, path):
    """Make a Kconfig symbol select which of Rockchip's two IOMMU drivers is built."""
    return replace_once(
        text, path, r"(?m)^(obj-\$\(CONFIG_ROCKCHIP_IOMMU\) \+= )rockchip-iommu\.o$",
        r"\1$(if $(CONFIG_ROCKCHIP_IOMMU_IO_PGTABLE),"
        r"rockchip-iommu-io-pgtable.o,rockchip-iommu.o)",
        "line that builds rockchip-iommu.o alone")


def install_hooks(text, path):
    """Make the Debian package of a kernel install our hooks for initramfs tools."""
    after = '\trm -f "${pdir}/lib/modules/${KERNELRELEASE}/build"\n'
    if text.count(after) != 1:
        raise UnexpectedSource(path, "expected one place for the initramfs hooks, "
                           f"found {text.count(after)}")
    return text.replace(after, after + HOOKS)


def list_page(text, path):
    """Add our page to the index of Documentation/driver-api."""
    return replace_once(text, path, r"(?m)^   io-mapping\n", r"\g<0>   io-pgtable\n",
                        "line `io-mapping`")


def list_maintained(text, path):
    """Add our files to the MAINTAINERS entry of the kernel's own page table formats.

    No maintainer is made up. The person who sends the change adds an entry with a
    maintainer.
    """
    def add(match):
        lines = set(match[0].splitlines()) | {f"F:\t{name}" for name in MAINTAINED}
        return "\n".join(sorted(lines)) + "\n"
    return replace_once(text, path, r"(?m)(?:^F:\t.*\n)*^F:\tdrivers/iommu/io-pgtable-arm\*\n"
                        r"(?:F:\t.*\n)*", add, "entry with drivers/iommu/io-pgtable-arm*")
