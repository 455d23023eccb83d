// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recorder of the conformance suites: every change of a descriptor between two
 * looks at the tables. It looks when memory is allocated and freed, when the TLB is
 * asked for something, and when the DMA API is.
 *
 * The rules are those of break-before-make (DDI0487 D8.16.1, DDI0406 B3.10.1): what
 * is live changes only through invalid and an invalidation. A format whose hardware
 * is less strict has a judge that says which bits may change.
 */
#include <linux/bitmap.h>
#include <linux/math.h>
#include <linux/slab.h>

#include "recorder.h"

static unsigned int num_descs(const struct conf_fixture *f, const struct conf_page *page)
{
	return page->size / f->claims->judge->desc_size;
}

static bool is_valid(struct conf_fixture *f, unsigned int level, u64 desc)
{
	u64 table;

	return f->claims->judge->kind(f, level, desc, &table) != CONF_INVALID;
}

/* Several that are one entry are all there or none is. */
static void judge_neighbours(struct conf_fixture *f, struct conf_page *page, unsigned int i)
{
	const struct conf_judge *judge = f->claims->judge;
	u64 desc, next;

	if (!judge->can_be_neighbours || i + 1 >= num_descs(f, page))
		return;
	desc = conf_read_desc(f, conf_view(page), i);
	next = conf_read_desc(f, conf_view(page), i + 1);
	if (!judge->can_be_neighbours(f, page->level, i, desc, next))
		KUNIT_FAIL(f->test, "%#llx beside %#llx", desc, next);
}

static void judge_change(struct conf_fixture *f, struct conf_page *page,
			 unsigned int i, u64 old, u64 new)
{
	const struct conf_judge *judge = f->claims->judge;
	u64 may_change = judge->may_change ? judge->may_change(f) : 0;
	bool was_valid = is_valid(f, page->level, old);
	bool now_valid = is_valid(f, page->level, new);

	if (was_valid && now_valid)
		KUNIT_EXPECT_EQ_MSG(f->test, (old ^ new) & ~may_change, 0,
				    "live descriptor changed: %#llx, %#llx", old, new);
	else if (was_valid)
		__set_bit(i, page->unflushed);
	else if (now_valid)
		KUNIT_EXPECT_FALSE_MSG(f->test, test_bit(i, page->unflushed),
				       "made before the break was flushed: %#llx", new);
	judge_neighbours(f, page, i);
	if (i)
		judge_neighbours(f, page, i - 1);
}

static void write_snapshot(struct conf_fixture *f, struct conf_page *page,
			   unsigned int i, u64 desc)
{
	if (f->claims->judge->desc_size == 4)
		((u32 *)page->snapshot)[i] = desc;
	else
		((u64 *)page->snapshot)[i] = desc;
}

/* Return: whether there is anything new. */
static bool look_at_page(struct conf_fixture *f, struct conf_page *page)
{
	void *view = conf_view(page);
	unsigned int i;
	u64 old, desc;

	if (!page->snapshot || !memcmp(page->snapshot, view, page->size))
		return false;
	for (i = 0; i < num_descs(f, page); i++) {
		desc = conf_read_desc(f, view, i);
		old = conf_read_desc(f, page->snapshot, i);
		if (desc != old && page->linked)
			judge_change(f, page, i, old, desc);
		write_snapshot(f, page, i, desc);
	}
	return true;
}

static void link_page(struct conf_page *page, u64 base, unsigned int level)
{
	page->base = base;
	page->level = level;
	page->linked = true;
	page->reachable = true;
	page->flushed = false;
}

static void link_children(struct conf_fixture *f, struct conf_page *page)
{
	unsigned int i, shift = f->claims->judge->shift(f, page->level);
	struct conf_page *child;
	u64 desc, pa;

	for (i = 0; i < num_descs(f, page); i++) {
		desc = conf_read_desc(f, conf_view(page), i);
		if (f->claims->judge->kind(f, page->level, desc, &pa) != CONF_TABLE)
			continue;
		child = conf_find_page(f, pa);
		if (child && child->pa == pa)
			link_page(child, page->base + ((u64)i << shift),
				  page->level + 1);
		else
			KUNIT_FAIL(f->test, "%#llx points to no table", desc);
	}
}

