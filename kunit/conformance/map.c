// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: map, unmap and translate. The judge and iova_to_phys() find what was mapped, and
 * nothing else.
 */
#include "conformance.h"

/* Return: how many pages fit into @bytes, but at least one, and not more than @most */
static size_t some_count(u64 bytes, u64 size, size_t most)
{
	return clamp_t(u64, bytes >> __ffs64(size), 1, most);
}

/* Map @count pages, check them, unmap them, check that they are gone; in one call each. */
static void round_trip(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count)
{
	conf_map_ok(f, iova, pa, size, count, PROT_SOME);
	conf_expect_pages(f, iova, pa, size, count, PROT_SOME);
	conf_expect_hole_around(f, iova, count * size);
	conf_unmap_ok(f, iova, size, count);
	conf_expect_hole(f, iova, count * size);
}

static void every_page_size(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i;
	u64 size;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		round_trip(f, conf_base(f) + size, conf_some_pa(f, size), size, 1);
		round_trip(f, conf_base(f), 0, size, 1);
	}
}

/* Map the last page, the first page, and the whole address space if possible. */
static void both_ends(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i;
	size_t count;
	u64 size, pa;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		count = some_count(conf_space(f), size, 3);
		pa = BIT_ULL(f->cfg.oas) - count * size;
		round_trip(f, conf_base(f), pa, size, count);
		round_trip(f, conf_last(f) - (count * size - 1), pa, size, count);
	}
}

/*
 * Map a range of output addresses across each power of two, since descriptors may have the upper
 * address bits in other places.
 */
static void across_output_bits(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i, bit;
	u64 size;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		if (some_count(conf_space(f), size, 2) < 2)
			continue;
		for (bit = max(32, __ffs64(size)); bit < f->cfg.oas; bit++)
			round_trip(f, conf_base(f), BIT_ULL(bit) - size, size, 2);
	}
}

/* Map from one table into the next, and into a third one. */
static void across_tables(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 size, span, iova;
	unsigned int i;
	size_t count;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		span = conf_span(f, size);
		if (span << 2 > conf_space(f) || !(span << 2))
			continue;
		iova = conf_base(f) + span - 2 * size;
		round_trip(f, iova, 0, size, 3);
		round_trip(f, iova, 0, size, 4);
		count = 4 + (span >> __ffs64(size));
		if (count * size <= BIT_ULL(f->cfg.oas))
			round_trip(f, iova, 0, size, count);
	}
}

/* The same range can be mapped again and again, also if tables remain after unmap. */
static void remap(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i, round, live;
	u64 size;

	for (round = 0; round < 3; round++)
		for (i = 0; i < conf_num_pgsizes(f); i++) {
			size = conf_pgsize(f, i);
			round_trip(f, conf_base(f), conf_some_pa(f, size) & ~(size << round),
				   size, some_count(SZ_1G, size, 5));
		}
	live = atomic_read(&f->live);
	round_trip(f, conf_base(f), 0, conf_pgsize(f, conf_num_pgsizes(f) - 1), 1);
	KUNIT_EXPECT_LE(test, atomic_read(&f->live), live);
}

/* Unmap stops at a hole. */
static void holes(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		if (size << 3 > conf_space(f) || size << 3 > BIT_ULL(f->cfg.oas))
			continue;
		conf_map_ok(f, base, 0, size, 3, PROT_SOME);
		conf_map_ok(f, base + 4 * size, 0, size, 2, PROT_SOME);
		conf_unmap_ok(f, base + size, size, 2);
		conf_expect_pages(f, base, 0, size, 1, PROT_SOME);
		conf_expect_hole(f, base + size, 3 * size);
		conf_expect_pages(f, base + 4 * size, 0, size, 2, PROT_SOME);
		conf_unmap_ok(f, base + 4 * size, size, 2);
		conf_unmap_ok(f, base, size, 1);
		conf_expect_hole(f, base, 6 * size);
	}
}

/* Map pages and blocks with every combination of protection flags. The judge checks the result. */
static void protections(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size;
	unsigned int i;
	int prot;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		for (prot = 0; prot < 64; prot++) {
			if (!(prot & PROT_RW))
				continue;
			conf_map_ok(f, base, 0, size, 1, prot);
			conf_expect_pages(f, base, 0, size, 1, prot);
			conf_unmap_ok(f, base, size, 1);
		}
	}
}

