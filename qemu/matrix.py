# SPDX-License-Identifier: GPL-2.0-only
"""The kernel configurations that must build and link, and the tests of them.

Most configurations compile only the folders with files that the overlay adds or changes. Warnings are errors.
Then the symbols of all objects in these folders are compared: built-in code must not need a symbol that only a
module defines, and a module must not need a symbol that is not exported. A wrong selection of formats would
break these rules. The overlay does not change what these folders need from the rest of the kernel, except for the
core and the formats. So it is enough to link one configuration of each architecture, and one without modules, to a
whole kernel, with modpost for its modules. The kernels that are booted are linked as well.
"""

import dataclasses
import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

from guest import BUILD, SERIES, SOURCE, TOP, Verdict

FRAGMENTS = TOP / "qemu/configs/matrix"
FOLDERS = ("drivers/iommu/", "drivers/gpu/drm/panfrost/", "drivers/gpu/drm/panthor/",
           "drivers/gpu/drm/msm/")
COMPILERS = {"arm64": "aarch64-linux-gnu-", "arm": "arm-linux-gnueabihf-", "x86_64": ""}

CORE_LIMIT = 4096   # bytes: one page

FORMATS = tuple("IOMMU_IO_PGTABLE_" + name for name in ("LPAE", "ARMV7S", "MALI", "DART"))
# Options of Rockchip's IOMMU driver, which is always built in: its use of io-pgtable, and its format
ROCKCHIP = ("ROCKCHIP_IOMMU_IO_PGTABLE", "IOMMU_IO_PGTABLE_ROCKCHIP")
# Optional parts of the core
DEBUGFS = ("DEBUG_FS", "IOMMU_IO_PGTABLE_DEBUGFS", "IOMMU_IO_PGTABLE_TABLES")
GPUS = ("DRM_PANFROST", "DRM_PANTHOR", "DRM_MSM")
TRISTATE = {"ARM_SMMU", "ARM_SMMU_V3", "MTK_IOMMU", "APPLE_DART"}
COMMON = ("ARM_SMMU", "MTK_IOMMU", "APPLE_DART", "IPMMU_VMSA", "QCOM_IOMMU")
DRIVERS = {"arm64": (*COMMON, "ARM_SMMU_V3"), "arm": (*COMMON, "MSM_IOMMU"), "x86_64": COMMON}


@dataclasses.dataclass(frozen=True)
class Configuration:
    """A configuration: the fragments of its kind, changed by `symbols`"""
    arch: str
    name: str
    symbols: dict
    kind: str = "small"         # selects fragments: "small", "gpu", "allmod", or "boot", those of the kernel "main"
    quick: bool = False         # part of make check
    linked: bool = False        # links a whole kernel
    source: Path = SOURCE

    @property
    def row(self):
        return f"config {self.arch} {self.name}"


def every(symbols, value):
    return dict.fromkeys(symbols, value)


def matrix():
    """Yield all configurations: one that once failed; formats as y, m and n, all together and alone; no modules;
    GPUs; allmodconfig."""
    for arch, drivers in DRIVERS.items():
        built_in, modular = every(drivers, "y"), every(FORMATS, "m")
        yield Configuration(arch, "IPMMU-y-MTK-m-formats-m", {
            "IPMMU_VMSA": "y", "MTK_IOMMU": "m", FORMATS[0]: "m", FORMATS[1]: "m"}, quick=True)
        yield Configuration(arch, "drivers-y-formats-m", built_in | modular, quick=True)
        yield Configuration(arch, "drivers-m-formats-m", built_in | modular | every(
            set(drivers) & TRISTATE, "m"), quick=True)
        yield Configuration(arch, "drivers-y-formats-y", built_in | every(FORMATS, "y"), quick=True)
        yield Configuration(arch, "drivers-y-formats-n", built_in | every(FORMATS, "n"), quick=True)
        for symbol in FORMATS:
            for value in "ym":
                yield Configuration(arch, f"{symbol.split('_')[-1]}-{value}-alone", {symbol: value})
        for value in "myn":
            yield Configuration(arch, f"Rockchip-y-format-{value}", {
                ROCKCHIP[0]: "y", ROCKCHIP[1]: value}, quick=value == "m")
        if arch != "x86_64":    # on x86_64, AMD's driver always selects the core
            yield Configuration(arch, "none", {"IOMMU_IO_PGTABLE": "n"}, quick=True)
        yield Configuration(arch, "no-modules", {"MODULES": "n"} | built_in | every(FORMATS + DEBUGFS, "y"))
        yield Configuration(arch, "GPUs-y-formats-m", built_in | every(GPUS, "y") | modular, "gpu")
        yield Configuration(arch, "allmodconfig", {}, "allmod")
        yield Configuration(arch, "linked", built_in | modular | {
            ROCKCHIP[0]: "y", ROCKCHIP[1]: "m"}, linked=True)
    yield Configuration("arm64", "linked-no-modules", {"MODULES": "n"} | every(DRIVERS["arm64"], "y")
                        | every(FORMATS + ROCKCHIP, "y"), linked=True)


