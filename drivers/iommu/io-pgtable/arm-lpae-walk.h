/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks of LPAE tables: map, unmap, translate, dirty state. Each regime (stage 1,
 * stage 2, Mali) includes this once and brings what is its own: the attributes of
 * its leaf entries, its registers, its rules for the start level.
 *
 * Concurrency: calls for disjoint ranges run without a lock. They share tables,
 * which are only ever installed with cmpxchg, and blocks and contiguous groups of
 * which each call unmaps a part. Only the replacement of these by their parts takes
 * a lock. Tables are freed when a range that covers them whole is unmapped or mapped
 * as a block, when no other call may be inside.
 *
 * A live descriptor is written once with WRITE_ONCE() or cmpxchg, and read once
 * with READ_ONCE(): the walker, or another CPU, may be looking.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_WALK_H
#define __IO_PGTABLE_ARM_LPAE_WALK_H

#include <linux/atomic.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/io-pgtable-format.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "arm-lpae-bits.h"
#include "arm-lpae-geometry.h"
#include "compat.h"
#include "pool.h"
#include "range.h"

#define RUN_DESC u64
#include "runs.h"

/**
 * struct lpae_regime - what sets one regime's tables apart
 * @ops: operations, by granule: 4K, 16K, 64K
 * @quirks: the quirks that it knows
 * @pgsizes: the page sizes that it knows, in any granule
 * @max_ias: input address bits, more are refused
 * @max_oas: output address bits, more are refused
 * @page_type: descriptor type of a leaf at the last level
 * @attrs: the attributes of a leaf, given the quirks, and IOMMU_READ and so on; never 0
 * @start: adjusts the start level, or NULL. Return: 0, -EINVAL if none will do
 * @registers: fills the registers' fields in cfg for a table, given its root;
 *	Return: 0, -EINVAL if they cannot express the configuration
 */
struct lpae_regime {
	const struct io_pgtable_ops *ops[3];
	unsigned long quirks;
	unsigned long pgsizes;
	unsigned int max_ias;
	unsigned int max_oas;
	u64 page_type;
	u64 (*attrs)(unsigned long quirks, int prot);
	int (*start)(struct lpae_geometry *geo, const struct io_pgtable_cfg *cfg);
	int (*registers)(struct io_pgtable_cfg *cfg,
			 const struct lpae_geometry *geo, phys_addr_t root);
};

/**
 * struct lpae_table - a set of page tables
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
struct lpae_table {
	struct io_pgtable	iop;
	struct lpae_geometry	geo;
	struct range_limits	limits;
	u64			*root;
	unsigned int		root_shift;
	unsigned int		root_mask;
	void			*linear;
	u64			page_type;
	u64			table_bits;
	u64			ready_bits;
	const struct lpae_regime *regime;
	u64			attrs[RANGE_NUM_PROTS];
	struct io_pgtable_pool	pool;
	spinlock_t		split_lock;	/* one replacement at a time */
};

static inline struct lpae_table *lpae_from_iop(struct io_pgtable *iop)
{
	return container_of(iop, struct lpae_table, iop);
}

static inline struct lpae_table *lpae_from_ops(struct io_pgtable_ops *ops)
{
	return lpae_from_iop(io_pgtable_ops_to_pgtable(ops));
}

/*
 * Descriptors
 */

static inline u64 *lpae_next_table(const struct lpae_table *t, u64 desc)
{
	return t->linear + lpae_desc_to_addr(desc, t->geo.granule_shift);
}

/* Let a walker without coherency see @n descriptors as they are now. */
static noinline void lpae_clean(const struct lpae_table *t, u64 *descs, unsigned int n)
{
	dma_sync_single_for_device(t->iop.cfg.iommu_dev, virt_to_phys(descs),
				   (size_t)n << LPAE_DESC_SHIFT, DMA_TO_DEVICE);
}

static inline void lpae_sync(const struct lpae_table *t, u64 *descs, unsigned int n)
{
	if (!t->iop.cfg.coherent_walk)
		lpae_clean(t, descs, n);
}

/*
 * Walks
 */

/**
 * struct lpae_walk - where a walk has come to
 * @descp: the descriptor
 * @shift: log2 of the bytes that it translates, as do the others of its table
 * @linear: where physical address 0 would be in the CPU's linear map
 * @granule_shift: log2 of the granule; often a constant, and the walk made for it
 */
struct lpae_walk {
	u64		*descp;
	unsigned int	shift;
	unsigned int	granule_shift;
	void		*linear;
};

static __always_inline struct lpae_walk lpae_walk_root(const struct lpae_table *t,
						       unsigned long iova,
						       unsigned int granule_shift)
{
	return (struct lpae_walk){
		.descp	= t->root + (lpae_iova_units(iova, t->root_shift) & t->root_mask),
		.shift	= t->root_shift,
		.granule_shift = granule_shift,
		.linear	= t->linear,
	};
}

/* On to the table that @desc leads to, whose descriptors translate BIT(@shift) bytes */
static __always_inline void lpae_walk_enter(struct lpae_walk *w, unsigned long iova,
					    u64 desc, unsigned int shift)
{
	unsigned long mask = BIT(lpae_level_bits(w->granule_shift)) - 1;

	w->shift = shift;
	w->descp = w->linear + lpae_desc_to_addr(desc, w->granule_shift);
	w->descp += lpae_iova_units(iova, shift) & mask;
}

static __always_inline unsigned int lpae_walk_next_shift(const struct lpae_walk *w)
{
	return w->shift - lpae_level_bits(w->granule_shift);
}

