// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the checker. Each fault of a format or of a driver must be reported as the right
 * kind. The same calls without the fault must not be reported.
 *
 * Tables have the formats LPAE and v7s. Between checker and format is faulty.c with its faults. The
 * driver's TLB callbacks only count.
 */
#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/io-pgtable-format.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../check.h"
#include "../compat.h"
#include "faulty.h"

#define PROT_RW		(IOMMU_READ | IOMMU_WRITE)
/* An address inside of a table, far from the first and the last input address */
#define IOVA		(SZ_1G + SZ_2M + SZ_1M)
#define BLOCK		(SZ_1G + SZ_4M)
#define PADDR		SZ_1G
#define INPUT_BITS	32

/**
 * struct checked - a table under the checker, and its driver
 * @test: the test
 * @cfg: configuration of the table
 * @fmt: format of the table
 * @ops: operations of the table; NULL once the table is freed
 * @gather: gather structure for unmaps
 * @reported: kinds that were reported, a bit each
 * @forgotten: the checker has called io_pgtable_check_forget()
 * @calls: number of calls of the driver's TLB callbacks
 * @again: address of a page that the driver maps in tlb_add_page; 0 for none
 * @meets: two calls meet, see unmap_beside_split()
 * @split: tlb_flush_walk was called
 * @neighbour: the thread of the second call
 * @begun: the second call has begun
 * @may_end: the second call may end
 * @ended: the second call has ended
 */
struct checked {
	struct kunit *test;
	struct io_pgtable_cfg cfg;
	enum io_pgtable_fmt fmt;
	struct io_pgtable_ops *ops;
	struct iommu_iotlb_gather gather;
	unsigned long reported;
	bool forgotten;
	unsigned int calls;
	unsigned long again;
	bool meets;
	bool split;
	struct task_struct *neighbour;
	struct completion begun;
	struct completion may_end;
	struct completion ended;
};

static struct checked *checked;	/* KUnit runs one case at a time */

/* Uses pr_info(), since reports may come from atomic context, where kunit_info() is not allowed. */
static void note_report(struct check_table *t, const struct check_call *call,
			enum check_kind kind, struct va_format *what)
{
	pr_info("# %s: %pV\n", checked->test->name, what);
	__set_bit(kind, &checked->reported);
}

/*
 * The driver
 */

static void flush_all(void *cookie)
{
	struct checked *c = cookie;

	c->calls++;
}

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct checked *c = cookie;

	c->split = true;
	flush_all(cookie);
}

static void hear_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
		      void *cookie)
{
	struct checked *c = cookie;
	size_t mapped = 0;

	c->calls++;
	if (c->again)
		c->ops->map_pages(c->ops, c->again, PADDR, SZ_4K, 1, PROT_RW, GFP_ATOMIC,
				  &mapped);
}

#define PATIENCE	(10 * HZ)

static int unmap_neighbour(void *data)
{
	struct checked *c = data;
	struct iommu_iotlb_gather gather;

	current->kunit_test = c->test;	/* for the static stubs */
	iommu_iotlb_gather_init(&gather);
	c->ops->unmap_pages(c->ops, BLOCK + SZ_64K, SZ_4K, 1, &gather);
	complete(&c->ended);
	return 0;
}

static void start_neighbour(struct checked *c)
{
	struct task_struct *thread = kthread_create(unmap_neighbour, c, "neighbour");

	KUNIT_EXPECT_FALSE(c->test, IS_ERR(thread));
	if (IS_ERR(thread)) {
		c->meets = false;
		return;
	}
	c->neighbour = thread;
	wake_up_process(thread);
	KUNIT_EXPECT_NE(c->test, wait_for_completion_timeout(&c->begun, PATIENCE), 0);
}

/* In each of two calls, when it reports what it has unmapped */
static void meet(struct checked *c)
{
	if (current == c->neighbour) {
		complete(&c->begun);
		wait_for_completion_timeout(&c->may_end, PATIENCE);
	} else if (!c->neighbour) {
		start_neighbour(c);
	} else if (c->split) {
		c->meets = false;
		complete(&c->may_end);
		KUNIT_EXPECT_NE(c->test, wait_for_completion_timeout(&c->ended, PATIENCE), 0);
	}
}

static void hear_range(struct iommu_iotlb_gather *gather, unsigned long iova, size_t size,
		       size_t granule, void *cookie)
{
	struct checked *c = cookie;

	flush_all(cookie);
	if (c->meets)
		meet(c);
}

static const struct iommu_flush_ops ranges = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush_walk,
	.tlb_add_page	= hear_page,
	.tlb_add_range	= hear_range,
};

static const struct iommu_flush_ops pages = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush_walk,
	.tlb_add_page	= hear_page,
};

