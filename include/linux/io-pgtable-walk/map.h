/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Map. Usually all pages of a call are in one existing table: walk_map() handles this case, and
 * calls an out-of-line function for all others.
 */
#ifndef __IO_PGTABLE_WALK_MAP_H
#define __IO_PGTABLE_WALK_MAP_H

#include <linux/io-pgtable-walk/tables.h>

/**
 * struct walk_map - what remains to be mapped after walk_map()
 * @iova: input address
 * @paddr: output address
 * @pgsize: size of a page in bytes
 * @n: number of pages; number of descriptors once @shift is set
 * @prot: IOMMU_READ and so on
 * @gfp: how to allocate tables
 * @mapped: the number of bytes mapped is added here
 * @attrs: the attributes of leaves
 * @descp: the descriptor that walk_map() has descended to; NULL if walk_map() has not descended:
 *	the arguments are then not yet checked, and @attrs is not set
 * @at: log2 of the number of bytes that @descp translates
 * @shift: log2 of the number of bytes that each descriptor to be written translates
 * @group: whether the descriptors to be written are in groups
 */
struct walk_map {
	unsigned long	iova;
	u64		paddr;
	size_t		pgsize;
	size_t		n;
	int		prot;
	gfp_t		gfp;
	size_t		*mapped;
	walk_desc	attrs;
	walk_desc	*descp;
	unsigned int	at;
	unsigned int	shift;
	bool		group;
};

/* Whether, among @n leaves for memory from @paddr on, one is not the previous leaf plus a step */
static __always_inline bool walk_passes_limit(const struct walk *w, unsigned int n, u64 paddr)
{
	unsigned int limit = fmt_step_limit(w->kind);

	return limit < 64 && (paddr ^ (paddr + ((u64)n << w->shift) - 1)) >> limit;
}

/* Write @n leaves for contiguous memory, each one a step larger; @group: leaves in groups */
static __always_inline void walk_write_leaves(const struct walk *w, unsigned int n, u64 paddr,
					      walk_desc attrs, bool group)
{
	walk_desc *descs = w->descp, desc = fmt_addr_to_desc(w->kind, paddr) | attrs;
	unsigned int copies = BIT(walk_group_bits(w));

	if (!walk_repeats(group) && n == 1) {
		WRITE_ONCE(*descs, desc);
	} else if (!walk_repeats(group)) {
		run_write(descs, n, desc, fmt_step(w->kind, w->shift));
	} else {
		for (; n; n -= copies, descs += copies, paddr += (u64)copies << w->shift)
			run_write(descs, copies, fmt_addr_to_desc(w->kind, paddr) | attrs, 0);
	}
}

/* As walk_write_leaves(), off the fast path and for any output address */
static noinline void walk_write(const struct walk *w, unsigned int n, u64 paddr, walk_desc attrs,
				bool group)
{
	walk_desc *descs = w->descp;

	if (walk_repeats(group) || !walk_passes_limit(w, n, paddr)) {
		walk_write_leaves(w, n, paddr, attrs, group);
		return;
	}
	for (; n; n--, paddr += BIT_ULL(w->shift))
		WRITE_ONCE(*descs++, fmt_addr_to_desc(w->kind, paddr) | attrs);
}

static inline bool walk_groups_runs(const struct walk_tables *t)
{
	return fmt.groups == WALK_GROUPS_STEP && t->geo.groups_runs;
}

/* Write @n leaves at the walk's position, and make groups wherever they fill one. */
static noinline void walk_write_run(const struct walk *w, unsigned int n, const struct walk_map *m)
{
	unsigned int group = BIT(walk_group_bits(w)), parts[3] = { n }, i;
	u64 size = (u64)group << w->shift, paddr = m->paddr;
	struct walk at = *w;
	walk_desc attrs;

	/* The parts before, in and after the groups */
	if (w->shift <= walk_block_shift(w->kind) && !((m->iova ^ paddr) & (size - 1))) {
		parts[0] = min(n, -(m->iova >> w->shift) & (group - 1));
		parts[1] = ALIGN_DOWN(n - parts[0], group);
		parts[2] = n - parts[0] - parts[1];
	}
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		attrs = i == 1 ? fmt_group_attrs(m->attrs, walk_at_page(w)) : m->attrs;
		walk_write(&at, parts[i], paddr, attrs, false);
		at.descp += parts[i];
		paddr += (u64)parts[i] << w->shift;
	}
}

