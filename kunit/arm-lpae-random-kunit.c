// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: random sequences against a simple model, and several CPUs at once.
 *
 * The same seed gives the same sequence: it is printed, and can be set.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>

#include "arm-lpae-fixture.h"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of the random sequences; 0: chosen at random");

/* For each of the tables in lpae_shapes; under KASAN all takes several times as long */
static unsigned int operations = IS_ENABLED(CONFIG_KASAN) ? 250 : 9000;
module_param(operations, uint, 0444);
MODULE_PARM_DESC(operations, "length of a random sequence");

static unsigned int rounds = IS_ENABLED(CONFIG_KASAN) ? 4 : 40;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often several CPUs meet");

/*
 * The model: leaf entries by the number of their first granule
 */

struct leaf {
	u64 pa;
	u64 size;
	int prot;
};

struct model {
	struct kunit *test;
	struct lpae_fixture *f;
	struct rnd_state rnd;
	struct xarray leaves;
	size_t n;
	unsigned int granule_bits;
	u64 base;
};

static u64 rnd64(struct model *m)
{
	return (u64)prandom_u32_state(&m->rnd) << 32 | prandom_u32_state(&m->rnd);
}

static u32 below(struct model *m, u32 n)
{
	return prandom_u32_state(&m->rnd) % n;
}

static unsigned long model_index(struct model *m, u64 iova)
{
	return (iova - m->base) >> m->granule_bits;
}

/* 40 bits of granule number, 6 of IOMMU_*, and which of the page sizes it is */
static void *model_pack(struct model *m, u64 pa, u64 size, int prot)
{
	u64 value = pa >> m->granule_bits << 10 | prot << 2;

	while (lpae_pgsize(m->f, value & 3) != size)
		value++;
	return xa_mk_value(value);
}

static struct leaf model_unpack(struct model *m, void *entry)
{
	u64 value = xa_to_value(entry);

	return (struct leaf){
		.pa = value >> 10 << m->granule_bits,
		.prot = value >> 2 & 0x3f,
		.size = lpae_pgsize(m->f, value & 3),
	};
}

/* Return: whether @iova is mapped, and then by @leaf that starts at @start. */
static bool model_find(struct model *m, u64 iova, struct leaf *leaf, u64 *start)
{
	unsigned int i;
	void *entry;

	for (i = 0; i < lpae_num_pgsizes(m->f); i++) {
		*start = iova & ~(lpae_pgsize(m->f, i) - 1);
		entry = xa_load(&m->leaves, model_index(m, *start));
		if (!entry)
			continue;
		*leaf = model_unpack(m, entry);
		if (iova - *start < leaf->size)
			return true;
	}
	return false;
}

static void model_add(struct model *m, u64 iova, u64 pa, u64 size, int prot)
{
	KUNIT_ASSERT_NULL(m->test, xa_store(&m->leaves, model_index(m, iova),
					    model_pack(m, pa, size, prot), GFP_KERNEL));
	m->n++;
}

static void model_remove(struct model *m, u64 iova)
{
	KUNIT_ASSERT_NOT_NULL(m->test, xa_erase(&m->leaves, model_index(m, iova)));
	m->n--;
}

static bool model_is_free(struct model *m, u64 iova, u64 size)
{
	unsigned long index = model_index(m, iova);
	struct leaf leaf;
	u64 start;

	return !model_find(m, iova, &leaf, &start) &&
	       !xa_find(&m->leaves, &index, model_index(m, iova + size - 1),
			XA_PRESENT);
}

static u64 next_smaller(struct model *m, u64 size)
{
	return BIT_ULL(__fls(m->f->cfg.pgsize_bitmap & (size - 1)));
}

/* What contains the page at @iova becomes pages of its size, level by level. */
static void model_split(struct model *m, u64 iova, u64 size)
{
	u64 start, part, at;
	struct leaf leaf;

	while (model_find(m, iova, &leaf, &start) && leaf.size > size) {
		part = next_smaller(m, leaf.size);
		model_remove(m, start);
		for (at = 0; at < leaf.size; at += part)
			model_add(m, start + at, leaf.pa + at, part, leaf.prot);
	}
}

