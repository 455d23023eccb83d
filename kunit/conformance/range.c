// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: ranges. One call maps or unmaps a range that takes several page sizes. Either the
 * format has functions for ranges, or the library calls its functions for pages. The suite finds
 * out page by page, from the addresses alone, which page sizes are right.
 */
#include <linux/math.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>

#include "conformance.h"

static unsigned long long range_seed;
module_param(range_seed, ullong, 0444);
MODULE_PARM_DESC(range_seed, "seed of the random ranges; 0: chosen at random");

/* Random ranges for each shape */
#define RANDOM_RANGES	(IS_ENABLED(CONFIG_KASAN) ? 20 : 100)

/**
 * struct area - a range under test
 * @iova: input address
 * @pa: output address
 * @size: size in bytes
 */
struct area {
	u64 iova;
	u64 pa;
	u64 size;
};

/*
 * Operations
 */

static int map_range(struct conf_fixture *f, const struct area *r, gfp_t gfp, size_t *mapped)
{
	int ret;

	KUNIT_EXPECT_LE(f->test, r->iova, ULONG_MAX);
	conf_enter(f);
	ret = io_pgtable_map_range(f->ops, r->iova, r->pa, r->size, PROT_SOME, gfp, mapped);
	conf_leave(f);
	conf_look(f);
	return ret;
}

/* Unmap a range. The format must request the invalidation of all that it unmaps. */
static size_t unmap_range(struct conf_fixture *f, u64 iova, u64 size)
{
	struct iommu_iotlb_gather gather;
	size_t unmapped;

	KUNIT_EXPECT_LE(f->test, iova, ULONG_MAX);
	iommu_iotlb_gather_init(&gather);
	conf_forget(f);
	conf_enter(f);
	unmapped = io_pgtable_unmap_range(f->ops, iova, size, &gather);
	conf_leave(f);
	conf_sync(f);
	if (unmapped)
		KUNIT_EXPECT_TRUE_MSG(f->test, conf_flushed(f, iova, unmapped),
				      "not all of %#llx..%#llx was invalidated",
				      iova, iova + unmapped - 1);
	return unmapped;
}

static void map_range_ok(struct conf_fixture *f, const struct area *r)
{
	size_t mapped = 0;

	KUNIT_ASSERT_EQ(f->test, map_range(f, r, GFP_KERNEL, &mapped), 0);
	KUNIT_ASSERT_EQ(f->test, mapped, r->size);
}

/* Unmap a whole range. That splits no block, so no table is allocated. */
static void unmap_whole_range(struct conf_fixture *f, const struct area *r)
{
	int allocs = atomic_read(&f->allocs);

	KUNIT_ASSERT_EQ(f->test, unmap_range(f, r->iova, r->size), r->size);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->allocs), allocs);
	conf_expect_hole(f, r->iova, r->size);
}

/*
 * Checks
 */

/* Return: the largest page size for which the page at @iova is in the range, and aligned */
static u64 best_page(struct conf_fixture *f, const struct area *r, u64 iova)
{
	unsigned int i = conf_num_pgsizes(f);
	u64 size, offset;

	while (--i) {
		size = conf_pgsize(f, i);
		offset = (iova & ~(size - 1)) - r->iova;
		if (!((r->iova ^ r->pa) & (size - 1)) && offset < r->size &&
		    r->size - offset >= size)
			return size;
	}
	return conf_pgsize(f, 0);
}

/* The first @mapped bytes of a range are mapped by the largest possible pages, the rest is not. */
static void expect_mapped(struct conf_fixture *f, const struct area *r, u64 mapped)
{
	u64 at, start, size;

	for (at = 0; at < mapped;) {
		start = at;
		size = best_page(f, r, r->iova + at);
		do
			at += size;
		while (at < mapped && best_page(f, r, r->iova + at) == size);
		KUNIT_ASSERT_LE(f->test, at, mapped);
		conf_expect_pages(f, r->iova + start, r->pa + start, size,
				  (at - start) >> __ffs64(size), PROT_SOME);
	}
	if (mapped < r->size)
		conf_expect_hole(f, r->iova + mapped, r->size - mapped);
	conf_expect_hole_around(f, r->iova, r->size);
}

/*
 * Ranges
 */

static u64 rnd64(struct rnd_state *rnd)
{
	return (u64)prandom_u32_state(rnd) << 32 | prandom_u32_state(rnd);
}

