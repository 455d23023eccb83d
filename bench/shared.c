// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table that several threads use at the same time, each in its own range. native.c makes the
 * threads.
 */
#include <linux/io-pgtable.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "bench.h"
#include "no-tlb.h"

/* Ranges do not share tables of the last level. They share all tables above. */
#define BASE	SZ_1G
#define APART	SZ_16M

struct bench_shared {
	const struct bench_format *format;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
};

/* Return: a table; NULL without memory, or if the format is not measured with threads */
struct bench_shared *bench_share(unsigned int index)
{
	const struct bench_format *format = bench_format_at(index);
	struct bench_shared *s;

	if (format->api || format->contig || format->page != SZ_4K)
		return NULL;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return NULL;
	s->format = format;
	s->cfg = (struct io_pgtable_cfg){
		.pgsize_bitmap = format->page | format->span | format->other,
		.ias = format->ias,
		.oas = format->oas,
		.coherent_walk = true,
		.tlb = &no_tlb,
	};
	s->ops = alloc_io_pgtable_ops(format->fmt, &s->cfg, s);
	if (s->ops)
		return s;
	kfree(s);
	return NULL;
}

void bench_unshare(struct bench_shared *s)
{
	free_io_pgtable_ops(s->ops);
	kfree(s);
}

const char *bench_shared_name(const struct bench_shared *s)
{
	return s->format->name;
}

static int map_and_unmap(const struct bench_shared *s, unsigned long iova, size_t count,
			 size_t pgsize, size_t pgcount)
{
	struct iommu_iotlb_gather gather;
	size_t mapped = 0;
	int ret;

	iommu_iotlb_gather_init(&gather);
	gather.queued = true;
	ret = io_pgtable_map_pages(s->ops, iova, iova, s->format->page, count, BENCH_PROT,
				   GFP_ATOMIC, &mapped);
	if (ret || mapped != count * s->format->page)
		return ret ?: -EIO;
	return io_pgtable_unmap_pages(s->ops, iova, pgsize, pgcount, &gather) == mapped ? 0 : -EIO;
}

/**
 * bench_use_range() - map and unmap in one of the ranges
 * @s: the table
 * @n: number of the range
 * @op: a page; a table full of pages; a table full of pages that is unmapped as one block
 * @rounds: number of maps and unmaps
 *
 * Return: 0 or an error.
 */
int bench_use_range(const struct bench_shared *s, unsigned int n, enum bench_shared_op op,
		    unsigned int rounds)
{
	const size_t page = s->format->page, span = s->format->span, count = span / page;
	const unsigned long iova = BASE + n * APART;
	int ret = 0;

	while (rounds-- && !ret) {
		switch (op) {
		case BENCH_PAGE:
			ret = map_and_unmap(s, iova, 1, page, 1);
			break;
		case BENCH_PAGES:
			ret = map_and_unmap(s, iova, count, page, count);
			break;
		case BENCH_TABLE:
			ret = map_and_unmap(s, iova, count, span, 1);
			break;
		}
	}
	return ret;
}
