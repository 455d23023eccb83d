/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs of descriptors in one table, processed eight at a time: 64 bytes, a cache line, if a
 * descriptor has 64 bits.
 *
 * Loads are plain. While a range is mapped, no other CPU stores to its descriptors. The same is
 * true while a range is unmapped, except for groups that extend beyond the range: see
 * walk_clear_run(). A walker may change the dirty state of a leaf at any time.
 */
#ifndef __IO_PGTABLE_WALK_RUNS_H
#define __IO_PGTABLE_WALK_RUNS_H

#include <linux/compiler.h>

#include <linux/io-pgtable-walk/format.h>

static inline walk_desc run_or8(const walk_desc *d)
{
	return d[0] | d[1] | d[2] | d[3] | d[4] | d[5] | d[6] | d[7];
}

static inline walk_desc run_and8(const walk_desc *d)
{
	return d[0] & d[1] & d[2] & d[3] & d[4] & d[5] & d[6] & d[7];
}

static __always_inline bool run_are_clear(const walk_desc *descs, unsigned int n)
{
	const walk_desc *end = descs + (n & ~7);

	for (; descs != end; descs += 8)
		if (run_or8(descs))
			return false;
	for (end += n & 7; descs != end; descs++)
		if (*descs)
			return false;
	return true;
}

/* Write @n descriptors, each @step larger than the previous one */
static __always_inline void run_write(walk_desc *descs, unsigned int n, walk_desc desc,
				      walk_desc step)
{
	for (; n >= 8; n -= 8, descs += 8) {
		WRITE_ONCE(descs[0], desc);
		WRITE_ONCE(descs[1], desc += step);
		WRITE_ONCE(descs[2], desc += step);
		WRITE_ONCE(descs[3], desc += step);
		WRITE_ONCE(descs[4], desc += step);
		WRITE_ONCE(descs[5], desc += step);
		WRITE_ONCE(descs[6], desc += step);
		WRITE_ONCE(descs[7], desc += step);
		desc += step;
	}
	for (; n; n--, desc += step)
		WRITE_ONCE(*descs++, desc);
}

#endif /* __IO_PGTABLE_WALK_RUNS_H */
