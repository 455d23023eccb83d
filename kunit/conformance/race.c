// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: several CPUs map and unmap disjoint ranges that need the same tables, or that are in
 * the same block.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include "conformance.h"

static unsigned int rounds = IS_ENABLED(CONFIG_KASAN) ? 4 : 20;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often several CPUs race");

static unsigned int workers = 4;
module_param(workers, uint, 0444);
MODULE_PARM_DESC(workers, "number of CPUs that race: 2, 4 or 8");

static unsigned int readers = 2;
module_param(readers, uint, 0444);
MODULE_PARM_DESC(readers, "number of readers of dumps, and of writers, up to 8");

static unsigned int read_ms = 100;
module_param(read_ms, uint, 0444);
MODULE_PARM_DESC(read_ms, "how long CPUs read dumps, in milliseconds");

struct worker {
	struct meeting *meeting;
	struct task_struct *task;
	struct completion done;
	unsigned int n;
};

/**
 * struct meeting - several threads work on disjoint parts of a region at the same time
 * @f: the table
 * @work: the work of each thread. Return: the number of mistakes
 * @region: first address of the region
 * @size: size of a page
 * @pages: number of pages in the region
 * @start: completed when all threads may start
 * @end: jiffies until which readers read
 * @mistakes: number of wrong results
 * @seen: number of ranges that were read in dumps
 * @reading: number of threads that still read dumps
 * @n: number of threads
 * @workers: the threads
 */
struct meeting {
	struct conf_fixture *f;
	unsigned int (*work)(struct worker *w);
	u64 region;
	u64 size;
	unsigned int pages;
	struct completion start;
	unsigned long end;
	atomic_t mistakes;
	atomic_t seen;
	atomic_t reading;
	unsigned int n;
	struct worker workers[CONF_MAX_TASKS];
};

static int worker_main(void *data)
{
	struct worker *w = data;
	struct meeting *meeting = w->meeting;

	wait_for_completion(&meeting->start);
	atomic_add(meeting->work(w), &meeting->mistakes);

	complete(&w->done);
	return 0;
}

static void meet(struct kunit *test, struct meeting *meeting)
{
	unsigned int i;

	init_completion(&meeting->start);
	atomic_set(&meeting->mistakes, 0);
	for (i = 0; i < meeting->n; i++) {
		struct worker *w = &meeting->workers[i];

		w->meeting = meeting;
		w->n = i;
		init_completion(&w->done);
		w->task = kthread_create(worker_main, w, "pgtable-worker/%u", i);
		if (IS_ERR(w->task)) {
			w->task = NULL;
			atomic_inc(&meeting->mistakes);
			continue;
		}
		kthread_bind(w->task, cpumask_nth(i % num_online_cpus(), cpu_online_mask));
		get_task_struct(w->task);
		wake_up_process(w->task);
	}
	complete_all(&meeting->start);
	for (i = 0; i < meeting->n; i++) {
		struct worker *w = &meeting->workers[i];

		if (!w->task)
			continue;
		wait_for_completion(&w->done);
		kthread_stop_put(w->task);
	}
	KUNIT_ASSERT_EQ(test, atomic_read(&meeting->mistakes), 0);
}

/*
 * Map every n-th page, so that all threads need all of the tables, and unmap each page again. Then
 * map all of these pages again.
 */
static unsigned int map_my_pages(struct worker *w)
{
	struct meeting *me = w->meeting;
	unsigned int i, mistakes = 0, again;
	u64 iova, pa;
	size_t mapped;

	for (again = 0; again < 2; again++)
		for (i = w->n; i < me->pages; i += me->n) {
			pa = (u64)i * me->size;
			iova = me->region + pa;
			mapped = 0;
			mistakes += conf_map_pages(me->f, iova, pa, me->size, 1, PROT_RW,
						   GFP_KERNEL, &mapped) != 0;
			mistakes += mapped != me->size;
			mistakes += conf_iova_to_phys(me->f, iova + 5) != pa + 5;
			if (again)
				continue;
			mistakes += conf_unmap_pages(me->f, iova, me->size, 1, NULL) != me->size;
			mistakes += conf_iova_to_phys(me->f, iova) != 0;
		}
	return mistakes;
}

/*
 * Map every n-th page from reserved tables. Each page needs a reservation of its own. The first
 * thread allocates tables instead.
 */
