// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE's contiguous hint: a TLB may cache a group of leaves as one entry. The oracle checks at each
 * walk that a leaf with the bit belongs to a complete group. The cases here are for what the hint
 * adds: the page sizes, and unmapping part of a group.
 */
#include <linux/io-pgtable-format.h>
#include <linux/prandom.h>

#include "claims.h"

/*
 * Page sizes
 */

struct size_row {
	struct conf_shape shape;
	u64 pgsizes;
};

#define S1(_name, _sizes, _ias, _oas) \
	{ _name, ARM_64_LPAE_S1, _sizes, _ias, _oas, CONTIG }
#define S2(_name, _sizes, _ias, _oas) \
	{ _name, ARM_64_LPAE_S2, _sizes, _ias, _oas, CONTIG }

static const struct size_row size_rows[] = {
	{ S1("4k", PGSIZES_4K, 48, 48), PGSIZES_4K | SZ_64K | SZ_32M },
	{ S1("4k_32m_is_everything", PGSIZES_4K, 25, 48), SZ_4K | SZ_64K | SZ_2M | SZ_32M },
	{ S1("4k_32m_is_too_much", PGSIZES_4K, 24, 48), SZ_4K | SZ_64K | SZ_2M },
	{ S1("4k_one_table", PGSIZES_4K, 21, 48), SZ_4K | SZ_64K },
	{ S1("4k_64k_is_everything", PGSIZES_4K, 16, 48), SZ_4K | SZ_64K },
	{ S1("4k_64k_is_too_much", PGSIZES_4K, 15, 48), SZ_4K },
	{ S1("4k_no_2m", SZ_4K | SZ_1G, 48, 48), SZ_4K | SZ_64K | SZ_1G },
	{ S1("4k_32m_without_2m", SZ_4K | SZ_32M, 48, 48), SZ_4K | SZ_64K },
	{ S1("4k_asked_for", PGSIZES_4K | SZ_64K | SZ_32M, 48, 48),
	  PGSIZES_4K | SZ_64K | SZ_32M },
	{ S1("16k", PGSIZES_16K, 48, 48), SZ_16K | SZ_2M | SZ_32M | SZ_1G },
	{ S1("16k_1g_is_everything", PGSIZES_16K, 30, 48), SZ_16K | SZ_2M | SZ_32M | SZ_1G },
	{ S1("16k_1g_is_too_much", PGSIZES_16K, 29, 48), SZ_16K | SZ_2M | SZ_32M },
	{ S1("16k_2m_is_everything", PGSIZES_16K, 21, 48), SZ_16K | SZ_2M },
	{ S1("16k_2m_is_too_much", PGSIZES_16K, 20, 48), SZ_16K },
	{ S1("16k_no_32m", SZ_16K, 48, 48), SZ_16K | SZ_2M },
	{ S1("64k", PGSIZES_64K, 48, 48), SZ_64K | SZ_2M | SZ_512M | SZ_16G },
	{ S1("64k_52", PGSIZES_64K | SZ_4T, 52, 52),
	  SZ_64K | SZ_2M | SZ_512M | SZ_16G | SZ_4T },
	{ S1("64k_16g_is_everything", PGSIZES_64K, 34, 48),
	  SZ_64K | SZ_2M | SZ_512M | SZ_16G },
	{ S1("64k_16g_is_too_much", PGSIZES_64K, 33, 48), SZ_64K | SZ_2M | SZ_512M },
	{ S1("64k_2m_is_too_much", PGSIZES_64K, 20, 48), SZ_64K },
	{ S2("s2_4k", PGSIZES_4K, 40, 40), PGSIZES_4K | SZ_64K | SZ_32M },
	{ S2("s2_16k_16_tables", PGSIZES_16K, 40, 40), SZ_16K | SZ_2M | SZ_32M | SZ_1G },
	{ S2("s2_64k", PGSIZES_64K, 42, 42), SZ_64K | SZ_2M | SZ_512M | SZ_16G },
	{ { "s1_4k_runs", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, RUNS }, PGSIZES_4K },
	{ { "s1_4k_hd", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, CONTIG | HD }, PGSIZES_4K },
	{ { "s1_16k_hd", ARM_64_LPAE_S1, PGSIZES_16K, 48, 48, CONTIG | HD }, PGSIZES_16K },
	{ { "s1_64k_hd", ARM_64_LPAE_S1, PGSIZES_64K, 48, 48, CONTIG | HD }, PGSIZES_64K },
	{ { "v7_s1", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40, CONTIG },
	  PGSIZES_4K | SZ_64K | SZ_32M },
	{ { "v7_s2", ARM_32_LPAE_S2, PGSIZES_4K, 40, 40, CONTIG },
	  PGSIZES_4K | SZ_64K | SZ_32M },
};

