# SPDX-License-Identifier: GPL-2.0-only
"""The configurations of the kernel that must build and link: what they are, and how that is found out.

In most of them only those folders are compiled that have what the overlay adds or changes, with all
warnings as errors, and the symbols of all their objects are compared: nothing built in may need a
symbol that only a module defines, and no module one that is not exported. That is what a wrong choice of
formats would break. What these folders need of the rest of the kernel is as it was before the overlay,
but for the core and the formats. So one configuration of each architecture, and one without modules,
is linked to a whole kernel, with modpost for its modules, and so are the kernels that are booted.
"""

import dataclasses
import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

from guest import BUILD, SOURCE, TOP, Verdict

FRAGMENTS = TOP / "qemu/configs/matrix"
FOLDERS = ("drivers/iommu/", "drivers/gpu/drm/panfrost/", "drivers/gpu/drm/panthor/",
           "drivers/gpu/drm/msm/")
COMPILERS = {"arm64": "aarch64-linux-gnu-", "arm": "arm-linux-gnueabihf-", "x86_64": ""}

CORE_LIMIT = 4096   # bytes: one page

FORMATS = tuple("IOMMU_IO_PGTABLE_" + name for name in ("LPAE", "ARMV7S", "MALI", "DART"))
# The driver of Rockchip's IOMMUs, which is built in, with page tables of io-pgtable
ROCKCHIP = ("ROCKCHIP_IOMMU_IO_PGTABLE", "IOMMU_IO_PGTABLE_ROCKCHIP")
# What is optional in the core
DEBUGFS = ("DEBUG_FS", "IOMMU_IO_PGTABLE_DEBUGFS", "IOMMU_IO_PGTABLE_TABLES")
GPUS = ("DRM_PANFROST", "DRM_PANTHOR", "DRM_MSM")
TRISTATE = {"ARM_SMMU", "ARM_SMMU_V3", "MTK_IOMMU", "APPLE_DART"}
COMMON = ("ARM_SMMU", "MTK_IOMMU", "APPLE_DART", "IPMMU_VMSA", "QCOM_IOMMU")
DRIVERS = {"arm64": (*COMMON, "ARM_SMMU_V3"), "arm": (*COMMON, "MSM_IOMMU"), "x86_64": COMMON}


@dataclasses.dataclass(frozen=True)
class Configuration:
    """`name` says what it is, `symbols` what is not as in the fragments of its kind."""
    arch: str
    name: str
    symbols: dict
    kind: str = "small"         # the fragments: "small", "gpu", "allmod"
    quick: bool = False         # part of make check
    linked: bool = False        # to a whole kernel
    source: Path = SOURCE

    @property
    def row(self):
        return f"config {self.arch} {self.name}"


def every(symbols, value):
    return dict.fromkeys(symbols, value)


def matrix():
    """What broke before, all and each of the formats, in and out, no modules, GPUs, and everything."""
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
        if arch != "x86_64":    # AMD's driver is in each of these
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
    """The lines that are asked for; the later of two for one symbol counts."""
    files = {"small": ("all", config.arch), "gpu": ("all", config.arch, "gpu"), "allmod": ("allmod",)}
    asked = {}
    for name in files[config.kind]:
        text = (FRAGMENTS / f"{name}.config").read_text()
        asked.update(re.findall(r"(?m)^CONFIG_(\w+)=(.*)$", text))
    asked.update(config.symbols)
    if asked.get("MODULES") == "n":
        asked["MODULE_UNLOAD"] = "n"
    return asked


def key(config):
    """A hash over all that goes in."""
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
    """Configurations that differ in a few symbols share an object directory."""
    without = "-no-modules" if config.symbols.get("MODULES") == "n" else ""
    tree = "matrix" if config.source == SOURCE else config.source.name
    return BUILD / f"objects/{tree}-{config.arch}-{config.kind}{without}"


def make(config, log, *args):
    """Run make; raise with the end of the log if it fails."""
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
    """Return the symbols that did not come out as asked for."""
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
    """Verdicts, and the end of the log if one is bad."""
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
    """All else in the folder is optional, or a format's."""
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
    """The driver is compiled from the kernel's own file, or from the converted one if the option is on."""
    option = f"CONFIG_{ROCKCHIP[0]}=y\n" in (objects(config) / ".config").read_text()
    members = subprocess.run([COMPILERS[config.arch] + "ar", "t", "built-in.a"], check=True, text=True,
                             cwd=objects(config) / FOLDERS[0], stdout=subprocess.PIPE).stdout
    found = re.findall(r"rockchip-iommu[\w-]*\.o", members)
    return [] if found == [f"rockchip-iommu{'-io-pgtable' * option}.o"] else found or ["neither"]


# --- comparing symbols

@dataclasses.dataclass
class Symbols:
    """What a module, or all that is built in, defines for others, exports, and needs."""
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
    """{module, or "vmlinux": its symbols} of what was compiled."""
    top = objects(config)
    folders = [folder for folder in FOLDERS if (top / folder / "built-in.a").exists()]
    own = {"vmlinux": symbols_of(config, [folder + "built-in.a" for folder in folders])}
    for folder in folders:
        for module in (top / folder / "modules.order").read_text().split():
            own[module] = symbols_of(config, [module])
    return own


def unresolved(config):
    """Symbols of these folders that are needed where they cannot be had."""
    own = defined_by(config)
    places = {name: place for place, symbols in own.items() for name in symbols.defined}
    wrong = []
    for place, symbols in own.items():
        for name in sorted((symbols.needed - symbols.defined) & places.keys()):
            other = places[name]
            if place == "vmlinux" or name not in own[other].exported:
                wrong.append(f"{place} needs {name} of {other}")
    return wrong