/* This driver defers invalidations of leaf entries. */
static void gather_range(struct iommu_iotlb_gather *gather, unsigned long iova, size_t size,
			 size_t granule, void *cookie)
{
	flush_all(cookie);
	iommu_iotlb_gather_add_range(gather, iova, size);
	gather->pgsize = granule;
}

static const struct iommu_flush_ops gathering = {
	.tlb_flush_all	= flush_all,
	.tlb_flush_walk	= flush_walk,
	.tlb_add_page	= hear_page,
	.tlb_add_range	= gather_range,
};

static struct checked *new_checked(struct kunit *test)
{
	struct checked *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct device *dev = kunit_device_register(test, "checked");

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)), 0);
	c->test = test;
	c->fmt = ARM_64_LPAE_S1;
	c->cfg = (struct io_pgtable_cfg){
		.pgsize_bitmap	= SZ_4K | SZ_2M | SZ_1G,
		.ias		= INPUT_BITS,
		.oas		= 40,
		.coherent_walk	= true,
		.tlb		= &ranges,
		.iommu_dev	= dev,
	};
	iommu_iotlb_gather_init(&c->gather);
	checked = c;
	kunit_activate_static_stub(test, io_pgtable_check_print, note_report);
	return c;
}

static void use_v7s(struct checked *c)
{
	c->fmt = ARM_V7S;
	c->cfg.pgsize_bitmap = SZ_4K | SZ_64K | SZ_1M | SZ_16M;
	c->cfg.oas = 32;
}

static void make(struct checked *c)
{
	c->ops = io_pgtable_alloc(c->fmt, &c->cfg, c);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(c->test, c->ops);
}

static void destroy(struct checked *c)
{
	if (!IS_ERR(c->ops))
		free_io_pgtable_ops(c->ops);
	c->ops = NULL;
}

static size_t map_to(struct checked *c, unsigned long iova, unsigned long paddr, size_t pgsize,
		     size_t pgcount)
{
	size_t mapped = 0;

	c->ops->map_pages(c->ops, iova, paddr, pgsize, pgcount, PROT_RW, GFP_KERNEL, &mapped);
	return mapped;
}

static size_t map(struct checked *c, unsigned long iova, size_t pgsize, size_t pgcount)
{
	return map_to(c, iova, PADDR, pgsize, pgcount);
}

static size_t unmap(struct checked *c, unsigned long iova, size_t pgsize, size_t pgcount)
{
	return c->ops->unmap_pages(c->ops, iova, pgsize, pgcount, &c->gather);
}

/* As iommu_iotlb_sync() does after the driver has invalidated the gathered range */
static void sync(struct checked *c)
{
	iommu_iotlb_gather_init(&c->gather);
}

static size_t map_range(struct checked *c, unsigned long iova, unsigned long paddr, size_t size)
{
	size_t mapped = 0;

	io_pgtable_map_range(c->ops, iova, paddr, size, PROT_RW, GFP_KERNEL, &mapped);
	return mapped;
}

static size_t unmap_range(struct checked *c, unsigned long iova, size_t size)
{
	return io_pgtable_unmap_range(c->ops, iova, size, &c->gather);
}

/*
 * Calls of drivers
 */

static void map_and_unmap(struct checked *c)
{
	map(c, IOVA, SZ_4K, 8);
	unmap(c, IOVA, SZ_4K, 8);
}

static void map_some(struct checked *c)
{
	map(c, IOVA, SZ_4K, 8);
}

static void translate(struct checked *c)
{
	map(c, IOVA, SZ_4K, 8);
	io_pgtable_faulty_set(FAULTY_TRANSLATE);
	c->ops->iova_to_phys(c->ops, IOVA + SZ_4K + 5);
	io_pgtable_faulty_set(FAULTY_NONE);
	unmap(c, IOVA, SZ_4K, 8);
}

static void unmap_page_by_page(struct checked *c)
{
	unsigned int i;

	map(c, IOVA, SZ_4K, 8);
	for (i = 0; i < 8; i++)
		unmap(c, IOVA + i * SZ_4K, SZ_4K, 1);
}

static void map_twice(struct checked *c)
{
	map(c, IOVA, SZ_4K, 1);
	map(c, IOVA, SZ_4K, 1);
}

static void map_into_block(struct checked *c)
{
	map(c, BLOCK, SZ_2M, 1);
	map(c, BLOCK + SZ_16K, SZ_4K, 2);
}

static void unmap_nothing(struct checked *c)
{
	unmap(c, IOVA, SZ_4K, 1);
}

static void unmap_too_much(struct checked *c)
{
	map(c, IOVA, SZ_4K, 3);
	unmap(c, IOVA, SZ_4K, 4);
}

static void unmap_twice(struct checked *c)
{
	map(c, IOVA, SZ_4K, 1);
	unmap(c, IOVA, SZ_4K, 1);
	unmap(c, IOVA, SZ_4K, 1);
}

