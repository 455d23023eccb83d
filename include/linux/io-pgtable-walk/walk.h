/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk of all formats: map, unmap, translate. The source file of a format described as in
 * format.h includes this header once. The header defines the format's functions.
 *
 * Concurrency: calls for disjoint ranges run without a lock. Such calls share tables, which are
 * only installed with cmpxchg. Two calls may also unmap different parts of the same block or
 * group. Only the replacement of a block or group by its parts takes a lock. A table is freed
 * when all of its range is unmapped or mapped as a block; no other call may use that range then.
 *
 * A live descriptor is written once with WRITE_ONCE() or cmpxchg, and read once with READ_ONCE(),
 * since the walker or another CPU may access it at the same time.
 *
 * The fast path of most calls is compiled for each page size, inlined, and has no stack frame. A
 * function that leaves the fast path is out of line, and takes its arguments in a struct. Any other
 * inline or noinline attribute is there because a measurement asks for it.
 */
#ifndef __IO_PGTABLE_WALK_H
#define __IO_PGTABLE_WALK_H

#include <linux/io-pgtable-walk/inspect.h>

/*
 * Define the operations of tables of one page size. @_ext: kind.ext, may depend on the table @t.
 * Further arguments set other members of struct io_pgtable_ops.
 */
#define WALK_OPS(_name, _page_shift, _ext, ...)					\
static __always_inline struct walk_kind _name##_kind(const struct walk_tables *t) \
{										\
	return (struct walk_kind){ _page_shift, _ext };				\
}										\
										\
static int _name##_map_pages(struct io_pgtable_ops *ops, unsigned long iova,	\
			     phys_addr_t paddr, size_t pgsize, size_t pgcount,	\
			     int prot, gfp_t gfp, size_t *mapped)		\
{										\
	struct walk_tables *t = walk_from_ops(ops);				\
										\
	return walk_map(t, iova, paddr, pgsize, pgcount, prot, gfp, mapped,	\
			_name##_kind(t));					\
}										\
										\
static size_t _name##_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova, \
				  size_t pgsize, size_t pgcount,		\
				  struct iommu_iotlb_gather *gather)		\
{										\
	struct walk_tables *t = walk_from_ops(ops);				\
										\
	return walk_unmap(t, iova, pgsize, pgcount, gather, _name##_kind(t));	\
}										\
										\
static phys_addr_t _name##_iova_to_phys(struct io_pgtable_ops *ops,		\
					unsigned long iova)			\
{										\
	struct walk_tables *t = walk_from_ops(ops);				\
										\
	return walk_translate(t, iova, _name##_kind(t));			\
}										\
										\
static const struct io_pgtable_ops _name##_ops = {				\
	.map_pages	= _name##_map_pages,					\
	.unmap_pages	= _name##_unmap_pages,					\
	.iova_to_phys	= _name##_iova_to_phys,					\
	.count_tables	= walk_count_tables,					\
	.reserve	= walk_reserve,						\
	.unreserve	= walk_unreserve,					\
	__VA_ARGS__								\
}

/*
 * Define the functions of one format, &_name##_fns, from the members of its struct walk_variant.
 * @_linkage: static, or nothing. @_caps, @_cfg_size: see &struct io_pgtable_init_fns.
 */
#define WALK_FORMAT(_linkage, _name, _caps, _cfg_size, ...)			\
static struct io_pgtable *_name##_alloc(struct io_pgtable_cfg *cfg, void *cookie) \
{										\
	static const struct walk_variant variant = { __VA_ARGS__ };		\
										\
	return walk_create(&variant, cfg, cookie);				\
}										\
										\
_linkage const struct io_pgtable_init_fns _name##_fns = {			\
	.alloc		 = _name##_alloc,					\
	.free		 = walk_free,						\
	.inspect	 = WALK_INSPECT,					\
	.caps		 = IO_PGTABLE_CAP_OPTIONAL_QUIRKS | (_caps),		\
	.format_cfg_size = _cfg_size,						\
}

