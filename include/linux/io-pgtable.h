/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The io-pgtable API for drivers. IOMMU and GPU drivers allocate page tables of a format by the
 * format's number or name, and use a table through &struct io_pgtable_ops.
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
 * @ARM_MALI_LPAE: the Mali GPUs' variant of long descriptors
 * @AMD_IOMMU_V1: AMD I/O page tables
 * @AMD_IOMMU_V2: AMD guest page tables
 * @APPLE_DART: Apple DART, t8020
 * @APPLE_DART2: Apple DART, t6000 and t8110
 * @IO_PGTABLE_NUM_FMTS: the number of formats above; in &io_pgtable.fmt: the format has a name
 *	and no number
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
 * Quirks, for &io_pgtable_cfg.quirks. A format refuses the quirks that it does not know, except
 * for %IO_PGTABLE_QUIRKS_OPTIONAL: an implementation that does not know these gets none of them.
 *
 * ARM_NS: Arm formats, stage 1. Sets NS in leaf descriptors and NSTable in table descriptors, for
 *	hardware that uses these bits in Non-secure state too.
 * NO_PERMS: Arm v7s. Every mapping gets full access, whatever access the caller asks for. For
 *	hardware whose permission bits are absent or have other meanings.
 * ARM_MTK_EXT: Arm v7s. MediaTek keeps output address bits 32, 33 and 34 in descriptor bits 9, 4
 *	and 5.
 * ARM_MTK_TTBR_EXT: Arm v7s. The same for the address of the root table.
 * ARM_TTBR1: Arm LPAE, stage 1. The table translates the upper half of a split address space: all
 *	bits above ias are set in an input address.
 * ARM_OUTER_WBWA: Arm LPAE, stage 1, walker not coherent. Table walks are Outer Write-Back
 *	Write-Allocate, for a system cache outside the walker.
 * ARM_HD: Arm 64-bit LPAE, stage 1. Writable mappings have DBM set, so that software can read the
 *	dirty state that the hardware manages.
 * ARM_S2FWB: Arm 64-bit LPAE, stage 2, from Linux 6.13 on. Memory attributes are those of
 *	FEAT_S2FWB: cacheable memory stays cacheable whatever stage 1 says.
 * NO_WARN: Arm LPAE, from Linux 6.16 on. Conflicting calls return errors without a warning. Our
 *	formats never warn, with or without this quirk.
 * ARM_CONTIG: Arm LPAE. The table's page sizes also include those of the contiguous hint (DDI0487
 *	D8.7.1): 64K and 32M with 4K pages, 2M and 1G with 16K, 2M and 16G with 64K. A page of
 *	such a size is a group of entries that a TLB may cache as one entry. With ARM_HD no sizes
 *	are added, since dirty state would get coarser.
 * ARM_CONTIG_RUNS: Arm LPAE. Sets the contiguous hint also in groups of pages or blocks that one
 *	call maps, where the input and output addresses have a group's alignment. The table's page
 *	sizes stay as they are. No effect with ARM_HD.
 * NO_BBM: Arm LPAE, Mali. When part of a block or of a contiguous group is unmapped, the
 *	descriptors of the remaining parts are written directly over the old descriptor, which is
 *	not made invalid first (no break-before-make, DDI0487 D8.16.1). For GPUs and other
 *	hardware that must not fault meanwhile. The driver must keep its TLB consistent in other
 *	ways.
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

/* Quirks that the core removes if the table's implementation was written without them */
#define IO_PGTABLE_QUIRKS_OPTIONAL	(IO_PGTABLE_QUIRK_ARM_CONTIG | IO_PGTABLE_QUIRK_NO_BBM | \
					 IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS)

/* For drivers that must also compile with a header without tlb_add_range or map_range */
#define IO_PGTABLE_HAS_TLB_ADD_RANGE
#define IO_PGTABLE_HAS_MAP_RANGE

