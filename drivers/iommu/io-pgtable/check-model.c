// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker's model of an address space: the mappings, and the calls that are about to change
 * them.
 *
 * By the contract of &struct io_pgtable_ops, calls in progress have disjoint ranges. So the lock is
 * not held while the format changes a range. Translations outside of the ranges of all calls in
 * progress do not change while the lock is held.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/interval_tree.h>
#include <linux/slab.h>

#include "check.h"
#include "steps.h"

static struct check_extent *find(struct check_table *t, unsigned long first, unsigned long last)
{
	struct interval_tree_node *node = interval_tree_iter_first(&t->extents, first, last);

	return node ? container_of(node, struct check_extent, node) : NULL;
}

static struct check_extent *find_next(struct check_extent *e, unsigned long first,
				      unsigned long last)
{
	struct interval_tree_node *node = interval_tree_iter_next(&e->node, first, last);

	return node ? container_of(node, struct check_extent, node) : NULL;
}

static struct check_extent *new_extent(struct check_table *t, const struct check_extent *like)
{
	unsigned int nth = check_hold_injection();
	struct check_extent *e = kmemdup(like, sizeof(*like), GFP_ATOMIC | __GFP_NOWARN);

	check_resume_injection(nth);
	if (!e)
		t->blind = true;
	return e;
}

/* Split the extent that crosses @at, if there is one. */
static void cut(struct check_table *t, unsigned long at)
{
	struct check_extent *e = find(t, at, at), *upper;

	if (!e || e->node.start == at)
		return;
	upper = new_extent(t, e);
	if (!upper)
		return;
	interval_tree_remove(&e->node, &t->extents);
	e->node.last = at - 1;
	interval_tree_insert(&e->node, &t->extents);
	upper->node.start = at;
	interval_tree_insert(&upper->node, &t->extents);
}

/* Split extents that are partly inside and partly outside of a range. */
static void cut_out(struct check_table *t, unsigned long first, unsigned long last)
{
	cut(t, first);
	if (last != ULONG_MAX)
		cut(t, last + 1);
}

static void erase(struct check_table *t, unsigned long first, unsigned long last)
{
	struct check_extent *e;

	cut_out(t, first, last);
	while (!t->blind && (e = find(t, first, last))) {
		interval_tree_remove(&e->node, &t->extents);
		kfree(e);
	}
}

/*
 * Return: log2 of the smallest leaf entry in a page of BIT(@shift) bytes. The leaf entries of the
 * Arm formats are known. Other formats may use leaf entries of the smallest page size.
 */
static unsigned int leaf_shift(const struct check_table *t, unsigned int shift)
{
	unsigned int granule = __ffs(t->iop.cfg.pgsize_bitmap), leaf = granule;

	if (check_has_long_descriptors(t->iop.fmt)) {
		while (leaf + granule - 3 <= shift)
			leaf += granule - 3;
		return leaf;
	}
	/* A large page or a supersection has sixteen entries. */
	if (t->iop.fmt == ARM_V7S)
		return shift == 16 || shift == 24 ? shift - 4 : shift;
	return granule;
}

#define QUIRKS_GROUPS	(IO_PGTABLE_QUIRK_ARM_CONTIG | IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS)

static bool is_group(const struct check_table *t, const struct check_extent *e)
{
	return t->iop.cfg.quirks & QUIRKS_GROUPS && !e->split && e->page_shift != e->leaf_shift;
}

/* Note the page at @iova in @call, if only part of the page is in the call's range. */
static void note_part(struct check_table *t, struct check_call *call, unsigned long iova)
{
	struct check_extent *e = find(t, iova, iova);
	unsigned long first, last;

	if (!e || e->split ||
	    (call->n_parts && check_span_overlaps(&call->parts[0], iova, iova)))
		return;
	first = ALIGN_DOWN(iova, BIT(e->page_shift));
	last = first + BIT(e->page_shift) - 1;
	if (first >= call->span.first && last <= call->span.last)
		return;
	call->parts[call->n_parts++] = (struct check_span){ first, last };
}

