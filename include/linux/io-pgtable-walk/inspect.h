/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading tables for debugfs: &struct io_pgtable_inspect. Each call of look walks from the root,
 * and holds the lock under which tables are freed while a reader is active. So no table on the
 * walk is freed during the call, and tables need not be kept longer.
 */
#ifndef __IO_PGTABLE_WALK_INSPECT_H
#define __IO_PGTABLE_WALK_INSPECT_H

#include <linux/io-pgtable-inspect.h>
#include <linux/seq_buf.h>

#include <linux/io-pgtable-walk/visit.h>

/* The maximum number of descriptors to read with interrupts disabled */
#define WALK_LOOK_MAX	512

/* Add a step to @view, for the table of the walk's position */
static void walk_see_step(const struct walk_tables *t, const struct walk *w, unsigned int level,
			  walk_desc desc, struct io_pgtable_view *view)
{
	bool root = level == t->geo.start_level;
	unsigned int entries = root ? t->geo.root_entries : walk_table_entries(t);
	walk_desc *table = root ? t->root : PTR_ALIGN_DOWN(w->descp, entries * sizeof(desc));

	view->step[view->steps++] = (struct io_pgtable_step){
		.level	 = level,
		.table	 = virt_to_phys(table),
		.index	 = w->descp - table,
		.entries = entries,
		.size	 = entries * sizeof(desc),
		.shift	 = w->shift,
		.desc	 = desc,
	};
}

static enum io_pgtable_seen walk_what_is(const struct walk *w, walk_desc desc)
{
	if (!desc)
		return IO_PGTABLE_SEEN_HOLE;
	return !walk_at_page(w) && walk_is_table(desc) ? IO_PGTABLE_SEEN_TABLE :
							 IO_PGTABLE_SEEN_LEAF;
}

/* A leaf without its address */
static walk_desc walk_attrs_of(const struct walk *w, walk_desc desc)
{
	u64 addr = fmt_leaf_addr(w->kind, desc, walk_at_page(w));

	return desc ^ fmt_addr_to_desc(w->kind, addr);
}

/* Whether the descriptor @i places after the walk's position continues what @view describes */
static bool walk_is_alike(const struct walk *w, unsigned int i, const struct io_pgtable_view *view)
{
	walk_desc desc = READ_ONCE(w->descp[i]);
	u64 offset = (u64)i << w->shift;

	if (walk_what_is(w, desc) != view->seen)
		return false;
	return view->seen != IO_PGTABLE_SEEN_LEAF ||
	       (walk_attrs_of(w, desc) == view->attrs &&
		walk_output(w, desc, view->first + offset) == view->paddr + offset);
}

static void walk_describe(const struct walk_tables *t, const struct walk *w, walk_desc desc,
			  struct io_pgtable_view *view)
{
	bool group = fmt.groups && fmt_is_group(desc, walk_at_page(w));

	view->paddr = walk_output(w, desc, view->first);
	view->attrs = walk_attrs_of(w, desc);
	view->shift = w->shift + (walk_repeats(group) ? walk_group_bits(w) : 0);
	view->group = group && !walk_repeats(group) ? walk_group_bits(w) : 0;

	fmt_describe(w->kind, &t->iop.cfg, desc, walk_at_page(w), &view->leaf);
	if (fmt.dirty_mask && walk_is_dirty(desc))
		io_pgtable_leaf_say(&view->leaf, "dirty");
	if (fmt.dirty_mask && (desc & fmt.dirty_mask) == fmt.clean)
		io_pgtable_leaf_say(&view->leaf, "clean");
	if (view->group)
		io_pgtable_leaf_say(&view->leaf, "contiguous");
	if (!(desc & fmt.valid))
		io_pgtable_leaf_say(&view->leaf, "broken");
}

static void walk_see(const struct walk_tables *t, unsigned long iova, unsigned int to,
		     struct io_pgtable_view *view)
{
	struct walk w = walk_from(t, iova);
	unsigned int level = t->geo.start_level, n = 1, left;
	walk_desc desc;

	for (;;) {
		desc = READ_ONCE(*w.descp);
		walk_see_step(t, &w, level, desc, view);
		if (level >= to || walk_what_is(&w, desc) != IO_PGTABLE_SEEN_TABLE)
			break;
		walk_enter(&w, iova, desc, walk_next_shift(&w));
		level++;
	}
	view->seen = walk_what_is(&w, desc);
	view->first = w.shift < BITS_PER_LONG ? iova & ~(BIT(w.shift) - 1) : 0;
	if (view->seen == IO_PGTABLE_SEEN_LEAF)
		walk_describe(t, &w, desc, view);

	left = view->step[view->steps - 1].entries - view->step[view->steps - 1].index;
	while (n < min(left, WALK_LOOK_MAX) && walk_is_alike(&w, n, view))
		n++;
	/* On 32-bit, the end of a table may be beyond the largest unsigned long. */
	view->last = min_t(u64, view->first + ((u64)n << w.shift) - 1, ULONG_MAX);
}

/* Describe what is at @iova: &io_pgtable_inspect.look. */
static void __maybe_unused walk_look_at(struct io_pgtable *iop, unsigned long iova,
					unsigned int level, struct io_pgtable_view *view)
{
	struct walk_tables *t = walk_from_iop(iop);
	unsigned long flags;

	*view = (struct io_pgtable_view){};
	spin_lock_irqsave(&t->pool.lock, flags);
	walk_see(t, iova, level, view);
	spin_unlock_irqrestore(&t->pool.lock, flags);
}

static void __maybe_unused walk_hold(struct io_pgtable *iop, bool hold)
{
	io_pgtable_pool_hold(&walk_from_iop(iop)->pool, hold);
}

#ifdef CONFIG_IOMMU_IO_PGTABLE_TABLES
static const struct io_pgtable_inspect walk_inspect = {
	.look		= walk_look_at,
	.registers	= fmt_say_registers,
	.hold		= walk_hold,
};

#define WALK_INSPECT	(&walk_inspect)
#else
#define WALK_INSPECT	NULL
#endif

#endif /* __IO_PGTABLE_WALK_INSPECT_H */