KUNIT_ARRAY_PARAM_DESC(size_rows, size_rows, shape.name);

static void sizes_offered(struct kunit *test)
{
	const struct size_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);

	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, (unsigned long)row->pgsizes);
}

/*
 * Expected values of whole descriptors: of the first one, the difference to the next one, and the
 * number of descriptors
 */
static const struct leaf_row {
	const char *name;
	struct conf_shape shape;
	u64 size;
	u64 first;
	u64 step;
	unsigned int n;
} leaf_rows[] = {
	{ "s1_4k_page", S1("", PGSIZES_4K, 48, 48), SZ_64K,
	  0x0010000480000e43, SZ_4K, 16 },
	{ "s1_4k_block", S1("", PGSIZES_4K, 48, 48), SZ_32M,
	  0x0010000480000e41, SZ_2M, 16 },
	{ "s1_16k_page", S1("", PGSIZES_16K, 48, 48), SZ_2M,
	  0x0010000480000e43, SZ_16K, 128 },
	{ "s1_16k_block", S1("", PGSIZES_16K, 48, 48), SZ_1G,
	  0x0010000480000e41, SZ_32M, 32 },
	{ "s1_64k_page", S1("", PGSIZES_64K, 48, 48), SZ_2M,
	  0x0010000480000e43, SZ_64K, 32 },
	ROWS_ON_64BIT({ "s1_64k_block", S1("", PGSIZES_64K, 48, 48), SZ_16G,
		      0x0010000400000e41, SZ_512M, 32 })
	{ "s2_4k_page", S2("", PGSIZES_4K, 40, 40), SZ_64K,
	  0x00100004800006d7, SZ_4K, 16 },
	{ "s2_4k_block", S2("", PGSIZES_4K, 40, 40), SZ_32M,
	  0x00100004800006d5, SZ_2M, 16 },
};

KUNIT_ARRAY_PARAM_DESC(leaf_rows, leaf_rows, name);

static void group_values(struct kunit *test)
{
	const struct leaf_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);
	u64 iova = row->size, pa = ALIGN_DOWN(0x480000000, row->size);
	unsigned int i;

	conf_map_ok(f, iova, pa, row->size, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, conf_count_leaves(f), row->n);
	for (i = 0; i < row->n; i++)
		KUNIT_EXPECT_EQ(test, *(u64 *)conf_desc(f, iova + i * row->step),
				row->first + i * row->step);

	/* The same number of leaves, mapped by the smaller page size, has no contiguous hint. */
	conf_unmap_ok(f, iova, row->size, 1);
	conf_map_ok(f, iova, pa, row->step, row->n, PROT_RW);
	KUNIT_EXPECT_EQ(test, *(u64 *)conf_desc(f, iova), row->first & ~BIT_ULL(52));
}

/*
 * Runs: one call maps many leaves, and some of these become groups
 */

struct run_row {
	const char *name;
	struct conf_shape shape;
	u64 leaf;
	unsigned int group;
	unsigned int first;
	unsigned int n;
	int pa_ahead;
};

#define RUN(_name, _leaf, _group, _first, _n, _pa_ahead) \
	{ _name, { "", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, RUNS }, _leaf, _group, \
	  _first, _n, _pa_ahead }
#define RUN_OF(_name, _fmt, _sizes, _quirks, _leaf, _group, _first, _n) \
	{ _name, { "", _fmt, _sizes, 40, 40, _quirks }, _leaf, _group, _first, _n }

