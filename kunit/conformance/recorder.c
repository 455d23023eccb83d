// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recorder of the conformance suites compares the tables with their last snapshot and judges
 * each change of a descriptor. That happens when memory is allocated and freed, when a TLB
 * invalidation is requested, and when the DMA API is called.
 *
 * The hardware is assumed to be as bad as allowed: it reads each descriptor as soon as that is
 * valid, and caches leaves and walks to tables until they are invalidated by address, and leaves
 * also by size. The rules are those of break-before-make (DDI0487 D8.16.1, DDI0406 B3.10.1).
 * A descriptor goes through these states:
 *
 *	invalid -- made --> valid -- broken --> held -- invalidated --> invalid
 *
 * No other change is allowed: a valid descriptor does not change, and a held descriptor is not made
 * valid. If a format's hardware is less strict, its judge says which bits may change. A table goes
 * through these states:
 *
 *	new -- linked --> reachable -- unlinked --> stale -- its walks invalidated --> new
 *
 * A stale table is neither freed nor linked elsewhere, and none of its descriptors is made valid,
 * since walks that the hardware has cached may read the table.
 */
#include <linux/math.h>
#include <linux/slab.h>

#include "recorder.h"

/**
 * enum conf_held - what a TLB may cache of a descriptor that is invalid now
 * @HELD_NOTHING: nothing, or the descriptor is valid
 * @HELD_LEAF: the leaf that the descriptor was
 * @HELD_WALK: the table descriptor that the descriptor was
 */
enum conf_held {
	HELD_NOTHING,
	HELD_LEAF,
	HELD_WALK,
};

static unsigned int num_descs(const struct conf_fixture *f, const struct conf_page *page)
{
	return page->size / f->claims->judge->desc_size;
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc)
{
	u64 table;

	return f->claims->judge->kind(f, level, desc, &table);
}

/* If several descriptors are one leaf entry, all or none of them are present. */
static void judge_neighbours(struct conf_fixture *f, struct conf_page *page, unsigned int i)
{
	const struct conf_judge *judge = f->claims->judge;
	u64 desc, next;

	if (!judge->can_be_neighbours || i + 1 >= num_descs(f, page))
		return;
	desc = conf_read_desc(f, conf_view(page), i);
	next = conf_read_desc(f, conf_view(page), i + 1);
	if (!judge->can_be_neighbours(f, page->level, i, desc, next))
		KUNIT_FAIL(f->test, "descriptors cannot be adjacent: %#llx, %#llx", desc, next);
}

static void judge_change(struct conf_fixture *f, struct conf_page *page,
			 unsigned int i, u64 old, u64 new)
{
	const struct conf_judge *judge = f->claims->judge;
	u64 may_change = judge->may_change ? judge->may_change(f) : 0;
	enum conf_kind was = kind(f, page->level, old), is = kind(f, page->level, new);

	if (was != CONF_INVALID && is != CONF_INVALID) {
		KUNIT_EXPECT_EQ_MSG(f->test, (old ^ new) & ~may_change, 0,
				    "live descriptor changed: %#llx, %#llx", old, new);
	} else if (was != CONF_INVALID) {
		page->held[i] = was == CONF_TABLE ? HELD_WALK : HELD_LEAF;
	} else if (is != CONF_INVALID) {
		KUNIT_EXPECT_EQ_MSG(f->test, page->held[i], HELD_NOTHING,
				    "made before the break was flushed: %#llx", new);
		KUNIT_EXPECT_TRUE_MSG(f->test, page->reachable,
				      "made where a stale walk may lead to: %#llx", new);
	}
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

/* Return: whether the table has changed */
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
		if (desc != old && page->known)
			judge_change(f, page, i, old, desc);
		write_snapshot(f, page, i, desc);
	}
	return true;
}

static void link_page(struct conf_fixture *f, struct conf_page *page, u64 base,
		      unsigned int level)
{
	if (page->known && (page->base != base || page->level != level))
		KUNIT_FAIL(f->test, "linked again while a stale walk may lead to it: %#llx",
			   page->pa);
	page->base = base;
	page->level = level;
	page->known = true;
	page->reachable = true;
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
			link_page(f, child, page->base + ((u64)i << shift),
				  page->level + 1);
		else
			KUNIT_FAIL(f->test, "descriptor points to no table: %#llx", desc);
	}
}