static void unmap_pages_as_block(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 512);
	unmap(c, BLOCK, SZ_2M, 1);
}

/* One call has made both tables. */
static void unmap_two_tables(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 1024);
	unmap(c, BLOCK, SZ_2M, 2);
}

static void unmap_too_few_pages_as_block(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 511);
	unmap(c, BLOCK, SZ_2M, 1);
}

static void unmap_half_of_group(struct checked *c)
{
	map(c, BLOCK, SZ_64K, 2);
	unmap(c, BLOCK, SZ_4K, 8);
	unmap(c, BLOCK + SZ_32K, SZ_4K, 8);
	unmap(c, BLOCK + SZ_64K, SZ_64K, 1);
}

/* The last page fills a contiguous group. */
static void map_page_by_page(struct checked *c)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		map_to(c, BLOCK + i * SZ_4K, PADDR + i * SZ_4K, SZ_4K, 1);
}

static void unmap_group(struct checked *c)
{
	map(c, BLOCK, SZ_64K, 2);
	unmap(c, BLOCK, SZ_64K, 1);
	unmap(c, BLOCK + SZ_64K, SZ_64K, 1);
}

/* The first 32 pages are two contiguous groups, if runs become groups. */
static void unmap_half_of_run(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 40);
	unmap(c, BLOCK + SZ_64K, SZ_4K, 8);
	unmap(c, BLOCK, SZ_4K, 8);
	unmap(c, BLOCK + SZ_64K + SZ_32K, SZ_4K, 16);
	unmap(c, BLOCK + SZ_32K, SZ_4K, 8);
}

static void unmap_run(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 48);
	unmap(c, BLOCK + SZ_64K, SZ_4K, 16);
	unmap(c, BLOCK, SZ_4K, 16);
	unmap(c, BLOCK + SZ_128K, SZ_4K, 16);
}

static void unmap_part_of_block(struct checked *c)
{
	map(c, BLOCK, SZ_2M, 1);
	unmap(c, BLOCK + SZ_16K, SZ_4K, 4);
}

static void replace_table(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 4);
	unmap(c, BLOCK, SZ_4K, 4);
	map(c, BLOCK, SZ_2M, 1);
	unmap(c, BLOCK, SZ_2M, 1);
}

static void replace_v7s_table(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 4);
	map(c, BLOCK + SZ_1M, SZ_64K, 2);
	unmap(c, BLOCK, SZ_4K, 4);
	unmap(c, BLOCK + SZ_1M, SZ_64K, 2);
	map(c, BLOCK, SZ_1M, 2);
	unmap(c, BLOCK, SZ_1M, 2);
}

static void remove_v7s_table(struct checked *c)
{
	map(c, BLOCK, SZ_4K, 256);
	unmap(c, BLOCK, SZ_1M, 1);
	map(c, BLOCK, SZ_1M, 1);
}

/* The format may free a table in a later call. */
static void free_table_later(struct checked *c)
{
	unmap_pages_as_block(c);
	unmap_pages_as_block(c);
}

/* The format may free a table outside of calls that change the page table. */
static void free_table_outside(struct checked *c)
{
	unmap_pages_as_block(c);
	io_pgtable_faulty_set(FAULTY_NONE);
}

static void map_after_sync(struct checked *c)
{
	map_and_unmap(c);
	sync(c);
	map_and_unmap(c);
	sync(c);
}

static void map_before_sync(struct checked *c)
{
	map_and_unmap(c);
	map_and_unmap(c);
	sync(c);
}

/* Two unmaps with a map of other addresses in between */
static void sync_both(struct checked *c)
{
	map(c, IOVA, SZ_4K, 16);
	unmap(c, IOVA, SZ_4K, 8);
	map(c, BLOCK, SZ_4K, 8);
	unmap(c, IOVA + SZ_32K, SZ_4K, 8);
	sync(c);
	map_and_unmap(c);
}

/* A range with pages, a block, and pages again */
#define AROUND_BLOCK	(BLOCK - SZ_16K)
#define AROUND_SIZE	(SZ_2M + SZ_32K)

static void map_ranges(struct checked *c)
{
	map_range(c, AROUND_BLOCK, PADDR - SZ_16K, AROUND_SIZE);
	unmap_range(c, AROUND_BLOCK, AROUND_SIZE);
	map_range(c, AROUND_BLOCK, PADDR, AROUND_SIZE);
	unmap_range(c, AROUND_BLOCK, AROUND_SIZE);
}

static void map_some_range(struct checked *c)
{
	map_range(c, AROUND_BLOCK, PADDR - SZ_16K, AROUND_SIZE);
}