static unsigned int map_mine_reserved(struct worker *w)
{
	struct meeting *me = w->meeting;
	gfp_t gfp = w->n ? IO_PGTABLE_GFP_RESERVED : GFP_KERNEL;
	unsigned int i, mistakes = 0;
	size_t mapped;
	u64 iova, pa;
	long n;

	for (i = w->n; i < me->pages; i += me->n) {
		pa = (u64)i * me->size;
		iova = me->region + pa;
		mapped = 0;
		n = io_pgtable_count_tables(me->f->ops, iova, me->size);
		conf_enter(me->f);
		mistakes += n < 0 || io_pgtable_reserve(me->f->ops, n, GFP_KERNEL);
		conf_leave(me->f);
		mistakes += conf_map_pages(me->f, iova, pa, me->size, 1, PROT_RW, gfp,
					   &mapped) != 0;
		mistakes += conf_iova_to_phys(me->f, iova + 5) != pa + 5;
		conf_enter(me->f);
		io_pgtable_unreserve(me->f->ops, n);
		conf_leave(me->f);
	}
	return mistakes;
}

/* Unmap an n-th of a block, page by page or in one call. */
static unsigned int unmap_my_part(struct worker *w)
{
	struct meeting *me = w->meeting;
	unsigned int part = me->pages / me->n, i, mistakes = 0;
	u64 iova = me->region + w->n * part * me->size;

	if (w->n & 1)
		return conf_unmap_pages(me->f, iova, me->size, part, NULL) !=
		       part * me->size;
	for (i = 0; i < part; i++, iova += me->size) {
		mistakes += conf_iova_to_phys(me->f, iova) != iova - me->region;
		mistakes += conf_unmap_pages(me->f, iova, me->size, 1, NULL) != me->size;
		mistakes += conf_iova_to_phys(me->f, iova) != 0;
	}
	return mistakes;
}

/* Unmap one page of a block. The rest of the block stays mapped. */
static unsigned int unmap_my_page(struct worker *w)
{
	struct meeting *me = w->meeting;
	u64 iova = me->region + w->n * me->size;

	return conf_unmap_pages(me->f, iova, me->size, 1, NULL) != me->size;
}

static struct meeting *prepare(struct kunit *test)
{
	struct meeting *me = kunit_kzalloc(test, sizeof(*me), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, me);
	me->f = conf_fixture(test, test->param_value);
	me->size = conf_pgsize(me->f, 0);
	/* A power of two, so that the pages of a contiguous group can be divided equally. */
	me->n = rounddown_pow_of_two(clamp(workers, 2, 8));
	/* Allocations take long enough for other threads to overtake. */
	me->f->delay = 20;
	return me;
}

/* All threads need the same tables, none of which exists. */
static void tables_installed_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct conf_fixture *f = me->f;
	u64 span = conf_span(f, me->size);
	unsigned int i, n = min_t(u64, rounds, conf_space(f) >> __ffs64(span));

	me->work = map_my_pages;
	me->pages = 32;
	for (i = 0; i < n; i++) {
		/* Each region is below the last one, so sometimes upper tables are missing, too. */
		me->region = conf_last(f) - (i + 1) * span + 1;
		meet(test, me);
		conf_expect_pages(f, me->region, 0, me->size, me->pages, PROT_RW);
		if (f->claims->judge)
			KUNIT_ASSERT_EQ(test, conf_count_leaves(f), (i + 1) * me->pages);
	}
}

/*
 * All threads need the same tables, and most of them have reserved tables. Afterwards, no more
 * tables exist than the mappings need.
 */
static void tables_reserved_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct conf_fixture *f = me->f;
	u64 span = conf_span(f, me->size);
	unsigned int i, n = min_t(u64, rounds, conf_space(f) >> __ffs64(span));
	long missing;
	int was;

	if (!f->ops->reserve)
		kunit_skip(test, "the format has no reserve");
	me->work = map_mine_reserved;
	me->pages = 32;
	for (i = 0; i < n; i++) {
		me->region = conf_last(f) - (i + 1) * span + 1;
		missing = io_pgtable_count_tables(f->ops, me->region, me->pages * me->size);
		was = atomic_read(&f->live);
		meet(test, me);
		conf_expect_pages(f, me->region, 0, me->size, me->pages, PROT_RW);
		if (conf_sees_tables(f))
			KUNIT_ASSERT_EQ(test, atomic_read(&f->live) - was, missing);
	}
}

