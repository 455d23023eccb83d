// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: memory. Allocations that fail, one after the other; the context that they
 * are made in; and what a walker without coherency gets to see.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>

#include "arm-lpae-fixture.h"

#define PROT_SOME	(PROT_RW | IOMMU_CACHE | IOMMU_NOEXEC)

/* The n-th allocation from now on fails, that one only. */
static void fail_nth(struct lpae_fixture *f, int n)
{
	f->fail_at = atomic_read(&f->allocs) + n;
}

static void fail_never(struct lpae_fixture *f)
{
	f->fail_at = 0;
}

/* No memory for the root: no table, and the configuration is as it was. */
static void no_root(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture_alloc(test, test->param_value);
	struct io_pgtable_cfg before = f->cfg;

	f->fail_at = 1;
	KUNIT_ASSERT_EQ(test, lpae_fixture_make(f), -ENOMEM);
	KUNIT_EXPECT_MEMEQ(test, &f->cfg, &before, sizeof(before));
	KUNIT_EXPECT_EQ(test, atomic_read(&f->allocs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 0);

	f->fail_at = 0;
	KUNIT_EXPECT_EQ(test, lpae_fixture_make(f), 0);
}

/* Each table on the way to a page: -ENOMEM, nothing mapped, and then it works. */
static void no_table_for_map(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int tables = 3 - arm_start_level(&f->regs), n;
	u64 base = lpae_base(f), size = lpae_pgsize(f, 0);
	u64 far = lpae_last(f) - size + 1;
	size_t mapped;

	for (n = 1; n <= tables; n++) {
		fail_nth(f, 1);
		KUNIT_EXPECT_EQ(test, lpae_map(f, far, 0, size, 1, PROT_SOME, &mapped),
				-ENOMEM);
		KUNIT_EXPECT_EQ(test, mapped, 0);
		lpae_expect_hole(f, far, size);

		/* With one more failure behind that, some of the way is there. */
		fail_nth(f, 2);
		if (n < tables)
			KUNIT_EXPECT_EQ(test, lpae_map(f, far, 0, size, 1, PROT_SOME,
						       NULL), -ENOMEM);
	}
	fail_never(f);
	lpae_map_ok(f, far, 0, size, 1, PROT_SOME);
	lpae_expect_pages(f, far, 0, size, 1, PROT_SOME);
	lpae_map_ok(f, base, 0, size, 1, PROT_SOME);
	lpae_expect_pages(f, far, 0, size, 1, PROT_SOME);
}

/* No memory for the second of two tables: the first part stands, and counts. */
static void no_second_table_for_map(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 size = lpae_pgsize(f, 0);
	u64 table = size << (arm_granule_bits(&f->regs) - 3);
	u64 iova = lpae_base(f) + table - 3 * size;
	size_t mapped;

	lpae_map_ok(f, lpae_base(f), 0, size, 1, PROT_SOME);
	fail_nth(f, 1);
	KUNIT_EXPECT_EQ(test, lpae_map(f, iova, 0, size, 5, PROT_SOME, &mapped), -ENOMEM);
	KUNIT_EXPECT_EQ(test, mapped, 3 * size);
	lpae_expect_pages(f, iova, 0, size, 3, PROT_SOME);
	lpae_expect_hole(f, iova + 3 * size, 2 * size);
	fail_never(f);
	lpae_map_ok(f, iova + mapped, mapped, size, 2, PROT_SOME);
	lpae_expect_pages(f, iova, 0, size, 5, PROT_SOME);
	lpae_expect_pages(f, lpae_base(f), 0, size, 1, PROT_SOME);
}

/* No memory to split: nothing is unmapped, and every address still translates. */
static void no_table_for_split(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), small = lpae_pgsize(f, 0), large, pa;
	unsigned int m, n, i;

	lpae_watch(f);
	for (m = 1; m < lpae_num_pgsizes(f); m++)
		for (n = 1; n <= m; n++) {
			large = lpae_pgsize(f, m);
			lpae_map_ok(f, base, 0, large, 1, PROT_SOME);
			fail_nth(f, n);
			KUNIT_EXPECT_EQ(test, lpae_unmap(f, base + small, small, 1), 0);
			for (i = 0; i < 64; i++) {
				pa = i * (large / 64) + i;
				KUNIT_EXPECT_EQ(test, lpae_walk(f, base + pa).pa, pa);
				KUNIT_EXPECT_EQ(test, f->ops->iova_to_phys(f->ops, base + pa),
						pa);
			}
			fail_never(f);
			lpae_unmap_ok(f, base + small, small, 1);
			lpae_expect_pages(f, base, 0, small, 1, PROT_SOME);
			lpae_expect_hole(f, base + small, small);
			lpae_unmap_ok(f, base, large, 1);
		}
}

