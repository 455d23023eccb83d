/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descend through page tables to the descriptor for an input address.
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
 * struct walk_tables - a page table: all tables below one root
 * @iop: the page table as the core and the driver see it
 * @geo: its geometry
 * @limits: valid pages and addresses
 * @root: the table at the start level
 * @root_shift: log2 of the number of bytes that a descriptor of the root translates
 * @root_mask: number of descriptors in the root, minus 1
 * @linear: the address of physical address 0 in the CPU's linear map
 * @table_attrs: the attributes of every table descriptor
 * @ready: the bits of a table descriptor that the walker is sure to see; see &struct walk_format
 * @attrs: cached attributes of pages and of blocks, indexed by IOMMU_READ and so on; 0 if not yet
 *	computed
 * @installing: number of CPUs that are installing a table and may not yet have cleaned its
 *	descriptor; used if the descriptors have no bit for this
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

/* @desc is a table and, if the format has @seen, a walker without coherency sees the table. */
static inline bool walk_is_ready(const struct walk_tables *t, walk_desc desc)
{
	return fmt.seen ? (desc & t->ready) == t->ready : walk_is_table(desc);
}

/*
 * Whether a walker without coherency may not yet see a table. The table's descriptor was read
 * before this call and is not ready: the CPU that installed the table may not yet have cleaned
 * the descriptor.
 */
static inline bool walk_may_be_hidden(const struct walk_tables *t)
{
	if (fmt.seen)
		return true;
	/*
	 * Orders the load of the descriptor before the load of the count, see
	 * walk_install_cleaned().
	 */
	smp_rmb();
	return atomic_read(&t->installing);
}

static inline walk_desc *walk_next_table(const struct walk_tables *t, walk_desc desc)
{
	return t->linear + fmt_table_addr(t->geo.kind, desc);
}

/* Clean @n descriptors from the CPU's caches, so that a walker without coherency sees them. */
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
 * Replace @old at @descp by @new. Relaxed: orders no other access. Return: the previous value; it
 * is @old if the replacement succeeded.
 */
static __always_inline walk_desc walk_cmpxchg(walk_desc *descp, walk_desc old, walk_desc new)
{
	return sizeof(walk_desc) == 8 ? cmpxchg64_relaxed((u64 *)descp, old, new) :
					cmpxchg_relaxed((u32 *)descp, old, new);
}

static __always_inline void walk_set_bits(walk_desc *descp, walk_desc bits)
{
	if (sizeof(walk_desc) == 8)
		atomic64_or(bits, (atomic64_t *)descp);
	else
		atomic_or(bits, (atomic_t *)descp);
}

static __always_inline void walk_clear_bits(walk_desc *descp, walk_desc bits)
{
	if (sizeof(walk_desc) == 8)
		atomic64_andnot(bits, (atomic64_t *)descp);
	else
		atomic_andnot(bits, (atomic_t *)descp);
}

/*
 * Walks
 */

/**
 * struct walk - the position of a walk
 * @descp: the present descriptor
 * @shift: log2 of the number of bytes that each descriptor of its table translates
 * @kind: that of the table; usually a compile-time constant
 * @linear: the address of physical address 0 in the CPU's linear map
 */
struct walk {
	walk_desc		*descp;
	unsigned int		shift;
	struct walk_kind	kind;
	void			*linear;
};

/*
 * @iova in units of BIT(@shift) bytes. On 32-bit, a shift at the upper levels may be 32 or more,
 * which is undefined in C. All 32-bit addresses are in the first unit there.
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

	/*
	 * With fixed levels the root has a descriptor for every input address, so no mask is
	 * needed.
	 */
	w.descp = t->root + (fmt.fixed_levels ? walk_units(iova, w.shift) :
					     walk_units(iova, w.shift) & t->root_mask);
	return w;
}

/* Enter the table that @desc points to, whose descriptors translate BIT(@shift) bytes each */
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
 * Descend for @iova to the descriptor that translates BIT(@to) bytes, or to the first that is not
 * a table. @trail, if not NULL, receives all descriptors on the walk. Return: the descriptor.
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
 * Descend one level from *@desc, which is @up levels above the last one, if *@desc is a table.
 * All callers pass a constant @up, so that all shifts and masks below the root are constants.
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
 * Descend for @iova as long as descriptors are tables (with @ready: ready tables). As walk_down()
 * to a page, but unrolled at compile time. Return: the descriptor.
 *
 * Every call spends most of its time here. This must not call any function that is not inlined.
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
 * As walk_to_leaf(), for a page of BIT(@shift) bytes. With two levels, a block is always in the
 * root, so no descent is needed.
 */
static __always_inline walk_desc walk_to_place(const struct walk_tables *t, struct walk *w,
					       unsigned long iova, unsigned int shift, bool ready)
{
	if (fmt.levels == 2 && shift >= walk_block_shift(w->kind))
		return READ_ONCE(*w->descp);
	return walk_to_leaf(t, w, iova, ready);
}

/* A walk off the fast path, whose kind is not a compile-time constant */
static inline struct walk walk_from(const struct walk_tables *t, unsigned long iova)
{
	return walk_root(t, iova, t->geo.kind);
}

/*
 * Descend from the root for @iova to the descriptor that translates BIT(@to) bytes, or to the
 * first that is not a table. Usually this is the last table on the walk. Return: the descriptor.
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
 * Number of descriptors from the walk's position to the end of its table. Tables are aligned to
 * their size. For a root smaller than other tables the result is too large, but no input address
 * uses the additional descriptors. A root with fixed levels has a descriptor for every input
 * address.
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

/*
 * log2 of the size of each descriptor that maps a page of BIT(@shift) bytes. The page may be a
 * group.
 */
static __always_inline unsigned int walk_entry_shift(struct walk_kind kind, unsigned int shift)
{
	return fmt.groups ? walk_level_shift(kind, walk_shift_level(kind, shift)) : shift;
}

/* log2 of the number of descriptors in a group at the walk's level */
static __always_inline unsigned int walk_group_bits(const struct walk *w)
{
	return fmt.groups ? fmt_group_bits(w->kind, walk_at_page(w)) : 0;
}

/* Whether @group means a group of repeated descriptors */
static __always_inline bool walk_repeats(bool group)
{
	return fmt.groups == WALK_GROUPS_REPEAT && group;
}

/* Whether a page of BIT(@shift) bytes is a group at the walk's level */
static __always_inline bool walk_is_group(const struct walk *w, unsigned int shift)
{
	return fmt.groups && w->shift + walk_group_bits(w) == shift;
}

#endif /* __IO_PGTABLE_WALK_DESCEND_H */
