/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unmap, and split what is unmapped in part.
 */
#ifndef __IO_PGTABLE_WALK_UNMAP_H
#define __IO_PGTABLE_WALK_UNMAP_H

#include "map.h"

/*
 * Unmap
 */

/*
 * Split: descriptors of its parts take the place of a block or a contiguous group, so
 * that some of the parts can be unmapped. Break before make (DDI0487 D8.16.1): a TLB
 * must not be able to hold the whole and a part at once. So the whole is made invalid
 * and is invalidated in TLBs before its parts become valid. Broken descriptors keep
 * everything but the valid bit, for translations on other CPUs.
 *
 * DMA to the whole faults between break and make. Hence memory for the parts is
 * allocated and written before the break, and the lock keeps this CPU from being
 * preempted in between. See range_breaks_before_make() for when there is no break.
 */

/*
 * Put the table that @new leads to in the place of a block. Return: whether that
 * worked. It does not if the walker has marked the block dirty since @block was read,
 * or if another CPU has replaced the block.
 */
static bool walk_replace_block(struct walk_tables *t, u64 *descp, u64 block, u64 new,
			       unsigned long iova, unsigned int shift)
{
	unsigned long first = ALIGN_DOWN(iova, BIT(shift));
	u64 broken = block & ~FMT_VALID;

	if (!range_breaks_before_make(&t->iop.cfg)) {
		if (walk_install_table(t, descp, block, new) != block)
			return false;
		io_pgtable_tlb_flush_walk(&t->iop, first, BIT(shift), BIT(shift));
		return true;
	}

	if (cmpxchg64_relaxed(descp, block, broken) != block)
		return false;
	walk_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, first, BIT(shift), BIT(shift));
	return walk_install_table(t, descp, broken, new) == broken;
}

static bool walk_split_block(struct walk_tables *t, u64 *descp, u64 block,
			     unsigned long iova, unsigned int shift)
{
	u64 paddr = fmt_desc_to_addr(block, t->geo.granule_shift);
	struct walk parts = walk_root(t, iova, t->geo.granule_shift);
	u64 *table = walk_alloc_table(t, GFP_ATOMIC), new;
	unsigned long flags;
	bool replaced;
	size_t n;

	if (!table)
		return false;

	new = walk_table_desc(t, table);
	walk_enter(&parts, 0, new,
			shift - fmt_index_bits(t->geo.granule_shift));
	n = walk_room(&parts);
	walk_write_leaves(t, &parts, n, paddr, block & FMT_BLOCK_ATTRS);
	walk_sync(t, table, n);

	spin_lock_irqsave(&t->split_lock, flags);
	replaced = walk_replace_block(t, descp, block, new, iova, shift);
	spin_unlock_irqrestore(&t->split_lock, flags);

	if (!replaced)
		walk_free_table(t, table, FMT_LAST_LEVEL);
	return true;
}

/*
 * Change the descriptors of a group. Another CPU may clear those that it unmaps, also
 * before it notices that they are a group: these stay clear.
 */
static void walk_change_group(const struct walk_tables *t, u64 *descs, unsigned int n,
			      u64 clear, u64 set)
{
	unsigned int i;
	u64 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		while (desc && !try_cmpxchg64(&descs[i], &desc, (desc & ~clear) | set))
			;
	}
	walk_sync(t, descs, n);
}

/* The @n descriptors of a group, for @iova on, become single leaves. */
static void walk_replace_group(struct walk_tables *t, u64 *descs, unsigned int n,
			       unsigned long iova, unsigned int shift)
{
	size_t size = (size_t)n << shift;

	if (!range_breaks_before_make(&t->iop.cfg)) {
		walk_change_group(t, descs, n, FMT_CONT, 0);
		io_pgtable_tlb_flush_walk(&t->iop, iova, size, BIT(shift));
		return;
	}

	walk_change_group(t, descs, n, FMT_VALID, 0);
	io_pgtable_tlb_flush_walk(&t->iop, iova, size, BIT(shift));
	/* Orders the break before the make, for the walker. */
	dma_wmb();
	walk_change_group(t, descs, n, FMT_CONT, FMT_VALID);
}

