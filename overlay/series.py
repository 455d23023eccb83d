# SPDX-License-Identifier: GPL-2.0-only
"""Data for cutting the change into patches.

Each patch builds and works. First, the kernel's own formats register with the new
core. The kernel's own Arm formats stay built in, and have a lower priority than the
default. Then our formats are added one by one. Each of our formats makes new tables
once the format is registered. Then the drivers are converted one by one. A converted
driver works with either implementation. Finally the kernel's own Arm formats are
removed.
"""
from dataclasses import dataclass

from kernels import FNS, FORMAT_H, Conversion

FOLDER = "drivers/iommu/io-pgtable"
TESTS = f"{FOLDER}/kunit"
KUNITCONFIG = f"{FOLDER}/.kunitconfig"


@dataclass(frozen=True)
class Patch:
    """A patch, with the part of the change that it contains.

    A file belongs to the first patch with a pattern in `paths` that matches the file. A
    file that several patches edit is cut:

    - Kconfig files by `symbols`. Each line belongs to its entry. "" stands for lines
      outside of entries, "*" for all entries that no patch names.
    - Files in BY_LINE by `lines`. Each item is a string in the lines that change.
    - Our Makefiles by paragraph. A paragraph is added with the last of the files that
      the paragraph names.
    """
    subject: str
    body: str
    paths: tuple
    symbols: tuple = ()
    lines: tuple = ()
    # (path, a paragraph that is added to the body if the patch changes the path)
    where: tuple = ()


# Symbols that only tests need. TESTS=no leaves out these symbols and the documentation.
TEST_SYMBOLS = ("IOMMU_IO_PGTABLE_KUNIT_TEST", "IOMMU_IO_PGTABLE_CONSUMER",
                "IOMMU_IO_PGTABLE_FAULTY")
BY_LINE = ("drivers/iommu/Makefile", "MAINTAINERS")
BY_PARAGRAPH = (f"{FOLDER}/Makefile", f"{TESTS}/Makefile")

# Unchanged files with an edited copy, which git shows as a copy
COPIED = ("drivers/iommu/rockchip-iommu.c",)

# Edits of the first patch that a later patch removes together with the files
TEMPORARY = (
    Conversion("register-arm.cocci", "drivers/iommu/io-pgtable-arm.c",
               {FORMAT_H: 1, FNS: 5, "module_io_pgtable_formats(": 1}),
    Conversion("register-arm-v7s.cocci", "drivers/iommu/io-pgtable-arm-v7s.c",
               {FORMAT_H: 1, FNS: 1, "module_io_pgtable_formats(": 1}),
)
# {line of a file in BY_LINE: the replacement from the first patch until another patch
# removes the line}. The symbols become tristate before the files are removed.
TEMPORARY_LINES = {
    f"obj-$(CONFIG_IOMMU_IO_PGTABLE_{symbol}) += {name}.o\n":
    f"obj-$(if $(CONFIG_IOMMU_IO_PGTABLE_{symbol}),y) += {name}.o\n"
    for symbol, name in (("LPAE", "io-pgtable-arm"), ("ARMV7S", "io-pgtable-arm-v7s"))}

# Paragraphs of the patches of GPU drivers
RANGES = """\
Map and unmap a range in one call of io_pgtable_map_range() or
io_pgtable_unmap_range(). io-pgtable chooses the page sizes, so remove
{}(). Select IOMMU_IO_PGTABLE_LIB for these functions."""
NO_BBM = """\
Set IO_PGTABLE_QUIRK_NO_BBM, so that a block that is being split does not
become invalid for a moment. A GPU job does not survive the fault that
could follow. The existing implementation does not use break-before-make
either."""

