// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker's model of what the hardware may hold, by address and size: walks to tables with
 * mapped pages, and translations whose invalidation is deferred by a gather structure.
 *
 * A region is the range that one table translates. The hardware may hold the walk to the table as
 * soon as a page smaller than the region is mapped there, and until walks to the whole region are
 * invalidated. Meanwhile no page may replace the table.
 *
 * Some functions are called from callbacks of the format. The format may then hold its own locks.
 */
#include <kunit/visibility.h>
#include <linux/bitops.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/xarray.h>

#include "check.h"

/*
 * The maximum number of regions that the checker tracks for each page table: 128 GiB with regions
 * of 2 MiB.
 */
VISIBLE_IF_KUNIT unsigned int io_pgtable_check_regions = SZ_64K;
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_check_regions);

/*
 * Walks to tables
 */

/*
 * Return: log2 of the region of a table @i levels above the lowest level; 0 if the region is not
 * known, or if no page can replace such a table.
 */
static unsigned int region_shift(const struct check_table *t, unsigned int i)
{
	unsigned int granule = __ffs(t->iop.cfg.pgsize_bitmap), shift = 0;

	if (check_has_long_descriptors(t->iop.fmt))
		shift = granule + (i + 1) * (granule - 3);
	else if (t->iop.fmt == ARM_V7S && !i)
		shift = 20;
	return shift <= __fls(t->iop.cfg.pgsize_bitmap) ? shift : 0;
}

/* Stop tracking regions of the table. */
static void forget_regions(struct check_table *t)
{
	WRITE_ONCE(t->lost_regions, true);
	check_held_free(t);
	io_pgtable_check_forget(t);
}

/* Note that the hardware may hold walks to tables of regions from @first to @last. */
static void hold(struct check_table *t, struct xarray *regions, unsigned long first,
		 unsigned long last)
{
	unsigned int nth = check_hold_injection();
	unsigned long at, flags;
	bool lost = false;
	void *old;

	for (at = first; at <= last && !lost; at++) {
		if (xa_load(regions, at))
			continue;
		xa_lock_irqsave(regions, flags);
		old = __xa_store(regions, at, xa_mk_value(0), GFP_ATOMIC | __GFP_NOWARN);
		xa_unlock_irqrestore(regions, flags);
		if (!old && atomic_inc_return(&t->n_regions) > io_pgtable_check_regions)
			lost = true;
		lost |= xa_is_err(old);
	}
	check_resume_injection(nth);
	if (lost)
		forget_regions(t);
}

/*
 * Note that the hardware holds no walks to tables of the regions from @first to @last. Return:
 * whether the hardware may have held such a walk before.
 */
static bool release(struct check_table *t, struct xarray *regions, unsigned long first,
		    unsigned long last)
{
	unsigned long at, flags;
	bool held = false;
	void *entry;

	xa_for_each_range(regions, at, entry, first, last) {
		xa_lock_irqsave(regions, flags);
		if (__xa_erase(regions, at))
			atomic_dec(&t->n_regions);
		xa_unlock_irqrestore(regions, flags);
		held = true;
	}
	return held;
}

static bool holds_walks(const struct check_table *t)
{
	return t->driver_tlb && t->driver_tlb->tlb_flush_walk && !READ_ONCE(t->lost_regions);
}

/* Check walks to tables, after a call has mapped leaf entries of BIT(@leaf) bytes. */
static void judge_walks(struct check_table *t, const struct check_call *call,
			unsigned long first, unsigned long last, unsigned int leaf)
{
	unsigned int i, shift;

	for (i = 0; i < ARRAY_SIZE(t->regions); i++) {
		shift = region_shift(t, i);
		if (!shift)
			break;
		if (shift > leaf)
			hold(t, &t->regions[i], first >> shift, last >> shift);
		else if (release(t, &t->regions[i], first >> shift, last >> shift))
			check_report(t, call, CHECK_TABLE,
				     "pages from iova %#lx to %#lx replace a table, but walks through it were not invalidated",
				     first, last);
	}
}

/* Note that walks to all of [@first, @last] are invalidated. */
static void invalidate_walks(struct check_table *t, unsigned long first, unsigned long last)
{
	unsigned long start, end;
	unsigned int i, shift;

	for (i = 0; i < ARRAY_SIZE(t->regions); i++) {
		shift = region_shift(t, i);
		if (!shift)
			break;
		start = first ? ((first - 1) >> shift) + 1 : 0;
		end = last == ULONG_MAX ? (last >> shift) + 1 : (last + 1) >> shift;
		if (start < end)
			release(t, &t->regions[i], start, end - 1);
	}
}