static size_t walk_root_size(const struct walk_tables *t)
{
	return (size_t)t->geo.root_entries << WALK_DESC_SHIFT;
}

static void walk_free(struct io_pgtable *iop)
{
	struct walk_tables *t = walk_from_iop(iop);

	/* All users are gone, so drop what they have reserved. */
	while (t->pool.users)
		walk_unreserve(&iop->ops, t->pool.users == 1 ? t->pool.wanted : 0);
	if (t->geo.start_level != fmt.last_level)
		walk_free_below(t, t->root, t->geo.start_level, t->geo.root_entries);
	io_pgtable_free_pages(&iop->cfg, iop->cookie, t->root, walk_root_size(t));
	if (t->pool.left)
		io_pgtable_pool_drain(&t->pool);
	kfree(t);
}

static int walk_alloc_root(struct walk_tables *t)
{
	struct io_pgtable_cfg *cfg = &t->iop.cfg;
	phys_addr_t root;
	int ret = -ENOMEM;

	t->root = io_pgtable_alloc_pages(cfg, t->iop.cookie, walk_root_size(t),
					 GFP_KERNEL | t->pool.zone);
	if (!t->root)
		return -ENOMEM;
	/*
	 * Orders the zeroes in the root before the driver's store of the root's address to a
	 * register, for the walker.
	 */
	wmb();
	root = virt_to_phys(t->root);
	/* Not computed from t->root, whose KASAN tag is valid for that page only */
	t->linear = phys_to_virt(root) - root;
	if (!t->geo.reach || io_pgtable_pool_reaches(&t->pool, t->root))
		ret = fmt_registers(cfg, &t->geo, root);
	if (ret)
		io_pgtable_free_pages(cfg, t->iop.cookie, t->root, walk_root_size(t));
	return ret;
}

static int walk_init(struct walk_tables *t, const struct walk_variant *variant)
{
	struct io_pgtable_cfg *cfg = &t->iop.cfg;
	int ret;

	if (cfg->quirks & ~variant->quirks || cfg->ias > variant->max_ias ||
	    cfg->oas > variant->max_oas)
		return -EINVAL;
	/* Without coherency the DMA API needs the device to clean descriptors for. */
	if (!cfg->coherent_walk && !cfg->iommu_dev)
		return -EINVAL;

	cfg->pgsize_bitmap &= variant->pgsizes;
	t->geo.kind.ext = variant->ext;
	ret = fmt_init(&t->geo, cfg);
	if (ret)
		return ret;
	range_limits_init(&t->limits, cfg);
	spin_lock_init(&t->split_lock);
	t->iop.ops = *variant->ops[(t->geo.kind.page_shift - 12) / 2];
	t->root_shift = walk_level_shift(t->geo.kind, t->geo.start_level);
	t->root_mask = t->geo.root_entries - 1;
	t->table_attrs = fmt_table_attrs(cfg);
	t->ready = cfg->coherent_walk ? fmt.ready & ~fmt.seen : fmt.ready;
	ret = io_pgtable_pool_init(&t->pool, &t->iop, walk_table_entries(t) << WALK_DESC_SHIFT,
				   t->geo.reach);
	return ret ?: walk_alloc_root(t);
}

/* Make a table. @cfg is changed only on success. */
static struct io_pgtable *walk_create(const struct walk_variant *variant,
				      struct io_pgtable_cfg *cfg, void *cookie)
{
	struct walk_tables *t;
	int ret;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);

	t->iop.cfg = *cfg;
	t->iop.cookie = cookie;
	ret = walk_init(t, variant);
	if (ret) {
		kfree(t);
		return ERR_PTR(ret);
	}
	*cfg = t->iop.cfg;
	return &t->iop;
}

#endif /* __IO_PGTABLE_WALK_H */