PATCHES = (
    Patch(
        "iommu/io-pgtable: Replace the array of formats with a registry",
        """\
The io-pgtable core has an array of all page table formats. Every format
that a configured driver may use is therefore built in, although a kernel
that supports many platforms runs on only one of them. A vendor's format
has to change the enum of formats, the array and the header.

Add a registry. A format registers at run time, under its number in the
enum or under a name, "vendor,format". The format may be a module. The
core looks up a format and takes a reference to its module in one critical
section. A table keeps a pointer to the format that made the table, so
freeing a table does not look up a format.

Add io_pgtable_alloc(), which returns ERR_PTR on failure, so that drivers
can distinguish errors. alloc_io_pgtable_ops() stays, and still returns
NULL for any error.

Add devm_io_pgtable_get_format(), which pins a format: the function takes
a reference to the format, which is dropped when the driver is unbound.
Drivers call this function in probe. If the format is not registered, the
core requests the format's module by the module's alias. If the format is
still missing, the function returns -EPROBE_DEFER. The function returns
-ENOENT instead if the format is not configured, or if the driver core no
longer defers probes. The registration of a format triggers deferred
probes. An asynchronous probe does not wait for modprobe: a worker
requests the module, and the probe is deferred.

IOMMU drivers call devm_io_pgtable_get_default_format(). With this
function, a missing format is not an error if default domains do not
translate.

Several implementations of one format can be registered, with different
priorities. The implementation with the highest priority makes new tables.
An existing table keeps the implementation that made the table. The
existing implementations of the Arm formats register with a lower priority
than the default, so that later patches can replace these implementations
one at a time. Until then, these implementations stay built in.

Add CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS for architectures with static
calls. With this option, map, unmap and iova_to_phys are direct calls for
the tables of one format, the format of the first table. Calls for the
tables of other formats stay indirect.

The KUnit suites test the registry. Stubs replace the module loader and
the check whether the driver core still defers probes.""",
        ("include/linux/io-pgtable.h", "include/linux/io-pgtable-format.h",
         "drivers/iommu/io-pgtable.c", "drivers/iommu/io-pgtable-dart.c",
         "drivers/iommu/amd/*", "rust/kernel/iommu/pgtable.rs",
         *(f"{FOLDER}/{name}" for name in ("core.[ch]", "compat.h", "direct.c")),
         f"{TESTS}/compat.h", f"{TESTS}/core/turns.h",
         *(f"{TESTS}/core/{name}.c" for name in
           ("registry", "implementations", "fuzz", "direct"))),
        ("", "IOMMU_IO_PGTABLE", "IOMMU_IO_PGTABLE_LAYERS",
         "IOMMU_IO_PGTABLE_DIRECT_CALLS", "IOMMU_IO_PGTABLE_KUNIT_TEST"),
        (" io-pgtable.o", " io-pgtable/",
         "\tdrivers/iommu/io-pgtable/", "\tinclude/linux/io-pgtable*"),
        (("MAINTAINERS", """\
List the new files in MAINTAINERS, in the entry that has the existing
formats."""),
         ("drivers/iommu/amd/io_pgtable.c", """\
The AMD formats remain part of the AMD IOMMU driver, and register with the
core."""),
         ("rust/kernel/iommu/pgtable.rs", """\
In the Rust abstraction, IoPageTable::new() returns the error of a failed
allocation instead of ENOMEM. Add IoPageTable::get_format(), which pins a
format.""")),
    ),
    Patch(
        "iommu/io-pgtable: Add a library for formats and a conformance suite",
        """\
Each format has its own copy of the same page table walk: descend, install
a table, replace a block, unmap a range, free empty tables. The copies
have different bugs. For example, a call may pass a range that starts
below 2^ias and ends above 2^ias. One format then accesses memory beyond
the root table. Another format wraps around to address 0.

Add the walk as headers that a format includes. The format supplies its
descriptor bits, geometry and registers as inline functions, so that
mapping many pages takes only a few instructions for each descriptor. Add
the library io-pgtable-lib for functions that need not be compiled for
each format: allocation and reservation of table memory, checks of
arguments, and map and unmap of a range with several page sizes.

The walk checks all addresses of a range before changing a descriptor.
Live descriptors are written with WRITE_ONCE() or cmpxchg(). Callers can
map and unmap disjoint ranges at the same time without a lock. If a block
or a contiguous group has to be split, the walk takes a lock and follows
break-before-make. For hardware that must not fault, a format can support
IO_PGTABLE_QUIRK_NO_BBM, which disables break-before-make.

If a driver has tlb_add_range in its iommu_flush_ops, the walk reports a
run of unmapped leaves with one call of tlb_add_range.

The conformance suite runs on the tables of any format. The suite compares
the result of each call with a model of the address space, and compares
the changed descriptors with the TLB invalidations that the format
requests from the driver.""",
        ("include/linux/io-pgtable-walk/*", "include/linux/io-pgtable-inspect.h",
         *(f"{FOLDER}/{name}.c" for name in ("by-pages", "memory", "pool", "range", "tlb")),
         f"{FOLDER}/memory.h", f"{FOLDER}/steps.h",
         f"{TESTS}/conformance/*", f"{TESTS}/core/memory.c", f"{TESTS}/no-tlb.h"),
        ("IOMMU_IO_PGTABLE_LIB",),
        ("\tinclude/linux/io-pgtable-walk/",),
    ),
    Patch(
        "iommu/io-pgtable: Add the Arm long-descriptor format as a module",
        """\
Add an implementation of the Armv7 and Armv8-A long-descriptor format,
stages 1 and 2. The new implementation uses the common walk, can be a
module, and has a higher priority than the implementation in
io-pgtable-arm.c. A later patch removes that file, after all drivers are
converted.

Registers and descriptors are those of the existing implementation, except
for corrections. The main corrections are:

 - A range that extends beyond the input or output address space is
   refused as a whole: map_pages() returns -ERANGE, and unmap_pages()
   returns 0. The existing implementation checks only the start of a
   range, and may access memory beyond the root table.
 - Mapping a block over live pages returns -EEXIST, and the pages stay
   mapped. The existing implementation frees the table with the pages, and
   maps the block.
 - Stage-2 IOMMU_NOEXEC sets XN[1:0] to 0b10. The existing implementation
   sets 0b11, which allows execution at EL1 if FEAT_XNX is implemented.
 - iova_to_phys() returns 0 for an address outside the input address
   space.
 - MAIR attributes 4 to 7 are 0. The existing implementation sets these
   attributes by sign extension.
 - read_and_clear_dirty() reports to the driver which leaves have become
   clean, so that the driver can invalidate the TLB entries.

Drivers can enable the contiguous hint with two quirks.
IO_PGTABLE_QUIRK_ARM_CONTIG adds the sizes of contiguous groups to the
page sizes of the table. IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS sets the hint
wherever one call maps a whole group.

KUnit suites test the format, in place of self-tests at boot. On arm64,
one suite installs the tables in TTBR0_EL1, so that the CPU's own MMU
walks the tables.""",
        (f"{FOLDER}/arm-lpae*", f"{TESTS}/arm-lpae/*", f"{TESTS}/hw/arm64*",
         f"{TESTS}/hw/access.h"),
        ("IOMMU_IO_PGTABLE_LPAE", "IOMMU_IO_PGTABLE_LPAE_SELFTEST"),
    ),
    Patch(
        "iommu/io-pgtable: Add the Mali format as a module",
        """\
The page table format of Midgard and Bifrost GPUs is a part of
io-pgtable-arm.c, so any kernel with an SMMU driver contains this format.
Add an implementation as a separate module. The format is a variant of the
long-descriptor format, with other memory attributes, and with TRANSTAB
and MEMATTR in place of TTBR, TCR and MAIR.

A later patch makes Panfrost imply CONFIG_IOMMU_IO_PGTABLE_MALI. Until
then, Panfrost selects the implementation in io-pgtable-arm.c.""",
        (f"{FOLDER}/arm-mali*", f"{TESTS}/arm-mali/*"),
        ("IOMMU_IO_PGTABLE_MALI",),
    ),
    Patch(
        "iommu/io-pgtable: Add the Armv7 short-descriptor format as a module",
        """\
Add an implementation of the short-descriptor format, with MediaTek's
extensions. The new implementation uses the common walk, can be a module,
and has a higher priority than the implementation in io-pgtable-arm-v7s.c.
A later patch removes that file, after all drivers are converted.

Registers and descriptors are those of the existing implementation, except
for corrections. The main corrections are:

 - A range that extends beyond 2^ias is refused as a whole: map_pages()
   returns -ERANGE, and unmap_pages() returns 0. The existing
   implementation wraps around to address 0.
 - In kernels that split blocks, the remaining pages of a split section
   keep their output addresses. The existing implementation maps these
   pages to physical addresses from 0 on. Any part of a supersection can
   be unmapped, not only a part of its first MiB.
 - The root table has at least 16 KiB, even for a small input address
   space, since the walker may read 16 KiB.

KUnit suites test the format, in place of self-tests at boot. On 32-bit
Arm without LPAE, one suite installs the tables in TTBR0, so that the
CPU's own MMU walks the tables.""",
        (f"{FOLDER}/arm-v7s*", f"{TESTS}/arm-v7s/*", f"{TESTS}/hw/arm.c",
         f"{TESTS}/hw/arm-access.S"),
        ("IOMMU_IO_PGTABLE_ARMV7S", "IOMMU_IO_PGTABLE_ARMV7S_SELFTEST"),
    ),
    Patch(
        "iommu/arm-smmu-v3: Pin page table formats in probe",
        """\
The driver selects the long-descriptor format. If the driver is built in,
the format has to be built in as well. The driver notices a missing format
only when the IOMMU core allocates a default domain. An error at that
point makes the probe of the SMMU fail permanently.

Imply the format, and pin the format in probe. Probe returns -EPROBE_DEFER
if the format may still become available. Return the error of
io_pgtable_alloc() instead of -ENOMEM.

When the driver core no longer defers probes, drivers of devices behind
the SMMU bind without the SMMU, and the devices do DMA with physical
addresses. The reset in a later probe of the SMMU would block this DMA.
Return -EBUSY from probe before the reset if the devicetree describes such
a device.

Implement tlb_add_range, so that one call adds a range to the gather
structure. Set the contiguous hint, unless SMMU_IIDR identifies an MMU-700
or an MMU S3, which are affected by Arm's errata 3777127 and 3673557
respectively. The parameter arm_smmu_v3.contiguous_hint overrides this
choice. If an invalidation takes several range commands, extend the range
to whole contiguous groups, so that no command ends inside a group.

A KUnit suite lets an SMMU walk the tables: a PCI device does DMA through
the tables. The suite uses QEMU's PCI devices edu and ivshmem.""",
        ("drivers/iommu/arm/arm-smmu-v3/*", f"{FOLDER}/masters.h",
         f"{TESTS}/hw/smmu-v3-dma.c"),
        ("ARM_SMMU_V3",),
    ),
    Patch(
        "iommu/arm-smmu: Pin page table formats in probe",
        """\
arm-smmu and qcom_iommu select the long-descriptor format. If one of these
drivers is built in, the format has to be built in as well. The drivers
notice a missing format only when the IOMMU core allocates a default
domain. An error at that point makes the probe of the SMMU fail
permanently.

Imply the format. Pin the formats in probe: arm-smmu pins the formats that
the driver may choose according to the ID registers. The clocks are on at
this point of probe, so turn the clocks off if the probe fails or is
deferred. Return the error of io_pgtable_alloc() instead of -ENOMEM.

With disable_bypass, return -EBUSY from the probe of arm-smmu before the
reset if the devicetree describes a device that already does DMA without
the SMMU. The reset would block this DMA.

Implement tlb_add_range in arm-smmu. At stage 2 of SMMUv1, an invalidation
always affects a whole VMID, so one invalidation for a range replaces one
invalidation for each page.

Set the contiguous hint for MMU-500 and for Qualcomm's SMMUs, with two
exceptions. Unmapping a part of a contiguous group makes accesses to the
rest of the group fault for a moment. Such a fault ends the job of a GPU,
so do not set the hint for the SMMUs of Adreno GPUs. An erratum limits
Tegra194 and Tegra234 to single pages, so do not set the hint for the
SMMUs of these SoCs either. The parameter arm_smmu.contiguous_hint
overrides this choice.""",
        ("drivers/iommu/arm/arm-smmu/*",),
        ("ARM_SMMU", "QCOM_IOMMU"),
    ),
    Patch(
        "iommu/ipmmu-vmsa: Pin the page table format in probe",
        """\
The driver is built in and selects the long-descriptor format, so the
format has to be built in as well.

Imply the format. Pin the format in probe, before the driver maps
registers and requests interrupts. Probe returns -EPROBE_DEFER if the
format may still become available. Return the error of io_pgtable_alloc()
instead of -EINVAL.""",
        ("drivers/iommu/ipmmu-vmsa.c",),
        ("IPMMU_VMSA",),
    ),
    Patch(
        "iommu/mediatek: Pin the page table format in probe",
        """\
The driver selects the short-descriptor format, whose Kconfig symbol used
to be a bool. With IPMMU_VMSA=y and MTK_IOMMU=m, for example, both the
long-descriptor format and the short-descriptor format were built in.

Imply the format, and pin the format in probe. Probe returns -EPROBE_DEFER
if the format may still become available. Return the error of
io_pgtable_alloc() instead of -ENOMEM.""",
        ("drivers/iommu/mtk_iommu.c",),
        ("MTK_IOMMU",),
    ),
    Patch(
        "iommu/msm: Pin the page table format in probe",
        """\
The driver is built in and selects the short-descriptor format, so the
format has to be built in as well. Imply the format, and pin the format in
probe. Probe returns -EPROBE_DEFER if the format may still become
available.

The driver ignored the error if the allocation of a table failed, and kept
a pointer to a freed table. Return the error, and clear the pointer. Free
the table after the contexts are reset, not before. Without a table, map
returns -ENODEV and unmap returns 0.""",
        ("drivers/iommu/msm_iommu.c",),
        ("MSM_IOMMU",),
    ),
    Patch(
        "iommu/apple-dart: Use page table formats that are modules",
        """\
Add an implementation of the DART formats that uses the common walk and
can be a module. The new implementation has a higher priority than the
implementation in io-pgtable-dart.c. The existing implementation stays
available for comparison, and can be a module as well.

Imply the new implementation in the driver's Kconfig entry, and pin the
format in probe:

 - A DART with pages larger than the CPU's pages only has identity
   domains. The format is optional.
 - Any other DART that can bypass translation requires the format if
   default domains translate.
 - Any other DART that cannot bypass translation always requires the
   format.

Probe returns -EPROBE_DEFER if the format may still become available.
Return the error of io_pgtable_alloc() instead of -ENOMEM. Return -EBUSY
from probe before the reset if the devicetree describes a device that
already does DMA without the DART.""",
        (f"{FOLDER}/apple-dart*", f"{TESTS}/apple-dart/*", "drivers/iommu/apple-dart.c"),
        ("IOMMU_IO_PGTABLE_DART", "IOMMU_IO_PGTABLE_APPLE_DART", "APPLE_DART"),
    ),
    Patch(
        "iommu/rockchip: Add an option to use io-pgtable",
        """\
The driver has its own page table code. One call writes the descriptors of
up to 4 MiB, with a spinlock held and interrupts disabled.

Add the two formats of the hardware to io-pgtable, under the names
"rockchip,rk3288" and "rockchip,rk3568". These formats have no number in
enum io_pgtable_fmt, so the core does not change.

Add CONFIG_ROCKCHIP_IOMMU_IO_PGTABLE, which is off by default. With this
option, the driver is built from rockchip-iommu-io-pgtable.c, an edited
copy of rockchip-iommu.c that pins one of these formats in probe and gets
page tables from io-pgtable. Callers can then map and unmap disjoint
ranges at the same time, and one call maps any number of pages. Without
this option, the driver does not change.""",
        (f"{FOLDER}/rockchip.c", "include/linux/io-pgtable-rockchip.h",
         f"{TESTS}/rockchip/*", "drivers/iommu/rockchip-iommu*.c"),
        ("IOMMU_IO_PGTABLE_ROCKCHIP", "ROCKCHIP_IOMMU_IO_PGTABLE"),
        ("rockchip-iommu.o",),
    ),
    Patch(
        "drm/panfrost: Pin the page table format and map ranges in one call",
        """\
Panfrost allocates a page table for each open file. If the format is
missing, open() fails with -EINVAL.

Imply the formats of the driver's GPUs. Pin the format of the GPU in
probe, before user space can open the device. Probe returns -EPROBE_DEFER
if the format may still become available. Return the error of
io_pgtable_alloc() instead of -EINVAL.

""" + RANGES.format("get_pgsize") + "\n\n" + NO_BBM,
        ("drivers/gpu/drm/panfrost/*",),
        ("DRM_PANFROST",),
    ),
    Patch(
        "drm/panthor: Pin the page table format and map ranges in one call",
        """\
Panthor allocates a page table for its firmware in probe, with the GPU
powered. Panthor allocates other page tables on behalf of user space.

Imply the long-descriptor format, and pin the format at the beginning of
probe, before any step that an error would have to undo. Probe returns
-EPROBE_DEFER if the format may still become available. Return the error
of io_pgtable_alloc() instead of -EINVAL.

""" + RANGES.format("get_pgsize") + "\n\n" + NO_BBM,
        ("drivers/gpu/drm/panthor/*", "drivers/gpu/drm/tyr/*"),
        ("DRM_PANTHOR", "DRM_TYR"),
        where=(("drivers/gpu/drm/tyr/driver.rs", """\
Pin the format also in Tyr, the Rust driver of the same GPUs. The module!
macro has no field for a soft dependency, so add the soft dependency as a
string in the section .modinfo."""),),
    ),
    Patch(
        "drm/msm: Map ranges in one call and return errors of io-pgtable",
        """\
The driver of the GPU's SMMU pins the format of the GPU's page tables, so
the GPU driver does not pin the format. Return the error of
io_pgtable_alloc() instead of -ENOMEM.

""" + RANGES.format("calc_pgsize"),
        ("drivers/gpu/drm/msm/*",),
        ("DRM_MSM",),
    ),
    Patch(
        "iommu/io-pgtable: Remove io-pgtable-arm.c and io-pgtable-arm-v7s.c",
        """\
Each format in these two files has another implementation, which has a
higher priority and can be a module. All drivers in the tree are
converted, and no longer select the formats.

Remove both files. A kernel with built-in drivers can then have the
formats as modules.""",
        ("drivers/iommu/io-pgtable-arm.c", "drivers/iommu/io-pgtable-arm-v7s.c"),
        ("*",),
        (" io-pgtable-arm",),
    ),
    Patch(
        "iommu/io-pgtable: Add debugfs and tracepoints",
        """\
There is no interface to inspect a page table. Developers have to add
printk() to the driver.

Add the debugfs file io-pgtable/formats, which lists the registered
implementations. For each implementation the file shows the module, the
number of tables, and the devices whose drivers have pinned the
implementation.

Add a debugfs directory for each page table. The files in a directory show
the configuration and the registers, the mappings, the tables in memory,
and the walk to an address. The files can be read while devices and CPUs
use the table. While a file is open, a CPU that frees a table first takes
the spinlock that readers hold, so that readers do not access freed
memory. While no file is open, the only cost is a test when a table is
freed.

Add tracepoints for page tables that are allocated, freed, mapped and
unmapped, and for invalidations of walks. Add tracepoints for formats that
are registered, unregistered, pinned, waited for and missing.

The list of formats, the directories and the tracepoints have separate
options. Without these options no code is added.""",
        (*(f"{FOLDER}/{name}" for name in
           ("debugfs.c", "tables.c", "dump.[ch]", "trace.c")),
         "include/trace/events/io_pgtable.h",
         "Documentation/ABI/testing/debugfs-io-pgtable",
         *(f"{TESTS}/core/{name}.c" for name in ("tables", "faults", "trace"))),
        ("IOMMU_IO_PGTABLE_DEBUGFS", "IOMMU_IO_PGTABLE_TABLES", "IOMMU_IO_PGTABLE_TRACE"),
        ("\tDocumentation/ABI/testing/debugfs-io-pgtable", "\tinclude/trace/events/io_pgtable.h"),
    ),
    Patch(
        "iommu/io-pgtable: Add a self-test at registration and a checker",
        """\
Modular formats can come from outside the tree. A format with a subtle bug
corrupts memory.

Add CONFIG_IOMMU_IO_PGTABLE_SELFTEST, which tests each implementation at
registration. The test maps, translates and unmaps addresses in a table of
its own. An implementation that fails the test makes no tables. Drivers
then get a table from another implementation, or an error. The test takes
a few milliseconds for each format.

Add a module, io-pgtable-check. While the module is loaded, the checker
wraps new tables. The checker compares each call with a model of the
address space, and records which translations a TLB may still cache. The
checker reports mappings that are lost, duplicated or wrong, and missing
invalidations. A report shows the device, the driver and the stack. While
the module is not loaded, the checker costs nothing.

Add an implementation with faults on request, for tests of the checker.
Add a platform driver that only has a page table, for tests of deferral
and unloading.""",
        (KUNITCONFIG, f"{FOLDER}/selftest.c", f"{FOLDER}/check*", f"{TESTS}/core/selftest.c",
         f"{TESTS}/checker/*", f"{TESTS}/scenarios/*"),
        ("IOMMU_IO_PGTABLE_SELFTEST", "IOMMU_IO_PGTABLE_CHECK",
         "IOMMU_IO_PGTABLE_CONSUMER", "IOMMU_IO_PGTABLE_FAULTY"),
    ),
    Patch(
        "kbuild: deb-pkg: Add initramfs hooks for page table formats",
        """\
If the root file system is on a device behind an IOMMU, the initramfs must
contain the module of the IOMMU's page table format. If the IOMMU driver
is a module, initramfs tools follow the soft dependency of the driver. The
tools ignore the soft dependencies of built-in drivers, and some versions
ignore weak dependencies.

Add hooks for initramfs-tools and dracut that add the modules of the
formats to the initramfs. Install the hooks with the kernel package.""",
        (f"{FOLDER}/initramfs/*", "scripts/package/builddeb"),
    ),
    Patch(
        "Documentation: driver-api: Describe io-pgtable",
        """\
Describe how drivers get page tables and how formats register. Include the
reference from the kernel-doc comments.""",
        ("Documentation/driver-api/*",),
        (),
        ("\tDocumentation/driver-api/io-pgtable.rst",),
    ),
)