/* The call adds to *mapped, so that a caller can continue after an error. */
static void mapped_adds_up(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);
	size_t mapped = 7;

	KUNIT_EXPECT_EQ(test, conf_map_pages(f, base, 0, size, 2, PROT_RW, GFP_KERNEL,
					     &mapped), 0);
	KUNIT_EXPECT_EQ(test, mapped, 7 + 2 * size);
}

/*
 * Several page sizes
 */

/* Unmap by a larger page size than that of the map. That also frees tables. */
static void unmap_by_larger_pages(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 iova, small, large;
	unsigned int i, live;

	for (i = 1; i < conf_num_pgsizes(f); i++) {
		small = conf_pgsize(f, i - 1);
		large = conf_pgsize(f, i);
		iova = conf_base(f) + large;
		conf_map_ok(f, iova, 0, large, 1, PROT_SOME);
		conf_unmap_ok(f, iova, large, 1);
		live = atomic_read(&f->live);
		conf_map_ok(f, iova, 0, small, large >> __ffs64(small), PROT_SOME);
		conf_expect_pages(f, iova, 0, small, large >> __ffs64(small), PROT_SOME);
		if (conf_level_of(f, small) != conf_level_of(f, large))
			KUNIT_EXPECT_EQ(test, atomic_read(&f->live), live + 1);
		conf_unmap_ok(f, iova, large, 1);
		conf_expect_hole(f, iova, large);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), live);
	}
}

/*
 * If a page in the second table is mapped already, the pages in the first table are mapped, and
 * *mapped counts them.
 */