/**
 * struct iommu_flush_ops - TLB maintenance callbacks of a driver
 * @tlb_flush_all: invalidate everything cached for this table, and wait for completion.
 * @tlb_flush_walk: invalidate everything cached of walks to [iova, iova + size), both table
 *	descriptors and leaf entries of @granule bytes, and wait for completion: the tables on
 *	these walks are freed or replaced next.
 * @tlb_add_page: the leaf entry of @granule bytes at iova was removed. The driver invalidates the
 *	entry now, or records the entry in the gather structure and invalidates by the time of its
 *	iotlb_sync. Optional.
 * @tlb_add_range: all leaf entries of @granule bytes in [iova, iova + size) were removed.
 *	Equivalent to @tlb_add_page for each entry; formats that support ranges call
 *	@tlb_add_range instead. Optional. A driver that sets @tlb_add_range also sets
 *	@tlb_add_page, for the other formats.
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
 * struct io_pgtable_cfg - configuration of a page table
 * @quirks: IO_PGTABLE_QUIRK_* bits.
 * @pgsize_bitmap: page sizes in bytes, one bit each. In: the sizes that the hardware supports.
 *	Out: the sizes that this table supports.
 * @ias: input address size in bits. Out: possibly less.
 * @oas: output address size in bits. Out: possibly less.
 * @coherent_walk: the table walker snoops the CPU's caches.
 * @tlb: TLB maintenance, or NULL for a table that no hardware walks.
 * @iommu_dev: the device that walks the table. Gives the DMA configuration and the NUMA node of
 *	table memory; errors are reported for this device.
 * @alloc: allocates table memory in the driver instead of the page allocator. Returns @size
 *	zeroed bytes, aligned to @size and at least to 64 bytes, suitable for dma_map_page() and
 *	virt_to_phys(). Only formats with %IO_PGTABLE_CAP_CUSTOM_ALLOCATOR support it. NULL if
 *	@free is NULL.
 * @free: frees memory that @alloc returned. NULL if @alloc is NULL.
 * @format_cfg: in and out, formats that have a name: the format's own configuration, a struct
 *	declared in the format's public header. The caller must not free it before the table,
 *	since the format may read and write it until then. NULL for all other formats.
 * @format_cfg_size: size of that struct in bytes. The core refuses any other size than the one
 *	that the format was compiled with.
 * @arm_lpae_s1_cfg: out, ARM_{32,64}_LPAE_S1: fields of TTBR, TCR and MAIR (DDI0487 D24.2:
 *	TTBR0_EL1, TCR_EL1, MAIR_EL1).
 * @arm_lpae_s2_cfg: out, ARM_{32,64}_LPAE_S2: fields of VTTBR and VTCR (DDI0487 D24.2: VTTBR_EL2,
 *	VTCR_EL2).
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
 * struct arm_lpae_io_pgtable_walk_data - the descriptors on the walk to an address
 * @ptes: the descriptors as they are in memory, indexed by level. Entries above the start level
 *	and below the last level of the walk are not written.
 */
struct arm_lpae_io_pgtable_walk_data {
	u64 ptes[4];
};

/**
 * struct io_pgtable_ops - operations of a page table
 * @map_pages: map @pgcount pages of @pgsize bytes at @iova to physically contiguous memory at
 *	@paddr. @prot: IOMMU_READ and so on. Adds the number of bytes mapped to *@mapped, also on
 *	failure. A format may stop early at a table boundary and return 0: the caller then calls
 *	again for the rest. Return: 0, -EINVAL (page size, alignment or @prot), -ERANGE (input or
 *	output address too large), -EEXIST (something is mapped there), -ENOMEM.
 * @unmap_pages: unmap up to @pgcount pages of @pgsize bytes at @iova. Smaller pages mapped in
 *	this range are unmapped too. Stops at the first page where there is neither a page nor a
 *	table; an empty table does not stop the call. Return: bytes unmapped.
 * @iova_to_phys: translate @iova. Return: the physical address, 0 if nothing is mapped.
 * @pgtable_walk: return the descriptors on the walk to @iova, for diagnosis. LPAE and Mali
 *	formats: @wd is &struct arm_lpae_io_pgtable_walk_data. Optional. Return: 0; -EINVAL if
 *	@iova is not an input address, or is not mapped (the descriptors that exist are returned
 *	in @wd).
 * @read_and_clear_dirty: record in @dirty which pages in [@iova, @iova + @size) were written.
 *	Clears their dirty state unless @flags has IOMMU_DIRTY_NO_CLEAR. Return: 0, -EINVAL (the
 *	format or the range has no dirty state).
 * @map_range: map @size bytes, see io_pgtable_map_range(). Optional.
 * @unmap_range: unmap up to @size bytes, see io_pgtable_unmap_range(). Optional.
 * @count_tables: see io_pgtable_count_tables(). Optional.
 * @reserve: see io_pgtable_reserve(). Optional. A format that has @reserve has @unreserve.
 * @unreserve: see io_pgtable_unreserve().
 *
 * Context: any; maps sleep if @gfp allows it. Calls for disjoint ranges of one table may run at
 * the same time; calls for the same range may not.
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
/* The targets of the static calls, or NULL */
extern struct io_pgtable_ops io_pgtable_direct;