/* Write @n leaves at the walk's position, and clean them for the walker. */
static void walk_map_here(const struct walk_tables *t, struct walk_map *m, const struct walk *w,
			  size_t n)
{
	/* A single leaf never fills a group. */
	if (n == 1)
		WRITE_ONCE(*w->descp, fmt_addr_to_desc(w->kind, m->paddr) | m->attrs);
	else if (walk_groups_runs(t) && !m->group)
		walk_write_run(w, n, m);
	else
		walk_write(w, n, m->paddr, m->attrs, m->group);
	walk_sync(t, w->descp, n);
}

/* Advance past @n leaves that have been mapped. */
static void walk_mapped(struct walk_map *m, size_t n)
{
	size_t size = n << m->shift;

	m->iova += size;
	m->paddr += size;
	m->n -= n;
	*m->mapped += size;
}

/*
 * Make the descriptor at @w->descp a table that the walker sees. Return: the descriptor then
 * found there: a table, or a leaf that is in the way; 0 if there is no memory.
 */
static walk_desc walk_make_table(struct walk_tables *t, struct walk *w, walk_desc desc, gfp_t gfp)
{
	walk_desc *table, new;

	if (desc) {
		if (walk_may_be_hidden(t))
			walk_sync(t, w->descp, 1);
		return desc;
	}

	table = walk_alloc_table(t, gfp);
	if (!table)
		return 0;
	new = walk_table_desc(t, table);
	desc = walk_install_table(t, w->descp, 0, new);
	if (!desc)
		return new;
	walk_free_table(t, table);
	return desc;
}

/* Whether a ready descriptor guarantees that the walker sees the table */
static inline bool walk_is_told(const struct walk_tables *t)
{
	return fmt.seen || t->iop.cfg.coherent_walk;
}

/*
 * Descend for @iova to the level where a descriptor translates BIT(@to) bytes, and allocate
 * missing tables. Return: 0, -ENOMEM, -EEXIST if a block is in the way.
 */
static int walk_make(struct walk_tables *t, struct walk *w, unsigned long iova,
		     unsigned int to, gfp_t gfp)
{
	bool told = walk_is_told(t);
	walk_desc desc;

	while (w->shift != to) {
		desc = READ_ONCE(*w->descp);
		if (!told || !walk_is_ready(t, desc)) {
			desc = walk_make_table(t, w, desc, gfp);
			if (!walk_is_table(desc))
				return desc ? -EEXIST : -ENOMEM;
		}
		walk_enter(w, iova, desc, walk_next_shift(w));
	}
	return 0;
}

/*
 * Ensure that @n descriptors may be written. Tables without leaves may be in the way, left after
 * pages were unmapped one by one: these tables are removed. All descriptors are checked before
 * the first is changed.
 */
static noinline int walk_make_room(struct walk_tables *t, const struct walk *w, unsigned int n,
				   unsigned long iova)
{
	unsigned int i, level = walk_shift_level(t->geo.kind, w->shift);
	walk_desc desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(w->descp[i]);
		if (!desc)
			continue;
		if (level == fmt.last_level || !walk_is_table(desc) ||
		    !walk_is_empty(t, walk_next_table(t, desc), level + 1))
			return -EEXIST;
	}

	for (i = 0; i < n; i++, iova += BIT(w->shift))
		if (READ_ONCE(w->descp[i]))
			walk_remove_table(t, &w->descp[i], iova, w->shift);
	return 0;
}

