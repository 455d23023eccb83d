// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker's model of table memory: which memory is in use, and which tables the hardware may
 * hold walks to. With Arm long descriptors the checker can find the place of a table. The states of
 * such a table are
 *
 *   new -- linked --> held -- no descriptor leads there, and walks are invalidated --> clear
 *
 * A held table must not be freed, neither by a call nor later.
 *
 * Most functions run inside a map or an unmap. The format may then hold its own locks.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/interval_tree.h>
#include <linux/io.h>
#include <linux/kasan.h>
#include <linux/slab.h>

#include "arm-lpae-bits.h"
#include "check.h"

/* Tables are aligned to 64 bytes. */
#define PAGE_KEY_SHIFT	6

/* The last level of LPAE and Mali tables, whose pgtable_walk shows walks */
#define LAST_LEVEL	3

/**
 * enum page_state - whether the hardware may hold walks to a table
 * @PAGE_NEW: not known: a call has allocated the table
 * @PAGE_HELD: may hold: a descriptor leads to the table, or did so and was not invalidated since
 * @PAGE_CLEAR: holds none
 */
enum page_state {
	PAGE_NEW,
	PAGE_HELD,
	PAGE_CLEAR,
};

/**
 * struct check_page - the memory of a table
 * @node: input addresses that the table translates; in &check_table.held_pages while the state is
 *	%PAGE_HELD. For a new table, the range of the call that allocated the table. The table then
 *	translates part of this range.
 * @size: size of the memory in bytes
 * @pa: physical address
 * @state: whether the hardware may hold walks to the table
 * @level: level of the descriptor that leads to the table
 * @id: number of the call that allocated the table; 0 if allocated with the page table as a whole
 */
struct check_page {
	struct interval_tree_node	node;
	size_t				size;
	phys_addr_t			pa;
	enum page_state			state;
	unsigned int			level;
	unsigned long			id;
};

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
	page->pa = virt_to_phys(pages);
	spin_lock_irqsave(&t->calls_lock, flags);
	call = check_own_call(t);
	if (call) {
		page->node.start = call->span.first;
		page->node.last = call->span.last;
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

/* Called with the lock of &check_table.pages held */
static void set_state(struct check_table *t, struct check_page *page, enum page_state state)
{
	if (page->state == PAGE_HELD)
		interval_tree_remove(&page->node, &t->held_pages);
	page->state = state;
	if (state == PAGE_HELD)
		interval_tree_insert(&page->node, &t->held_pages);
}

/* Return: log2 of the bytes that a descriptor of @level translates. A descriptor has 8 bytes. */
static unsigned int level_shift(unsigned int granule_shift, unsigned int level)
{
	return granule_shift + (LAST_LEVEL - level) * (granule_shift - 3);
}

/* Note that the descriptor of @level for @iova leads to a table at @pa. */
static void locate_table(struct check_table *t, unsigned long iova, unsigned int level,
			 phys_addr_t pa)
{
	unsigned int shift = level_shift(__ffs(t->iop.cfg.pgsize_bitmap), level);
	struct check_page *page;
	unsigned long flags;

	if (shift >= BITS_PER_LONG)
		return;
	xa_lock_irqsave(&t->pages, flags);
	page = xa_load(&t->pages, page_key(phys_to_virt(pa)));
	if (page && page->state != PAGE_HELD) {
		page->node.start = iova & ~(BIT(shift) - 1);
		page->node.last = iova | (BIT(shift) - 1);
		page->level = level;
		set_state(t, page, PAGE_HELD);
	}
	xa_unlock_irqrestore(&t->pages, flags);
}

/* Note all tables on the walk to @iova. */
static void locate_tables(struct check_table *t, unsigned long iova, unsigned int granule)
{
	struct arm_lpae_io_pgtable_walk_data walk = { };
	unsigned int level;

	t->inner->pgtable_walk(t->inner, iova, &walk);
	for (level = 0; level < LAST_LEVEL; level++)
		if ((walk.ptes[level] & LPAE_TYPE_TABLE) == LPAE_TYPE_TABLE)
			locate_table(t, iova, level, lpae_desc_to_addr(walk.ptes[level], granule));
}

/*
 * Find the places of the tables that a call has made, from walks to its range. Other calls must not
 * use the range meanwhile.
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
		/* @iova has wrapped around. */
		if (!iova)
			break;
	}
}

