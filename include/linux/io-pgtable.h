/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io-pgtable, the users' side: IOMMU and GPU drivers allocate page tables of a
 * format by its number or its name, and work on them through &struct io_pgtable_ops.
 *
 * Formats register at run time and may be modules: see io-pgtable-format.h.
 */
#ifndef __IO_PGTABLE_H
#define __IO_PGTABLE_H

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/math.h>
#include <linux/tracepoint-defs.h>
#ifdef CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS
#include <linux/static_call.h>
#endif

struct device;
struct io_pgtable;
struct io_pgtable_format;

/**
 * enum io_pgtable_fmt - the page table formats that have a number
 * @ARM_32_LPAE_S1: Armv7 long descriptors, stage 1 (DDI0406 B3.6)
 * @ARM_32_LPAE_S2: Armv7 long descriptors, stage 2 (DDI0406 B3.6)
 * @ARM_64_LPAE_S1: VMSAv8-64, stage 1 (DDI0487 D8)
 * @ARM_64_LPAE_S2: VMSAv8-64, stage 2 (DDI0487 D8)
 * @ARM_V7S: Armv7 short descriptors (DDI0406 B3.5)
 * @ARM_MALI_LPAE: the Mali GPUs' variation on long descriptors
 * @AMD_IOMMU_V1: AMD I/O page tables
 * @AMD_IOMMU_V2: AMD guest page tables
 * @APPLE_DART: Apple DART, t8020
 * @APPLE_DART2: Apple DART, t6000 and t8110
 * @IO_PGTABLE_NUM_FMTS: how many there are; in &struct io_pgtable, a format that
 *	has a name and no number
 */
enum io_pgtable_fmt {
	ARM_32_LPAE_S1,
	ARM_32_LPAE_S2,
	ARM_64_LPAE_S1,
	ARM_64_LPAE_S2,
	ARM_V7S,
	ARM_MALI_LPAE,
	AMD_IOMMU_V1,
	AMD_IOMMU_V2,
	APPLE_DART,
	APPLE_DART2,
	IO_PGTABLE_NUM_FMTS,
};

/*
 * Quirks, for &io_pgtable_cfg.quirks. A format refuses those it does not know.
 *
 * ARM_NS: Arm formats, stage 1. Set NS in leaf and NSTable in table descriptors,
 *	for hardware that looks at them in Non-secure state too.
 * NO_PERMS: Arm v7s. Every mapping gets full access, whatever the caller asks
 *	for: for hardware whose permission bits are absent or mean other things.
 * ARM_MTK_EXT: Arm v7s. MediaTek keeps output address bits 32, 33 and 34 in
 *	descriptor bits 9, 4 and 5.
 * ARM_MTK_TTBR_EXT: Arm v7s. The same for the address of the root table.
 * ARM_TTBR1: Arm LPAE, stage 1. The table translates the upper half of a split
 *	address space: input addresses have all bits above ias set.
 * ARM_OUTER_WBWA: Arm LPAE, stage 1, walker not coherent. Its table walks are
 *	Outer Write-Back Write-Allocate, for a system cache out there.
 * ARM_HD: Arm 64-bit LPAE, stage 1. Writable mappings carry DBM, so that the
 *	hardware's management of the dirty state can be read back.
 * ARM_S2FWB: Arm 64-bit LPAE, stage 2, from Linux 6.13 on. Memory attributes as
 *	FEAT_S2FWB has them: cacheable is so whatever stage 1 says.
 * NO_WARN: Arm LPAE, from Linux 6.16 on. Conflicting calls are errors, not worth
 *	a warning. Here they always are.
 * ARM_CONTIG: Arm LPAE. Out, the page sizes have those of the contiguous hint
 *	(DDI0487 D8.7.1) beside those that they had: 64K and 32M with 4K pages, 2M
 *	and 1G with 16K, 2M and 16G with 64K. Pages of such a size are groups of
 *	entries that a TLB may keep as one. No sizes are added with ARM_HD, whose
 *	dirty state would get coarser.
 * ARM_CONTIG_RUNS: Arm LPAE. Pages or blocks that one call maps are such groups
 *	too where they fill a group's place and the output addresses are aligned
 *	alike. The page sizes stay as they are. Without effect with ARM_HD.
 * NO_BBM: Arm LPAE, Mali. When part of a block or of a contiguous group is
 *	unmapped, descriptors of its parts take its place directly, without being
 *	invalid in between (break before make, DDI0487 D8.16.1). For hardware that
 *	must not fault meanwhile, and whose driver makes sure of its TLB in other
 *	ways: GPUs.
 */