/* [pages][block]: no memory to split, so unmap stops between them, and says so. */
static void no_table_for_split_later(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), small = lpae_pgsize(f, 0), large;

	large = lpae_pgsize(f, 1);
	lpae_map_ok(f, base, 0, small, large / small, PROT_SOME);
	lpae_map_ok(f, base + large, 0, large, 1, PROT_SOME);
	fail_nth(f, 1);
	KUNIT_EXPECT_EQ(test, lpae_unmap(f, base + small, small, large / small), large - small);
	lpae_expect_pages(f, base, 0, small, 1, PROT_SOME);
	lpae_expect_hole(f, base + small, large - small);
	lpae_expect_pages(f, base + large, 0, large, 1, PROT_SOME);
}

/* With a spinlock held: a caller that says so can map, unmap and split. */
static void atomic_context(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int last = lpae_num_pgsizes(f) - 1;
	u64 base = lpae_base(f), small = lpae_pgsize(f, 0), large = lpae_pgsize(f, last);
	size_t mapped = 0, unmapped;
	static DEFINE_SPINLOCK(lock);
	gfp_t gfp;
	int ret;

	spin_lock(&lock);
	ret = f->ops->map_pages(f->ops, base, 0, large, 1, PROT_SOME, GFP_ATOMIC,
				&mapped);
	f->last_gfp = GFP_ATOMIC;
	unmapped = f->ops->unmap_pages(f->ops, base, small, 1, NULL);
	gfp = f->last_gfp;
	ret |= f->ops->map_pages(f->ops, base, 0, small, 1, PROT_SOME, GFP_ATOMIC,
				 &mapped);
	unmapped += f->ops->unmap_pages(f->ops, base, large, 1, NULL);
	spin_unlock(&lock);

	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_TRUE(test, gfp == GFP_ATOMIC);
	KUNIT_EXPECT_EQ(test, mapped, large + small);
	KUNIT_EXPECT_EQ(test, unmapped, large + small);
	KUNIT_EXPECT_EQ(test, lpae_count_leaves(f), 0);
}

/* How to allocate is the caller's choice. */
static void gfp_is_passed_on(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 size = lpae_pgsize(f, 0);
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	size_t mapped = 0;

	f->last_gfp = gfp;
	KUNIT_EXPECT_EQ(test, f->ops->map_pages(f->ops, lpae_base(f), 0, size, 1, PROT_RW,
						gfp, &mapped), 0);
	KUNIT_EXPECT_TRUE(test, f->last_gfp == gfp);
}

/*
 * Walkers without coherency
 */

#define SW_SYNC		BIT_ULL(55)

LPAE_SHAPES_PARAM(nc_shapes, shape->noncoherent)

/* What points to the table with the page at @iova, in a root one level above it */
static u64 *table_desc(struct lpae_fixture *f, u64 iova)
{
	u64 size = lpae_pgsize(f, 0), *desc;
	u64 pa = lpae_walk(f, iova).desc_pa & ~(size - 1);
	unsigned int i;

	for (i = 0; i < size / 8; i++) {
		desc = phys_to_virt(f->regs.base) + 8 * i;
		if ((*desc & GENMASK_ULL(47, 12)) == pa)
			return desc;
	}
	return NULL;
}

/* Table descriptors carry the mark if and only if somebody has to care. */
static void sync_mark(struct kunit *test)
{
	static const struct lpae_shape shapes[] = {
		{ "", ARM_64_LPAE_S1, PGSIZES_4K, 30, 40, 0, true },
		{ "", ARM_64_LPAE_S1, PGSIZES_4K, 30, 40 },
		{ "", ARM_64_LPAE_S2, PGSIZES_64K, 42, 42, 0, true },
	};
	struct lpae_fixture *f;
	unsigned int i;
	u64 *desc, size;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		f = lpae_fixture(test, &shapes[i]);
		size = lpae_pgsize(f, 0);
		lpae_map_ok(f, 0, 0, size, 1, PROT_SOME);
		desc = table_desc(f, 0);
		KUNIT_ASSERT_NOT_NULL(test, desc);
		KUNIT_EXPECT_EQ(test, !!(*desc & SW_SYNC), shapes[i].noncoherent);
		/* Leaf entries never do. */
		KUNIT_EXPECT_FALSE(test, *lpae_desc(f, 0) & SW_SYNC);
		lpae_fixture_free(f);
	}
}

