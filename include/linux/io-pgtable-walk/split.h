/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split: replace a block or a group by descriptors of its parts, so that some parts can be
 * unmapped.
 *
 * Break before make (DDI0487 D8.16.1, DDI0406 B3.10.1): a TLB must not cache the whole and one of
 * its parts at the same time. So the whole is made invalid and is invalidated in TLBs before its
 * parts become valid. A broken descriptor loses its valid bits only, so that other CPUs can still
 * translate with it.
 *
 * DMA to the whole faults between break and make. So memory for the parts is allocated and
 * written before the break, and the lock prevents preemption between break and make. See
 * range_breaks_before_make() for when the break is omitted.
 */
#ifndef __IO_PGTABLE_WALK_SPLIT_H
#define __IO_PGTABLE_WALK_SPLIT_H

#include <linux/io-pgtable-walk/map.h>

/*
 * Replace the block at @w, which translates @iova, by the table descriptor @new. Return: whether
 * this succeeded. It fails if the walker has marked the block dirty since @block was read, or if
 * another CPU has replaced the block.
 */
static bool walk_replace_block(struct walk_tables *t, const struct walk *w, walk_desc block,
			       walk_desc new, unsigned long iova)
{
	size_t size = BIT(w->shift);
	bool breaks = range_breaks_before_make(&t->iop.cfg);
	walk_desc broken = block & ~fmt.valid, seen;

	seen = breaks ? walk_cmpxchg(w->descp, block, broken) :
			walk_install_table(t, w->descp, block, new);
	if (seen != block)
		return false;
	if (breaks)
		walk_sync(t, w->descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, ALIGN_DOWN(iova, size), size, size);
	return !breaks || walk_install_table(t, w->descp, broken, new) == broken;
}

/* Return: true if the caller must read the descriptor again; false without memory. */
static noinline bool walk_split_block(struct walk_tables *t, const struct walk *w, walk_desc block,
				      unsigned long iova, bool group)
{
	struct walk parts = { .kind = w->kind, .linear = w->linear };
	bool page = walk_next_shift(w) == w->kind.page_shift, replaced;
	walk_desc *table = walk_alloc_table(t, GFP_ATOMIC), attrs, new;
	size_t n = walk_table_entries(t);
	unsigned long flags;

	if (!table)
		return false;

	new = walk_table_desc(t, table);
	walk_enter(&parts, 0, new, walk_next_shift(w));
	attrs = fmt_split_attrs(w->kind, block, page);
	if (walk_repeats(group))
		attrs = fmt_group_attrs(attrs, page);
	walk_write(&parts, n, fmt_leaf_addr(w->kind, block, false), attrs, group);
	walk_sync(t, table, n);

	spin_lock_irqsave(&t->split_lock, flags);
	replaced = walk_replace_block(t, w, block, new, iova);
	spin_unlock_irqrestore(&t->split_lock, flags);

	if (!replaced)
		walk_free_table(t, table);
	return true;
}

/*
 * Break the @n descriptors of a group, or with @make turn them into single leaves. Another CPU
 * may clear those that it unmaps, even before it notices that they are a group: cleared
 * descriptors stay clear.
 */
static void walk_change_group(const struct walk_tables *t, const struct walk *w, unsigned int n,
			      bool make)
{
	walk_desc step = fmt.groups == WALK_GROUPS_REPEAT ? fmt_step(w->kind, w->shift) : 0;
	walk_desc desc, seen, new;
	unsigned int i;

	for (i = 0; i < n; i++) {
		for (desc = READ_ONCE(w->descp[i]); desc; desc = seen) {
			new = make ? fmt_ungroup(w->kind, desc, walk_at_page(w)) + i * step :
				     desc & ~fmt.valid;
			seen = walk_cmpxchg(&w->descp[i], desc, new);
			if (seen == desc)
				break;
		}
	}
	walk_sync(t, w->descp, n);
}

/*
 * Turn the @n descriptors of the group at @w, whose first input address is @iova, into single
 * leaves.
 */
static void walk_replace_group(struct walk_tables *t, const struct walk *w, unsigned int n,
			       unsigned long iova)
{
	size_t size = (size_t)n << w->shift;
	size_t granule = fmt.groups == WALK_GROUPS_REPEAT ? size : BIT(w->shift);

	if (!range_breaks_before_make(&t->iop.cfg)) {
		walk_change_group(t, w, n, true);
		io_pgtable_tlb_flush_walk(&t->iop, iova, size, granule);
		return;
	}

	walk_change_group(t, w, n, false);
	io_pgtable_tlb_flush_walk(&t->iop, iova, size, granule);
	/* Orders the break before the make, for the walker. */
	dma_wmb();
	walk_change_group(t, w, n, true);
}

/* Split the group that @descp is part of. @descp translates @iova and BIT(@shift) bytes. */
static noinline void walk_split_group(struct walk_tables *t, walk_desc *descp,
				      unsigned long iova, unsigned int shift)
{
	struct walk w = { .shift = shift, .kind = t->geo.kind };
	unsigned int n = BIT(walk_group_bits(&w));
	unsigned long flags;

	w.descp = PTR_ALIGN_DOWN(descp, n * sizeof(*descp));
	spin_lock_irqsave(&t->split_lock, flags);
	/* Another CPU may have split the group. Only our own descriptor cannot be clear. */
	if (fmt_is_group(READ_ONCE(*descp), walk_at_page(&w)))
		walk_replace_group(t, &w, n, ALIGN_DOWN(iova, (size_t)n << shift));
	spin_unlock_irqrestore(&t->split_lock, flags);
}

/*
 * Descend for @iova to where a descriptor translates BIT(@to) bytes, and split larger leaves on
 * the walk: into groups, if @group is set. Return: false if nothing is mapped there, if the
 * format does not split leaves, or if there is no memory for a split.
 */
static bool walk_split(struct walk_tables *t, struct walk *w, unsigned long iova,
		       unsigned int to, bool group)
{
	walk_desc desc;

	for (;;) {
		desc = walk_to(t, w, iova, to);
		if (w->shift == to)
			return true;
		if (!desc || !fmt.splits)
			return false;
		if (fmt.groups && fmt_is_group(desc, false))
			walk_split_group(t, w->descp, iova, w->shift);
		else if (!walk_split_block(t, w, desc, iova, group))
			return false;
	}
}

#endif /* __IO_PGTABLE_WALK_SPLIT_H */