/*
 * Gather structures
 */

/* Copy a gather structure to *@g. Return: whether the structure defers an invalidation. */
static bool read_gather(const struct iommu_iotlb_gather *gather, struct check_gather *g)
{
#ifdef CONFIG_IOMMU_API
	if (gather && !gather->queued && gather->end) {
		*g = (struct check_gather){
			.gather = gather, .start = gather->start, .end = gather->end,
			.pgsize = gather->pgsize,
		};
		return true;
	}
#endif
	return false;
}

static struct check_gather *find_gather(struct check_table *t,
					const struct iommu_iotlb_gather *gather)
{
	unsigned int i;

	lockdep_assert_held(&t->calls_lock);
	for (i = 0; i < ARRAY_SIZE(t->gathers); i++)
		if (t->gathers[i].gather == gather)
			return &t->gathers[i];
	return NULL;
}

/*
 * An unmap is about to begin. If its gather structure is still as the last unmap left it, the
 * driver has not been asked to invalidate yet: a sync would have initialised the structure. A TLB
 * may then have used the old translation of addresses that were mapped again since.
 */
void check_held_begin_unmap(struct check_table *t, const struct check_call *call,
			    const struct iommu_iotlb_gather *gather)
{
	struct check_gather now, *g;
	unsigned long flags, again = 0;
	bool is_again = false;

	if (!gather || !READ_ONCE(t->n_gathers))
		return;
	spin_lock_irqsave(&t->calls_lock, flags);
	g = find_gather(t, gather);
	if (g && read_gather(gather, &now) && g->start == now.start && g->end == now.end &&
	    g->pgsize == now.pgsize) {
		is_again = g->is_again;
		again = g->again;
		g->is_again = false;
	} else if (g) {
		g->gather = NULL;
	}
	spin_unlock_irqrestore(&t->calls_lock, flags);
	if (is_again)
		check_report(t, call, CHECK_STALE,
			     "iova %#lx was mapped again before the gather structure of its unmap was synced",
			     again);
}

/* Note that the first @size bytes of an unmap are gathered, if the driver defers this. */
void check_held_end_unmap(struct check_table *t, const struct check_call *call, size_t size,
			  const struct iommu_iotlb_gather *gather)
{
	unsigned long first = call->span.first, last = first + size - 1, flags;
	struct check_gather now, *g;

	if (!size || !read_gather(gather, &now))
		return;
	spin_lock_irqsave(&t->calls_lock, flags);
	g = find_gather(t, gather);
	if (!g)
		g = &t->gathers[t->n_gathers++ % ARRAY_SIZE(t->gathers)];
	/* Keep earlier ranges, unless the driver has invalidated them and begun anew. */
	else if (now.start <= g->start && now.end >= g->end && now.pgsize == g->pgsize)
		now.unmapped = g->unmapped;
	if (first >= now.start && last <= now.end)
		check_spans_add(&now.unmapped, first, last);
	*g = now;
	spin_unlock_irqrestore(&t->calls_lock, flags);
}

static void note_again(struct check_table *t, unsigned long first, unsigned long last)
{
	unsigned long flags;
	unsigned int i;

	if (!READ_ONCE(t->n_gathers))
		return;
	spin_lock_irqsave(&t->calls_lock, flags);
	for (i = 0; i < ARRAY_SIZE(t->gathers); i++) {
		struct check_gather *g = &t->gathers[i];

		if (!g->gather || g->is_again || g->unmapped.overflow ||
		    !check_spans_overlap(&g->unmapped, first, last))
			continue;
		g->is_again = true;
		g->again = first;
	}
	spin_unlock_irqrestore(&t->calls_lock, flags);
}

/* Check a map of leaf entries of BIT(@leaf) bytes against what the hardware may hold. */
void check_held_map(struct check_table *t, const struct check_call *call, unsigned long first,
		    unsigned long last, unsigned int leaf)
{
	note_again(t, first, last);
	if (holds_walks(t))
		judge_walks(t, call, first, last, leaf);
}

/*
 * Note an invalidation of walks and leaf entries. @told: the range of this invalidation; @walks:
 * the ranges of all such invalidations during the call
 */
void check_held_invalidate(struct check_table *t, const struct check_spans *walks,
			   const struct check_span *told)
{
	check_memory_invalidate(t, walks, told);
	if (holds_walks(t))
		invalidate_walks(t, told->first, told->last);
}

void check_held_init(struct check_table *t)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t->regions); i++)
		xa_init_flags(&t->regions[i], XA_FLAGS_LOCK_IRQ);
}

void check_held_free(struct check_table *t)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t->regions); i++)
		xa_destroy(&t->regions[i]);
}