/* Everything at and above @iova, below the end, goes away. */
static void model_clear(struct model *m, u64 iova, u64 size)
{
	unsigned long index = model_index(m, iova);
	void *entry;

	xa_for_each_range(&m->leaves, index, entry, index,
			  model_index(m, iova + size - 1)) {
		xa_erase(&m->leaves, index);
		m->n--;
	}
}

static void model_check(struct model *m, u64 iova)
{
	struct lpae_mapping want;
	struct leaf leaf;
	bool is_mapped;
	u64 start;

	is_mapped = model_find(m, iova, &leaf, &start);
	if (is_mapped)
		want = (struct lpae_mapping){
			.pa = leaf.pa + (iova - start),
			.size = leaf.size, .prot = leaf.prot,
		};
	if (!lpae_holds(m->f, iova, is_mapped ? &want : NULL))
		KUNIT_FAIL_AND_ABORT(m->test, "%#llx should %sbe mapped", iova,
				     is_mapped ? "" : "not ");
}

static void model_check_around(struct model *m, u64 iova, u64 size)
{
	if (iova != m->base)
		model_check(m, iova - 1);
	model_check(m, iova);
	model_check(m, iova + rnd64(m) % size);
	model_check(m, iova + size - 1);
	if (iova + (size - 1) != lpae_last(m->f))
		model_check(m, iova + size);
}

static void model_check_all(struct model *m)
{
	unsigned long index;
	void *entry;
	u64 iova;

	KUNIT_ASSERT_EQ(m->test, lpae_count_leaves(m->f), m->n);
	xa_for_each(&m->leaves, index, entry) {
		iova = m->base + ((u64)index << m->granule_bits);
		model_check(m, iova + rnd64(m) % model_unpack(m, entry).size);
		cond_resched();
	}
}

/*
 * Operations
 */

struct run {
	u64 iova;
	u64 size;
	size_t count;
};

/* Around a few places: the ends, the middle, and close to each other */
static struct run some_range(struct model *m)
{
	u64 space = BIT_ULL(m->f->cfg.ias), zone, offset, size;
	unsigned int sizes = lpae_num_pgsizes(m->f);
	u64 small = lpae_pgsize(m->f, 0);
	u64 second = lpae_pgsize(m->f, min(1U, sizes - 1));
	size_t count;

	size = below(m, 10) < 7 ? small : lpae_pgsize(m->f, below(m, sizes));
	zone = min(space / 4, below(m, 3) ? 3 * second : 3 * lpae_pgsize(m->f, sizes - 1));
	zone = max(zone, small);
	offset = rnd64(m) % zone;
	switch (below(m, 3)) {
	case 0:
		offset = space - 1 - offset;
		break;
	case 1:
		offset += space / 2;
		break;
	}
	offset &= ~(size - 1);
	count = 1 + below(m, below(m, 32) || size != small ? 6 : 700);
	count = min_t(u64, count, (space - offset) / size);
	return (struct run){ .iova = m->base + offset, .size = size, .count = count };
}

static u64 some_pa(struct model *m, const struct run *r)
{
	u64 bytes = r->count * r->size, pa;

	pa = rnd64(m) & (BIT_ULL(m->f->cfg.oas) - 1) & ~(r->size - 1);
	if (m->f->cfg.oas > 48 && !below(m, 3))
		pa = BIT_ULL(48) - below(m, r->count + 1) * r->size;
	return pa > BIT_ULL(m->f->cfg.oas) - bytes ? 0 : pa;
}

