/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks of LPAE tables: map, unmap, translate, dirty state. Each regime (stage 1,
 * stage 2, Mali) includes this once and brings what is its own: the attributes of
 * its leaf entries, its registers, its rules for the start level.
 *
 * Concurrency: calls for disjoint ranges run without a lock. What they share is
 * tables, which are only ever installed with cmpxchg, and blocks of which each
 * unmaps a part, see lpae_split(). Tables are freed when a range that covers
 * them whole is unmapped or mapped as a block, when nobody else may be inside.
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

#include "arm-lpae-bits.h"
#include "arm-lpae-geometry.h"
#include "compat.h"
#include "range.h"

/**
 * struct lpae_table - a set of page tables
 * @iop: what the core and the driver know of it
 * @geo: its shape
 * @root: the table at the start level
 * @page_type: descriptor type of a leaf at the last level
 * @table_bits: what every table descriptor has besides an address
 */
struct lpae_table {
	struct io_pgtable	iop;
	struct lpae_geometry	geo;
	u64			*root;
	u64			page_type;
	u64			table_bits;
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

/*
 * What is neither 0 nor a table is a leaf, valid or not: a block that is being
 * split keeps everything but the valid bit, see lpae_split().
 */
static inline bool lpae_is_table(u64 desc, unsigned int level)
{
	return level < LPAE_LAST_LEVEL && (desc & LPAE_TYPE) == LPAE_TYPE_TABLE;
}

static inline u64 *lpae_next_table(const struct lpae_table *t, u64 desc)
{
	return phys_to_virt(lpae_desc_to_addr(desc, t->geo.granule_shift));
}

static inline u64 lpae_leaf(const struct lpae_table *t, phys_addr_t paddr,
			    u64 attrs, unsigned int level)
{
	return lpae_addr_to_desc(paddr) | attrs |
	       (level == LPAE_LAST_LEVEL ? t->page_type : LPAE_TYPE_BLOCK);
}

/* Let a walker without coherency see @n descriptors as they are now. */
static inline void lpae_sync(const struct lpae_table *t, u64 *descs,
			     unsigned int n)
{
	const struct io_pgtable_cfg *cfg = &t->iop.cfg;

	if (!cfg->coherent_walk && n)
		dma_sync_single_for_device(cfg->iommu_dev, virt_to_phys(descs),
					   (size_t)n << LPAE_DESC_SHIFT,
					   DMA_TO_DEVICE);
}

/*
 * Tables
 */

static u64 *lpae_alloc_table(const struct lpae_table *t, gfp_t gfp)
{
	return io_pgtable_alloc_pages(&t->iop.cfg, t->iop.cookie,
				      BIT(t->geo.granule_shift), gfp);
}

static void lpae_free_table(const struct lpae_table *t, u64 *table,
			    unsigned int level)
{
	io_pgtable_free_pages(&t->iop.cfg, t->iop.cookie, table,
			      lpae_table_size(&t->geo, level));
}

/* The tables below and including one, each after those below it. */
struct lpae_tables {
	unsigned int top;
	unsigned int level;			/* of the table just visited */
	u64 *table[LPAE_NUM_LEVELS];
	unsigned int next[LPAE_NUM_LEVELS];	/* index to look at */
};

static inline void lpae_tables_init(struct lpae_tables *it, u64 *table,
				    unsigned int level)
{
	it->top = level;
	it->level = level + 1;	/* one is added when the parent is taken up */
	it->table[level] = table;
	it->next[level] = 0;
}

static u64 *lpae_tables_next(const struct lpae_table *t, struct lpae_tables *it)
{
	unsigned int level = it->level;

	if (level == it->top)
		return NULL;

	level--;
	while (level < LPAE_LAST_LEVEL &&
	       it->next[level] < lpae_entries(&t->geo, level)) {
		u64 desc = READ_ONCE(it->table[level][it->next[level]++]);

		if (!lpae_is_table(desc, level))
			continue;
		level++;
		it->table[level] = lpae_next_table(t, desc);
		it->next[level] = 0;
	}
	it->level = level;
	return it->table[level];
}

static void lpae_free_tables(const struct lpae_table *t, u64 *table,
			     unsigned int level)
{
	struct lpae_tables it;
	u64 *tbl;

	lpae_tables_init(&it, table, level);
	while ((tbl = lpae_tables_next(t, &it)))
		lpae_free_table(t, tbl, it.level);
}

static bool lpae_tables_are_empty(const struct lpae_table *t, u64 *table,
				  unsigned int level)
{
	struct lpae_tables it;
	unsigned int i;
	u64 *tbl;

	lpae_tables_init(&it, table, level);
	while ((tbl = lpae_tables_next(t, &it)))
		for (i = 0; i < lpae_entries(&t->geo, it.level); i++) {
			u64 desc = READ_ONCE(tbl[i]);

			if (desc && !lpae_is_table(desc, it.level))
				return false;
		}
	return true;
}

/*
 * Put @table where @old is. Return: what was there, @old if it worked; another
 * CPU may have been faster.
 */
static u64 lpae_install_table(const struct lpae_table *t, u64 *table,
			      u64 *descp, u64 old)
{
	u64 new = lpae_addr_to_desc(virt_to_phys(table)) | t->table_bits;
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
			       unsigned long iova, unsigned int level)
{
	size_t size = lpae_level_size(&t->geo, level);

	WRITE_ONCE(*descp, 0);
	lpae_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova, size, BIT(t->geo.granule_shift));
	lpae_free_tables(t, lpae_next_table(t, desc), level + 1);
}