DECLARE_STATIC_CALL(io_pgtable_direct_map, *io_pgtable_direct.map_pages);
DECLARE_STATIC_CALL(io_pgtable_direct_unmap, *io_pgtable_direct.unmap_pages);
DECLARE_STATIC_CALL(io_pgtable_direct_look_up, *io_pgtable_direct.iova_to_phys);
#endif

/*
 * Whether an event is traced. Tests a static branch; false if tracepoints are not configured. If
 * true, the callers below use the functions in trace.c, which call the table's operation.
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
 * @iova: input address of the first page
 * @paddr: physical address of the first page
 * @pgsize: bytes in each page, one of the table's page sizes
 * @pgcount: number of pages
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the number of bytes mapped is added here, also on failure
 *
 * Calls &io_pgtable_ops.map_pages.
 *
 * Context: any; may sleep if @gfp allows it. Other ranges of the same table may be mapped and
 * unmapped at the same time.
 * Return: 0; -EINVAL, -ERANGE, -EEXIST or -ENOMEM, see &io_pgtable_ops.map_pages.
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
 * @iova: input address of the first page
 * @pgsize: bytes in each page, one of the table's page sizes
 * @pgcount: number of pages, at most
 * @gather: passed to the TLB callbacks, or NULL
 *
 * Calls &io_pgtable_ops.unmap_pages.
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the same time.
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
 * io_pgtable_map_range() - map a range in one call, with the best page sizes
 * @ops: the table
 * @iova: input address of the range
 * @paddr: physical address of the range
 * @size: bytes. @iova, @paddr and @size are multiples of the table's smallest page size.
 * @prot: IOMMU_READ, IOMMU_WRITE and so on
 * @gfp: how to allocate tables
 * @mapped: the number of bytes mapped is added here, also on failure
 *
 * Each page is the largest that both addresses allow and that fits into the rest of the range.
 * Unlike io_pgtable_map_pages(), a call that returns 0 has mapped the whole range. If @size is 0,
 * the call maps nothing and returns 0.
 *
 * On failure, a part of the range from @iova on may be mapped. The rest is unchanged, except that
 * empty tables may be left there. The caller unmaps the number of bytes that was added to
 * *@mapped, or keeps them mapped.
 *
 * For drivers that select CONFIG_IOMMU_IO_PGTABLE_LIB.
 *
 * Context: any; may sleep if @gfp allows it. Other ranges of the same table may be mapped and
 * unmapped at the same time.
 * Return: 0; -EINVAL if an address or the size is not a multiple of the smallest page size, or
 * @prot grants no access; -ERANGE if part of the range is outside the input or output addresses
 * of the table. In these cases nothing is mapped. -EEXIST if something is mapped in the range;
 * -ENOMEM if there is no memory for a table.
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
 * @size: bytes. @iova and @size are multiples of the table's smallest page size.
 * @gather: passed to the TLB callbacks, or NULL
 *
 * The range may have been mapped by any page sizes, in one call or in several. Pages and blocks
 * inside the range are unmapped whole. If a block extends beyond the range, its part inside the
 * range is unmapped, provided that io_pgtable_unmap_pages() supports that.
 *
 * Stops at the first hole, and at a block that cannot be split, as io_pgtable_unmap_pages() does;
 * everything behind is unchanged. If all input addresses of a table are in the range, the table
 * is unmapped as a whole, and holes in the table do not stop the call.
 *
 * For drivers that select CONFIG_IOMMU_IO_PGTABLE_LIB.
 *
 * Context: any. Other ranges of the same table may be mapped and unmapped at the same time.
 * Return: bytes unmapped, from @iova on; also 0 if an address or the size is not a multiple of
 * the smallest page size, or part of the range is outside the table's input addresses.
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
 * Calls &io_pgtable_ops.iova_to_phys.
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
 * io_pgtable_count_tables() - count the tables that a map must allocate
 * @ops: the table
 * @iova: input address of the range to be mapped
 * @size: bytes, at least 1
 *
 * The number is exact for a map with the smallest page size and the table's present state. A map
 * with larger pages allocates fewer tables.
 *
 * Context: any. Other callers may map and unmap at the same time. Maps that use the same tables
 * reduce the number; unmaps of everything that a table translates increase the number.
 * Return: the number; -EINVAL if part of the range is not an input address, or @size is 0;
 * -EOPNOTSUPP if the format does not implement this.
 */