/* The n-th root, unless it goes on where another one ends: these are one then. */
static void link_root(struct conf_fixture *f, u64 pa, unsigned int n)
{
	unsigned int level = f->claims->judge->start_level(f);
	struct conf_page *page = conf_find_page(f, pa);
	u64 space;

	if (!page || page->pa != pa)
		return;
	space = (u64)num_descs(f, page) << f->claims->judge->shift(f, level);
	link_page(page, conf_base(f) + n * space, level);
}

/* Which tables can the walker get to? */
static void find_reachable(struct conf_fixture *f)
{
	const struct conf_judge *judge = f->claims->judge;
	unsigned int level = judge->start_level(f);
	struct conf_page *page;
	unsigned long index;
	unsigned int n;

	xa_for_each(&f->pages, index, page)
		page->reachable = false;
	link_root(f, judge->root(f), 0);
	for (n = 1; judge->next_root && judge->next_root(f, n); n++)
		link_root(f, judge->next_root(f, n), n);
	for (; level < judge->last_level; level++)
		xa_for_each(&f->pages, index, page)
			if (page->reachable && page->level == level)
				link_children(f, page);
}

static size_t count_in_page(struct conf_fixture *f, struct conf_page *page)
{
	unsigned int i;
	size_t n = 0;
	u64 desc, pa;

	for (i = 0; i < num_descs(f, page); i++) {
		desc = conf_read_desc(f, conf_view(page), i);
		n += f->claims->judge->kind(f, page->level, desc, &pa) == CONF_LEAF;
	}
	return n;
}

/*
 * How many descriptors of leaf entries are there, in all tables that can be reached?
 * There are no others.
 */
size_t conf_count_leaves(struct conf_fixture *f)
{
	struct conf_page *page;
	unsigned long index;
	size_t n = 0;

	find_reachable(f);
	xa_for_each(&f->pages, index, page) {
		if (page->reachable)
			n += count_in_page(f, page);
		else
			KUNIT_FAIL(f->test, "a table that nobody can reach");
	}
	return n;
}
EXPORT_SYMBOL_GPL(conf_count_leaves);

/* Look at the tables, and at what has become of them since the last time. */
void conf_look(struct conf_fixture *f)
{
	struct conf_page *page;
	unsigned long index;
	bool news = false;

	if (!f->watch || !f->ops)
		return;
	xa_for_each(&f->pages, index, page)
		news |= look_at_page(f, page);
	if (news)
		find_reachable(f);
}

static bool add_page(struct conf_page *page, gfp_t gfp)
{
	page->snapshot = kzalloc(page->size, gfp);
	page->unflushed = bitmap_zalloc(page->size / 4, gfp);
	return page->snapshot && page->unflushed;
}

static void remove_page(struct conf_fixture *f, struct conf_page *page)
{
	if (!f->ops)
		return;
	KUNIT_EXPECT_FALSE_MSG(f->test, page->reachable,
			       "freed while the walker can reach it");
	KUNIT_EXPECT_TRUE_MSG(f->test, !page->linked || page->flushed,
			      "freed before it was invalidated");
}

static const struct conf_watcher recorder = {
	.look	= conf_look,
	.add	= add_page,
	.remove	= remove_page,
};

/* From now on look at every chance. Without a judge there is nothing to see. */
void conf_watch(struct conf_fixture *f)
{
	struct conf_page *page;
	unsigned long index;

	if (!f->claims->judge || !conf_sees_tables(f))
		return;
	xa_for_each(&f->pages, index, page) {
		KUNIT_ASSERT_TRUE(f->test, add_page(page, GFP_KERNEL));
		memcpy(page->snapshot, conf_view(page), page->size);
	}
	f->watch = &recorder;
	find_reachable(f);
}
EXPORT_SYMBOL_GPL(conf_watch);

/* The TLB forgets a range; table descriptors in it too if @walk. */
void conf_invalidate(struct conf_fixture *f, u64 start, u64 last, bool walk)
{
	struct conf_page *page;
	unsigned long index;
	unsigned int i, shift;
	u64 from;

	xa_for_each(&f->pages, index, page) {
		if (!page->linked || !page->unflushed)
			continue;
		shift = f->claims->judge->shift(f, page->level);
		for_each_set_bit(i, page->unflushed, num_descs(f, page)) {
			from = page->base + ((u64)i << shift);
			if (from >= start && from + (BIT_ULL(shift) - 1) <= last)
				__clear_bit(i, page->unflushed);
		}
		if (walk && !page->reachable && page->base >= start &&
		    page->base + ((u64)num_descs(f, page) << shift) - 1 <= last)
			page->flushed = true;
	}
}
