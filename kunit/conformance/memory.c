// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: memory. Each allocation of a call fails once. Nothing leaks, and earlier mappings
 * remain. Memory is allocated with the caller's flags, and a walker that does not snoop sees every
 * change.
 */
#include <linux/irq_work.h>
#include <linux/math64.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include "conformance.h"

static unsigned int mappings = IS_ENABLED(CONFIG_KASAN) ? 2048 : 8192;
module_param(mappings, uint, 0444);
MODULE_PARM_DESC(mappings, "how many pages are mapped one by one in each kind of table");

static struct conf_fixture *fixture(struct kunit *test)
{
	return conf_fixture(test, test->param_value);
}

static struct conf_fixture *failing_fixture(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);

	if (!conf_can_fail(f))
		kunit_skip(test, "no fault injection in this kernel");
	return f;
}

/* More allocations than any call makes */
#define MOST_ALLOCS	200

/* If an allocation fails, the table is not made and no memory is kept. The next attempt works. */
static void no_memory_for_table(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);
	struct io_pgtable_cfg before = f->cfg;
	int n, ret;

	if (!conf_can_fail(f))
		kunit_skip(test, "no fault injection in this kernel");
	for (n = 1; n < MOST_ALLOCS; n++) {
		f->cfg = before;
		f->fail_nth = n;
		ret = conf_fixture_make(f);
		if (!ret)
			break;
		KUNIT_ASSERT_TRUE(test, f->failed);
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 0);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GT_MSG(test, n, 1,
			    "no allocation failed: see ignore-gfp-wait, min-order in debugfs");
}

/* If any table on the way fails, map returns -ENOMEM and maps nothing. The next attempt works. */
static void no_memory_for_map(struct kunit *test)
{
	struct conf_fixture *f = failing_fixture(test);
	u64 base = conf_base(f), size = conf_pgsize(f, 0), far = conf_last(f) - size + 1;
	size_t mapped;
	int n, ret;

	for (n = 1; n < MOST_ALLOCS; n++) {
		/* Every other time, the second allocation fails, so that some tables exist. */
		f->fail_nth = 2 - n % 2;
		ret = conf_map(f, far, 0, size, 1, PROT_SOME, &mapped);
		if (!ret)
			break;
		KUNIT_ASSERT_TRUE(test, f->failed);
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_EQ(test, mapped, 0);
		conf_expect_hole(f, far, size);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	conf_expect_pages(f, far, 0, size, 1, PROT_SOME);
	conf_map_ok(f, base, 0, size, 1, PROT_SOME);
	conf_expect_pages(f, base, 0, size, 1, PROT_SOME);
	conf_expect_pages(f, far, 0, size, 1, PROT_SOME);
	if (f->claims->judge)
		KUNIT_EXPECT_EQ(test, n > 1, conf_level_of(f, size) !=
					     f->claims->judge->start_level(f));
}

/* If the second of two tables fails, the pages in the first remain, and *mapped counts them. */
static void no_memory_for_second_table(struct kunit *test)
{
	struct conf_fixture *f = failing_fixture(test);
	u64 size = conf_pgsize(f, 0);
	u64 iova = conf_base(f) + conf_span(f, size) - 3 * size;
	size_t mapped;

	conf_map_ok(f, conf_base(f), 0, size, 1, PROT_SOME);
	f->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, conf_map(f, iova, 0, size, 5, PROT_SOME, &mapped), -ENOMEM);
	KUNIT_EXPECT_EQ(test, mapped, 3 * size);
	conf_expect_pages(f, iova, 0, size, 3, PROT_SOME);
	conf_expect_hole(f, iova + 3 * size, 2 * size);
	conf_map_ok(f, iova + mapped, mapped, size, 2, PROT_SOME);
	conf_expect_pages(f, iova, 0, size, 5, PROT_SOME);
	conf_expect_pages(f, conf_base(f), 0, size, 1, PROT_SOME);
}

