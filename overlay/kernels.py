# SPDX-License-Identifier: GPL-2.0-only
"""Data about each supported kernel.

A series (VERSION.PATCHLEVEL) is supported by an entry in KERNELS. Files that are
replaced or deleted are identified by their contents. All other edits rely on the
structure of the source.
"""
from dataclasses import dataclass, replace


# Strings that the conversions of drivers and providers add or remove
GET = "devm_io_pgtable_get_format("
GET_DEFAULT = "devm_io_pgtable_get_default_format("
GET_OPTIONAL = "devm_io_pgtable_get_format_optional("
GET_NAMED = "devm_io_pgtable_get_format_named("
ALLOC = "alloc_io_pgtable_ops("
ERRNO = "= io_pgtable_alloc("
SOFTDEP = "MODULE_SOFTDEP("
RANGE = ".tlb_add_range = "
CONTIG = "cfg.quirks |= IO_PGTABLE_QUIRK_ARM_CONTIG;"
MASTERS = "io_pgtable_check_masters("
MASTERS_H = "io-pgtable/masters.h\""
MAP = "io_pgtable_map_pages("
UNMAP = "io_pgtable_unmap_pages("
MAP_RANGE = "io_pgtable_map_range("
UNMAP_RANGE = "io_pgtable_unmap_range("
LOOK_UP = "io_pgtable_iova_to_phys("
NO_BBM = "cfg.quirks |= IO_PGTABLE_QUIRK_NO_BBM;"
NO_TABLE = "pgtbl_ops = NULL;"
MODULE_H = "#include <linux/module.h>"
FORMAT_H = "#include <linux/io-pgtable-format.h>"
FNS = "static struct io_pgtable_init_fns"


@dataclass(frozen=True)
class Conversion:
    """A semantic patch, the file that it changes, and a check of the result.

    `adds`: for each string, the number of occurrences that the conversion must add. A
    wrong number shows that a rule matched too rarely or too often.
    """
    cocci: str
    path: str
    adds: dict
    # The file for the result, if the result does not replace `path`
    into: str = ""


@dataclass(frozen=True)
class Driver:
    """A user of io-pgtable, as documented for readers. No `cocci`: the driver is
    unchanged, or is in Rust and edited by edits.py. `ranges`: the driver needs the library."""
    symbol: str
    name: str
    formats: tuple
    table_for: str
    cocci: str = ""
    rust: bool = False
    ranges: bool = False


@dataclass(frozen=True)
class Kernel:
    """All data that differs between series."""
    series: str
    package: str
    # Releases whose unchanged source is known to be converted. The test suite runs on the
    # installed release, and on the oldest and the newest release that Debian offers.
    converts: tuple
    # Files that are replaced or deleted: {path: {git's object name: releases that have it}}
    stock: dict
    # Kconfig symbols that are removed from the menu of formats, and the sha256 of their text
    menu_symbols: tuple
    menu_sha256: dict
    # git's object name of a drivers/iommu/Kconfig with that menu
    menu_blob: str
    # Objects that drivers/iommu/Makefile no longer builds
    objects: tuple
    # Symbols of formats that drivers `imply` instead of `select`
    imply: tuple
    # {driver: the formats that the driver needs, if not the format that it selects}
    instead: dict
    conversions: tuple
    # Applied to the result of `conversions`: loops over page sizes become one call.
    ranges: tuple
    # Applied last: drivers call a table by functions of io-pgtable.h.
    calls: tuple
    # Files that allocate tables and are not converted
    unconverted: tuple
    drivers: tuple
    # {path: the kind of edit in Rust: "abstraction", or "probe" or "module" of a driver}
    rust: dict
    # Whether the commands of this repository can build and boot this series, with KERNEL=
    booted: bool = True

    def paths_of(self, symbol):
        """Return the files that are edited for a driver, without Kconfig."""
        return {path for path in (*(c.path for c in self.conversions + self.ranges + self.calls),
                                  *self.rust) if owner(path) == symbol}

    def without(self, symbols):
        """Return the kernel without all edits for these drivers."""
        lists = {name: tuple(c for c in getattr(self, name) if owner(c.path) not in symbols)
                 for name in ("conversions", "ranges", "calls")}
        return replace(
            self, **lists,
            unconverted=tuple(p for p in self.unconverted if owner(p) not in symbols),
            drivers=tuple(d for d in self.drivers if d.symbol not in symbols),
            instead={s: v for s, v in self.instead.items() if s not in symbols},
            rust={p: v for p, v in self.rust.items() if owner(p) not in symbols})

    def with_driver_of(self, other, symbol):
        """Return the kernel with one driver edited as in another series."""
        rest = self.without({symbol})
        only = other.without({s for s, _ in PLACES} - {symbol})
        lists = {name: getattr(rest, name) + getattr(only, name)
                 for name in ("conversions", "ranges", "calls", "unconverted", "drivers")}
        return replace(rest, **lists, instead=rest.instead | {
            s: v for s, v in other.instead.items() if s == symbol}, rust=rest.rust | only.rust)


