/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk of all formats: map, unmap, translate. A format that is described as
 * format.h has it includes this once, and has tables and operations on them.
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
#ifndef __IO_PGTABLE_WALK_WALK_H
#define __IO_PGTABLE_WALK_WALK_H

#include "unmap.h"

/*
 * Translate
 */

static __always_inline phys_addr_t walk_translate(struct walk_tables *t,
						  unsigned long iova,
						  unsigned int granule_shift)
{
	struct walk w = walk_root(t, iova, granule_shift);
	u64 desc;

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return 0;
	desc = walk_to_leaf(t, &w, iova, FMT_TABLE);
	if (!desc)
		return 0;
	return fmt_desc_to_addr(desc, granule_shift) | (iova & (BIT_ULL(w.shift) - 1));
}

static int walk_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova,
			     void *walk_data)
{
	struct arm_lpae_io_pgtable_walk_data *walk = walk_data;
	struct walk_tables *t = walk_from_ops(ops);
	struct walk w = walk_root(t, iova, t->geo.granule_shift);

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return -EINVAL;
	if (!walk_down(&w, iova, t->geo.granule_shift, FMT_TABLE,
			    walk->ptes + t->geo.start_level))
		return -EINVAL;
	return 0;
}

/*
 * DEFINE_WALK_OPS() - the operations of tables with one granule: one walk for all, and
 * the compiler makes it for each.
 */
#define DEFINE_WALK_OPS(_name, _granule_shift, _dirty)				\
enum { _name##_granule_shift = (_granule_shift) };				\
										\
static int _name##_map_pages(struct io_pgtable_ops *ops, unsigned long iova,	\
			     phys_addr_t paddr, size_t pgsize, size_t pgcount,	\
			     int prot, gfp_t gfp, size_t *mapped)		\
{										\
	return walk_map(walk_from_ops(ops), iova, paddr, pgsize, pgcount, prot,	\
			gfp, mapped, _name##_granule_shift);			\
}										\
										\
static size_t _name##_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova, \
				  size_t pgsize, size_t pgcount,		\
				  struct iommu_iotlb_gather *gather)		\
{										\
	return walk_unmap(walk_from_ops(ops), iova, pgsize, pgcount, gather,	\
			  _name##_granule_shift);				\
}										\
										\
static phys_addr_t _name##_iova_to_phys(struct io_pgtable_ops *ops,		\
					unsigned long iova)			\
{										\
	return walk_translate(walk_from_ops(ops), iova, _name##_granule_shift);	\
}										\
										\
static const struct io_pgtable_ops _name##_ops = {				\
	.map_pages		= _name##_map_pages,				\
	.unmap_pages		= _name##_unmap_pages,				\
	.iova_to_phys		= _name##_iova_to_phys,				\
	.pgtable_walk		= walk_pgtable_walk,				\
	.read_and_clear_dirty	= _dirty,					\
}

/*
 * Tables as a whole
 */

/* For regimes without dirty state that a driver would use. */
static inline int walk_no_dirty(struct io_pgtable_ops *ops, unsigned long iova,
				size_t size, unsigned long flags,
				struct iommu_dirty_bitmap *dirty)
{
	return -EINVAL;
}

static void walk_free(struct io_pgtable *iop)
{
	struct walk_tables *t = walk_from_iop(iop);

	walk_free_tables(t, t->root, t->geo.start_level);
	io_pgtable_pool_drain(&t->pool);
	kfree(t);
}

static int walk_init(struct walk_tables *t, const struct walk_regime *regime,
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
	if (fmt_has_groups(cfg))
		lpae_geometry_add_groups(&t->geo, cfg);
	range_limits_init(&t->limits, cfg);
	spin_lock_init(&t->split_lock);

	t->iop.ops = *regime->ops[(t->geo.granule_shift - 12) / 2];
	t->root_shift = walk_level_shift(t->geo.granule_shift, t->geo.start_level);
	t->root_mask = t->geo.root_entries - 1;
	t->page_type = regime->page_type;
	t->regime = regime;
	t->table_bits = FMT_TYPE_TABLE;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		t->table_bits |= FMT_TABLE_NS;
	t->ready_bits = FMT_TYPE_TABLE;
	if (!cfg->coherent_walk)
		t->ready_bits |= FMT_SW_SYNC;

	size = walk_table_size(&t->geo, t->geo.start_level);
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
static struct io_pgtable *walk_alloc(const struct walk_regime *regime,
				     struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable_cfg out = *cfg;
	struct walk_tables *t;
	int ret;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);

	ret = walk_init(t, regime, &out, cookie);
	if (ret) {
		kfree(t);
		return ERR_PTR(ret);
	}
	*cfg = out;
	return &t->iop;
}

#endif /* __IO_PGTABLE_WALK_WALK_H */
