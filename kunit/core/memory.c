// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the memory for the tables of formats. The suite checks that the memory is zeroed,
 * and how many pages a pool takes in advance, keeps and returns.
 */
#include <linux/cpu.h>
#include <linux/io-pgtable-format.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

#include <linux/io-pgtable-walk/pool.h>

#include "../conformance/conformance.h"

#define MANY	200	/* enough tables for any pool to keep some pages */
#define DIRTY		256

/**
 * struct memory - the state of a case
 * @pool: the pool under test
 * @iop: the tables that @pool is for
 * @iommu_pages: the kernel's NR_IOMMU_PAGES at the beginning of the case
 * @secondary_pages: the kernel's NR_SECONDARY_PAGETABLE at the beginning of the case
 * @dirty: pages that were filled and freed before
 * @tables: the tables that are allocated
 * @n: number of @tables
 * @asked: calls of the driver's allocator, minus those of its free()
 * @gfp: flags of the last call of the driver's allocator
 */
struct memory {
	struct io_pgtable_pool pool;
	struct io_pgtable iop;
	long iommu_pages;
	long secondary_pages;
	void **dirty;
	void *tables[MANY];
	unsigned int n;
	unsigned int asked;
	gfp_t gfp;
};

static int memory_init(struct kunit *test)
{
	struct memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	m->iop.cfg.coherent_walk = true;
	m->iop.cookie = m;
	if (io_pgtable_pool_init(&m->pool, &m->iop, PAGE_SIZE, 0))
		return -ENOMEM;
	m->iommu_pages = conf_node_pages(NR_IOMMU_PAGES);
	m->secondary_pages = conf_node_pages(NR_SECONDARY_PAGETABLE);
	test->priv = m;
	return 0;
}

static void free_tables(struct memory *m)
{
	while (m->n)
		io_pgtable_free_pages(&m->iop.cfg, m, m->tables[--m->n], m->pool.size);
}

/* Whatever the case did, all pages are returned. */
static void memory_exit(struct kunit *test)
{
	struct memory *m = test->priv;

	free_tables(m);
	io_pgtable_pool_drain(&m->pool);
	KUNIT_EXPECT_EQ(test, m->pool.left, 0);
	KUNIT_EXPECT_EQ(test, conf_node_pages(NR_IOMMU_PAGES), m->iommu_pages);
	KUNIT_EXPECT_EQ(test, conf_node_pages(NR_SECONDARY_PAGETABLE), m->secondary_pages);
}

static bool was_dirty(const struct memory *m, const void *table)
{
	unsigned int i;

	for (i = 0; i < DIRTY; i++)
		if (m->dirty[i] == table)
			return true;
	return false;
}

/*
 * Check that a table is zeroed, and write a number into it. If the table is given to a second
 * user, expect_own_numbers() finds another number.
 */
static void *use(struct kunit *test, void *table)
{
	struct memory *m = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)table, PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(table, 0, m->pool.size));
	KUNIT_ASSERT_LT(test, m->n, MANY);
	*(unsigned int *)table = m->n + 1;
	m->tables[m->n++] = table;
	return table;
}

static void *take(struct kunit *test, gfp_t gfp)
{
	struct memory *m = test->priv;

	return use(test, io_pgtable_pool_alloc(&m->pool, gfp));
}

static void take_until_some_are_left(struct kunit *test)
{
	struct memory *m = test->priv;

	while (m->pool.left < 2)
		take(test, GFP_KERNEL);
}

static void expect_own_numbers(struct kunit *test)
{
	struct memory *m = test->priv;
	unsigned int i;

	for (i = 0; i < m->n; i++)
		KUNIT_EXPECT_EQ(test, *(unsigned int *)m->tables[i], i + 1);
}

static const struct contexts {
	const char *name;
	gfp_t gfp;
} contexts[] = {
	{ "kernel", GFP_KERNEL },
	{ "atomic", GFP_ATOMIC },
	{ "nowait", GFP_NOWAIT },
};

KUNIT_ARRAY_PARAM_DESC(contexts, contexts, name);

static void pages_are_zeroed(struct kunit *test)
{
	const struct contexts *c = test->param_value;
	struct memory *m = test->priv;
	unsigned int i, recycled = 0;

	m->dirty = conf_leave_dirt(test, DIRTY);
	for (i = 0; i < MANY; i++)
		recycled += was_dirty(m, take(test, c->gfp));
	expect_own_numbers(test);
	KUNIT_EXPECT_GT_MSG(test, recycled, 0, "no table got a page that had been dirty");
}