/*
 * Go down for @iova to a descriptor that translates BIT(@to) bytes, or to the first
 * that has not all bits of @table: it leads no further. @trail, if not NULL, gets all
 * on the way. Return: the descriptor.
 */
static __always_inline u64 lpae_walk_down(struct lpae_walk *w, unsigned long iova,
					  unsigned int to, u64 table, u64 *trail)
{
	u64 desc;

	for (;;) {
		desc = READ_ONCE(*w->descp);
		if (trail)
			*trail++ = desc;
		if (w->shift == to || (desc & table) != table)
			return desc;
		lpae_walk_enter(w, iova, desc, lpae_walk_next_shift(w));
	}
}

/*
 * On from @desc, of @level, if it has all bits of @table. The level is a constant
 * wherever this is compiled, and so are shifts and masks below the root.
 */
static __always_inline bool lpae_walk_step(struct lpae_walk *w, unsigned long iova,
					   unsigned int level, u64 table, u64 *desc)
{
	if ((*desc & table) != table)
		return false;
	lpae_walk_enter(w, iova, *desc, lpae_level_shift(w->granule_shift, level + 1));
	*desc = READ_ONCE(*w->descp);
	return true;
}

/*
 * Go down for @iova as far as there are tables that have all bits of @table: as does
 * lpae_walk_down() to a page, but made for each level. Return: the descriptor.
 *
 * This is what every call spends its time on. Nothing here calls anything.
 */
static __always_inline u64 lpae_walk_to_leaf(const struct lpae_table *t,
					     struct lpae_walk *w, unsigned long iova,
					     u64 table)
{
	unsigned int start = t->geo.start_level;
	u64 desc = READ_ONCE(*w->descp);

	if (start == 0 && !lpae_walk_step(w, iova, 0, table, &desc))
		return desc;
	if (start <= 1 && !lpae_walk_step(w, iova, 1, table, &desc))
		return desc;
	if (start <= 2)
		lpae_walk_step(w, iova, 2, table, &desc);
	return desc;
}

/*
 * How many descriptors are left in the table that the walk is in? Tables are aligned
 * to their size. There are less in a root that is smaller than others: but no input
 * addresses for more.
 */
static __always_inline size_t lpae_walk_room(const struct lpae_walk *w)
{
	size_t size = BIT(w->granule_shift);

	return (size - ((unsigned long)w->descp & (size - 1))) >> LPAE_DESC_SHIFT;
}

/* On to the next descriptor, which is for @iova; to look at again from there */
static inline void lpae_walk_on(const struct lpae_table *t, struct lpae_walk *w,
				unsigned long iova)
{
	if (lpae_walk_room(w) > 1)
		w->descp++;
	else
		*w = lpae_walk_root(t, iova, w->granule_shift);
}

/*
 * Tables with contiguous groups. The hardware may note a write to a group in any of its
 * descriptors, so that the dirty state of a group is coarser than that of its leaves.
 */
static bool lpae_has_groups(const struct io_pgtable_cfg *cfg)
{
	return (cfg->quirks & IO_PGTABLE_QUIRK_ARM_CONTIG) &&
	       !(cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD);
}

/*
 * The page size BIT(@shift) may be that of a contiguous group. Return: log2 of the bytes
 * that each of its descriptors translates.
 */
static unsigned int lpae_entry_shift(const struct lpae_table *t, unsigned int shift)
{
	if (!lpae_has_groups(&t->iop.cfg))
		return shift;
	return lpae_level_shift(t->geo.granule_shift, lpae_shift_level(&t->geo, shift));
}

static __always_inline bool lpae_walk_at_page(const struct lpae_walk *w)
{
	return w->shift == w->granule_shift;
}

/* log2 of the descriptors that are a contiguous group where the walk is, if any are */
static __always_inline unsigned int lpae_walk_group_bits(const struct lpae_walk *w)
{
	return lpae_group_bits(w->granule_shift, lpae_walk_at_page(w) ? LPAE_LAST_LEVEL :
									LPAE_LAST_LEVEL - 1);
}

/* A page of BIT(@shift) bytes is a group there. */
static __always_inline bool lpae_walk_is_group(const struct lpae_walk *w, unsigned int shift)
{
	return w->shift + lpae_walk_group_bits(w) == shift;
}

/* How many leaves of BIT(@shift) bytes are a group: pages, or blocks of the next level */
static inline unsigned int lpae_group_size(const struct lpae_table *t, unsigned int shift)
{
	unsigned int granule_shift = t->geo.granule_shift;

	return BIT(lpae_group_bits(granule_shift, shift == granule_shift ?
				   LPAE_LAST_LEVEL : LPAE_LAST_LEVEL - 1));
}

/*
 * Tables
 */

static noinline u64 *lpae_alloc_table(struct lpae_table *t, gfp_t gfp)
{
	return io_pgtable_pool_alloc(&t->pool, &t->iop.cfg, t->iop.cookie,
				     BIT(t->geo.granule_shift), gfp);
}

static void lpae_free_table(const struct lpae_table *t, u64 *table,
			    unsigned int level)
{
	io_pgtable_free_pages(&t->iop.cfg, t->iop.cookie, table,
			      lpae_table_size(&t->geo, level));
}

/*
 * The next table descriptor of a table of @n descriptors, from index *@i on, which is left
 * behind it. Return: 0 if there is none.
 */
static u64 lpae_next_table_desc(const u64 *table, unsigned int n, unsigned int *i)
{
	u64 desc;

	while (*i < n) {
		if (!(*i % 8) && n - *i >= 8 && !run_or8(table + *i)) {
			*i += 8;
			continue;
		}
		desc = READ_ONCE(table[(*i)++]);
		if (lpae_is_table(desc))
			return desc;
	}
	return 0;
}