/* A call for pages, unlike one for a range, may stop between the two tables. */
static void map_range_of_two_tables(struct checked *c)
{
	map_range(c, BLOCK, PADDR + SZ_4K, SZ_4M);
	unmap_range(c, BLOCK, SZ_4M);
}

static void unmap_range_of_many_calls(struct checked *c)
{
	map(c, BLOCK - SZ_16K, SZ_4K, 4);
	map(c, BLOCK, SZ_2M, 1);
	map(c, BLOCK + SZ_2M, SZ_4K, 512);
	unmap_range(c, BLOCK - SZ_16K, SZ_4M + SZ_16K);
}

/* Half a contiguous group, a whole one, and half of another one */
static void unmap_range_of_groups(struct checked *c)
{
	map_range(c, BLOCK, PADDR, 3 * SZ_64K);
	unmap_range(c, BLOCK + SZ_32K, SZ_128K);
	unmap_range(c, BLOCK, SZ_32K);
	unmap_range(c, BLOCK + SZ_128K + SZ_32K, SZ_32K);
}

static void unmap_range_of_two_groups(struct checked *c)
{
	map_range(c, BLOCK, PADDR, SZ_128K);
	unmap_range(c, BLOCK, SZ_64K);
	unmap_range(c, BLOCK + SZ_64K, SZ_64K);
}

/*
 * A call begins, a second one begins beside the end of a group, the first call splits that group,
 * the second call ends, and the first call ends. The break-before-make is that of the first call.
 */
static void unmap_beside_split(struct checked *c)
{
	init_completion(&c->begun);
	init_completion(&c->may_end);
	init_completion(&c->ended);
	map(c, BLOCK - SZ_4K, SZ_4K, 1);
	map(c, BLOCK, SZ_64K, 1);
	map(c, BLOCK + SZ_64K, SZ_4K, 1);
	c->meets = true;
	unmap(c, BLOCK - SZ_4K, SZ_4K, 9);
	KUNIT_EXPECT_FALSE(c->test, c->meets);	/* They have met. */
}

static void unmap_range_in_block(struct checked *c)
{
	map_range(c, BLOCK, PADDR, SZ_4M);
	unmap_range(c, BLOCK + SZ_16K, SZ_2M);
}

static void call_ranges_badly(struct checked *c)
{
	map_range(c, IOVA, PADDR, 0);
	map_range(c, IOVA + 5, PADDR, SZ_4K);
	map_range(c, IOVA, PADDR, SZ_4K + 5);
	map_range(c, IOVA, PADDR, SZ_4K - 1);
	map_range(c, ULONG_MAX - SZ_4K + 1, PADDR, SZ_8K);
	unmap_range(c, IOVA, 0);
	unmap_range(c, IOVA, SZ_4K + 5);
	unmap_range(c, ULONG_MAX - SZ_4K + 1, SZ_8K);
}

static void map_range_over_page(struct checked *c)
{
	map(c, BLOCK + SZ_16K, SZ_4K, 1);
	map_range(c, AROUND_BLOCK, PADDR - SZ_16K, AROUND_SIZE);
}

static void unmap_range_with_hole(struct checked *c)
{
	map(c, BLOCK - SZ_4K, SZ_4K, 1);
	map(c, BLOCK + SZ_2M, SZ_4K, 1);
	unmap_range(c, BLOCK - SZ_4K, SZ_2M + SZ_8K);
}

static void unmap_range_with_hole_in_table(struct checked *c)
{
	map_range(c, BLOCK, PADDR, SZ_2M - SZ_4K);
	unmap_range(c, BLOCK, SZ_2M);
}

static void map_while_unmapping(struct checked *c)
{
	map(c, IOVA, SZ_4K, 1);
	c->again = IOVA;
	unmap(c, IOVA, SZ_4K, 1);
	c->again = 0;
}

static void map_elsewhere_while_unmapping(struct checked *c)
{
	map(c, IOVA, SZ_4K, 1);
	c->again = IOVA + SZ_4K;
	unmap(c, IOVA, SZ_4K, 1);
	c->again = 0;
	unmap(c, IOVA + SZ_4K, SZ_4K, 1);
}

/* The driver invalidates everything later, so callbacks for leaf entries are not needed. */
static void unmap_queued(struct checked *c)
{
	c->gather.queued = true;
	map_and_unmap(c);
	unmap_pages_as_block(c);
	map(c, IOVA, SZ_4K, 8);
	c->ops->unmap_pages(c->ops, IOVA, SZ_4K, 8, NULL);
}