# The Kconfig symbol of each driver that is edited, and the place of its source
PLACES = (
    ("ARM_SMMU_V3", "drivers/iommu/arm/arm-smmu-v3/"),
    ("ARM_SMMU", "drivers/iommu/arm/arm-smmu/arm-smmu"),
    ("QCOM_IOMMU", "drivers/iommu/arm/arm-smmu/qcom_iommu"),
    ("IPMMU_VMSA", "drivers/iommu/ipmmu-vmsa"),
    ("MTK_IOMMU", "drivers/iommu/mtk_iommu"),
    ("MSM_IOMMU", "drivers/iommu/msm_iommu"),
    ("APPLE_DART", "drivers/iommu/apple-dart"),
    ("ROCKCHIP_IOMMU", "drivers/iommu/rockchip-iommu"),
    ("DRM_PANFROST", "drivers/gpu/drm/panfrost/"),
    ("DRM_PANTHOR", "drivers/gpu/drm/panthor/"),
    ("DRM_MSM", "drivers/gpu/drm/msm/"),
    ("DRM_TYR", "drivers/gpu/drm/tyr/"),
    ("RUST", "rust/"),
    # Drivers that provide formats. Without a conversion their formats would not be found.
    ("AMD_IOMMU", "drivers/iommu/amd/"),
    ("IOMMU_IO_PGTABLE_DART", "drivers/iommu/io-pgtable-dart"),
)
PROVIDERS = ("RUST", "AMD_IOMMU", "IOMMU_IO_PGTABLE_DART")


def owner(path):
    """Return the driver that a file belongs to, or None."""
    return next((symbol for symbol, place in PLACES if path.startswith(place)), None)