/* If a split has no memory, nothing is unmapped, and every address is still translated. */
static void split_without_memory(struct conf_fixture *f, u64 large, u64 small)
{
	u64 hole = conf_base(f) + small;
	struct kunit *test = f->test;
	size_t unmapped;
	int n;

	for (n = 1; n < MOST_ALLOCS; n++) {
		conf_map_ok(f, conf_base(f), 0, large, 1, PROT_SOME);
		f->fail_nth = n;
		unmapped = conf_unmap(f, hole, small, 1);
		if (!unmapped) {
			KUNIT_ASSERT_TRUE(test, f->failed);
			conf_expect_mapped(f, conf_base(f), 0, large, PROT_SOME);
			conf_unmap_ok(f, hole, small, 1);
		}
		conf_expect_pages(f, conf_base(f), 0, small, 1, PROT_SOME);
		conf_expect_hole(f, hole, small);
		conf_unmap_rest(f, conf_base(f), large, hole, small, 1);
		if (unmapped)
			break;
	}
	KUNIT_EXPECT_LT(test, n, MOST_ALLOCS);
	/* A contiguous group is split in its own table, without an allocation. */
	if (conf_level_of(f, large) != conf_level_of(f, small))
		KUNIT_EXPECT_GT(test, n, 1);
}

static void no_memory_for_split(struct kunit *test)
{
	struct conf_fixture *f = failing_fixture(test);
	unsigned int m = 0;
	u64 large;

	conf_watch(f);
	while ((large = conf_next_split(f, &m)))
		split_without_memory(f, large, conf_pgsize(f, 0));
}

/* [pages][block]: if the split fails, unmap stops after the pages and returns their size. */
static void no_memory_for_later_split(struct kunit *test)
{
	struct conf_fixture *f = failing_fixture(test);
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large = conf_span(f, small);
	size_t count = large >> __ffs64(small);

	conf_map_ok(f, base, 0, small, count, PROT_SOME);
	conf_map_ok(f, base + large, 0, large, 1, PROT_SOME);
	f->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, conf_unmap(f, base + small, small, count), large - small);
	conf_expect_pages(f, base, 0, small, 1, PROT_SOME);
	conf_expect_hole(f, base + small, large - small);
	conf_expect_pages(f, base + large, 0, large, 1, PROT_SOME);
}

/* With GFP_ATOMIC, pages can be mapped and unmapped while a spinlock is held. */
static void atomic_context(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 small = conf_pgsize(f, 0), large = conf_pgsize(f, conf_num_pgsizes(f) - 1);
	u64 base = conf_base(f), far = conf_last(f) - small + 1;
	size_t mapped = 0, unmapped;
	static DEFINE_SPINLOCK(lock);
	int ret;

	f->last_gfp = GFP_ATOMIC;
	spin_lock(&lock);
	ret = conf_map_pages(f, far, 0, small, 1, PROT_SOME, GFP_ATOMIC, &mapped);
	ret |= conf_map_pages(f, base, 0, large, 1, PROT_SOME, GFP_ATOMIC, &mapped);
	unmapped = conf_unmap_pages(f, base, large, 1, NULL);
	unmapped += conf_unmap_pages(f, far, small, 1, NULL);
	spin_unlock(&lock);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, mapped, large + small);
	KUNIT_EXPECT_EQ(test, unmapped, large + small);
	KUNIT_EXPECT_FALSE(test, f->last_gfp & __GFP_DIRECT_RECLAIM);
}

/* The format allocates with the caller's flags. */
static void gfp_is_passed_on(struct kunit *test)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	struct conf_fixture *f = fixture(test);
	size_t mapped = 0;

	f->last_gfp = gfp;
	KUNIT_EXPECT_EQ(test, conf_map_pages(f, conf_base(f), 0, conf_pgsize(f, 0), 1, PROT_RW,
					     gfp, &mapped), 0);
	KUNIT_EXPECT_TRUE(test, (f->last_gfp & gfp) == gfp);
}

