// SPDX-License-Identifier: GPL-2.0-only
/*
 * The v7s module: Armv7 short-descriptor page tables, with MediaTek's extensions.
 *
 * Concurrency: calls for disjoint ranges run without a lock. What they share is
 * tables, which are only ever installed with cmpxchg, and sections, supersections
 * and large pages of which each unmaps a part; only splitting these takes a lock.
 * Tables are freed when a range that covers them whole is unmapped or mapped as a
 * section, when nobody else may be inside.
 *
 * A live descriptor is written once with WRITE_ONCE() or cmpxchg, and read once
 * with READ_ONCE(): the walker, or another CPU, may be looking.
 */
#define pr_fmt(fmt) "io-pgtable: " fmt

#include <linux/atomic.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/io-pgtable-format.h>
#include <linux/kmemleak.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "arm-v7s-bits.h"
#include "compat.h"
#include "memory.h"
#include "range.h"

#define RUN_DESC u32
#include "runs.h"

/* Table addresses have 32 bits, but for MediaTek's extension. */
#ifdef CONFIG_ZONE_DMA32
#define V7S_GFP_LOW	__GFP_DMA32
#define V7S_SLAB_LOW	SLAB_CACHE_DMA32
#else
#define V7S_GFP_LOW	__GFP_DMA
#define V7S_SLAB_LOW	SLAB_CACHE_DMA
#endif

/* Level-2 tables are smaller than a page: below 4 GiB, and anywhere. */
static struct kmem_cache *v7s_cache_low, *v7s_cache_any;

/**
 * struct v7s_table - a set of page tables
 * @iop: what the core and the driver know of it
 * @limits: what may be asked of it
 * @root: the table of level 1
 * @root_shift: log2 of the bytes that it translates
 * @cache: where its tables of level 2 are from
 * @mtk: output addresses have MediaTek's bits 34:32
 * @attrs: the attributes of sections and of small pages, by IOMMU_READ and so on; 0 if
 *	not asked for yet
 * @split_lock: held while a descriptor is replaced by descriptors of its parts
 */
struct v7s_table {
	struct io_pgtable	iop;
	struct range_limits	limits;
	u32			*root;
	unsigned int		root_shift;
	struct kmem_cache	*cache;
	bool			mtk;
	u32			attrs[2][RANGE_NUM_PROTS];
	spinlock_t		split_lock;	/* one split at a time */
};

/**
 * struct v7s_leaf - what a page size means
 * @size: in bytes
 * @shift: log2 of it
 * @level: whose entries it takes
 * @copies: how many of them it takes
 * @attrs: all but the address, when it is mapped
 */
struct v7s_leaf {
	size_t		size;
	unsigned int	shift;
	unsigned int	level;
	unsigned int	copies;
	u32		attrs;
};

static __always_inline struct v7s_leaf v7s_leaf(size_t pgsize)
{
	unsigned int level = pgsize >= SZ_1M ? 1 : 2;

	return (struct v7s_leaf){
		.size	= pgsize,
		.shift	= __ffs(pgsize),
		.level	= level,
		.copies	= pgsize >> v7s_shift(level),
	};
}

static struct v7s_table *v7s_from_iop(struct io_pgtable *iop)
{
	return container_of(iop, struct v7s_table, iop);
}

static struct v7s_table *v7s_from_ops(struct io_pgtable_ops *ops)
{
	return v7s_from_iop(io_pgtable_ops_to_pgtable(ops));
}

/* @desc leads to a table. */
static inline u32 *v7s_next_table(const struct v7s_table *t, u32 desc)
{
	return phys_to_virt(v7s_bits_to_addr(desc, t->mtk));
}

/* Let a walker without coherency see @n descriptors as they are now. */
static noinline void v7s_clean(const struct v7s_table *t, u32 *descs, unsigned int n)
{
	dma_sync_single_for_device(t->iop.cfg.iommu_dev, virt_to_phys(descs),
				   (size_t)n << V7S_DESC_SHIFT, DMA_TO_DEVICE);
}

static inline void v7s_sync(const struct v7s_table *t, u32 *descs, unsigned int n)
{
	if (!t->iop.cfg.coherent_walk)
		v7s_clean(t, descs, n);
}

/* Where the entry for an input address is */
static inline u32 *v7s_root_entry(const struct v7s_table *t, unsigned long iova)
{
	return t->root + (iova >> v7s_shift(1));
}

static inline unsigned int v7s_l2_index(unsigned long iova)
{
	return (iova >> v7s_shift(2)) % V7S_L2_ENTRIES;
}