static inline long io_pgtable_count_tables(struct io_pgtable_ops *ops, unsigned long iova,
					   size_t size)
{
	return ops->count_tables ? ops->count_tables(ops, iova, size) : -EOPNOTSUPP;
}

/* As gfp of a map: take tables from those that io_pgtable_reserve() allocated, never allocate */
#define IO_PGTABLE_GFP_RESERVED		((__force gfp_t)0)

/**
 * io_pgtable_reserve() - allocate tables for later maps that must not allocate
 * @ops: the table
 * @n: number of tables: what io_pgtable_count_tables() returns now for everything to be mapped
 * @gfp: how to allocate
 *
 * The reserve belongs to the table @ops and is shared by all its users. A map with
 * IO_PGTABLE_GFP_RESERVED takes its tables from the reserve and never allocates; the map returns
 * -ENOMEM if the reserve is empty. Other maps do not use the reserve. Until the last user calls
 * io_pgtable_unreserve(), tables that an unmap removes are added to the reserve instead of being
 * freed. So what each user has reserved is enough, in whatever order the users map and unmap. A
 * user that reserves 0 tables counts as a user.
 *
 * Context: as @gfp says. Other ranges may be mapped at the same time. Since
 * io_pgtable_count_tables(), nothing may have been unmapped and no user may have called
 * io_pgtable_unreserve().
 * Return: 0; -ENOMEM if nothing was reserved for lack of memory; -EOPNOTSUPP if the format has no
 * reserve.
 */
static inline int io_pgtable_reserve(struct io_pgtable_ops *ops, unsigned int n, gfp_t gfp)
{
	return ops->reserve ? ops->reserve(ops, n, gfp) : -EOPNOTSUPP;
}

/**
 * io_pgtable_unreserve() - end the use of reserved tables
 * @ops: the table
 * @n: what io_pgtable_reserve() was called with
 *
 * Frees the reserved tables that no map has used, unless other users may need them.
 *
 * Context: any context where a spinlock can be taken and &io_pgtable_cfg.free may be called.
 */
static inline void io_pgtable_unreserve(struct io_pgtable_ops *ops, unsigned int n)
{
	ops->unreserve(ops, n);
}

/**
 * struct io_pgtable - a page table, for its driver and its format
 * @fmt: the number of the table's format
 * @number: the table's number in debugfs and traces; 0 if another table builds on this one
 * @format: the implementation that made the table, pinned while the table exists; private to the
 *	core
 * @cookie: the driver's data, passed to the driver's callbacks
 * @cfg: the configuration that the table was made with
 * @ops: the table's operations
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

/*
 * Report a run of removed leaf entries: in one call if the driver supports that, else one by one.
 */
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
 * io_pgtable_round_to_groups() - extend a range to whole contiguous groups
 * @start: the first input address of the range
 * @end: the end of the range
 * @page_shift: log2 of the granule of the Arm LPAE table, in bytes
 * @leaf: size of the leaf entries in the range, in bytes
 *
 * For TLB commands that may only end at the boundary of a group. A TLB may cache a group of leaf
 * entries with the contiguous hint (DDI0487 D8.7.1) as one entry. With Arm errata 3777127
 * (MMU-700) and 3673557 (MMU S3), a part of a group may stay cached. Groups consist of pages, or
 * of blocks of the level above. Ranges of other leaf entries are not changed.
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
 * @fmt: the table's format
 * @cfg: the configuration; updated to what the table supports
 * @cookie: passed to the callbacks in @cfg
 *
 * Pins the format until the table is freed.
 *
 * Context: process context. May sleep and load the format's module.
 * Return: the table's operations, for free_io_pgtable_ops(), or ERR_PTR: -EPROBE_DEFER if the
 * format is missing, may still become available, and &io_pgtable_cfg.iommu_dev is being probed,
 * or if the format is missing in the async probe of any device; -ENOENT if the format is missing
 * otherwise; -EINVAL if no format has that number, only one of alloc and free is set in @cfg, or
 * the format does not support what @cfg asks for; -EOPNOTSUPP if the format cannot use @cfg's
 * alloc for table memory; -ENOMEM.
 */