/*
 * Another CPU has installed a table, and not yet cleaned its descriptor to memory.
 * Whoever maps something into that table has to see to it himself.
 */
static void sync_of_others_tables(struct kunit *test)
{
	static const struct lpae_shape shape = {
		"", ARM_64_LPAE_S1, PGSIZES_4K, 30, 40, 0, true
	};
	struct lpae_fixture *f;
	u64 *desc, live;

	if (!lpae_fixture_sees_syncs())
		kunit_skip(test, "no tracepoints");
	f = lpae_fixture(test, &shape);
	lpae_map_ok(f, 0, 0, SZ_4K, 1, PROT_SOME);
	desc = table_desc(f, 0);
	KUNIT_ASSERT_NOT_NULL(test, desc);

	/* As it is between cmpxchg and sync: the walker's memory holds a 0. */
	live = *desc;
	*desc = 0;
	dma_sync_single_for_device(f->dev, virt_to_phys(desc), 8, DMA_TO_DEVICE);
	*desc = live & ~SW_SYNC;
	KUNIT_EXPECT_EQ(test, lpae_walk(f, 0).fault, ARM_FAULT_TRANSLATION);
	KUNIT_EXPECT_EQ(test, lpae_walk(f, 0).level, 2);
	KUNIT_EXPECT_PTR_EQ(test, (void *)*lpae_shadow_desc(f, 0), NULL);

	lpae_map_ok(f, SZ_4K, SZ_4K, SZ_4K, 1, PROT_SOME);
	lpae_expect_pages(f, 0, 0, SZ_4K, 2, PROT_SOME);
}

/* All that changes is shown to the walker: it sees what the CPU sees. */
static void walker_is_up_to_date(struct kunit *test)
{
	struct lpae_fixture *f;
	u64 base, small, large;
	unsigned int m;

	if (!lpae_fixture_sees_syncs())
		kunit_skip(test, "no tracepoints");
	f = lpae_fixture(test, test->param_value);
	lpae_watch(f);
	base = lpae_base(f);
	small = lpae_pgsize(f, 0);
	for (m = 1; m < lpae_num_pgsizes(f); m++) {
		large = lpae_pgsize(f, m);
		lpae_map_ok(f, base, 0, large, 2, PROT_SOME);
		lpae_expect_pages(f, base, 0, large, 2, PROT_SOME);
		lpae_unmap_ok(f, base + large - small, small, 2);
		lpae_expect_hole(f, base + large - small, 2 * small);
		lpae_expect_pages(f, base, 0, lpae_pgsize(f, m - 1), 1, PROT_SOME);
		lpae_map_ok(f, base + large - small, SZ_1G, small, 2, PROT_SOME);
		lpae_expect_pages(f, base + large - small, SZ_1G, small, 2, PROT_SOME);
		lpae_unmap_ok(f, base, large, 2);
		lpae_expect_hole(f, base, 2 * large);
		KUNIT_EXPECT_EQ(test, lpae_count_leaves(f), 0);
	}
}

LPAE_SHAPES_PARAM(block_shapes, lpae_shape_has_blocks(shape))

#define SHAPES(_case) KUNIT_CASE_PARAM(_case, lpae_shapes_gen_params)
#define BLOCK_SHAPES(_case) KUNIT_CASE_PARAM(_case, block_shapes_gen_params)
#define NC_SHAPES(_case) KUNIT_CASE_PARAM(_case, nc_shapes_gen_params)

static struct kunit_case cases[] = {
	SHAPES(no_root),
	SHAPES(no_table_for_map),
	BLOCK_SHAPES(no_second_table_for_map),
	SHAPES(no_table_for_split),
	BLOCK_SHAPES(no_table_for_split_later),
	SHAPES(atomic_context),
	SHAPES(gfp_is_passed_on),
	KUNIT_CASE(sync_mark),
	KUNIT_CASE(sync_of_others_tables),
	NC_SHAPES(walker_is_up_to_date),
	{ }
};

static struct kunit_suite suite = {
	.name = "io-pgtable-arm-lpae-memory",
	.test_cases = cases,
};

kunit_test_suite(suite);