static inline u32 *v7s_next_entry(const struct v7s_table *t, u32 desc,
				  unsigned long iova)
{
	return v7s_next_table(t, desc) + v7s_l2_index(iova);
}

/*
 * The pages from @iova to the end of what the table translates whose entries they take.
 * All that are input addresses have theirs in the root.
 */
static __always_inline size_t v7s_room(unsigned long iova, const struct v7s_leaf *leaf)
{
	return leaf->level == 1 ? SIZE_MAX : (SZ_1M - iova % SZ_1M) >> leaf->shift;
}

/*
 * Clear up to @n pages that are leaves of their own size, or for groups of any, until
 * something else comes. Return: how many.
 */
static __always_inline unsigned int v7s_clear_run(u32 *descs, unsigned int n,
						  const struct v7s_leaf *leaf)
{
	u32 some = v7s_leaf_bits(leaf->level, leaf->copies);
	u32 none = v7s_larger_bits(leaf->level, leaf->copies);
	u32 *d = descs, *end = descs + n * leaf->copies;

	if (leaf->copies > 1) {
		for (; d < end && (run_and8(d) & some) && (run_and8(d + 8) & some); d += 16)
			run_write(d, 16, 0, 0);
		return (d - descs) / V7S_GROUP;
	}
	for (; d + 8 <= end && (run_and8(d) & some) && !(run_or8(d) & none); d += 8)
		run_write(d, 8, 0, 0);
	for (; d < end && (*d & some) && !(*d & none); d++)
		WRITE_ONCE(*d, 0);
	return d - descs;
}

/*
 * Tables
 */

static noinline void v7s_tell_out_of_reach(const struct io_pgtable_cfg *cfg, u64 paddr)
{
	if (cfg->iommu_dev)
		dev_err(cfg->iommu_dev, "memory at %#llx is out of reach for page tables\n",
			paddr);
	else
		pr_err("memory at %#llx is out of reach for page tables\n", paddr);
}

/* Whether a register or descriptor can hold the address of a table. */
static inline bool v7s_can_point_to(const struct io_pgtable_cfg *cfg, void *table)
{
	bool ext = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
	u64 paddr = virt_to_phys(table);

	if (!(paddr >> (ext ? cfg->oas : 32)))
		return true;
	v7s_tell_out_of_reach(cfg, paddr);
	return false;
}

static u32 *v7s_alloc_table(const struct v7s_table *t, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &t->iop.cfg;
	u32 *table = kmem_cache_zalloc(t->cache, gfp & ~GFP_ZONEMASK);

	if (!table)
		return NULL;
	if (!v7s_can_point_to(cfg, table) ||
	    (!cfg->coherent_walk &&
	     !io_pgtable_make_visible(cfg->iommu_dev, table, V7S_L2_SIZE))) {
		kmem_cache_free(t->cache, table);
		return NULL;
	}
	/* Nothing but a physical address in another table refers to it. */
	kmemleak_ignore(table);
	return table;
}

static void v7s_free_table(const struct v7s_table *t, u32 *table)
{
	if (!t->iop.cfg.coherent_walk)
		dma_unmap_page(t->iop.cfg.iommu_dev, virt_to_phys(table),
			       V7S_L2_SIZE, DMA_TO_DEVICE);
	kmem_cache_free(t->cache, table);
}

static u32 v7s_table_desc(const struct v7s_table *t, u32 *table)
{
	bool ns = t->iop.cfg.quirks & IO_PGTABLE_QUIRK_ARM_NS;

	return v7s_addr_to_desc(virt_to_phys(table), t->mtk) | V7S_TYPE_TABLE |
	       (ns ? V7S_TABLE_NS : 0);
}

/*
 * Put @new, which leads to a new table, where @old is. Return: what was there, @old if
 * it worked; another CPU may have been faster.
 */
static u32 v7s_install_table(const struct v7s_table *t, u32 *descp, u32 old, u32 new)
{
	u32 seen;

	/*
	 * Orders the stores to the table before the store of its address, for
	 * the walker and for other CPUs. cmpxchg_release() would not order
	 * anything for the walker in a kernel without SMP.
	 */
	dma_wmb();
	seen = cmpxchg_relaxed(descp, old, new);
	/* Whoever lost the race makes sure too, rather than wait for the winner. */
	v7s_sync(t, descp, 1);
	return seen;
}

/*
 * Take the descriptor of a table out, tell the walker, then free the table.
 */