/*
 * Pages of more than BIT(@shift) bytes may have leaf entries of any size from now on. Contiguous
 * groups are not split if their leaf entries have BIT(@shift) bytes or more. A @shift of 0 splits
 * all pages and groups.
 */
static void split_pages(struct check_table *t, unsigned long first, unsigned long last,
			unsigned int shift)
{
	struct check_extent *e;

	e = find(t, first, first);
	if (e && e->page_shift > shift)
		first = ALIGN_DOWN(first, BIT(e->page_shift));
	e = find(t, last, last);
	if (e && e->page_shift > shift)
		last |= BIT(e->page_shift) - 1;
	cut_out(t, first, last);
	for (e = find(t, first, last); e; e = find_next(e, first, last)) {
		if (e->page_shift <= shift || (shift && is_group(t, e) && e->leaf_shift >= shift))
			continue;
		e->split = true;
		e->leaf_shift = __ffs(t->iop.cfg.pgsize_bitmap);
	}
}

/* Note the sizes of leaf entries in the range of an unmap. */
static void note_leaves(struct check_table *t, struct check_call *call)
{
	unsigned long first = call->span.first, last = call->span.last;
	bool only_groups = true;
	struct check_extent *e;

	for (e = find(t, first, last); e; e = find_next(e, first, last)) {
		if (!call->leaf_min || e->leaf_shift < call->leaf_min)
			call->leaf_min = e->leaf_shift;
		if (call->leaf_max && e->page_shift != call->leaf_max)
			only_groups = false;
		call->leaf_max = max_t(unsigned int, call->leaf_max, e->page_shift);
		only_groups &= is_group(t, e);
	}
	if (only_groups && call->leaf_max)
		call->group_shift = call->leaf_max;
}

static void begin_unmap(struct check_table *t, struct check_call *call)
{
	unsigned int i;

	note_part(t, call, call->span.first);
	note_part(t, call, call->span.last);
	/* A call for a range unmaps the largest pages that fit, so only its ends are split. */
	for (i = 0; i < call->n_parts; i++)
		split_pages(t, call->parts[i].first, call->parts[i].last, 0);
	if (!call->is_range)
		split_pages(t, call->span.first, call->span.last, __ffs(call->pgsize));
	note_leaves(t, call);
}

static void begin_map(struct check_table *t, struct check_call *call)
{
	struct check_extent *e = find(t, call->span.first, call->span.last);

	if (e) {
		call->overlaps = true;
		call->overlap = max(e->node.start, call->span.first);
	}
}

static const struct check_call *find_call(struct check_table *t, unsigned long first,
					  unsigned long last)
{
	const struct check_call *call;

	list_for_each_entry(call, &t->calls, node)
		if (check_span_overlaps(&call->span, first, last))
			return call;
	return NULL;
}

/*
 * A call is about to change @call->span. Return: whether the call is checked. If so,
 * check_model_end() must follow.
 */
bool check_model_begin(struct check_table *t, struct check_call *call)
{
	const struct check_call *other;
	unsigned long flags;
	bool blind;

	call->task = current;
	spin_lock_irqsave(&t->lock, flags);
	t->changes++;
	if (call->valid && call->unmaps)
		begin_unmap(t, call);
	else if (!call->unmaps)
		begin_map(t, call);
	spin_lock(&t->calls_lock);
	other = find_call(t, call->span.first, call->span.last);
	call->id = ++t->ids;
	blind = t->blind;
	if (!blind)
		list_add(&call->node, &t->calls);
	spin_unlock(&t->calls_lock);
	spin_unlock_irqrestore(&t->lock, flags);

	if (blind)
		check_blind(t);
	else if (other)
		check_report(t, call, CHECK_RACE, "another call for this range is in progress");
	if (!blind)
		check_break_begin(t, call);
	return !blind;
}

/* The call has ended. Other calls may use its range again. */
void check_model_end(struct check_table *t, struct check_call *call)
{
	unsigned long flags;
	bool blind;

	spin_lock_irqsave(&t->lock, flags);
	t->changes++;
	spin_lock(&t->calls_lock);
	list_del(&call->node);
	spin_unlock(&t->calls_lock);
	blind = t->blind;
	spin_unlock_irqrestore(&t->lock, flags);
	if (blind)
		check_blind(t);
}

