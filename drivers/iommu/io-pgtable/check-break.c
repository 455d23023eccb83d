// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker and break-before-make (DDI0487 D8.16.1), in tables with Arm long descriptors. A valid
 * descriptor must become invalid, and TLBs must be invalidated, before another valid descriptor
 * takes its place.
 */
#include <linux/align.h>
#include <linux/minmax.h>

#include "arm-lpae-bits.h"
#include "check.h"

/*
 * Bits whose change needs break-before-make. The hardware itself changes the access flag and the
 * dirty state.
 */
#define IDENTITY	(LPAE_TYPE | LPAE_ADDR | LPAE_CONT)

/* Without tlb_flush_walk, a format cannot invalidate between break and make. */
static bool needs_break(const struct check_table *t)
{
	return t->shows_walks && !(t->iop.cfg.quirks & IO_PGTABLE_QUIRK_NO_BBM) &&
	       t->driver_tlb && t->driver_tlb->tlb_flush_walk;
}

/*
 * Check that a descriptor is invalid when TLBs are told to invalidate it. The descriptor is that of
 * a table that is removed, or of a block or contiguous group that is about to be split.
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

/* The address just before (@i is 0) or just after the range of a call */
static unsigned long beside_iova(const struct check_call *call, unsigned int i)
{
	return i ? call->span.last + 1 : call->span.first - 1;
}

/*
 * Note the walks to the addresses next to the range of a call that is about to begin. Such a walk
 * changes only if the address shares an entry with the range: a block that is split, or a
 * contiguous group.
 */
void check_break_begin(struct check_table *t, struct check_call *call)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(call->beside) && needs_break(t); i++)
		call->beside[i].known = check_input(t, beside_iova(call, i)) &&
					check_model_walk(t, beside_iova(call, i), &call->beside[i]);
}

/*
 * The driver is told to invalidate [@first, @last], perhaps by a call that began before @call and
 * that splits the block or group which contains an address next to the range of @call.
 */
void check_break_told(struct check_call *call, unsigned long first, unsigned long last)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(call->beside); i++)
		if (beside_iova(call, i) >= first && beside_iova(call, i) <= last)
			WRITE_ONCE(call->beside[i].told, true);
}

static void judge_beside(struct check_table *t, const struct check_call *call, unsigned int i)
{
	const struct check_walk *was = &call->beside[i];
	unsigned long iova = beside_iova(call, i);
	struct check_walk is;
	unsigned int level;
	u64 old, new;

	if (!was->known || !check_model_walk(t, iova, &is) || is.changes != was->changes)
		return;
	/* Another call notes its invalidation first, and then writes what the walk has seen. */
	smp_rmb();
	if (call->all_told || READ_ONCE(was->told))
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

/*
 * Check the walks next to the range of a call that is about to end. A walk is not checked if other
 * calls have begun or ended meanwhile.
 */
void check_break_end(struct check_table *t, const struct check_call *call)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(call->beside); i++)
		judge_beside(t, call, i);
}
