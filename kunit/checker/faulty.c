// SPDX-License-Identifier: GPL-2.0-only
/*
 * An implementation of LPAE stage 1 and of v7s with faults, for tests of the checker. Builds on the
 * real implementation. The suite of the checker, or the parameter "fault", switches on one fault at
 * a time.
 *
 * No fault does harm outside of the table.
 */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/io.h>
#include <linux/io-pgtable-format.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "faulty.h"

static const char *const names[FAULTY_KINDS] = {
	[FAULTY_NONE]		= "none",
	[FAULTY_MAP_WRONG]	= "map-wrong",
	[FAULTY_MAP_SHORT]	= "map-short",
	[FAULTY_MAP_MORE]	= "map-more",
	[FAULTY_MAP_DENIES]	= "map-denies",
	[FAULTY_MAP_FAILS]	= "map-fails",
	[FAULTY_MAP_EXISTS]	= "map-exists",
	[FAULTY_MAP_OVER]	= "map-over",
	[FAULTY_UNMAP_SHORT]	= "unmap-short",
	[FAULTY_UNMAP_LIES]	= "unmap-lies",
	[FAULTY_UNMAP_DENIES]	= "unmap-denies",
	[FAULTY_UNMAP_MORE]	= "unmap-more",
	[FAULTY_RANGE_SHORT]	= "range-short",
	[FAULTY_TRANSLATE]	= "translate",
	[FAULTY_TELL_NOTHING]	= "tell-nothing",
	[FAULTY_TELL_SHORT]	= "tell-short",
	[FAULTY_TELL_BESIDE]	= "tell-beside",
	[FAULTY_TELL_GRANULE]	= "tell-granule",
	[FAULTY_TELL_HALVES]	= "tell-halves",
	[FAULTY_NO_WALK]	= "no-walk",
	[FAULTY_WALK_SHORT]	= "walk-short",
	[FAULTY_LATE_WALK]	= "late-walk",
	[FAULTY_EARLY_WALK]	= "early-walk",
	[FAULTY_NO_BREAK]	= "no-break",
	[FAULTY_MERGE]		= "merge",
	[FAULTY_LEAK]		= "leak",
	[FAULTY_FREE_SIZE]	= "free-size",
	[FAULTY_FREE_LATER]	= "free-later",
	[FAULTY_FREE_HELD]	= "free-held",
};

static int fault;

static bool has(enum faulty wanted)
{
	return READ_ONCE(fault) == wanted;
}

/**
 * struct faulty_table - a table with faults
 * @iop: the table that the checker or the driver uses
 * @inner: operations of the real format's table
 * @tlb: invalidation callbacks that the real format gets
 * @above: configuration from the checker or the driver, with its callbacks and allocator
 * @cookie: cookie for the functions in @above
 * @late: first address of a walk to be invalidated at the end of the call
 * @late_size: size of the walk, 0 if there is none
 * @kept: table memory to be freed later, if the table is @keeper
 * @kept_size: size of @kept
 */
struct faulty_table {
	struct io_pgtable	iop;
	struct io_pgtable_ops	*inner;
	struct iommu_flush_ops	tlb;
	struct io_pgtable_cfg	above;
	void			*cookie;
	unsigned long		late;
	size_t			late_size;
	void			*kept;
	size_t			kept_size;
};

static struct faulty_table *keeper;	/* the table with memory to be freed later */

static void free_kept(void)
{
	if (keeper)
		keeper->above.free(keeper->cookie, keeper->kept, keeper->kept_size);
	keeper = NULL;
}

/* Switch on a fault, for new and for existing tables. */
void io_pgtable_faulty_set(enum faulty wanted)
{
	free_kept();
	WRITE_ONCE(fault, wanted);
}
EXPORT_SYMBOL_GPL(io_pgtable_faulty_set);

static int fault_set(const char *value, const struct kernel_param *param)
{
	int n = __sysfs_match_string(names, FAULTY_KINDS, value);

	if (n < 0)
		return n;
	io_pgtable_faulty_set(n);
	return 0;
}

static int fault_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", names[READ_ONCE(fault)]);
}

static const struct kernel_param_ops fault_ops = {
	.set = fault_set,
	.get = fault_get,
};
module_param_cb(fault, &fault_ops, NULL, 0644);
MODULE_PARM_DESC(fault, "name of the fault to switch on");

static struct faulty_table *from_ops(struct io_pgtable_ops *ops)
{
	return container_of(ops, struct faulty_table, iop.ops);
}

/*
 * Map and unmap
 */