/* Small blocks get more rounds, since they take less time and their race is shorter. */
static unsigned int split_rounds(const struct meeting *me)
{
	return max(16 * rounds / me->pages, min(rounds / 4, 5));
}

/* All threads split the same block, of each size with up to 8192 pages. */
static void block_split_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct conf_fixture *f = me->f;
	unsigned int i, m = 0;
	u64 large;

	me->work = unmap_my_part;
	while ((large = conf_next_split(f, &m))) {
		me->pages = large >> __ffs64(me->size);
		me->region = conf_base(f) + large;
		for (i = 0; me->pages <= 8192 && i < split_rounds(me); i++) {
			conf_map_ok(f, me->region, 0, large, 1, PROT_RW);
			meet(test, me);
			conf_expect_hole(f, me->region, large);
			KUNIT_ASSERT_EQ(test, conf_count_leaves(f), 0);
		}
	}
}

/* All threads split the largest block down to pages, at all levels in between. */
static void large_block_split_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct conf_fixture *f = me->f;
	u64 large = 0, gone = me->n * me->size, next;
	unsigned int i = 0;

	while ((next = conf_next_split(f, &i)))
		large = next;
	me->work = unmap_my_page;
	me->region = conf_base(f) + large;
	for (i = 0; i < rounds / 4; i++) {
		conf_map_ok(f, me->region, 0, large, 1, PROT_RW);
		meet(test, me);
		conf_expect_hole(f, me->region, gone);
		conf_expect_mapped(f, me->region + gone, gone, large - gone, PROT_RW);
		conf_unmap_rest(f, me->region, large, me->region, me->size, me->n);
		KUNIT_ASSERT_EQ(test, conf_count_leaves(f), 0);
	}
}

/*
 * The same races on one CPU, and certain to happen: while a call allocates memory, another call
 * overtakes.
 */

static void map_second_page(struct conf_fixture *f)
{
	u64 size = conf_pgsize(f, 0);
	size_t mapped = 0;

	f->on_alloc = NULL;
	KUNIT_EXPECT_EQ(f->test, conf_map_pages(f, conf_base(f) + size, size, size, 1, PROT_RW,
						GFP_ATOMIC, &mapped), 0);
}

static void another_table_is_first(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);
	bool needs_table = conf_span(f, size) != BIT_ULL(f->cfg.ias);

	f->on_alloc = map_second_page;
	conf_map_ok(f, base, 0, size, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, !f->on_alloc, needs_table);
	conf_expect_pages(f, base, 0, size, needs_table ? 2 : 1, PROT_RW);
	if (f->claims->judge)
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), needs_table ? 2 : 1);
}

/* Called when only the last table is missing. Another CPU installs it and maps its first page. */
static void map_start_of_second_table(struct conf_fixture *f)
{
	u64 size = conf_pgsize(f, 0);
	size_t mapped = 0;

	f->on_alloc = NULL;
	KUNIT_EXPECT_EQ(f->test, conf_map_pages(f, conf_base(f) + conf_span(f, size), 0, size, 1,
						PROT_RW, GFP_ATOMIC, &mapped), 0);
	KUNIT_EXPECT_EQ(f->test, mapped, size);
}

static void lose_last_table(struct kunit *test, u64 count)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 size = conf_pgsize(f, 0), iova = conf_base(f) + conf_span(f, size);

	conf_watch(f);
	conf_map_ok(f, conf_base(f), 0, size, 1, PROT_RW);
	f->on_alloc = map_start_of_second_table;
	conf_map_ok(f, iova + size, size, size, count, PROT_RW);
	KUNIT_EXPECT_NULL(test, f->on_alloc);
	conf_expect_pages(f, iova, 0, size, 1 + count, PROT_RW);
	conf_expect_hole_around(f, iova, (1 + count) * size);
	if (f->claims->judge)
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 2 + count);
	conf_fixture_free(f);
}

/* The call that comes second maps one page, the rest of the table, or on into a third table. */
static void another_last_table_is_first(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 size = conf_pgsize(f, 0), pages = conf_span(f, size) >> __ffs64(size);

	conf_fixture_free(f);
	lose_last_table(test, 1);
	lose_last_table(test, pages - 1);
	lose_last_table(test, pages + 2);
}

