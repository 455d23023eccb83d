/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going down a set of page tables, to where the descriptor for an input address is.
 */
#ifndef __IO_PGTABLE_WALK_DESCEND_H
#define __IO_PGTABLE_WALK_DESCEND_H

#include <linux/dma-mapping.h>
#include <linux/io-pgtable-format.h>
#include <linux/spinlock.h>

#include <linux/io-pgtable-walk/pool.h>
#include <linux/io-pgtable-walk/range.h>
#include <linux/io-pgtable-walk/format.h>

/**
 * struct walk_tables - a set of page tables
 * @iop: what the core and the driver know of it
 * @geo: its shape
 * @limits: what may be asked of it
 * @root: the table at the start level
 * @root_shift: log2 of the bytes that a descriptor there translates
 * @root_mask: their number, less one
 * @linear: where physical address 0 would be in the CPU's linear map
 * @table_attrs: what every table descriptor has besides an address
 * @ready: what it has when the walker is sure to see it; see &struct walk_format
 * @attrs: the attributes of pages and of blocks, by IOMMU_READ and so on; 0 if not asked
 *	for yet
 * @installing: how many CPUs have installed tables, or will, and may not have cleaned their
 *	descriptors yet, if there is no mark for it in these
 * @pool: memory for tables other than the root
 * @split_lock: held while a leaf is replaced by its parts
 */
struct walk_tables {
	struct io_pgtable	iop;
	struct walk_geometry	geo;
	struct range_limits	limits;
	walk_desc		*root;
	unsigned int		root_shift;
	unsigned int		root_mask;
	void			*linear;
	walk_desc		table_attrs;
	walk_desc		ready;
	walk_desc		attrs[RANGE_NUM_PROTS][2];
	atomic_t		installing;
	struct io_pgtable_pool	pool;
	spinlock_t		split_lock;	/* one replacement at a time */
};

static inline struct walk_tables *walk_from_iop(struct io_pgtable *iop)
{
	return container_of(iop, struct walk_tables, iop);
}

static inline struct walk_tables *walk_from_ops(struct io_pgtable_ops *ops)
{
	return walk_from_iop(io_pgtable_ops_to_pgtable(ops));
}

/*
 * Descriptors
 */

static inline bool walk_is_table(walk_desc desc)
{
	return (desc & fmt.table_mask) == fmt.table;
}

/* @desc leads to a table, and a walker without coherency is sure to see it if there is a bit. */
static inline bool walk_is_ready(const struct walk_tables *t, walk_desc desc)
{
	return fmt.seen ? (desc & t->ready) == t->ready : walk_is_table(desc);
}

/*
 * Whether a walker without coherency may not see a table yet, whose descriptor was read before
 * this call and is not ready: the CPU that installed it may not have cleaned the descriptor.
 */
static inline bool walk_may_be_hidden(const struct walk_tables *t)
{
	if (fmt.seen)
		return true;
	/* Orders the load of the descriptor before the count's, see walk_install_cleaned(). */
	smp_rmb();
	return atomic_read(&t->installing);
}

static inline walk_desc *walk_next_table(const struct walk_tables *t, walk_desc desc)
{
	return t->linear + fmt_table_addr(t->geo.kind, desc);
}

/* Let a walker without coherency see @n descriptors as they are now. */
static noinline void walk_clean(const struct walk_tables *t, walk_desc *descs, unsigned int n)
{
	dma_sync_single_for_device(t->iop.cfg.iommu_dev, virt_to_phys(descs),
				   (size_t)n << WALK_DESC_SHIFT, DMA_TO_DEVICE);
}

static inline void walk_sync(const struct walk_tables *t, walk_desc *descs, unsigned int n)
{
	if (!t->iop.cfg.coherent_walk)
		walk_clean(t, descs, n);
}

/*
 * Replace @old at @descp by @new. Return: what was there, @old if it worked. Nothing is
 * ordered by it.
 */
static __always_inline walk_desc walk_cmpxchg(walk_desc *descp, walk_desc old, walk_desc new)
{
	return sizeof(walk_desc) == 8 ? cmpxchg64_relaxed((u64 *)descp, old, new) :
					cmpxchg_relaxed((u32 *)descp, old, new);
}

/*
 * Walks
 */

/**
 * struct walk - where a walk has come to
 * @descp: the descriptor
 * @shift: log2 of the bytes that it translates, as do the others of its table
 * @kind: that of the table; often a constant, and the walk compiled for it
 * @linear: where physical address 0 would be in the CPU's linear map
 */
struct walk {
	walk_desc		*descp;
	unsigned int		shift;
	struct walk_kind	kind;
	void			*linear;
};

/*
 * @iova in units of BIT(@shift) bytes. An unsigned long of 32 bits does not reach the upper
 * levels of a walk: all of its addresses are in the first unit there, and C does not define a
 * shift by that much.
 */
static __always_inline unsigned long walk_units(unsigned long iova, unsigned int shift)
{
	if (!IS_ENABLED(CONFIG_64BIT) && shift >= BITS_PER_LONG)
		return 0;
	return iova >> shift;
}

static __always_inline struct walk walk_root(const struct walk_tables *t, unsigned long iova,
					     struct walk_kind kind)
{
	struct walk w = {
		.shift	= fmt.fixed_levels ? walk_level_shift(kind, walk_first_level()) :
					  t->root_shift,
		.kind	= kind,
		.linear	= t->linear,
	};

	/* A root that is always as large has a descriptor for all that is an input address. */
	w.descp = t->root + (fmt.fixed_levels ? walk_units(iova, w.shift) :
					     walk_units(iova, w.shift) & t->root_mask);
	return w;
}

