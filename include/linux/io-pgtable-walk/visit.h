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

/**
 * struct walk_query - a query of the dirty state of a range
 * @from: the first input address
 * @last: the last input address
 * @clears: whether dirty leaves become clean
 * @dirty: where dirty leaves are recorded
 */
struct walk_query {
	unsigned long from;
	unsigned long last;
	bool clears;
	struct iommu_dirty_bitmap *dirty;
};

static __always_inline bool walk_is_dirty(walk_desc desc)
{
	return (desc & fmt.dirty_mask) == fmt.dirty;
}

/* The walker may change other bits at any time. */
static __always_inline void walk_make_clean(walk_desc *descp)
{
	if (fmt.clean & ~fmt.dirty)
		walk_set_bits(descp, fmt.clean & ~fmt.dirty);
	if (fmt.dirty & ~fmt.clean)
		walk_clear_bits(descp, fmt.dirty & ~fmt.clean);
}

/*
 * Record a run of dirty leaves, which the caller has made clean unless the query does not clear.
 *
 * A TLB that caches a leaf as dirty does not record later writes in memory, so the driver gathers
 * the cleaned leaves. iommu_dirty_bitmap_record() adds the leaves to the range of the gather
 * structure. If the driver gathers leaves of the same size, no call is left to do.
 */
static __always_inline void walk_report_dirty(struct walk_tables *t, const struct walk_query *q,
					      struct walk_run run, unsigned long iova)
{
	struct iommu_iotlb_gather *gather = q->dirty->gather;
	size_t size = (size_t)run.n << run.shift;

	iommu_dirty_bitmap_record(q->dirty, iova, size);
	if (!q->clears)
		return;
	walk_sync(t, run.descs, run.n);
	if (!gather || gather->pgsize != BIT(run.shift))
		walk_tell(t, iova, size, run.shift, gather);
}

/*
 * A leaf that extends beyond the range is reported for the part inside the range, and stays
 * dirty: clearing its state would lose the report of a write outside the range.
 */
static void walk_query_part(const struct walk_query *q, const struct walk_entry *e)
{
	unsigned long first = max(e->first, q->from);

	if (walk_is_dirty(e->desc))
		iommu_dirty_bitmap_record(q->dirty, first, min(e->last, q->last) - first + 1);
}

/*
 * Report @n leaves of one table, from @e on. Stop at a descriptor of another kind: a table, a clear
 * descriptor, the start or the end of a group. Return: the number of leaves.
 */
static size_t walk_query_leaves(struct walk_tables *t, const struct walk_query *q,
				const struct walk_entry *e, size_t n)
{
	struct walk_leaves l = fmt_leaves(walk_at_page(&e->w), false);
	walk_desc kinds = l.some | l.none, kind = e->desc & kinds, desc;
	walk_desc *d = e->w.descp, *end = d + n, *first;

	for (desc = e->desc; (desc & kinds) == kind; desc = READ_ONCE(*d)) {
		first = d++;
		if (walk_is_dirty(desc)) {
			if (q->clears)
				walk_make_clean(first);
			for (; d < end; d++) {
				desc = READ_ONCE(*d);
				if ((desc & (kinds | fmt.dirty_mask)) != (kind | fmt.dirty))
					break;
				if (q->clears)
					walk_make_clean(d);
			}
			walk_report_dirty(t, q, (struct walk_run){ first, d - first, e->w.shift },
					  e->first + ((first - e->w.descp) << e->w.shift));
		}
		if (d == end)
			break;
	}
	return d - e->w.descp;
}

/* Return: the number of leaves reported */
static size_t walk_query_entry(struct walk_tables *t, const struct walk_query *q,
			       const struct walk_entry *e)
{
	size_t n = min(walk_room(&e->w), ((q->last - e->last) >> e->w.shift) + 1);

	if (e->first >= q->from && e->last <= q->last)
		return walk_query_leaves(t, q, e, n);
	walk_query_part(q, e);
	return 1;
}

static int __maybe_unused walk_read_and_clear_dirty(struct io_pgtable_ops *ops, unsigned long iova,
						    size_t size, unsigned long flags,
						    struct iommu_dirty_bitmap *dirty)
{
	struct walk_query q = { iova, iova + size - 1, !(flags & IOMMU_DIRTY_NO_CLEAR), dirty };
	struct walk_tables *t = walk_from_ops(ops);
	struct walk_entry e;
	size_t n;

	if (!fmt.dirty_mask || !size || !range_iova_is_valid(&t->limits, iova, size))
		return -EINVAL;
	walk_first_entry(t, &e, iova, t->geo.kind.page_shift);
	do {
		if (!e.desc)
			return -EINVAL;
		n = walk_query_entry(t, &q, &e) - 1;
		e.w.descp += n;
		e.last += n << e.w.shift;
	} while (walk_next_entry(t, &e, q.last));
	return 0;
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