static const struct run_row run_rows[] = {
	RUN("a_group", SZ_4K, 16, 16, 16, -16),
	RUN("one_short", SZ_4K, 16, 16, 15, -16),
	RUN("a_few", SZ_4K, 16, 1, 3, 0),
	RUN("one_late", SZ_4K, 16, 17, 16, -16),
	RUN("one_after", SZ_4K, 16, 16, 17, -16),
	RUN("one_before", SZ_4K, 16, 15, 17, 0),
	RUN("parts_of_two", SZ_4K, 16, 1, 30, 0),
	RUN("many", SZ_4K, 16, 3, 100, 16),
	RUN("across_tables", SZ_4K, 16, 500, 600, 0),
	RUN("output_is_elsewhere", SZ_4K, 16, 16, 64, -8),
	RUN("output_is_not_far_enough", SZ_4K, 16, 15, 64, -15),
	RUN("blocks", SZ_2M, 16, 15, 40, 16),
	RUN("blocks_unlike", SZ_2M, 16, 15, 40, 17),
	ROWS_ON_64BIT(RUN("blocks_of_1g", SZ_1G, UINT_MAX, 0, 32, 0))
	RUN_OF("16k", ARM_64_LPAE_S1, PGSIZES_16K, RUNS, SZ_16K, 128, 100, 300),
	RUN_OF("16k_blocks", ARM_64_LPAE_S1, PGSIZES_16K, RUNS, SZ_32M, 32, 31, 70),
	RUN_OF("64k", ARM_64_LPAE_S2, PGSIZES_64K, RUNS, SZ_64K, 32, 40, 100),
	ROWS_ON_64BIT(RUN_OF("64k_blocks", ARM_64_LPAE_S2, PGSIZES_64K, RUNS, SZ_512M, 32, 33, 95))
	RUN_OF("s2", ARM_64_LPAE_S2, PGSIZES_4K, RUNS, SZ_4K, 16, 7, 100),
	{ "v7", { "", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40, RUNS }, SZ_4K, 16, 7, 100 },
	RUN_OF("with_sizes", ARM_64_LPAE_S1, PGSIZES_4K, CONTIG | RUNS, SZ_4K, 16, 7, 100),
	RUN_OF("sizes_alone", ARM_64_LPAE_S1, PGSIZES_4K, CONTIG, SZ_4K, UINT_MAX, 7, 100),
	RUN_OF("no_quirk", ARM_64_LPAE_S1, PGSIZES_4K, 0, SZ_4K, UINT_MAX, 7, 100),
	RUN_OF("hd", ARM_64_LPAE_S1, PGSIZES_4K, RUNS | HD, SZ_4K, UINT_MAX, 7, 100),
};

KUNIT_ARRAY_PARAM_DESC(run_rows, run_rows, name);

/* Return: whether leaf @i is in a group. @i counts in the same way as the members of @row. */
static bool is_in_group(const struct run_row *row, unsigned int i)
{
	unsigned int start = i - i % row->group;

	return start >= row->first && start + row->group <= row->first + row->n &&
	       !(row->pa_ahead % (int)row->group);
}

static void expect_run(struct conf_fixture *f, const struct run_row *row, bool groups)
{
	unsigned int i;
	u64 desc;

	for (i = row->first; i < row->first + row->n; i++) {
		desc = *(u64 *)conf_desc(f, i * row->leaf);
		KUNIT_EXPECT_EQ_MSG(f->test, !!(desc & BIT_ULL(52)), groups && is_in_group(row, i),
				    "leaf %u: %#llx", i, desc);
	}
	conf_expect_pages(f, row->first * row->leaf, (row->first + row->pa_ahead) * row->leaf,
			  row->leaf, row->n, PROT_RW);
}

static void runs_become_groups(struct kunit *test)
{
	const struct run_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);
	u64 iova = row->first * row->leaf, pa = iova + row->pa_ahead * (s64)row->leaf;
	unsigned int i;

	/* The first time, tables are missing. The second time, they exist. */
	for (i = 0; i < 2; i++) {
		conf_map_ok(f, iova, pa, row->leaf, row->n, PROT_RW);
		expect_run(f, row, true);
		conf_unmap_ok(f, iova, row->leaf, row->n);
	}
	/* Leaves that are mapped one by one never become a group. */
	for (i = 0; i < row->n; i++)
		conf_map_ok(f, iova + i * row->leaf, pa + i * row->leaf, row->leaf, 1, PROT_RW);
	expect_run(f, row, false);
}

/*
 * Groups
 */

static bool is_contig_with_blocks(const struct conf_shape *shape)
{
	return conformance_has_groups(shape) && conformance_has_blocks(shape);
}

static bool is_contig_and_breaks(const struct conf_shape *shape)
{
	return conformance_has_groups(shape) && !(shape->quirks & NO_BBM);
}

static GEN_PARAMS(contig)
{
	return conformance_next(prev, desc, conformance_has_groups);
}