static void unmap_second_page(struct conf_fixture *f)
{
	u64 size = conf_pgsize(f, 0);

	f->on_alloc = NULL;
	KUNIT_EXPECT_EQ(f->test, conf_unmap_pages(f, conf_base(f) + size, size, 1, NULL), size);
}

static void another_split_is_first(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large;
	unsigned int m = 0, gone;

	while ((large = conf_next_split(f, &m))) {
		conf_map_ok(f, base, 0, large, 1, PROT_SOME);
		f->on_alloc = unmap_second_page;
		conf_unmap_ok(f, base, small, 1);
		/* A contiguous group is split without memory, so the other unmap is not called. */
		gone = f->on_alloc ? 1 : 2;
		KUNIT_EXPECT_TRUE(test, gone == 2 || conf_entry_size(f, large) == small);
		f->on_alloc = NULL;
		conf_expect_hole(f, base, gone * small);
		conf_expect_mapped(f, base + gone * small, gone * small, large - gone * small,
				   PROT_SOME);
		conf_unmap_rest(f, base, large, base, small, gone);
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
	}
}

/**
 * struct neighbour - another CPU that unmaps a page of the same block
 * @f: the table
 * @iova: address of the page
 * @size: size of the page
 * @ready: the CPU is running
 * @go: the CPU may unmap the page
 * @unmapped: result of the unmap
 * @done: completed after the unmap
 */
struct neighbour {
	struct conf_fixture *f;
	u64 iova;
	u64 size;
	bool ready;
	bool go;
	size_t unmapped;
	struct completion done;
};

static int neighbour_main(void *data)
{
	struct neighbour *n = data;

	WRITE_ONCE(n->ready, true);
	while (!READ_ONCE(n->go))
		cpu_relax();
	n->unmapped = conf_unmap_pages(n->f, n->iova, n->size, 1, NULL);
	complete(&n->done);
	return 0;
}

/*
 * Called when the block's descriptor is invalid. The other CPU starts to unmap and should find the
 * descriptor invalid, if it takes no more than these 5 ms.
 */
static void let_neighbour_go(struct conf_fixture *f)
{
	struct neighbour *n = f->private;

	f->on_walk = NULL;
	WRITE_ONCE(n->go, true);
	mdelay(5);
}

/* Unmap the page at @iova, and the next page on another CPU. Return: the number of splits. */
static unsigned long unmap_with_neighbour(struct conf_fixture *f, u64 iova, u64 size)
{
	struct neighbour n = { .f = f, .iova = iova + size, .size = size };
	struct task_struct *task = kthread_create(neighbour_main, &n, "pgtable-neighbour");
	size_t unmapped;

	KUNIT_ASSERT_FALSE(f->test, IS_ERR(task));
	get_task_struct(task);
	init_completion(&n.done);
	migrate_disable();
	kthread_bind(task, cpumask_any_but(cpu_online_mask, smp_processor_id()));
	wake_up_process(task);
	while (!READ_ONCE(n.ready))
		cond_resched();
	conf_forget(f);
	f->private = &n;
	f->on_walk = let_neighbour_go;
	unmapped = conf_unmap_pages(f, iova, size, 1, NULL);
	WRITE_ONCE(n.go, true);
	migrate_enable();
	wait_for_completion(&n.done);
	kthread_stop_put(task);
	KUNIT_EXPECT_NULL(f->test, f->on_walk);
	KUNIT_EXPECT_EQ(f->test, unmapped, size);
	KUNIT_EXPECT_EQ(f->test, n.unmapped, size);
	return f->n_walks;
}

/* If another CPU unmaps between break and make, the block is split only once. */
static void split_by_neighbours(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large;
	unsigned long splits;
	unsigned int m = 0;

	if (num_online_cpus() < 2)
		kunit_skip(test, "there is one CPU only");
	while ((large = conf_next_split(f, &m))) {
		conf_map_ok(f, base, 0, large, 1, PROT_SOME);
		conf_forget(f);
		KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, base, small, 1, NULL), small);
		splits = f->n_walks;
		conf_unmap_rest(f, base, large, base, small, 1);

		conf_map_ok(f, base, 0, large, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, unmap_with_neighbour(f, base, small), splits);
		conf_expect_hole(f, base, 2 * small);
		conf_expect_mapped(f, base + 2 * small, 2 * small, large - 2 * small, PROT_SOME);
		conf_unmap_rest(f, base, large, base, small, 2);
		KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 0);
	}
}