static void random_map(struct model *m)
{
	struct run r = some_range(m);
	u64 pa = some_pa(m, &r), bytes = r.count * r.size;
	int prot = below(m, 64), ret;
	bool is_free;
	size_t mapped, i;

	if (bytes > BIT_ULL(m->f->cfg.oas))
		return;
	is_free = model_is_free(m, r.iova, bytes);
	ret = lpae_map(m->f, r.iova, pa, r.size, r.count, prot, &mapped);
	if (!(prot & PROT_RW)) {
		KUNIT_ASSERT_EQ(m->test, ret, -EINVAL);
		KUNIT_ASSERT_EQ(m->test, mapped, 0);
		return;
	}
	KUNIT_ASSERT_EQ(m->test, ret, is_free ? 0 : -EEXIST);
	KUNIT_ASSERT_TRUE(m->test, is_free ? mapped == bytes : mapped < bytes);
	KUNIT_ASSERT_TRUE(m->test, IS_ALIGNED(mapped, r.size));
	if (mapped)
		KUNIT_ASSERT_TRUE(m->test, model_is_free(m, r.iova, mapped));
	for (i = 0; i < mapped / r.size; i++)
		model_add(m, r.iova + i * r.size, pa + i * r.size, r.size, prot);
	model_check_around(m, r.iova, bytes);
}

/* Unmap one page in the model. Return: whether there was something to unmap. */
static bool model_unmap(struct model *m, u64 iova, u64 size)
{
	struct arm_result was = lpae_walk(m->f, iova);
	struct leaf leaf;
	u64 start;

	if (model_find(m, iova, &leaf, &start)) {
		model_split(m, iova, size);
		model_clear(m, iova, size);
		return true;
	}
	if (!model_is_free(m, iova, size)) {
		model_clear(m, iova, size);
		return true;
	}
	/* An empty table goes like a block. */
	return was.fault == ARM_FAULT_TRANSLATION && was.size < size;
}

static void random_unmap(struct model *m)
{
	struct run r = some_range(m);
	struct leaf leaf;
	size_t want;
	u64 start;

	/* Thousands of pages at once, once in a while */
	if (model_find(m, r.iova, &leaf, &start) && leaf.size / r.size > 600 &&
	    below(m, 4))
		return;

	for (want = 0; want < r.count; want++)
		if (!model_unmap(m, r.iova + want * r.size, r.size))
			break;
	KUNIT_ASSERT_EQ(m->test, lpae_unmap(m->f, r.iova, r.size, r.count),
			want * r.size);
	model_check_around(m, r.iova, r.count * r.size);
}

static void random_mistake(struct model *m)
{
	struct run r = some_range(m);
	u64 small = lpae_pgsize(m->f, 0), pa = some_pa(m, &r);
	size_t mapped;

	KUNIT_ASSERT_EQ(m->test, lpae_map(m->f, r.iova, small / 2, r.size, 1, PROT_RW,
					  &mapped), -EINVAL);
	KUNIT_ASSERT_EQ(m->test, lpae_map(m->f, r.iova, BIT_ULL(m->f->cfg.oas) - r.size,
					  r.size, 2, PROT_RW, &mapped), -ERANGE);
	KUNIT_ASSERT_EQ(m->test, lpae_map(m->f, r.iova ^ BIT_ULL(m->f->cfg.ias), pa,
					  r.size, 1, PROT_RW, &mapped), -ERANGE);
	KUNIT_ASSERT_EQ(m->test, lpae_unmap(m->f, r.iova + 1, r.size, 1), 0);
	KUNIT_ASSERT_EQ(m->test, mapped, 0);
	model_check(m, r.iova);
}