#define IO_PGTABLE_QUIRK_ARM_NS			BIT(0)
#define IO_PGTABLE_QUIRK_NO_PERMS		BIT(1)
#define IO_PGTABLE_QUIRK_ARM_MTK_EXT		BIT(3)
#define IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT	BIT(4)
#define IO_PGTABLE_QUIRK_ARM_TTBR1		BIT(5)
#define IO_PGTABLE_QUIRK_ARM_OUTER_WBWA		BIT(6)
#define IO_PGTABLE_QUIRK_ARM_HD			BIT(7)
#define IO_PGTABLE_QUIRK_ARM_S2FWB		BIT(8)
#define IO_PGTABLE_QUIRK_NO_WARN		BIT(9)
#define IO_PGTABLE_QUIRK_ARM_CONTIG		BIT(16)
#define IO_PGTABLE_QUIRK_NO_BBM			BIT(17)
#define IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS	BIT(18)

/* For users that are to compile without them too */
#define IO_PGTABLE_HAS_TLB_ADD_RANGE
#define IO_PGTABLE_HAS_MAP_RANGE

/**
 * struct iommu_flush_ops - what a page table asks of its driver's TLB
 * @tlb_flush_all: invalidate everything cached for this table, and wait.
 * @tlb_flush_walk: invalidate all that was cached of a walk to
 *	[iova, iova + size), table descriptors and leaf entries of @granule bytes
 *	alike, and wait: the tables in between are freed or replaced next.
 * @tlb_add_page: one leaf entry of @granule bytes at iova is gone. The driver
 *	may invalidate now, or note it in the gather structure and do so by the
 *	time of its iotlb_sync. Optional.
 * @tlb_add_range: all leaf entries, of @granule bytes each, in [iova, iova + size)
 *	are gone: the same as @tlb_add_page for each of them, and called in its place
 *	by formats that know of it. Optional; who has it has @tlb_add_page as well,
 *	for the other formats.
 *
 * Context: any, atomic included: none of these may sleep.
 */
struct iommu_flush_ops {
	void (*tlb_flush_all)(void *cookie);
	void (*tlb_flush_walk)(unsigned long iova, size_t size, size_t granule,
			       void *cookie);
	void (*tlb_add_page)(struct iommu_iotlb_gather *gather,
			     unsigned long iova, size_t granule, void *cookie);
	void (*tlb_add_range)(struct iommu_iotlb_gather *gather,
			      unsigned long iova, size_t size, size_t granule,
			      void *cookie);
};

/**
 * struct io_pgtable_cfg - what a driver wants of a page table, and what it got
 * @quirks: IO_PGTABLE_QUIRK_* bits.
 * @pgsize_bitmap: page sizes in bytes, one bit each. In: what the hardware can
 *	do. Out: what this table can do.
 * @ias: input address size in bits. Out: possibly less.
 * @oas: output address size in bits. Out: possibly less.
 * @coherent_walk: the table walker snoops the CPU's caches.
 * @tlb: TLB maintenance, or NULL for a table that no hardware walks.
 * @iommu_dev: the device that walks the table: its DMA configuration, its NUMA
 *	node, the device that errors are reported for.
 * @alloc: takes table memory from the driver instead of from the page
 *	allocator: @size bytes, zeroed, aligned to their size and to 64 bytes
 *	at least, fit for dma_map_page() and virt_to_phys(). Only formats with
 *	%IO_PGTABLE_CAP_CUSTOM_ALLOCATOR take it. NULL if @free is.
 * @free: gives back what @alloc gave. NULL if @alloc is.
 * @format_cfg: in and out, formats that have a name: the format's own configuration,
 *	a struct of its public header. The caller keeps it while the table lives, and
 *	the format may read it and write to it until then. NULL for all others.
 * @format_cfg_size: size of that struct in bytes. The core refuses another size than that
 *	which the format was compiled with.
 * @arm_lpae_s1_cfg: out, ARM_{32,64}_LPAE_S1: fields of TTBR, TCR and MAIR
 *	(DDI0487 D24.2: TTBR0_EL1, TCR_EL1, MAIR_EL1).
 * @arm_lpae_s2_cfg: out, ARM_{32,64}_LPAE_S2: fields of VTTBR and VTCR
 *	(DDI0487 D24.2: VTTBR_EL2, VTCR_EL2).
 * @arm_v7s_cfg: out, ARM_V7S: TTBR0, TTBCR, NMRR, PRRR (DDI0406 B4.1).
 * @arm_mali_lpae_cfg: out, ARM_MALI_LPAE: TRANSTAB and MEMATTR.
 * @apple_dart_cfg: out, APPLE_DART and APPLE_DART2: the root tables.
 * @amd: in, AMD_IOMMU_*: the NUMA node to allocate from.
 */