/* Bad arguments are refused. The checker does not report them. */
static void call_badly(struct checked *c)
{
	map(c, IOVA + 5, SZ_4K, 1);
	map(c, IOVA, SZ_8K, 1);
	map(c, IOVA, 0, 1);
	map(c, IOVA, SZ_4K, 0);
	map(c, IOVA, SZ_4K, SIZE_MAX / SZ_4K + 2);
	map(c, ULONG_MAX - SZ_4K + 1, SZ_4K, 2);
	if (BITS_PER_LONG > INPUT_BITS)
		map(c, BIT(INPUT_BITS - 1) << 1, SZ_4K, 1);
	unmap(c, IOVA + 5, SZ_4K, 1);
	unmap(c, IOVA, SZ_8K, 1);
	unmap(c, IOVA, SZ_4K, 0);
	unmap(c, ULONG_MAX - SZ_4K + 1, SZ_4K, 2);
}

static void map_everywhere(struct checked *c)
{
	unsigned long last = BIT_ULL(INPUT_BITS) - SZ_4K;

	map(c, 0, SZ_4K, 3);
	map(c, SZ_4K * 3, SZ_4K, 1);
	map(c, last, SZ_4K, 1);
	unmap(c, SZ_4K, SZ_4K, 1);
	unmap(c, 0, SZ_4K, 1);
	unmap(c, SZ_4K * 2, SZ_4K, 2);
	unmap(c, last, SZ_4K, 1);
	/* From the end of a table, across the next one, to the beginning of a third */
	map(c, BLOCK - SZ_16K, SZ_4K, 520);
	unmap(c, BLOCK - SZ_16K, SZ_4K, 520);
	map(c, BLOCK, SZ_2M, 2);
	unmap(c, BLOCK, SZ_2M, 2);
	map(c, BLOCK, SZ_2M, 1);
	c->ops->iova_to_phys(c->ops, BLOCK + 5);
	c->ops->iova_to_phys(c->ops, BLOCK - 5);
}

/*
 * Rows
 */

#define NOTHING		0
/* Reported in kernels that refuse to unmap part of a block */
#define UNLESS_SPLIT(_kind)	(SPLITS_BLOCKS ? NOTHING : BIT(_kind))

/**
 * struct row - a case
 * @name: description
 * @run: calls of the driver
 * @fault: fault of the format meanwhile
 * @reported: kinds that must be reported, a bit each
 * @quirks: &io_pgtable_cfg.quirks
 * @tlb: the driver's callbacks; NULL for @ranges
 * @v7s: the table has the format v7s
 */
struct row {
	const char *name;
	void (*run)(struct checked *c);
	enum faulty fault;
	unsigned long reported;
	unsigned long quirks;
	const struct iommu_flush_ops *tlb;
	bool v7s;
};

#define CONTIG IO_PGTABLE_QUIRK_ARM_CONTIG
#define RUNS IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS
#define NO_BBM IO_PGTABLE_QUIRK_NO_BBM

/* Neither format nor driver has a fault. Nothing must be reported. */
static const struct row right_rows[] = {
	{ "map and unmap", map_and_unmap },
	{ "pages one by one", unmap_page_by_page },
	{ "a driver without ranges", map_and_unmap, .tlb = &pages },
	{ "pages unmapped as a block", unmap_pages_as_block },
	{ "pages unmapped as two blocks", unmap_two_tables },
	{ "a block in place of a table", replace_table },
	{ "half of a group", unmap_half_of_group, .quirks = CONTIG },
	{ "half of a group, no break", unmap_half_of_group, .quirks = CONTIG | NO_BBM },
	{ "beside a group that another call splits", unmap_beside_split, .quirks = CONTIG },
	{ "groups", unmap_group, .quirks = CONTIG },
	{ "groups, a driver without ranges", unmap_group, .quirks = CONTIG, .tlb = &pages },
	{ "a page after the other", map_page_by_page, .quirks = CONTIG },
	{ "half of a run", unmap_half_of_run, .quirks = RUNS },
	{ "half of a run, no break", unmap_half_of_run, .quirks = RUNS | NO_BBM },
	{ "a run", unmap_run, .quirks = RUNS },
	{ "a run, a driver without ranges", unmap_run, .quirks = RUNS, .tlb = &pages },
	{ "a map beside an unmap", map_elsewhere_while_unmapping, .tlb = &pages },
	{ "somebody else invalidates", unmap_queued },
	{ "bad arguments", call_badly },
	{ "first and last, and across tables", map_everywhere },
	{ "ranges", map_ranges },
	{ "ranges, a driver without", map_ranges, .tlb = &pages },
	{ "a range of two tables", map_range_of_two_tables },
	{ "a range, mapped by many calls", unmap_range_of_many_calls },
	{ "a range of groups and halves", unmap_range_of_groups, .quirks = CONTIG },
	{ "bad arguments of ranges", call_ranges_badly },
	{ "a table freed by a later call", free_table_later, FAULTY_FREE_LATER },
	{ "a table freed outside of calls", free_table_outside, FAULTY_FREE_LATER },
	{ "sections in place of tables", replace_v7s_table, .v7s = true },
	{ "pages unmapped as a section", remove_v7s_table, .v7s = true },
	{ "mapped again after a sync", map_after_sync, .tlb = &gathering },
	{ "a sync for two unmaps", sync_both, .tlb = &gathering },
};