# Conversions that are the same in all series
CONVERSIONS = (
    Conversion("arm-smmu-v3.cocci",
               "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
               {GET_DEFAULT: 2, ALLOC: -1, ERRNO: 1, SOFTDEP: 1, RANGE: 1, CONTIG: 1,
                MASTERS: 1, MASTERS_H: 1,
                "module_param(contiguous_hint, charp, 0444);": 1,
                "io_pgtable_round_to_groups(&iova, &end, tg, granule);": 1}),
    Conversion("arm-smmu.cocci",
               "drivers/iommu/arm/arm-smmu/arm-smmu.c",
               {GET_DEFAULT: 1, GET_OPTIONAL: 1, "arm_smmu_get_format(": 3,
                "arm_smmu_get_formats(": 2,
                "clk_bulk_disable_unprepare(": 1,
                ALLOC: -1, ERRNO: 1, NO_TABLE: 1, SOFTDEP: 1,
                "MODULE_WEAKDEP(": 1, RANGE: 3, CONTIG: 1, MASTERS: 1, MASTERS_H: 1,
                "module_param(contiguous_hint, charp, 0444);": 1}),
    Conversion("qcom_iommu.cocci",
               "drivers/iommu/arm/arm-smmu/qcom_iommu.c",
               {GET_DEFAULT: 1, ALLOC: -1, ERRNO: 1, NO_TABLE: 1, SOFTDEP: 1, MODULE_H: 1}),
    Conversion("ipmmu-vmsa.cocci",
               "drivers/iommu/ipmmu-vmsa.c",
               {GET_DEFAULT: 1, ALLOC: -1, ERRNO: 1, SOFTDEP: 1, MODULE_H: 1}),
    Conversion("mtk_iommu.cocci",
               "drivers/iommu/mtk_iommu.c",
               {GET_DEFAULT: 1, ALLOC: -1, ERRNO: 1, SOFTDEP: 1}),
    Conversion("msm_iommu.cocci",
               "drivers/iommu/msm_iommu.c",
               {GET_DEFAULT: 1, ALLOC: -1, ERRNO: 1, SOFTDEP: 1, MODULE_H: 1,
                "ret = msm_iommu_domain_config(": 1, "free_io_pgtable_ops(": 0,
                "priv->iop = NULL;": 1, "if (!priv->iop)\n\t\treturn ": 2}),
    Conversion("apple-dart.cocci",
               "drivers/iommu/apple-dart.c",
               {GET: 1, GET_DEFAULT: 1, GET_OPTIONAL: 1,
                "apple_dart_get_format(": 2, ALLOC: -1, ERRNO: 1, SOFTDEP: 1,
                MASTERS: 1, MASTERS_H: 1}),
    Conversion("panthor.cocci",
               "drivers/gpu/drm/panthor/panthor_drv.c",
               {GET: 1, SOFTDEP: 1}),
    Conversion("panthor.cocci",
               "drivers/gpu/drm/panthor/panthor_mmu.c",
               {ALLOC: -1, ERRNO: 1, NO_TABLE: 1, NO_BBM: 1,
                "ret = PTR_ERR(vm->pgtbl_ops);": 1}),
    Conversion("msm-drm.cocci",
               "drivers/gpu/drm/msm/msm_iommu.c",
               {ALLOC: -1, ERRNO: 1, "return ERR_PTR(err);": 1}),
    Conversion("register-dart.cocci",
               "drivers/iommu/io-pgtable-dart.c",
               {FORMAT_H: 1, FNS: 1, "module_io_pgtable_formats(": 1,
                "MODULE_ALIAS_IO_PGTABLE(": 2, "MODULE_LICENSE(": 1}),
    # The original file is used unless CONFIG_ROCKCHIP_IOMMU_IO_PGTABLE selects the new one.
    Conversion("rockchip-iommu.cocci",
               "drivers/iommu/rockchip-iommu.c",
               {GET_NAMED: 1, "= io_pgtable_alloc_named(": 1, "free_io_pgtable_ops(": 1,
                MAP: 1, UNMAP: 1, LOOK_UP: 1, ".dte_addr": 1, SOFTDEP: 1, MODULE_H: 1,
                "ERR_PTR(ret);": 1, "dt_lock": -13, "rk_table_flush(": -4,
                "mk_dtentries": -5, "mk_ptentries": -4, "iommu_alloc_page": -2,
                "iommu_free_page": -4, "dma_map_single(": -2, "dma_unmap_single(": -2},
               into="drivers/iommu/rockchip-iommu-io-pgtable.c"),
)


def calls(path, maps, unmaps, look_ups):
    """Return the conversion of direct calls in a file, with the number of calls of each kind."""
    return Conversion("calls.cocci", path,
                      {MAP: maps, UNMAP: unmaps, LOOK_UP: look_ups})