struct io_pgtable_cfg {
	unsigned long			quirks;
	unsigned long			pgsize_bitmap;
	unsigned int			ias;
	unsigned int			oas;
	bool				coherent_walk;
	const struct iommu_flush_ops	*tlb;
	struct device			*iommu_dev;

	void *(*alloc)(void *cookie, size_t size, gfp_t gfp);
	void (*free)(void *cookie, void *pages, size_t size);

	void				*format_cfg;
	size_t				format_cfg_size;

	union {
		struct {
			u64	ttbr;
			struct {
				u32	ips:3;
				u32	tg:2;
				u32	sh:2;
				u32	orgn:2;
				u32	irgn:2;
				u32	tsz:6;
			}	tcr;
			u64	mair;
		} arm_lpae_s1_cfg;

		struct {
			u64	vttbr;
			struct {
				u32	ps:3;
				u32	tg:2;
				u32	sh:2;
				u32	orgn:2;
				u32	irgn:2;
				u32	sl:2;
				u32	tsz:6;
			}	vtcr;
		} arm_lpae_s2_cfg;

		struct {
			u32	ttbr;
			u32	tcr;
			u32	nmrr;
			u32	prrr;
		} arm_v7s_cfg;

		struct {
			u64	transtab;
			u64	memattr;
		} arm_mali_lpae_cfg;

		struct {
			u64 ttbr[4];
			u32 n_ttbrs;
			u32 n_levels;
		} apple_dart_cfg;

		struct {
			int nid;
		} amd;
	};
};

/**
 * struct arm_lpae_io_pgtable_walk_data - the descriptors on the way to an address
 * @ptes: by level, as they are in memory; those above the start level and below
 *	the last one are left alone
 */
struct arm_lpae_io_pgtable_walk_data {
	u64 ptes[4];
};

/**
 * struct io_pgtable_ops - what can be done with a page table
 * @map_pages: map @pgcount pages of @pgsize bytes at @iova to physically
 *	contiguous memory at @paddr. @prot: IOMMU_READ and so on. Adds the bytes
 *	mapped to *@mapped, also when it fails half way; a caller goes on from
 *	there, since a format may stop early at a table boundary. Return: 0,
 *	-EINVAL (page size, alignment or @prot), -ERANGE (input or output address
 *	too large), -EEXIST (something is mapped there), -ENOMEM.
 * @unmap_pages: unmap up to @pgcount pages of @pgsize bytes at @iova, with
 *	whatever smaller pages are mapped in their place. Stops at the first page
 *	where there is nothing, not even an empty table. Return: bytes unmapped.
 * @iova_to_phys: translate @iova. Return: the physical address, 0 if none.
 * @pgtable_walk: show the walk to @iova, for diagnosis. LPAE and Mali formats:
 *	@wd is &struct arm_lpae_io_pgtable_walk_data. Optional. Return: 0, -EINVAL
 *	if @iova is not mapped (what there is on the way is shown) or not an input
 *	address.
 * @read_and_clear_dirty: record what was written in [@iova, @iova + @size) in
 *	@dirty and, unless @flags has IOMMU_DIRTY_NO_CLEAR, make it clean.
 *	Return: 0, -EINVAL (format or range without dirty state).
 * @map_range: map @size bytes, see io_pgtable_map_range(). Optional.
 * @unmap_range: unmap up to @size bytes, see io_pgtable_unmap_range(). Optional.
 * @count_tables: see io_pgtable_count_tables(). Optional, as are the next two.
 * @reserve: see io_pgtable_reserve(). A format that has it has @unreserve.
 * @unreserve: see io_pgtable_unreserve().
 *
 * Context: any; maps sleep if @gfp says so. Calls for disjoint ranges of one
 * table may run at the same time; calls for the same range may not.
 */