/* Visits of tables and those below them recur as deep as these go: four levels at most. */
static void lpae_free_below(const struct lpae_table *t, u64 *table, unsigned int level);

static inline void lpae_free_tables(const struct lpae_table *t, u64 *table,
				    unsigned int level)
{
	if (level != LPAE_LAST_LEVEL)
		lpae_free_below(t, table, level);
	lpae_free_table(t, table, level);
}

static noinline void lpae_free_below(const struct lpae_table *t, u64 *table,
				     unsigned int level)
{
	unsigned int i = 0, n = lpae_entries(&t->geo, level);
	u64 desc;

	while ((desc = lpae_next_table_desc(table, n, &i)))
		lpae_free_tables(t, lpae_next_table(t, desc), level + 1);
}

static bool lpae_are_empty_below(const struct lpae_table *t, const u64 *table,
				 unsigned int level);

/* Is nothing mapped by a table and those below it? */
static inline bool lpae_tables_are_empty(const struct lpae_table *t, const u64 *table,
					 unsigned int level)
{
	if (level != LPAE_LAST_LEVEL)
		return lpae_are_empty_below(t, table, level);
	return run_table_is_clear(table, lpae_entries(&t->geo, level));
}

static noinline bool lpae_are_empty_below(const struct lpae_table *t, const u64 *table,
					  unsigned int level)
{
	unsigned int i, n = lpae_entries(&t->geo, level);

	for (i = 0; i < n; i++) {
		if (!table[i])
			continue;
		if (!lpae_is_table(table[i]) ||
		    !lpae_tables_are_empty(t, lpae_next_table(t, table[i]), level + 1))
			return false;
	}
	return true;
}

static u64 lpae_table_desc(const struct lpae_table *t, u64 *table)
{
	return lpae_addr_to_desc(virt_to_phys(table)) | t->table_bits;
}

/*
 * Put @new, which leads to a new table, where @old is. Return: what was there, @old if
 * it worked; another CPU may have been faster.
 */
static inline u64 lpae_install_table(const struct lpae_table *t, u64 *descp, u64 old,
				     u64 new)
{
	u64 seen;

	/*
	 * Orders the stores to the table before the store of its address, for
	 * the walker and for other CPUs. cmpxchg64_release() would not order
	 * anything for the walker in a kernel without SMP.
	 */
	dma_wmb();
	seen = cmpxchg64_relaxed(descp, old, new);

	/* Whoever lost the race makes sure too, rather than wait for the winner. */
	if (!t->iop.cfg.coherent_walk && !(seen & LPAE_SW_SYNC)) {
		lpae_sync(t, descp, 1);
		if (seen == old)
			WRITE_ONCE(*descp, new | LPAE_SW_SYNC);
	}
	return seen;
}

/*
 * Take descriptors of tables out, tell the walker, then free the tables.
 */
static void lpae_remove_tables(struct lpae_table *t, u64 *descp, u64 desc,
			       unsigned long iova, unsigned int shift)
{
	WRITE_ONCE(*descp, 0);
	lpae_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova, BIT(shift),
				  BIT(t->geo.granule_shift));
	lpae_free_tables(t, lpae_next_table(t, desc),
			 lpae_shift_level(&t->geo, shift) + 1);
}

/*
 * Map
 */

/*
 * See to it that @descp leads to a table that the walker sees. Return: what it is
 * then: the table; a block that is in the way; 0 if there is no memory.
 */
static u64 lpae_make_table(struct lpae_table *t, u64 *descp, u64 desc, gfp_t gfp)
{
	u64 *table, new;

	if (desc) {
		/* Its maker may not have come to that yet. */
		lpae_sync(t, descp, 1);
		return desc;
	}

	table = lpae_alloc_table(t, gfp);
	if (!table)
		return 0;
	new = lpae_table_desc(t, table);
	desc = lpae_install_table(t, descp, 0, new);
	if (!desc)
		return new;
	lpae_free_table(t, table, LPAE_LAST_LEVEL);
	return desc;
}

/*
 * Go on down for @iova to where a descriptor translates BIT(@to) bytes, making what
 * tables are missing. Return: 0, -ENOMEM, -EEXIST for a block in the way.
 */
static int lpae_walk_make(struct lpae_table *t, struct lpae_walk *w, unsigned long iova,
			  unsigned int to, gfp_t gfp)
{
	u64 desc;

	for (;; lpae_walk_enter(w, iova, desc, lpae_walk_next_shift(w))) {
		desc = lpae_walk_down(w, iova, to, t->ready_bits, NULL);
		if (w->shift == to)
			return 0;
		desc = lpae_make_table(t, w->descp, desc, gfp);
		if (!lpae_is_table(desc))
			return desc ? -EEXIST : -ENOMEM;
	}
}

/*
 * See to it that @n descriptors are free to be written. Tables without a live
 * entry may be in the way, from pages that were unmapped one by one. All is
 * looked at before anything is touched.
 */
static noinline int lpae_make_room(struct lpae_table *t, u64 *descs, unsigned int n,
				   unsigned long iova, unsigned int shift)
{
	unsigned int i, level = lpae_shift_level(&t->geo, shift);
	u64 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (!desc)
			continue;
		if (level == LPAE_LAST_LEVEL || !lpae_is_table(desc) ||
		    !lpae_tables_are_empty(t, lpae_next_table(t, desc), level + 1))
			return -EEXIST;
	}

	for (i = 0; i < n; i++, iova += BIT(shift)) {
		desc = READ_ONCE(descs[i]);
		if (desc)
			lpae_remove_tables(t, &descs[i], desc, iova, shift);
	}
	return 0;
}