/*
 * Map
 */

/*
 * Find the table of @level for @iova, making what is missing on the way.
 * Return: the table, or ERR_PTR: -ENOMEM, -EEXIST for a block in the way.
 */
static u64 *lpae_get_table(struct lpae_table *t, unsigned long iova,
			   unsigned int level, gfp_t gfp)
{
	u64 *table = t->root, *new, *descp, desc;
	unsigned int l;

	for (l = t->geo.start_level; l < level; l++) {
		descp = table + lpae_index(&t->geo, l, iova);
		desc = READ_ONCE(*descp);
		if (!desc) {
			new = lpae_alloc_table(t, gfp);
			if (!new)
				return ERR_PTR(-ENOMEM);
			desc = lpae_install_table(t, new, descp, 0);
			if (!desc) {
				table = new;
				continue;
			}
			lpae_free_table(t, new, l + 1);
		} else if (!(desc & LPAE_SW_SYNC)) {
			/* Its maker may not have come to that yet. */
			lpae_sync(t, descp, 1);
		}
		if (!lpae_is_table(desc, l))
			return ERR_PTR(-EEXIST);
		table = lpae_next_table(t, desc);
	}
	return table;
}

/*
 * See to it that @n descriptors are free to be written. Tables without a live
 * entry may be in the way, from pages that were unmapped one by one. All is
 * looked at before anything is touched.
 */
static int lpae_make_room(struct lpae_table *t, u64 *descs, unsigned int n,
			  unsigned long iova, unsigned int level)
{
	bool tables = false;
	unsigned int i;
	u64 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (!desc)
			continue;
		if (!lpae_is_table(desc, level) ||
		    !lpae_tables_are_empty(t, lpae_next_table(t, desc), level + 1))
			return -EEXIST;
		tables = true;
	}

	for (i = 0; tables && i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (desc)
			lpae_remove_tables(t, &descs[i], desc,
					   iova + i * lpae_level_size(&t->geo, level),
					   level);
	}
	return 0;
}

/*
 * Write @n leaves for contiguous memory. One is the one before plus the page
 * size, except where the output address passes 2^48: see lpae_addr_to_desc().
 */
static void lpae_write_leaves(struct lpae_table *t, u64 *descs, unsigned int n,
			      u64 paddr, size_t pgsize, u64 attrs,
			      unsigned int level)
{
	u64 desc = lpae_leaf(t, paddr, attrs, level);
	unsigned int i;

	for (i = 0; i < n; i++, desc += pgsize, paddr += pgsize) {
		if (unlikely(!(paddr & GENMASK_ULL(47, 0))))
			desc = lpae_leaf(t, paddr, attrs, level);
		WRITE_ONCE(descs[i], desc);
	}
	lpae_sync(t, descs, n);
}

static int lpae_fill(struct lpae_table *t, unsigned long iova, phys_addr_t paddr,
		     size_t pgsize, size_t pgcount, u64 attrs, gfp_t gfp,
		     size_t *mapped)
{
	unsigned int level = lpae_size_level(&t->geo, pgsize);
	unsigned int index, n;
	u64 *descs;
	int ret;

	for (; pgcount; pgcount -= n) {
		descs = lpae_get_table(t, iova, level, gfp);
		if (IS_ERR(descs))
			return PTR_ERR(descs);

		index = lpae_index(&t->geo, level, iova);
		descs += index;
		n = min_t(size_t, pgcount, lpae_entries(&t->geo, level) - index);
		ret = lpae_make_room(t, descs, n, iova, level);
		if (ret)
			return ret;

		lpae_write_leaves(t, descs, n, paddr, pgsize, attrs, level);
		iova += n * pgsize;
		paddr += n * pgsize;
		*mapped += n * pgsize;
	}
	return 0;
}