def ranges(cocci, path, gone, unmaps=1, **more):
    """Return the conversion of one map and `unmaps` unmaps to ranges.

    `gone`: the function that chose page sizes, which is removed.
    """
    return Conversion(cocci, f"drivers/gpu/drm/{path}",
                      {MAP_RANGE: 1, UNMAP_RANGE: unmaps, "->map_pages(": -1,
                       "->unmap_pages(": -unmaps, f"static size_t {gone}(": -1, **more})


CALLS = (
    calls("drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", 1, 1, 1),
    calls("drivers/iommu/arm/arm-smmu/arm-smmu.c", 1, 1, 2),
    calls("drivers/iommu/arm/arm-smmu/arm-smmu-qcom-debug.c", 0, 0, 1),
    calls("drivers/iommu/arm/arm-smmu/qcom_iommu.c", 1, 1, 1),
    calls("drivers/iommu/ipmmu-vmsa.c", 1, 1, 1),
    calls("drivers/iommu/mtk_iommu.c", 1, 1, 1),
    calls("drivers/iommu/msm_iommu.c", 1, 1, 0),
    calls("drivers/iommu/apple-dart.c", 1, 1, 1),
)

DRIVERS = (
    Driver("ARM_SMMU_V3", "arm-smmu-v3",
           ("ARM_64_LPAE_S1", "ARM_64_LPAE_S2"),
           "domain", "arm-smmu-v3.cocci"),
    Driver("ARM_SMMU", "arm-smmu (v1, v2; qcom, nvidia)",
           ("ARM_64_LPAE_S1", "ARM_64_LPAE_S2", "ARM_32_LPAE_S1",
            "ARM_32_LPAE_S2", "ARM_V7S"),
           "domain", "arm-smmu.cocci"),
    Driver("QCOM_IOMMU", "qcom_iommu", ("ARM_32_LPAE_S1",),
           "domain", "qcom_iommu.cocci"),
    Driver("IPMMU_VMSA", "ipmmu-vmsa", ("ARM_32_LPAE_S1",),
           "domain", "ipmmu-vmsa.cocci"),
    Driver("MTK_IOMMU", "mtk_iommu", ("ARM_V7S",),
           "domain", "mtk_iommu.cocci"),
    Driver("MSM_IOMMU", "msm_iommu", ("ARM_V7S",),
           "domain", "msm_iommu.cocci"),
    Driver("APPLE_DART", "apple-dart", ("APPLE_DART", "APPLE_DART2"),
           "domain", "apple-dart.cocci"),
    Driver("DRM_PANTHOR", "panthor", ("ARM_64_LPAE_S1",),
           "VM", "panthor.cocci", ranges=True),
    Driver("DRM_MSM", "msm (drm)", ("ARM_64_LPAE_S1",),
           "open file", "msm-drm.cocci", ranges=True),
)

IMPLY = ("IOMMU_IO_PGTABLE_LPAE", "IOMMU_IO_PGTABLE_ARMV7S",
         "IOMMU_IO_PGTABLE_MALI", "IOMMU_IO_PGTABLE_DART")
# The kernel's own implementation stays available.
DART = {"APPLE_DART": ("IOMMU_IO_PGTABLE_APPLE_DART",)}
OBJECTS = ("io-pgtable.o", "io-pgtable-arm.o", "io-pgtable-arm-v7s.o")

