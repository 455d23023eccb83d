/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page sizes of a range: it consists of steps, each of which has pages of one size.
 */
#ifndef __IO_PGTABLE_STEPS_H
#define __IO_PGTABLE_STEPS_H

#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/types.h>

/**
 * step_init() - the first step of a range
 * @pgsizes: page sizes of the table, a bit for each
 * @iova: input address of the range
 * @paddr: its output address; of a range to unmap, @iova
 * @size: bytes in it. All three are multiples of the smallest page size, and this is not 0.
 * @pgcount: out, how many pages the step has: as many as come before a larger one fits
 *
 * Return: the largest page size that both addresses are aligned to and that fits.
 */
static inline size_t step_init(unsigned long pgsizes, unsigned long iova, u64 paddr,
			       size_t size, size_t *pgcount)
{
	unsigned long addrs = iova | (unsigned long)paddr, lowest = addrs & -addrs;
	/* All sizes up to the lowest bit of the addresses, or all if they are both 0 */
	unsigned long fitting = pgsizes & (lowest | (lowest - 1)) & GENMASK(__fls(size), 0);
	size_t pgsize = BIT(__fls(fitting));
	unsigned long larger = pgsizes & ~(pgsize | (pgsize - 1));
	size_t next = larger & -larger;
	size_t ahead = -iova & (next - 1);

	/* The addresses reach the boundary of the next larger size together, and that fits. */
	if (next && !((iova ^ (unsigned long)paddr) & (next - 1)) && ahead < size &&
	    size - ahead >= next)
		size = ahead;
	*pgcount = size >> __ffs(pgsize);
	return pgsize;
}

#endif /* __IO_PGTABLE_STEPS_H */