/* Map all that remains, starting at the position of walk_map(). */
static noinline int walk_map_slowly(struct walk_tables *t, struct walk_map *m)
{
	struct walk w;
	int ret = 0;
	size_t n;

	for (;; m->descp = NULL) {
		w = walk_from(t, m->iova);
		/*
		 * Continue from the position of walk_map(). The exceptions start at the root: a
		 * table is in the place of a block, or the walker may not see a table above.
		 */
		if (m->descp && m->at >= m->shift && walk_is_told(t)) {
			w.descp = m->descp;
			w.shift = m->at;
		}
		ret = walk_make(t, &w, m->iova, m->shift, m->gfp);
		if (ret)
			break;
		n = min(m->n, walk_room(&w));
		if (!run_are_clear(w.descp, n))
			ret = walk_make_room(t, &w, n, m->iova);
		if (ret)
			break;
		walk_map_here(t, m, &w, n);
		walk_mapped(m, n);
		if (!m->n)
			break;
	}
	/* As in walk_map(). Also on failure, since part may be mapped. */
	wmb();
	return ret;
}

/* Clean the descriptors of all tables on the walk to @iova, for a walker without coherency. */
static void walk_clean_path(const struct walk_tables *t, unsigned long iova)
{
	struct walk w = walk_from(t, iova);

	for (;;) {
		walk_clean(t, w.descp, 1);
		if (fmt.levels == 2 || walk_next_shift(&w) == w.kind.page_shift)
			break;
		walk_enter(&w, iova, READ_ONCE(*w.descp), walk_next_shift(&w));
	}
}

/*
 * The last table is missing. Pages are written before the table becomes visible, so no other CPU
 * can race with the stores.
 */
static noinline int walk_map_new_table(struct walk_tables *t, struct walk_map *m)
{
	walk_desc *table = walk_alloc_table(t, m->gfp), new;
	struct walk w;
	size_t n;

	if (!table)
		return -ENOMEM;

	new = walk_table_desc(t, table);
	w.kind = t->geo.kind;
	w.linear = t->linear;
	walk_enter(&w, m->iova, new, w.kind.page_shift);
	n = min(m->n, walk_room(&w));
	walk_map_here(t, m, &w, n);
	if (walk_install_table(t, m->descp, 0, new))
		/* Another CPU has installed a table first. */
		walk_free_table(t, table);
	else
		walk_mapped(m, n);
	if (m->n) {
		m->descp = NULL;
		return walk_map_slowly(t, m);
	}
	/* As in walk_map() */
	wmb();
	return 0;
}

/* Check the arguments and compute the attributes, if walk_map() could not. */
static int walk_map_check(struct walk_tables *t, struct walk_map *m)
{
	bool block = m->pgsize >= BIT(walk_block_shift(t->geo.kind));
	int ret = io_pgtable_map_error(&t->limits, m->iova, m->paddr, m->pgsize, m->n,
				       m->prot);

	if (ret)
		return ret;
	if (!m->n)
		return fmt.map_none;
	m->attrs = fmt_leaf_attrs(t->geo.kind, &t->iop.cfg, m->prot, !block);
	/* With groups_runs nothing is cached, so that walk_map() always takes this path. */
	if (range_prot_is_common(m->prot) && !walk_groups_runs(t))
		WRITE_ONCE(t->attrs[m->prot][block], m->attrs);
	return 0;
}

/* If a page is a group, count its descriptors and set the group's attributes. */
static void walk_map_group(struct walk_kind kind, struct walk_map *m)
{
	unsigned int pgshift = __ffs(m->pgsize), bits;

	m->shift = pgshift;
	if (!fmt.groups || pgshift == kind.page_shift || pgshift == walk_block_shift(kind))
		return;
	m->shift = walk_entry_shift(kind, pgshift);
	bits = pgshift - m->shift;
	m->n <<= bits;
	m->group = bits;
	if (bits)
		m->attrs = fmt_group_attrs(m->attrs, m->shift == kind.page_shift);
}