static u64 some_pgsize(struct conf_fixture *f, struct rnd_state *rnd)
{
	return conf_pgsize(f, prandom_u32_state(rnd) % conf_num_pgsizes(f));
}

/*
 * Return: a range of any alignment and size. Input and output address have the same offset into a
 * page of some size, so that pages up to that size are possible. The size is limited to 1024 of
 * these pages.
 */
static struct area some_range(struct conf_fixture *f, struct rnd_state *rnd)
{
	u64 granule = conf_pgsize(f, 0), common = some_pgsize(f, rnd);
	u64 outputs = BIT_ULL(f->cfg.oas);
	struct area r;

	r.size = rnd64(rnd) & (4 * some_pgsize(f, rnd) - 1);
	r.size = min(min(r.size, 1024 * common), min(conf_space(f), outputs) / 2);
	r.size = max(min_t(u64, r.size, SIZE_MAX) & ~(granule - 1), granule);

	r.iova = rnd64(rnd) & (conf_space(f) - 1) & ~(some_pgsize(f, rnd) - 1);
	r.iova = conf_base(f) + min(r.iova, conf_space(f) - r.size);

	r.pa = (rnd64(rnd) & (outputs - 1) & ~(common - 1)) | (r.iova & (common - 1));
	if (r.pa > outputs - r.size)
		r.pa = r.iova & (common - 1);
	r.size = min(r.size, outputs - r.pa);
	return r;
}

/*
 * Return: a range from the last page of one table over a second table to the first page of a third
 * one, if the address space has so many. All pages have the smallest size, since input and output
 * address have different offsets into larger pages.
 */
static struct area three_tables(struct conf_fixture *f)
{
	u64 granule = conf_pgsize(f, 0), span = conf_span(f, granule);
	u64 end = min(2 * span + granule, conf_space(f));
	struct area r = { .iova = conf_base(f), .size = end };

	if (end > span) {
		r.iova += span - granule;
		r.size -= span - granule;
	}
	r.size = min(r.size, BIT_ULL(f->cfg.oas) / 2);
	/* Input and output address differ in the lowest bit of the page number. */
	r.pa = r.iova & granule ? 0 : granule;
	return r;
}

/* Return: a range of a block, with a page of the next smaller size on either side */
static struct area block_between_pages(struct conf_fixture *f, unsigned int i)
{
	u64 large = conf_pgsize(f, i), small = conf_pgsize(f, i - 1);

	return (struct area){ conf_base(f) + large - small, large - small, large + 2 * small };
}

static bool range_fits(struct conf_fixture *f, const struct area *r)
{
	return r->iova - conf_base(f) <= conf_space(f) - r->size && r->size <= conf_space(f) &&
	       r->pa + r->size <= BIT_ULL(f->cfg.oas);
}

/*
 * Cases
 */

static void random_ranges(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);
	struct rnd_state rnd;
	struct area r;
	unsigned int i;

	/* Every other shape has a driver with a callback for ranges. */
	if (test->param_index % 2)
		conf_hear_ranges(f);
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	if (!range_seed)
		range_seed = get_random_u32();
	kunit_info(test, "seed %llu", range_seed);
	prandom_seed_state(&rnd, range_seed + test->param_index);

	for (i = 0; i < RANDOM_RANGES; i++) {
		r = some_range(f, &rnd);
		map_range_ok(f, &r);
		expect_mapped(f, &r, r.size);
		unmap_whole_range(f, &r);
	}
}

/* For each page size but the smallest: a page of that size between two of the next smaller size */
static void range_of_best_pages(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	struct area r;
	unsigned int i;

	conf_watch(f);
	for (i = 1; i < conf_num_pgsizes(f); i++) {
		r = block_between_pages(f, i);
		if (!range_fits(f, &r))
			continue;
		map_range_ok(f, &r);
		expect_mapped(f, &r, r.size);
		unmap_whole_range(f, &r);
	}
}

/* Ranges at both ends of the input and output address space */
static void range_ends(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 granule = conf_pgsize(f, 0), most = min(conf_space(f), BIT_ULL(f->cfg.oas)) / 4;
	u64 size = min(conf_span(f, granule) + granule, most);
	struct area first = { conf_base(f), BIT_ULL(f->cfg.oas) - size, size };
	struct area last = { conf_last(f) - size + 1, 0, size };

	map_range_ok(f, &last);
	map_range_ok(f, &first);
	expect_mapped(f, &first, size);
	expect_mapped(f, &last, size);
	unmap_whole_range(f, &first);
	expect_mapped(f, &last, size);
	unmap_whole_range(f, &last);
}

