// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker between a format and its driver: records which ranges the driver is told to
 * invalidate.
 *
 * Most functions run inside a map or an unmap. The format may then hold its own locks.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "check.h"

/* Add a range. Ranges that overlap or touch the new one are merged with it. */
void check_spans_add(struct check_spans *s, unsigned long first, unsigned long last)
{
	unsigned int i = 0;

	while (i < s->n) {
		if (!check_spans_touch(&s->span[i], first, last)) {
			i++;
			continue;
		}
		first = min(first, s->span[i].first);
		last = max(last, s->span[i].last);
		s->span[i] = s->span[--s->n];
	}
	if (s->n < ARRAY_SIZE(s->span))
		s->span[s->n++] = (struct check_span){ first, last };
	else
		s->overflow = true;
}

/* Return: whether a whole range is in @s. True if @s has overflowed. */
bool check_spans_cover(const struct check_spans *s, unsigned long first, unsigned long last)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->span[i].first <= first && s->span[i].last >= last)
			return true;
	return s->overflow;
}

/* Return: whether part of a range is in @s. True if @s has overflowed. */
bool check_spans_overlap(const struct check_spans *s, unsigned long first, unsigned long last)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (check_span_overlaps(&s->span[i], first, last))
			return true;
	return s->overflow;
}

/*
 * Return: the newest call of the current task, or NULL. A call in an interrupt is newer than a call
 * that it interrupts.
 */
struct check_call *check_own_call(struct check_table *t)
{
	struct check_call *call;

	lockdep_assert_held(&t->calls_lock);
	list_for_each_entry(call, &t->calls, node)
		if (call->task == current)
			return call;
	return NULL;
}

/*
 * Note in all calls that overlap a range that the driver is told to invalidate the range. When a
 * block is split, one invalidation serves all calls that unmap part of the block. Return: whether
 * the invalidation is part of a call; *@own is a copy of that call. For leaf entries the copy ends
 * before &check_call.told, since there may be one invalidation for each page.
 */
static bool note_told(struct check_table *t, unsigned long iova, size_t size, bool walk,
		      struct check_call *own)
{
	unsigned long last = iova + size - 1, flags;
	struct check_call *call;

	spin_lock_irqsave(&t->calls_lock, flags);
	list_for_each_entry(call, &t->calls, node) {
		check_break_told(call, iova, last);
		if (!check_span_overlaps(&call->span, iova, last))
			continue;
		check_spans_add(&call->told, iova, last);
		if (walk)
			check_spans_add(&call->walks, iova, last);
	}
	call = check_own_call(t);
	if (call)
		memcpy(own, call, walk ? sizeof(*own) : offsetof(struct check_call, told));
	spin_unlock_irqrestore(&t->calls_lock, flags);
	return call;
}

static void tlb_flush_all(void *cookie)
{
	static const struct check_spans all = { .n = 1, .span = { { 0, ULONG_MAX } } };
	struct check_table *t = cookie;
	struct check_call *call;
	unsigned long flags;

	spin_lock_irqsave(&t->calls_lock, flags);
	list_for_each_entry(call, &t->calls, node)
		call->all_told = true;
	spin_unlock_irqrestore(&t->calls_lock, flags);
	/* The core has already called the driver's tlb_flush_all. */
	if (t->dying)
		return;
	check_held_invalidate(t, &all, &all.span[0]);
	t->driver_tlb->tlb_flush_all(t->driver_cookie);
}

static void tlb_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct check_table *t = cookie;
	struct check_span told = { iova, iova + size - 1 };
	struct check_call own;

	if (note_told(t, iova, size, true, &own))
		check_break_invalidated(t, &own, iova, size);
	else
		own.walks = (struct check_spans){ .n = 1, .span = { told } };
	check_held_invalidate(t, &own.walks, &told);
	t->driver_tlb->tlb_flush_walk(iova, size, granule, t->driver_cookie);
}

/*
 * Check that @granule is a size of leaf entries in the range: the driver may derive a level hint
 * from it.
 */
static void judge_granule(struct check_table *t, const struct check_call *call,
			  unsigned long iova, size_t size, size_t granule)
{
	if (!call->leaf_min || (is_power_of_2(granule) && IS_ALIGNED(size, granule) &&
				__ffs(granule) >= call->leaf_min &&
				__ffs(granule) <= call->leaf_max))
		return;
	check_report(t, call, CHECK_GRANULE,
		     "iova %#lx, size %#zx is invalidated as leaf entries of %#zx, but had leaf entries of %#lx to %#lx",
		     iova, size, granule, BIT(call->leaf_min), BIT(call->leaf_max));
}

static void tlb_add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
			 size_t granule, void *cookie)
{
	struct check_table *t = cookie;
	struct check_call own;

	if (note_told(t, iova, granule, false, &own))
		judge_granule(t, &own, iova, granule, granule);
	t->driver_tlb->tlb_add_page(gather, iova, granule, t->driver_cookie);
}

static void tlb_add_range(struct iommu_iotlb_gather *gather, unsigned long iova, size_t size,
			  size_t granule, void *cookie)
{
	struct check_table *t = cookie;
	struct check_call own;

	if (note_told(t, iova, size, false, &own)) {
		judge_granule(t, &own, iova, size, granule);
		if (own.group_shift && !IS_ALIGNED(iova | size, BIT(own.group_shift)))
			check_report(t, &own, CHECK_GROUP,
				     "iova %#lx, size %#zx is invalidated: a part of a contiguous group of %#lx",
				     iova, size, BIT(own.group_shift));
	}
	t->driver_tlb->tlb_add_range(gather, iova, size, granule, t->driver_cookie);
}

/* Callbacks that the driver lacks stay NULL, since some formats test for them. */
void check_tlb_wrap(struct check_table *t, struct io_pgtable_cfg *cfg)
{
	const struct iommu_flush_ops *tlb = cfg->tlb;

	if (!tlb)
		return;
	t->driver_tlb = tlb;
	t->tlb = (struct iommu_flush_ops){
		.tlb_flush_all	= tlb->tlb_flush_all ? tlb_flush_all : NULL,
		.tlb_flush_walk	= tlb->tlb_flush_walk ? tlb_flush_walk : NULL,
		.tlb_add_page	= tlb->tlb_add_page ? tlb_add_page : NULL,
		.tlb_add_range	= tlb->tlb_add_range ? tlb_add_range : NULL,
	};
	cfg->tlb = &t->tlb;
}