/* The same of the group that @descp, for @iova, is part of. Return: true. */
static bool walk_split_group(struct walk_tables *t, u64 *descp, unsigned long iova,
			     unsigned int shift)
{
	unsigned int n = walk_group_size(t, shift);
	u64 *descs = PTR_ALIGN_DOWN(descp, n * sizeof(*descs));
	unsigned long flags;

	spin_lock_irqsave(&t->split_lock, flags);
	/* Another CPU may have split it. Only our own entry is sure to be left. */
	if (READ_ONCE(*descp) & FMT_CONT)
		walk_replace_group(t, descs, n, ALIGN_DOWN(iova, (size_t)n << shift), shift);
	spin_unlock_irqrestore(&t->split_lock, flags);
	return true;
}

/*
 * Split @desc, for @iova: a leaf of BIT(@shift) bytes that is a block, or part of a group.
 * Return: whether to look at the descriptor again; false if out of memory.
 */
static noinline bool walk_split_leaf(struct walk_tables *t, u64 *descp, u64 desc,
				unsigned long iova, unsigned int shift)
{
	return desc & FMT_CONT ? walk_split_group(t, descp, iova, shift) :
				  walk_split_block(t, descp, desc, iova, shift);
}

/*
 * Go down for @iova to where a descriptor translates BIT(@to) bytes, splitting blocks
 * on the way. Return: false if nothing is mapped there, or blocks are not split, or
 * memory for a split is short.
 */
static bool walk_split(struct walk_tables *t, struct walk *w,
			    unsigned long iova, unsigned int to)
{
	u64 desc;

	for (*w = walk_root(t, iova, t->geo.granule_shift); ; ) {
		desc = walk_down(w, iova, to, FMT_TABLE, NULL);
		if (w->shift == to)
			return true;
		if (!desc || !COMPAT_SPLITS_BLOCKS ||
		    !walk_split_leaf(t, w->descp, desc, iova, w->shift))
			return false;
	}
}

/* @size bytes of leaves are gone: the driver gathers what to invalidate. Return: @size. */
static noinline size_t walk_gather(struct walk_tables *t, unsigned long iova, size_t size,
				   unsigned int shift, struct iommu_iotlb_gather *gather)
{
	io_pgtable_tlb_add_range(&t->iop, gather, iova, size, BIT(shift));
	return size;
}

/* The same, unless it invalidates everything later, or does so by itself. */
static __always_inline size_t walk_tell(struct walk_tables *t, unsigned long iova, size_t size,
					unsigned int shift,
					struct iommu_iotlb_gather *gather)
{
	if (!gather || iommu_iotlb_gather_queued(gather))
		return size;
	return walk_gather(t, iova, size, shift, gather);
}

/* @n leaves are clear: let the walker see it, and tell the driver. Return: their size. */
static noinline size_t walk_cleared(struct walk_tables *t, unsigned long iova, size_t n,
				    unsigned int shift,
				    struct iommu_iotlb_gather *gather, u64 *descs)
{
	walk_sync(t, descs, n);
	return walk_tell(t, iova, n << shift, shift, gather);
}

/*
 * Clear up to @n leaves, until something else comes: a table, nothing, a group of
 * contiguous ones. @table is FMT_TABLE, or 0 at the last level, where it would mean
 * nothing. Return: how many.
 */
static __always_inline unsigned int walk_clear_run(u64 *descs, unsigned int n, u64 table)
{
	u64 *d = descs, *end = descs + n, seen;

	for (; end - d >= 8; d += 8) {
		/* A group is larger than eight: these are in two at most. */
		seen = table ? run_or8(d) : d[0] | d[7];
		if (!(run_and8(d) & FMT_VALID) || (seen & (table | FMT_CONT)))
			break;
		run_write(d, 8, 0, 0);
	}
	for (; d < end && *d && !(*d & (table | FMT_CONT)); d++)
		WRITE_ONCE(*d, 0);
	return d - descs;
}

static __always_inline unsigned int walk_clear_leaves(const struct walk *w, u64 *descs,
						      unsigned int n)
{
	return walk_at_page(w) ? walk_clear_run(descs, n, 0) :
				      walk_clear_run(descs, n, FMT_TABLE);
}

/*
 * Clear as many contiguous groups in a row as start at @descs and end before @n: the
 * first is there. Return: how many descriptors.
 */
static unsigned int walk_clear_groups(u64 *descs, unsigned int n, unsigned int group)
{
	u64 *d = descs, *end = descs + n;

	if (((unsigned long)descs >> WALK_DESC_SHIFT) & (group - 1))
		return 0;
	for (; end - d >= group && (*d & FMT_CONT); d += group)
		run_write(d, group, 0, 0);
	return d - descs;
}

/*
 * The same of up to @n descriptors of BIT(@shift) bytes, for @iova on. A group of which they
 * are only a part is split. Return: how many are clear, 0 after a split.
 */