static void expect_refused(struct conf_fixture *f, struct area r, int error)
{
	size_t mapped = 5;

	KUNIT_EXPECT_EQ(f->test, map_range(f, &r, GFP_KERNEL, &mapped), error);
	KUNIT_EXPECT_EQ(f->test, mapped, 5);
}

/*
 * A range starts with the last page of the input or output address space, and continues with a
 * block that is out of range. The page could be mapped, but the whole range is refused.
 */
static void expect_block_out_of_range(struct conf_fixture *f, u64 granule, u64 large)
{
	u64 before = large - granule, size = granule + large;
	u64 last_iova = conf_last(f) - granule + 1, last_pa = BIT_ULL(f->cfg.oas) - granule;

	expect_refused(f, (struct area){ last_iova, before, size }, -ERANGE);
	expect_refused(f, (struct area){ conf_base(f) + before, last_pa, size }, -ERANGE);
	conf_expect_hole(f, last_iova, granule);
	conf_expect_hole(f, conf_base(f) + before, granule);
}

/* The whole range is checked before any of it is mapped. */
static void wrong_map_range(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 granule = conf_pgsize(f, 0), base = conf_base(f), end = BIT_ULL(f->cfg.oas);
	u64 most = SIZE_MAX & ~(granule - 1);
	int allocs = atomic_read(&f->allocs);
	size_t mapped = 0;

	expect_refused(f, (struct area){ base, 0, 0 }, 0);
	expect_refused(f, (struct area){ base + 8, 0, granule }, -EINVAL);
	expect_refused(f, (struct area){ base, granule / 2, granule }, -EINVAL);
	expect_refused(f, (struct area){ base, 0, granule + granule / 2 }, -EINVAL);
	expect_refused(f, (struct area){ base, 0, granule - 1 }, -EINVAL);
	expect_refused(f, (struct area){ conf_last(f) - granule + 1, 0, 2 * granule }, -ERANGE);
	expect_refused(f, (struct area){ base, end - granule, 2 * granule }, -ERANGE);
	/* On 32-bit kernels a phys_addr_t may be too small for this address. */
	if ((phys_addr_t)end)
		expect_refused(f, (struct area){ base, end, granule }, -ERANGE);
	if (conf_space(f) <= most)
		expect_refused(f, (struct area){ base, 0, most }, -ERANGE);
	if (conf_num_pgsizes(f) > 1)
		expect_block_out_of_range(f, granule, conf_pgsize(f, 1));
	if (f->cfg.ias < BITS_PER_LONG)
		expect_refused(f, (struct area){ base ^ BIT_ULL(f->cfg.ias), 0, granule },
			       -ERANGE);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_range(f->ops, base, 0, granule, IOMMU_CACHE,
						   GFP_KERNEL, &mapped), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->allocs), allocs);
	conf_expect_hole(f, base, 4 * granule);
	conf_expect_hole(f, conf_last(f) - granule + 1, granule);
}

static void wrong_unmap_range(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 granule = conf_pgsize(f, 0), base = conf_base(f), last = conf_last(f) - granule + 1;

	conf_map_ok(f, base, 0, granule, 2, PROT_SOME);
	conf_map_ok(f, last, 0, granule, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base, 0), 0);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base + 8, granule), 0);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base, granule + granule / 2), 0);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base, granule - 1), 0);
	KUNIT_EXPECT_EQ(test, unmap_range(f, last, 2 * granule), 0);
	if (conf_space(f) <= SIZE_MAX - granule)
		KUNIT_EXPECT_EQ(test, unmap_range(f, base, conf_space(f) + granule), 0);
	if (f->cfg.ias < BITS_PER_LONG)
		KUNIT_EXPECT_EQ(test, unmap_range(f, base ^ BIT_ULL(f->cfg.ias), granule), 0);
	conf_expect_pages(f, base, 0, granule, 2, PROT_SOME);
	conf_expect_pages(f, last, 0, granule, 1, PROT_SOME);
}

/*
 * A page in the range is mapped already. Part of the range before that page may be mapped, nothing
 * after it is, and the page remains. *mapped grows by the bytes that were mapped.
 */