static GEN_PARAMS(contig_blocks)
{
	return conformance_next(prev, desc, is_contig_with_blocks);
}

static GEN_PARAMS(contig_breaks)
{
	return conformance_next(prev, desc, is_contig_and_breaks);
}

/**
 * struct group - a page size that takes several descriptors
 * @f: the table
 * @i: number of the page size
 * @iova: input address at which cases map groups, with nothing mapped around it
 * @size: size of the group
 * @leaf: size of one leaf
 * @n: number of leaves
 * @last_desc_pa: physical address of the last leaf's descriptor, for the cases that need it
 */
struct group {
	struct conf_fixture *f;
	unsigned int i;
	u64 iova;
	u64 size;
	u64 leaf;
	size_t n;
	u64 last_desc_pa;
};

static struct group first_group(struct kunit *test)
{
	struct group g = { .f = conf_fixture(test, test->param_value) };

	conf_watch(g.f);
	return g;
}

static bool next_group(struct group *g)
{
	while (++g->i < conf_num_pgsizes(g->f)) {
		g->size = conf_pgsize(g->f, g->i);
		g->leaf = conf_entry_size(g->f, g->size);
		g->n = g->size >> __ffs64(g->leaf);
		g->iova = conf_base(g->f) + g->size;
		if (conf_is_group(g->f, g->size))
			return true;
	}
	return false;
}

/* Map @count groups or leaves of @size, starting with number @first. */
static void map_some(const struct group *g, u64 size, unsigned int first, size_t count)
{
	conf_map_ok(g->f, g->iova + first * size, first * size, size, count, PROT_SOME);
}

/* Map @count groups from number @first, as runs of leaves if the format makes groups of runs. */
static void map_groups(const struct group *g, unsigned int first, size_t count)
{
	if (g->f->shape->quirks & RUNS)
		map_some(g, g->leaf, first * g->n, count * g->n);
	else
		map_some(g, g->size, first, count);
}

static void expect_some(const struct group *g, u64 size, unsigned int first, size_t count)
{
	conf_expect_pages(g->f, g->iova + first * size, first * size, size, count,
			  PROT_SOME);
}

/* Expect leaves as map_some() has mapped them, in a group or not. */
static void expect_leaves(const struct group *g, unsigned int first, size_t count)
{
	struct conf_mapping m = { .pa = first * g->leaf, .prot = PROT_SOME };

	for (; count; count--, m.pa += g->leaf)
		KUNIT_ASSERT_TRUE(g->f->test, conf_holds(g->f, g->iova + m.pa, &m));
}

static void expect_hole(const struct group *g, unsigned int first, size_t count)
{
	conf_expect_hole(g->f, g->iova + first * g->leaf, count * g->leaf);
}

static void expect_unmapped(const struct group *g, unsigned int first, u64 size,
			    size_t count, u64 bytes)
{
	KUNIT_EXPECT_EQ(g->f->test,
			conf_unmap(g->f, g->iova + first * g->leaf, size, count), bytes);
	if (!bytes)
		KUNIT_EXPECT_EQ(g->f->test, g->f->n_flush, 0);
}

static void expect_empty(const struct group *g)
{
	KUNIT_EXPECT_EQ(g->f->test, conf_count_leaves(g->f), 0);
}

/* Expect @count leaves of two groups, from number @first, to be unmapped, and the rest mapped. */
static void expect_rest(const struct group *g, unsigned int first, size_t count)
{
	expect_leaves(g, 0, first);
	expect_hole(g, first, count);
	expect_leaves(g, first + count, 2 * g->n - first - count);
}

static void unmap_rest(const struct group *g, unsigned int first, size_t count)
{
	if (first)
		conf_unmap_ok(g->f, g->iova, g->leaf, first);
	first += count;
	if (first < 2 * g->n)
		conf_unmap_ok(g->f, g->iova + first * g->leaf, g->leaf, 2 * g->n - first);
	expect_empty(g);
}

