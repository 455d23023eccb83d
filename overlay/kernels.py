# SPDX-License-Identifier: GPL-2.0-only
"""What the tool knows of each supported kernel: data only.

A series (VERSION.PATCHLEVEL) is supported by an entry in KERNELS. Files that go
as a whole are known by their contents, everything else by its structure.
"""
from dataclasses import dataclass


# What the conversions of drivers, and of providers, add or take away.
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
    """A semantic patch, the file that it changes, and what must come of it.

    `adds` says for each string how many more of it the file must have
    afterwards: a rule that matched less or more often than foreseen shows here.
    """
    cocci: str
    path: str
    adds: dict
    # A file for what comes of it, if that does not take the place of `path`.
    into: str = ""


@dataclass(frozen=True)
class Driver:
    """A user of io-pgtable, for people to read about. No `cocci`: unchanged, or
    in Rust and edited by edits.py. `ranges`: it calls the library."""
    symbol: str
    name: str
    formats: tuple
    table_for: str
    cocci: str = ""
    rust: bool = False
    ranges: bool = False


@dataclass(frozen=True)
class Kernel:
    """All that differs from series to series."""
    series: str
    package: str
    # Releases whose unchanged source was converted. The test suite runs on the
    # installed one, and on the oldest and the newest that Debian offers.
    converts: tuple
    # Files that are replaced or deleted: {path: {sha256: versions seen in}}.
    stock: dict
    # Kconfig symbols that the menu of formats loses, and their texts' sha256.
    menu_symbols: tuple
    menu_sha256: dict
    # Objects that drivers/iommu/Makefile no longer builds.
    objects: tuple
    # Symbols of formats: drivers no longer `select` but `imply` them.
    imply: tuple
    # {driver: the formats that it needs, instead of the one that it selects}.
    instead: dict
    conversions: tuple
    # What is then done to the outcome: loops over page sizes become one call.
    ranges: tuple
    # And then: how drivers call a table.
    calls: tuple
    # Files that allocate tables and stay as they are.
    unconverted: tuple
    drivers: tuple
    # {path: "abstraction" for drivers in Rust; a driver's "probe", "module"}.
    rust: dict


# What is converted alike in all series.
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
    # As it was, unless CONFIG_ROCKCHIP_IOMMU_IO_PGTABLE chooses the other file.
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
    """How many calls of each kind a file has."""
    return Conversion("calls.cocci", path,
                      {MAP: maps, UNMAP: unmaps, LOOK_UP: look_ups})


def ranges(cocci, path, gone, unmaps=1, **more):
    """One map, and so many unmaps, of a range; `gone` picked page sizes."""
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
# The kernel's own implementation stays, for those who choose it.
DART = {"APPLE_DART": ("IOMMU_IO_PGTABLE_APPLE_DART",)}
OBJECTS = ("io-pgtable.o", "io-pgtable-arm.o", "io-pgtable-arm-v7s.o")

LINUX_6_12 = Kernel(
    series="6.12",
    package="linux-source-6.12",
    converts=("6.12.95", "6.12.107", "6.12.111", "6.12.113", "6.12.115", "6.12.117",
              "6.12.118"),
    stock={
        "drivers/iommu/io-pgtable.c": {
            "ab1461bed5ec1e570b29d715f40250459800de45231aec428ffe6e1f9235b047":
            "6.12.94 to 6.12.117",
        },
        "drivers/iommu/io-pgtable-arm.c": {
            "05928f5fffd2082f7b63f06d2344db9239fdc4dd71935f2a0e7378ee31de4424":
            "6.12.94 to 6.12.117",
        },
        "drivers/iommu/io-pgtable-arm-v7s.c": {
            "80b976d66f0b3b4fb0af8d51e354be80c1bec67ce3a0bad144622908229e245e":
            "6.12.95 to 6.12.117",
        },
        "include/linux/io-pgtable.h": {
            "e74393eb84f6b5c2b5357c05ca3d29c40793f615f611f80b9141ce697449d126":
            "6.12.94 to 6.12.117",
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
        "6.12.95 to 6.12.117",
    },
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
    # AMD's formats are built in with it.
    unconverted=("drivers/iommu/amd/iommu.c",),
    drivers=DRIVERS + (
        Driver("DRM_PANFROST", "panfrost", ("ARM_MALI_LPAE",),
               "open file", "panfrost.cocci", ranges=True),
        Driver("AMD_IOMMU", "amd", ("AMD_IOMMU_V1", "AMD_IOMMU_V2"), "domain"),
    ),
    rust={},
)

# AMD's formats have left io-pgtable for generic_pt. The self-test of LPAE is a
# KUnit suite in a file of its own, which stays as it is.
LINUX_7_3 = Kernel(
    series="7.3",
    package="linux-source-7.3",
    converts=("7.3.4",),
    stock={
        "drivers/iommu/io-pgtable.c": {
            "ff6d8b529c68120f609e95daa90154de54c81da04f5d894a92ef3033cfa6c1e4":
            "7.3.4",
        },
        "drivers/iommu/io-pgtable-arm.c": {
            "41885615ee42cadf527eda2be1066f9dbf8ee60e3d6f1d96f11a639886d4255e":
            "7.3.4",
        },
        "drivers/iommu/io-pgtable-arm-v7s.c": {
            "fb6f5b07e107fdc8af9b98bc4e1a30ff55855755f6b406d47935b24c12a05d62":
            "7.3.4",
        },
        "include/linux/io-pgtable.h": {
            "360318641218b27728313dfa1beadf5e9ce8671f6e3223104113e16db6aef0ec":
            "7.3.4",
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
        "7.3.4",
    },
    objects=OBJECTS,
    imply=IMPLY,
    # Some GPUs have the same tables as Arm's CPUs.
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
    # The kernel's own KUnit suite.
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

KERNELS = {kernel.series: kernel for kernel in (LINUX_6_12, LINUX_7_3)}