/* The format cleans every change to memory, so that a walker that does not snoop sees it. */
static void walker_is_up_to_date(struct kunit *test)
{
	u64 base, small, large, next;
	struct conf_fixture *f;
	unsigned int m;

	if (!conf_sees_syncs())
		kunit_skip(test, "this kernel lacks the tracepoints of the DMA API");
	f = fixture(test);
	conf_watch(f);
	base = conf_base(f);
	small = conf_pgsize(f, 0);
	for (m = 0; m < conf_num_pgsizes(f); m++) {
		large = conf_pgsize(f, m);
		next = base + large;
		conf_map_ok(f, base, 0, large, 2, PROT_SOME);
		conf_expect_pages(f, base, 0, large, 2, PROT_SOME);
		conf_unmap_ok(f, next, large, 1);
		conf_expect_hole(f, next, large);
		conf_map_ok(f, next, SZ_1G, small, 2, PROT_SOME);
		conf_expect_pages(f, next, SZ_1G, small, 2, PROT_SOME);
		conf_unmap_ok(f, next, small, 2);
		conf_unmap_ok(f, base, large, 1);
		conf_expect_hole(f, base, 2 * large);
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
	}
}

/* Return: whether all tables on the way to @iova are installed, as other CPUs see it */
static bool tables_are_there(struct conf_fixture *f, u64 iova)
{
	const struct conf_judge *judge = f->claims->judge;
	unsigned int level = judge->start_level(f), i;
	enum conf_kind kind = CONF_TABLE;
	u64 pa = judge->root(f);
	struct conf_page *page;

	for (; kind == CONF_TABLE && level < judge->last_level; level++) {
		page = conf_find_page(f, pa);
		i = (iova >> judge->shift(f, level)) & (page->size / judge->desc_size - 1);
		kind = judge->kind(f, level, conf_read_desc(f, page->table, i), &pa);
	}
	return kind == CONF_TABLE;
}

/**
 * struct other - what another CPU maps while this CPU installs the last table
 * @iova: input address
 * @count: number of pages
 */
struct other {
	u64 iova;
	size_t count;
};

/* Called when the last table is installed, but its descriptor is not cleaned to memory yet. */
static void map_before_clean(struct conf_fixture *f)
{
	u64 page = conf_pgsize(f, 0), base = conf_base(f);
	const struct other *o = f->private;
	size_t mapped = 0;

	if (!tables_are_there(f, base))
		return;
	f->on_sync = NULL;
	KUNIT_EXPECT_EQ(f->test, conf_map_pages(f, o->iova, o->iova - base, page, o->count,
						PROT_SOME, GFP_ATOMIC, &mapped), 0);
	KUNIT_EXPECT_EQ(f->test, conf_walk(f, o->iova).fault, CONF_FOUND);
}

/* A map cleans all table descriptors on its way, also those that another CPU has written. */
static void others_tables_are_shown(struct kunit *test)
{
	const struct conf_shape *shape = test->param_value;
	struct conf_fixture *f;
	struct other other;
	u64 base, page, span;
	unsigned int way;

	if (!conf_sees_syncs())
		kunit_skip(test, "this kernel lacks the tracepoints of the DMA API");
	/* First a page in that table, then pages that end in the next table */
	for (way = 0; way < 2; way++) {
		f = conf_fixture(test, shape);
		base = conf_base(f);
		page = conf_pgsize(f, 0);
		span = conf_span(f, page);
		if (2 * span > conf_space(f))
			kunit_skip(test, "the address space has one table of pages only");
		other.iova = base + (way ? span - page : page);
		other.count = 1 + way;
		f->private = &other;
		f->on_sync = map_before_clean;
		conf_map_ok(f, base, 0, page, 1, PROT_SOME);
		KUNIT_EXPECT_NULL(test, f->on_sync);
		conf_expect_pages(f, base, 0, page, 1, PROT_SOME);
		conf_expect_pages(f, other.iova, other.iova - base, page, other.count, PROT_SOME);
		conf_fixture_free(f);
	}
}

