// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: splitting of blocks, and what the TLB is asked for and when. Everything
 * here runs under the fixture's recorder, which judges by break-before-make and by
 * the order of invalidating and freeing.
 */
#include <linux/align.h>

#include "arm-lpae-fixture.h"

#define PROT_SOME	(PROT_RW | IOMMU_CACHE | IOMMU_NOEXEC)

static struct lpae_fixture *watched(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);

	lpae_watch(f);
	return f;
}

/*
 * After @count pages of the n-th size at @hole are gone from a block of the m-th
 * size at @iova, the rest is there: by levels, in pages of as large as possible.
 */
static void expect_rest(struct lpae_fixture *f, u64 iova, u64 pa, unsigned int m,
			u64 hole, unsigned int n, size_t count, int prot)
{
	u64 end = hole + count * lpae_pgsize(f, n);
	u64 around = iova, size, first, next;

	for (; m > n; m--) {
		/* Those of the next smaller size that the hole does not touch */
		size = lpae_pgsize(f, m - 1);
		first = ALIGN_DOWN(hole, size);
		next = ALIGN(end, size);
		lpae_expect_pages(f, around, pa + (around - iova), size,
				  (first - around) / size, prot);
		lpae_expect_pages(f, next, pa + (next - iova), size,
				  (around + lpae_pgsize(f, m) - next) / size, prot);
		around = first;
	}
	lpae_expect_hole(f, hole, end - hole);
}

/* Somebody asked for all of the block, table descriptors included. */
static bool walk_was_flushed(struct lpae_fixture *f, u64 iova, u64 size)
{
	unsigned int i;

	for (i = 0; i < f->n_flush; i++)
		if (f->flush[i].walk && f->flush[i].start <= iova &&
		    f->flush[i].last >= iova + size - 1)
			return true;
	return false;
}

/* One page out of a block: the first, one in the middle, the last. */
static void split(struct lpae_fixture *f, unsigned int m, unsigned int n, u64 at,
		  int prot)
{
	u64 large = lpae_pgsize(f, m), small = lpae_pgsize(f, n);
	u64 iova = lpae_base(f);
	u64 hole = iova + ALIGN_DOWN(at, small);

	lpae_map_ok(f, iova, 0, large, 1, prot);
	lpae_unmap_ok(f, hole, small, 1);
	KUNIT_EXPECT_FALSE(f->test, f->last_gfp & __GFP_DIRECT_RECLAIM);
	KUNIT_EXPECT_TRUE(f->test, walk_was_flushed(f, iova, large));
	expect_rest(f, iova, 0, m, hole, n, 1, prot);

	/* What is left is like any other mapping. */
	lpae_map_ok(f, hole, 0, small, 1, prot);
	lpae_expect_pages(f, hole, 0, small, 1, prot);
	lpae_unmap_ok(f, iova, large, 1);
	lpae_expect_hole(f, iova, large);
	KUNIT_EXPECT_EQ(f->test, lpae_count_leaves(f), 0);
}

static void split_one_page(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	unsigned int m, n;

	for (m = 1; m < lpae_num_pgsizes(f); m++)
		for (n = 0; n < m; n++) {
			split(f, m, n, 0, PROT_SOME);
			split(f, m, n, lpae_pgsize(f, m) / 3, PROT_SOME);
			split(f, m, n, lpae_pgsize(f, m) - 1, PROT_SOME);
		}
}

/* The parts of a block have its attributes, whatever they are. */
static void split_keeps_attributes(struct kunit *test)
{
	static const int prots[] = {
		IOMMU_READ, IOMMU_WRITE, PROT_RW, PROT_RW | IOMMU_CACHE,
		PROT_RW | IOMMU_MMIO, PROT_RW | IOMMU_NOEXEC, PROT_RW | IOMMU_PRIV,
		IOMMU_READ | IOMMU_CACHE | IOMMU_NOEXEC | IOMMU_MMIO | IOMMU_PRIV,
	};
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prots); i++)
		split(f, 1, 0, SZ_64K, prots[i]);
}

