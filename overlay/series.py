# SPDX-License-Identifier: GPL-2.0-only
"""Data for cutting the change into patches.

The order of patches is such that each patch builds and works. First, the kernel's
own formats register with the new core at a lower priority, still built in. Our
formats are added one by one; each makes all tables from then on. Then the drivers
are converted one by one. They work with either implementation. Finally the kernel's
own formats are removed.
"""
from dataclasses import dataclass

from kernels import FNS, FORMAT_H, Conversion

FOLDER = "drivers/iommu/io-pgtable"
TESTS = f"{FOLDER}/kunit"
KUNITCONFIG = f"{FOLDER}/.kunitconfig"


@dataclass(frozen=True)
class Patch:
    """A patch, with the part of the change that it contains.

    A file belongs to the first patch with a pattern in `paths` for the file. Files that
    several patches edit are cut:

    - Kconfig files by `symbols`. Each line belongs to its entry. "" stands for lines
      outside of entries, "*" for all entries that no patch names.
    - Files in BY_LINE by `lines`, strings in the lines that change.
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


# Symbols that only tests need. TESTS=no leaves out these and the documentation.
TEST_SYMBOLS = ("IOMMU_IO_PGTABLE_KUNIT_TEST", "IOMMU_IO_PGTABLE_CONSUMER",
                "IOMMU_IO_PGTABLE_FAULTY")
BY_LINE = ("drivers/iommu/Makefile",)
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
# {line of a file in BY_LINE: the line that replaces it from the first patch until another
# patch removes the line}. The symbols become tristate before the files are removed.
TEMPORARY_LINES = {
    f"obj-$(CONFIG_IOMMU_IO_PGTABLE_{symbol}) += {name}.o\n":
    f"obj-$(if $(CONFIG_IOMMU_IO_PGTABLE_{symbol}),y) += {name}.o\n"
    for symbol, name in (("LPAE", "io-pgtable-arm"), ("ARMV7S", "io-pgtable-arm-v7s"))}

PATCHES = (
    Patch(
        "iommu/io-pgtable: Replace the array of formats by a registry",
        """\
The core has an array of all page table formats. A format that any driver
may need is therefore built in, even in a kernel that supports many
platforms and boots on one. A vendor's format has to change the enum, the
array and the header.

Add a registry. A format registers at run time under its number or under
a name, "vendor,format", and may be a module. Finding a format and taking
a reference to its module are one critical section. A table keeps the
format that made it, so freeing a table never looks up a format.

io_pgtable_alloc() returns ERR_PTR, with one errno for each cause.
devm_io_pgtable_get_format() lets a driver pin a format in probe: it
requests the module by its alias. If the format can still arrive, it
returns -EPROBE_DEFER, and registration of the format triggers deferred
probes. If the format will never be available, it returns -ENOENT.
alloc_io_pgtable_ops() stays, and still returns NULL for any error.

Several implementations of one format can be registered. The one with the
highest priority makes new tables; existing tables keep theirs. The
existing implementations of the Arm formats register with a lower priority
than the default, so that others can take their place one at a time. They
stay built in until they are removed.

Where the architecture has static calls, an option replaces the indirect
calls of map, unmap and iova_to_phys by direct ones.

The KUnit suites test the registry with stubs in place of the module
loader and of the deferral window.""",
        ("include/linux/io-pgtable.h", "include/linux/io-pgtable-format.h",
         "drivers/iommu/io-pgtable.c", "drivers/iommu/io-pgtable-dart.c",
         "drivers/iommu/amd/*", "rust/kernel/iommu/pgtable.rs",
         *(f"{FOLDER}/{name}" for name in ("core.[ch]", "compat.h", "direct.c")),
         f"{TESTS}/compat.h", f"{TESTS}/core/turns.h",
         *(f"{TESTS}/core/{name}.c" for name in
           ("registry", "implementations", "fuzz", "direct"))),
        ("", "IOMMU_IO_PGTABLE", "IOMMU_IO_PGTABLE_LAYERS",
         "IOMMU_IO_PGTABLE_DIRECT_CALLS", "IOMMU_IO_PGTABLE_KUNIT_TEST"),
        (" io-pgtable.o", " io-pgtable/"),
        (("drivers/iommu/amd/io_pgtable.c", """\