/* Unmap parts of one group, of the next group, and of both. */
static void unmap_parts(const struct group *g)
{
	const struct { unsigned int first; size_t count; } parts[] = {
		{ 0, 1 }, { g->n / 2, 1 }, { g->n - 1, 1 }, { 0, g->n - 1 },
		{ 1, g->n - 1 }, { g->n - 1, 2 }, { g->n / 2, g->n }, { g->n, g->n - 1 },
		{ 1, 2 * g->n - 1 }, { 0, g->n + 1 }, { 0, 2 * g->n - 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		map_groups(g, 0, 2);
		expect_unmapped(g, parts[i].first, g->leaf, parts[i].count,
				parts[i].count * g->leaf);
		expect_rest(g, parts[i].first, parts[i].count);
		unmap_rest(g, parts[i].first, parts[i].count);
	}
}

static void parts_of_groups_go(struct kunit *test)
{
	struct group g = first_group(test);

	while (next_group(&g))
		unmap_parts(&g);
}

/* Unmap leaf by leaf in random order, and check all leaves now and then. */
static void holes_of_any_shape(struct kunit *test)
{
	struct group g = first_group(test);
	struct rnd_state rnd;
	unsigned int i, at, left;

	prandom_seed_state(&rnd, 12);
	while (next_group(&g)) {
		DECLARE_BITMAP(gone, 2 * 128) = { };

		map_groups(&g, 0, 2);
		for (left = 2 * g.n; left; left--) {
			at = prandom_u32_state(&rnd) % (2 * g.n);
			while (test_bit(at, gone))
				at = (at + 1) % (2 * g.n);
			expect_unmapped(&g, at, g.leaf, 1, g.leaf);
			__set_bit(at, gone);
			for (i = 0; !is_power_of_2(left) && left % 9 == 0 && i < 2 * g.n; i++)
				if (test_bit(i, gone))
					expect_hole(&g, i, 1);
				else
					expect_leaves(&g, i, 1);
		}
		expect_empty(&g);
	}
}

/*
 * When part of a group is unmapped, the whole group is invalidated at once, and only once. When a
 * whole group is unmapped, the invalidation can wait.
 */
static void break_covers_the_group(struct kunit *test)
{
	struct group g = first_group(test);

	while (next_group(&g)) {
		map_groups(&g, 0, 3);
		expect_unmapped(&g, g.n + 1, g.leaf, 1, g.leaf);
		KUNIT_EXPECT_EQ(test, g.f->n_walks, 1);
		KUNIT_EXPECT_EQ(test, g.f->flush[0].start, g.iova + g.size);
		KUNIT_EXPECT_EQ(test, g.f->flush[0].last, g.iova + 2 * g.size - 1);
		KUNIT_EXPECT_EQ(test, g.f->flush[0].granule, g.leaf);
		expect_unmapped(&g, g.n + 3, g.leaf, 2, 2 * g.leaf);
		KUNIT_EXPECT_EQ(test, g.f->n_walks, 0);
		expect_unmapped(&g, 0, g.leaf, g.n, g.size);
		KUNIT_EXPECT_EQ(test, g.f->n_walks, 0);
		conf_unmap_ok(g.f, g.iova + 2 * g.size, g.size, 1);
		conf_unmap_ok(g.f, g.iova + g.size, g.leaf, 1);
		conf_unmap_ok(g.f, g.iova + g.size + 2 * g.leaf, g.leaf, 1);
		conf_unmap_ok(g.f, g.iova + g.size + 5 * g.leaf, g.leaf, g.n - 5);
		expect_empty(&g);
	}
}

/*
 * While one CPU splits a group, another CPU clears the last leaf. The other CPU has read the
 * descriptor before the break, without noticing that the leaf belongs to a group.
 */
static void clear_last_leaf(struct conf_fixture *f)
{
	const struct group *g = f->private;
	struct conf_page *page = conf_find_page(f, g->last_desc_pa);

	f->on_walk = NULL;
	WRITE_ONCE(*(u64 *)(page->table + (g->last_desc_pa - page->pa)), 0);
}

/* Return: whether the checker is between the suite and the format */
static bool is_checked(struct conf_fixture *f)
{
	const char *name = io_pgtable_ops_to_pgtable(f->ops)->format->name;

	return name && !strcmp(name, IO_PGTABLE_EVERY_FORMAT);
}

static void another_part_goes_first(struct kunit *test)
{
	struct group g = first_group(test);

	if (is_checked(g.f))
		kunit_skip(test, "the checker does not see that the case writes to the table");
	while (next_group(&g)) {
		map_groups(&g, 0, 1);
		g.last_desc_pa = conf_walk(g.f, g.iova + g.size - 1).desc_pa;
		g.f->private = &g;
		g.f->on_walk = clear_last_leaf;
		KUNIT_EXPECT_EQ(test, conf_unmap_pages(g.f, g.iova, g.leaf, 1, NULL), g.leaf);
		KUNIT_EXPECT_NULL(test, g.f->on_walk);
		expect_hole(&g, 0, 1);
		expect_leaves(&g, 1, g.n - 2);
		expect_hole(&g, g.n - 1, 1);
		conf_unmap_ok(g.f, g.iova + g.leaf, g.leaf, g.n - 2);
		expect_empty(&g);
	}
}

/* If blocks cannot be split, a block in a group cannot be split either. */
static void refuse_parts_of_leaf(const struct group *g, u64 small)
{
	unsigned int allocs = atomic_read(&g->f->allocs);

	expect_unmapped(g, 0, small, 1, 0);
	expect_unmapped(g, 1, small, g->leaf >> __ffs64(small), 0);
	expect_unmapped(g, g->n - 1, small, g->leaf >> __ffs64(small), 0);
	expect_unmapped(g, 0, small, g->size >> __ffs64(small), 0);
	KUNIT_EXPECT_EQ(g->f->test, atomic_read(&g->f->allocs), allocs);
}

static void blocks_of_groups_are_not_split(struct kunit *test)
{
	struct group g = first_group(test);
	unsigned int i;

	while (next_group(&g)) {
		map_groups(&g, 0, 1);
		for (i = 0; conf_pgsize(g.f, i) < g.leaf; i++)
			if (!conf_splits(g.f, g.size, conf_pgsize(g.f, i)))
				refuse_parts_of_leaf(&g, conf_pgsize(g.f, i));
		expect_some(&g, g.size, 0, 1);
		conf_unmap_ok(g.f, g.iova, g.size, 1);
	}
}

/* Unmap whole groups in one call, by the size of a leaf. */
static void whole_groups_go(struct kunit *test)
{
	struct group g = first_group(test);

	while (next_group(&g)) {
		map_groups(&g, 0, 3);
		expect_unmapped(&g, g.n, g.leaf, g.n, g.size);
		KUNIT_EXPECT_EQ(test, g.f->flush[0].granule, g.leaf);
		expect_some(&g, g.size, 0, 1);
		expect_hole(&g, g.n, g.n);
		expect_some(&g, g.size, 2, 1);
		map_groups(&g, 1, 1);
		expect_unmapped(&g, 0, g.leaf, 3 * g.n, 3 * g.size);
		expect_hole(&g, 0, 3 * g.n);
		expect_empty(&g);
	}
}

/* Unmap by the size of a group. That unmaps groups and single leaves, up to the first hole. */
static void leaves_go_by_groups(struct kunit *test)
{
	struct group g = first_group(test);

	while (next_group(&g)) {
		map_groups(&g, 0, 1);
		map_some(&g, g.leaf, g.n, g.n);
		map_groups(&g, 2, 1);
		expect_unmapped(&g, 0, g.size, 3, 3 * g.size);
		expect_hole(&g, 0, 3 * g.n);

		map_groups(&g, 0, 1);
		map_some(&g, g.leaf, g.n, 3);
		map_some(&g, g.leaf, g.n + 4, g.n - 4);
		expect_unmapped(&g, 0, g.size, 2, g.size + 3 * g.leaf);
		expect_hole(&g, 0, g.n + 4);
		expect_some(&g, g.leaf, g.n + 4, g.n - 4);
		expect_unmapped(&g, g.n + 4, g.leaf, g.n - 4, (g.n - 4) * g.leaf);
		expect_empty(&g);
	}
}

/* Unmap by the size of a group also frees tables at that level, with all mappings in them. */
static void tables_go_by_groups(struct kunit *test)
{
	struct group g = first_group(test);
	unsigned int i, live;
	u64 page = conf_pgsize(g.f, 0);

	while (next_group(&g)) {
		if (g.leaf == page)
			continue;
		map_groups(&g, 0, 1);
		conf_unmap_ok(g.f, g.iova, g.size, 1);
		live = atomic_read(&g.f->live);
		for (i = 0; i < g.n; i++)
			conf_map_ok(g.f, g.iova + i * g.leaf + i * page, 0, page, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, atomic_read(&g.f->live), live + g.n);
		expect_unmapped(&g, 0, g.size, 1, g.size);
		KUNIT_EXPECT_EQ(test, atomic_read(&g.f->live), live);
		KUNIT_EXPECT_TRUE(test, conf_flushed(g.f, g.iova, g.size));
		expect_hole(&g, 0, g.n);
		expect_empty(&g);
	}
}

/* Unmap of a block's size frees a table together with the groups in it. */
static void groups_go_with_their_table(struct kunit *test)
{
	struct group g = first_group(test);
	unsigned int live;
	u64 span;

	while (next_group(&g)) {
		span = conf_span(g.f, g.leaf);
		if (!(span & g.f->cfg.pgsize_bitmap))
			continue;
		g.iova = conf_base(g.f) + span;
		conf_map_ok(g.f, g.iova, 0, span, 1, PROT_SOME);
		conf_unmap_ok(g.f, g.iova, span, 1);
		live = atomic_read(&g.f->live);
		map_groups(&g, 1, 2);
		expect_unmapped(&g, 0, span, 1, span);
		KUNIT_EXPECT_EQ(test, atomic_read(&g.f->live), live);
		conf_expect_hole(g.f, g.iova, span);
		expect_empty(&g);
	}
}

static void expect_not_mapped(const struct group *g, u64 iova, u64 pa, u64 size,
			      size_t count, int error)
{
	size_t mapped;

	KUNIT_EXPECT_EQ(g->f->test, conf_map(g->f, iova, pa, size, count, PROT_RW, &mapped),
			error);
	KUNIT_EXPECT_EQ(g->f->test, mapped, 0);
}

static void groups_are_aligned(struct kunit *test)
{
	struct group g = first_group(test);

	while (next_group(&g)) {
		expect_not_mapped(&g, g.iova + g.leaf, g.leaf, g.size, 1, -EINVAL);
		expect_not_mapped(&g, g.iova + g.leaf, 0, g.size, 1, -EINVAL);
		expect_not_mapped(&g, g.iova, g.size / 2, g.size, 1, -EINVAL);
		expect_unmapped(&g, 1, g.size, 1, 0);
		expect_empty(&g);
	}
}

/* A leaf cannot be mapped into a group, nor a group over a leaf. What was mapped remains. */
static void live_groups_are_in_the_way(struct kunit *test)
{
	struct group g = first_group(test);
	unsigned int i;

	while (next_group(&g)) {
		const unsigned int at[] = { 0, 1, g.n / 2, g.n - 1 };

		map_groups(&g, 0, 1);
		for (i = 0; i < ARRAY_SIZE(at); i++)
			expect_not_mapped(&g, g.iova + at[i] * g.leaf, 0, g.leaf, 1, -EEXIST);
		expect_not_mapped(&g, g.iova, 0, g.size, 2, -EEXIST);
		expect_some(&g, g.size, 0, 1);
		conf_unmap_ok(g.f, g.iova, g.size, 1);

		for (i = 0; i < ARRAY_SIZE(at); i++) {
			map_some(&g, g.leaf, g.n + at[i], 1);
			expect_not_mapped(&g, g.iova + g.size, 0, g.size, 1, -EEXIST);
			expect_not_mapped(&g, g.iova, 0, g.size, 2, -EEXIST);
			expect_some(&g, g.leaf, g.n + at[i], 1);
			expect_unmapped(&g, g.n + at[i], g.leaf, 1, g.leaf);
		}
		expect_empty(&g);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(sizes_offered, size_rows_gen_params),
	KUNIT_CASE_PARAM(group_values, leaf_rows_gen_params),
	KUNIT_CASE_PARAM(runs_become_groups, run_rows_gen_params),
	KUNIT_CASE_PARAM(parts_of_groups_go, contig),
	KUNIT_CASE_PARAM(holes_of_any_shape, contig),
	KUNIT_CASE_PARAM(break_covers_the_group, contig),
	KUNIT_CASE_PARAM(another_part_goes_first, contig_breaks),
	KUNIT_CASE_PARAM(blocks_of_groups_are_not_split, contig_blocks),
	KUNIT_CASE_PARAM(whole_groups_go, contig),
	KUNIT_CASE_PARAM(leaves_go_by_groups, contig),
	KUNIT_CASE_PARAM(tables_go_by_groups, contig_blocks),
	KUNIT_CASE_PARAM(groups_go_with_their_table, contig_blocks),
	KUNIT_CASE_PARAM(groups_are_aligned, contig),
	KUNIT_CASE_PARAM(live_groups_are_in_the_way, contig),
	{ }
};

conformance_suite("io-pgtable-lpae-contig", lpae, cases);