static void collision(struct conf_fixture *f, const struct area *r, u64 offset)
{
	u64 granule = conf_pgsize(f, 0), at = r->iova + offset;
	size_t mapped = 5;

	conf_map_ok(f, at, 0, granule, 1, PROT_RW);
	KUNIT_EXPECT_EQ(f->test, map_range(f, r, GFP_KERNEL, &mapped), -EEXIST);
	mapped -= 5;
	KUNIT_ASSERT_LE(f->test, mapped, offset);
	conf_expect_pages(f, at, 0, granule, 1, PROT_RW);
	conf_unmap_ok(f, at, granule, 1);
	expect_mapped(f, r, mapped);
	if (mapped)
		KUNIT_EXPECT_EQ(f->test, unmap_range(f, r->iova, mapped), mapped);
}

static void range_over_page(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	struct area r;
	unsigned int i;

	if (f->claims->trusts_callers)
		kunit_skip(test, "the format warns if a call is wrong");
	conf_watch(f);
	for (i = 1; i < conf_num_pgsizes(f); i++) {
		r = block_between_pages(f, i);
		if (!range_fits(f, &r))
			continue;
		collision(f, &r, 0);
		collision(f, &r, conf_pgsize(f, i - 1) + conf_pgsize(f, 0));
		collision(f, &r, r.size - conf_pgsize(f, 0));
	}
	r = three_tables(f);
	collision(f, &r, r.size - conf_pgsize(f, 0));
}

#define MOST_ALLOCS	200

/*
 * Each allocation of a table fails in turn. The pages before are mapped, and a second call maps the
 * rest.
 */
static void no_memory_for_range(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	struct area r = three_tables(f), rest;
	size_t mapped;
	int n, ret;

	if (!conf_can_fail(f))
		kunit_skip(test, "no fault injection in this kernel");
	for (n = 1; n < MOST_ALLOCS; n++) {
		mapped = 0;
		f->fail_nth = n;
		ret = map_range(f, &r, GFP_KERNEL, &mapped);
		f->fail_nth = 0;
		if (!ret && !f->failed)
			break;
		/* The slab allocator may succeed although one of its pages was refused. */
		if (!ret && !f->claims->custom_allocator)
			goto next;
		KUNIT_ASSERT_TRUE(test, f->failed);
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_ASSERT_LT(test, mapped, r.size);
		expect_mapped(f, &r, mapped);
		rest = (struct area){ r.iova + mapped, r.pa + mapped, r.size - mapped };
		map_range_ok(f, &rest);
		expect_mapped(f, &r, r.size);
next:
		conf_fixture_free(f);
		f = conf_fixture(test, test->param_value);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	expect_mapped(f, &r, r.size);
	if (f->claims->judge &&
	    conf_level_of(f, conf_pgsize(f, 0)) != f->claims->judge->start_level(f))
		KUNIT_EXPECT_GT(test, n, 1);
}

/* With GFP_ATOMIC, a range can be mapped and unmapped while a spinlock is held. */
static void range_in_atomic_context(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	struct area r = three_tables(f);
	static DEFINE_SPINLOCK(lock);
	size_t mapped = 0, unmapped;
	int ret;

	f->last_gfp = GFP_ATOMIC;
	conf_enter(f);
	spin_lock(&lock);
	ret = io_pgtable_map_range(f->ops, r.iova, r.pa, r.size, PROT_SOME, GFP_ATOMIC, &mapped);
	unmapped = io_pgtable_unmap_range(f->ops, r.iova, r.size, NULL);
	spin_unlock(&lock);
	conf_leave(f);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, mapped, r.size);
	KUNIT_EXPECT_EQ(test, unmapped, r.size);
	KUNIT_EXPECT_FALSE(test, f->last_gfp & __GFP_DIRECT_RECLAIM);
}

/* Return: whether there is room for four blocks */
static bool blocks_fit(struct conf_fixture *f, u64 large)
{
	return 4 * large <= conf_space(f) && 4 * large <= BIT_ULL(f->cfg.oas) &&
	       large <= SIZE_MAX / 4;
}

/*
 * Pages of all sizes are mapped one by one, each at the next address that is a multiple of its
 * size. Ranges fill the gaps. Then one call unmaps all of that.
 */
