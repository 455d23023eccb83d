// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: part of a block is unmapped, and the rest stays mapped with the same properties. The
 * format chooses the page sizes of the rest. The recorder checks that the format follows
 * break-before-make, and that tables are invalidated before they are freed. A format that cannot
 * split blocks refuses the unmap.
 */
#include <linux/align.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/preempt.h>

#include "conformance.h"

/* The recorder compares all tables again and again, which takes long under KASAN. */
#define MOST_PAGES	(IS_ENABLED(CONFIG_KASAN) ? 512 : 8192)

static struct conf_fixture *watched(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);

	conf_watch(f);
	return f;
}

/* Check the rest of a mapping of @bytes after @count pages at @hole have been unmapped. */
static void expect_rest(struct conf_fixture *f, u64 iova, u64 pa, u64 bytes, u64 hole,
			u64 size, size_t count, int prot)
{
	u64 end = hole + count * size;

	conf_expect_mapped(f, iova, pa, hole - iova, prot);
	conf_expect_hole(f, hole, end - hole);
	conf_expect_mapped(f, end, pa + (end - iova), iova + bytes - end, prot);
}

/* Unmap the page at offset @at of a block. */
static void split(struct conf_fixture *f, u64 large, u64 small, u64 at, int prot)
{
	u64 iova = conf_base(f), hole = iova + ALIGN_DOWN(at, small);

	conf_map_ok(f, iova, 0, large, 1, prot);
	conf_unmap_ok(f, hole, small, 1);
	expect_rest(f, iova, 0, large, hole, small, 1, prot);

	/* The rest can be unmapped like any other mapping. */
	conf_map_ok(f, hole, 0, small, 1, prot);
	conf_expect_pages(f, hole, 0, small, 1, prot);
	conf_unmap_ok(f, iova, large, 1);
	conf_expect_hole(f, iova, large);
	KUNIT_EXPECT_EQ(f->test, conf_count_leaves(f), 0);
}

static void split_one_page(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int m = 0, n;
	u64 large, small;

	while ((large = conf_next_split(f, &m)))
		for (n = 0; n < m; n++) {
			small = conf_pgsize(f, n);
			split(f, large, small, 0, PROT_SOME);
			split(f, large, small, div_u64(large, 3), PROT_SOME);
			split(f, large, small, large - 1, PROT_SOME);
		}
}

/* The parts of a block have the same attributes as the block. */
static void split_keeps_attributes(struct kunit *test)
{
	static const int prots[] = {
		IOMMU_READ, IOMMU_WRITE, PROT_RW, PROT_RW | IOMMU_CACHE,
		PROT_RW | IOMMU_MMIO, PROT_RW | IOMMU_NOEXEC, PROT_RW | IOMMU_PRIV,
		IOMMU_READ | IOMMU_CACHE | IOMMU_NOEXEC | IOMMU_MMIO | IOMMU_PRIV,
	};
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i, m = 0;
	u64 large;

	while ((large = conf_next_split(f, &m)))
		for (i = 0; i < ARRAY_SIZE(prots); i++)
			split(f, large, conf_pgsize(f, m - 1), large / 4, prots[i]);
}

/* The upper bits of the output address are copied to the parts of a block. */
static void split_keeps_high_addresses(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 iova = conf_base(f), small = conf_pgsize(f, 0), large, pa;
	unsigned int m = 0;

	while ((large = conf_next_split(f, &m))) {
		pa = BIT_ULL(f->cfg.oas) - large;
		conf_map_ok(f, iova, pa, large, 1, PROT_SOME);
		conf_unmap_ok(f, iova, small, 1);
		expect_rest(f, iova, pa, large, iova, small, 1, PROT_SOME);
		conf_unmap_rest(f, iova, large, iova, small, 1);
	}
}

/* Unmap many pages of one block in one call. */
static void split_many_pages(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 iova = conf_base(f), small = conf_pgsize(f, 0), large;
	unsigned int m = 0;
	size_t count;

	while ((large = conf_next_split(f, &m))) {
		count = large >> __ffs64(small) >> 1;
		if (count > MOST_PAGES)
			continue;
		conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
		conf_unmap_ok(f, iova + small, small, count);
		KUNIT_EXPECT_EQ(test, f->n_pages, count);
		expect_rest(f, iova, 0, large, iova + small, small, count, PROT_SOME);
		conf_unmap_rest(f, iova, large, iova + small, small, count);
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
	}
}