/* Faults of the format */
static const struct row format_rows[] = {
	{ "maps to the next page", map_some, FAULTY_MAP_WRONG, BIT(CHECK_TRANSLATION) },
	{ "maps a page less than it says", map_some, FAULTY_MAP_SHORT, BIT(CHECK_RESULT) },
	{ "maps a page more", map_some, FAULTY_MAP_MORE, BIT(CHECK_TRANSLATION) },
	{ "maps a page more than it says", map_some, FAULTY_MAP_DENIES, BIT(CHECK_RESULT) },
	{ "maps, and returns an error", map_some, FAULTY_MAP_FAILS, BIT(CHECK_RESULT) },
	{ "refuses what is free", map_some, FAULTY_MAP_EXISTS, BIT(CHECK_RESULT) },
	{ "maps over a mapping", map_twice, FAULTY_MAP_OVER, BIT(CHECK_OVERLAP) },
	{ "unmaps a page less", map_and_unmap, FAULTY_UNMAP_SHORT, BIT(CHECK_RESULT) },
	{ "unmaps a page less than it says", map_and_unmap, FAULTY_UNMAP_LIES,
	  BIT(CHECK_RESULT) },
	{ "unmaps a page more than it says", map_and_unmap, FAULTY_UNMAP_DENIES,
	  BIT(CHECK_RESULT) },
	{ "unmaps the neighbour", unmap_page_by_page, FAULTY_UNMAP_MORE,
	  BIT(CHECK_TRANSLATION) },
	{ "translates to the next page", translate, FAULTY_NONE, BIT(CHECK_TRANSLATION) },
	{ "no invalidation", map_and_unmap, FAULTY_TELL_NOTHING, BIT(CHECK_STALE) },
	{ "no invalidation of a page", map_and_unmap, FAULTY_TELL_NOTHING, BIT(CHECK_STALE),
	  .tlb = &pages },
	{ "invalidation of a page less", map_and_unmap, FAULTY_TELL_SHORT, BIT(CHECK_STALE) },
	{ "invalidation of another range", map_and_unmap, FAULTY_TELL_BESIDE,
	  BIT(CHECK_STALE) },
	{ "invalidation of other leaves", map_and_unmap, FAULTY_TELL_GRANULE,
	  BIT(CHECK_GRANULE) },
	{ "invalidation of a block for a page", map_and_unmap, FAULTY_TELL_GRANULE,
	  BIT(CHECK_GRANULE), .tlb = &pages },
	{ "invalidation of half a group", unmap_group, FAULTY_TELL_HALVES, BIT(CHECK_GROUP),
	  .quirks = CONTIG },
	{ "invalidation of half a run", unmap_run, FAULTY_TELL_HALVES, BIT(CHECK_GROUP),
	  .quirks = RUNS },
	{ "table freed, not invalidated", unmap_pages_as_block, FAULTY_NO_WALK,
	  BIT(CHECK_TABLE) },
	{ "table freed, half of it invalidated", unmap_pages_as_block, FAULTY_WALK_SHORT,
	  BIT(CHECK_TABLE) },
	{ "one of two tables invalidated", unmap_two_tables, FAULTY_WALK_SHORT,
	  BIT(CHECK_TABLE) },
	{ "table freed, then invalidated", unmap_pages_as_block, FAULTY_LATE_WALK,
	  BIT(CHECK_TABLE) },
	{ "table invalidated, then unlinked", unmap_pages_as_block, FAULTY_EARLY_WALK,
	  BIT(CHECK_TABLE) },
	{ "table replaced, not invalidated", replace_table, FAULTY_NO_WALK, BIT(CHECK_TABLE) },
	{ "table freed later, not invalidated", free_table_later, FAULTY_FREE_HELD,
	  BIT(CHECK_TABLE) },
	{ "table freed outside, not invalidated", free_table_outside, FAULTY_FREE_HELD,
	  BIT(CHECK_TABLE) },
	{ "section in place of a table, not invalidated", replace_v7s_table, FAULTY_NO_WALK,
	  BIT(CHECK_TABLE), .v7s = true },
	{ "table removed, not invalidated", remove_v7s_table, FAULTY_NO_WALK, BIT(CHECK_TABLE),
	  .v7s = true },
	{ "split without break", unmap_half_of_group, FAULTY_NO_BREAK, BIT(CHECK_BREAK),
	  .quirks = CONTIG },
	{ "split without invalidation", unmap_half_of_group, FAULTY_NO_WALK, BIT(CHECK_BREAK),
	  .quirks = CONTIG },
	{ "run split without break", unmap_half_of_run, FAULTY_NO_BREAK, BIT(CHECK_BREAK),
	  .quirks = RUNS },
	{ "run split without invalidation", unmap_half_of_run, FAULTY_NO_WALK, BIT(CHECK_BREAK),
	  .quirks = RUNS },
	{ "live pages are merged", map_page_by_page, FAULTY_MERGE, BIT(CHECK_BREAK),
	  .quirks = CONTIG },
	{ "tables are leaked", unmap_pages_as_block, FAULTY_LEAK, BIT(CHECK_MEMORY) },
	{ "tables are freed as half of them", unmap_pages_as_block, FAULTY_FREE_SIZE,
	  BIT(CHECK_MEMORY) },
};