/* High output addresses go into the parts too. */
static void split_keeps_high_addresses(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large, pa;
	unsigned int m;

	for (m = 1; m < lpae_num_pgsizes(f); m++) {
		large = lpae_pgsize(f, m);
		pa = BIT_ULL(f->cfg.oas) - large;
		lpae_map_ok(f, iova, pa, large, 1, PROT_SOME);
		lpae_unmap_ok(f, iova, small, 1);
		expect_rest(f, iova, pa, m, iova, 0, 1, PROT_SOME);
		lpae_unmap_ok(f, iova, large, 1);
	}
}

/* Many pages out of one block, in one call */
static void split_many_pages(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large = lpae_pgsize(f, 1);
	size_t count = large / small / 2;

	lpae_map_ok(f, iova, 0, large, 1, PROT_SOME);
	lpae_unmap_ok(f, iova + small, small, count);
	expect_rest(f, iova, 0, 1, iova + small, 0, count, PROT_SOME);
	KUNIT_EXPECT_EQ(test, f->n_pages, count);
}

/* From the middle of one block to the middle of the next, in one call */
static void split_two_blocks(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large = lpae_pgsize(f, 1);
	u64 half = large / 2;

	lpae_map_ok(f, iova, 0, large, 2, PROT_SOME);
	lpae_unmap_ok(f, iova + half, small, large / small);
	lpae_expect_pages(f, iova, 0, small, half / small, PROT_SOME);
	lpae_expect_hole(f, iova + half, large);
	lpae_expect_pages(f, iova + large + half, large + half, small, half / small,
			  PROT_SOME);
	KUNIT_EXPECT_EQ(test, lpae_count_leaves(f), large / small);
}

/* All of a block, page by page */
static void split_and_unmap_all(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large = lpae_pgsize(f, 1);

	lpae_map_ok(f, iova + large, 0, large, 1, PROT_SOME);
	lpae_unmap_ok(f, iova + large, small, large / small);
	lpae_expect_hole(f, iova + large, large);
	KUNIT_EXPECT_EQ(test, lpae_count_leaves(f), 0);
	lpae_map_ok(f, iova + large, 0, large, 1, PROT_SOME);
	lpae_expect_pages(f, iova + large, 0, large, 1, PROT_SOME);
}

/* Leaf entries: each page asked for once, of its size, and no walk. */
static void pages_are_flushed_once(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 iova = lpae_base(f), size;
	unsigned int i;

	lpae_watch(f);
	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		lpae_map_ok(f, iova, 0, size, 2, PROT_SOME);
		lpae_unmap_ok(f, iova, size, 2);
		KUNIT_EXPECT_EQ(test, f->n_pages, 2);
		KUNIT_EXPECT_EQ(test, f->n_walks, 0);
		KUNIT_EXPECT_EQ(test, f->n_flush, 1);
		KUNIT_EXPECT_EQ(test, f->flush[0].start, iova);
		KUNIT_EXPECT_EQ(test, f->flush[0].last, iova + 2 * size - 1);
		KUNIT_EXPECT_EQ(test, f->flush[0].granule, size);
		/* An empty table would be in the way of the next size. */
		if (i + 1 < lpae_num_pgsizes(f))
			lpae_unmap_ok(f, iova, lpae_pgsize(f, i + 1), 1);
	}
}

/* A table that goes away: the walk is flushed, and only then is it freed. */
static void tables_are_flushed_first(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large;
	unsigned int m;

	for (m = 1; m < lpae_num_pgsizes(f); m++) {
		large = lpae_pgsize(f, m);
		lpae_map_ok(f, iova, 0, small, 3, PROT_SOME);
		lpae_map_ok(f, iova + large, 0, large, 1, PROT_SOME);
		lpae_unmap_ok(f, iova, large, 2);
		KUNIT_EXPECT_EQ(test, f->n_walks, 1);
		KUNIT_EXPECT_TRUE(test, walk_was_flushed(f, iova, large));
		KUNIT_EXPECT_EQ(test, f->n_pages, 2);
		lpae_expect_hole(f, iova, 2 * large);
		KUNIT_EXPECT_EQ(test, lpae_count_leaves(f), 0);
	}
}

