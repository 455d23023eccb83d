/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unmap. Usually all leaves of a call are in one table: walk_unmap() handles this case, and calls
 * an out-of-line function for all others.
 */
#ifndef __IO_PGTABLE_WALK_UNMAP_H
#define __IO_PGTABLE_WALK_UNMAP_H

#include <linux/io-pgtable-walk/split.h>

/**
 * struct walk_run - a run of descriptors in one table
 * @descs: the first descriptor
 * @n: number of descriptors
 * @shift: log2 of the number of bytes that each descriptor translates
 */
struct walk_run {
	walk_desc	*descs;
	unsigned int	n;
	unsigned int	shift;
};

/*
 * Report @size bytes of removed leaves, so that the driver gathers what to invalidate. Return:
 * @size.
 */
static noinline size_t walk_gather(struct walk_tables *t, unsigned long iova, size_t size,
				   unsigned int shift, struct iommu_iotlb_gather *gather)
{
	io_pgtable_tlb_add_range(&t->iop, gather, iova, size, BIT(shift));
	return size;
}

/* As walk_gather(), unless the driver invalidates everything later, or invalidates by itself. */
static __always_inline size_t walk_tell(struct walk_tables *t, unsigned long iova, size_t size,
					unsigned int shift, struct iommu_iotlb_gather *gather)
{
	if ((!gather && !fmt.always_tells) || iommu_iotlb_gather_queued(gather))
		return size;
	return walk_gather(t, iova, size, shift, gather);
}

/* Clean cleared descriptors for the walker and report them. Return: the size of their leaves. */
static noinline size_t walk_cleared(struct walk_tables *t, struct walk_run run,
				    unsigned long iova, struct iommu_iotlb_gather *gather)
{
	walk_sync(t, run.descs, run.n);
	return walk_tell(t, iova, (size_t)run.n << run.shift, run.shift, gather);
}

/* As walk_cleared(), inlined for coherent walkers */
static __always_inline size_t walk_unmapped(struct walk_tables *t, const struct walk *w, size_t n,
					    unsigned long iova, struct iommu_iotlb_gather *gather)
{
	if (!t->iop.cfg.coherent_walk)
		return walk_cleared(t, (struct walk_run){ w->descp, n, w->shift }, iova, gather);
	return walk_tell(t, iova, n << w->shift, w->shift, gather);
}

/* Whether @desc is a leaf that the fast path may clear, see fmt_leaves() */
static __always_inline bool walk_is_leaf(walk_desc desc, bool page)
{
	struct walk_leaves l = fmt_leaves(page, false);

	return (desc & l.some) && !(desc & l.none);
}

/*
 * Clear up to @n leaves. Stop at a table, a clear descriptor or a group. Return: the number of
 * leaves cleared.
 *
 * No other CPU clears these descriptors. If they are part of a group, another CPU that unmaps
 * another part of the group may split the group at the same time. The split changes each
 * descriptor from a part of the group, perhaps broken in between, to a single leaf, and never
 * back. So a descriptor that a load has seen as a single leaf stays one. Therefore plain loads in
 * any order are sufficient, and data_race() marks them. READ_ONCE() would load one descriptor at
 * a time.
 */
static __always_inline unsigned int walk_clear_run(walk_desc *descs, unsigned int n, bool page)
{
	struct walk_leaves l = fmt_leaves(page, false);
	walk_desc *d = descs, *end = descs + n, none, some;

	for (; end - d >= 8; d += 8) {
		/* At the last level only groups, of more than eight descriptors, stop the run. */
		none = data_race(page ? d[0] | d[7] : run_or8(d));
		/* See above */
		some = data_race(run_and8(d));
		if (!(some & l.some) || (none & l.none))
			break;
		run_write(d, 8, 0, 0);
	}
	/* See above */
	for (; d < end && walk_is_leaf(data_race(*d), page); d++)
		WRITE_ONCE(*d, 0);
	return d - descs;
}

static __always_inline unsigned int walk_clear_leaves(const struct walk *w, unsigned int n)
{
	return walk_at_page(w) ? walk_clear_run(w->descp, n, true) :
				 walk_clear_run(w->descp, n, false);
}

/* Whether a group starts at @d. For repeated groups: whether leaves fill the place of a group */
static __always_inline bool walk_starts_group(const walk_desc *d, bool page)
{
	walk_desc some = fmt_leaves(page, true).some;

	if (fmt.groups != WALK_GROUPS_REPEAT)
		return fmt_is_group(*d, page);
	return (run_and8(d) & some) && (run_and8(d + 8) & some);
}

/*
 * Clear whole groups at the start of @run. For repeated groups, a group is any leaves that fill
 * the place of a group. Return: the number of descriptors cleared.
 */