struct io_pgtable_ops {
	int (*map_pages)(struct io_pgtable_ops *ops, unsigned long iova,
			 phys_addr_t paddr, size_t pgsize, size_t pgcount,
			 int prot, gfp_t gfp, size_t *mapped);
	size_t (*unmap_pages)(struct io_pgtable_ops *ops, unsigned long iova,
			      size_t pgsize, size_t pgcount,
			      struct iommu_iotlb_gather *gather);
	phys_addr_t (*iova_to_phys)(struct io_pgtable_ops *ops,
				    unsigned long iova);
	int (*pgtable_walk)(struct io_pgtable_ops *ops, unsigned long iova,
			    void *wd);
	int (*read_and_clear_dirty)(struct io_pgtable_ops *ops,
				    unsigned long iova, size_t size,
				    unsigned long flags,
				    struct iommu_dirty_bitmap *dirty);
	int (*map_range)(struct io_pgtable_ops *ops, unsigned long iova,
			 phys_addr_t paddr, size_t size, int prot, gfp_t gfp,
			 size_t *mapped);
	size_t (*unmap_range)(struct io_pgtable_ops *ops, unsigned long iova,
			      size_t size, struct iommu_iotlb_gather *gather);
	long (*count_tables)(struct io_pgtable_ops *ops, unsigned long iova,
			     size_t size);
	int (*reserve)(struct io_pgtable_ops *ops, unsigned int n, gfp_t gfp);
	void (*unreserve)(struct io_pgtable_ops *ops, unsigned int n);
};

#ifdef CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS
/* The functions that the static calls call, or NULL */
extern struct io_pgtable_ops io_pgtable_direct;

DECLARE_STATIC_CALL(io_pgtable_direct_map, *io_pgtable_direct.map_pages);
DECLARE_STATIC_CALL(io_pgtable_direct_unmap, *io_pgtable_direct.unmap_pages);
DECLARE_STATIC_CALL(io_pgtable_direct_look_up, *io_pgtable_direct.iova_to_phys);
#endif

/*
 * Whether an event is traced: a static branch, and false if tracepoints are not configured. While
 * it is traced, the functions in trace.c call the table.
 */
#define io_pgtable_is_traced(event)					\
	(IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_TRACE) && tracepoint_enabled(io_pgtable_##event))

DECLARE_TRACEPOINT(io_pgtable_map);
DECLARE_TRACEPOINT(io_pgtable_unmap);
DECLARE_TRACEPOINT(io_pgtable_flush_walk);

int io_pgtable_traced_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
				phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
				gfp_t gfp, size_t *mapped);
size_t io_pgtable_traced_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
				     size_t pgsize, size_t pgcount,
				     struct iommu_iotlb_gather *gather);
int io_pgtable_traced_map_range(struct io_pgtable_ops *ops, unsigned long iova,
				phys_addr_t paddr, size_t size, int prot, gfp_t gfp,
				size_t *mapped);
size_t io_pgtable_traced_unmap_range(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
				     struct iommu_iotlb_gather *gather);
void io_pgtable_trace_flush_walk(const struct io_pgtable *iop, unsigned long iova, size_t size,
				 size_t granule);

/**
 * io_pgtable_map_pages() - map pages
 * @ops: the table
 * @iova: input address of the first one
 * @paddr: its physical address
 * @pgsize: bytes in each, one of the table's page sizes
 * @pgcount: how many
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the bytes mapped are added here, those of a call that fails too
 *
 * The call for &io_pgtable_ops.map_pages.
 *
 * Context: any; may sleep if @gfp says so. Other ranges of the same table may be
 * mapped and unmapped at the same time.
 * Return: 0; -EINVAL, -ERANGE, -EEXIST or -ENOMEM, as that function says.
 */
static inline int io_pgtable_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
				       phys_addr_t paddr, size_t pgsize, size_t pgcount,
				       int prot, gfp_t gfp, size_t *mapped)
{
	if (io_pgtable_is_traced(map))
		return io_pgtable_traced_map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp,
						   mapped);
#ifdef CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS
	if (likely(ops->map_pages == READ_ONCE(io_pgtable_direct.map_pages)))
		return static_call_mod(io_pgtable_direct_map)(ops, iova, paddr, pgsize, pgcount,
							      prot, gfp, mapped);
#endif
	return ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

