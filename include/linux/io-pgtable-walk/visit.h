/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading tables: one address, or all leaves and holes of a range.
 */
#ifndef __IO_PGTABLE_WALK_VISIT_H
#define __IO_PGTABLE_WALK_VISIT_H

#include <linux/io-pgtable-walk/unmap.h>

/* The output address of @iova in a leaf. A repeated descriptor covers its whole group. */
static __always_inline u64 walk_output(const struct walk *w, walk_desc desc, unsigned long iova)
{
	bool page = walk_at_page(w);
	unsigned int shift = w->shift;

	if (walk_repeats(fmt_is_group(desc, page)))
		shift += walk_group_bits(w);
	return fmt_leaf_addr(w->kind, desc, page) | (iova & (BIT_ULL(shift) - 1));
}

static __always_inline phys_addr_t walk_translate(const struct walk_tables *t, unsigned long iova,
						  struct walk_kind kind)
{
	struct walk w = walk_root(t, iova, kind);
	walk_desc desc;

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return 0;
	desc = walk_to_leaf(t, &w, iova, false);
	return desc ? walk_output(&w, desc, iova) : 0;
}

/**
 * struct walk_entry - a leaf or a hole in a range
 * @w: position of its descriptor
 * @desc: the descriptor; 0 if nothing is mapped there
 * @first: the first input address that the descriptor translates
 * @last: the last input address that the descriptor translates
 * @to: log2 of the size of the smallest entry to look at
 */
struct walk_entry {
	struct walk	w;
	walk_desc	desc;
	unsigned long	first;
	unsigned long	last;
	unsigned int	to;
};

/* Find the entry for @iova, starting at @e->w */
static void walk_look(struct walk_entry *e, unsigned long iova)
{
	unsigned long offset;

	e->desc = walk_down(&e->w, iova, e->to, NULL);
	offset = e->w.shift < BITS_PER_LONG ? BIT(e->w.shift) - 1 : ULONG_MAX;
	e->first = iova & ~offset;
	e->last = iova | offset;
}

/* Start an iteration at @iova that does not descend below entries of BIT(@to) bytes. */
static void walk_first_entry(const struct walk_tables *t, struct walk_entry *e, unsigned long iova,
			     unsigned int to)
{
	e->w = walk_from(t, iova);
	e->to = to;
	walk_look(e, iova);
}

/* Advance to the next entry. Return: false if this entry contains the last address of the range. */
static bool walk_next_entry(const struct walk_tables *t, struct walk_entry *e, unsigned long last)
{
	if (e->last >= last)
		return false;
	if (walk_room(&e->w) > 1)
		e->w.descp++;
	else
		e->w = walk_from(t, e->last + 1);
	walk_look(e, e->last + 1);
	return true;
}

/* Return the descriptors on the walk to @iova: &io_pgtable_ops.pgtable_walk. */
static int __maybe_unused walk_show(struct io_pgtable_ops *ops, unsigned long iova, void *data)
{
	struct arm_lpae_io_pgtable_walk_data *trail = data;
	struct walk_tables *t = walk_from_ops(ops);
	struct walk w = walk_from(t, iova);

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return -EINVAL;
	if (!walk_down(&w, iova, w.kind.page_shift, (walk_desc *)trail->ptes + t->geo.start_level))
		return -EINVAL;
	return 0;
}

/*
 * Dirty state
 */

/* Uses cmpxchg, since the walker may set the dirty state at any time. */
static void walk_make_clean(const struct walk_tables *t, walk_desc *descp, walk_desc desc)
{
	walk_desc seen;

	while ((seen = walk_cmpxchg(descp, desc, (desc & ~fmt.dirty_mask) | fmt.clean)) != desc)
		desc = seen;
	walk_sync(t, descp, 1);
}

/*
 * A leaf that extends beyond the range is reported for the part inside the range, and stays
 * dirty: clearing its state would lose the report of a write outside the range. A TLB that caches
 * a leaf as dirty does not record later writes in memory, so the driver gathers the leaves that
 * were cleaned.
 */
static int walk_dirty(struct walk_tables *t, unsigned long iova, unsigned long last,
		      unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	unsigned long from = iova, size;
	struct walk_entry e;

	walk_first_entry(t, &e, iova, t->geo.kind.page_shift);
	do {
		if (!e.desc)
			return -EINVAL;
		if ((e.desc & fmt.dirty_mask) != fmt.dirty)
			continue;
		iova = max(e.first, from);
		iommu_dirty_bitmap_record(dirty, iova, min(e.last, last) - iova + 1);
		if ((flags & IOMMU_DIRTY_NO_CLEAR) || e.first < from || e.last > last)
			continue;
		size = BIT(e.w.shift);
		walk_make_clean(t, e.w.descp, e.desc);
		walk_tell(t, e.first, size, e.w.shift, dirty->gather);
	} while (walk_next_entry(t, &e, last));
	return 0;
}

static int __maybe_unused walk_read_and_clear_dirty(struct io_pgtable_ops *ops, unsigned long iova,
						    size_t size, unsigned long flags,
						    struct iommu_dirty_bitmap *dirty)
{
	struct walk_tables *t = walk_from_ops(ops);

	if (!fmt.dirty_mask || !size || !range_iova_is_valid(&t->limits, iova, size))
		return -EINVAL;
	return walk_dirty(t, iova, iova + size - 1, flags, dirty);
}

/* &range_levels.is_hole */
static bool walk_is_hole(struct io_pgtable_ops *ops, unsigned long iova, unsigned int *shift)
{
	const struct walk_tables *t = walk_from_ops(ops);
	struct walk w;
	walk_desc desc = walk_to(t, &w, iova, walk_block_shift(t->geo.kind));

	*shift = w.shift;
	return !desc;
}

/* Count the tables that a map of the smallest pages must allocate: &io_pgtable_ops.count_tables. */
static long walk_count_tables(struct io_pgtable_ops *ops, unsigned long iova, size_t size)
{
	const struct walk_tables *t = walk_from_ops(ops);

	return io_pgtable_count_missing(ops, &(struct range_levels){
		.root_shift = t->root_shift, .page_shift = t->geo.kind.page_shift,
		.index_bits = fmt_index_bits(t->geo.kind), .is_hole = walk_is_hole,
	}, &t->limits, iova, size);
}

#endif /* __IO_PGTABLE_WALK_VISIT_H */