# --- building one

def fragment(config):
    """Return {symbol: value} that the configuration asks for. Later values replace earlier ones."""
    files = {"small": ("all", config.arch), "gpu": ("all", config.arch, "gpu"), "allmod": ("allmod",),
             "boot": ("../base", "../arm64", "../main")}
    asked = {}
    for name in files[config.kind]:
        of_series = FRAGMENTS / f"{name}-{SERIES}.config"      # build-kernel has the same rule
        text = (FRAGMENTS / f"{name}.config").read_text() + (of_series.read_text() if of_series.exists() else "")
        asked.update(re.findall(r"(?m)^CONFIG_(\w+)=(.*)$", text))
    asked.update(config.symbols)
    if asked.get("MODULES") == "n":
        asked["MODULE_UNLOAD"] = "n"
    return asked


def key(config):
    """Return a hash over all inputs of the build."""
    digest = hashlib.sha256(json.dumps([config.kind, config.arch, fragment(config)]).encode())
    ours = [path for name in ("overlay", "include", "drivers", "kunit") for path in (TOP / name).rglob("*")
            if path.is_file() and path.suffix != ".pyc"]
    for path in sorted([*ours, TOP / "Kconfig", TOP / "qemu/matrix.py", BUILD / "source.stamp"]):
        digest.update(path.name.encode() + path.read_bytes())
    version = subprocess.run([COMPILERS[config.arch] + "gcc", "--version"], check=True,
                             stdout=subprocess.PIPE).stdout
    digest.update(version)
    return digest.hexdigest()


def objects(config):
    """Return the object directory. Configurations that differ in a few symbols share it."""
    without = "-no-modules" if config.symbols.get("MODULES") == "n" else ""
    tree = "matrix" if config.source == SOURCE else config.source.name
    return BUILD / f"objects/{tree}-{config.arch}-{config.kind}{without}"


