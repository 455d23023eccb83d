# SPDX-License-Identifier: GPL-2.0-only
"""What the tool knows of each supported kernel: data only.

A series (VERSION.PATCHLEVEL) is supported by an entry in KERNELS. Files that go
as a whole are known by their contents, everything else by its structure.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Conversion:
    """A semantic patch, the file that it changes, and what must come of it.

    `adds` says for each string how many more of it the file must have
    afterwards: a rule that matched less or more often than foreseen shows here.
    """
    cocci: str
    path: str
    adds: dict


@dataclass(frozen=True)
class Kernel:
    """All that differs from series to series."""
    series: str
    package: str
    # Files that are replaced or deleted: {path: {sha256: versions seen in}}.
    stock: dict
    # Kconfig symbols that the menu of formats loses, and their texts' sha256.
    menu_symbols: tuple
    menu_sha256: dict
    # Objects that drivers/iommu/Makefile no longer builds.
    objects: tuple
    # Format symbols that drivers `select`: what replaces that.
    imply: tuple
    depend: tuple
    # Drivers that need another format than the one they select.
    needs: dict
    conversions: tuple


LINUX_6_12 = Kernel(
    series="6.12",
    package="linux-source-6.12",
    stock={
        "drivers/iommu/io-pgtable.c": {
            "ab1461bed5ec1e570b29d715f40250459800de45231aec428ffe6e1f9235b047":
            "6.12.94 to 6.12.117",
        },
        "drivers/iommu/io-pgtable-arm.c": {
            "05928f5fffd2082f7b63f06d2344db9239fdc4dd71935f2a0e7378ee31de4424":
            "6.12.94 to 6.12.117",
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
    ),
    menu_sha256={
        "b318d788a8c3f13284a83bd3f92b773d91ebeaa1876dc134971ca3730ba665fa":
        "6.12.94 to 6.12.117",
    },
    objects=("io-pgtable.o", "io-pgtable-arm.o", "io-pgtable-arm-v7s.o"),
    imply=("IOMMU_IO_PGTABLE_LPAE",),
    depend=("IOMMU_IO_PGTABLE_ARMV7S",),
    needs={"DRM_PANFROST": "IOMMU_IO_PGTABLE_MALI"},
    conversions=(
        Conversion("arm-smmu-v3.cocci",
                   "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
                   {"devm_io_pgtable_get_format(": 2,
                    "alloc_io_pgtable_ops(": -1,
                    "= io_pgtable_alloc(": 1,
                    "MODULE_SOFTDEP(": 1}),
        Conversion("register-dart.cocci",
                   "drivers/iommu/io-pgtable-dart.c",
                   {"#include <linux/io-pgtable-format.h>": 1,
                    "static struct io_pgtable_init_fns": 1,
                    "module_io_pgtable_formats(": 1}),
        Conversion("register-amd.cocci",
                   "drivers/iommu/amd/io_pgtable.c",
                   {"#include <linux/io-pgtable-format.h>": 1,
                    "static struct io_pgtable_init_fns": 1,
                    "module_io_pgtable_formats(amd_v1_formats)": 1}),
        Conversion("register-amd.cocci",
                   "drivers/iommu/amd/io_pgtable_v2.c",
                   {"#include <linux/io-pgtable-format.h>": 1,
                    "static struct io_pgtable_init_fns": 1,
                    "module_io_pgtable_formats(amd_v2_formats)": 1}),
    ),
)

KERNELS = {kernel.series: kernel for kernel in (LINUX_6_12,)}