/* An empty table makes room for a block: the same, without anybody's gather. */
static void replaced_tables_are_flushed_first(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large;
	unsigned int m;

	for (m = 1; m < lpae_num_pgsizes(f); m++) {
		large = lpae_pgsize(f, m);
		lpae_map_ok(f, iova + small, 0, small, 1, PROT_SOME);
		lpae_unmap_ok(f, iova + small, small, 1);
		lpae_map_ok(f, iova, 0, large, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, f->n_walks, 1);
		KUNIT_EXPECT_TRUE(test, walk_was_flushed(f, iova, large));
		lpae_expect_pages(f, iova, 0, large, 1, PROT_SOME);
		lpae_unmap_ok(f, iova, large, 1);
	}
}

/* A caller that flushes by itself is not asked about pages, but about tables. */
static void callers_that_flush(struct kunit *test)
{
	struct lpae_fixture *f = watched(test);
	u64 iova = lpae_base(f), small = lpae_pgsize(f, 0), large = lpae_pgsize(f, 1);
	struct iommu_iotlb_gather queued, *gathers[] = { NULL, &queued };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gathers); i++) {
		iommu_iotlb_gather_init(&queued);
		queued.queued = true;
		lpae_map_ok(f, iova, 0, large, 2, PROT_SOME);
		lpae_forget(f);
		KUNIT_EXPECT_EQ(test, f->ops->unmap_pages(f->ops, iova + large, large, 1,
							  gathers[i]), large);
		KUNIT_EXPECT_EQ(test, f->n_pages, 0);
		KUNIT_EXPECT_EQ(test, f->n_walks, 0);

		/* A split does not wait for anybody. */
		KUNIT_EXPECT_EQ(test, f->ops->unmap_pages(f->ops, iova, small, 1,
							  gathers[i]), small);
		KUNIT_EXPECT_EQ(test, f->n_pages, 0);
		KUNIT_EXPECT_TRUE(test, walk_was_flushed(f, iova, large));

		/* Nor does a table that is freed. */
		lpae_forget(f);
		KUNIT_EXPECT_EQ(test, f->ops->unmap_pages(f->ops, iova, large, 1,
							  gathers[i]), large);
		KUNIT_EXPECT_EQ(test, f->n_pages, 0);
		KUNIT_EXPECT_TRUE(test, walk_was_flushed(f, iova, large));
		lpae_expect_hole(f, iova, 2 * large);
	}
}

/* Mapping where nothing was has nothing to flush. */
static void mapping_flushes_nothing(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i;

	lpae_watch(f);
	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		lpae_map_ok(f, lpae_base(f), 0, lpae_pgsize(f, i), 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, f->n_flush, 0);
		KUNIT_EXPECT_EQ(test, f->n_all, 0);
		lpae_unmap_ok(f, lpae_base(f), lpae_pgsize(f, i), 1);
		if (i + 1 < lpae_num_pgsizes(f))
			lpae_unmap_ok(f, lpae_base(f), lpae_pgsize(f, i + 1), 1);
	}
}

LPAE_SHAPES_PARAM(block_shapes, lpae_shape_has_blocks(shape))

#define SHAPES(_case) KUNIT_CASE_PARAM(_case, lpae_shapes_gen_params)
#define BLOCK_SHAPES(_case) KUNIT_CASE_PARAM(_case, block_shapes_gen_params)

static struct kunit_case cases[] = {
	BLOCK_SHAPES(split_one_page),
	BLOCK_SHAPES(split_keeps_attributes),
	BLOCK_SHAPES(split_keeps_high_addresses),
	BLOCK_SHAPES(split_many_pages),
	BLOCK_SHAPES(split_two_blocks),
	BLOCK_SHAPES(split_and_unmap_all),
	SHAPES(pages_are_flushed_once),
	BLOCK_SHAPES(tables_are_flushed_first),
	BLOCK_SHAPES(replaced_tables_are_flushed_first),
	BLOCK_SHAPES(callers_that_flush),
	SHAPES(mapping_flushes_nothing),
	{ }
};

static struct kunit_suite suite = {
	.name = "io-pgtable-arm-lpae-tlb",
	.test_cases = cases,
};

kunit_test_suite(suite);