/*
 * What every regime's map_pages does, given the attributes for leaf entries.
 */
static int lpae_map(struct lpae_table *t, unsigned long iova, phys_addr_t paddr,
		    size_t pgsize, size_t pgcount, int prot, u64 attrs,
		    gfp_t gfp, size_t *mapped)
{
	int ret = range_check_map(&t->iop.cfg, iova, paddr, pgsize, pgcount, prot);

	if (ret)
		return ret;

	ret = lpae_fill(t, iova, paddr, pgsize, pgcount, attrs, gfp, mapped);
	/*
	 * Orders the stores of descriptors before whatever the caller does to
	 * start DMA, for the walker. Also after a failure: part may be mapped.
	 */
	wmb();
	return ret;
}

/*
 * Unmap
 */

/*
 * Put a table with the same translations in the place of a block, so that a part
 * of it can be unmapped. Break before make (DDI0487 D8.16.1): the walker must not
 * see the block and the table at once, so in between it sees neither. Another CPU
 * that wants a part of the same block and finds it broken does not wait, it does
 * the rest too; the first to be done wins.
 * Return: whether to look at the descriptor again; false if out of memory.
 */
static bool lpae_split(struct lpae_table *t, u64 *descp, u64 block,
		       unsigned long iova, unsigned int level)
{
	u64 size = lpae_level_size(&t->geo, level);
	u64 part = lpae_level_size(&t->geo, level + 1);
	u64 paddr = lpae_desc_to_addr(block, t->geo.granule_shift);
	u64 broken = block & ~LPAE_VALID;
	u64 *table = lpae_alloc_table(t, GFP_ATOMIC);
	unsigned int i, n = lpae_entries(&t->geo, level + 1);

	if (!table)
		return false;

	for (i = 0; i < n; i++, paddr += part)
		table[i] = lpae_leaf(t, paddr, block & LPAE_BLOCK_ATTRS, level + 1);
	lpae_sync(t, table, n);

	/* If this fails, somebody else has broken the block, or is done. */
	cmpxchg64_relaxed(descp, block, broken);
	lpae_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova & ~(size - 1), size, size);
	if (lpae_install_table(t, table, descp, broken) != broken)
		lpae_free_table(t, table, level + 1);
	return true;
}

/*
 * Find the table of @level for @iova, splitting blocks on the way. Return: the
 * table, NULL if nothing is mapped there or memory for a split is short.
 */
static u64 *lpae_find_table(struct lpae_table *t, unsigned long iova,
			    unsigned int level)
{
	unsigned int l = t->geo.start_level;
	u64 *table = t->root, *descp, desc;

	while (l < level) {
		descp = table + lpae_index(&t->geo, l, iova);
		desc = READ_ONCE(*descp);
		if (lpae_is_table(desc, l)) {
			table = lpae_next_table(t, desc);
			l++;
		} else if (!desc || !COMPAT_SPLITS_BLOCKS ||
			   !lpae_split(t, descp, desc, iova, l)) {
			return NULL;
		}
	}
	return table;
}

/* Clear up to @n descriptors, until one is clear already. Return: how many. */
static unsigned int lpae_clear(struct lpae_table *t, u64 *descs, unsigned int n,
			       unsigned long iova, unsigned int level)
{
	size_t size = lpae_level_size(&t->geo, level);
	unsigned int i;

	for (i = 0; i < n; i++) {
		u64 desc = READ_ONCE(descs[i]);

		if (!desc)
			break;
		if (lpae_is_table(desc, level))
			lpae_remove_tables(t, &descs[i], desc, iova + i * size,
					   level);
		else
			WRITE_ONCE(descs[i], 0);
	}
	lpae_sync(t, descs, i);
	return i;
}