static noinline void v7s_remove_table(struct v7s_table *t, u32 *descp, u32 desc,
				      unsigned long iova)
{
	WRITE_ONCE(*descp, 0);
	v7s_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova, SZ_1M, SZ_4K);
	v7s_free_table(t, v7s_next_table(t, desc));
}

/*
 * Map
 */

/*
 * See to it that @descp leads to a table that the walker sees. Return: what it is
 * then: the table; a section that is in the way; 0 if there is no memory.
 */
static u32 v7s_make_table(struct v7s_table *t, u32 *descp, gfp_t gfp)
{
	u32 *table, desc = READ_ONCE(*descp), new;

	if (desc) {
		/* Its maker may not have come to that yet. */
		v7s_sync(t, descp, 1);
		return desc;
	}

	table = v7s_alloc_table(t, gfp);
	if (!table)
		return 0;
	new = v7s_table_desc(t, table);
	desc = v7s_install_table(t, descp, 0, new);
	if (!desc)
		return new;
	v7s_free_table(t, table);
	return desc;
}

/*
 * Find the first entry for @iova at @level, making a table if there is none.
 * Return: the entry, or ERR_PTR: -ENOMEM, -EEXIST for a section in the way.
 */
static u32 *v7s_get_entry(struct v7s_table *t, unsigned long iova,
			  unsigned int level, gfp_t gfp)
{
	u32 *descp = v7s_root_entry(t, iova), desc;

	if (level == 1)
		return descp;
	desc = v7s_make_table(t, descp, gfp);
	if (!v7s_is_table(desc, 1))
		return ERR_PTR(desc ? -EEXIST : -ENOMEM);
	return v7s_next_entry(t, desc, iova);
}

/*
 * See to it that @n entries are free to be written. Tables without a live entry
 * may be in the way, from pages that were unmapped one by one. All is looked at
 * before anything is touched.
 */
static int v7s_make_room(struct v7s_table *t, u32 *descs, unsigned int n,
			 unsigned long iova, unsigned int level)
{
	unsigned int i;
	u32 desc;

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (desc && (!v7s_is_table(desc, level) ||
			     !run_table_is_clear(v7s_next_table(t, desc), V7S_L2_ENTRIES)))
			return -EEXIST;
	}

	for (i = 0; i < n; i++) {
		desc = READ_ONCE(descs[i]);
		if (desc)
			v7s_remove_table(t, &descs[i], desc, iova + i * SZ_1M);
	}
	return 0;
}

/* Each is the one before plus the page size, as long as that is below 4 GiB. */
static __always_inline void v7s_write_leaves(const struct v7s_table *t, u32 *descs,
					     unsigned int n, u64 paddr,
					     const struct v7s_leaf *leaf)
{
	u64 last = paddr + ((u64)n << leaf->shift) - 1;

	if (leaf->copies == 1 && !((paddr ^ last) >> 32))
		run_write(descs, n, v7s_addr_to_desc(paddr, t->mtk) | leaf->attrs,
			  leaf->size);
	else
		for (; n; n--, paddr += leaf->size, descs += leaf->copies)
			run_write(descs, leaf->copies,
				  v7s_addr_to_desc(paddr, t->mtk) | leaf->attrs, 0);
}

/* Let a walker without coherency see what is new, and the table of level 2 that it is in. */
static noinline void v7s_publish(struct v7s_table *t, unsigned long iova,
				 u32 *descs, unsigned int n)
{
	/* Its maker may not have come to that yet. */
	v7s_clean(t, v7s_root_entry(t, iova), 1);
	v7s_clean(t, descs, n);
}

/* Map what takes more than v7s_map_pages() does by itself. */
static noinline int v7s_map_slowly(struct v7s_table *t, unsigned long iova,
				   phys_addr_t paddr, size_t pgsize, size_t pgcount,
				   u32 attrs, gfp_t gfp, size_t *mapped)
{
	struct v7s_leaf leaf = v7s_leaf(pgsize);
	unsigned int n;
	u32 *descs;
	int ret = 0;

	leaf.attrs = attrs;
	for (;;) {
		descs = v7s_get_entry(t, iova, leaf.level, gfp);
		ret = PTR_ERR_OR_ZERO(descs);
		if (ret)
			break;

		n = min(pgcount, v7s_room(iova, &leaf));
		if (!run_are_clear(descs, n * leaf.copies))
			ret = v7s_make_room(t, descs, n * leaf.copies, iova, leaf.level);
		if (ret)
			break;

		v7s_write_leaves(t, descs, n, paddr, &leaf);
		v7s_sync(t, descs, n * leaf.copies);
		*mapped += n * pgsize;
		pgcount -= n;
		if (!pgcount)
			break;
		iova += n * pgsize;
		paddr += n * pgsize;
	}
	/* As below. Also after a failure: part may be mapped. */
	wmb();
	return ret;
}

