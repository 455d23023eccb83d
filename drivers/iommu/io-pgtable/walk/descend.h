/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going down: where the descriptor for an input address is.
 */
#ifndef __IO_PGTABLE_WALK_DESCEND_H
#define __IO_PGTABLE_WALK_DESCEND_H

#include <linux/atomic.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/io-pgtable-format.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "format.h"
#include "../compat.h"
#include "../pool.h"
#include "../range.h"

#define RUN_DESC u64
#include "../runs.h"

/**
 * struct walk_tables - a set of page tables
 * @iop: what the core and the driver know of it
 * @geo: its shape
 * @limits: what may be asked of it
 * @root: the table at the start level
 * @root_shift: log2 of the bytes that a descriptor there translates
 * @root_mask: their number, less one
 * @linear: where physical address 0 would be in the CPU's linear map
 * @page_type: descriptor type of a leaf at the last level
 * @table_bits: what every table descriptor has besides an address
 * @ready_bits: what it has when the walker is sure to see it
 * @regime: what sets it apart
 * @attrs: the attributes of leaves, by IOMMU_READ and so on; 0 if not asked for yet
 * @pool: memory for tables other than the root
 * @split_lock: held while a block or a contiguous group is replaced by its parts
 */
struct walk_tables {
	struct io_pgtable	iop;
	struct walk_geometry	geo;
	struct range_limits	limits;
	u64			*root;
	unsigned int		root_shift;
	unsigned int		root_mask;
	void			*linear;
	u64			page_type;
	u64			table_bits;
	u64			ready_bits;
	const struct walk_regime *regime;
	u64			attrs[RANGE_NUM_PROTS];
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

static inline u64 *walk_next_table(const struct walk_tables *t, u64 desc)
{
	return t->linear + fmt_desc_to_addr(desc, t->geo.granule_shift);
}

/* Let a walker without coherency see @n descriptors as they are now. */
static noinline void walk_clean(const struct walk_tables *t, u64 *descs, unsigned int n)
{
	dma_sync_single_for_device(t->iop.cfg.iommu_dev, virt_to_phys(descs),
				   (size_t)n << WALK_DESC_SHIFT, DMA_TO_DEVICE);
}

static inline void walk_sync(const struct walk_tables *t, u64 *descs, unsigned int n)
{
	if (!t->iop.cfg.coherent_walk)
		walk_clean(t, descs, n);
}

/*
 * Walks
 */

/**
 * struct walk - where a walk has come to
 * @descp: the descriptor
 * @shift: log2 of the bytes that it translates, as do the others of its table
 * @linear: where physical address 0 would be in the CPU's linear map
 * @granule_shift: log2 of the granule; often a constant, and the walk made for it
 */
struct walk {
	u64		*descp;
	unsigned int	shift;
	unsigned int	granule_shift;
	void		*linear;
};

static __always_inline struct walk walk_root(const struct walk_tables *t,
						       unsigned long iova,
						       unsigned int granule_shift)
{
	return (struct walk){
		.descp	= t->root + (walk_iova_units(iova, t->root_shift) & t->root_mask),
		.shift	= t->root_shift,
		.granule_shift = granule_shift,
		.linear	= t->linear,
	};
}

/* On to the table that @desc leads to, whose descriptors translate BIT(@shift) bytes */
static __always_inline void walk_enter(struct walk *w, unsigned long iova,
					    u64 desc, unsigned int shift)
{
	unsigned long mask = BIT(fmt_index_bits(w->granule_shift)) - 1;

	w->shift = shift;
	w->descp = w->linear + fmt_desc_to_addr(desc, w->granule_shift);
	w->descp += walk_iova_units(iova, shift) & mask;
}

static __always_inline unsigned int walk_next_shift(const struct walk *w)
{
	return w->shift - fmt_index_bits(w->granule_shift);
}

/*
 * Go down for @iova to a descriptor that translates BIT(@to) bytes, or to the first
 * that has not all bits of @table: it leads no further. @trail, if not NULL, gets all
 * on the way. Return: the descriptor.
 */
static __always_inline u64 walk_down(struct walk *w, unsigned long iova,
					  unsigned int to, u64 table, u64 *trail)
{
	u64 desc;

	for (;;) {
		desc = READ_ONCE(*w->descp);
		if (trail)
			*trail++ = desc;
		if (w->shift == to || (desc & table) != table)
			return desc;
		walk_enter(w, iova, desc, walk_next_shift(w));
	}
}

/*
 * On from @desc, of @level, if it has all bits of @table. The level is a constant
 * wherever this is compiled, and so are shifts and masks below the root.
 */
static __always_inline bool walk_step(struct walk *w, unsigned long iova,
					   unsigned int level, u64 table, u64 *desc)
{
	if ((*desc & table) != table)
		return false;
	walk_enter(w, iova, *desc, walk_level_shift(w->granule_shift, level + 1));
	*desc = READ_ONCE(*w->descp);
	return true;
}

/*
 * Go down for @iova as far as there are tables that have all bits of @table: as does
 * walk_down() to a page, but made for each level. Return: the descriptor.
 *
 * This is what every call spends its time on. Nothing here calls anything.
 */
static __always_inline u64 walk_to_leaf(const struct walk_tables *t,
					     struct walk *w, unsigned long iova,
					     u64 table)
{
	unsigned int start = t->geo.start_level;
	u64 desc = READ_ONCE(*w->descp);

	if (start == 0 && !walk_step(w, iova, 0, table, &desc))
		return desc;
	if (start <= 1 && !walk_step(w, iova, 1, table, &desc))
		return desc;
	if (start <= 2)
		walk_step(w, iova, 2, table, &desc);
	return desc;
}

/*
 * How many descriptors are left in the table that the walk is in? Tables are aligned
 * to their size. There are less in a root that is smaller than others: but no input
 * addresses for more.
 */
static __always_inline size_t walk_room(const struct walk *w)
{
	size_t size = BIT(w->granule_shift);

	return (size - ((unsigned long)w->descp & (size - 1))) >> WALK_DESC_SHIFT;
}

/* On to the next descriptor, which is for @iova; to look at again from there */
static inline void walk_on(const struct walk_tables *t, struct walk *w,
				unsigned long iova)
{
	if (walk_room(w) > 1)
		w->descp++;
	else
		*w = walk_root(t, iova, w->granule_shift);
}

/*
 * The page size BIT(@shift) may be that of a contiguous group. Return: log2 of the bytes
 * that each of its descriptors translates.
 */
static unsigned int walk_entry_shift(const struct walk_tables *t, unsigned int shift)
{
	if (!fmt_has_groups(&t->iop.cfg))
		return shift;
	return walk_level_shift(t->geo.granule_shift, walk_shift_level(&t->geo, shift));
}

static __always_inline bool walk_at_page(const struct walk *w)
{
	return w->shift == w->granule_shift;
}

/* log2 of the descriptors that are a contiguous group where the walk is, if any are */
static __always_inline unsigned int walk_group_bits(const struct walk *w)
{
	return fmt_group_bits(w->granule_shift, walk_at_page(w) ? FMT_LAST_LEVEL :
									FMT_LAST_LEVEL - 1);
}

/* A page of BIT(@shift) bytes is a group there. */
static __always_inline bool walk_is_group(const struct walk *w, unsigned int shift)
{
	return w->shift + walk_group_bits(w) == shift;
}

/* How many leaves of BIT(@shift) bytes are a group: pages, or blocks of the next level */
static inline unsigned int walk_group_size(const struct walk_tables *t, unsigned int shift)
{
	unsigned int granule_shift = t->geo.granule_shift;

	return BIT(fmt_group_bits(granule_shift, shift == granule_shift ?
				   FMT_LAST_LEVEL : FMT_LAST_LEVEL - 1));
}

#endif /* __IO_PGTABLE_WALK_DESCEND_H */