/**
 * io_pgtable_unmap_pages() - unmap pages
 * @ops: the table
 * @iova: input address of the first one
 * @pgsize: bytes in each, one of the table's page sizes
 * @pgcount: how many, at most
 * @gather: handed to the callbacks that hear of what is unmapped, or NULL
 *
 * The call for &io_pgtable_ops.unmap_pages.
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the
 * same time.
 * Return: bytes unmapped: fewer than asked for if there is a hole.
 */
static inline size_t io_pgtable_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
					    size_t pgsize, size_t pgcount,
					    struct iommu_iotlb_gather *gather)
{
	if (io_pgtable_is_traced(unmap))
		return io_pgtable_traced_unmap_pages(ops, iova, pgsize, pgcount, gather);
#ifdef CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS
	if (likely(ops->unmap_pages == READ_ONCE(io_pgtable_direct.unmap_pages)))
		return static_call_mod(io_pgtable_direct_unmap)(ops, iova, pgsize, pgcount, gather);
#endif
	return ops->unmap_pages(ops, iova, pgsize, pgcount, gather);
}

int io_pgtable_map_by_pages(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			    size_t size, int prot, gfp_t gfp, size_t *mapped);
size_t io_pgtable_unmap_by_pages(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
				 struct iommu_iotlb_gather *gather);

/**
 * io_pgtable_map_range() - map a range in one call, by the best page sizes
 * @ops: the table
 * @iova: input address of the range
 * @paddr: its physical address
 * @size: bytes. All three are multiples of the table's smallest page size.
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the bytes mapped are added here, those of a call that fails too
 *
 * Each page is the largest that fits into the range where it is, and that @iova and @paddr
 * allow. Unlike io_pgtable_map_pages(), a call that returns 0 has mapped the whole range,
 * and one of no bytes maps nothing and returns 0.
 *
 * A call that fails has mapped a range from @iova on, or nothing. What is behind that is as
 * it was, but for empty tables. The caller unmaps what *@mapped has grown by, or keeps it.
 *
 * For drivers that select CONFIG_IOMMU_IO_PGTABLE_LIB.
 *
 * Context: any; may sleep if @gfp says so. Other ranges of the same table may be
 * mapped and unmapped at the same time.
 * Return: 0; -EINVAL if an address or the size is not a multiple of the smallest page
 * size, or @prot is no access; -ERANGE if a part of the range is not an input address or not
 * an output address of the table. Nothing is mapped then. -EEXIST if something is mapped in
 * the range; -ENOMEM if there is no memory for a table.
 */
static inline int io_pgtable_map_range(struct io_pgtable_ops *ops, unsigned long iova,
				       phys_addr_t paddr, size_t size, int prot, gfp_t gfp,
				       size_t *mapped)
{
	if (io_pgtable_is_traced(map) && ops->map_range)
		return io_pgtable_traced_map_range(ops, iova, paddr, size, prot, gfp, mapped);
	if (ops->map_range)
		return ops->map_range(ops, iova, paddr, size, prot, gfp, mapped);
	return io_pgtable_map_by_pages(ops, iova, paddr, size, prot, gfp, mapped);
}

/**
 * io_pgtable_unmap_range() - unmap a range in one call
 * @ops: the table
 * @iova: input address of the range
 * @size: bytes. Both are multiples of the table's smallest page size.
 * @gather: handed to the callbacks that hear of what is unmapped, or NULL
 *
 * Whatever the page sizes are that the range was mapped by, in one call or in several. Pages
 * and blocks that are inside as a whole are unmapped as a whole. Of a block that reaches out
 * of the range, a part is unmapped if io_pgtable_unmap_pages() can do that.
 *
 * Stops at the first hole, and at a block that cannot be split, like that function: what is
 * behind is as it was. A hole that is in a table with other pages, all of whose input
 * addresses are in the range, may go unnoticed: the table is unmapped as a whole.
 *
 * For drivers that select CONFIG_IOMMU_IO_PGTABLE_LIB.
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the
 * same time.
 * Return: bytes unmapped, from @iova on; 0 as well if an address or the size is not a
 * multiple of the smallest page size, or the range leaves the table's input addresses.
 */
static inline size_t io_pgtable_unmap_range(struct io_pgtable_ops *ops, unsigned long iova,
					    size_t size, struct iommu_iotlb_gather *gather)
{
	if (io_pgtable_is_traced(unmap) && ops->unmap_range)
		return io_pgtable_traced_unmap_range(ops, iova, size, gather);
	if (ops->unmap_range)
		return ops->unmap_range(ops, iova, size, gather);
	return io_pgtable_unmap_by_pages(ops, iova, size, gather);
}