/*
 * Map pages where the table of level 2 is missing: they are written before anybody else
 * can see it.
 */
static noinline int v7s_map_new_table(struct v7s_table *t, unsigned long iova,
				      phys_addr_t paddr, size_t pgsize, size_t pgcount,
				      u32 attrs, gfp_t gfp, size_t *mapped)
{
	u32 *table = v7s_alloc_table(t, gfp), *descs;
	struct v7s_leaf leaf = v7s_leaf(pgsize);
	size_t n = min(pgcount, v7s_room(iova, &leaf)), size;

	if (!table)
		return -ENOMEM;

	leaf.attrs = attrs;
	descs = table + v7s_l2_index(iova);
	v7s_write_leaves(t, descs, n, paddr, &leaf);
	v7s_sync(t, descs, n * leaf.copies);
	if (v7s_install_table(t, v7s_root_entry(t, iova), 0, v7s_table_desc(t, table))) {
		/* Another CPU was faster. */
		v7s_free_table(t, table);
		n = 0;
	}
	size = n * pgsize;
	*mapped += size;
	if (n < pgcount)
		return v7s_map_slowly(t, iova + size, paddr + size, pgsize, pgcount - n,
				      attrs, gfp, mapped);
	/* As below. */
	wmb();
	return 0;
}

static noinline u32 v7s_new_attrs(struct v7s_table *t, int prot, unsigned int level)
{
	u32 attrs = v7s_leaf_attrs(t->iop.cfg.quirks, prot, level);

	if (range_prot_is_common(prot))
		WRITE_ONCE(t->attrs[level - 1][prot], attrs);
	return attrs;
}

/* The attributes of a page, which mostly have been asked for before */
static __always_inline u32 v7s_attrs(struct v7s_table *t, int prot,
				     const struct v7s_leaf *leaf)
{
	u32 attrs = range_prot_is_common(prot) ?
		    READ_ONCE(t->attrs[leaf->level - 1][prot]) : 0;

	if (!attrs)
		attrs = v7s_new_attrs(t, prot, leaf->level);
	return leaf->copies == 1 ? attrs : v7s_single_to_group(attrs, leaf->level);
}

/* Mostly the pages have their place in one table that is there. */
static int v7s_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			 phys_addr_t paddr, size_t pgsize, size_t pgcount,
			 int prot, gfp_t gfp, size_t *mapped)
{
	struct v7s_table *t = v7s_from_ops(ops);
	struct v7s_leaf leaf;
	u32 *descs, desc;

	if (!range_map_is_valid(&t->limits, iova, paddr, pgsize, pgcount) ||
	    !range_prot_is_valid(prot))
		return range_map_error(&t->limits, iova, paddr, pgsize, pgcount, prot) ?:
		       -EINVAL;

	leaf = v7s_leaf(pgsize);
	leaf.attrs = v7s_attrs(t, prot, &leaf);
	descs = v7s_root_entry(t, iova);
	desc = READ_ONCE(*descs);
	if (leaf.level == 2 && v7s_is_table(desc, 1))
		descs = v7s_next_entry(t, desc, iova);
	else if (leaf.level == 2 && !desc)
		return v7s_map_new_table(t, iova, paddr, pgsize, pgcount, leaf.attrs,
					 gfp, mapped);
	else if (leaf.level == 2)
		goto slowly;
	if (pgcount > v7s_room(iova, &leaf) ||
	    !run_are_clear(descs, pgcount * leaf.copies))
		goto slowly;

	v7s_write_leaves(t, descs, pgcount, paddr, &leaf);
	*mapped += pgcount * pgsize;
	if (leaf.level == 1)
		v7s_sync(t, descs, pgcount * leaf.copies);
	else if (!t->iop.cfg.coherent_walk)
		v7s_publish(t, iova, descs, pgcount * leaf.copies);
	/*
	 * Orders the stores of descriptors before whatever the caller does to
	 * start DMA, for the walker.
	 */
	wmb();
	return 0;

slowly:
	return v7s_map_slowly(t, iova, paddr, pgsize, pgcount, leaf.attrs, gfp, mapped);
}

