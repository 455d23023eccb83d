/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Map
 */
#ifndef __IO_PGTABLE_WALK_MAP_H
#define __IO_PGTABLE_WALK_MAP_H

#include "tables.h"

/*
 * Map
 */

/*
 * See to it that @descp leads to a table that the walker sees. Return: what it is
 * then: the table; a block that is in the way; 0 if there is no memory.
 */
static u64 walk_make_table(struct walk_tables *t, u64 *descp, u64 desc, gfp_t gfp)
{
	u64 *table, new;

	if (desc) {
		/* Its maker may not have come to that yet. */
		walk_sync(t, descp, 1);
		return desc;
	}

	table = walk_alloc_table(t, gfp);
	if (!table)
		return 0;
	new = walk_table_desc(t, table);
	desc = walk_install_table(t, descp, 0, new);
	if (!desc)
		return new;
	walk_free_table(t, table, FMT_LAST_LEVEL);
	return desc;
}

/*
 * Go on down for @iova to where a descriptor translates BIT(@to) bytes, making what
 * tables are missing. Return: 0, -ENOMEM, -EEXIST for a block in the way.
 */
static int walk_make(struct walk_tables *t, struct walk *w, unsigned long iova,
			  unsigned int to, gfp_t gfp)
{
	u64 desc;

	for (;; walk_enter(w, iova, desc, walk_next_shift(w))) {
		desc = walk_down(w, iova, to, t->ready_bits, NULL);
		if (w->shift == to)
			return 0;
		desc = walk_make_table(t, w->descp, desc, gfp);
		if (!fmt_is_table(desc))
			return desc ? -EEXIST : -ENOMEM;
	}
}

/*
 * See to it that @n descriptors are free to be written. Tables without a live
 * entry may be in the way, from pages that were unmapped one by one. All is
 * looked at before anything is touched.
 */
static noinline int walk_make_room(struct walk_tables *t, u64 *descs, unsigned int n,
				   unsigned long iova, unsigned int shift)
{
	unsigned int i, level = walk_shift_level(&t->geo, shift);
	u64 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (!desc)
			continue;
		if (level == FMT_LAST_LEVEL || !fmt_is_table(desc) ||
		    !walk_tables_are_empty(t, walk_next_table(t, desc), level + 1))
			return -EEXIST;
	}

	for (i = 0; i < n; i++, iova += BIT(shift)) {
		desc = READ_ONCE(descs[i]);
		if (desc)
			walk_remove_tables(t, &descs[i], desc, iova, shift);
	}
	return 0;
}

/*
 * Write @n leaves for contiguous memory. One is the one before plus the page size,
 * except where the output address passes 2^48: see fmt_addr_to_desc().
 */
static __always_inline void walk_write_leaves(const struct walk_tables *t,
					      const struct walk *w, unsigned int n,
					      u64 paddr, u64 attrs)
{
	u64 size = BIT_ULL(w->shift), last = paddr + n * size - 1;
	u64 *descs = w->descp;

	attrs |= walk_at_page(w) ? t->page_type : FMT_TYPE_BLOCK;
	if (w->granule_shift < 16 || !((paddr ^ last) >> 48))
		run_write(descs, n, fmt_addr_to_desc(paddr) | attrs, size);
	else
		for (; n; n--, paddr += size)
			run_write(descs++, 1, fmt_addr_to_desc(paddr) | attrs, 0);
}

/*
 * Map what takes more than walk_map() does by itself. It has come to @w. A page that is
 * a group is so many pages that say so.
 */
static noinline int walk_map_slowly(struct walk_tables *t, struct walk w,
				    unsigned long iova, u64 paddr, size_t pgcount,
				    unsigned int shift, u64 attrs, gfp_t gfp,
				    size_t *mapped)
{
	unsigned int n, entry_shift = walk_entry_shift(t, shift);
	int ret = 0;

	if (entry_shift != shift) {
		attrs |= FMT_CONT;
		pgcount <<= shift - entry_shift;
		shift = entry_shift;
	}
	/* A table is where a block is to be. */
	if (w.shift < shift)
		w = walk_root(t, iova, w.granule_shift);
	for (;;) {
		ret = walk_make(t, &w, iova, shift, gfp);
		if (ret)
			break;

		n = min(pgcount, walk_room(&w));
		if (!run_are_clear(w.descp, n))
			ret = walk_make_room(t, w.descp, n, iova, shift);
		if (ret)
			break;

		walk_write_leaves(t, &w, n, paddr, attrs);
		walk_sync(t, w.descp, n);
		*mapped += (size_t)n << shift;
		pgcount -= n;
		if (!pgcount)
			break;
		iova += (size_t)n << shift;
		paddr += (size_t)n << shift;
		w = walk_root(t, iova, w.granule_shift);
	}
	/* As below. Also after a failure: part may be mapped. */
	wmb();
	return ret;
}