static noinline unsigned int walk_clear_or_split(struct walk_tables *t, u64 *descs,
						 unsigned int n, unsigned long iova,
						 unsigned int shift)
{
	unsigned int run = walk_clear_groups(descs, n, walk_group_size(t, shift));

	if (!run)
		walk_split_group(t, descs, iova, shift);
	return run;
}

/* Clear up to @n descriptors, until one is clear already. Return: how many. */
static unsigned int walk_clear(struct walk_tables *t, const struct walk *w,
			       unsigned int n, unsigned long iova,
			       struct iommu_iotlb_gather *gather)
{
	u64 table = walk_at_page(w) ? 0 : FMT_TABLE;
	u64 *descs = w->descp, desc;
	unsigned int i, run;

	for (i = 0; i < n; i += run, iova += (size_t)run << w->shift) {
		desc = READ_ONCE(descs[i]);
		if (!desc)
			break;
		if (desc & table) {
			walk_remove_tables(t, &descs[i], desc, iova, w->shift);
			run = 1;
			continue;
		}
		if (desc & FMT_CONT)
			run = walk_clear_or_split(t, descs + i, n - i, iova, w->shift);
		else
			run = walk_clear_leaves(w, descs + i, n - i);
		if (run)
			walk_cleared(t, iova, run, w->shift, gather, descs + i);
	}
	return i;
}

/*
 * Unmap what takes more than walk_unmap() does: @n descriptors of BIT(@shift) bytes, of
 * which @done, at @descs, have been cleared.
 */
static noinline size_t walk_unmap_slowly(struct walk_tables *t, u64 *descs,
					 unsigned long iova, size_t n, unsigned int shift,
					 struct iommu_iotlb_gather *gather, size_t done)
{
	unsigned long start = iova;
	struct walk w;

	if (done)
		walk_cleared(t, iova, done, shift, gather, descs);
	for (;;) {
		iova += done << shift;
		n -= done;
		if (!n || !walk_split(t, &w, iova, shift))
			break;
		done = walk_clear(t, &w, min(n, walk_room(&w)), iova, gather);
		if (!done)
			break;
	}
	return iova - start;
}

/*
 * The same of tables with contiguous groups, from where walk_unmap() has come to: @at. A
 * page that is a group is unmapped by its descriptors. Mostly it is groups in one table.
 */
static noinline size_t walk_unmap_groups(struct walk_tables *t, u64 *at, unsigned int at_shift,
					 unsigned long iova, size_t pgcount, unsigned int shift,
					 struct iommu_iotlb_gather *gather, size_t done)
{
	struct walk w = { .descp = at, .granule_shift = t->geo.granule_shift };
	unsigned int entry_shift = walk_entry_shift(t, shift);
	size_t n = pgcount << (shift - entry_shift);

	if (shift != entry_shift && at_shift == entry_shift)
		done = walk_clear_groups(at, min(n, walk_room(&w)),
					 BIT(shift - entry_shift));
	if (done != n)
		return walk_unmap_slowly(t, at, iova, n, entry_shift, gather, done);
	return walk_cleared(t, iova, done, entry_shift, gather, at);
}

/* Unmap. Mostly it is leaves, in one table. */
static __always_inline size_t walk_unmap(struct walk_tables *t, unsigned long iova,
					 size_t pgsize, size_t pgcount,
					 struct iommu_iotlb_gather *gather,
					 unsigned int granule_shift)
{
	struct walk w = walk_root(t, iova, granule_shift);
	unsigned int shift;
	size_t done = 0;

	if (!range_unmap_is_valid(&t->limits, iova, pgsize, pgcount))
		return 0;

	shift = __ffs(pgsize);
	walk_to_leaf(t, &w, iova, FMT_TABLE);
	if (w.shift == shift && pgcount <= walk_room(&w))
		done = walk_clear_leaves(&w, w.descp, pgcount);
	if (done != pgcount) {
		if (t->iop.cfg.quirks & IO_PGTABLE_QUIRK_ARM_CONTIG)
			return walk_unmap_groups(t, w.descp, w.shift, iova, pgcount, shift,
						 gather, done);
		return walk_unmap_slowly(t, w.descp, iova, pgcount, shift, gather, done);
	}
	if (!t->iop.cfg.coherent_walk)
		return walk_cleared(t, iova, done, shift, gather, w.descp);
	return walk_tell(t, iova, done << shift, shift, gather);
}

#endif /* __IO_PGTABLE_WALK_UNMAP_H */
