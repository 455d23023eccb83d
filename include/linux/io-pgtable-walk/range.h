/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Validity checks of ranges, before a format accesses its tables. The checks cover all bytes of a
 * range, not only its first.
 */
#ifndef __IO_PGTABLE_RANGE_H
#define __IO_PGTABLE_RANGE_H

#include <linux/bits.h>
#include <linux/io-pgtable.h>
#include <linux/minmax.h>

/**
 * struct range_limits - valid pages and addresses of a table
 * @pgsizes: page sizes, one bit each
 * @iova_first: the first input address
 * @iova_size: number of input addresses
 * @paddr_size: number of output addresses, from 0 on
 */
struct range_limits {
	unsigned long	pgsizes;
	unsigned long	iova_first;
	u64		iova_size;
	u64		paddr_size;
};

static inline void range_limits_init(struct range_limits *limits,
				     const struct io_pgtable_cfg *cfg)
{
	bool upper = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1;

	limits->pgsizes = cfg->pgsize_bitmap;
	limits->iova_first = upper ? ~0ULL << cfg->ias : 0;
	limits->iova_size = BIT_ULL(min3(cfg->ias, BITS_PER_LONG, 63));
	limits->paddr_size = BIT_ULL(min(cfg->oas, 63));
}

/* Offset of an input address from the first input address */
static __always_inline u64 range_iova_offset(const struct range_limits *limits,
					     unsigned long iova)
{
	return iova - limits->iova_first;
}

/* Whether all of [iova, iova + size) are input addresses */
static __always_inline bool range_iova_is_valid(const struct range_limits *limits,
						unsigned long iova, size_t size)
{
	u64 at = range_iova_offset(limits, iova);

	return at < limits->iova_size && size <= limits->iova_size - at;
}

/* Whether @pgsize is a page size of the table, and @addrs are aligned to it */
static __always_inline bool range_pgsize_is_valid(const struct range_limits *limits,
						  size_t pgsize, u64 addrs)
{
	return (limits->pgsizes & pgsize) && !((pgsize | addrs) & (pgsize - 1));
}

/* Whether at least one page, and all @pgcount pages, fit between @at and @size and into a size_t */
static __always_inline bool range_pages_fit(u64 at, u64 size, size_t pgsize,
					    size_t pgcount)
{
	/* For @pgcount 0, @pgcount - 1 is the largest size_t, which never fits. */
	return at < size && pgcount - 1 < min_t(u64, size - at, SIZE_MAX) >> __ffs(pgsize);
}

/* Whether the arguments of map_pages are valid, except prot */
static __always_inline bool range_map_is_valid(const struct range_limits *limits,
					       unsigned long iova, u64 paddr,
					       size_t pgsize, size_t pgcount)
{
	return range_pgsize_is_valid(limits, pgsize, iova | paddr) &&
	       range_pages_fit(range_iova_offset(limits, iova), limits->iova_size,
			       pgsize, pgcount) &&
	       range_pages_fit(paddr, limits->paddr_size, pgsize, pgcount);
}

/* Whether the arguments of unmap_pages are valid. 0 pages are not. */
static __always_inline bool range_unmap_is_valid(const struct range_limits *limits,
						 unsigned long iova, size_t pgsize,
						 size_t pgcount)
{
	return range_pgsize_is_valid(limits, pgsize, iova) &&
	       range_pages_fit(range_iova_offset(limits, iova), limits->iova_size,
			       pgsize, pgcount);
}

/*
 * Whether to break before make when part of a block is unmapped. DMA of the device faults in
 * between. So the break is omitted if the driver says that its hardware must not fault. It is
 * also omitted if the driver has no callback to invalidate the whole block: without an
 * invalidation the break has no effect.
 */
static inline bool range_breaks_before_make(const struct io_pgtable_cfg *cfg)
{
	return !(cfg->quirks & IO_PGTABLE_QUIRK_NO_BBM) &&
	       cfg->tlb && cfg->tlb->tlb_flush_walk;
}

/* The common values of prot, used as an index: combinations of IOMMU_READ to IOMMU_NOEXEC */
#define RANGE_NUM_PROTS	16
static_assert((IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE | IOMMU_NOEXEC) == RANGE_NUM_PROTS - 1);

/* Whether the attributes for @prot are cached */
static __always_inline bool range_prot_is_common(int prot)
{
	return (unsigned int)prot < RANGE_NUM_PROTS;
}

/* A mapping must grant read or write access. */
static inline bool range_prot_is_valid(int prot)
{
	return prot & (IOMMU_READ | IOMMU_WRITE);
}

/**
 * struct range_levels - how tables resolve a range, for io_pgtable_count_missing()
 * @root_shift: log2 of the number of bytes that a descriptor of the root translates
 * @page_shift: the same for the last level
 * @index_bits: number of input address bits that a table resolves
 * @is_hole: descends for an input address, at most to the level before the last. Returns whether
 *	nothing is mapped there; stores log2 of the number of bytes that the descriptor
 *	translates.
 */
struct range_levels {
	unsigned int root_shift;
	unsigned int page_shift;
	unsigned int index_bits;
	bool (*is_hole)(struct io_pgtable_ops *ops, unsigned long iova, unsigned int *shift);
};

long io_pgtable_count_missing(struct io_pgtable_ops *ops, const struct range_levels *levels,
			      const struct range_limits *limits, unsigned long iova, size_t size);
int io_pgtable_map_error(const struct range_limits *limits, unsigned long iova, u64 paddr,
			 size_t pgsize, size_t pgcount, int prot);

#endif /* __IO_PGTABLE_RANGE_H */