/*
 * Write @n leaves for contiguous memory. One is the one before plus the page size,
 * except where the output address passes 2^48: see lpae_addr_to_desc().
 */
static __always_inline void lpae_write_leaves(const struct lpae_table *t,
					      const struct lpae_walk *w, unsigned int n,
					      u64 paddr, u64 attrs)
{
	u64 size = BIT_ULL(w->shift), last = paddr + n * size - 1;
	u64 *descs = w->descp;

	attrs |= lpae_walk_at_page(w) ? t->page_type : LPAE_TYPE_BLOCK;
	if (w->granule_shift < 16 || !((paddr ^ last) >> 48))
		run_write(descs, n, lpae_addr_to_desc(paddr) | attrs, size);
	else
		for (; n; n--, paddr += size)
			run_write(descs++, 1, lpae_addr_to_desc(paddr) | attrs, 0);
}

/*
 * Map what takes more than lpae_map() does by itself. It has come to @w. A page that is
 * a group is so many pages that say so.
 */
static noinline int lpae_map_slowly(struct lpae_table *t, struct lpae_walk w,
				    unsigned long iova, u64 paddr, size_t pgcount,
				    unsigned int shift, u64 attrs, gfp_t gfp,
				    size_t *mapped)
{
	unsigned int n, entry_shift = lpae_entry_shift(t, shift);
	int ret = 0;

	if (entry_shift != shift) {
		attrs |= LPAE_CONT;
		pgcount <<= shift - entry_shift;
		shift = entry_shift;
	}
	/* A table is where a block is to be. */
	if (w.shift < shift)
		w = lpae_walk_root(t, iova, w.granule_shift);
	for (;;) {
		ret = lpae_walk_make(t, &w, iova, shift, gfp);
		if (ret)
			break;

		n = min(pgcount, lpae_walk_room(&w));
		if (!run_are_clear(w.descp, n))
			ret = lpae_make_room(t, w.descp, n, iova, shift);
		if (ret)
			break;

		lpae_write_leaves(t, &w, n, paddr, attrs);
		lpae_sync(t, w.descp, n);
		*mapped += (size_t)n << shift;
		pgcount -= n;
		if (!pgcount)
			break;
		iova += (size_t)n << shift;
		paddr += (size_t)n << shift;
		w = lpae_walk_root(t, iova, w.granule_shift);
	}
	/* As below. Also after a failure: part may be mapped. */
	wmb();
	return ret;
}

/* Map @n descriptors of contiguous groups: they too have mostly their place in one table. */
static noinline int lpae_map_groups(struct lpae_table *t, struct lpae_walk w,
				    unsigned long iova, u64 paddr, size_t n, u64 attrs,
				    gfp_t gfp, size_t *mapped)
{
	attrs |= LPAE_CONT;
	if (n > lpae_walk_room(&w) || !run_are_clear(w.descp, n))
		return lpae_map_slowly(t, w, iova, paddr, n, w.shift, attrs, gfp, mapped);

	lpae_write_leaves(t, &w, n, paddr, attrs);
	lpae_sync(t, w.descp, n);
	*mapped += n << w.shift;
	/* As below. */
	wmb();
	return 0;
}

/*
 * Map pages where the last table is missing, in place of @descp: they are written before
 * anybody else can see it.
 */
static noinline int lpae_map_new_table(struct lpae_table *t, u64 *descp, unsigned long iova,
				       u64 paddr, size_t pgcount, u64 attrs, gfp_t gfp,
				       size_t *mapped)
{
	struct lpae_walk w = { .granule_shift = t->geo.granule_shift, .linear = t->linear };
	u64 *table = lpae_alloc_table(t, gfp), new;
	size_t n, size;

	if (!table)
		return -ENOMEM;

	new = lpae_table_desc(t, table);
	lpae_walk_enter(&w, iova, new, w.granule_shift);
	n = min(pgcount, lpae_walk_room(&w));
	lpae_write_leaves(t, &w, n, paddr, attrs);
	lpae_sync(t, w.descp, n);
	if (lpae_install_table(t, descp, 0, new)) {
		/* Another CPU was faster. */
		lpae_free_table(t, table, LPAE_LAST_LEVEL);
		n = 0;
	}
	size = n << w.shift;
	*mapped += size;
	if (n < pgcount)
		return lpae_map_slowly(t, lpae_walk_root(t, iova + size, w.granule_shift),
				       iova + size, paddr + size, pgcount - n, w.shift,
				       attrs, gfp, mapped);
	/* As below. */
	wmb();
	return 0;
}

/* What is not valid, or has a @prot that is rare or new. */
static noinline int lpae_map_first(struct lpae_table *t, unsigned long iova, u64 paddr,
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
	return lpae_map_slowly(t, lpae_walk_root(t, iova, t->geo.granule_shift), iova, paddr,
			       pgcount, __ffs(pgsize), attrs, gfp, mapped);
}

/* The end of lpae_map() for a walker without coherency */
static noinline int lpae_publish(const struct lpae_table *t, u64 *descs, unsigned int n)
{
	lpae_clean(t, descs, n);
	/* As there. */
	wmb();
	return 0;
}