static void overlap_in_next_table(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 size = conf_pgsize(f, 0);
	u64 iova = conf_base(f) + conf_span(f, size) - 4 * size;
	size_t mapped;

	conf_map_ok(f, iova + 5 * size, 0, size, 1, PROT_SOME);
	/* Map a page with the protection of the run, so that the format knows it already. */
	conf_map_ok(f, iova + 8 * size, 0, size, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, conf_map(f, iova, 0, size, 8, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 4 * size);
	conf_expect_pages(f, iova, 0, size, 4, PROT_RW);
	conf_expect_hole(f, iova + 4 * size, size);
	conf_expect_pages(f, iova + 5 * size, 0, size, 1, PROT_SOME);
	conf_expect_hole(f, iova + 6 * size, 2 * size);
}

/* Two blocks over [table with pages][nothing] are refused, and the pages remain. */
static void blocks_over_pages(struct conf_fixture *f, u64 small, u64 large)
{
	struct kunit *test = f->test;
	u64 base = conf_base(f);
	size_t mapped;

	conf_map_ok(f, base + small, 0, small, 3, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_map(f, base, 0, large, 1, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, conf_map(f, base, 0, large, 2, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	conf_expect_pages(f, base + small, 0, small, 3, PROT_SOME);
	conf_expect_hole(f, base + large, large);

	/* An empty table is not freed if the table after it has pages. */
	conf_map_ok(f, base + large + small, 0, small, 1, PROT_SOME);
	conf_unmap_ok(f, base + small, small, 3);
	conf_forget(f);
	KUNIT_EXPECT_EQ(test, conf_map(f, base, 0, large, 2, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, f->n_walks, 0);
	conf_expect_pages(f, base + large + small, 0, small, 1, PROT_SOME);
	conf_expect_hole(f, base, large);
	conf_unmap_ok(f, base + large + small, small, 1);
}

static void blocks_over_live_pages(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i;

	conf_watch(f);
	for (i = 1; i < conf_num_pgsizes(f); i++)
		if (conf_pgsize(f, i) << 1 <= conf_space(f))
			blocks_over_pages(f, conf_pgsize(f, 0), conf_pgsize(f, i));
}

/* An empty table is freed to map a block in its place. */
static void blocks_over_empty_tables(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large;
	unsigned int i, live;

	for (i = 1; i < conf_num_pgsizes(f); i++) {
		large = conf_pgsize(f, i);
		if (conf_level_of(f, small) == conf_level_of(f, large))
			continue;
		conf_map_ok(f, base, 0, large, 2, PROT_SOME);
		conf_unmap_ok(f, base, large, 2);
		live = atomic_read(&f->live);
		conf_map_ok(f, base, 0, small, 1, PROT_SOME);
		conf_unmap_ok(f, base, small, 1);
		KUNIT_EXPECT_GT(test, atomic_read(&f->live), live);
		conf_map_ok(f, base, 0, large, 2, PROT_SOME);
		KUNIT_EXPECT_EQ(test, f->n_walks, 1);
		KUNIT_EXPECT_TRUE(test, conf_flushed(f, base, min(large, conf_span(f, small))));
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), live);
		conf_expect_pages(f, base, 0, large, 2, PROT_SOME);
		conf_unmap_ok(f, base, large, 2);
	}
}

/*
 * pgtable_walk, for formats that have it: the function returns the descriptors on the way, level by
 * level, and writes nothing for levels above the first and below the last.
 */
#define UNTOUCHED	0x5555555555555555ULL

static void expect_walk(struct conf_fixture *f, u64 iova, int ret)
{
	struct arm_lpae_io_pgtable_walk_data walk;
	struct conf_result r = conf_walk(f, iova);
	const struct conf_judge *judge = f->claims->judge;
	u64 table = judge->root(f);
	unsigned int i;

	memset64(walk.ptes, UNTOUCHED, ARRAY_SIZE(walk.ptes));
	KUNIT_EXPECT_EQ(f->test, f->ops->pgtable_walk(f->ops, iova, &walk), ret);
	for (i = 0; i < ARRAY_SIZE(walk.ptes); i++) {
		if (i < judge->start_level(f) || i > r.level)
			KUNIT_EXPECT_EQ(f->test, walk.ptes[i], UNTOUCHED);
		else if (i < r.level)
			KUNIT_EXPECT_EQ(f->test, judge->kind(f, i, walk.ptes[i], &table),
					CONF_TABLE);
	}
	KUNIT_EXPECT_EQ(f->test, walk.ptes[r.level], r.desc);
	if (r.level > judge->start_level(f))
		KUNIT_EXPECT_EQ(f->test, table,
				r.desc_pa & ~(conf_pgsize(f, 0) - 1));
}

static void walk_shows_descriptors(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 iova = conf_base(f), size = conf_pgsize(f, 0);
	struct arm_lpae_io_pgtable_walk_data walk;

	expect_walk(f, iova, -EINVAL);
	conf_map_ok(f, iova, 0, size, 1, PROT_SOME);
	expect_walk(f, iova, 0);
	expect_walk(f, iova + size / 2, 0);
	expect_walk(f, iova + size, -EINVAL);
	conf_unmap_ok(f, iova, size, 1);

	size = conf_pgsize(f, conf_num_pgsizes(f) - 1);
	conf_map_ok(f, iova, 0, size, 1, PROT_SOME);
	expect_walk(f, iova + size - 1, 0);
	if (f->cfg.ias < BITS_PER_LONG)
		KUNIT_EXPECT_EQ(test, f->ops->pgtable_walk(f->ops, iova ^ BIT_ULL(f->cfg.ias),
							   &walk), -EINVAL);
}

const struct kunit_case conformance_mapping[] = {
	CONFORMANCE_CASE(every_page_size, all),
	CONFORMANCE_CASE(both_ends, all),
	CONFORMANCE_CASE(across_output_bits, all),
	CONFORMANCE_CASE(across_tables, all),
	CONFORMANCE_CASE(remap, all),
	CONFORMANCE_CASE(holes, all),
	CONFORMANCE_CASE(protections, all),
	CONFORMANCE_CASE(mapped_adds_up, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_mapping);

const struct kunit_case conformance_page_sizes[] = {
	CONFORMANCE_CASE(unmap_by_larger_pages, blocks),
	CONFORMANCE_CASE(overlap_in_next_table, blocks),
	CONFORMANCE_CASE(blocks_over_live_pages, blocks),
	CONFORMANCE_CASE(blocks_over_empty_tables, blocks),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_page_sizes);

const struct kunit_case conformance_walk[] = {
	CONFORMANCE_CASE(walk_shows_descriptors, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_walk);