/* Map what walk_map() does not handle. */
static noinline int walk_map_rest(struct walk_tables *t, struct walk_map *m)
{
	struct walk_kind kind = t->geo.kind;
	int ret = m->descp ? 0 : walk_map_check(t, m);

	if (ret || !m->n)
		return ret;
	walk_map_group(kind, m);
	if (m->descp && m->at == walk_block_shift(kind) && m->shift == kind.page_shift &&
	    !READ_ONCE(*m->descp))
		return walk_map_new_table(t, m);
	return walk_map_slowly(t, m);
}

/* The end of walk_map() for a walker without coherency */
static noinline int walk_publish(const struct walk_tables *t, walk_desc *descs, unsigned int n)
{
	walk_clean(t, descs, n);
	/* As in walk_map() */
	wmb();
	return 0;
}

/* As walk_publish(), if descriptors do not say whether the walker sees the table */
static noinline int walk_publish_path(const struct walk_tables *t, walk_desc *descs,
				      unsigned int n, unsigned long iova)
{
	if (walk_may_be_hidden(t))
		walk_clean_path(t, iova);
	return walk_publish(t, descs, n);
}

static __always_inline int walk_map(struct walk_tables *t, unsigned long iova, phys_addr_t paddr,
				    size_t pgsize, size_t pgcount, int prot, gfp_t gfp,
				    size_t *mapped, struct walk_kind kind)
{
	bool block = pgsize >= BIT(walk_block_shift(kind)), group = false;
	walk_desc attrs = range_prot_is_common(prot) ?
			  READ_ONCE(t->attrs[(unsigned int)prot][block]) : 0;
	struct walk w = walk_root(t, iova, kind);
	walk_desc leaf, desc;
	unsigned int shift;
	size_t n = pgcount;

	if (!attrs || !range_map_is_valid(&t->limits, iova, paddr, pgsize, pgcount))
		return walk_map_rest(t, &(struct walk_map){
			.iova = iova, .paddr = paddr, .n = pgcount, .pgsize = pgsize,
			.prot = prot, .gfp = gfp, .mapped = mapped, .descp = NULL,
		});

	shift = __ffs(pgsize);
	desc = walk_to_place(t, &w, iova, shift, true);
	leaf = attrs;
	if (w.shift != shift && walk_is_group(&w, shift)) {
		group = true;
		n <<= walk_group_bits(&w);
		shift = w.shift;
		leaf = fmt_group_attrs(attrs, walk_at_page(&w));
	}
	if (desc || w.shift != shift ||
	    (n > 1 && (n > walk_room(&w) || !run_are_clear(w.descp, n) ||
		       (!walk_repeats(group) && walk_passes_limit(&w, n, paddr))))) {
		struct walk_map m = {
			.iova = iova, .paddr = paddr, .n = pgcount, .pgsize = pgsize,
			.prot = prot, .gfp = gfp, .mapped = mapped, .attrs = attrs,
			.descp = w.descp, .at = w.shift, .shift = shift, .group = false,
		};

		if (!desc && w.shift == walk_block_shift(kind) && shift == kind.page_shift)
			return walk_map_new_table(t, &m);
		/* A block in the place of a table: with two levels the descent stops there. */
		if (fmt.levels == 2 && w.shift == shift && !group)
			return walk_map_slowly(t, &m);
		return walk_map_rest(t, &m);
	}

	walk_write_leaves(&w, n, paddr, leaf, group);
	*mapped += pgcount * pgsize;
	if (!t->iop.cfg.coherent_walk && !fmt.seen && walk_at_page(&w))
		return walk_publish_path(t, w.descp, n, iova);
	if (!t->iop.cfg.coherent_walk)
		return walk_publish(t, w.descp, n);
	/*
	 * Orders the stores of descriptors before whatever the caller does to start DMA, for the
	 * walker.
	 */
	wmb();
	return 0;
}

#endif /* __IO_PGTABLE_WALK_MAP_H */