struct interrupt {
	struct irq_work work;
	struct io_pgtable_ops *ops;
	bool hard;
};

static void free_in_interrupt(struct irq_work *work)
{
	struct interrupt *interrupt = container_of(work, struct interrupt, work);

	interrupt->hard = in_hardirq();
	free_io_pgtable_ops(interrupt->ops);
}

/* A table whose memory comes from the kernel can be freed in a hard interrupt. */
static void freed_in_interrupt(struct kunit *test)
{
	const struct conf_shape *shape = test->param_value;
	struct interrupt interrupt = { .work = IRQ_WORK_INIT(free_in_interrupt) };
	struct conf_fixture *f = fixture(test);
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = shape->pgsizes,
		.ias = shape->ias,
		.oas = shape->oas,
		.quirks = shape->quirks,
		.coherent_walk = true,
		.format_cfg = f->cfg.format_cfg,
		.format_cfg_size = f->cfg.format_cfg_size,
	};
	struct io_pgtable_ops *ops = conf_alloc_table(shape, &cfg, NULL);
	size_t mapped = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	KUNIT_EXPECT_EQ(test, ops->map_pages(ops, conf_base(f), 0, conf_pgsize(f, 0), 1, PROT_SOME,
					     GFP_KERNEL, &mapped), 0);
	interrupt.ops = ops;
	irq_work_queue(&interrupt.work);
	irq_work_sync(&interrupt.work);
	KUNIT_EXPECT_TRUE(test, interrupt.hard);
}

/* Return: the size of all tables in bytes */
static u64 table_bytes(struct conf_fixture *f)
{
	struct conf_page *page;
	unsigned long index;
	u64 bytes = 0;

	xa_for_each(&f->pages, index, page)
		bytes += page->size;
	return bytes;
}

/* Return: how many tables below the root map 1 GiB of adjacent addresses by pages of @size */
static unsigned int tables_needed(struct conf_fixture *f, u64 size)
{
	const struct conf_judge *judge = f->claims->judge;
	unsigned int level, n = 0;

	for (level = judge->start_level(f); level < conf_level_of(f, size); level++)
		n += max(1, SZ_1G >> min(judge->shift(f, level), 31U));
	return n;
}

static void map_a_gigabyte(struct conf_fixture *f, u64 size)
{
	unsigned int n = tables_needed(f, size), count = SZ_1G >> __ffs64(size);
	int before = atomic_read(&f->live);
	u64 root = table_bytes(f), bytes;

	conf_map_ok(f, conf_base(f), 0, size, count, PROT_RW);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->live) - before, n);
	bytes = n ? div_u64(table_bytes(f) - root, n) : 0;
	kunit_info(f->test, "1 GiB by pages of %llu KiB: %u tables of %llu bytes, root %llu bytes",
		   size / SZ_1K, n, bytes, root);
	conf_unmap_ok(f, conf_base(f), size, count);
}

/* The recorder looks at each page, which takes long under KASAN. */
#define MOST_PAGES	(IS_ENABLED(CONFIG_KASAN) ? 4096 : SZ_1G)

/*
 * Mapping 1 GiB of adjacent addresses takes the minimum number of tables, by pages of each size.
 * The case prints the numbers, for the documentation.
 */
static void tables_of_a_gigabyte(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	unsigned int i, done = 0;

	if (!f->claims->judge || conf_space(f) < SZ_1G || f->cfg.oas < 30 || !conf_sees_tables(f))
		kunit_skip(test, "there is no room for 1 GiB, or tables are not recorded");
	for (i = 0; i < conf_num_pgsizes(f) && conf_pgsize(f, i) <= SZ_1G; i++) {
		if (SZ_1G >> __ffs64(conf_pgsize(f, i)) > MOST_PAGES)
			continue;
		/* Unmap may have left empty tables, so each size gets a new table. */
		if (done++) {
			conf_fixture_free(f);
			f = fixture(test);
		}
		map_a_gigabyte(f, conf_pgsize(f, i));
	}
	if (!done)
		kunit_skip(test, "this kernel has KASAN, and all page sizes are small");
}