/* Unmap all, leaf by leaf, and find nothing. */
static void model_empty(struct model *m)
{
	unsigned long index;
	void *entry;
	u64 iova, size;

	xa_for_each(&m->leaves, index, entry) {
		iova = m->base + ((u64)index << m->granule_bits);
		size = model_unpack(m, entry).size;
		KUNIT_ASSERT_EQ(m->test, lpae_unmap(m->f, iova, size, 1), size);
		model_remove(m, iova);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(m->test, lpae_count_leaves(m->f), 0);
}

static void model_free(void *data)
{
	struct model *m = data;

	xa_destroy(&m->leaves);
}

static void random_sequence(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i;
	u32 what;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->f = lpae_fixture(test, test->param_value);
	m->base = lpae_base(m->f);
	m->granule_bits = arm_granule_bits(&m->f->regs);
	xa_init(&m->leaves);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, model_free, m), 0);
	prandom_seed_state(&m->rnd, seed + (m->f->shape - lpae_shapes));

	for (i = 0; i < operations; i++) {
		what = below(m, 16);
		if (what < 8)
			random_map(m);
		else if (what < 15)
			random_unmap(m);
		else
			random_mistake(m);
		if (i % 2048 == 2047) {
			model_check_all(m);
			/* Otherwise it would be full of what is never unmapped. */
			if (m->n > 5000)
				model_empty(m);
		}
		cond_resched();
	}
	model_check_all(m);
	model_empty(m);
}

/*
 * Several CPUs
 */

#define WORKERS	4

struct worker {
	struct meeting *meeting;
	struct task_struct *task;
	struct completion done;
	unsigned int n;
};

/**
 * struct meeting - several CPUs work on disjoint parts of a region
 * @f: the table
 * @work: what each does; Return: how often it went wrong
 * @region: first address of the region
 * @size: of a page
 * @pages: in the region
 * @start: for all at once
 * @mistakes: how often something went wrong
 * @workers: who works
 */
struct meeting {
	struct lpae_fixture *f;
	unsigned int (*work)(struct worker *w);
	u64 region;
	u64 size;
	unsigned int pages;
	struct completion start;
	atomic_t mistakes;
	struct worker workers[WORKERS];
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
	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &meeting->workers[i];

		w->meeting = meeting;
		w->n = i;
		init_completion(&w->done);
		w->task = kthread_create(worker_main, w, "lpae-worker/%u", i);
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
	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &meeting->workers[i];

		if (!w->task)
			continue;
		wait_for_completion(&w->done);
		kthread_stop_put(w->task);
	}
	KUNIT_ASSERT_EQ(test, atomic_read(&meeting->mistakes), 0);
}

/* Every fourth page, so that all are in all of the tables; then some come and go. */
static unsigned int map_my_pages(struct worker *w)
{
	struct meeting *me = w->meeting;
	struct io_pgtable_ops *ops = me->f->ops;
	unsigned int i, mistakes = 0, again;
	u64 iova, pa;
	size_t mapped;

	for (again = 0; again < 2; again++)
		for (i = w->n; i < me->pages; i += WORKERS) {
			pa = (u64)i * me->size;
			iova = me->region + pa;
			mapped = 0;
			mistakes += ops->map_pages(ops, iova, pa, me->size, 1, PROT_RW,
						   GFP_KERNEL, &mapped) != 0;
			mistakes += mapped != me->size;
			mistakes += ops->iova_to_phys(ops, iova + 5) != pa + 5;
			if (again)
				continue;
			mistakes += ops->unmap_pages(ops, iova, me->size, 1, NULL) != me->size;
			mistakes += ops->iova_to_phys(ops, iova) != 0;
		}
	return mistakes;
}

/* A quarter of a block each, page by page or at once */
static unsigned int unmap_my_part(struct worker *w)
{
	struct meeting *me = w->meeting;
	struct io_pgtable_ops *ops = me->f->ops;
	unsigned int part = me->pages / WORKERS, i, mistakes = 0;
	u64 iova = me->region + w->n * part * me->size;

	if (w->n & 1)
		return ops->unmap_pages(ops, iova, me->size, part, NULL) !=
		       part * me->size;
	for (i = 0; i < part; i++, iova += me->size) {
		mistakes += ops->iova_to_phys(ops, iova) != iova - me->region;
		mistakes += ops->unmap_pages(ops, iova, me->size, 1, NULL) != me->size;
		mistakes += ops->iova_to_phys(ops, iova) != 0;
	}
	return mistakes;
}

