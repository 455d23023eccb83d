/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs of descriptors in one table, eight at a time: of 64 bits, a cache line. A format
 * says first what a descriptor is: RUN_DESC.
 *
 * A range that is mapped or unmapped is the caller's alone, so plain loads do to see
 * what is there: nothing but the dirty state of a leaf can change meanwhile.
 */
#ifndef __IO_PGTABLE_RUNS_H
#define __IO_PGTABLE_RUNS_H

#include <linux/compiler.h>
#include <linux/types.h>

static inline RUN_DESC run_or8(const RUN_DESC *d)
{
	return d[0] | d[1] | d[2] | d[3] | d[4] | d[5] | d[6] | d[7];
}

static inline RUN_DESC run_and8(const RUN_DESC *d)
{
	return d[0] & d[1] & d[2] & d[3] & d[4] & d[5] & d[6] & d[7];
}

static inline bool run_are_clear(const RUN_DESC *descs, unsigned int n)
{
	for (; n >= 8; n -= 8, descs += 8)
		if (run_or8(descs))
			return false;
	for (; n; n--)
		if (*descs++)
			return false;
	return true;
}

/* The same of a table, which has a multiple of sixteen of them. */
static inline bool run_table_is_clear(const RUN_DESC *table, unsigned int n)
{
	for (; n; n -= 16, table += 16)
		if (run_or8(table) | run_or8(table + 8))
			return false;
	return true;
}

/* Write @n descriptors, each @step more than the one before. */
static inline void run_write(RUN_DESC *descs, unsigned int n, RUN_DESC desc, RUN_DESC step)
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

#endif /* __IO_PGTABLE_RUNS_H */