/*
 * Split: put descriptors of its parts in the place of a leaf, so that some of them
 * can be unmapped. Break before make (DDI0406 B3.10.1): the walker must not see
 * the whole and the parts at once, so in between it sees neither. What is broken
 * keeps everything but its type, for those who translate in the meantime. See
 * range_breaks_before_make() for when there is no break.
 * Return: what the descriptors are then.
 */
static u32 v7s_break(struct v7s_table *t, u32 *descs, unsigned int n, u32 desc,
		     unsigned long iova, size_t size)
{
	unsigned int i;

	if (!range_breaks_before_make(&t->iop.cfg))
		return desc;
	for (i = 0; i < n; i++)
		WRITE_ONCE(descs[i], desc & ~V7S_TYPE);
	v7s_sync(t, descs, n);
	io_pgtable_tlb_flush_walk(&t->iop, iova & ~(size - 1), size, size);
	return desc & ~V7S_TYPE;
}

/* A supersection or large page becomes 16 sections or small pages. */
static void v7s_split_group(struct v7s_table *t, u32 *descp, unsigned long iova,
			    unsigned int level)
{
	size_t size = BIT(v7s_shift(level));
	u32 *descs = PTR_ALIGN_DOWN(descp, V7S_GROUP * sizeof(*descs));
	unsigned long flags;
	unsigned int i;
	u32 desc, mask;

	spin_lock_irqsave(&t->split_lock, flags);
	/* Somebody else may have been here, and only our entry is sure to be left. */
	desc = READ_ONCE(*descp);
	if (v7s_is_group(desc, level)) {
		v7s_break(t, descs, V7S_GROUP, desc, iova, V7S_GROUP * size);
		mask = v7s_addr_mask(desc, level, t->mtk);
		desc = (desc & mask) | v7s_group_to_single(desc & ~mask, level);
		for (i = 0; i < V7S_GROUP; i++)
			WRITE_ONCE(descs[i], desc + i * size);
		v7s_sync(t, descs, V7S_GROUP);
	}
	spin_unlock_irqrestore(&t->split_lock, flags);
}

/* A table with the translations of a section, as pages of @leaf's size */
static void v7s_fill_for_section(struct v7s_table *t, u32 *table, u32 desc,
				 const struct v7s_leaf *leaf)
{
	struct v7s_leaf part = *leaf;

	part.attrs = v7s_section_to_small(desc & ~v7s_addr_mask(desc, 1, t->mtk));
	if (leaf->copies > 1)
		part.attrs = v7s_single_to_group(part.attrs, 2);
	v7s_write_leaves(t, table, V7S_L2_ENTRIES / leaf->copies,
			 v7s_desc_to_addr(desc, 1, t->mtk), &part);
	v7s_sync(t, table, V7S_L2_ENTRIES);
}

/* Return: whether to look at the descriptor again; false if out of memory. */
static bool v7s_split_section(struct v7s_table *t, u32 *descp, unsigned long iova,
			      const struct v7s_leaf *leaf)
{
	u32 *table = v7s_alloc_table(t, GFP_ATOMIC), desc, old;
	unsigned long flags;

	if (!table)
		return false;

	spin_lock_irqsave(&t->split_lock, flags);
	desc = READ_ONCE(*descp);
	if (!v7s_is_table(desc, 1)) {
		v7s_fill_for_section(t, table, desc, leaf);
		old = v7s_break(t, descp, 1, desc, iova, SZ_1M);
		v7s_install_table(t, descp, old, v7s_table_desc(t, table));
		table = NULL;
	}
	spin_unlock_irqrestore(&t->split_lock, flags);

	/* Somebody else has split it. */
	if (table)
		v7s_free_table(t, table);
	return true;
}

/*
 * Unmap
 */

/*
 * Find the first entry for @iova at the level of @leaf, splitting what is larger.
 * Return: the entry, NULL if nothing is mapped there or memory for a split is short.
 */
static u32 *v7s_find_entry(struct v7s_table *t, unsigned long iova,
			   const struct v7s_leaf *leaf)
{
	u32 *descp = v7s_root_entry(t, iova), desc;

	if (leaf->level == 1)
		return descp;

	for (;;) {
		desc = READ_ONCE(*descp);
		if (v7s_is_table(desc, 1))
			return v7s_next_entry(t, desc, iova);
		if (!desc || !COMPAT_SPLITS_BLOCKS)
			return NULL;
		if (v7s_is_group(desc, 1))
			v7s_split_group(t, descp, iova, 1);
		else if (!v7s_split_section(t, descp, iova, leaf))
			return NULL;
	}
}