/* Unmap from the middle of one block to the middle of the next block, in one call. */
static void split_two_blocks(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 iova = conf_base(f), small = conf_pgsize(f, 0), large, half;
	unsigned int m = 0;

	while ((large = conf_next_split(f, &m))) {
		half = large / 2;
		if (large >> __ffs64(small) > MOST_PAGES)
			continue;
		conf_map_ok(f, iova, 0, large, 2, PROT_SOME);
		conf_unmap_ok(f, iova + half, small, large >> __ffs64(small));
		expect_rest(f, iova, 0, 2 * large, iova + half, small,
			    large >> __ffs64(small), PROT_SOME);
		conf_unmap_ok(f, iova, small, half >> __ffs64(small));
		conf_unmap_ok(f, iova + large + half, small, half >> __ffs64(small));
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
	}
}

/* Unmap all pages of a block. */
static void split_and_unmap_all(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int m = 0;
	u64 small = conf_pgsize(f, 0), large = conf_next_split(f, &m);
	u64 iova = conf_base(f) + large;

	conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
	conf_unmap_ok(f, iova, small, large >> __ffs64(small));
	conf_expect_hole(f, iova, large);
	KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
	conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
	conf_expect_pages(f, iova, 0, large, 1, PROT_SOME);
}

/* A split invalidates the block at once, also for a caller that invalidates later. */
static void split_does_not_wait(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 iova = conf_base(f), small = conf_pgsize(f, 0), large;
	struct iommu_iotlb_gather queued;
	struct iommu_iotlb_gather *gathers[] = { NULL, &queued };
	unsigned int i, m = 0;

	while ((large = conf_next_split(f, &m)))
		for (i = 0; i < ARRAY_SIZE(gathers); i++) {
			iommu_iotlb_gather_init(&queued);
			queued.queued = true;
			conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
			conf_forget(f);
			KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, iova, small, 1, gathers[i]),
					small);
			KUNIT_EXPECT_TRUE(test, !gathers[i] || !f->n_pages);
			KUNIT_EXPECT_TRUE(test, conf_walk_flushed(f, iova, large));
			conf_unmap_rest(f, iova, large, iova, small, 1);
		}
}

/* Unmap may be called with a spinlock held, so a split must not sleep. */
static void split_does_not_sleep(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large;
	static DEFINE_SPINLOCK(lock);
	size_t unmapped;
	unsigned int m = 0;

	while ((large = conf_next_split(f, &m))) {
		conf_map_ok(f, base, 0, large, 1, PROT_SOME);
		f->last_gfp = GFP_ATOMIC;
		spin_lock(&lock);
		unmapped = conf_unmap_pages(f, base, small, 1, NULL);
		spin_unlock(&lock);
		KUNIT_EXPECT_EQ(test, unmapped, small);
		KUNIT_EXPECT_FALSE(test, f->last_gfp & __GFP_DIRECT_RECLAIM);
		conf_unmap_rest(f, base, large, base, small, 1);
	}
}

/*
 * Break and make
 */

static void walk_is_not_preempted(struct conf_fixture *f)
{
	KUNIT_EXPECT_FALSE(f->test, preemptible());
}

/* Between break and make, DMA to the rest of the block faults. That time must be short. */
static void break_is_not_preempted(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 iova = conf_base(f), small = conf_pgsize(f, 0), large;
	unsigned int m = 0;

	while ((large = conf_next_split(f, &m))) {
		conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
		f->on_walk = walk_is_not_preempted;
		conf_unmap_ok(f, iova, small, 1);
		f->on_walk = NULL;
		KUNIT_EXPECT_GT(test, f->n_walks, 0);
		conf_unmap_rest(f, iova, large, iova, small, 1);
	}
}

static void rest_is_mapped(struct conf_fixture *f)
{
	KUNIT_EXPECT_EQ(f->test, conf_walk(f, *(u64 *)f->private).fault, CONF_FOUND);
}

/**
 * struct lookout - a walker on another CPU that reads one descriptor again and again
 * @descp: the descriptor, which is valid if bits 1:0 are not 0
 * @looks: number of reads
 * @faults: number of reads that found the descriptor invalid
 */
struct lookout {
	void *descp;
	unsigned long looks;
	unsigned long faults;
};

static int look_out(void *data)
{
	struct lookout *l = data;

	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		l->faults += !(READ_ONCE(*(u8 *)l->descp) & 3);
		WRITE_ONCE(l->looks, l->looks + 1);
		if (!(l->looks % 1024))
			cond_resched();
	}
	return 0;
}

static void wait_for_look(struct lookout *l)
{
	unsigned long looks = READ_ONCE(l->looks);

	while (READ_ONCE(l->looks) == looks)
		cond_resched();
}

