// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: random sequences of operations, compared with a simple model. The seed is printed,
 * and can be set to repeat a sequence.
 */
#include <linux/align.h>
#include <linux/math.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "conformance.h"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "seed of the random sequences; 0: chosen at random");

/* Operations are many times slower under KASAN. */
static unsigned int operations = IS_ENABLED(CONFIG_KASAN) ? 6000 : 200000;
module_param(operations, uint, 0444);
MODULE_PARM_DESC(operations, "number of operations in all random sequences of a format");

/*
 * The model: an XArray of leaf entries, indexed by the number of the first granule
 */

struct leaf {
	u64 pa;
	u64 size;
	int prot;
};

struct model {
	struct kunit *test;
	struct conf_fixture *f;
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

/* Return: whether @iova is mapped. If so, *@leaf is the leaf entry and *@start its address. */
static bool model_find(struct model *m, u64 iova, struct leaf *leaf, u64 *start)
{
	const struct leaf *entry;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(m->f); i++) {
		*start = iova & ~(conf_pgsize(m->f, i) - 1);
		entry = xa_load(&m->leaves, model_index(m, *start));
		if (!entry)
			continue;
		*leaf = *entry;
		if (iova - *start < leaf->size)
			return true;
	}
	return false;
}

/* Return: the number of descriptors of a leaf entry */
static size_t model_descs(struct model *m, u64 size)
{
	if (!m->f->claims->judge)
		return 1;
	return size >> __ffs64(conf_entry_size(m->f, size));
}