LINUX_6_12 = Kernel(
    series="6.12",
    package="linux-source-6.12",
    converts=("6.12.95", "6.12.107", "6.12.111", "6.12.113", "6.12.115", "6.12.117",
              "6.12.118"),
    stock={
        "drivers/iommu/io-pgtable.c": {
            "8841c1487f00481f92759e499ad85a70423b7428":
            "6.12.94 to 6.12.118",
        },
        "drivers/iommu/io-pgtable-arm.c": {
            "a286c5404ea7011855630d5828e7093746c02b75":
            "6.12.94 to 6.12.118",
        },
        "drivers/iommu/io-pgtable-arm-v7s.c": {
            "3364efa94741ac51e3bd899a5c8dd7400cb5a513":
            "6.12.95 to 6.12.118",
        },
        "include/linux/io-pgtable.h": {
            "b1ecfc3cd5bcc07569b51271df91bc2610267ef5":
            "6.12.94 to 6.12.118",
        },
    },
    menu_symbols=(
        "IOMMU_IO_PGTABLE",
        "IOMMU_IO_PGTABLE_LPAE",
        "IOMMU_IO_PGTABLE_LPAE_SELFTEST",
        "IOMMU_IO_PGTABLE_ARMV7S",
        "IOMMU_IO_PGTABLE_ARMV7S_SELFTEST",
        "IOMMU_IO_PGTABLE_DART",
    ),
    menu_sha256={
        "1f95d53d0daacbbc10eae78c5d4e1d29fe8dab41892c6eb2311152f6d8c4ec65":
        "6.12.95 to 6.12.118",
    },
    menu_blob="1469ad0794f285ed9a7410ca1f3712a572c05abd",
    objects=OBJECTS,
    imply=IMPLY,
    instead={"DRM_PANFROST": ("IOMMU_IO_PGTABLE_MALI",), **DART},
    conversions=CONVERSIONS + (
        Conversion("panfrost.cocci",
                   "drivers/gpu/drm/panfrost/panfrost_drv.c",
                   {GET: 1, " io-pgtable-arm-mali-lpae\"": 1}),
        Conversion("panfrost.cocci",
                   "drivers/gpu/drm/panfrost/panfrost_mmu.c",
                   {ALLOC: -1, ERRNO: 1, NO_BBM: 1, "return ERR_PTR(err);": 1}),
        Conversion("register-amd.cocci",
                   "drivers/iommu/amd/io_pgtable.c",
                   {FORMAT_H: 1, FNS: 1,
                    "module_io_pgtable_formats(amd_v1_formats)": 1}),
        Conversion("register-amd.cocci",
                   "drivers/iommu/amd/io_pgtable_v2.c",
                   {FORMAT_H: 1, FNS: 1,
                    "module_io_pgtable_formats(amd_v2_formats)": 1}),
    ),
    ranges=(
        ranges("ranges-panthor.cocci", "panthor/panthor_mmu.c", "get_pgsize"),
        ranges("ranges-panfrost.cocci", "panfrost/panfrost_mmu.c", "get_pgsize"),
        ranges("ranges-msm.cocci", "msm/msm_iommu.c", "calc_pgsize", pgsize_bitmap=-5),
    ),
    calls=CALLS + (
        calls("drivers/iommu/amd/iommu.c", 1, 1, 1),
    ),
    # AMD's formats are built in with this driver.
    unconverted=("drivers/iommu/amd/iommu.c",),
    drivers=DRIVERS + (
        Driver("DRM_PANFROST", "panfrost", ("ARM_MALI_LPAE",),
               "open file", "panfrost.cocci", ranges=True),
        Driver("AMD_IOMMU", "amd", ("AMD_IOMMU_V1", "AMD_IOMMU_V2"), "domain"),
    ),
    rust={},
)