/* The pool keeps few pages, compared with the number of pages that the pool has given. */
static void little_is_held_back(struct kunit *test)
{
	struct memory *m = test->priv;
	unsigned int i, most = 0;

	for (i = 1; i <= MANY; i++) {
		take(test, GFP_KERNEL);
		KUNIT_EXPECT_LE(test, m->pool.left, min(i / 8, 7));
		if (i <= 15)
			KUNIT_EXPECT_EQ(test, m->pool.left, 0);
		KUNIT_EXPECT_EQ(test, conf_node_pages(NR_IOMMU_PAGES) - m->iommu_pages,
				i + m->pool.left);
		most = max(most, m->pool.left);
	}
	KUNIT_EXPECT_GT_MSG(test, most, 0, "the pool never kept a page");
}

/* Draining the pool drops one reference of each page that it keeps. The pool still works then. */
static void drained_pool_is_empty(struct kunit *test)
{
	struct memory *m = test->priv;
	struct page *pages[ARRAY_SIZE(m->pool.pages)];
	unsigned int again, i, left;

	for (again = 0; again < 2; again++) {
		take_until_some_are_left(test);
		left = m->pool.left;
		for (i = 0; i < left; i++) {
			pages[i] = m->pool.pages[i];
			get_page(pages[i]);
		}
		io_pgtable_pool_drain(&m->pool);
		KUNIT_EXPECT_EQ(test, conf_node_pages(NR_IOMMU_PAGES) - m->iommu_pages, m->n);
		for (i = 0; i < left; i++) {
			KUNIT_EXPECT_EQ(test, page_count(pages[i]), 1);
			put_page(pages[i]);
		}
	}
	take(test, GFP_KERNEL);
	expect_own_numbers(test);
}

/*
 * While another CPU uses the pool, tables are allocated elsewhere, and the pool does not change.
 */
static void busy_pool_is_left_alone(struct kunit *test)
{
	struct memory *m = test->priv;
	struct io_pgtable_pool before;
	struct page *next;
	unsigned int i;

	take_until_some_are_left(test);
	atomic_set(&m->pool.busy, 1);
	before = m->pool;
	for (i = 0; i < 10; i++)
		take(test, GFP_KERNEL);
	KUNIT_EXPECT_MEMEQ(test, &m->pool, &before, sizeof(before));

	atomic_set(&m->pool.busy, 0);
	next = m->pool.pages[m->pool.left - 1];
	KUNIT_EXPECT_PTR_EQ(test, take(test, GFP_KERNEL), page_address(next));
	KUNIT_EXPECT_EQ(test, m->pool.left, before.left - 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&m->pool.busy), 0);
}

static void *driver_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct memory *m = cookie;

	m->asked++;
	m->gfp = gfp;
	return alloc_pages_exact(size, gfp | __GFP_ZERO);
}

static void driver_free(void *cookie, void *pages, size_t size)
{
	struct memory *m = cookie;

	m->asked--;
	free_pages_exact(pages, size);
}

static const struct bypass {
	const char *name;
	size_t size;
	gfp_t gfp;
	bool driver;
	unsigned int reach;
} bypasses[] = {
	{ "accounted", PAGE_SIZE, GFP_KERNEL_ACCOUNT },
	{ "dma32", PAGE_SIZE, GFP_KERNEL | GFP_DMA32 },
	{ "highmem", PAGE_SIZE, GFP_HIGHUSER },
	{ "two_pages", 2 * PAGE_SIZE, GFP_KERNEL },
	{ "four_pages", 4 * PAGE_SIZE, GFP_ATOMIC },
	{ "driver", PAGE_SIZE, GFP_KERNEL, true },
	{ "reach", PAGE_SIZE, GFP_KERNEL, .reach = 52 },
};

KUNIT_ARRAY_PARAM_DESC(bypasses, bypasses, name);

/* Only requests that any single page of the kernel can satisfy are taken from the pool. */
static void pool_is_bypassed(struct kunit *test)
{
	const struct bypass *b = test->param_value;
	struct memory *m = test->priv;
	struct io_pgtable_pool before;
	unsigned int i;

	m->pool.size = b->size;
	m->pool.reach = b->reach;
	if (b->driver) {
		m->iop.cfg.alloc = driver_alloc;
		m->iop.cfg.free = driver_free;
	}
	before = m->pool;
	for (i = 1; i <= MANY; i++) {
		take(test, b->gfp);
		KUNIT_EXPECT_EQ(test, m->asked, b->driver ? i : 0);
	}
	KUNIT_EXPECT_MEMEQ(test, &m->pool, &before, sizeof(before));
	expect_own_numbers(test);
	if (b->driver)
		KUNIT_EXPECT_TRUE(test, m->gfp == b->gfp);
	free_tables(m);
	KUNIT_EXPECT_EQ(test, m->asked, 0);
}

/*
 * The entries of a small root and the rest of their cache line are zeroed. The rest of the page
 * need not be.
 */