/* Map. Mostly pages have their place in one table that is there. */
static __always_inline int lpae_map(struct lpae_table *t, unsigned long iova,
				    phys_addr_t paddr, size_t pgsize,
				    size_t pgcount, int prot, gfp_t gfp,
				    size_t *mapped, unsigned int granule_shift)
{
	u64 attrs = range_prot_is_common(prot) ? READ_ONCE(t->attrs[prot]) : 0;
	struct lpae_walk w = lpae_walk_root(t, iova, granule_shift);
	unsigned int shift;
	u64 desc;

	if (!attrs || !range_map_is_valid(&t->limits, iova, paddr, pgsize, pgcount))
		return lpae_map_first(t, iova, paddr, pgsize, pgcount, prot, gfp, mapped);

	shift = __ffs(pgsize);
	desc = lpae_walk_to_leaf(t, &w, iova, t->ready_bits);
	if (!desc && w.shift == lpae_level_shift(granule_shift, LPAE_LAST_LEVEL - 1) &&
	    shift == granule_shift)
		return lpae_map_new_table(t, w.descp, iova, paddr, pgcount, attrs, gfp, mapped);
	if (desc || w.shift != shift || pgcount > lpae_walk_room(&w) ||
	    (pgcount > 1 && !run_are_clear(w.descp, pgcount))) {
		if (!desc && lpae_walk_is_group(&w, shift))
			return lpae_map_groups(t, w, iova, paddr,
					       pgcount << lpae_walk_group_bits(&w),
					       attrs, gfp, mapped);
		return lpae_map_slowly(t, w, iova, paddr, pgcount, shift, attrs, gfp, mapped);
	}

	lpae_write_leaves(t, &w, pgcount, paddr, attrs);
	*mapped += pgcount << shift;
	if (!t->iop.cfg.coherent_walk)
		return lpae_publish(t, w.descp, pgcount);
	/*
	 * Orders the stores of descriptors before whatever the caller does to
	 * start DMA, for the walker.
	 */
	wmb();
	return 0;
}

/*
 * Unmap
 */

/*
 * Split: descriptors of its parts take the place of a block or a contiguous group, so
 * that some of the parts can be unmapped. Break before make (DDI0487 D8.16.1): a TLB
 * must not be able to hold the whole and a part at once. So the whole is made invalid
 * and is invalidated in TLBs before its parts become valid. Broken descriptors keep
 * everything but the valid bit, for translations on other CPUs.
 *
 * DMA to the whole faults between break and make. Hence memory for the parts is
 * allocated and written before the break, and the lock keeps this CPU from being
 * preempted in between. See range_breaks_before_make() for when there is no break.
 */

/*
 * Put the table that @new leads to in the place of a block. Return: whether that
 * worked. It does not if the walker has marked the block dirty since @block was read,
 * or if another CPU has replaced the block.
 */
static bool lpae_replace_block(struct lpae_table *t, u64 *descp, u64 block, u64 new,
			       unsigned long iova, unsigned int shift)
{
	unsigned long first = ALIGN_DOWN(iova, BIT(shift));
	u64 broken = block & ~LPAE_VALID;

	if (!range_breaks_before_make(&t->iop.cfg)) {
		if (lpae_install_table(t, descp, block, new) != block)
			return false;
		io_pgtable_tlb_flush_walk(&t->iop, first, BIT(shift), BIT(shift));
		return true;
	}

	if (cmpxchg64_relaxed(descp, block, broken) != block)
		return false;
	lpae_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, first, BIT(shift), BIT(shift));
	return lpae_install_table(t, descp, broken, new) == broken;
}

static bool lpae_split_block(struct lpae_table *t, u64 *descp, u64 block,
			     unsigned long iova, unsigned int shift)
{
	u64 paddr = lpae_desc_to_addr(block, t->geo.granule_shift);
	struct lpae_walk parts = lpae_walk_root(t, iova, t->geo.granule_shift);
	u64 *table = lpae_alloc_table(t, GFP_ATOMIC), new;
	unsigned long flags;
	bool replaced;
	size_t n;

	if (!table)
		return false;

	new = lpae_table_desc(t, table);
	lpae_walk_enter(&parts, 0, new,
			shift - lpae_level_bits(t->geo.granule_shift));
	n = lpae_walk_room(&parts);
	lpae_write_leaves(t, &parts, n, paddr, block & LPAE_BLOCK_ATTRS);
	lpae_sync(t, table, n);

	spin_lock_irqsave(&t->split_lock, flags);
	replaced = lpae_replace_block(t, descp, block, new, iova, shift);
	spin_unlock_irqrestore(&t->split_lock, flags);

	if (!replaced)
		lpae_free_table(t, table, LPAE_LAST_LEVEL);
	return true;
}

/*
 * Change the descriptors of a group. Another CPU may clear those that it unmaps, also
 * before it notices that they are a group: these stay clear.
 */
static void lpae_change_group(const struct lpae_table *t, u64 *descs, unsigned int n,
			      u64 clear, u64 set)
{
	unsigned int i;
	u64 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		while (desc && !try_cmpxchg64(&descs[i], &desc, (desc & ~clear) | set))
			;
	}
	lpae_sync(t, descs, n);
}

/* The @n descriptors of a group, for @iova on, become single leaves. */
static void lpae_replace_group(struct lpae_table *t, u64 *descs, unsigned int n,
			       unsigned long iova, unsigned int shift)
{
	size_t size = (size_t)n << shift;

	if (!range_breaks_before_make(&t->iop.cfg)) {
		lpae_change_group(t, descs, n, LPAE_CONT, 0);
		io_pgtable_tlb_flush_walk(&t->iop, iova, size, BIT(shift));
		return;
	}

	lpae_change_group(t, descs, n, LPAE_VALID, 0);
	io_pgtable_tlb_flush_walk(&t->iop, iova, size, BIT(shift));
	/* Orders the break before the make, for the walker. */
	dma_wmb();
	lpae_change_group(t, descs, n, LPAE_CONT, LPAE_VALID);
}