/* Map @n descriptors of contiguous groups: they too have mostly their place in one table. */
static noinline int walk_map_groups(struct walk_tables *t, struct walk w,
				    unsigned long iova, u64 paddr, size_t n, u64 attrs,
				    gfp_t gfp, size_t *mapped)
{
	attrs |= FMT_CONT;
	if (n > walk_room(&w) || !run_are_clear(w.descp, n))
		return walk_map_slowly(t, w, iova, paddr, n, w.shift, attrs, gfp, mapped);

	walk_write_leaves(t, &w, n, paddr, attrs);
	walk_sync(t, w.descp, n);
	*mapped += n << w.shift;
	/* As below. */
	wmb();
	return 0;
}

/*
 * Map pages where the last table is missing, in place of @descp: they are written before
 * anybody else can see it.
 */
static noinline int walk_map_new_table(struct walk_tables *t, u64 *descp, unsigned long iova,
				       u64 paddr, size_t pgcount, u64 attrs, gfp_t gfp,
				       size_t *mapped)
{
	struct walk w = { .granule_shift = t->geo.granule_shift, .linear = t->linear };
	u64 *table = walk_alloc_table(t, gfp), new;
	size_t n, size;

	if (!table)
		return -ENOMEM;

	new = walk_table_desc(t, table);
	walk_enter(&w, iova, new, w.granule_shift);
	n = min(pgcount, walk_room(&w));
	walk_write_leaves(t, &w, n, paddr, attrs);
	walk_sync(t, w.descp, n);
	if (walk_install_table(t, descp, 0, new)) {
		/* Another CPU was faster. */
		walk_free_table(t, table, FMT_LAST_LEVEL);
		n = 0;
	}
	size = n << w.shift;
	*mapped += size;
	if (n < pgcount)
		return walk_map_slowly(t, walk_root(t, iova + size, w.granule_shift),
				       iova + size, paddr + size, pgcount - n, w.shift,
				       attrs, gfp, mapped);
	/* As below. */
	wmb();
	return 0;
}

/* What is not valid, or has a @prot that is rare or new. */
static noinline int walk_map_first(struct walk_tables *t, unsigned long iova, u64 paddr,
				   size_t pgsize, size_t pgcount, int prot, gfp_t gfp,
				   size_t *mapped)
{
	int ret = range_map_error(&t->limits, iova, paddr, pgsize, pgcount, prot);
	u64 attrs;

	if (ret || !pgcount)
		return ret;
	attrs = t->regime->attrs(t->iop.cfg.quirks, prot);
	if (range_prot_is_common(prot))
		WRITE_ONCE(t->attrs[prot], attrs);
	return walk_map_slowly(t, walk_root(t, iova, t->geo.granule_shift), iova, paddr,
			       pgcount, __ffs(pgsize), attrs, gfp, mapped);
}

/* The end of walk_map() for a walker without coherency */
static noinline int walk_publish(const struct walk_tables *t, u64 *descs, unsigned int n)
{
	walk_clean(t, descs, n);
	/* As there. */
	wmb();
	return 0;
}

/* Map. Mostly pages have their place in one table that is there. */
static __always_inline int walk_map(struct walk_tables *t, unsigned long iova,
				    phys_addr_t paddr, size_t pgsize,
				    size_t pgcount, int prot, gfp_t gfp,
				    size_t *mapped, unsigned int granule_shift)
{
	u64 attrs = range_prot_is_common(prot) ? READ_ONCE(t->attrs[prot]) : 0;
	struct walk w = walk_root(t, iova, granule_shift);
	unsigned int shift;
	u64 desc;

	if (!attrs || !range_map_is_valid(&t->limits, iova, paddr, pgsize, pgcount))
		return walk_map_first(t, iova, paddr, pgsize, pgcount, prot, gfp, mapped);

	shift = __ffs(pgsize);
	desc = walk_to_leaf(t, &w, iova, t->ready_bits);
	if (!desc && w.shift == walk_level_shift(granule_shift, FMT_LAST_LEVEL - 1) &&
	    shift == granule_shift)
		return walk_map_new_table(t, w.descp, iova, paddr, pgcount, attrs, gfp, mapped);
	if (desc || w.shift != shift || pgcount > walk_room(&w) ||
	    (pgcount > 1 && !run_are_clear(w.descp, pgcount))) {
		if (!desc && walk_is_group(&w, shift))
			return walk_map_groups(t, w, iova, paddr,
					       pgcount << walk_group_bits(&w),
					       attrs, gfp, mapped);
		return walk_map_slowly(t, w, iova, paddr, pgcount, shift, attrs, gfp, mapped);
	}

	walk_write_leaves(t, &w, pgcount, paddr, attrs);
	*mapped += pgcount << shift;
	if (!t->iop.cfg.coherent_walk)
		return walk_publish(t, w.descp, pgcount);
	/*
	 * Orders the stores of descriptors before whatever the caller does to
	 * start DMA, for the walker.
	 */
	wmb();
	return 0;
}

#endif /* __IO_PGTABLE_WALK_MAP_H */