/*
 * Find the pages of one size at @at bytes in the call's range. Return: the page size; *@size is the
 * size of these pages together.
 */
size_t check_model_step(const struct check_table *t, const struct check_call *call, size_t at,
			size_t *size)
{
	unsigned long iova = call->span.first + at;
	u64 paddr = call->unmaps ? iova : call->paddr + at;
	size_t pgsize = call->pgsize, pgcount;

	*size = call->span.last - iova + 1;
	if (call->is_range) {
		pgsize = step_init(t->iop.cfg.pgsize_bitmap, iova, paddr, *size, &pgcount);
		*size = pgsize * pgcount;
	}
	return pgsize;
}

/*
 * Note that [@at, @at + @size) of the call's range is mapped with pages of BIT(@shift) bytes. Older
 * mappings there are replaced.
 */
static void map_step(struct check_table *t, const struct check_call *call, size_t at,
		     size_t size, unsigned int shift)
{
	struct check_extent like = {
		.node.start = call->span.first + at,
		.node.last = call->span.first + at + size - 1,
		.offset = call->paddr - call->span.first,
		.page_shift = shift,
		.leaf_shift = leaf_shift(t, shift),
	}, *e;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	e = size ? new_extent(t, &like) : NULL;
	if (e) {
		erase(t, like.node.start, like.node.last);
		interval_tree_insert(&e->node, &t->extents);
	}
	spin_unlock_irqrestore(&t->lock, flags);
	if (size)
		check_held_map(t, call, like.node.start, like.node.last, like.leaf_shift);
}

/*
 * Return: log2 of the contiguous group that a run of leaves of BIT(@shift) bytes becomes; @shift if
 * such runs do not become groups.
 */
static unsigned int run_shift(const struct check_table *t, unsigned int shift)
{
	unsigned int granule = __ffs(t->iop.cfg.pgsize_bitmap);
	bool page = shift == granule;

	if (!(t->iop.cfg.quirks & IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS) ||
	    t->iop.cfg.quirks & IO_PGTABLE_QUIRK_ARM_HD || (!page && shift != 2 * granule - 3))
		return shift;
	/* DDI0487 D8.7.1 */
	if (granule == 12)
		return shift + 4;
	return shift + (granule == 14 && page ? 7 : 5);
}

/* As map_step(). Leaves that fill contiguous groups are noted as groups. */
static void map_run(struct check_table *t, const struct check_call *call, size_t at,
		    size_t size, unsigned int shift)
{
	unsigned int group = run_shift(t, shift);
	u64 iova = call->span.first + at, mask = BIT_ULL(group) - 1;
	size_t before = size, grouped = 0;

	if (!((call->span.first ^ call->paddr) & mask)) {
		before = min_t(u64, size, -iova & mask);
		grouped = (size - before) & ~mask;
	}
	map_step(t, call, at, before, shift);
	map_step(t, call, at + before, grouped, group);
	map_step(t, call, at + before + grouped, size - before - grouped, shift);
}

/* Note that the first @size bytes of the call's range are mapped. */
void check_model_map(struct check_table *t, const struct check_call *call, size_t size)
{
	size_t at, step, pgsize;

	for (at = 0; at < size; at += step) {
		pgsize = check_model_step(t, call, at, &step);
		step = min(step, size - at);
		map_run(t, call, at, step, __ffs(pgsize));
	}
}

/* Note that the first @size bytes of the call's range are not mapped. */
void check_model_unmap(struct check_table *t, const struct check_call *call, size_t size)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	erase(t, call->span.first, call->span.first + size - 1);
	spin_unlock_irqrestore(&t->lock, flags);
}

/* Return: whether @iova is mapped. If so, its extent is copied to *@found. */
bool check_model_find(struct check_table *t, unsigned long iova, struct check_extent *found)
{
	struct check_extent *e;
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	e = find(t, iova, iova);
	if (e)
		*found = *e;
	spin_unlock_irqrestore(&t->lock, flags);
	return e;
}

