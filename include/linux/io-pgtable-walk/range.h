/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What formats ask of a range before they touch a table: every byte of it counts,
 * not only the first.
 */
#ifndef __IO_PGTABLE_RANGE_H
#define __IO_PGTABLE_RANGE_H

#include <linux/bits.h>
#include <linux/io-pgtable.h>
#include <linux/minmax.h>

/**
 * struct range_limits - the pages and addresses that a table has
 * @pgsizes: page sizes, a bit for each
 * @iova_first: its first input address
 * @iova_size: how many there are
 * @paddr_size: how many output addresses there are, from 0
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

/* The input address, counted from the first one */
static __always_inline u64 range_iova_offset(const struct range_limits *limits,
					     unsigned long iova)
{
	return iova - limits->iova_first;
}

/* All of [iova, iova + size) are input addresses. */
static __always_inline bool range_iova_is_valid(const struct range_limits *limits,
						unsigned long iova, size_t size)
{
	u64 at = range_iova_offset(limits, iova);

	return at < limits->iova_size && size <= limits->iova_size - at;
}

/* A page size of this table, and addresses that have its alignment */
static __always_inline bool range_pgsize_is_valid(const struct range_limits *limits,
						  size_t pgsize, u64 addrs)
{
	return (limits->pgsizes & pgsize) && !((pgsize | addrs) & (pgsize - 1));
}

/* There are @pgcount pages, one at least, from @at to @size, and a size_t can tell. */
static __always_inline bool range_pages_fit(u64 at, u64 size, size_t pgsize,
					    size_t pgcount)
{
	/* One less than none is more than any that fit. */
	return at < size && pgcount - 1 < min_t(u64, size - at, SIZE_MAX) >> __ffs(pgsize);
}

/* The arguments of map_pages, but for prot. */
static __always_inline bool range_map_is_valid(const struct range_limits *limits,
					       unsigned long iova, u64 paddr,
					       size_t pgsize, size_t pgcount)
{
	return range_pgsize_is_valid(limits, pgsize, iova | paddr) &&
	       range_pages_fit(range_iova_offset(limits, iova), limits->iova_size,
			       pgsize, pgcount) &&
	       range_pages_fit(paddr, limits->paddr_size, pgsize, pgcount);
}

/* The arguments of unmap_pages. None of no pages is to be unmapped. */
static __always_inline bool range_unmap_is_valid(const struct range_limits *limits,
						 unsigned long iova, size_t pgsize,
						 size_t pgcount)
{
	return range_pgsize_is_valid(limits, pgsize, iova) &&
	       range_pages_fit(range_iova_offset(limits, iova), limits->iova_size,
			       pgsize, pgcount);
}

/*
 * Whether to break before make where a part of a block is unmapped. The device's DMA
 * faults in between, so not if the driver says that its hardware must not fault, nor if it
 * has no callback to invalidate the whole with: the break would be of no use.
 */
static inline bool range_breaks_before_make(const struct io_pgtable_cfg *cfg)
{
	return !(cfg->quirks & IO_PGTABLE_QUIRK_NO_BBM) &&
	       cfg->tlb && cfg->tlb->tlb_flush_walk;
}

/* What most callers say of a mapping, as an index: IOMMU_READ to IOMMU_NOEXEC */
#define RANGE_NUM_PROTS	16
static_assert((IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE | IOMMU_NOEXEC) == RANGE_NUM_PROTS - 1);

/* The attributes of such a mapping are remembered. */
static __always_inline bool range_prot_is_common(int prot)
{
	return (unsigned int)prot < RANGE_NUM_PROTS;
}

/* At least one of the access permissions that make a mapping one. */
static inline bool range_prot_is_valid(int prot)
{
	return prot & (IOMMU_READ | IOMMU_WRITE);
}

/**
 * struct range_levels - how tables resolve a range, for io_pgtable_count_missing()
 * @root_shift: log2 of the bytes that a descriptor of the root translates
 * @page_shift: the same at the last level
 * @index_bits: input address bits that a table resolves
 * @is_hole: go down for an input address, at most to the level before the last: whether
 *	nothing is there, and log2 of the bytes that the last descriptor on the way translates
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