static int map_over(struct faulty_table *t, unsigned long iova, phys_addr_t paddr,
		    size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	t->inner->unmap_pages(t->inner, iova, pgsize, pgcount, NULL);
	return t->inner->map_pages(t->inner, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

/* Set the contiguous bit of the sixteen pages around @iova, which are all mapped. */
static void merge(struct faulty_table *t, unsigned long iova)
{
	struct arm_lpae_io_pgtable_walk_data walk = { };
	unsigned int i;
	u64 *descs;

	t->inner->pgtable_walk(t->inner, iova, &walk);
	descs = phys_to_virt(walk.ptes[2] & GENMASK_ULL(47, 12));
	descs += (iova / SZ_4K) % 512 & ~15;
	for (i = 0; i < 16; i++)
		WRITE_ONCE(descs[i], descs[i] | BIT_ULL(52));
}

static int faulty_map(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		      size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct faulty_table *t = from_ops(ops);
	size_t n = pgcount, done = 0;
	int ret;

	free_kept();
	if (has(FAULTY_MAP_EXISTS))
		return -EEXIST;
	if (has(FAULTY_MAP_WRONG))
		paddr += pgsize;
	if (has(FAULTY_MAP_SHORT))
		n--;
	if (has(FAULTY_MAP_MORE))
		n++;
	ret = t->inner->map_pages(t->inner, iova, paddr, pgsize, n, prot, gfp, &done);
	if (ret == -EEXIST && has(FAULTY_MAP_OVER))
		ret = map_over(t, iova, paddr, pgsize, n, prot, gfp, &done);
	if (has(FAULTY_MERGE) && IS_ALIGNED(iova + SZ_4K, SZ_64K))
		merge(t, iova);
	done += (pgcount - n) * pgsize;
	if (has(FAULTY_MAP_DENIES))
		done -= pgsize;
	if (has(FAULTY_MAP_FAILS)) {
		done = 0;
		ret = -ENOMEM;
	}
	*mapped += done;
	return ret;
}

static void be_late(struct faulty_table *t)
{
	if (t->late_size)
		t->above.tlb->tlb_flush_walk(t->late, t->late_size, SZ_4K, t->cookie);
	t->late_size = 0;
}

static size_t faulty_unmap(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			   size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct faulty_table *t = from_ops(ops);
	size_t n = pgcount, done;

	free_kept();
	if (has(FAULTY_UNMAP_SHORT) || has(FAULTY_UNMAP_LIES))
		n--;
	if (has(FAULTY_UNMAP_MORE))
		n++;
	if (has(FAULTY_EARLY_WALK))
		t->above.tlb->tlb_flush_walk(iova, pgsize * n, SZ_4K, t->cookie);
	done = t->inner->unmap_pages(t->inner, iova, pgsize, n, gather);
	be_late(t);
	if (has(FAULTY_UNMAP_LIES) || has(FAULTY_UNMAP_MORE))
		done = pgsize * pgcount;
	if (has(FAULTY_UNMAP_DENIES))
		done -= pgsize;
	return done;
}

/* Calls for ranges have the faults of the calls for pages that they are split into. */
static int faulty_map_range(struct io_pgtable_ops *ops, unsigned long iova,
			    phys_addr_t paddr, size_t size, int prot, gfp_t gfp,
			    size_t *mapped)
{
	return io_pgtable_map_by_pages(ops, iova, paddr,
				       has(FAULTY_RANGE_SHORT) ? size / 2 : size, prot, gfp,
				       mapped);
}

static size_t faulty_unmap_range(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
				 struct iommu_iotlb_gather *gather)
{
	return io_pgtable_unmap_by_pages(ops, iova, has(FAULTY_RANGE_SHORT) ? size / 2 : size,
					 gather);
}

static phys_addr_t faulty_translate(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct faulty_table *t = from_ops(ops);
	phys_addr_t paddr = t->inner->iova_to_phys(t->inner, iova);

	return paddr && has(FAULTY_TRANSLATE) ? paddr + SZ_4K : paddr;
}

static int faulty_walk(struct io_pgtable_ops *ops, unsigned long iova, void *wd)
{
	struct faulty_table *t = from_ops(ops);

	return t->inner->pgtable_walk(t->inner, iova, wd);
}

/*
 * Invalidation
 */

static void faulty_flush_all(void *cookie)
{
	struct faulty_table *t = cookie;

	t->above.tlb->tlb_flush_all(t->cookie);
}

static void faulty_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct faulty_table *t = cookie;

	if (has(FAULTY_NO_WALK) || has(FAULTY_FREE_HELD) || has(FAULTY_EARLY_WALK))
		return;
	if (has(FAULTY_WALK_SHORT))
		size /= 2;
	if (!has(FAULTY_LATE_WALK)) {
		t->above.tlb->tlb_flush_walk(iova, size, granule, t->cookie);
		return;
	}
	t->late = iova;
	t->late_size = size;
}

static void faulty_add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
			    size_t granule, void *cookie)
{
	struct faulty_table *t = cookie;

	if (has(FAULTY_TELL_NOTHING))
		return;
	if (has(FAULTY_TELL_BESIDE))
		iova += granule;
	if (has(FAULTY_TELL_GRANULE))
		granule = SZ_2M;
	t->above.tlb->tlb_add_page(gather, iova, granule, t->cookie);
}