/* Return: whether a range has an address that is not mapped; *@hole is the first one. */
bool check_model_hole(struct check_table *t, const struct check_span *span,
		      unsigned long *hole)
{
	unsigned long at = span->first, flags;
	struct check_extent *e;
	bool found = false;

	spin_lock_irqsave(&t->lock, flags);
	for (;;) {
		e = find(t, at, at);
		if (!e) {
			*hole = at;
			found = !t->blind;
			break;
		}
		if (e->node.last >= span->last)
			break;
		at = e->node.last + 1;
	}
	spin_unlock_irqrestore(&t->lock, flags);
	return found;
}

/*
 * Check the invalidations for the first @size bytes of an unmap. Return: true if the driver was not
 * told to invalidate every mapping there; *@untold is a range that was not invalidated as a whole.
 */
bool check_model_untold(struct check_table *t, const struct check_call *call, size_t size,
			struct check_span *untold)
{
	unsigned long first = call->span.first, last = first + size - 1, flags;
	struct check_extent *e;
	bool found = false;

	spin_lock_irqsave(&t->lock, flags);
	for (e = find(t, first, last); e; e = find_next(e, first, last)) {
		untold->first = max(e->node.start, first);
		untold->last = min(e->node.last, last);
		found = !check_spans_cover(&call->told, untold->first, untold->last);
		if (found)
			break;
	}
	spin_unlock_irqrestore(&t->lock, flags);
	return found;
}

/*
 * Look up the expected translation, with the lock held. Return: false if a call in progress may
 * change the translation, or if the table is no longer checked.
 */
static bool expectation(struct check_table *t, unsigned long iova, u64 *expected)
{
	const struct check_extent *e = find(t, iova, iova);
	bool quiet;

	spin_lock(&t->calls_lock);
	quiet = !t->blind && !find_call(t, iova, iova);
	spin_unlock(&t->calls_lock);
	*expected = e ? (phys_addr_t)(iova + e->offset) : 0;
	return quiet;
}

/*
 * Translate an address that other calls may use. No call can begin while the lock is held. Return:
 * whether *@expected and *@got can be compared.
 */
bool check_model_probe(struct check_table *t, unsigned long iova, u64 *expected, u64 *got)
{
	unsigned long flags;
	bool quiet;

	spin_lock_irqsave(&t->lock, flags);
	quiet = expectation(t, iova, expected);
	if (quiet)
		*got = t->inner->iova_to_phys(t->inner, iova);
	spin_unlock_irqrestore(&t->lock, flags);
	return quiet;
}

/*
 * Get the walk to an address that other calls may use, in a table that shows walks. Return: false
 * if a call in progress may change the walk.
 */
bool check_model_walk(struct check_table *t, unsigned long iova, struct check_walk *walk)
{
	unsigned long flags;
	u64 expected;
	bool quiet;

	walk->data = (struct arm_lpae_io_pgtable_walk_data){ };
	spin_lock_irqsave(&t->lock, flags);
	quiet = expectation(t, iova, &expected);
	walk->changes = t->changes;
	if (quiet)
		t->inner->pgtable_walk(t->inner, iova, &walk->data);
	spin_unlock_irqrestore(&t->lock, flags);
	return quiet;
}

/*
 * @got was translated after @changes was read from &check_table.changes. Return: whether @got is
 * wrong; *@expected is then the right translation.
 */
bool check_model_denies(struct check_table *t, unsigned long iova, u64 got,
			unsigned long changes, u64 *expected)
{
	unsigned long flags;
	bool denies;

	spin_lock_irqsave(&t->lock, flags);
	denies = expectation(t, iova, expected) && t->changes == changes && got != *expected;
	spin_unlock_irqrestore(&t->lock, flags);
	return denies;
}

/* Free the model with its table. */
void check_model_free(struct check_table *t)
{
	struct check_extent *e;

	while ((e = find(t, 0, ULONG_MAX))) {
		interval_tree_remove(&e->node, &t->extents);
		kfree(e);
	}
}