/* On to the table that @desc leads to, whose descriptors translate BIT(@shift) bytes */
static __always_inline void walk_enter(struct walk *w, unsigned long iova, walk_desc desc,
				       unsigned int shift)
{
	unsigned long mask = BIT(fmt_index_bits(w->kind)) - 1;

	w->shift = shift;
	w->descp = w->linear + fmt_table_addr(w->kind, desc);
	w->descp += walk_units(iova, shift) & mask;
}

static __always_inline unsigned int walk_next_shift(const struct walk *w)
{
	return w->shift - fmt_index_bits(w->kind);
}

/*
 * Go down for @iova to a descriptor that translates BIT(@to) bytes, or to the first that
 * leads no further. @trail, if not NULL, gets all on the way. Return: the descriptor.
 */
static __always_inline walk_desc walk_down(struct walk *w, unsigned long iova, unsigned int to,
					   walk_desc *trail)
{
	walk_desc desc;

	for (;;) {
		desc = READ_ONCE(*w->descp);
		if (trail)
			*trail++ = desc;
		if (w->shift == to || !walk_is_table(desc))
			return desc;
		walk_enter(w, iova, desc, walk_next_shift(w));
	}
}

/*
 * On from @desc, @up levels above the last, if it leads to a table. @up is a constant wherever
 * this is compiled, and so are shifts and masks below the root.
 */
static __always_inline bool walk_step(const struct walk_tables *t, struct walk *w,
				      unsigned long iova, unsigned int up, bool ready,
				      walk_desc *desc)
{
	if (!(ready ? walk_is_ready(t, *desc) : walk_is_table(*desc)))
		return false;
	walk_enter(w, iova, *desc, walk_level_shift(w->kind, fmt.last_level - up + 1));
	*desc = READ_ONCE(*w->descp);
	return true;
}

/*
 * Go down for @iova as far as there are tables, @ready ones: as does walk_down() to a page, but
 * compiled for each level. Return: the descriptor.
 *
 * This is what every call spends its time on. Nothing here calls anything.
 */
static __always_inline walk_desc walk_to_leaf(const struct walk_tables *t, struct walk *w,
					      unsigned long iova, bool ready)
{
	unsigned int missing = fmt.fixed_levels ? 0 : t->geo.start_level - walk_first_level();
	walk_desc desc = READ_ONCE(*w->descp);

	if (fmt.levels > 3 && missing < fmt.levels - 3 && !walk_step(t, w, iova, 3, ready, &desc))
		return desc;
	if (fmt.levels > 2 && missing < fmt.levels - 2 && !walk_step(t, w, iova, 2, ready, &desc))
		return desc;
	if (missing < fmt.levels - 1)
		walk_step(t, w, iova, 1, ready, &desc);
	return desc;
}

/*
 * The same for a page of BIT(@shift) bytes. Where there are two levels, a block has its place in
 * the root, without another look.
 */
static __always_inline walk_desc walk_to_place(const struct walk_tables *t, struct walk *w,
					       unsigned long iova, unsigned int shift, bool ready)
{
	if (fmt.levels == 2 && shift >= walk_block_shift(w->kind))
		return READ_ONCE(*w->descp);
	return walk_to_leaf(t, w, iova, ready);
}

/* A walk off the fast path, whose kind is not known to the compiler */
static inline struct walk walk_from(const struct walk_tables *t, unsigned long iova)
{
	return walk_root(t, iova, t->geo.kind);
}

/*
 * Go down from the root for @iova to a descriptor that translates BIT(@to) bytes, or to the first
 * that leads no further. Mostly that is as far as there are tables. Return: the descriptor.
 */
static noinline walk_desc walk_to(const struct walk_tables *t, struct walk *w, unsigned long iova,
				  unsigned int to)
{
	struct walk at = walk_from(t, iova);
	walk_desc desc = walk_to_place(t, &at, iova, to, false);

	if (fmt.levels > 2 && at.shift < to) {
		at = walk_from(t, iova);
		desc = walk_down(&at, iova, to, NULL);
	}
	*w = at;
	return desc;
}

/*
 * How many descriptors are left in the table that the walk is in? Tables are aligned to their
 * size. There are less in a root that is smaller than others: but no input addresses for more.
 * A root that is always as large has one for each.
 */
static __always_inline size_t walk_room(const struct walk *w)
{
	size_t size = sizeof(walk_desc) << fmt_index_bits(w->kind);

	if (fmt.fixed_levels && w->shift == walk_level_shift(w->kind, walk_first_level()))
		return SIZE_MAX;
	return (size - ((unsigned long)w->descp & (size - 1))) >> WALK_DESC_SHIFT;
}

static __always_inline bool walk_at_page(const struct walk *w)
{
	return w->shift == w->kind.page_shift;
}

/* log2 of the bytes of each descriptor of a page of BIT(@shift) bytes, which may be a group */
static __always_inline unsigned int walk_entry_shift(struct walk_kind kind, unsigned int shift)
{
	return fmt.groups ? walk_level_shift(kind, walk_shift_level(kind, shift)) : shift;
}

/* log2 of the descriptors that are a group where the walk is */
static __always_inline unsigned int walk_group_bits(const struct walk *w)
{
	return fmt.groups ? fmt_group_bits(w->kind, walk_at_page(w)) : 0;
}

/* Whether what is about a @group or not is about descriptors that repeat one another */
static __always_inline bool walk_repeats(bool group)
{
	return fmt.groups == WALK_GROUPS_REPEAT && group;
}

/* A page of BIT(@shift) bytes is a group there. */
static __always_inline bool walk_is_group(const struct walk *w, unsigned int shift)
{
	return fmt.groups && w->shift + walk_group_bits(w) == shift;
}

#endif /* __IO_PGTABLE_WALK_DESCEND_H */