static inline struct io_pgtable_ops *
io_pgtable_alloc(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg, void *cookie)
{
	return __io_pgtable_alloc(fmt, NULL, cfg, cookie);
}

/**
 * io_pgtable_alloc_named() - make an empty page table of a format that has a name
 * @name: the format's name, "vendor,format", or the name of a numbered format, "ARM_64_LPAE_S1"
 * @cfg: the configuration; updated to what the table supports
 * @cookie: passed to the callbacks in @cfg
 *
 * As io_pgtable_alloc(). The name must be a constant in the driver, not come from user space or
 * firmware, since the name is passed to modprobe.
 *
 * Context: process context. May sleep and load the format's module.
 * Return: as io_pgtable_alloc(); also -EINVAL if @name is not a valid name, see
 * &io_pgtable_format.name, or &io_pgtable_cfg.format_cfg_size is not the size that the format was
 * compiled with.
 */
static inline struct io_pgtable_ops *
io_pgtable_alloc_named(const char *name, struct io_pgtable_cfg *cfg, void *cookie)
{
	return __io_pgtable_alloc(IO_PGTABLE_NUM_FMTS, name, cfg, cookie);
}

/**
 * alloc_io_pgtable_ops() - make an empty page table, or return NULL
 * @fmt: the table's format
 * @cfg: the configuration; updated to what the table supports
 * @cookie: passed to the callbacks in @cfg
 *
 * io_pgtable_alloc() for drivers that do not distinguish errors.
 *
 * Context: process context. May sleep and load the format's module.
 * Return: the table's operations, or NULL on any error.
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
 * For drivers that know in probe of which formats they will allocate tables. Loads the format's
 * module if possible. On failure the reason is logged, or shown in devices_deferred in debugfs;
 * probe should return the error.
 *
 * Context: probe of @dev. May sleep.
 * Return: 0; -EPROBE_DEFER if the format can still become available, @dev is then probed again
 * when the format registers; -ENOENT if the format cannot become available; -EINVAL if no format
 * has that number; -ENOMEM.
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
 * Return: as devm_io_pgtable_get_format(); -EINVAL if @name is not a valid name, see
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
 * For drivers that may never allocate a table of this format. Loads the format's module if
 * possible. Reports nothing if the format is missing.
 *
 * Context: probe of @dev. May sleep.
 * Return: 0, with or without the format; -EINVAL if no format has that number; -ENOMEM.
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
 * For IOMMU drivers. The format is optional if default domains do not translate
 * (iommu.passthrough=1); the first domain that translates then loads the format. With Arm's
 * 32-bit DMA API the format is always required, since devices always get a domain that
 * translates.
 *
 * Context: probe of @dev. May sleep.
 * Return: as devm_io_pgtable_get_format_optional() if the format is optional, else as
 * devm_io_pgtable_get_format().
 */
static inline int devm_io_pgtable_get_default_format(struct device *dev,
						     enum io_pgtable_fmt fmt)
{
	bool identity = iommu_default_passthrough() &&
			!IS_ENABLED(CONFIG_ARM_DMA_USE_IOMMU);

	return __devm_io_pgtable_get_format(dev, fmt, NULL, identity);
}

#endif /* __IO_PGTABLE_H */
