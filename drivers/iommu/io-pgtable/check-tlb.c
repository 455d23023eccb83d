// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker between a format and its driver: what the driver is told to invalidate, and
 * the memory of tables.
 *
 * All of this runs inside of a map or an unmap. The format may hold locks of its own then.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/io.h>
#include <linux/kasan.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "arm-lpae-bits.h"
#include "check.h"

/* Tables are aligned to 64 bytes. */
#define PAGE_KEY_SHIFT	6

/* Of LPAE and Mali tables, whose walks can be shown */
#define LAST_LEVEL	3

/**
 * struct check_page - the memory of a table
 * @size: bytes
 * @span: the input addresses that it translates; if that is not known, the range of the
 *	call that allocated it, of which it translates a part
 * @located: these are the addresses that it translates
 * @id: of the call that allocated it; 0 if it was allocated with the table as a whole
 */
struct check_page {
	size_t			size;
	struct check_span	span;
	bool			located;
	unsigned long		id;
};

/* Those that touch the new one become part of it. */
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

/* Return: whether all of a range is in @s, or may be. */
bool check_spans_cover(const struct check_spans *s, unsigned long first, unsigned long last)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->span[i].first <= first && s->span[i].last >= last)
			return true;
	return s->overflow;
}

static bool spans_overlap(const struct check_spans *s, const struct check_span *span)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (check_span_overlaps(&s->span[i], span->first, span->last))
			return true;
	return s->overflow;
}

/* The call that this is part of: an interrupt's is newer than that of its task. */
static struct check_call *own_call(struct check_table *t)
{
	struct check_call *call;

	lockdep_assert_held(&t->calls_lock);
	list_for_each_entry(call, &t->calls, node)
		if (call->task == current)
			return call;
	return NULL;
}

/*
 * The driver is told of a range. When a block is split, that is for all who unmap a part of
 * it. Return: whether this is part of a call; *@own is a copy of it, but for what it was
 * told: pages may come one by one.
 */
static bool note_told(struct check_table *t, unsigned long iova, size_t size, bool walk,
		      struct check_call *own)
{
	unsigned long last = iova + size - 1, flags;
	struct check_call *call;

	spin_lock_irqsave(&t->calls_lock, flags);
	list_for_each_entry(call, &t->calls, node) {
		if (!check_span_overlaps(&call->span, iova, last))
			continue;
		check_spans_add(&call->told, iova, last);
		if (walk)
			check_spans_add(&call->walks, iova, last);
	}
	call = own_call(t);
	if (call)
		memcpy(own, call, offsetof(struct check_call, told));
	spin_unlock_irqrestore(&t->calls_lock, flags);
	return call;
}

static void tlb_flush_all(void *cookie)
{
	struct check_table *t = cookie;
	struct check_call *call;
	unsigned long flags;

	spin_lock_irqsave(&t->calls_lock, flags);
	list_for_each_entry(call, &t->calls, node)
		call->all_told = true;
	spin_unlock_irqrestore(&t->calls_lock, flags);
	/* The core has told the driver already. */
	if (!t->dying)
		t->driver_tlb->tlb_flush_all(t->driver_cookie);
}

/*
 * A descriptor is invalid before it is invalidated in TLBs: a table that goes, and a block
 * or a group that is about to be replaced by its parts.
 */
static void judge_break(struct check_table *t, const struct check_call *call,
			unsigned long iova, size_t size)
{
	struct arm_lpae_io_pgtable_walk_data walk = { .ptes = { ~0, ~0, ~0, ~0 } };
	unsigned int level = ARRAY_SIZE(walk.ptes);

	if (!t->shows_walks || t->iop.cfg.quirks & IO_PGTABLE_QUIRK_NO_BBM ||
	    !check_span_overlaps(&call->span, iova, iova + size - 1))
		return;
	iova = max(iova, call->span.first);
	t->inner->pgtable_walk(t->inner, iova, &walk);
	while (level && walk.ptes[level - 1] == ~0ULL)
		level--;
	if (level && walk.ptes[level - 1] & LPAE_VALID)
		check_report(t, call, CHECK_BREAK,
			     "iova %#lx is invalidated while its descriptor of level %u, %#llx, is valid",
			     iova, level - 1, walk.ptes[level - 1]);
}

