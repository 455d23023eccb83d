/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What formats ask of a range before they touch a table: every byte of it counts,
 * not only the first.
 */
#ifndef __IO_PGTABLE_RANGE_H
#define __IO_PGTABLE_RANGE_H

#include <linux/align.h>
#include <linux/io-pgtable.h>
#include <linux/minmax.h>
#include <linux/overflow.h>

/* All of [iova, iova + size) are input addresses. */
static inline bool range_iova_is_valid(const struct io_pgtable_cfg *cfg,
				       unsigned long iova, size_t size)
{
	unsigned long first = iova, last = iova + size - 1;

	if (last < first)
		return false;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1) {
		first = ~first;
		last = ~last;
	}
	return !((u64)first >> cfg->ias) && !((u64)last >> cfg->ias);
}

static inline bool range_paddr_is_valid(const struct io_pgtable_cfg *cfg,
					u64 paddr, size_t size)
{
	u64 last = paddr + size - 1;

	return last >= paddr && !(last >> cfg->oas);
}

static inline bool range_pgsize_is_valid(const struct io_pgtable_cfg *cfg,
					 size_t pgsize)
{
	return !(pgsize & (pgsize - 1)) && (pgsize & cfg->pgsize_bitmap);
}

/*
 * The arguments of map_pages. None of no pages is valid, as far as its page goes.
 * Return: 0; -EINVAL: no page size of this table, no access, misaligned; -ERANGE:
 * input or output addresses out of range.
 */
static inline int range_check_map(const struct io_pgtable_cfg *cfg,
				  unsigned long iova, phys_addr_t paddr,
				  size_t pgsize, size_t pgcount, int prot)
{
	size_t size;

	if (!range_pgsize_is_valid(cfg, pgsize))
		return -EINVAL;
	if (check_mul_overflow(pgsize, max(pgcount, 1), &size) ||
	    !range_iova_is_valid(cfg, iova, size) ||
	    !range_paddr_is_valid(cfg, paddr, size))
		return -ERANGE;
	if (!(prot & (IOMMU_READ | IOMMU_WRITE)) ||
	    !IS_ALIGNED(iova | paddr, pgsize))
		return -EINVAL;
	return 0;
}

/* The arguments of unmap_pages. Return: its size in bytes; 0: nothing to unmap. */
static inline size_t range_check_unmap(const struct io_pgtable_cfg *cfg,
				       unsigned long iova, size_t pgsize,
				       size_t pgcount)
{
	size_t size;

	if (!range_pgsize_is_valid(cfg, pgsize) || !pgcount ||
	    !IS_ALIGNED(iova, pgsize) ||
	    check_mul_overflow(pgsize, pgcount, &size) ||
	    !range_iova_is_valid(cfg, iova, size))
		return 0;
	return size;
}

#endif /* __IO_PGTABLE_RANGE_H */