AMD's formats stay part of AMD's driver, and register as well."""),
         ("rust/kernel/iommu/pgtable.rs", """\
The Rust abstraction returns the cause of a failed allocation, and gets
IoPageTable::get_format().""")),
    ),
    Patch(
        "iommu/io-pgtable: Add a library for formats and a conformance suite",
        """\
Each format has its own copy of the same walk: descend, install a table,
replace a block, unmap a range, free what is empty. The copies differ in
their defects. A range that starts below 2^ias and runs past it, for
instance, reads and writes beyond the root table in one format and wraps
to address 0 in another.

Add the walk as a header that a format is compiled with. The format
supplies descriptor bits, geometry and registers, all inline, so that a
bulk map costs a few instructions for each entry. Add a library,
io-pgtable-lib, with the functions that need not be compiled for each
format: allocation of table memory, and map and unmap of a range that
takes several page sizes.

The walk checks a whole range before it changes anything, writes live
descriptors with WRITE_ONCE() or cmpxchg(), and lets callers map and unmap
disjoint ranges at the same time without a lock. A driver that has
tlb_add_range in its iommu_flush_ops receives one call for a range of
leaves.

The conformance suite runs on the tables of any format. It compares each
call with a model of the address space, and each descriptor that is
reported to the driver with what has changed.""",
        ("include/linux/io-pgtable-walk/*", "include/linux/io-pgtable-inspect.h",
         *(f"{FOLDER}/{name}.c" for name in ("by-pages", "memory", "pool", "range", "tlb")),
         f"{FOLDER}/memory.h", f"{FOLDER}/steps.h",
         f"{TESTS}/conformance/*", f"{TESTS}/core/memory.c", f"{TESTS}/no-tlb.h"),
        ("IOMMU_IO_PGTABLE_LIB",),
    ),
    Patch(
        "iommu/io-pgtable: Add the Arm long-descriptor format as a module",
        """\
Add an implementation of the Armv7 and Armv8-A long-descriptor format,
stages 1 and 2, that uses the common walk and can be a module. It takes
precedence over the one in io-pgtable-arm.c, which is removed once all
drivers are converted.

Registers and descriptors are those of the existing implementation, with
these corrections:

 - A range that leaves the input or output address space is refused with
   -ERANGE, as a whole. It used to access memory beyond the root table.
 - A block is not mapped over live pages. The pages used to be lost, and
   the caller got -EEXIST.
 - Stage-2 IOMMU_NOEXEC sets XN[1:0] to 0b10. With FEAT_XNX, 0b11 lets EL1
   execute.
 - iova_to_phys() of an address above ias is 0.
 - MAIR attributes 4 to 7 are 0, not a sign extension.
 - Leaves whose dirty state is cleared are reported to the driver, which
   can then invalidate the TLB entries.

The contiguous hint can be enabled by a quirk.

