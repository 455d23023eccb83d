/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page sizes of a range. A range consists of steps; all pages of a step have one size.
 */
#ifndef __IO_PGTABLE_STEPS_H
#define __IO_PGTABLE_STEPS_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/types.h>

/**
 * step_init() - find the first step of a range
 * @pgsizes: page sizes of the table, one bit each
 * @iova: input address of the range
 * @paddr: output address of the range; if the range is to be unmapped, @iova
 * @size: bytes in the range, not 0. All three are multiples of the smallest page size.
 * @pgcount: out, number of pages in the step: the step ends where a larger page fits
 *
 * Return: the largest page size that both addresses are aligned to and that fits.
 */
static inline size_t step_init(unsigned long pgsizes, unsigned long iova, u64 paddr,
			       size_t size, size_t *pgcount)
{
	unsigned long addrs = iova | (unsigned long)paddr, lowest = addrs & -addrs;
	/* Sizes up to the lowest bit set in the addresses; all sizes if both addresses are 0 */
	unsigned long fitting = pgsizes & (lowest | (lowest - 1)) & GENMASK(__fls(size), 0);
	size_t pgsize = BIT(__fls(fitting));
	unsigned long larger = pgsizes & ~(pgsize | (pgsize - 1));
	size_t next = larger & -larger;
	size_t ahead = -iova & (next - 1);

	/* The step ends at a boundary of the next larger size, if a page of that size fits. */
	if (next && !((iova ^ (unsigned long)paddr) & (next - 1)) && ahead < size &&
	    size - ahead >= next)
		size = ahead;
	*pgcount = size >> __ffs(pgsize);
	return pgsize;
}

#endif /* __IO_PGTABLE_STEPS_H */
