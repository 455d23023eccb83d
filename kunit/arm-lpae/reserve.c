// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many tables a GPU driver reserves for its maps: the number that io_pgtable_count_tables()
 * returns, compared with the worst case that the panthor and msm drivers compute from the address
 * and the size alone. As with these drivers, there are four levels, and pages of 4K and 2M.
 */
#include <kunit/test.h>
#include <linux/io-pgtable.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../compat.h"

#define SEED	39
#define MAPS	400

/* Return: the size of a buffer; half of the buffers are small, and few are large */
static size_t some_size(struct rnd_state *rnd)
{
	switch (prandom_u32_state(rnd) % 8) {
	case 0:
		return SZ_2M * (1 + prandom_u32_state(rnd) % 8);
	case 1 ... 3:
		return SZ_64K * (1 + prandom_u32_state(rnd) % 16);
	}
	return SZ_4K * (1 + prandom_u32_state(rnd) % 16);
}

/* Adjacent buffers, as an allocator of addresses places them */
static u64 in_a_row(struct rnd_state *rnd, u64 next, size_t size)
{
	return next;
}

/* Anywhere in 4 GiB */
static u64 scattered(struct rnd_state *rnd, u64 next, size_t size)
{
	return (u64)(prandom_u32_state(rnd) % SZ_1M) * SZ_4K;
}

/* Anywhere in 47 bits, as with shared virtual memory */
static u64 far_apart(struct rnd_state *rnd, u64 next, size_t size)
{
	return ((u64)prandom_u32_state(rnd) << 15) & ~(u64)(SZ_4K - 1);
}

/* Parts of one sparse buffer of 64 MiB, mapped again and again */
static u64 sparse(struct rnd_state *rnd, u64 next, size_t size)
{
	return SZ_1G + (u64)(prandom_u32_state(rnd) % (SZ_64M / SZ_4K)) * SZ_4K;
}

static const struct pattern {
	const char *name;
	u64 (*where)(struct rnd_state *rnd, u64 next, size_t size);
} patterns[] = {
	{ "in_a_row", in_a_row },
	{ "scattered", scattered },
	{ "far_apart", far_apart },
	{ "sparse", sparse },
};

KUNIT_ARRAY_PARAM_DESC(patterns, patterns, name);

/* Return: number of chunks of BIT(@shift) bytes that a range touches */
static unsigned long chunks(u64 iova, size_t size, unsigned int shift)
{
	return ((iova + size - 1) >> shift) - (iova >> shift) + 1;
}

static void *count_alloc(void *cookie, size_t size, gfp_t gfp)
{
	unsigned long *live = cookie;

	++*live;
	return alloc_pages_exact(size, gfp | __GFP_ZERO);
}

static void count_free(void *cookie, void *pages, size_t size)
{
	unsigned long *live = cookie;

	--*live;
	free_pages_exact(pages, size);
}

/*
 * Each buffer is mapped with tables that were reserved for it. The number of tables is never larger
 * than the drivers' worst case. Before, what is mapped at the buffer's addresses is unmapped page
 * by page. Not every kernel can unmap part of a block, so only adjacent buffers are mapped by
 * blocks.
 */
static void fewer_than_drivers_reserve(struct kunit *test)
{
	const struct pattern *p = test->param_value;
	unsigned long live = 0, theirs = 0, counted = 0, before, worst;
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap	= SZ_4K | SZ_2M,
		.ias		= 48,
		.oas		= 48,
		.coherent_walk	= true,
		.alloc		= count_alloc,
		.free		= count_free,
	};
	struct io_pgtable_ops *ops;
	u64 iova = 0, next = SZ_2M, shift = p->where == in_a_row ? 0 : SZ_4K;
	struct rnd_state rnd;
	size_t size, mapped;
	unsigned int i;
	int ret;
	long n;

	ops = io_pgtable_alloc(ARM_64_LPAE_S1, &cfg, &live);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ops));
	prandom_seed_state(&rnd, SEED);
	before = live;
	for (i = 0; i < MAPS; i++) {
		size = some_size(&rnd);
		iova = p->where(&rnd, next, size);
		next = iova + size;
		for (mapped = 0; mapped < size; mapped += SZ_4K)
			if (io_pgtable_iova_to_phys(ops, iova + mapped))
				io_pgtable_unmap_range(ops, iova + mapped, SZ_4K, NULL);

		worst = chunks(iova, size, 39) + chunks(iova, size, 30) + chunks(iova, size, 21);
		n = io_pgtable_count_tables(ops, iova, size);
		KUNIT_EXPECT_LE(test, n, worst);
		theirs += worst;
		counted += n;
		KUNIT_ASSERT_EQ(test, io_pgtable_reserve(ops, n, GFP_KERNEL), 0);
		mapped = 0;
		ret = io_pgtable_map_range(ops, iova, iova + shift, size, IOMMU_READ,
					   IO_PGTABLE_GFP_RESERVED, &mapped);
		KUNIT_ASSERT_EQ(test, ret, 0);
		io_pgtable_unreserve(ops, n);
	}
	kunit_info(test, "%s: %u maps, tables by the drivers' formula %lu, counted %lu, taken %lu\n",
		   p->name, MAPS, theirs, counted, live - before);
	KUNIT_EXPECT_LT(test, counted, theirs);
	KUNIT_EXPECT_LE(test, live - before, counted);
	free_io_pgtable_ops(ops);
	KUNIT_EXPECT_EQ(test, live, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(fewer_than_drivers_reserve, patterns_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name		= "io-pgtable-lpae-reserve",
	.test_cases	= cases,
};

kunit_test_suite(suite);
