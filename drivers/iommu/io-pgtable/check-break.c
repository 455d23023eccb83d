// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker and break-before-make (DDI0487 D8.16.1), in tables with Arm long descriptors: a
 * descriptor that is valid becomes invalid, is invalidated in TLBs, and only then is another one.
 */
#include <linux/align.h>
#include <linux/minmax.h>

#include "arm-lpae-bits.h"
#include "check.h"

/* What makes it another descriptor. The hardware changes access flag and dirty state itself. */
#define IDENTITY	(LPAE_TYPE | LPAE_ADDR | LPAE_CONT)

/* Without a callback for walks, a format has no way to break. */
static bool needs_break(const struct check_table *t)
{
	return t->shows_walks && !(t->iop.cfg.quirks & IO_PGTABLE_QUIRK_NO_BBM) &&
	       t->driver_tlb && t->driver_tlb->tlb_flush_walk;
}

/*
 * A descriptor is invalid before it is invalidated in TLBs: a table that goes, and a block
 * or a group that is about to be replaced by its parts.
 */
void check_break_invalidated(struct check_table *t, const struct check_call *call,
			     unsigned long iova, size_t size)
{
	struct arm_lpae_io_pgtable_walk_data walk = { .ptes = { ~0, ~0, ~0, ~0 } };
	unsigned int level = ARRAY_SIZE(walk.ptes);

	if (!needs_break(t) || !check_span_overlaps(&call->span, iova, iova + size - 1))
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

/*
 * A call is about to begin. What is beside its range only changes if it is in one entry with
 * something in the range: in a block that is split, or in a contiguous group.
 */
void check_break_begin(struct check_table *t, struct check_call *call)
{
	const unsigned long beside[] = { call->span.first - 1, call->span.last + 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(beside) && needs_break(t); i++)
		call->beside[i].known = check_input(t, beside[i]) &&
					check_model_walk(t, beside[i], &call->beside[i]);
}

static void judge_beside(struct check_table *t, const struct check_call *call,
			 unsigned long iova, const struct check_walk *was)
{
	struct check_walk is;
	unsigned int level;
	u64 old, new;

	if (!was->known || !check_model_walk(t, iova, &is) || is.changes != was->changes ||
	    call->all_told || check_spans_cover(&call->told, iova, iova))
		return;
	for (level = 0; level < ARRAY_SIZE(is.data.ptes); level++) {
		old = was->data.ptes[level];
		new = is.data.ptes[level];
		if (!(old & new & LPAE_VALID) || !((old ^ new) & IDENTITY))
			continue;
		check_report(t, call, CHECK_BREAK,
			     "iova %#lx beside the range: its descriptor of level %u, %#llx, is %#llx now, and was not invalidated in between",
			     iova, level, old, new);
	}
}

/* The call is about to end. If others have begun or ended meanwhile, nothing is judged. */
void check_break_end(struct check_table *t, const struct check_call *call)
{
	judge_beside(t, call, call->span.first - 1, &call->beside[0]);
	judge_beside(t, call, call->span.last + 1, &call->beside[1]);
}