/* All of a page is there, and of nothing else: what is larger has been split. */
static bool v7s_is_whole(struct v7s_table *t, u32 *descs, unsigned long iova,
			 const struct v7s_leaf *leaf)
{
	u32 desc = READ_ONCE(*descs);
	unsigned int i;

	for (i = 1; desc && i < leaf->copies; i++)
		desc = READ_ONCE(descs[i]);
	if (!desc)
		return false;

	if (leaf->copies == 1 && v7s_is_group(desc, leaf->level)) {
		if (!COMPAT_SPLITS_BLOCKS)
			return false;
		v7s_split_group(t, descs, iova, leaf->level);
	}
	return true;
}

/*
 * @n pages are gone: let the walker see it, and tell the driver, unless the caller
 * flushes everything. A group counts as sixteen, for drivers that know nothing of
 * groups. Callers without a gather structure are told too: the kernel's own format does
 * so. Return: their size.
 */
static noinline size_t v7s_cleared(struct v7s_table *t, u32 *descs, size_t n,
				   unsigned long iova, size_t pgsize,
				   struct iommu_iotlb_gather *gather)
{
	unsigned int shift = v7s_shift(pgsize >= SZ_1M ? 1 : 2);
	size_t size = n * pgsize;

	v7s_sync(t, descs, size >> shift);
	if (!iommu_iotlb_gather_queued(gather))
		io_pgtable_tlb_add_range(&t->iop, gather, iova, size, BIT(shift));
	return size;
}

/* A page of which each entry needs a look: there may be tables among them. */
static void v7s_clear_page(struct v7s_table *t, u32 *descs, unsigned long iova,
			   const struct v7s_leaf *leaf,
			   struct iommu_iotlb_gather *gather)
{
	size_t entry = BIT(v7s_shift(leaf->level));
	unsigned int i;

	for (i = 0; i < leaf->copies; i++, iova += entry) {
		u32 desc = READ_ONCE(descs[i]);

		if (v7s_is_table(desc, leaf->level)) {
			v7s_remove_table(t, &descs[i], desc, iova);
		} else {
			WRITE_ONCE(descs[i], 0);
			v7s_cleared(t, &descs[i], 1, iova, entry, gather);
		}
	}
}

/* Clear up to @n pages, until one is not there. Return: how many. */
static unsigned int v7s_clear(struct v7s_table *t, u32 *descs, unsigned int n,
			      unsigned long iova, const struct v7s_leaf *leaf,
			      struct iommu_iotlb_gather *gather)
{
	unsigned int i, run;
	u32 *first, desc;

	for (i = 0; i < n; i += run, iova += run * leaf->size) {
		first = descs + i * leaf->copies;
		desc = READ_ONCE(*first);
		run = 1;
		if (leaf->copies == 1 && v7s_is_table(desc, leaf->level)) {
			v7s_remove_table(t, first, desc, iova);
			continue;
		}
		run = v7s_clear_run(first, n - i, leaf);
		if (run) {
			v7s_cleared(t, first, run, iova, leaf->size, gather);
			continue;
		}
		if (!v7s_is_whole(t, first, iova, leaf))
			break;
		v7s_clear_page(t, first, iova, leaf, gather);
		run = 1;
	}
	return i;
}

/*
 * Unmap what takes more than v7s_unmap_pages() does. It has cleared @done pages at
 * @descs.
 */
static noinline size_t v7s_unmap_slowly(struct v7s_table *t, unsigned long iova,
					size_t pgsize, size_t pgcount,
					struct iommu_iotlb_gather *gather,
					u32 *descs, size_t done)
{
	struct v7s_leaf leaf = v7s_leaf(pgsize);
	unsigned long start = iova;
	unsigned int n;

	if (done)
		v7s_cleared(t, descs, done, iova, pgsize, gather);
	for (;;) {
		iova += done * pgsize;
		pgcount -= done;
		descs = pgcount ? v7s_find_entry(t, iova, &leaf) : NULL;
		if (!descs)
			break;
		n = min(pgcount, v7s_room(iova, &leaf));
		done = v7s_clear(t, descs, n, iova, &leaf, gather);
		if (!done)
			break;
	}
	return iova - start;
}

/* Mostly it is leaves, in one table. */
static size_t v7s_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			      size_t pgsize, size_t pgcount,
			      struct iommu_iotlb_gather *gather)
{
	struct v7s_table *t = v7s_from_ops(ops);
	struct v7s_leaf leaf;
	u32 *descs, desc;
	size_t done = 0;