static void model_add(struct model *m, u64 iova, u64 pa, u64 size, int prot)
{
	struct leaf *leaf = kmalloc(sizeof(*leaf), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(m->test, leaf);
	*leaf = (struct leaf){ .pa = pa, .size = size, .prot = prot };
	KUNIT_ASSERT_NULL(m->test, xa_store(&m->leaves, model_index(m, iova), leaf,
					    GFP_KERNEL));
	m->n += model_descs(m, size);
}

static void model_remove(struct model *m, u64 iova)
{
	struct leaf *leaf = xa_erase(&m->leaves, model_index(m, iova));

	KUNIT_ASSERT_NOT_NULL(m->test, leaf);
	m->n -= model_descs(m, leaf->size);
	kfree(leaf);
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

/* After a split, read the sizes of the parts from the table, since the format chooses them. */
static void model_add_as_found(struct model *m, u64 iova, u64 pa, u64 bytes, int prot)
{
	struct conf_result r;
	u64 at;

	for (at = 0; at < bytes; at += r.size) {
		r = conf_walk(m->f, iova + at);
		KUNIT_ASSERT_EQ(m->test, r.fault, CONF_FOUND);
		KUNIT_ASSERT_LE(m->test, r.size, bytes - at);
		KUNIT_ASSERT_TRUE(m->test, IS_ALIGNED(iova + at, r.size));
		model_add(m, iova + at, pa + at, r.size, prot);
	}
}

/* A range was unmapped. Blocks that are partly in the range were split. */
static void model_clear(struct model *m, u64 iova, u64 size)
{
	bool first_is_cut, last_is_cut;
	u64 first_start, last_start, end = iova + size;
	struct leaf first, last;
	unsigned long index;
	void *entry;

	first_is_cut = model_find(m, iova, &first, &first_start) && first_start < iova;
	last_is_cut = model_find(m, end - 1, &last, &last_start) &&
		      last_start + (last.size - 1) > end - 1;
	if (first_is_cut)
		model_remove(m, first_start);
	if (last_is_cut && !(first_is_cut && first_start == last_start))
		model_remove(m, last_start);

	index = model_index(m, iova);
	xa_for_each_range(&m->leaves, index, entry, index, model_index(m, end - 1))
		model_remove(m, m->base + ((u64)index << m->granule_bits));

	if (first_is_cut)
		model_add_as_found(m, first_start, first.pa, iova - first_start, first.prot);
	if (last_is_cut)
		model_add_as_found(m, end, last.pa + (end - last_start),
				   last_start + last.size - end, last.prot);
}

static void model_check(struct model *m, u64 iova)
{
	struct conf_mapping want;
	struct leaf leaf;
	bool is_mapped;
	u64 start;

	is_mapped = model_find(m, iova, &leaf, &start);
	if (is_mapped)
		want = (struct conf_mapping){
			.pa = leaf.pa + (iova - start),
			.size = leaf.size, .prot = leaf.prot,
		};
	if (!conf_holds(m->f, iova, is_mapped ? &want : NULL))
		KUNIT_FAIL_AND_ABORT(m->test, "%#llx should %sbe mapped", iova,
				     is_mapped ? "" : "not ");
}

static void model_check_around(struct model *m, u64 iova, u64 size)
{
	if (iova != m->base)
		model_check(m, iova - 1);
	model_check(m, iova);
	model_check(m, iova + (rnd64(m) & (size - 1)));
	model_check(m, iova + size - 1);
	if (iova + (size - 1) != conf_last(m->f))
		model_check(m, iova + size);
}

static void model_check_all(struct model *m)
{
	unsigned long index;
	struct leaf *leaf;
	u64 iova;

	if (m->f->claims->judge)
		KUNIT_ASSERT_EQ(m->test, conf_count_leaves(m->f), m->n);
	conf_expect_dump(m->f);
	xa_for_each(&m->leaves, index, leaf) {
		iova = m->base + ((u64)index << m->granule_bits);
		model_check(m, iova + (rnd64(m) & (leaf->size - 1)));
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

/* Ranges are at both ends or in the middle of the address space, so that many of them overlap. */
static struct run some_range(struct model *m)
{
	u64 space = conf_space(m->f), zone, offset, size;
	unsigned int sizes = conf_num_pgsizes(m->f);
	u64 small = conf_pgsize(m->f, 0);
	unsigned int largest = below(m, 3) ? 1 + below(m, max(sizes, 3U) - 2) : sizes - 1;
	size_t count;

	size = below(m, 10) < 7 ? small : conf_pgsize(m->f, below(m, sizes));
	zone = min(space / 4, 4 * conf_pgsize(m->f, min(largest, sizes - 1)));
	zone = max(zone, small);
	offset = rnd64(m) & (zone - 1);
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
	/* Unmap returns a size_t, so the range must not be larger. */
	count = min_t(u64, count, min_t(u64, space - offset, SIZE_MAX) >> __ffs64(size));
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
	if (!is_free && m->f->claims->trusts_callers)
		return;
	ret = conf_map(m->f, r.iova, pa, r.size, r.count, prot, &mapped);
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
	for (i = 0; i < mapped >> __ffs64(r.size); i++)
		model_add(m, r.iova + i * r.size, pa + i * r.size, r.size, prot);
	model_check_around(m, r.iova, bytes);
}

/* Return: true if a leaf that contains @iova is no larger than @size, or can be split into @size */
static bool model_lets_go(struct model *m, u64 iova, u64 size)
{
	struct leaf leaf;
	u64 start;

	return !model_find(m, iova, &leaf, &start) || leaf.size <= size ||
	       conf_splits(m->f, leaf.size, size);
}

/*
 * Return: whether a page of @size at @iova can be unmapped, because there is a leaf entry, a part
 * of a larger leaf entry that can be split, or an empty table. If a page has several descriptors,
 * that must be true for all of them.
 */
static bool model_has(struct model *m, u64 iova, u64 size)
{
	unsigned int level;
	struct conf_result found;
	struct leaf leaf;
	u64 start, at, step;

	if (!m->f->claims->judge)
		return model_find(m, iova, &leaf, &start);
	if (!model_lets_go(m, iova, size))
		return false;
	level = conf_level_of(m->f, size);
	step = conf_entry_size(m->f, size);
	for (at = iova; at - iova < size; at += step) {
		if (!model_is_free(m, at, step))
			continue;
		found = conf_walk(m->f, at);
		if (found.fault != CONF_NOTHING || found.level <= level)
			return false;
	}
	return true;
}

/* Unmap of a contiguous group works descriptor by descriptor, up to the first invalid one. */
static u64 unmap_step(struct model *m, u64 size)
{
	return conf_is_group(m->f, size) ? conf_entry_size(m->f, size) : size;
}

static void random_unmap(struct model *m)
{
	struct run r = some_range(m);
	u64 start, want, step = unmap_step(m, r.size);
	struct leaf leaf;

	/* Unmap thousands of pages at once only now and then, since that takes long. */
	if (model_find(m, r.iova, &leaf, &start) &&
	    leaf.size >> __ffs64(r.size) > 600 && below(m, 16))
		return;

	for (want = 0; want < r.count * r.size; want += step)
		if (!model_has(m, r.iova + want, step))
			break;
	if (m->f->claims->trusts_callers)
		r.count = want >> __ffs64(r.size);
	if (!r.count)
		return;
	KUNIT_ASSERT_EQ(m->test, conf_unmap(m->f, r.iova, r.size, r.count), want);
	if (want)
		model_clear(m, r.iova, want);
	model_check_around(m, r.iova, r.count * r.size);
}

static void random_mistake(struct model *m)
{
	struct run r = some_range(m);
	u64 small = conf_pgsize(m->f, 0), pa = some_pa(m, &r);
	size_t mapped;

	if (m->f->claims->trusts_callers)
		return;
	KUNIT_ASSERT_EQ(m->test, conf_map(m->f, r.iova, small / 2, r.size, 1, PROT_RW,
					  &mapped), -EINVAL);
	KUNIT_ASSERT_EQ(m->test, conf_map(m->f, r.iova, BIT_ULL(m->f->cfg.oas) - r.size,
					  r.size, 2, PROT_RW, &mapped), -ERANGE);
	if (m->f->cfg.ias < BITS_PER_LONG)
		KUNIT_ASSERT_EQ(m->test, conf_map(m->f, r.iova ^ BIT_ULL(m->f->cfg.ias),
						  pa, r.size, 1, PROT_RW, &mapped), -ERANGE);
	KUNIT_ASSERT_EQ(m->test, conf_unmap(m->f, r.iova + 1, r.size, 1), 0);
	KUNIT_ASSERT_EQ(m->test, mapped, 0);
	model_check(m, r.iova);
}

/* Unmap each leaf, and check that the table is empty. */
static void model_empty(struct model *m)
{
	unsigned long index;
	struct leaf *leaf;
	u64 iova, size;

	xa_for_each(&m->leaves, index, leaf) {
		iova = m->base + ((u64)index << m->granule_bits);
		size = leaf->size;
		KUNIT_ASSERT_EQ(m->test, conf_unmap(m->f, iova, size, 1), size);
		model_remove(m, iova);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(m->test, m->n, 0);
	if (m->f->claims->judge)
		KUNIT_EXPECT_EQ(m->test, conf_count_leaves(m->f), 0);
}

static void model_free(void *data)
{
	struct model *m = data;
	unsigned long index;
	struct leaf *leaf;

	xa_for_each(&m->leaves, index, leaf)
		kfree(leaf);
	xa_destroy(&m->leaves);
}

static void random_sequence(struct kunit *test)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	unsigned int i, n = 0;
	u32 what;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->test = test;
	m->f = conf_fixture_alloc(test, test->param_value);
	/* Every other shape has a driver with a callback for ranges. */
	if (test->param_index % 2)
		conf_hear_ranges(m->f);
	KUNIT_ASSERT_EQ(test, conf_fixture_make(m->f), 0);
	m->base = conf_base(m->f);
	m->granule_bits = conf_granule_bits(m->f);
	xa_init(&m->leaves);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, model_free, m), 0);
	if (!seed)
		seed = get_random_u32();
	prandom_seed_state(&m->rnd, seed + test->param_index);
	while (m->f->claims->shapes[n].name)
		n++;
	n = DIV_ROUND_UP(operations, n);
	kunit_info(test, "%u random operations, seed %llu", n, seed);

	for (i = 0; i < n; i++) {
		what = below(m, 16);
		if (what < 8)
			random_map(m);
		else if (what < 15)
			random_unmap(m);
		else
			random_mistake(m);
		if (i % 2048 == 2047) {
			model_check_all(m);
			/* Keep the table from filling up, so that maps still succeed. */
			if (m->n > 5000)
				model_empty(m);
		}
		cond_resched();
	}
	model_check_all(m);
	model_empty(m);
}

const struct kunit_case conformance_random[] = {
	CONFORMANCE_SLOW_CASE(random_sequence, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_random);