/* The same of the group that @descp, for @iova, is part of. Return: true. */
static bool lpae_split_group(struct lpae_table *t, u64 *descp, unsigned long iova,
			     unsigned int shift)
{
	unsigned int n = lpae_group_size(t, shift);
	u64 *descs = PTR_ALIGN_DOWN(descp, n * sizeof(*descs));
	unsigned long flags;

	spin_lock_irqsave(&t->split_lock, flags);
	/* Another CPU may have split it. Only our own entry is sure to be left. */
	if (READ_ONCE(*descp) & LPAE_CONT)
		lpae_replace_group(t, descs, n, ALIGN_DOWN(iova, (size_t)n << shift), shift);
	spin_unlock_irqrestore(&t->split_lock, flags);
	return true;
}

/*
 * Split @desc, for @iova: a leaf of BIT(@shift) bytes that is a block, or part of a group.
 * Return: whether to look at the descriptor again; false if out of memory.
 */
static noinline bool lpae_split(struct lpae_table *t, u64 *descp, u64 desc,
				unsigned long iova, unsigned int shift)
{
	return desc & LPAE_CONT ? lpae_split_group(t, descp, iova, shift) :
				  lpae_split_block(t, descp, desc, iova, shift);
}

/*
 * Go down for @iova to where a descriptor translates BIT(@to) bytes, splitting blocks
 * on the way. Return: false if nothing is mapped there, or blocks are not split, or
 * memory for a split is short.
 */
static bool lpae_walk_split(struct lpae_table *t, struct lpae_walk *w,
			    unsigned long iova, unsigned int to)
{
	u64 desc;

	for (*w = lpae_walk_root(t, iova, t->geo.granule_shift); ; ) {
		desc = lpae_walk_down(w, iova, to, LPAE_TABLE, NULL);
		if (w->shift == to)
			return true;
		if (!desc || !COMPAT_SPLITS_BLOCKS ||
		    !lpae_split(t, w->descp, desc, iova, w->shift))
			return false;
	}
}

/* @size bytes of leaves are gone: the driver gathers what to invalidate. Return: @size. */
static noinline size_t lpae_gather(struct lpae_table *t, unsigned long iova, size_t size,
				   unsigned int shift, struct iommu_iotlb_gather *gather)
{
	io_pgtable_tlb_add_range(&t->iop, gather, iova, size, BIT(shift));
	return size;
}

/* The same, unless it invalidates everything later, or does so by itself. */
static __always_inline size_t lpae_tell(struct lpae_table *t, unsigned long iova, size_t size,
					unsigned int shift,
					struct iommu_iotlb_gather *gather)
{
	if (!gather || iommu_iotlb_gather_queued(gather))
		return size;
	return lpae_gather(t, iova, size, shift, gather);
}

/* @n leaves are clear: let the walker see it, and tell the driver. Return: their size. */
static noinline size_t lpae_cleared(struct lpae_table *t, unsigned long iova, size_t n,
				    unsigned int shift,
				    struct iommu_iotlb_gather *gather, u64 *descs)
{
	lpae_sync(t, descs, n);
	return lpae_tell(t, iova, n << shift, shift, gather);
}

/*
 * Clear up to @n leaves, until something else comes: a table, nothing, a group of
 * contiguous ones. @table is LPAE_TABLE, or 0 at the last level, where it would mean
 * nothing. Return: how many.
 */
static __always_inline unsigned int lpae_clear_run(u64 *descs, unsigned int n, u64 table)
{
	u64 *d = descs, *end = descs + n, seen;

	for (; end - d >= 8; d += 8) {
		/* A group is larger than eight: these are in two at most. */
		seen = table ? run_or8(d) : d[0] | d[7];
		if (!(run_and8(d) & LPAE_VALID) || (seen & (table | LPAE_CONT)))
			break;
		run_write(d, 8, 0, 0);
	}
	for (; d < end && *d && !(*d & (table | LPAE_CONT)); d++)
		WRITE_ONCE(*d, 0);
	return d - descs;
}

static __always_inline unsigned int lpae_clear_leaves(const struct lpae_walk *w, u64 *descs,
						      unsigned int n)
{
	return lpae_walk_at_page(w) ? lpae_clear_run(descs, n, 0) :
				      lpae_clear_run(descs, n, LPAE_TABLE);
}

/*
 * Clear as many contiguous groups in a row as start at @descs and end before @n: the
 * first is there. Return: how many descriptors.
 */
static unsigned int lpae_clear_groups(u64 *descs, unsigned int n, unsigned int group)
{
	u64 *d = descs, *end = descs + n;

	if (((unsigned long)descs >> LPAE_DESC_SHIFT) & (group - 1))
		return 0;
	for (; end - d >= group && (*d & LPAE_CONT); d += group)
		run_write(d, group, 0, 0);
	return d - descs;
}

/*
 * The same of up to @n descriptors of BIT(@shift) bytes, for @iova on. A group of which they
 * are only a part is split. Return: how many are clear, 0 after a split.
 */
static noinline unsigned int lpae_clear_or_split(struct lpae_table *t, u64 *descs,
						 unsigned int n, unsigned long iova,
						 unsigned int shift)
{
	unsigned int run = lpae_clear_groups(descs, n, lpae_group_size(t, shift));

	if (!run)
		lpae_split_group(t, descs, iova, shift);
	return run;
}

/* Clear up to @n descriptors, until one is clear already. Return: how many. */
static unsigned int lpae_clear(struct lpae_table *t, const struct lpae_walk *w,
			       unsigned int n, unsigned long iova,
			       struct iommu_iotlb_gather *gather)
{
	u64 table = lpae_walk_at_page(w) ? 0 : LPAE_TABLE;
	u64 *descs = w->descp, desc;
	unsigned int i, run;