/**
 * io_pgtable_iova_to_phys() - translate an input address
 * @ops: the table
 * @iova: the address
 *
 * The call for &io_pgtable_ops.iova_to_phys.
 *
 * Context: any.
 * Return: the physical address, 0 if nothing is mapped there.
 */
static inline phys_addr_t io_pgtable_iova_to_phys(struct io_pgtable_ops *ops,
						  unsigned long iova)
{
#ifdef CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS
	if (likely(ops->iova_to_phys == READ_ONCE(io_pgtable_direct.iova_to_phys)))
		return static_call_mod(io_pgtable_direct_look_up)(ops, iova);
#endif
	return ops->iova_to_phys(ops, iova);
}

/**
 * io_pgtable_count_tables() - how many tables a map may take
 * @ops: the table
 * @iova: input address of the range that is to be mapped
 * @size: bytes, at least 1
 *
 * Exact for a map by the smallest pages, as the table is now. A map by larger pages takes fewer.
 *
 * Context: any. Others may map and unmap at the same time: those that map in the range's tables
 * make it less, those that unmap all that a table translates make it more.
 * Return: the number; -EINVAL if a part of the range is not an input address, or @size is 0;
 * -EOPNOTSUPP if the format does not tell.
 */
static inline long io_pgtable_count_tables(struct io_pgtable_ops *ops, unsigned long iova,
					   size_t size)
{
	return ops->count_tables ? ops->count_tables(ops, iova, size) : -EOPNOTSUPP;
}

/* In place of how to allocate tables: they are those that io_pgtable_reserve() took. */
#define IO_PGTABLE_GFP_RESERVED		((__force gfp_t)0)

/**
 * io_pgtable_reserve() - take memory for tables before maps that may not allocate any
 * @ops: the table
 * @n: how many: what io_pgtable_count_tables() says for all that is to be mapped, now
 * @gfp: how to allocate
 *
 * Maps whose gfp is IO_PGTABLE_GFP_RESERVED take their tables from what has been reserved for
 * this table, by any user, and never allocate: they return -ENOMEM if there are no more. Other
 * maps leave that alone. Until the last user calls io_pgtable_unreserve(), tables that an unmap
 * takes out are not freed: they become part of what is reserved. So what each user has reserved is
 * enough, in whatever order the users map and unmap; a user of 0 tables is one too.
 *
 * Context: as @gfp says. Other ranges may be mapped and unmapped at the same time.
 * Return: 0; -ENOMEM, and then nothing is reserved; -EOPNOTSUPP if the format has no reserve.
 */
static inline int io_pgtable_reserve(struct io_pgtable_ops *ops, unsigned int n, gfp_t gfp)
{
	return ops->reserve ? ops->reserve(ops, n, gfp) : -EOPNOTSUPP;
}

/**
 * io_pgtable_unreserve() - the maps that tables were reserved for are done
 * @ops: the table
 * @n: what io_pgtable_reserve() was called with
 *
 * What they have not taken is freed, unless other users may need it.
 *
 * Context: any where a spinlock can be taken, as far as &io_pgtable_cfg.free allows.
 */
static inline void io_pgtable_unreserve(struct io_pgtable_ops *ops, unsigned int n)
{
	ops->unreserve(ops, n);
}

/**
 * struct io_pgtable - a page table, as its driver and its format see it
 * @fmt: the number of its format
 * @number: its own, by which debugfs and traces tell people of it; 0 if another table is on
 *	top of it
 * @format: the format itself, pinned for as long as the table lives; the core's
 * @cookie: the driver's, handed to its callbacks
 * @cfg: the configuration that the table was made with
 * @ops: how to work on it
 */
struct io_pgtable {
	enum io_pgtable_fmt		fmt;
	unsigned int			number;
	struct io_pgtable_format	*format;
	void				*cookie;
	struct io_pgtable_cfg		cfg;
	struct io_pgtable_ops		ops;
};

#define io_pgtable_ops_to_pgtable(x) container_of((x), struct io_pgtable, ops)

static inline void io_pgtable_tlb_flush_all(struct io_pgtable *iop)
{
	if (iop->cfg.tlb && iop->cfg.tlb->tlb_flush_all)
		iop->cfg.tlb->tlb_flush_all(iop->cookie);
}