The self-tests at boot are replaced by KUnit suites. One of these has
tables walked by the CPU's own MMU.""",
        (f"{FOLDER}/arm-lpae*", f"{TESTS}/arm-lpae/*", f"{TESTS}/hw/arm64*",
         f"{TESTS}/hw/access.h"),
        ("IOMMU_IO_PGTABLE_LPAE", "IOMMU_IO_PGTABLE_LPAE_SELFTEST"),
    ),
    Patch(
        "iommu/io-pgtable: Add the Mali format as a module",
        """\
The format of Midgard and Bifrost GPUs is a part of io-pgtable-arm.c, so
any kernel with an SMMU has it. Add an implementation that is a module of
its own, as a variation on the long-descriptor format: it has other memory
attributes, and TRANSTAB in place of TTBR and TCR.

Panfrost starts to use it when it is converted.""",
        (f"{FOLDER}/arm-mali*", f"{TESTS}/arm-mali/*"),
        ("IOMMU_IO_PGTABLE_MALI",),
    ),
    Patch(
        "iommu/io-pgtable: Add the Armv7 short-descriptor format as a module",
        """\
Add an implementation of the short-descriptor format, with MediaTek's
extensions, that uses the common walk and can be a module. It takes
precedence over the one in io-pgtable-arm-v7s.c, which is removed once all
drivers are converted.

Registers and descriptors are those of the existing implementation, with
these corrections:

 - A range that runs past 2^ias is refused. It used to wrap to address 0.
 - Where blocks can be split, what is left of a section is mapped to where
   it was, and not to physical address 0. A part of a supersection beyond
   its first MiB can be unmapped.
 - The root table has 16 KiB even for a small address space, since the
   walker may read as much.

The self-tests at boot are replaced by KUnit suites. On 32-bit Arm, one of
these has tables walked by the CPU's own MMU.""",
        (f"{FOLDER}/arm-v7s*", f"{TESTS}/arm-v7s/*", f"{TESTS}/hw/arm.c",
         f"{TESTS}/hw/arm-access.S"),
        ("IOMMU_IO_PGTABLE_ARMV7S", "IOMMU_IO_PGTABLE_ARMV7S_SELFTEST"),
    ),
    Patch(
        "iommu/arm-smmu-v3: Pin page table formats in probe",
        """\
The driver selects the long-descriptor format, which a built-in driver
forces to be built in. It learns of a missing format when the IOMMU core
allocates a default domain, where any error fails the SMMU for good.

Imply the format, and pin it in probe. A format that can still arrive
defers the probe. Pass on why a table could not be allocated.

An SMMU that is probed after the deferral window has closed may have
devices that already do DMA without it. Refuse to reset the SMMU in that
case: the reset would block their DMA.

Implement tlb_add_range, so that one call gathers a range. Set the
contiguous hint, unless IIDR says that the SMMU is affected by Arm's
erratum 3777127 (MMU-700) or 3673557 (MMU S3). arm_smmu_v3.contiguous_hint
overrides that. No range command ends inside of a contiguous group.

The KUnit suite has an SMMU walk the tables by DMA of two PCI devices.""",
        ("drivers/iommu/arm/arm-smmu-v3/*", f"{FOLDER}/masters.h",
         f"{TESTS}/hw/smmu-v3-dma.c"),
        ("ARM_SMMU_V3",),
    ),
    Patch(
        "iommu/arm-smmu: Pin page table formats in probe",
        """\
arm-smmu and qcom_iommu select the long-descriptor format, which a
built-in driver forces to be built in. They learn of a missing format when
the IOMMU core allocates a default domain, where any error fails the SMMU
for good.

Imply the formats. Pin those that the ID registers allow in probe, with
the clocks on, and turn the clocks off again if the probe has to be
deferred. Pass on why a table could not be allocated. Refuse to reset an
SMMU whose devices already do DMA without it.

Implement tlb_add_range: by version 1's stage 2, for instance, one call
invalidates as much as one for each page. Set the contiguous hint for
MMU-500 and for Qualcomm's SMMUs, but not for those of GPUs, which lose
their job if a part of a group faults for a moment.
arm_smmu.contiguous_hint overrides that.""",
        ("drivers/iommu/arm/arm-smmu/*",),
        ("ARM_SMMU", "QCOM_IOMMU"),
    ),
    Patch(
        "iommu/ipmmu-vmsa: Pin the page table format in probe",
        """\
The driver is built in and selects the long-descriptor format, which
forces that to be built in. Imply the format, pin it in probe before any
resource is acquired, and defer the probe if its module can still arrive.
Pass on why a table could not be allocated.""",
        ("drivers/iommu/ipmmu-vmsa.c",),
        ("IPMMU_VMSA",),
    ),
    Patch(
        "iommu/mediatek: Pin the page table format in probe",
        """\
The driver selects the short-descriptor format. With IPMMU_VMSA=y and
MTK_IOMMU=m, say, both formats had to be built in.

Imply the format, pin it in probe, and defer the probe if its module can
still arrive. Pass on why a table could not be allocated.""",
        ("drivers/iommu/mtk_iommu.c",),
        ("MTK_IOMMU",),
    ),
    Patch(
        "iommu/msm: Pin the page table format in probe",
        """\
The driver is built in and selects the short-descriptor format, which
forces that to be built in. Imply the format, pin it in probe, and defer
the probe if its module can still arrive.

The driver ignored whether a table could be allocated, and kept a pointer
to a table that was freed. Pass on the error, and clear the pointer.""",
        ("drivers/iommu/msm_iommu.c",),
        ("MSM_IOMMU",),
    ),
    Patch(
        "iommu/apple-dart: Use page table formats that are modules",
        """\
Add an implementation of the DART formats that uses the common walk and
can be a module. It takes precedence over the one in io-pgtable-dart.c,
which can be a module as well, for comparing.

Imply the new one in the driver, and pin the format in probe. A DART that
can bypass translation needs it if default domains translate. One that
cannot bypass needs it in any case. One with pages larger than the CPU's
only has identity domains. Defer the probe if the module can still arrive,
pass on why a table could not be allocated, and refuse to reset a DART
whose devices already do DMA without it.""",
        (f"{FOLDER}/apple-dart*", f"{TESTS}/apple-dart/*", "drivers/iommu/apple-dart.c"),
        ("IOMMU_IO_PGTABLE_DART", "IOMMU_IO_PGTABLE_APPLE_DART", "APPLE_DART"),
    ),
    Patch(
        "iommu/rockchip: Offer page tables of io-pgtable",
        """\
The driver has page tables of its own. It writes them with a spinlock held
and interrupts off, up to 4 MiB in one call.

Add the two formats of the hardware to io-pgtable, under the names
rockchip,rk3288 and rockchip,rk3568. They have no number, so no line of
the core changes. CONFIG_ROCKCHIP_IOMMU_IO_PGTABLE builds the driver from
a copy of the file, which uses them. Calls for disjoint ranges then run at
the same time, and one call maps any number of pages. By default
nothing changes.""",
        (f"{FOLDER}/rockchip.c", "include/linux/io-pgtable-rockchip.h",
         f"{TESTS}/rockchip/*", "drivers/iommu/rockchip-iommu*.c"),
        ("IOMMU_IO_PGTABLE_ROCKCHIP", "ROCKCHIP_IOMMU_IO_PGTABLE"),
        ("rockchip-iommu.o",),
    ),
    Patch(
        "drm/panfrost: Pin the page table format, map ranges in one call",
        """\
Panfrost makes a table for each open file. A missing format was -ENOMEM,
or -EINVAL, for user space.

Imply the Mali format, and pin it in probe, before a file can be opened.
The probe is deferred if the module can still arrive. Pass on why a table
could not be allocated.

Map and unmap a range in one call: the format knows its page sizes, so the
loop that chose them goes. Ask for blocks to be split without break before
make, as until now: a job does not survive a fault.""",
        ("drivers/gpu/drm/panfrost/*",),
        ("DRM_PANFROST",),
    ),
    Patch(
        "drm/panthor: Pin the page table format, map ranges in one call",
        """\
The driver makes a table for its firmware in probe, with the GPU powered,
and others on behalf of user space.

Imply the long-descriptor format, and pin it at the beginning of probe,
before anything has to be undone. The probe is deferred if the module can
still arrive. Pass on why a table could not be allocated.

Map and unmap a range in one call: the format knows its page sizes, so the
loop that chose them goes. Ask for blocks to be split without break before
make, as until now: a job does not survive a fault.""",
        ("drivers/gpu/drm/panthor/*", "drivers/gpu/drm/tyr/*"),
        ("DRM_PANTHOR", "DRM_TYR"),
        where=(("drivers/gpu/drm/tyr/driver.rs", """\
Tyr, the driver of the same GPUs in Rust, pins the format too. The module!
macro has no field for a soft dependency, so that is a string in
.modinfo."""),),
    ),
    Patch(
        "drm/msm: Map ranges in one call, pass on errors of page tables",
        """\
The GPU's tables have the format that the driver of its SMMU has pinned.
Imply that format, and pass on why a table could not be allocated.

Map and unmap a range in one call: the format knows its page sizes, so the
loop that chose them goes.""",
        ("drivers/gpu/drm/msm/*",),
        ("DRM_MSM",),
    ),
    Patch(
        "iommu/io-pgtable: Remove io-pgtable-arm.c and io-pgtable-arm-v7s.c",
        """\
All their formats have an implementation that can be a module and makes
all new tables since it was added. All drivers in the tree are converted.
From here on a kernel with built-in drivers can have the formats as
modules.""",
        ("drivers/iommu/io-pgtable-arm.c", "drivers/iommu/io-pgtable-arm-v7s.c"),
        ("*",),
        (" io-pgtable-arm",),
    ),
    Patch(
        "iommu/io-pgtable: Add debugfs and tracepoints",
        """\
The only way to look at a page table is to add printk() to its driver.

Add io-pgtable/formats in debugfs, which lists the registered
implementations with their modules and the drivers and tables that pin
them. Add a folder for each table: its configuration and registers, what
it maps, its tables in memory, and the walk to an address. The files can
be read while devices and CPUs use the table. While a file is open, tables
that are removed are kept. While none is open, that costs a test where a
table is freed.

Add tracepoints for tables that are allocated, freed, mapped and unmapped,
for walks that are invalidated, and for formats that are registered,
pinned, waited for and absent.

Both are options. Without them no code is added.""",
        (*(f"{FOLDER}/{name}" for name in
           ("debugfs.c", "tables.c", "dump.[ch]", "trace.c")),
         "include/trace/events/io_pgtable.h",
         "Documentation/ABI/testing/debugfs-io-pgtable",
         *(f"{TESTS}/core/{name}.c" for name in ("tables", "faults", "trace"))),
        ("IOMMU_IO_PGTABLE_DEBUGFS", "IOMMU_IO_PGTABLE_TABLES", "IOMMU_IO_PGTABLE_TRACE"),
    ),
    Patch(
        "iommu/io-pgtable: Add a self-test at registration and a checker",
        """\
Formats that are modules can come from anywhere, and a format that is
subtly wrong corrupts memory.

Add CONFIG_IOMMU_IO_PGTABLE_SELFTEST: an implementation maps, translates
and unmaps in a table of its own before it is used. One that fails makes
no tables, and its drivers get another implementation or an error. It
takes a few milliseconds for a format.

Add a module, io-pgtable-check. While it is loaded, it is on top of the
implementation that makes a table. It compares each call with a model of
the address space and remembers what a TLB may still hold. It reports
mappings that are lost, doubled or wrong, and missing invalidations, with
the device, the driver and the stack. While it is not loaded, it costs
nothing.

Add a format with faults on request for the tests of both, and a platform
driver that only has a page table, for tests of deferral and unloading.""",
        (KUNITCONFIG, f"{FOLDER}/selftest.c", f"{FOLDER}/check*", f"{TESTS}/core/selftest.c",
         f"{TESTS}/checker/*", f"{TESTS}/scenarios/*"),
        ("IOMMU_IO_PGTABLE_SELFTEST", "IOMMU_IO_PGTABLE_CHECK",
         "IOMMU_IO_PGTABLE_CONSUMER", "IOMMU_IO_PGTABLE_FAULTY"),
    ),
    Patch(
        "kbuild: deb-pkg: Bring initramfs hooks for page table formats",
        """\
If the root file system is behind an IOMMU, the module of the IOMMU's page
table format belongs in the initramfs. For drivers that are modules, a
soft dependency takes care of that. initramfs tools do not look at those
of built-in drivers.

Add hooks for initramfs-tools and dracut that add the formats' modules,
and install them with the package of the kernel.""",
        (f"{FOLDER}/initramfs/*", "scripts/package/builddeb"),
    ),
    Patch(
        "Documentation: driver-api: Describe io-pgtable",
        """\
Describe how drivers get page tables and how formats register, with the
reference from the kernel-doc comments. List the new files in MAINTAINERS
with those that they replace.""",
        ("Documentation/driver-api/*", "MAINTAINERS"),
    ),
)