def make(config, log, *args):
    """Run make. Raise RuntimeError with the path of the log if make fails."""
    cross = COMPILERS[config.arch]
    ccache = "ccache " if subprocess.run(["which", "ccache"], check=False,
                                         capture_output=True).returncode == 0 else ""
    env = dict(os.environ, KBUILD_BUILD_TIMESTAMP="1970-01-01", KBUILD_BUILD_USER="io-pgtable",
               KBUILD_BUILD_HOST="build", CCACHE_BASEDIR=str(BUILD), CCACHE_NOHASHDIR="1")
    with open(log, "a", encoding="utf-8") as file:
        done = subprocess.run(
            ["make", "-s", "-C", config.source, f"O={objects(config)}", f"ARCH={config.arch}",
             f"CROSS_COMPILE={cross}", f"CC={ccache}{cross}gcc", f"-j{os.cpu_count()}", *args],
            env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError(f"make {args[-1]}: exit status {done.returncode}, log in {log}")


def configure(config, log):
    """Configure. Return the symbols that do not have the requested value."""
    directory = objects(config)
    directory.mkdir(parents=True, exist_ok=True)
    asked = fragment(config)
    wanted = directory / "wanted"
    wanted.write_text("".join(f"CONFIG_{symbol}={value}\n" for symbol, value in asked.items()))
    make(config, log, f"KCONFIG_ALLCONFIG={wanted}",
         "allmodconfig" if config.kind == "allmod" else "allnoconfig")
    got = dict(re.findall(r"(?m)^CONFIG_(\w+)=(.*)$", (directory / ".config").read_text()))
    return [f"{symbol}={got.get(symbol, 'n')}" for symbol, value in asked.items()
            if got.get(symbol, "n") != value]


def run_configuration(config):
    """Return verdicts, and the end of the log."""
    result = BUILD / "matrix" / config.row.replace(" ", "-")
    wanted = key(config)
    if result.exists() and result.read_text() == wanted:
        return [Verdict("PASS", "as before")], ""
    log = BUILD / "log" / result.name
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    try:
        verdicts = list(judge(config, log))
    except RuntimeError as error:
        verdicts = [Verdict("FAIL", "builds", str(error))]
    if all(verdict.status == "PASS" for verdict in verdicts):
        result.parent.mkdir(exist_ok=True)
        result.write_text(wanted)
    return verdicts, "".join(f"    | {line}\n" for line in log.read_text().splitlines()[-30:])


def judge(config, log):
    def verdict(name, wrong):
        return Verdict("FAIL" if wrong else "PASS", name, ", ".join(wrong))

    other = configure(config, log)
    yield verdict("is configured as asked", other)
    if other:
        return
    if config.linked:
        make(config, log, "vmlinux", *([] if config.symbols.get("MODULES") == "n" else ["modules"]))
        yield verdict("links, and its modules resolve", [])
        yield verdict("has the Rockchip driver that is asked for", rockchip_out_of_place(config))
        if config.arch == "arm64":
            yield core_size(COMPILERS[config.arch], objects(config) / FOLDERS[0] / "io-pgtable")
    else:
        make(config, log, *FOLDERS[:1 if config.kind == "small" else None])
        yield verdict("has all its symbols", unresolved(config))
        yield verdict("has the core if something uses it", core_out_of_place(config))
        yield verdict("has the Rockchip driver that is asked for", rockchip_out_of_place(config))


def core_size(cross, folder):
    """Judge the size of core.o. All other files in the folder are optional or belong to formats."""
    output = subprocess.run([cross + "size", folder / "core.o"], text=True, check=True,
                            stdout=subprocess.PIPE).stdout
    text, data, bss, total = map(int, output.splitlines()[-1].split()[:4])
    return Verdict("PASS" if total <= CORE_LIMIT else "FAIL", f"the core takes no more than {CORE_LIMIT} bytes",
                   f"text {text} + data {data} + bss {bss} = {total} bytes")


def core_out_of_place(config):
    there = "__io_pgtable_alloc" in defined_by(config)["vmlinux"].defined
    needed = "CONFIG_IOMMU_IO_PGTABLE=y\n" in (objects(config) / ".config").read_text()
    return [] if there == needed else [f"the core is {'' if there else 'not '}there"]


def rockchip_out_of_place(config):
    """Return the objects of Rockchip's driver if they are wrong. The option selects the converted driver."""
    option = f"CONFIG_{ROCKCHIP[0]}=y\n" in (objects(config) / ".config").read_text()
    members = subprocess.run([COMPILERS[config.arch] + "ar", "t", "built-in.a"], check=True, text=True,
                             cwd=objects(config) / FOLDERS[0], stdout=subprocess.PIPE).stdout
    found = re.findall(r"rockchip-iommu[\w-]*\.o", members)
    return [] if found == [f"rockchip-iommu{'-io-pgtable' * option}.o"] else found or ["neither"]


# --- comparing symbols

@dataclasses.dataclass
class Symbols:
    """The symbols that a module or the built-in code defines, exports and needs"""
    defined: set
    exported: set
    needed: set


def symbols_of(config, paths):
    output = subprocess.run([COMPILERS[config.arch] + "nm", "-A", *paths], check=True, text=True,
                            cwd=objects(config), stdout=subprocess.PIPE).stdout
    found = re.findall(r"(?m) (\w) (\S+)$", output)
    mark = "__export_symbol_"
    return Symbols({name for kind, name in found if kind.isupper() and kind != "U"},
                   {name.removeprefix(mark) for _, name in found if name.startswith(mark)},
                   {name for kind, name in found if kind == "U"})


def defined_by(config):
    """Return {module or "vmlinux": symbols} of all compiled objects."""
    top = objects(config)
    folders = [folder for folder in FOLDERS if (top / folder / "built-in.a").exists()]
    own = {"vmlinux": symbols_of(config, [folder + "built-in.a" for folder in folders])}
    for folder in folders:
        for module in (top / folder / "modules.order").read_text().split():
            own[module] = symbols_of(config, [module])
    return own


def unresolved(config):
    """Return symbols that are used wrongly: by built-in code from a module, or by a module without an export."""
    own = defined_by(config)
    places = {name: place for place, symbols in own.items() for name in symbols.defined}
    wrong = []
    for place, symbols in own.items():
        for name in sorted((symbols.needed - symbols.defined) & places.keys()):
            other = places[name]
            if place == "vmlinux" or name not in own[other].exported:
                wrong.append(f"{place} needs {name} of {other}")
    return wrong