	if (!range_unmap_is_valid(&t->limits, iova, pgsize, pgcount))
		return 0;

	leaf = v7s_leaf(pgsize);
	descs = v7s_root_entry(t, iova);
	desc = READ_ONCE(*descs);
	if (leaf.level == 2) {
		descs = v7s_is_table(desc, 1) ? v7s_next_entry(t, desc, iova) : NULL;
	} else if (pgcount == 1 && leaf.copies == 1 && v7s_is_table(desc, 1)) {
		v7s_remove_table(t, descs, desc, iova);
		return pgsize;
	}
	if (descs && pgcount <= v7s_room(iova, &leaf))
		done = v7s_clear_run(descs, pgcount, &leaf);
	if (done != pgcount)
		return v7s_unmap_slowly(t, iova, pgsize, pgcount, gather, descs, done);
	if (t->iop.cfg.coherent_walk && iommu_iotlb_gather_queued(gather))
		return done * pgsize;
	return v7s_cleared(t, descs, done, iova, pgsize, gather);
}

/*
 * Translate
 */

static phys_addr_t v7s_iova_to_phys(struct io_pgtable_ops *ops,
				    unsigned long iova)
{
	struct v7s_table *t = v7s_from_ops(ops);
	unsigned int level = 1;
	unsigned long offset;
	u32 desc;

	if (!range_iova_is_valid(&t->limits, iova, 1))
		return 0;

	desc = READ_ONCE(*v7s_root_entry(t, iova));
	if (v7s_is_table(desc, 1)) {
		desc = READ_ONCE(*v7s_next_entry(t, desc, iova));
		level = 2;
	}
	if (!desc)
		return 0;

	offset = BIT(v7s_shift(level)) - 1;
	if (v7s_is_group(desc, level))
		offset = V7S_GROUP * (offset + 1) - 1;
	return v7s_desc_to_addr(desc, level, t->mtk) | (iova & offset);
}

/*
 * Tables as a whole
 */

static size_t v7s_root_size(const struct v7s_table *t)
{
	return BIT(t->root_shift - v7s_shift(1) + V7S_DESC_SHIFT);
}

static void v7s_registers(const struct v7s_table *t, struct io_pgtable_cfg *cfg)
{
	phys_addr_t root = virt_to_phys(t->root);

	/* TTBCR.N, EAE: one table of short descriptors for all */
	cfg->arm_v7s_cfg.tcr = 0;
	cfg->arm_v7s_cfg.prrr =
		V7S_PRRR_TR(V7S_INDEX_DEVICE, V7S_TYPE_DEVICE) |
		V7S_PRRR_TR(V7S_INDEX_NC, V7S_TYPE_NORMAL) |
		V7S_PRRR_TR(V7S_INDEX_CACHE, V7S_TYPE_NORMAL) |
		V7S_PRRR_DS0 | V7S_PRRR_DS1 | V7S_PRRR_NS1 |
		V7S_PRRR_NOS(V7S_INDEX_CACHE);
	cfg->arm_v7s_cfg.nmrr = V7S_NMRR_IR(V7S_INDEX_CACHE, V7S_RGN_WBWA) |
				V7S_NMRR_OR(V7S_INDEX_CACHE, V7S_RGN_WBWA);

	/* MediaTek's TTBR has address bits 34:32 where attributes would be. */
	if (t->mtk)
		cfg->arm_v7s_cfg.ttbr = root | upper_32_bits(root);
	else
		cfg->arm_v7s_cfg.ttbr = root | V7S_TTBR_S |
			(cfg->coherent_walk ? V7S_TTBR_NOS | V7S_TTBR_WBWA : 0);
}

#define V7S_QUIRKS	(IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_NO_PERMS | \
			 IO_PGTABLE_QUIRK_ARM_MTK_EXT |			      \
			 IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)

static bool v7s_config_is_valid(const struct io_pgtable_cfg *cfg, bool mtk)
{
	unsigned long quirks = cfg->quirks;

	/* MediaTek's address bits are where permissions would be. */
	if (quirks & ~V7S_QUIRKS ||
	    (quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT &&
	     !(quirks & IO_PGTABLE_QUIRK_NO_PERMS)) ||
	    (quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT && !mtk))
		return false;
	if (cfg->ias > (mtk ? 34 : 32) || cfg->oas > (mtk ? 35 : 32))
		return false;
	/* Whose view of memory would it be? */
	return cfg->coherent_walk || cfg->iommu_dev;
}