static inline void
io_pgtable_tlb_flush_walk(struct io_pgtable *iop, unsigned long iova,
			  size_t size, size_t granule)
{
	if (iop->cfg.tlb && iop->cfg.tlb->tlb_flush_walk) {
		if (io_pgtable_is_traced(flush_walk))
			io_pgtable_trace_flush_walk(iop, iova, size, granule);
		iop->cfg.tlb->tlb_flush_walk(iova, size, granule, iop->cookie);
	}
}

static inline void
io_pgtable_tlb_add_page(struct io_pgtable *iop,
			struct iommu_iotlb_gather *gather, unsigned long iova,
			size_t granule)
{
	if (iop->cfg.tlb && iop->cfg.tlb->tlb_add_page)
		iop->cfg.tlb->tlb_add_page(gather, iova, granule, iop->cookie);
}

void io_pgtable_tlb_add_each(struct io_pgtable *iop, struct iommu_iotlb_gather *gather,
			     unsigned long iova, size_t size, size_t granule);

/* Tell of a run of leaf entries, as the driver wants to hear it: at once, or one by one. */
static inline void
io_pgtable_tlb_add_range(struct io_pgtable *iop,
			 struct iommu_iotlb_gather *gather, unsigned long iova,
			 size_t size, size_t granule)
{
	const struct iommu_flush_ops *tlb = iop->cfg.tlb;

	if (tlb && tlb->tlb_add_range)
		tlb->tlb_add_range(gather, iova, size, granule, iop->cookie);
	else if (size == granule)
		io_pgtable_tlb_add_page(iop, gather, iova, granule);
	else
		io_pgtable_tlb_add_each(iop, gather, iova, size, granule);
}

/**
 * io_pgtable_round_to_groups() - round a range out to contiguous groups
 * @start: its first input address
 * @end: its end
 * @page_shift: log2 of the granule of the Arm LPAE table, in bytes
 * @leaf: the leaf entries in the range, in bytes each
 *
 * For TLB commands that can end at a multiple of a group only: a TLB may hold a group of
 * leaves with the contiguous hint (DDI0487 D8.7.1) as one entry, and Arm's errata 3777127
 * (MMU-700) and 3673557 (MMU S3) are about a part of it that is left. Groups consist of
 * pages, or of blocks of the level above. Others have none: nothing is changed.
 */
static inline void io_pgtable_round_to_groups(unsigned long *start, unsigned long *end,
					      unsigned int page_shift, size_t leaf)
{
	unsigned int leaf_shift = __ffs(leaf), bits = page_shift == 12 ? 4 : 5;

	if (page_shift == 14 && leaf_shift == page_shift)
		bits = 7;
	if (leaf_shift != page_shift && leaf_shift != 2 * page_shift - 3)
		return;
	*start = round_down(*start, leaf << bits);
	*end = round_up(*end, leaf << bits);
}

struct io_pgtable_ops *__io_pgtable_alloc(enum io_pgtable_fmt fmt, const char *name,
					  struct io_pgtable_cfg *cfg, void *cookie);
void free_io_pgtable_ops(struct io_pgtable_ops *ops);
int __devm_io_pgtable_get_format(struct device *dev, enum io_pgtable_fmt fmt,
				 const char *name, bool optional);

/**
 * io_pgtable_alloc() - make an empty page table
 * @fmt: its format
 * @cfg: what it should be like; changed to what it is like
 * @cookie: handed to the callbacks in @cfg
 *
 * Pins the format until the table is freed.
 *
 * Context: process context. May sleep, and load the format's module.
 * Return: the table's operations, for free_io_pgtable_ops(), or ERR_PTR:
 * -EPROBE_DEFER if the format is not there, may still arrive, and
 * &io_pgtable_cfg.iommu_dev is being probed; -ENOENT if it is not there
 * otherwise; -EINVAL if no format has that number, only one of alloc and free is
 * set in @cfg, or the format cannot do what @cfg asks for; -EOPNOTSUPP if the
 * format does not take table memory from the caller; -ENOMEM.
 */
static inline struct io_pgtable_ops *
io_pgtable_alloc(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg, void *cookie)
{
	return __io_pgtable_alloc(fmt, NULL, cfg, cookie);
}

