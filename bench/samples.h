/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorts samples of a counter, for the median. */
#ifndef IO_PGTABLE_BENCH_SAMPLES_H
#define IO_PGTABLE_BENCH_SAMPLES_H

#include <linux/sort.h>
#include <linux/types.h>

static inline int samples_compare(const void *a, const void *b)
{
	const u32 left = *(const u32 *)a, right = *(const u32 *)b;

	return left < right ? -1 : left > right;
}

static inline void samples_sort(u32 *samples, size_t count)
{
	sort(samples, count, sizeof(*samples), samples_compare, NULL);
}

#endif