static int v7s_init(struct v7s_table *t, struct io_pgtable_cfg *cfg, void *cookie)
{
	bool anywhere = cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
	size_t size;

	t->mtk = IS_ENABLED(CONFIG_PHYS_ADDR_T_64BIT) &&
		 cfg->quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT;
	if (!v7s_config_is_valid(cfg, t->mtk))
		return -EINVAL;

	/* Not what would be larger than all that can be mapped. */
	cfg->pgsize_bitmap &= SZ_4K | SZ_64K | SZ_1M | SZ_16M;
	cfg->pgsize_bitmap &= GENMASK_ULL(cfg->ias, 0);
	if (!cfg->pgsize_bitmap)
		return -EINVAL;

	range_limits_init(&t->limits, cfg);
	t->iop.cfg = *cfg;
	/* The walker reads as many entries for less than 32 bits. */
	t->root_shift = max(cfg->ias, 32);
	t->cache = anywhere ? v7s_cache_any : v7s_cache_low;
	spin_lock_init(&t->split_lock);

	size = v7s_root_size(t);
	t->root = io_pgtable_alloc_pages(cfg, cookie, size,
					 GFP_KERNEL | (anywhere ? 0 : V7S_GFP_LOW));
	if (!t->root)
		return -ENOMEM;
	if (!v7s_can_point_to(cfg, t->root)) {
		io_pgtable_free_pages(cfg, cookie, t->root, size);
		return -ENOMEM;
	}
	/*
	 * Orders the zeroes in the root before the driver's store of its
	 * address to a register, for the walker.
	 */
	wmb();
	v7s_registers(t, cfg);
	return 0;
}

static struct io_pgtable *v7s_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable_cfg out = *cfg;
	struct v7s_table *t;
	int ret;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);

	t->iop.ops = (struct io_pgtable_ops){
		.map_pages	= v7s_map_pages,
		.unmap_pages	= v7s_unmap_pages,
		.iova_to_phys	= v7s_iova_to_phys,
	};
	ret = v7s_init(t, &out, cookie);
	if (ret) {
		kfree(t);
		return ERR_PTR(ret);
	}
	*cfg = out;
	return &t->iop;
}

static void v7s_free(struct io_pgtable *iop)
{
	struct v7s_table *t = v7s_from_iop(iop);
	size_t size = v7s_root_size(t), i;

	for (i = 0; i < size >> V7S_DESC_SHIFT; i++)
		if (v7s_is_table(t->root[i], 1))
			v7s_free_table(t, v7s_next_table(t, t->root[i]));
	io_pgtable_free_pages(&iop->cfg, iop->cookie, t->root, size);
	kfree(t);
}

/*
 * Module
 */

static const struct io_pgtable_init_fns v7s_fns = {
	.alloc	= v7s_alloc,
	.free	= v7s_free,
};

static const struct io_pgtable_cfg v7s_trial = {
	.pgsize_bitmap	= SZ_4K | SZ_64K | SZ_1M | SZ_16M,
	.ias		= 32,
	.oas		= 32,
	.coherent_walk	= true,
};

static struct io_pgtable_format v7s_formats[] = {
	{ .fmt = ARM_V7S, .fns = &v7s_fns, .trial = &v7s_trial },
};

/* A cache that is not there is nothing to destroy. */
static void v7s_destroy_caches(void)
{
	kmem_cache_destroy(v7s_cache_low);
	kmem_cache_destroy(v7s_cache_any);
}

static int __init v7s_module_init(void)
{
	int ret = -ENOMEM;

	v7s_cache_low = kmem_cache_create("io-pgtable-arm-v7s-low", V7S_L2_SIZE,
					  V7S_L2_SIZE, V7S_SLAB_LOW, NULL);
	v7s_cache_any = kmem_cache_create("io-pgtable-arm-v7s", V7S_L2_SIZE,
					  V7S_L2_SIZE, 0, NULL);
	if (v7s_cache_low && v7s_cache_any)
		ret = io_pgtable_register_formats(v7s_formats, 1);
	if (ret)
		v7s_destroy_caches();
	return ret;
}
subsys_initcall(v7s_module_init);

static void __exit v7s_module_exit(void)
{
	io_pgtable_unregister_formats(v7s_formats, 1);
	v7s_destroy_caches();
}
module_exit(v7s_module_exit);

MODULE_ALIAS_IO_PGTABLE(ARM_V7S);
MODULE_DESCRIPTION("io-pgtable format: Armv7 short descriptors (v7s)");
MODULE_LICENSE("GPL");