/* Map pages one by one. Return: the number of tables that were allocated. */
static int map_each(struct conf_fixture *f, u64 iova, unsigned int n)
{
	u64 size = conf_pgsize(f, 0), pa = iova - conf_base(f);
	int before = atomic_read(&f->live);
	size_t mapped = 0;

	for (; n; n--, iova += size, pa += size) {
		if (conf_map_pages(f, iova, pa, size, 1, PROT_RW, GFP_KERNEL, &mapped))
			break;
		if (!(n % 4096))
			cond_resched();
	}
	KUNIT_EXPECT_EQ(f->test, n, 0);
	return atomic_read(&f->live) - before;
}

static void unmap_each(struct conf_fixture *f, u64 iova, unsigned int n)
{
	u64 size = conf_pgsize(f, 0);

	for (; n && conf_unmap_pages(f, iova, size, 1, NULL) == size; n--, iova += size)
		if (!(n % 4096))
			cond_resched();
	KUNIT_EXPECT_EQ(f->test, n, 0);
}

/*
 * The memory for a mapping does not grow with the number of mappings. Mapping the same pages again
 * after unmap takes no memory.
 */
static void many_mappings(struct kunit *test)
{
	struct conf_fixture *f = fixture(test);
	u64 size = conf_pgsize(f, 0), span = conf_span(f, size) >> __ffs64(size), iova;
	u64 room = min(conf_space(f), BIT_ULL(min(f->cfg.oas, 63))) >> __ffs64(size);
	u64 quarter = round_down(min(max(mappings / 4, span), room / 4), span);
	int first = 0, tables, i;

	if (!quarter || !conf_sees_tables(f))
		kunit_skip(test, "there is no room for four tables, or tables are not recorded");
	for (i = 0; i < 4; i++) {
		iova = conf_base(f) + i * quarter * size;
		tables = map_each(f, iova, quarter);
		first = first ?: tables;
		KUNIT_EXPECT_LE(test, tables, first);
		KUNIT_EXPECT_GE(test, tables, (int)(quarter >> __ffs64(span)));
	}
	kunit_info(test, "%llu pages, %d tables for the first quarter of them, %d for the last one",
		   4 * quarter, first, tables);
	for (i = 0; i < 4; i += 2)
		unmap_each(f, conf_base(f) + i * quarter * size, quarter);
	for (i = 0; i < 4; i += 2)
		KUNIT_EXPECT_EQ(test, map_each(f, conf_base(f) + i * quarter * size, quarter), 0);
	conf_expect_mapped(f, conf_base(f), 0, 4 * quarter * size, PROT_RW);
}

const struct kunit_case conformance_memory[] = {
	CONFORMANCE_CASE(no_memory_for_table, all),
	CONFORMANCE_CASE(no_memory_for_map, all),
	CONFORMANCE_CASE(atomic_context, all),
	CONFORMANCE_CASE(gfp_is_passed_on, all),
	CONFORMANCE_CASE(freed_in_interrupt, all),
	CONFORMANCE_CASE(tables_of_a_gigabyte, all),
	CONFORMANCE_SLOW_CASE(many_mappings, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_memory);

const struct kunit_case conformance_memory_of_tables[] = {
	CONFORMANCE_CASE(no_memory_for_second_table, blocks),
	CONFORMANCE_CASE(no_memory_for_split, splits_blocks),
	CONFORMANCE_CASE(no_memory_for_later_split, splits_into_tables),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_memory_of_tables);

const struct kunit_case conformance_noncoherent[] = {
	CONFORMANCE_CASE(walker_is_up_to_date, nc),
	CONFORMANCE_CASE(others_tables_are_shown, nc),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_noncoherent);