static void small_roots_are_zeroed(struct kunit *test)
{
	static const size_t sizes[] = { 16, 32, 64, 128, 2048 };
	struct memory *m = test->priv;
	unsigned int i, j, recycled;
	void *root;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		m->pool.size = sizes[i];
		recycled = 0;
		m->dirty = conf_leave_dirt(test, DIRTY);
		for (j = 0; j < 50; j++) {
			root = io_pgtable_alloc_pages(&m->iop.cfg, m, m->pool.size, GFP_KERNEL);
			recycled += was_dirty(m, use(test, root));
			KUNIT_EXPECT_NULL(test, memchr_inv(root + m->pool.size, 0,
							   ALIGN(m->pool.size, SMP_CACHE_BYTES) -
							   m->pool.size));
		}
		KUNIT_EXPECT_GT_MSG(test, recycled, 0, "no table got a page that had been dirty");
		free_tables(m);
	}
}

/**
 * struct pool_user - one of several CPUs that allocate tables from one pool
 * @work: the work of this CPU
 * @memory: contains the pool
 * @mistakes: number of tables that were missing, not zeroed, or overwritten
 */
struct pool_user {
	struct work_struct work;
	struct memory *memory;
	unsigned int mistakes;
};

#define HOARD	16

/* Each table is zeroed when it is allocated. When it is freed, it holds what was written. */
static void use_many_tables(struct work_struct *work)
{
	struct pool_user *u = container_of(work, struct pool_user, work);
	struct memory *m = u->memory;
	void **tables[HOARD] = { }, **table;
	unsigned int i;

	for (i = 0; i < 100 * HOARD; i++) {
		table = tables[i % HOARD];
		if (table) {
			u->mistakes += *table != &tables[i % HOARD];
			io_pgtable_free_pages(&m->iop.cfg, m, table, m->pool.size);
		}
		table = io_pgtable_pool_alloc(&m->pool, GFP_KERNEL);
		u->mistakes += !table || memchr_inv(table, 0, m->pool.size);
		if (table)
			*table = &tables[i % HOARD];
		tables[i % HOARD] = table;
	}
	for (i = 0; i < HOARD; i++) {
		u->mistakes += !tables[i] || *tables[i] != &tables[i];
		if (tables[i])
			io_pgtable_free_pages(&m->iop.cfg, m, tables[i], m->pool.size);
	}
}

static void pool_of_many_cpus(struct kunit *test)
{
	struct pool_user *users = kunit_kcalloc(test, nr_cpu_ids, sizeof(*users), GFP_KERNEL);
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, users);
	cpus_read_lock();
	for_each_online_cpu(cpu) {
		users[cpu].memory = test->priv;
		INIT_WORK(&users[cpu].work, use_many_tables);
		schedule_work_on(cpu, &users[cpu].work);
	}
	for_each_online_cpu(cpu) {
		flush_work(&users[cpu].work);
		KUNIT_EXPECT_EQ(test, users[cpu].mistakes, 0);
	}
	cpus_read_unlock();
}

/*
 * Descriptors have too few address bits for any memory of this machine. The pool keeps none of
 * the pages, whether tables are smaller than a page, as large, or larger.
 */
static void memory_out_of_reach(struct kunit *test)
{
	static const size_t sizes[] = { SZ_1K, PAGE_SIZE, 2 * PAGE_SIZE };
	struct memory *m = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct io_pgtable_pool pool = {};

		KUNIT_ASSERT_EQ(test, io_pgtable_pool_init(&pool, &m->iop, sizes[i], 12), 0);
		KUNIT_EXPECT_NULL(test, io_pgtable_pool_alloc(&pool, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, io_pgtable_pool_reserve(&pool, 1, GFP_KERNEL), -ENOMEM);
		KUNIT_EXPECT_EQ(test, pool.users, 0);
	}
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE_PARAM(pages_are_zeroed, contexts_gen_params),
	KUNIT_CASE(small_roots_are_zeroed),
	KUNIT_CASE(little_is_held_back),
	KUNIT_CASE(drained_pool_is_empty),
	KUNIT_CASE(busy_pool_is_left_alone),
	KUNIT_CASE_PARAM(pool_is_bypassed, bypasses_gen_params),
	KUNIT_CASE_SLOW(pool_of_many_cpus),
	KUNIT_CASE(memory_out_of_reach),
	{ }
};

static struct kunit_suite memory_suite = {
	.name		= "io_pgtable_memory",
	.init		= memory_init,
	.exit		= memory_exit,
	.test_cases	= memory_cases,
};

kunit_test_suite(memory_suite);

MODULE_DESCRIPTION("KUnit tests of the memory of io-pgtable formats");
MODULE_LICENSE("GPL");