static void tlb_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct check_table *t = cookie;
	struct check_call own;

	if (note_told(t, iova, size, true, &own))
		judge_break(t, &own, iova, size);
	t->driver_tlb->tlb_flush_walk(iova, size, granule, t->driver_cookie);
}

/* Leaf entries of the size that they had: commands may have a hint of the level. */
static void judge_granule(struct check_table *t, const struct check_call *call,
			  unsigned long iova, size_t size, size_t granule)
{
	if (!call->leaf_min || (is_power_of_2(granule) && IS_ALIGNED(size, granule) &&
				__ffs(granule) >= call->leaf_min &&
				__ffs(granule) <= call->leaf_max))
		return;
	check_report(t, call, CHECK_GRANULE,
		     "iova %#lx, size %#zx is invalidated by leaf entries of %#zx, there were %#lx to %#lx",
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

/* What the driver has no callback for, a format is not to call: some look. */
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

/*
 * The memory of tables
 */

static unsigned long page_key(const void *pages)
{
	return (unsigned long)kasan_reset_tag(pages) >> PAGE_KEY_SHIFT;
}

static void keep_page(struct check_table *t, void *pages, size_t size)
{
	struct check_page *page = kzalloc(sizeof(*page), GFP_ATOMIC | __GFP_NOWARN);
	struct check_call *call;
	unsigned long flags;
	void *old;

	if (!page) {
		WRITE_ONCE(t->lost_pages, true);
		return;
	}
	page->size = size;
	spin_lock_irqsave(&t->calls_lock, flags);
	call = own_call(t);
	if (call) {
		page->span = call->span;
		page->id = call->id;
		call->tables++;
	}
	spin_unlock_irqrestore(&t->calls_lock, flags);

	xa_lock_irqsave(&t->pages, flags);
	old = __xa_store(&t->pages, page_key(pages), page, GFP_ATOMIC | __GFP_NOWARN);
	xa_unlock_irqrestore(&t->pages, flags);
	if (xa_is_err(old)) {
		kfree(page);
		WRITE_ONCE(t->lost_pages, true);
	}
}

static struct check_page *take_page(struct check_table *t, void *pages)
{
	struct check_page *page;
	unsigned long flags;

	xa_lock_irqsave(&t->pages, flags);
	page = __xa_erase(&t->pages, page_key(pages));
	xa_unlock_irqrestore(&t->pages, flags);
	return page;
}

static void *table_alloc(void *cookie, size_t size, gfp_t gfp)
{
	struct check_table *t = cookie;
	void *pages = io_pgtable_alloc_pages(&t->memory, t->driver_cookie, size, gfp);
	unsigned int nth;

	if (pages) {
		nth = check_hold_injection();
		keep_page(t, pages, size);
		check_resume_injection(nth);
	}
	return pages;
}

/* log2 of the bytes that a descriptor of @level translates; it takes 8 bytes. */
static unsigned int level_shift(unsigned int granule_shift, unsigned int level)
{
	return granule_shift + (LAST_LEVEL - level) * (granule_shift - 3);
}

/* The tables on the way to @iova, down to @iova's last one */
static void locate_tables(struct check_table *t, unsigned long iova, unsigned int granule)
{
	struct arm_lpae_io_pgtable_walk_data walk = { };
	struct check_page *page;
	unsigned int level, shift;
	unsigned long flags;
	void *table;

	t->inner->pgtable_walk(t->inner, iova, &walk);
	for (level = 0; level < LAST_LEVEL; level++) {
		if ((walk.ptes[level] & LPAE_TYPE_TABLE) != LPAE_TYPE_TABLE)
			continue;
		table = phys_to_virt(lpae_desc_to_addr(walk.ptes[level], granule));
		shift = level_shift(granule, level);
		xa_lock_irqsave(&t->pages, flags);
		page = xa_load(&t->pages, page_key(table));
		if (page && shift < BITS_PER_LONG) {
			page->span.first = iova & ~(BIT(shift) - 1);
			page->span.last = iova | (BIT(shift) - 1);
			page->located = true;
		}
		xa_unlock_irqrestore(&t->pages, flags);
	}
}

/*
 * Find out what the tables are for that a call has made, while it has its range to itself:
 * walks show that.
 */
void check_memory_locate(struct check_table *t, const struct check_call *call)
{
	unsigned int granule = __ffs(t->iop.cfg.pgsize_bitmap);
	unsigned long span = BIT(level_shift(granule, LAST_LEVEL - 1));
	unsigned long iova = call->span.first;

	if (!t->shows_walks || !READ_ONCE(call->tables))
		return;
	while (iova <= call->span.last) {
		locate_tables(t, iova, granule);
		iova = ALIGN_DOWN(iova, span) + span;
		/* Behind the last address of all */
		if (!iova)
			break;
	}
}

/* Return: whether all walks through a table were invalidated in a call, or may have been. */
static bool is_walk_told(const struct check_call *call, const struct check_page *page)
{
	if (call->all_told)
		return true;
	if (page->located)
		return check_spans_cover(&call->walks, page->span.first, page->span.last);
	return spans_overlap(&call->walks, &page->span);
}

/* A table that a walk may have gone through was invalidated in this call. */
static void judge_free(struct check_table *t, const struct check_page *page)
{
	struct check_call own;
	const struct check_call *call;
	unsigned long flags;

	if (!t->driver_tlb || !t->driver_tlb->tlb_flush_walk)
		return;
	spin_lock_irqsave(&t->calls_lock, flags);
	call = own_call(t);
	if (call)
		own = *call;
	spin_unlock_irqrestore(&t->calls_lock, flags);
	/* What it has allocated itself, it has not installed. */
	if (!call || !page->id || page->id == own.id || is_walk_told(&own, page))
		return;
	check_report(t, &own, CHECK_TABLE,
		     "a table for iova %#lx to %#lx is freed before it is invalidated",
		     page->span.first, page->span.last);
}

static void judge_page(struct check_table *t, const struct check_page *page, void *pages,
		       size_t size)
{
	if (page && page->size == size)
		judge_free(t, page);
	else if (page)
		check_report(t, NULL, CHECK_MEMORY,
			     "a table of %zu bytes is freed as one of %zu bytes", page->size, size);
	else if (!READ_ONCE(t->lost_pages))
		check_report(t, NULL, CHECK_MEMORY, "a table is freed that is not in use");
}

static void table_free(void *cookie, void *pages, size_t size)
{
	struct check_table *t = cookie;
	struct check_page *page = take_page(t, pages);

	judge_page(t, page, pages, size);
	kfree(page);
	io_pgtable_free_pages(&t->memory, t->driver_cookie, pages, size);
}

/*
 * Formats that take table memory from their driver take it from here. It comes from where it
 * would have come from: the driver, or the page allocator. DMA mappings are the format's.
 */
void check_memory_wrap(struct check_table *t, struct io_pgtable_cfg *cfg)
{
	t->memory = (struct io_pgtable_cfg){
		.coherent_walk	= true,
		.iommu_dev	= cfg->iommu_dev,
		.alloc		= cfg->alloc,
		.free		= cfg->free,
	};
	cfg->alloc = table_alloc;
	cfg->free = table_free;
}

/* The format has freed its table: all memory should be back. */
void check_memory_free(struct check_table *t)
{
	struct check_page *page;
	unsigned long index;

	if (!xa_empty(&t->pages))
		check_report(t, NULL, CHECK_MEMORY, "tables are left when all is freed");
	xa_for_each(&t->pages, index, page)
		kfree(page);
	xa_destroy(&t->pages);
}