/* A page each out of one block, all other pages of which stay */
static unsigned int unmap_my_page(struct worker *w)
{
	struct meeting *me = w->meeting;
	struct io_pgtable_ops *ops = me->f->ops;
	u64 iova = me->region + w->n * me->size;

	return ops->unmap_pages(ops, iova, me->size, 1, NULL) != me->size;
}

static struct meeting *prepare(struct kunit *test)
{
	struct meeting *me = kunit_kzalloc(test, sizeof(*me), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, me);
	me->f = lpae_fixture(test, test->param_value);
	me->size = lpae_pgsize(me->f, 0);
	/* Long enough for the others to come in between */
	me->f->delay = 20;
	return me;
}

/* Everybody needs the same tables, none of which is there. */
static void tables_installed_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct lpae_fixture *f = me->f;
	u64 large = lpae_pgsize(f, 1);
	unsigned int i, n = min_t(u64, rounds, BIT_ULL(f->cfg.ias) / large);

	me->work = map_my_pages;
	me->pages = 32;
	for (i = 0; i < n; i++) {
		/* From the top, so that upper tables are missing too at times */
		me->region = lpae_last(f) - (i + 1) * large + 1;
		meet(test, me);
		lpae_expect_pages(f, me->region, 0, me->size, me->pages, PROT_RW);
		KUNIT_ASSERT_EQ(test, lpae_count_leaves(f), (i + 1) * me->pages);
	}
}

/* Everybody splits the same block. */
static void block_split_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct lpae_fixture *f = me->f;
	u64 large = lpae_pgsize(f, 1);
	unsigned int i;

	me->work = unmap_my_part;
	me->pages = large / me->size;
	me->region = lpae_base(f) + large;
	for (i = 0; i < rounds / 5; i++) {
		lpae_map_ok(f, me->region, 0, large, 1, PROT_RW);
		meet(test, me);
		lpae_expect_hole(f, me->region, large);
		KUNIT_ASSERT_EQ(test, lpae_count_leaves(f), 0);
	}
}

/* From the largest block down to pages, at all levels in between */
static void large_block_split_by_many(struct kunit *test)
{
	struct meeting *me = prepare(test);
	struct lpae_fixture *f = me->f;
	u64 large = lpae_pgsize(f, lpae_num_pgsizes(f) - 1);
	u64 second = lpae_pgsize(f, 1);
	unsigned int i;

	me->work = unmap_my_page;
	me->region = lpae_base(f) + large;
	for (i = 0; i < rounds / 2; i++) {
		lpae_map_ok(f, me->region, 0, large, 1, PROT_RW);
		meet(test, me);
		lpae_expect_hole(f, me->region, WORKERS * me->size);
		lpae_expect_pages(f, me->region + WORKERS * me->size, WORKERS * me->size,
				  me->size, second / me->size - WORKERS, PROT_RW);
		if (large > second)
			lpae_expect_pages(f, me->region + second, second, second,
					  large / second - 1, PROT_RW);
		lpae_unmap_ok(f, me->region, large, 1);
		KUNIT_ASSERT_EQ(test, lpae_count_leaves(f), 0);
	}
}

static int suite_init(struct kunit_suite *suite)
{
	if (!seed)
		seed = get_random_u32();
	pr_info("    # seed: %llu\n", seed);
	return 0;
}

LPAE_SHAPES_PARAM(block_shapes, lpae_shape_has_blocks(shape))

#define SLOW_CASE(_case, _gen_params) \
	{ .run_case = _case, .name = #_case, .generate_params = _gen_params, \
	  .attr.speed = KUNIT_SPEED_SLOW, .module_name = KBUILD_MODNAME }

static struct kunit_case cases[] = {
	SLOW_CASE(random_sequence, lpae_shapes_gen_params),
	SLOW_CASE(tables_installed_by_many, block_shapes_gen_params),
	SLOW_CASE(block_split_by_many, block_shapes_gen_params),
	SLOW_CASE(large_block_split_by_many, block_shapes_gen_params),
	{ }
};

static struct kunit_suite suite = {
	.name = "io-pgtable-arm-lpae-random",
	.suite_init = suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