static size_t lpae_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	struct lpae_table *t = lpae_from_ops(ops);
	bool tell = gather && !iommu_iotlb_gather_queued(gather);
	size_t size = range_check_unmap(&t->iop.cfg, iova, pgsize, pgcount);
	size_t unmapped = 0;
	unsigned int level, i, n, done;
	u64 *descs;

	if (!size)
		return 0;

	level = lpae_size_level(&t->geo, pgsize);
	while (unmapped < size) {
		descs = lpae_find_table(t, iova, level);
		if (!descs)
			break;

		n = lpae_index(&t->geo, level, iova);
		descs += n;
		n = min_t(size_t, pgcount, lpae_entries(&t->geo, level) - n);
		done = lpae_clear(t, descs, n, iova, level);
		for (i = 0; tell && i < done; i++)
			io_pgtable_tlb_add_page(&t->iop, gather,
						iova + i * pgsize, pgsize);

		iova += done * pgsize;
		unmapped += done * pgsize;
		pgcount -= done;
		if (done < n)
			break;
	}
	return unmapped;
}

/*
 * Translate
 */

/*
 * The descriptor that ends a walk: a leaf, or none. @trail, if not NULL, gets this
 * and those on the way, by level.
 */
static __always_inline u64 *lpae_lookup(const struct lpae_table *t,
					unsigned long iova, unsigned int *level,
					u64 *desc, u64 *trail)
{
	u64 *table = t->root, *descp;
	unsigned int l;

	for (l = t->geo.start_level; ; l++) {
		descp = table + lpae_index(&t->geo, l, iova);
		*desc = READ_ONCE(*descp);
		if (trail)
			trail[l] = *desc;
		if (!lpae_is_table(*desc, l))
			break;
		table = lpae_next_table(t, *desc);
	}
	*level = l;
	return descp;
}

static phys_addr_t lpae_iova_to_phys(struct io_pgtable_ops *ops,
				     unsigned long iova)
{
	struct lpae_table *t = lpae_from_ops(ops);
	unsigned int level;
	u64 desc;

	if (!range_iova_is_valid(&t->iop.cfg, iova, 1))
		return 0;

	lpae_lookup(t, iova, &level, &desc, NULL);
	if (!desc)
		return 0;
	return lpae_desc_to_addr(desc, t->geo.granule_shift) |
	       (iova & (lpae_level_size(&t->geo, level) - 1));
}

static int lpae_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova,
			     void *walk_data)
{
	struct arm_lpae_io_pgtable_walk_data *walk = walk_data;
	struct lpae_table *t = lpae_from_ops(ops);
	unsigned int level;
	u64 desc;

	if (!range_iova_is_valid(&t->iop.cfg, iova, 1))
		return -EINVAL;

	lpae_lookup(t, iova, &level, &desc, walk->ptes);
	return desc ? 0 : -EINVAL;
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
	kfree(t);
}

/**
 * struct lpae_regime - what sets one regime's tables apart
 * @ops: operations
 * @quirks: the quirks that it knows
 * @pgsizes: the page sizes that it knows, in any granule
 * @max_ias: input address bits, more are refused
 * @max_oas: output address bits, more are refused
 * @page_type: descriptor type of a leaf at the last level
 * @start: adjusts the start level, or NULL. Return: 0, -EINVAL if none will do
 * @registers: fills the registers' fields in cfg for a table, given its root;
 *	Return: 0, -EINVAL if they cannot express the configuration
 */
struct lpae_regime {
	struct io_pgtable_ops ops;
	unsigned long quirks;
	unsigned long pgsizes;
	unsigned int max_ias;
	unsigned int max_oas;
	u64 page_type;
	int (*start)(struct lpae_geometry *geo, const struct io_pgtable_cfg *cfg);
	int (*registers)(struct io_pgtable_cfg *cfg,
			 const struct lpae_geometry *geo, phys_addr_t root);
};

static int lpae_init(struct lpae_table *t, const struct lpae_regime *regime,
		     struct io_pgtable_cfg *cfg, void *cookie)
{
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

	t->iop.ops = regime->ops;
	t->page_type = regime->page_type;
	t->table_bits = LPAE_TYPE_TABLE;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		t->table_bits |= LPAE_S1_TABLE_NS;

	size = lpae_table_size(&t->geo, t->geo.start_level);
	t->root = io_pgtable_alloc_pages(cfg, cookie, size, GFP_KERNEL);
	if (!t->root)
		return -ENOMEM;
	/*
	 * Orders the zeroes in the root before the driver's store of its
	 * address to a register, for the walker.
	 */
	wmb();
	ret = regime->registers(cfg, &t->geo, virt_to_phys(t->root));
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
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 52 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (bits[i] == oas)
			return i;
	return -EINVAL;
}

#endif /* __IO_PGTABLE_ARM_LPAE_WALK_H */