/*
 * Mark the n-th root as reachable. If several roots are adjacent in one allocation, only the first
 * of them needs that.
 */
static void link_root(struct conf_fixture *f, u64 pa, unsigned int n)
{
	unsigned int level = f->claims->judge->start_level(f);
	struct conf_page *page = conf_find_page(f, pa);
	u64 space;

	if (!page || page->pa != pa)
		return;
	space = (u64)num_descs(f, page) << f->claims->judge->shift(f, level);
	link_page(f, page, conf_base(f) + n * space, level);
}

/* Find the tables that the walker can reach from the roots. */
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
 * Return: the number of descriptors of leaf entries in all tables that the walker can reach. There
 * must be no other tables.
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
			KUNIT_FAIL(f->test, "the walker cannot reach a table");
	}
	return n;
}
EXPORT_SYMBOL_GPL(conf_count_leaves);

/* Judge the changes of all tables since the last call. */
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
	page->held = kzalloc(page->size / 4, gfp);
	return page->snapshot && page->held;
}

static void remove_page(struct conf_fixture *f, struct conf_page *page)
{
	if (!f->ops)
		return;
	KUNIT_EXPECT_FALSE_MSG(f->test, page->reachable,
			       "freed while the walker can reach it");
	KUNIT_EXPECT_FALSE_MSG(f->test, page->known, "freed before it was invalidated");
}

static const struct conf_watcher recorder = {
	.look	= conf_look,
	.add	= add_page,
	.remove	= remove_page,
};

/* Start to record. Without a judge, nothing is recorded. */
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

/* The TLB no longer caches leaves in a range, nor walks if @walks. */
static void forget(struct conf_fixture *f, struct conf_page *page, u64 start, u64 last,
		   bool walks)
{
	unsigned int shift = f->claims->judge->shift(f, page->level);
	u64 mask = BIT_ULL(shift) - 1, i = 0, end;

	if (last < page->base)
		return;
	last -= page->base;
	if (start > page->base)
		i = (start - page->base + mask) >> shift;
	end = min_t(u64, num_descs(f, page), (last >> shift) + ((last & mask) == mask));
	for (; i < end; i++)
		if (walks || page->held[i] == HELD_LEAF)
			page->held[i] = HELD_NOTHING;
}

static bool is_within(struct conf_fixture *f, const struct conf_page *page, u64 start,
		      u64 last)
{
	u64 size = (u64)num_descs(f, page) << f->claims->judge->shift(f, page->level);

	return page->base >= start && page->base + (size - 1) <= last;
}

/*
 * The TLB invalidates leaves and walks in a range, by one command for each @granule bytes. Leaves
 * smaller than @granule may be cached afterwards, since not each of them gets a command.
 */
void conf_invalidate_walk(struct conf_fixture *f, u64 start, u64 last, size_t granule)
{
	struct conf_page *page;
	unsigned long index;
	unsigned int level;

	/* While the table is freed, the registers may not be valid. */
	if (!f->ops)
		return;
	level = conf_level_of(f, granule);
	xa_for_each(&f->pages, index, page) {
		if (!page->known || page->level > level)
			continue;
		forget(f, page, start, last, true);
		if (!page->reachable && is_within(f, page, start, last))
			page->known = false;
	}
}

/*
 * At the end of a call, the driver carries out the invalidations that were requested since the last
 * time. Each invalidates leaves of the size in the request, as an SMMU does by the level in its
 * command. If the caller wanted no requests, the driver invalidates all leaves.
 */
void conf_sync(struct conf_fixture *f)
{
	const struct conf_flush *flush;
	struct conf_page *page;
	unsigned long index;

	if (!f->watch || !f->ops)
		return;
	conf_look(f);
	xa_for_each(&f->pages, index, page) {
		if (!page->known)
			continue;
		if (f->caller_flushes)
			forget(f, page, 0, U64_MAX, false);
		for (flush = f->flush; flush != f->flush + f->n_flush; flush++)
			if (!flush->walk && conf_level_of(f, flush->granule) == page->level)
				forget(f, page, flush->start, flush->last, false);
	}
	f->caller_flushes = false;
}