	for (i = 0; i < n; i += run, iova += (size_t)run << w->shift) {
		desc = READ_ONCE(descs[i]);
		if (!desc)
			break;
		if (desc & table) {
			lpae_remove_tables(t, &descs[i], desc, iova, w->shift);
			run = 1;
			continue;
		}
		if (desc & LPAE_CONT)
			run = lpae_clear_or_split(t, descs + i, n - i, iova, w->shift);
		else
			run = lpae_clear_leaves(w, descs + i, n - i);
		if (run)
			lpae_cleared(t, iova, run, w->shift, gather, descs + i);
	}
	return i;
}

/*
 * Unmap what takes more than lpae_unmap() does: @n descriptors of BIT(@shift) bytes, of
 * which @done, at @descs, have been cleared.
 */
static noinline size_t lpae_unmap_slowly(struct lpae_table *t, u64 *descs,
					 unsigned long iova, size_t n, unsigned int shift,
					 struct iommu_iotlb_gather *gather, size_t done)
{
	unsigned long start = iova;
	struct lpae_walk w;

	if (done)
		lpae_cleared(t, iova, done, shift, gather, descs);
	for (;;) {
		iova += done << shift;
		n -= done;
		if (!n || !lpae_walk_split(t, &w, iova, shift))
			break;
		done = lpae_clear(t, &w, min(n, lpae_walk_room(&w)), iova, gather);
		if (!done)
			break;
	}
	return iova - start;
}

/*
 * The same of tables with contiguous groups, from where lpae_unmap() has come to: @at. A
 * page that is a group is unmapped by its descriptors. Mostly it is groups in one table.
 */
static noinline size_t lpae_unmap_groups(struct lpae_table *t, u64 *at, unsigned int at_shift,
					 unsigned long iova, size_t pgcount, unsigned int shift,
					 struct iommu_iotlb_gather *gather, size_t done)
{
	struct lpae_walk w = { .descp = at, .granule_shift = t->geo.granule_shift };
	unsigned int entry_shift = lpae_entry_shift(t, shift);
	size_t n = pgcount << (shift - entry_shift);

	if (shift != entry_shift && at_shift == entry_shift)
		done = lpae_clear_groups(at, min(n, lpae_walk_room(&w)),
					 BIT(shift - entry_shift));
	if (done != n)
		return lpae_unmap_slowly(t, at, iova, n, entry_shift, gather, done);
	return lpae_cleared(t, iova, done, entry_shift, gather, at);
}

/* Unmap. Mostly it is leaves, in one table. */
static __always_inline size_t lpae_unmap(struct lpae_table *t, unsigned long iova,
					 size_t pgsize, size_t pgcount,
					 struct iommu_iotlb_gather *gather,
					 unsigned int granule_shift)
{
	struct lpae_walk w = lpae_walk_root(t, iova, granule_shift);
	unsigned int shift;
	size_t done = 0;

	if (!range_unmap_is_valid(&t->limits, iova, pgsize, pgcount))
		return 0;

	shift = __ffs(pgsize);
	lpae_walk_to_leaf(t, &w, iova, LPAE_TABLE);
	if (w.shift == shift && pgcount <= lpae_walk_room(&w))
		done = lpae_clear_leaves(&w, w.descp, pgcount);
	if (done != pgcount) {
		if (t->iop.cfg.quirks & IO_PGTABLE_QUIRK_ARM_CONTIG)
			return lpae_unmap_groups(t, w.descp, w.shift, iova, pgcount, shift,
						 gather, done);
		return lpae_unmap_slowly(t, w.descp, iova, pgcount, shift, gather, done);
	}
	if (!t->iop.cfg.coherent_walk)
		return lpae_cleared(t, iova, done, shift, gather, w.descp);
	return lpae_tell(t, iova, done << shift, shift, gather);
}

/*
 * Translate
 */

static __always_inline phys_addr_t lpae_translate(struct lpae_table *t,
						  unsigned long iova,
						  unsigned int granule_shift)
{
	struct lpae_walk w = lpae_walk_root(t, iova, granule_shift);
	u64 desc;

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return 0;
	desc = lpae_walk_to_leaf(t, &w, iova, LPAE_TABLE);
	if (!desc)
		return 0;
	return lpae_desc_to_addr(desc, granule_shift) | (iova & (BIT_ULL(w.shift) - 1));
}

static int lpae_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova,
			     void *walk_data)
{
	struct arm_lpae_io_pgtable_walk_data *walk = walk_data;
	struct lpae_table *t = lpae_from_ops(ops);
	struct lpae_walk w = lpae_walk_root(t, iova, t->geo.granule_shift);

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return -EINVAL;
	if (!lpae_walk_down(&w, iova, t->geo.granule_shift, LPAE_TABLE,
			    walk->ptes + t->geo.start_level))
		return -EINVAL;
	return 0;
}

/*
 * DEFINE_LPAE_OPS() - the operations of tables with one granule: one walk for all, and
 * the compiler makes it for each.
 */
