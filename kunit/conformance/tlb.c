// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: which TLB invalidations a format requests, and when
 */
#include "conformance.h"

static struct conf_fixture *watched(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);

	conf_watch(f);
	return f;
}

/* Remove the tables of page size number @i, so that a larger page can be mapped in their place. */
static void take_tables_away(struct conf_fixture *f, unsigned int i)
{
	if (i + 1 < conf_num_pgsizes(f) &&
	    conf_span(f, conf_pgsize(f, i)) == conf_pgsize(f, i + 1))
		conf_unmap_ok(f, conf_base(f), conf_pgsize(f, i + 1), 1);
}

/* Expect requests to invalidate these leaf entries, each once, and no request for a walk. */
static void expect_one_flush(struct conf_fixture *f, u64 iova, u64 bytes)
{
	KUNIT_EXPECT_EQ(f->test, f->n_walks, 0);
	KUNIT_EXPECT_EQ(f->test, f->n_flush, 1);
	KUNIT_EXPECT_EQ(f->test, f->flush[0].start, iova);
	KUNIT_EXPECT_EQ(f->test, f->flush[0].last, iova + bytes - 1);
}

/*
 * If a page has several descriptors, the format may request one invalidation for all of them, or
 * one for each. With the contiguous hint it must request one for each, since the TLB may have
 * ignored the hint.
 */
static void pages_are_flushed_once(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	u64 iova = conf_base(f), size;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, iova, 0, size, 2, PROT_SOME);
		conf_unmap_ok(f, iova, size, 2);
		expect_one_flush(f, iova, 2 * size);
		KUNIT_EXPECT_EQ(test, f->n_pages * f->flush[0].granule, 2 * size);
		if (conf_is_group(f, size))
			KUNIT_EXPECT_EQ(test, f->flush[0].granule, conf_entry_size(f, size));
		else if (!f->claims->judge || conf_entry_size(f, size) == size)
			KUNIT_EXPECT_EQ(test, f->flush[0].granule, size);
		take_tables_away(f, i);
	}
}

/* A map of addresses that were not mapped requests no invalidation. */
static void mapping_flushes_nothing(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		conf_map_ok(f, conf_base(f), 0, conf_pgsize(f, i), 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, f->n_flush, 0);
		KUNIT_EXPECT_EQ(test, f->n_all, 0);
		conf_unmap_ok(f, conf_base(f), conf_pgsize(f, i), 1);
		take_tables_away(f, i);
	}
}

/*
 * When unmap frees a table, the walk is invalidated first. @step is the size of the range that the
 * table maps.
 */
static void table_goes(struct conf_fixture *f, u64 small, u64 step)
{
	struct kunit *test = f->test;
	u64 iova = conf_base(f);

	conf_map_ok(f, iova, 0, small, 3, PROT_SOME);
	conf_map_ok(f, iova + step, 0, step, 1, PROT_SOME);
	conf_unmap_ok(f, iova, step, 2);
	KUNIT_EXPECT_EQ(test, f->n_walks, 1);
	KUNIT_EXPECT_TRUE(test, conf_walk_flushed(f, iova, step));
	conf_expect_hole(f, iova, 2 * step);
	KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
}

/* When map replaces an empty table by a block, the walk is invalidated first, without a gather. */
static void table_makes_room(struct conf_fixture *f, u64 small, u64 step)
{
	struct kunit *test = f->test;
	u64 iova = conf_base(f);

	conf_map_ok(f, iova + small, 0, small, 1, PROT_SOME);
	conf_unmap_ok(f, iova + small, small, 1);
	conf_map_ok(f, iova, 0, step, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, f->n_walks, 1);
	KUNIT_EXPECT_TRUE(test, conf_walk_flushed(f, iova, step));
	conf_expect_pages(f, iova, 0, step, 1, PROT_SOME);
	conf_unmap_ok(f, iova, step, 1);
}