static __always_inline unsigned int walk_clear_groups(struct walk_kind kind,
						      struct walk_run run)
{
	bool page = run.shift == kind.page_shift;
	unsigned int group = BIT(fmt_group_bits(kind, page));
	walk_desc *d = run.descs, *end = d + run.n;

	if (((unsigned long)d >> WALK_DESC_SHIFT) & (group - 1))
		return 0;
	for (; end - d >= group && walk_starts_group(d, page); d += group)
		run_write(d, group, 0, 0);
	return d - run.descs;
}

/**
 * struct walk_unmap - what remains to be unmapped, and the position of walk_unmap()
 * @iova: input address
 * @n: number of pages, later number of descriptors
 * @shift: log2 of the page size in bytes, later of the number of bytes that a descriptor
 *	translates
 * @group: whether a page is a group
 * @gather: the caller's gather structure
 * @descp: the descriptor that walk_unmap() has descended to
 * @at: log2 of the number of bytes that @descp translates
 * @done: number of descriptors that are cleared from @descp on
 */
struct walk_unmap {
	unsigned long	iova;
	size_t		n;
	unsigned int	shift;
	bool		group;
	unsigned int	at;
	unsigned int	done;
	walk_desc	*descp;
	struct iommu_iotlb_gather *gather;
};

/* Whether all @n descriptors of a page are set, to leaves or tables */
static bool walk_is_whole(const walk_desc *descs, unsigned int n)
{
	while (n && READ_ONCE(*descs)) {
		descs++;
		n--;
	}
	return !n;
}

/*
 * Clear the groups that start at the walk's position, which is for @iova, within @n descriptors.
 * If no group starts there, split the group around it. Return: the number of descriptors cleared;
 * 0 after a split; -ENOENT if the group cannot be split.
 */
static noinline int walk_clear_or_split(struct walk_tables *t, const struct walk *w,
					unsigned int n, unsigned long iova,
					struct iommu_iotlb_gather *gather)
{
	struct walk_run run = { w->descp, n, w->shift };

	if (fmt.groups == WALK_GROUPS_REPEAT && !fmt.splits)
		return -ENOENT;
	run.n = fmt.groups == WALK_GROUPS_STEP ? walk_clear_groups(w->kind, run) : 0;
	if (run.n)
		walk_cleared(t, run, iova, gather);
	else
		walk_split_group(t, w->descp, iova, w->shift);
	return run.n;
}

/*
 * Clear the first of @n descriptors at the walk's position, which is for @iova, and similar ones
 * after it. Return: the number of descriptors cleared; 0 if the caller must read the descriptor
 * again; -ENOENT if it is clear, or cannot be unmapped.
 */
static int walk_clear_first(struct walk_tables *t, const struct walk *w, unsigned int n,
			    unsigned long iova, struct iommu_iotlb_gather *gather)
{
	walk_desc desc = READ_ONCE(*w->descp);
	bool page = walk_at_page(w);

	if (!desc)
		return -ENOENT;
	if (!page && walk_is_table(desc)) {
		walk_remove_table(t, w->descp, iova, w->shift);
		return 1;
	}
	if (fmt.groups && fmt_is_group(desc, page))
		return walk_clear_or_split(t, w, n, iova, gather);
	n = walk_clear_leaves(w, n);
	if (!n)
		return -ENOENT;
	walk_cleared(t, (struct walk_run){ w->descp, n, w->shift }, iova, gather);
	return n;
}

/* Clear up to @n descriptors, and stop at the first clear one. Return: the number cleared. */
static unsigned int walk_clear_each(struct walk_tables *t, const struct walk *from, unsigned int n,
				    unsigned long iova, struct iommu_iotlb_gather *gather)
{
	struct walk w = *from;
	unsigned int left = n;
	int done;

	while (left) {
		done = walk_clear_first(t, &w, left, iova, gather);
		if (done < 0)
			break;
		w.descp += done;
		iova += (size_t)done << w.shift;
		left -= done;
	}
	return n - left;
}

/* As walk_clear_each(), for pages that are groups. Stops at the first page that is not whole. */
static unsigned int walk_clear_pages(struct walk_tables *t, const struct walk *from,
				     unsigned int n, const struct walk_unmap *u)
{
	unsigned int left = n, done, group = BIT(walk_group_bits(from));
	unsigned long iova = u->iova;
	struct walk w = *from;
	struct walk_run run;

	while (left) {
		run = (struct walk_run){ w.descp, left, w.shift };
		run.n = walk_clear_groups(w.kind, run);
		done = run.n;
		if (done)
			walk_cleared(t, run, iova, u->gather);
		else if (walk_is_whole(w.descp, group))
			done = walk_clear_each(t, &w, group, iova, u->gather);
		if (!done)
			break;
		w.descp += done;
		iova += (size_t)done << w.shift;
		left -= done;
	}
	return n - left;
}