#define DEFINE_LPAE_OPS(_name, _granule_shift, _dirty)				\
enum { _name##_granule_shift = (_granule_shift) };				\
										\
static int _name##_map_pages(struct io_pgtable_ops *ops, unsigned long iova,	\
			     phys_addr_t paddr, size_t pgsize, size_t pgcount,	\
			     int prot, gfp_t gfp, size_t *mapped)		\
{										\
	return lpae_map(lpae_from_ops(ops), iova, paddr, pgsize, pgcount, prot,	\
			gfp, mapped, _name##_granule_shift);			\
}										\
										\
static size_t _name##_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova, \
				  size_t pgsize, size_t pgcount,		\
				  struct iommu_iotlb_gather *gather)		\
{										\
	return lpae_unmap(lpae_from_ops(ops), iova, pgsize, pgcount, gather,	\
			  _name##_granule_shift);				\
}										\
										\
static phys_addr_t _name##_iova_to_phys(struct io_pgtable_ops *ops,		\
					unsigned long iova)			\
{										\
	return lpae_translate(lpae_from_ops(ops), iova, _name##_granule_shift);	\
}										\
										\
static const struct io_pgtable_ops _name##_ops = {				\
	.map_pages		= _name##_map_pages,				\
	.unmap_pages		= _name##_unmap_pages,				\
	.iova_to_phys		= _name##_iova_to_phys,				\
	.pgtable_walk		= lpae_pgtable_walk,				\
	.read_and_clear_dirty	= _dirty,					\
}

/*
 * Tables as a whole
 */

/* For regimes without dirty state that a driver would use. */
static inline int lpae_no_dirty(struct io_pgtable_ops *ops, unsigned long iova,
				size_t size, unsigned long flags,
				struct iommu_dirty_bitmap *dirty)
{
	return -EINVAL;
}

static void lpae_free(struct io_pgtable *iop)
{
	struct lpae_table *t = lpae_from_iop(iop);

	lpae_free_tables(t, t->root, t->geo.start_level);
	io_pgtable_pool_drain(&t->pool);
	kfree(t);
}

static int lpae_init(struct lpae_table *t, const struct lpae_regime *regime,
		     struct io_pgtable_cfg *cfg, void *cookie)
{
	phys_addr_t root;
	size_t size;
	int ret;

	if (cfg->quirks & ~regime->quirks || cfg->ias > regime->max_ias ||
	    cfg->oas > regime->max_oas)
		return -EINVAL;
	/* Whose view of memory would it be? */
	if (!cfg->coherent_walk && !cfg->iommu_dev)
		return -EINVAL;

	cfg->pgsize_bitmap &= regime->pgsizes;
	ret = lpae_geometry_init(&t->geo, cfg);
	if (ret)
		return ret;
	if (regime->start) {
		ret = regime->start(&t->geo, cfg);
		if (ret)
			return ret;
	}
	lpae_geometry_trim_sizes(&t->geo, cfg);
	if (lpae_has_groups(cfg))
		lpae_geometry_add_groups(&t->geo, cfg);
	range_limits_init(&t->limits, cfg);
	spin_lock_init(&t->split_lock);

	t->iop.ops = *regime->ops[(t->geo.granule_shift - 12) / 2];
	t->root_shift = lpae_level_shift(t->geo.granule_shift, t->geo.start_level);
	t->root_mask = t->geo.root_entries - 1;
	t->page_type = regime->page_type;
	t->regime = regime;
	t->table_bits = LPAE_TYPE_TABLE;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		t->table_bits |= LPAE_S1_TABLE_NS;
	t->ready_bits = LPAE_TYPE_TABLE;
	if (!cfg->coherent_walk)
		t->ready_bits |= LPAE_SW_SYNC;

	size = lpae_table_size(&t->geo, t->geo.start_level);
	t->root = io_pgtable_alloc_pages(cfg, cookie, size, GFP_KERNEL);
	if (!t->root)
		return -ENOMEM;
	/*
	 * Orders the zeroes in the root before the driver's store of its
	 * address to a register, for the walker.
	 */
	wmb();
	root = virt_to_phys(t->root);
	/* Not from t->root, which may have a tag (KASAN) that is that page's only. */
	t->linear = phys_to_virt(root) - root;
	ret = regime->registers(cfg, &t->geo, root);
	if (ret)
		io_pgtable_free_pages(cfg, cookie, t->root, size);
	return ret;
}

/*
 * Make a table of @regime. @cfg changes only if that succeeds.
 */
static struct io_pgtable *lpae_alloc(const struct lpae_regime *regime,
				     struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable_cfg out = *cfg;
	struct lpae_table *t;
	int ret;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);

	ret = lpae_init(t, regime, &out, cookie);
	if (ret) {
		kfree(t);
		return ERR_PTR(ret);
	}
	*cfg = out;
	return &t->iop;
}

/* The fields that TCR and VTCR have in common, and the same sizes in them. */

/* (V)TCR.SH0 and .IRGN0, .ORGN0, DDI0487 D24.2: how the walker reads tables */
static inline unsigned int lpae_walk_sh(const struct io_pgtable_cfg *cfg)
{
	return cfg->coherent_walk ? LPAE_TCR_SH_INNER : LPAE_TCR_SH_OUTER;
}

static inline unsigned int lpae_walk_rgn(const struct io_pgtable_cfg *cfg)
{
	return cfg->coherent_walk ? LPAE_TCR_RGN_WBWA : LPAE_TCR_RGN_NC;
}

/* (V)TCR.TG0, DDI0487 D24.2 */
static inline unsigned int lpae_tg0(const struct lpae_geometry *geo)
{
	switch (geo->granule_shift) {
	case 12:
		return 0;
	case 16:
		return 1;
	}
	return 2;
}

/* TCR.IPS and VTCR.PS, DDI0487 D24.2. Return: the field, -EINVAL if there is none. */
static inline int lpae_ps(unsigned int oas)
{
	switch (oas) {
	case 32:
		return 0;
	case 36:
		return 1;
	case 40:
		return 2;
	case 42:
		return 3;
	case 44:
		return 4;
	case 48:
		return 5;
	case 52:
		return 6;
	}
	return -EINVAL;
}

#endif /* __IO_PGTABLE_ARM_LPAE_WALK_H */