/* Return: whether a descriptor leads to @page, whose state is %PAGE_HELD. */
static bool is_linked(struct check_table *t, const struct check_page *page)
{
	struct arm_lpae_io_pgtable_walk_data walk = { };
	u64 desc;

	t->inner->pgtable_walk(t->inner, page->node.start, &walk);
	desc = walk.ptes[page->level];
	return (desc & LPAE_TYPE_TABLE) == LPAE_TYPE_TABLE &&
	       lpae_desc_to_addr(desc, __ffs(t->iop.cfg.pgsize_bitmap)) == page->pa;
}

/* Note that walks in the ranges @walks are invalidated. @told: the last of these ranges */
void check_memory_invalidate(struct check_table *t, const struct check_spans *walks,
			     const struct check_span *told)
{
	struct interval_tree_node *node, *next;
	struct check_page *page;
	unsigned long flags;

	xa_lock_irqsave(&t->pages, flags);
	for (node = interval_tree_iter_first(&t->held_pages, told->first, told->last); node;
	     node = next) {
		next = interval_tree_iter_next(node, told->first, told->last);
		page = container_of(node, struct check_page, node);
		if (check_spans_cover(walks, node->start, node->last) && !is_linked(t, page))
			set_state(t, page, PAGE_CLEAR);
	}
	xa_unlock_irqrestore(&t->pages, flags);
}

static struct check_page *take_page(struct check_table *t, void *pages, enum page_state *state)
{
	struct check_page *page;
	unsigned long flags;

	xa_lock_irqsave(&t->pages, flags);
	page = __xa_erase(&t->pages, page_key(pages));
	if (page) {
		*state = page->state;
		set_state(t, page, PAGE_CLEAR);
	}
	xa_unlock_irqrestore(&t->pages, flags);
	return page;
}

/*
 * Return: whether the hardware may hold walks to a table whose place is not known. That is so if an
 * earlier call has allocated the table, and this call has invalidated no address that the table may
 * translate.
 */
static bool is_new_held(const struct check_call *call, const struct check_page *page)
{
	/* A call that frees a table of its own has not installed the table. */
	return page->id && page->id != call->id && !call->all_told &&
	       !check_spans_overlap(&call->walks, page->node.start, page->node.last);
}

/* Check that walks to a table were invalidated before the table is freed. */
static void judge_free(struct check_table *t, const struct check_page *page,
		       enum page_state state)
{
	struct check_call own;
	const struct check_call *call;
	unsigned long flags;

	/* The hardware does not use a page table that is freed as a whole. */
	if (t->dying || !t->driver_tlb || !t->driver_tlb->tlb_flush_walk)
		return;
	spin_lock_irqsave(&t->calls_lock, flags);
	call = check_own_call(t);
	if (call)
		own = *call;
	spin_unlock_irqrestore(&t->calls_lock, flags);
	if (state == PAGE_HELD || (state == PAGE_NEW && call && is_new_held(&own, page)))
		check_report(t, call ? &own : NULL, CHECK_TABLE,
			     "a table for iova %#lx to %#lx is freed before it is invalidated",
			     page->node.start, page->node.last);
}

static void judge_page(struct check_table *t, const struct check_page *page, size_t size,
		       enum page_state state)
{
	if (page && page->size == size)
		judge_free(t, page, state);
	else if (page)
		check_report(t, NULL, CHECK_MEMORY,
			     "a table of %zu bytes is freed as one of %zu bytes", page->size, size);
	else if (!READ_ONCE(t->lost_pages))
		check_report(t, NULL, CHECK_MEMORY, "a table is freed that is not in use");
}

static void table_free(void *cookie, void *pages, size_t size)
{
	struct check_table *t = cookie;
	enum page_state state = PAGE_NEW;
	struct check_page *page = take_page(t, pages, &state);

	judge_page(t, page, size, state);
	kfree(page);
	io_pgtable_free_pages(&t->memory, t->driver_cookie, pages, size);
}

/*
 * Formats that take table memory from their driver take it from the checker. The memory comes from
 * the same source as without the checker: the driver, or the page allocator. The format makes DMA
 * mappings.
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

/* Check that no table memory is left after the format has freed its table. */
void check_memory_free(struct check_table *t)
{
	struct check_page *page;
	unsigned long index;

	if (!xa_empty(&t->pages))
		check_report(t, NULL, CHECK_MEMORY, "tables remain after the page table is freed");
	xa_for_each(&t->pages, index, page)
		kfree(page);
	xa_destroy(&t->pages);
}