/* Return: the next page size that replaces a whole table, 0 if there is none */
static u64 next_table_size(struct conf_fixture *f, unsigned int *m)
{
	while (++*m < conf_num_pgsizes(f))
		if (conf_pgsize(f, *m) == conf_span(f, conf_pgsize(f, *m - 1)))
			return conf_pgsize(f, *m);
	return 0;
}

static void tables_are_flushed_first(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int m = 0;
	u64 step;

	while ((step = next_table_size(f, &m)))
		table_goes(f, conf_pgsize(f, 0), step);
}

static void replaced_tables_are_flushed_first(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int m = 0;
	u64 step;

	while ((step = next_table_size(f, &m)))
		table_makes_room(f, conf_pgsize(f, 0), step);
}

/*
 * If the caller invalidates on its own, the format requests invalidations of tables only. Without
 * a gather structure the format may request invalidations of pages, too, as short descriptors do.
 */
static void caller_flushes(struct conf_fixture *f, u64 small, u64 step)
{
	struct iommu_iotlb_gather queued;
	struct iommu_iotlb_gather *gathers[] = { NULL, &queued };
	struct kunit *test = f->test;
	u64 iova = conf_base(f);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gathers); i++) {
		iommu_iotlb_gather_init(&queued);
		queued.queued = true;
		conf_map_ok(f, iova, 0, small, 1, PROT_SOME);
		conf_map_ok(f, iova + step, 0, step, 1, PROT_SOME);
		conf_forget(f);
		KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, iova + step, step, 1, gathers[i]),
				step);
		KUNIT_EXPECT_EQ(test, f->n_walks, 0);
		KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, iova, step, 1, gathers[i]), step);
		KUNIT_EXPECT_TRUE(test, !gathers[i] || !f->n_pages);
		KUNIT_EXPECT_TRUE(test, conf_walk_flushed(f, iova, step));
		conf_expect_hole(f, iova, 2 * step);
	}
}

static void callers_that_flush(struct kunit *test)
{
	struct conf_fixture *f = watched(test);
	unsigned int m = 0;
	u64 step;

	while ((step = next_table_size(f, &m)))
		caller_flushes(f, conf_pgsize(f, 0), step);
}

/*
 * A driver with a callback for ranges
 */

static struct conf_fixture *watched_ranges(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);

	conf_hear_ranges(f);
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	conf_watch(f);
	return f;
}

/* Like expect_one_flush(), by @n calls for ranges and none for single pages, which are of @size. */
static void expect_ranges(struct conf_fixture *f, unsigned int n, u64 iova, u64 bytes,
			  u64 size)
{
	KUNIT_EXPECT_EQ(f->test, f->n_ranges, n);
	KUNIT_EXPECT_EQ(f->test, f->n_pages, 0);
	expect_one_flush(f, iova, bytes);
	KUNIT_EXPECT_EQ(f->test, f->flush[0].granule, conf_entry_size(f, size));
}

static void ranges_are_told_once(struct kunit *test)
{
	struct conf_fixture *f = watched_ranges(test);
	u64 iova = conf_base(f), size;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, iova, 0, size, 2, PROT_SOME);
		conf_unmap_ok(f, iova, size, 2);
		expect_ranges(f, 1, iova, 2 * size, size);
		take_tables_away(f, i);
	}
}

/* A range of nine pages ends at a hole. Nine are more than the format looks at together. */
static void ranges_end_at_holes(struct kunit *test)
{
	struct conf_fixture *f = watched_ranges(test);
	u64 iova = conf_base(f), size = conf_pgsize(f, 0);

	conf_map_ok(f, iova, 0, size, 9, PROT_SOME);
	conf_map_ok(f, iova + 10 * size, 0, size, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_unmap(f, iova, size, 11), 9 * size);
	expect_ranges(f, 1, iova, 9 * size, size);
	conf_expect_hole(f, iova, 10 * size);
	conf_expect_pages(f, iova + 10 * size, 0, size, 1, PROT_SOME);
}