/*
 * Unmap a block in whose place a table is, a frequent case. Return: the size of the block; 0 if
 * there is no table.
 */
static size_t walk_unmap_table(struct walk_tables *t, unsigned long iova, unsigned int shift)
{
	struct walk w = walk_from(t, iova);
	walk_desc desc = walk_down(&w, iova, shift, NULL);

	if (w.shift != shift || !walk_is_table(desc))
		return 0;
	return walk_remove_table(t, w.descp, iova, shift);
}

/* Advance by @u->done descriptors. Return: false if nothing more can be unmapped. */
static bool walk_unmap_next(struct walk_tables *t, struct walk_unmap *u, struct walk *w)
{
	u->iova += (size_t)u->done << u->shift;
	u->n -= u->done;
	return u->n && walk_split(t, w, u->iova, u->shift, u->group);
}

/* Unmap what walk_unmap() does not handle. */
static noinline size_t walk_unmap_rest(struct walk_tables *t, struct walk_unmap *u)
{
	unsigned int shift = walk_entry_shift(t->geo.kind, u->shift), bits = u->shift - shift, n;
	unsigned long start = u->iova;
	struct walk w;

	if (fmt.levels > 2 && u->n == 1 && u->at < u->shift && !bits) {
		size_t size = walk_unmap_table(t, start, shift);

		if (size)
			return size;
	}
	/* If a page is a group, count its descriptors. */
	u->group = bits;
	u->n <<= bits;
	u->shift = shift;
	w = (struct walk){ .descp = u->descp, .shift = shift, .kind = t->geo.kind };
	if (u->done)
		walk_cleared(t, (struct walk_run){ u->descp, u->done, shift }, start, u->gather);
	for (;;) {
		/* In the first round the walk may be at the position already. */
		if ((u->done || u->at != shift) && !walk_unmap_next(t, u, &w))
			break;
		n = min(u->n, walk_room(&w));
		u->done = walk_repeats(u->group) ? walk_clear_pages(t, &w, n, u) :
						   walk_clear_each(t, &w, n, u->iova, u->gather);
		if (!u->done)
			break;
	}
	return u->iova - start;
}

/* Unmap whole groups, described by @run, in one table. Usually all of them are present. */
static noinline size_t walk_unmap_groups(struct walk_tables *t, struct walk_run run,
					 unsigned long iova, struct iommu_iotlb_gather *gather)
{
	struct walk_kind kind = t->geo.kind;
	unsigned int bits, done = walk_clear_groups(kind, run);

	if (done == run.n)
		return walk_cleared(t, run, iova, gather);
	bits = fmt_group_bits(kind, run.shift == kind.page_shift);
	return walk_unmap_rest(t, &(struct walk_unmap){
		.iova = iova, .n = run.n >> bits, .shift = run.shift + bits, .at = run.shift,
		.done = done, .descp = run.descs, .gather = gather, .group = false,
	});
}

static __always_inline size_t walk_unmap(struct walk_tables *t, unsigned long iova,
					 size_t pgsize, size_t pgcount,
					 struct iommu_iotlb_gather *gather, struct walk_kind kind)
{
	struct walk w = walk_root(t, iova, kind);
	size_t n = pgcount, done = 0;
	unsigned int shift;
	walk_desc desc;

	if (!range_unmap_is_valid(&t->limits, iova, pgsize, pgcount))
		return 0;

	shift = __ffs(pgsize);
	desc = walk_to_place(t, &w, iova, shift, false);
	if (w.shift == shift && n == 1) {
		/* As in walk_unmap_table() */
		if (fmt.levels == 2 && !walk_at_page(&w) && walk_is_table(desc))
			return walk_remove_table(t, w.descp, iova, shift);
		if (walk_is_leaf(desc, walk_at_page(&w))) {
			WRITE_ONCE(*w.descp, 0);
			done = 1;
		}
	} else if (w.shift == shift && n <= walk_room(&w)) {
		done = walk_clear_leaves(&w, n);
	} else if (walk_is_group(&w, shift) && n <= walk_room(&w) >> walk_group_bits(&w)) {
		n <<= walk_group_bits(&w);
		if (fmt.groups == WALK_GROUPS_STEP)
			return walk_unmap_groups(t, (struct walk_run){ w.descp, n, w.shift }, iova,
						 gather);
		done = walk_clear_groups(kind, (struct walk_run){ w.descp, n, w.shift });
	}
	if (done == n)
		return walk_unmapped(t, &w, n, iova, gather);
	return walk_unmap_rest(t, &(struct walk_unmap){
		.iova = iova, .n = pgcount, .shift = shift, .at = w.shift, .done = done,
		.descp = w.descp, .gather = gather, .group = false,
	});
}

#endif /* __IO_PGTABLE_WALK_UNMAP_H */