/* Faults of a format with functions for ranges */
static const struct row range_rows[] = {
	{ "a range to the next page", map_some_range, FAULTY_MAP_WRONG, BIT(CHECK_TRANSLATION) },
	{ "half of a range", map_some_range, FAULTY_RANGE_SHORT, BIT(CHECK_RESULT) },
	{ "half of a range, to the end of a table", map_range_of_two_tables,
	  FAULTY_RANGE_SHORT, BIT(CHECK_RESULT) },
	{ "half of a range unmapped", map_ranges, FAULTY_RANGE_SHORT, BIT(CHECK_RESULT) },
	{ "the last page of a range is not there", map_some_range, FAULTY_MAP_SHORT,
	  BIT(CHECK_RESULT) },
	{ "a range refused where all is free", map_some_range, FAULTY_MAP_FAILS,
	  BIT(CHECK_RESULT) },
	{ "a range not invalidated", map_ranges, FAULTY_TELL_NOTHING, BIT(CHECK_STALE) },
	{ "a range not invalidated to its end", map_ranges, FAULTY_TELL_SHORT,
	  BIT(CHECK_STALE) },
	{ "tables of a range not invalidated", map_ranges, FAULTY_NO_WALK,
	  BIT(CHECK_TABLE) },
	{ "invalidation of half a group of a range", unmap_range_of_two_groups,
	  FAULTY_TELL_HALVES, BIT(CHECK_GROUP), .quirks = CONTIG },
	{ "a range splits groups without break", unmap_range_of_groups, FAULTY_NO_BREAK,
	  BIT(CHECK_BREAK), .quirks = CONTIG },
};

/* Faults of the driver */
static const struct row driver_rows[] = {
	{ "maps twice", map_twice, FAULTY_NONE, BIT(CHECK_OVERLAP) },
	{ "maps into a block", map_into_block, FAULTY_NONE, BIT(CHECK_OVERLAP) },
	{ "unmaps nothing", unmap_nothing, FAULTY_NONE, BIT(CHECK_HOLE) },
	{ "unmaps too much", unmap_too_much, FAULTY_NONE, BIT(CHECK_HOLE) },
	{ "unmaps twice", unmap_twice, FAULTY_NONE, BIT(CHECK_HOLE) },
	{ "unmaps a table with a hole", unmap_too_few_pages_as_block, FAULTY_NONE,
	  BIT(CHECK_HOLE) },
	{ "unmaps part of a block", unmap_part_of_block, FAULTY_NONE,
	  UNLESS_SPLIT(CHECK_PART) },
	{ "maps what is being unmapped", map_while_unmapping, FAULTY_NONE,
	  BIT(CHECK_RACE), .tlb = &pages },
	{ "maps a range over a page", map_range_over_page, FAULTY_NONE, BIT(CHECK_OVERLAP) },
	{ "unmaps a range with a hole", unmap_range_with_hole, FAULTY_NONE, BIT(CHECK_HOLE) },
	{ "unmaps a range with a hole in a table", unmap_range_with_hole_in_table, FAULTY_NONE,
	  BIT(CHECK_HOLE) },
	{ "unmaps a range inside a block", unmap_range_in_block, FAULTY_NONE,
	  UNLESS_SPLIT(CHECK_PART) },
	{ "maps again before a sync", map_before_sync, FAULTY_NONE, BIT(CHECK_STALE),
	  .tlb = &gathering },
};

KUNIT_ARRAY_PARAM_DESC(right, right_rows, name);
KUNIT_ARRAY_PARAM_DESC(format, format_rows, name);
KUNIT_ARRAY_PARAM_DESC(range, range_rows, name);
KUNIT_ARRAY_PARAM_DESC(driver, driver_rows, name);

/* Run the calls of a row, with a fault of the format. Return: the kinds that were reported. */
static unsigned long run_row(struct kunit *test, enum faulty fault)
{
	const struct row *row = test->param_value;
	struct checked *c = new_checked(test);

	c->cfg.quirks = row->quirks;
	if (row->tlb)
		c->cfg.tlb = row->tlb;
	if (row->v7s)
		use_v7s(c);
	io_pgtable_faulty_set(fault);
	make(c);
	row->run(c);
	destroy(c);
	io_pgtable_faulty_set(FAULTY_NONE);
	return c->reported;
}