static void faulty_add_range(struct iommu_iotlb_gather *gather, unsigned long iova,
			     size_t size, size_t granule, void *cookie)
{
	struct faulty_table *t = cookie;

	if (has(FAULTY_TELL_NOTHING))
		return;
	if (has(FAULTY_TELL_BESIDE))
		iova += granule;
	if (has(FAULTY_TELL_SHORT))
		size -= granule;
	if (has(FAULTY_TELL_GRANULE))
		granule *= 2;
	if (has(FAULTY_TELL_HALVES)) {
		size /= 2;
		t->above.tlb->tlb_add_range(gather, iova + size, size, granule, t->cookie);
	}
	t->above.tlb->tlb_add_range(gather, iova, size, granule, t->cookie);
}

/*
 * Memory
 */

static void *faulty_take(void *cookie, size_t size, gfp_t gfp)
{
	struct faulty_table *t = cookie;

	return t->above.alloc(t->cookie, size, gfp);
}

static void faulty_give_back(void *cookie, void *pages, size_t size)
{
	struct faulty_table *t = cookie;

	if (has(FAULTY_LEAK))
		return;
	if ((has(FAULTY_FREE_LATER) || has(FAULTY_FREE_HELD)) && !keeper) {
		t->kept = pages;
		t->kept_size = size;
		keeper = t;
		return;
	}
	t->above.free(t->cookie, pages, has(FAULTY_FREE_SIZE) ? size / 2 : size);
}

/*
 * Tables
 */

static void wrap_tlb(struct faulty_table *t, struct io_pgtable_cfg *cfg)
{
	t->tlb = (struct iommu_flush_ops){
		.tlb_flush_all	= faulty_flush_all,
		.tlb_flush_walk	= cfg->tlb->tlb_flush_walk ? faulty_flush_walk : NULL,
		.tlb_add_page	= cfg->tlb->tlb_add_page ? faulty_add_page : NULL,
		.tlb_add_range	= cfg->tlb->tlb_add_range ? faulty_add_range : NULL,
	};
	cfg->tlb = &t->tlb;
}

static struct io_pgtable *faulty_alloc(const struct io_pgtable_below *below,
				       struct io_pgtable_cfg *cfg, void *cookie)
{
	struct faulty_table *t = kzalloc(sizeof(*t), GFP_KERNEL);
	struct io_pgtable_cfg inner = *cfg;

	if (!t)
		return ERR_PTR(-ENOMEM);
	t->above = *cfg;
	t->cookie = cookie;
	if (cfg->tlb)
		wrap_tlb(t, &inner);
	if (cfg->alloc) {
		inner.alloc = faulty_take;
		inner.free = faulty_give_back;
	}
	if (has(FAULTY_NO_BREAK))
		inner.quirks |= IO_PGTABLE_QUIRK_NO_BBM;
	t->inner = io_pgtable_alloc_below(below, &inner, t);
	if (IS_ERR(t->inner)) {
		struct io_pgtable_ops *error = t->inner;

		kfree(t);
		return ERR_CAST(error);
	}
	t->iop.ops = (struct io_pgtable_ops){
		.map_pages	= faulty_map,
		.unmap_pages	= faulty_unmap,
		.iova_to_phys	= faulty_translate,
		.pgtable_walk	= t->inner->pgtable_walk ? faulty_walk : NULL,
		.map_range	= faulty_map_range,
		.unmap_range	= faulty_unmap_range,
	};
	inner.quirks = cfg->quirks;
	inner.tlb = cfg->tlb;
	inner.alloc = cfg->alloc;
	inner.free = cfg->free;
	*cfg = inner;
	return &t->iop;
}

static void faulty_free(struct io_pgtable *iop)
{
	struct faulty_table *t = container_of(iop, struct faulty_table, iop);

	free_io_pgtable_ops(t->inner);
	free_kept();
	kfree(t);
}

static const struct io_pgtable_init_fns faulty_fns = {
	.alloc_over	= faulty_alloc,
	.free		= faulty_free,
	.caps		= IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
};

/* For a format that takes no memory from its driver */
static const struct io_pgtable_init_fns faulty_fns_own_memory = {
	.alloc_over	= faulty_alloc,
	.free		= faulty_free,
};

static struct io_pgtable_format faulty_formats[] = {
	{ .fmt = ARM_64_LPAE_S1, .priority = 1, .fns = &faulty_fns },
	{ .fmt = ARM_V7S, .priority = 1, .fns = &faulty_fns_own_memory },
};
module_io_pgtable_formats(faulty_formats);

MODULE_DESCRIPTION("io-pgtable format with faults, for tests of the checker");
MODULE_LICENSE("GPL");