/* Unmap the last pages of one table and the first pages of the next. Each table is one request. */
static void ranges_go_on_in_next_table(struct kunit *test)
{
	struct conf_fixture *f = watched_ranges(test);
	u64 size = conf_pgsize(f, 0), iova = conf_base(f) + conf_span(f, size) - 2 * size;

	conf_map_ok(f, iova, 0, size, 5, PROT_SOME);
	conf_unmap_ok(f, iova, size, 5);
	expect_ranges(f, 2, iova, 5 * size, size);
}

/* Unmap a block, a table and a block. The walk of the table and both blocks are invalidated. */
static void blocks_around_table(struct conf_fixture *f, u64 small, u64 step)
{
	struct kunit *test = f->test;
	u64 iova = conf_base(f);

	conf_map_ok(f, iova, 0, step, 1, PROT_SOME);
	conf_map_ok(f, iova + step, 0, small, 2, PROT_SOME);
	conf_map_ok(f, iova + 2 * step, 0, step, 1, PROT_SOME);
	conf_unmap_ok(f, iova, step, 3);
	KUNIT_EXPECT_EQ(test, f->n_walks, 1);
	KUNIT_EXPECT_TRUE(test, conf_walk_flushed(f, iova + step, step));
	KUNIT_EXPECT_EQ(test, f->n_pages, 0);
	KUNIT_EXPECT_GE(test, f->n_ranges, 1);
	KUNIT_EXPECT_TRUE(test, conf_flushed(f, iova, 3 * step));
}

static void ranges_beside_tables(struct kunit *test)
{
	struct conf_fixture *f = watched_ranges(test);
	unsigned int m = 0;
	u64 step;

	while ((step = next_table_size(f, &m)))
		if (conf_last(f) - conf_base(f) >= 3 * step)
			blocks_around_table(f, conf_pgsize(f, 0), step);
}

/* If the caller invalidates on its own, the format requests no ranges. */
static void queued_callers_hear_no_ranges(struct kunit *test)
{
	struct conf_fixture *f = watched_ranges(test);
	u64 iova = conf_base(f), size = conf_pgsize(f, 0);
	struct iommu_iotlb_gather queued;

	iommu_iotlb_gather_init(&queued);
	queued.queued = true;
	conf_map_ok(f, iova, 0, size, 2, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, iova, size, 2, &queued), 2 * size);
	KUNIT_EXPECT_EQ(test, f->n_flush, 0);
}

/* A table that no hardware walks has no callbacks. */
static void nobody_is_told(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);
	struct iommu_iotlb_gather gather;
	u64 iova, small, size;
	unsigned int i;

	f->cfg.tlb = NULL;
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	f->caller_flushes = true;
	iommu_iotlb_gather_init(&gather);
	iova = conf_base(f);
	small = conf_pgsize(f, 0);
	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, iova, 0, small, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, iova, small, 1, &gather), small);
		/* A block takes the place of the table, which is empty now. */
		conf_map_ok(f, iova, 0, size, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, iova, size, 1, &gather), size);
		KUNIT_EXPECT_EQ(test, conf_iova_to_phys(f, iova), 0);
	}
	KUNIT_EXPECT_EQ(test, f->n_flush + f->n_all, 0);
}

const struct kunit_case conformance_tlb[] = {
	CONFORMANCE_CASE(pages_are_flushed_once, all),
	CONFORMANCE_CASE(mapping_flushes_nothing, all),
	CONFORMANCE_CASE(nobody_is_told, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_tlb);

const struct kunit_case conformance_tlb_of_tables[] = {
	CONFORMANCE_CASE(tables_are_flushed_first, blocks),
	CONFORMANCE_CASE(replaced_tables_are_flushed_first, blocks),
	CONFORMANCE_CASE(callers_that_flush, blocks),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_tlb_of_tables);

const struct kunit_case conformance_tlb_ranges[] = {
	CONFORMANCE_CASE(ranges_are_told_once, all),
	CONFORMANCE_CASE(ranges_end_at_holes, all),
	CONFORMANCE_CASE(ranges_go_on_in_next_table, blocks),
	CONFORMANCE_CASE(ranges_beside_tables, blocks),
	CONFORMANCE_CASE(queued_callers_hear_no_ranges, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_tlb_ranges);