static void right_is_not_reported(struct kunit *test)
{
	const struct row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, run_row(test, row->fault), 0);
}

/* A fault may cause reports of other kinds as well. A row has the kinds that must be reported. */
static void faults_of_formats_are_reported(struct kunit *test)
{
	const struct row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, run_row(test, row->fault) & row->reported, row->reported);
}

static void faults_of_drivers_are_reported(struct kunit *test)
{
	const struct row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, run_row(test, FAULTY_NONE) & row->reported, row->reported);
}

/* The numbers of TLB callbacks are the same as without the checker. */
static void driver_hears_the_same(struct kunit *test)
{
	struct checked *c = new_checked(test);
	unsigned int before;

	make(c);
	map_and_unmap(c);
	KUNIT_EXPECT_EQ(test, c->calls, 1);
	unmap_pages_as_block(c);
	KUNIT_EXPECT_EQ(test, c->calls, 2);
	before = c->calls;
	destroy(c);
	KUNIT_EXPECT_EQ(test, c->calls, before + 1);
}

/*
 * The returned configuration has the driver's callbacks, and the registers that the format has
 * chosen.
 */
static void configuration_is_the_drivers(struct kunit *test)
{
	struct checked *c = new_checked(test);
	struct io_pgtable_cfg *cfg;

	make(c);
	cfg = &io_pgtable_ops_to_pgtable(c->ops)->cfg;
	KUNIT_EXPECT_PTR_EQ(test, c->cfg.tlb, &ranges);
	KUNIT_EXPECT_PTR_EQ(test, cfg->tlb, &ranges);
	KUNIT_EXPECT_TRUE(test, !c->cfg.alloc && !c->cfg.free && !cfg->alloc);
	KUNIT_EXPECT_NE(test, cfg->arm_lpae_s1_cfg.ttbr, 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_ops_to_pgtable(c->ops)->fmt, ARM_64_LPAE_S1);
	KUNIT_EXPECT_PTR_EQ(test, io_pgtable_ops_to_pgtable(c->ops)->cookie, c);
	destroy(c);
}

static void no_device_and_no_tlb(struct kunit *test)
{
	struct checked *c = new_checked(test);

	c->cfg.iommu_dev = NULL;
	c->cfg.tlb = NULL;
	make(c);
	map_and_unmap(c);
	unmap_pages_as_block(c);
	map_twice(c);
	destroy(c);
	KUNIT_EXPECT_EQ(test, c->reported, BIT(CHECK_OVERLAP));
}

static void note_forgotten(struct check_table *t)
{
	checked->forgotten = true;
}

/*
 * The checker tracks a limited number of regions. Beyond the limit the checker warns, and no longer
 * checks regions.
 */
static void too_many_tables_are_forgotten(struct kunit *test)
{
	struct checked *c = new_checked(test);
	unsigned int most = io_pgtable_check_regions;

	kunit_activate_static_stub(test, io_pgtable_check_forget, note_forgotten);
	use_v7s(c);
	make(c);
	io_pgtable_faulty_set(FAULTY_NO_WALK);
	io_pgtable_check_regions = 2;
	map(c, BLOCK + SZ_4M, SZ_4K, 1);
	map(c, BLOCK + SZ_8M, SZ_4K, 1);
	replace_v7s_table(c);
	io_pgtable_check_regions = most;
	destroy(c);
	KUNIT_EXPECT_TRUE(test, c->forgotten);
	KUNIT_EXPECT_EQ(test, c->reported, 0);
}

static void check_exit(struct kunit *test)
{
	io_pgtable_faulty_set(FAULTY_NONE);
	checked = NULL;
}

static struct kunit_case check_cases[] = {
	KUNIT_CASE_PARAM(right_is_not_reported, right_gen_params),
	KUNIT_CASE_PARAM(faults_of_formats_are_reported, format_gen_params),
	KUNIT_CASE_PARAM(faults_of_formats_are_reported, range_gen_params),
	KUNIT_CASE_PARAM(faults_of_drivers_are_reported, driver_gen_params),
	KUNIT_CASE(driver_hears_the_same),
	KUNIT_CASE(configuration_is_the_drivers),
	KUNIT_CASE(no_device_and_no_tlb),
	KUNIT_CASE(too_many_tables_are_forgotten),
	{ }
};

static struct kunit_suite check_suite = {
	.name = "io-pgtable-check",
	.exit = check_exit,
	.test_cases = check_cases,
};

kunit_test_suite(check_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit suite of io-pgtable's checker");
MODULE_LICENSE("GPL");