# AMD's formats have moved from io-pgtable to generic_pt. The self-test of LPAE is a
# KUnit suite in a separate file, which is not changed.
LINUX_7_3 = Kernel(
    series="7.3",
    package="linux-source-7.3",
    converts=("7.3.4",),
    stock={
        "drivers/iommu/io-pgtable.c": {
            "843fec8e8a511c4c8c0d233faf64815dab30b89a":
            "7.2.12, 7.3.4",
        },
        "drivers/iommu/io-pgtable-arm.c": {
            "476c0e25631af102b87bd9100ae913c7960273c9":
            "7.2.12, 7.3.4",
        },
        "drivers/iommu/io-pgtable-arm-v7s.c": {
            "1dbef8c5500736747d0edb4317d27456963d09df":
            "7.2.12, 7.3.4",
        },
        "include/linux/io-pgtable.h": {
            "e19872e37e067f67a79d1ff8c1255265fce616d7":
            "7.2.12, 7.3.4",
        },
    },
    menu_symbols=(
        "IOMMU_IO_PGTABLE",
        "IOMMU_IO_PGTABLE_LPAE",
        "IOMMU_IO_PGTABLE_ARMV7S",
        "IOMMU_IO_PGTABLE_ARMV7S_SELFTEST",
        "IOMMU_IO_PGTABLE_DART",
    ),
    menu_sha256={
        "ad70347b4b689f2feeccbf65bb1a02f2a0f2a2d178fcbf1294a954e514e94f0b":
        "7.2.12, 7.3.4",
    },
    menu_blob="6e07bd69467a3d952a766a03a16e37984c673f6d",
    objects=OBJECTS,
    imply=IMPLY,
    # Some GPUs use the same format as Arm's CPUs.
    instead={"DRM_PANFROST": ("IOMMU_IO_PGTABLE_LPAE", "IOMMU_IO_PGTABLE_MALI"), **DART},
    conversions=CONVERSIONS + (
        Conversion("panfrost-7.3.cocci",
                   "drivers/gpu/drm/panfrost/panfrost_drv.c",
                   {GET: 2, " io-pgtable-arm-mali-lpae\"": 1,
                    "MODULE_WEAKDEP(": 1}),
        Conversion("panfrost-7.3.cocci",
                   "drivers/gpu/drm/panfrost/panfrost_mmu.c",
                   {ALLOC: -1, ERRNO: 1, NO_TABLE: 1, NO_BBM: 1,
                    "ret = PTR_ERR(mmu->pgtbl_ops);": 1}),
    ),
    ranges=(
        ranges("ranges-panthor-7.3.cocci", "panthor/panthor_mmu.c", "get_pgsize"),
        ranges("ranges-panfrost-7.3.cocci", "panfrost/panfrost_mmu.c", "get_pgsize", 2),
        ranges("ranges-msm.cocci", "msm/msm_iommu.c", "calc_pgsize", pgsize_bitmap=-5),
    ),
    calls=CALLS + (
        calls("drivers/gpu/drm/panthor/panthor_mmu.c", 0, 0, 2),
        calls("drivers/gpu/drm/msm/msm_iommu.c", 1, 0, 0),
    ),
    # The kernel's own KUnit suite
    unconverted=("drivers/iommu/io-pgtable-arm-selftests.c",),
    drivers=DRIVERS + (
        Driver("DRM_PANFROST", "panfrost", ("ARM_MALI_LPAE", "ARM_64_LPAE_S1"),
               "open file", "panfrost-7.3.cocci", ranges=True),
        Driver("DRM_TYR", "tyr (Rust)", ("ARM_64_LPAE_S1",), "VM", rust=True),
    ),
    rust={
        "rust/kernel/iommu/pgtable.rs": "abstraction",
        "drivers/gpu/drm/tyr/driver.rs": "probe",
        "drivers/gpu/drm/tyr/tyr.rs": "module",
    },
)

# 7.2 has the same replaced files as 7.3. Tyr has no page tables yet.
LINUX_7_2 = replace(LINUX_7_3.without({"DRM_TYR"}), series="7.2",
                    package="linux-source-7.2", converts=("7.2.12",), booted=False)

KERNELS = {kernel.series: kernel for kernel in (LINUX_6_12, LINUX_7_2, LINUX_7_3)}


def series_number(version):
    """Return the series of a version as (major, minor)."""
    return tuple(map(int, version.split(".")[:2]))


def releases_between(series, other):
    """Return the number of releases between two series. 7.0 came after 6.19."""
    (major, minor), (other_major, other_minor) = map(series_number, (series, other))
    return abs(20 * (major - other_major) + minor - other_minor)