/* Unmap the last page of a block, while the walker reads the descriptor of the first page. */
static void split_under_lookout(struct conf_fixture *f, u64 large, u64 small)
{
	u64 iova = conf_base(f), hole = iova + large - small;
	struct lookout l = { };
	struct task_struct *task;
	unsigned int i;

	conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
	l.descp = conf_desc(f, iova);
	task = kthread_run(look_out, &l, "pgtable-lookout");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(f->test, task);
	f->private = &iova;
	f->on_walk = rest_is_mapped;
	for (i = 0; i < 20; i++) {
		wait_for_look(&l);
		KUNIT_EXPECT_EQ(f->test, conf_unmap_pages(f, hole, small, 1, NULL), small);
		wait_for_look(&l);
		/* Unmap the block for the next round, while the walker pauses. */
		kthread_park(task);
		f->on_walk = NULL;
		conf_map_ok(f, hole, 0, small, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(f->test, conf_unmap_pages(f, iova, large, 1, NULL), large);
		conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
		f->on_walk = rest_is_mapped;
		kthread_unpark(task);
	}
	kthread_stop(task);
	f->on_walk = NULL;
	KUNIT_EXPECT_EQ(f->test, l.faults, 0);
	KUNIT_EXPECT_EQ(f->test, conf_unmap_pages(f, iova, large, 1, NULL), large);
}

/* With IO_PGTABLE_QUIRK_NO_BBM, the rest of a block is valid at all times. */
static void rest_never_faults(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int m = 0;
	u64 large;

	while ((large = conf_next_split(f, &m)))
		split_under_lookout(f, large, conf_pgsize(f, 0));
}

/* If the driver cannot invalidate the block between break and make, the rest is valid, too. */
static void no_break_without_invalidation(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);
	unsigned int m = 0;
	u64 large;

	conf_hear_no_walks(f);
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	while ((large = conf_next_split(f, &m)))
		split_under_lookout(f, large, conf_pgsize(f, 0));
}

/*
 * Blocks that cannot be split
 */

/* Unmap of part of a block, of any smaller size, unmaps, allocates and invalidates nothing. */
static void refuse_parts(struct conf_fixture *f, u64 large, u64 small)
{
	u64 at[] = { 0, ALIGN_DOWN(div_u64(large, 3), small), large - small };
	u64 iova = conf_base(f);
	unsigned int i, allocs;

	conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
	allocs = atomic_read(&f->allocs);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		KUNIT_EXPECT_EQ(f->test, conf_unmap(f, iova + at[i], small, 1), 0);
		KUNIT_EXPECT_EQ(f->test, f->n_flush, 0);
	}
	/* Pages of several descriptors can be unmapped descriptor by descriptor. */
	if (conf_level_of(f, large) != conf_level_of(f, small))
		KUNIT_EXPECT_EQ(f->test,
				conf_unmap(f, iova, small, large >> __ffs64(small)), 0);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->allocs), allocs);
	conf_expect_pages(f, iova, 0, large, 1, PROT_SOME);
	conf_unmap_ok(f, iova, large, 1);
}

static void parts_are_refused(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int m = 0, n;
	u64 large;

	while ((large = conf_next_kept(f, &m)))
		for (n = 0; n < m; n++)
			if (!conf_splits(f, large, conf_pgsize(f, n)))
				refuse_parts(f, large, conf_pgsize(f, n));
}

/* [pages][block]: unmap stops after the pages. */
static void unmap_stops_at_block(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 small = conf_pgsize(f, 0), large, block;
	unsigned int m = 0;

	while ((large = conf_next_kept(f, &m))) {
		block = conf_base(f) + large;
		conf_map_ok(f, block - 3 * small, 0, small, 3, PROT_SOME);
		conf_map_ok(f, block, 0, large, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, conf_unmap(f, block - 2 * small, small, 4), 2 * small);
		conf_expect_pages(f, block - 3 * small, 0, small, 1, PROT_SOME);
		conf_expect_hole(f, block - 2 * small, 2 * small);
		conf_expect_pages(f, block, 0, large, 1, PROT_SOME);
		conf_unmap_ok(f, block - 3 * small, small, 1);
		conf_unmap_ok(f, block, large, 1);
	}
}

const struct kunit_case conformance_splits[] = {
	CONFORMANCE_CASE(split_one_page, splits_blocks),
	CONFORMANCE_CASE(split_keeps_attributes, splits_blocks),
	CONFORMANCE_CASE(split_keeps_high_addresses, splits_blocks),
	CONFORMANCE_CASE(split_many_pages, splits_blocks),
	CONFORMANCE_CASE(split_two_blocks, splits_blocks),
	CONFORMANCE_CASE(split_and_unmap_all, splits_blocks),
	CONFORMANCE_CASE(split_does_not_wait, splits_blocks),
	CONFORMANCE_CASE(split_does_not_sleep, splits_blocks),
	CONFORMANCE_CASE(break_is_not_preempted, splits_by_break),
	CONFORMANCE_CASE(rest_never_faults, splits_without_break),
	CONFORMANCE_CASE(no_break_without_invalidation, splits_blocks),
	CONFORMANCE_CASE(parts_are_refused, keeps_blocks),
	CONFORMANCE_CASE(unmap_stops_at_block, keeps_blocks),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_splits);