/* Map and unmap a page, together with its table if the format has a page size for that. */
static unsigned int come_and_go(struct meeting *me, unsigned int n)
{
	struct conf_fixture *f = me->f;
	u64 span = min(conf_span(f, me->size), conf_space(f)), offset = n * span;
	u64 whole = f->cfg.pgsize_bitmap & span ? span : me->size;
	unsigned int mistakes = 0;
	size_t mapped;

	if (offset + span > conf_space(f))
		return 0;
	for (; !mistakes && atomic_read(&me->reading); cond_resched()) {
		mapped = 0;
		mistakes += conf_map_pages(f, me->region + offset, offset, me->size, 1, PROT_RW,
					   GFP_KERNEL, &mapped) != 0;
		/* The page is mapped most of the time, so that readers see it. */
		udelay(4 * f->delay);
		mistakes += conf_unmap_pages(f, me->region + offset, whole, 1, NULL) != whole;
	}
	return mistakes;
}

static bool is_one_of_them(struct conf_fixture *f, const struct conf_range *range, void *data)
{
	struct meeting *me = data;

	atomic_inc(&me->seen);
	return range->pa == range->first - me->region && range->leaf == me->size &&
	       range->last - range->first == me->size - 1;
}

/*
 * Read until @end. If no range was seen until then, go on until one is seen, for up to ten seconds.
 */
static bool reads_on(struct meeting *me)
{
	return time_before(jiffies, me->end) ||
	       (!atomic_read(&me->seen) && time_before(jiffies, me->end + 10 * HZ));
}

/* Half of the threads read dumps, while the others map and unmap. */
static unsigned int read_or_change(struct worker *w)
{
	struct meeting *me = w->meeting;
	unsigned int mistakes = 0;

	if (w->n % 2)
		return come_and_go(me, w->n / 2);
	do {
		mistakes += conf_dump_ranges(me->f, is_one_of_them, me) != 0;
		cond_resched();
	} while (!mistakes && reads_on(me));
	atomic_dec(&me->reading);
	return mistakes;
}

/*
 * Dumps are read while tables are installed and freed. The suite's allocator poisons a table when
 * it is freed, so that a reader which uses a freed table prints wrong ranges.
 */
static void tables_read_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);

	if (!conf_can_dump(me->f))
		kunit_skip(test, "debugfs does not show the tables of this format");
	me->region = conf_base(me->f);
	me->size = conf_pgsize(me->f, 0);
	me->work = read_or_change;
	me->n = 2 * clamp(readers, 1, CONF_MAX_TASKS / 2);
	atomic_set(&me->reading, me->n / 2);
	me->end = jiffies + msecs_to_jiffies(read_ms);
	meet(test, me);
	kunit_info(test, "%d ranges seen, %d tables made", atomic_read(&me->seen),
		   atomic_read(&me->f->allocs));
	KUNIT_EXPECT_GT(test, atomic_read(&me->seen), 0);
	conf_expect_dump(me->f);
}

const struct kunit_case conformance_dump_races[] = {
	CONFORMANCE_SLOW_CASE(tables_read_by_many, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_dump_races);

const struct kunit_case conformance_races[] = {
	CONFORMANCE_CASE(another_table_is_first, all),
	CONFORMANCE_CASE(another_last_table_is_first, blocks),
	CONFORMANCE_SLOW_CASE(tables_installed_by_many, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_races);

const struct kunit_case conformance_reserve_races[] = {
	CONFORMANCE_SLOW_CASE(tables_reserved_by_many, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_reserve_races);

const struct kunit_case conformance_split_races[] = {
	CONFORMANCE_CASE(another_split_is_first, splits_blocks),
	CONFORMANCE_CASE(split_by_neighbours, splits_by_break),
	CONFORMANCE_SLOW_CASE(block_split_by_many, splits_blocks),
	CONFORMANCE_SLOW_CASE(large_block_split_by_many, splits_blocks),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_split_races);