static void unmap_range_of_all_sizes(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 granule = conf_pgsize(f, 0), base = conf_base(f), at = granule, size;
	struct area gap;
	unsigned int i;

	conf_watch(f);
	conf_map_ok(f, base, 0, granule, 1, PROT_RW);
	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		if (!blocks_fit(f, size))
			break;
		gap = (struct area){ base + at, at, -at & (size - 1) };
		map_range_ok(f, &gap);
		at += gap.size;
		conf_map_ok(f, base + at, at, size, 1, PROT_SOME);
		at += size;
	}
	KUNIT_EXPECT_EQ(test, unmap_range(f, base + granule, at - granule), at - granule);
	conf_expect_hole(f, base + granule, at - granule);
	conf_expect_pages(f, base, 0, granule, 1, PROT_RW);
}

/* Unmap stops at a hole, in the middle of the range or at its start. */
static void unmap_range_with_hole(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 granule = conf_pgsize(f, 0), base = conf_base(f);

	if (f->claims->trusts_callers)
		kunit_skip(test, "the format warns if a call is wrong");
	conf_map_ok(f, base + granule, 0, granule, 2, PROT_SOME);
	conf_map_ok(f, base + 4 * granule, 0, granule, 2, PROT_SOME);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base, 4 * granule), 0);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base + granule, 4 * granule), 2 * granule);
	conf_expect_hole(f, base, 4 * granule);
	conf_expect_pages(f, base + 4 * granule, 0, granule, 2, PROT_SOME);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base + 4 * granule, 2 * granule), 2 * granule);
}

/*
 * Of three blocks, unmap one and parts of the others. If the format cannot split blocks (!@splits),
 * unmap stops before the first block that is not unmapped as a whole.
 */
static void parts_of_blocks(struct conf_fixture *f, u64 large, bool splits)
{
	u64 granule = conf_pgsize(f, 0), half = large / 2, base = conf_base(f);
	struct kunit *test = f->test;

	conf_map_ok(f, base, 0, large, 3, PROT_SOME);
	if (splits) {
		KUNIT_EXPECT_EQ(test, unmap_range(f, base + half, 2 * large), 2 * large);
		conf_expect_mapped(f, base, 0, half, PROT_SOME);
		conf_expect_hole(f, base + half, 2 * large);
		conf_expect_mapped(f, base + half + 2 * large, half + 2 * large, half, PROT_SOME);
		KUNIT_EXPECT_EQ(test, unmap_range(f, base, half), half);
		KUNIT_EXPECT_EQ(test, unmap_range(f, base + 2 * large + half, half), half);
		return;
	}
	KUNIT_EXPECT_EQ(test, unmap_range(f, base + granule, 2 * large), 0);
	conf_expect_pages(f, base, 0, large, 3, PROT_SOME);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base, 2 * large + granule), 2 * large);
	conf_expect_hole(f, base, 2 * large);
	conf_expect_pages(f, base + 2 * large, 2 * large, large, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, unmap_range(f, base + 2 * large, large), large);
}

static void range_of_parts(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i = 0;
	u64 large;

	conf_watch(f);
	while ((large = conf_next_split(f, &i)))
		if (blocks_fit(f, large))
			parts_of_blocks(f, large, true);
}

static void range_of_kept_parts(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i = 0;
	u64 large;

	if (f->claims->trusts_callers)
		kunit_skip(test, "the format warns if a call is wrong");
	conf_watch(f);
	while ((large = conf_next_kept(f, &i)))
		if (blocks_fit(f, large))
			parts_of_blocks(f, large, false);
}

const struct kunit_case conformance_ranges[] = {
	CONFORMANCE_CASE(random_ranges, all),
	CONFORMANCE_CASE(range_of_best_pages, blocks),
	CONFORMANCE_CASE(range_ends, all),
	CONFORMANCE_CASE(wrong_map_range, all),
	CONFORMANCE_CASE(wrong_unmap_range, all),
	CONFORMANCE_CASE(range_over_page, blocks),
	CONFORMANCE_CASE(no_memory_for_range, all),
	CONFORMANCE_CASE(range_in_atomic_context, all),
	CONFORMANCE_CASE(unmap_range_of_all_sizes, all),
	CONFORMANCE_CASE(unmap_range_with_hole, all),
	CONFORMANCE_CASE(range_of_parts, splits_blocks),
	CONFORMANCE_CASE(range_of_kept_parts, keeps_blocks),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_ranges);