/**
 * io_pgtable_alloc_named() - make an empty page table of a format that has a name
 * @name: the format's name, "vendor,format", or that of a number, "ARM_64_LPAE_S1"
 * @cfg: what it should be like; changed to what it is like
 * @cookie: handed to the callbacks in @cfg
 *
 * As io_pgtable_alloc(). The driver knows the name from its own source, not from user
 * space or firmware: modprobe is called with it.
 *
 * Context: process context. May sleep, and load the format's module.
 * Return: as io_pgtable_alloc(); -EINVAL as well if @name is not a format's name, see
 * &io_pgtable_format.name, or &io_pgtable_cfg.format_cfg_size is not the format's.
 */
static inline struct io_pgtable_ops *
io_pgtable_alloc_named(const char *name, struct io_pgtable_cfg *cfg, void *cookie)
{
	return __io_pgtable_alloc(IO_PGTABLE_NUM_FMTS, name, cfg, cookie);
}

/**
 * alloc_io_pgtable_ops() - make an empty page table, or NULL
 * @fmt: its format
 * @cfg: what it should be like; changed to what it is like
 * @cookie: handed to the callbacks in @cfg
 *
 * io_pgtable_alloc() for drivers that do not tell one error from another.
 *
 * Context: process context. May sleep, and load the format's module.
 * Return: the table's operations, or NULL for whatever went wrong.
 */
static inline struct io_pgtable_ops *
alloc_io_pgtable_ops(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable_ops *ops = io_pgtable_alloc(fmt, cfg, cookie);

	return IS_ERR(ops) ? NULL : ops;
}

/**
 * devm_io_pgtable_get_format() - pin a format while a driver is bound
 * @dev: the device that is being probed
 * @fmt: the format's number
 *
 * For drivers that know in probe which formats they will allocate tables of.
 * Loads the format's module if it can. An error is reported with its reason, for
 * the log or for devices_deferred in debugfs, and meant to be returned by probe.
 *
 * Context: probe of @dev. May sleep.
 * Return: 0; -EPROBE_DEFER if the format can still arrive, @dev is then probed
 * again when it does; -ENOENT if it will not; -EINVAL if no format has that
 * number; -ENOMEM.
 */
static inline int devm_io_pgtable_get_format(struct device *dev, enum io_pgtable_fmt fmt)
{
	return __devm_io_pgtable_get_format(dev, fmt, NULL, false);
}

/**
 * devm_io_pgtable_get_format_named() - pin a format that has a name
 * @dev: the device that is being probed
 * @name: the format's name, "vendor,format"
 *
 * As devm_io_pgtable_get_format(), for a format without a number.
 *
 * Context: probe of @dev. May sleep.
 * Return: as devm_io_pgtable_get_format(); -EINVAL if @name is not a format's name, see
 * &io_pgtable_format.name.
 */
static inline int devm_io_pgtable_get_format_named(struct device *dev, const char *name)
{
	return __devm_io_pgtable_get_format(dev, IO_PGTABLE_NUM_FMTS, name, false);
}

/**
 * devm_io_pgtable_get_format_optional() - pin a format if it is available
 * @dev: the device that is being probed
 * @fmt: the format's number
 *
 * For drivers that may never allocate a table of it. Loads the format's module if
 * it can, and reports nothing if it cannot.
 *
 * Context: probe of @dev. May sleep.
 * Return: 0, with or without the format; -EINVAL if no format has that number;
 * -ENOMEM.
 */
static inline int devm_io_pgtable_get_format_optional(struct device *dev,
						      enum io_pgtable_fmt fmt)
{
	return __devm_io_pgtable_get_format(dev, fmt, NULL, true);
}

/**
 * devm_io_pgtable_get_default_format() - pin the format of an IOMMU's default domains
 * @dev: the IOMMU that is being probed
 * @fmt: the format's number
 *
 * For drivers of IOMMUs. The format is optional if default domains do not
 * translate (iommu.passthrough=1): the first domain that does loads it. On Arm's
 * 32-bit DMA API, devices get a domain that translates in any case.
 *
 * Context: probe of @dev. May sleep.
 * Return: as devm_io_pgtable_get_format_optional() then, as
 * devm_io_pgtable_get_format() otherwise.
 */
static inline int devm_io_pgtable_get_default_format(struct device *dev,
						     enum io_pgtable_fmt fmt)
{
	bool identity = iommu_default_passthrough() &&
			!IS_ENABLED(CONFIG_ARM_DMA_USE_IOMMU);

	return __devm_io_pgtable_get_format(dev, fmt, NULL, identity);
}

#endif /* __IO_PGTABLE_H */
