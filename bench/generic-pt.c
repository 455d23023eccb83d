// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux 7.3's generic_pt, used as the IOMMU core uses it: one call maps or unmaps a whole range.
 * The tables that an unmap removes are freed after the driver was told of the unmap.
 */
#include <linux/generic_pt/iommu.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "bench.h"
#include "iommu-pages.h"

/* A table of either format */
struct generic_table {
	union {
		struct pt_iommu iommu;
		struct pt_iommu_x86_64 x86_64;
		struct pt_iommu_amdv1 amdv1;
	};
};

static int map_range(const struct bench_work *work)
{
	struct pt_iommu *pt = work->table->pt;
	size_t mapped = 0;

	return pt->ops->map_range(pt, work->iova, work->paddr, work->count * work->pgsize,
				  BENCH_PROT, GFP_ATOMIC, &mapped);
}

static int unmap_range(const struct bench_work *work)
{
	struct iommu_iotlb_gather *gather = &work->table->gather;
	const size_t size = work->count * work->pgsize;
	struct pt_iommu *pt = work->table->pt;

	if (pt->ops->unmap_range(pt, work->iova, size, gather) != size)
		return -EIO;
	if (!iommu_pages_list_empty(&gather->freelist)) {
		iommu_put_pages_list(&gather->freelist);
		gather->freelist = IOMMU_PAGES_LIST_INIT(gather->freelist);
	}
	return 0;
}

static phys_addr_t translate(const struct bench_table *table, unsigned long iova)
{
	struct pt_iommu *pt = table->pt;

	return pt->domain.ops->iova_to_phys(&pt->domain, iova);
}

static int look_up(const struct bench_work *work)
{
	return translate(work->table, work->iova) == work->paddr ? 0 : -EIO;
}

static size_t told_by_gather(const struct bench_table *table)
{
	const struct iommu_iotlb_gather *gather = &table->gather;

	return gather->end ? gather->end - gather->start + 1 : 0;
}

static void free_table(void *pt)
{
	struct generic_table *table = pt;

	pt_iommu_deinit(&table->iommu);
	kfree(table);
}

static int alloc_and_free(const struct bench_work *work)
{
	void *pt = work->table->api->alloc(work->table);

	if (!pt)
		return -ENODEV;
	free_table(pt);
	return 0;
}

static int init_x86_64(struct generic_table *table, struct pt_iommu_cfg common)
{
	static const struct iommu_domain_ops ops = { IOMMU_PT_DOMAIN_OPS(x86_64) };
	const struct pt_iommu_x86_64_cfg cfg = { .common = common, .top_level = 3 };

	table->iommu.domain.ops = &ops;
	return pt_iommu_x86_64_init(&table->x86_64, &cfg, GFP_KERNEL);
}

/* AMDv1 can add levels. Here it starts with four levels, like all other formats, and adds none. */
static void change_top(struct pt_iommu *pt, phys_addr_t top, unsigned int level)
{
}

static spinlock_t *get_top_lock(struct pt_iommu *pt)
{
	static DEFINE_SPINLOCK(lock);

	return &lock;
}

static int init_amdv1(struct generic_table *table, struct pt_iommu_cfg common)
{
	static const struct iommu_domain_ops ops = { IOMMU_PT_DOMAIN_OPS(amdv1) };
	static const struct pt_iommu_driver_ops driver_ops = {
		.change_top = change_top,
		.get_top_lock = get_top_lock,
	};
	struct pt_iommu_amdv1_cfg cfg = { .common = common, .starting_level = 3 };

	/* Initialization fails without these features. */
	cfg.common.features |= BIT(PT_FEAT_DYNAMIC_TOP) | BIT(PT_FEAT_AMDV1_ENCRYPT_TABLES) |
			       BIT(PT_FEAT_AMDV1_FORCE_COHERENCE);
	table->iommu.domain.ops = &ops;
	table->iommu.driver_ops = &driver_ops;
	return pt_iommu_amdv1_init(&table->amdv1, &cfg, GFP_KERNEL);
}

static void *alloc_table(const struct bench_table *bench,
			 int (*init)(struct generic_table *table, struct pt_iommu_cfg common))
{
	const struct pt_iommu_cfg common = {
		.features = BIT(PT_FEAT_FLUSH_RANGE),
		.hw_max_vasz_lg2 = bench->cfg.ias,
		.hw_max_oasz_lg2 = bench->cfg.oas,
	};
	struct generic_table *table = kzalloc(sizeof(*table), GFP_KERNEL);

	if (!table)
		return NULL;
	table->iommu.nid = NUMA_NO_NODE;
	if (init(table, common)) {
		kfree(table);
		return NULL;
	}
	return table;
}

static void *alloc_x86_64(struct bench_table *bench)
{
	return alloc_table(bench, init_x86_64);
}

static void *alloc_amdv1(struct bench_table *bench)
{
	return alloc_table(bench, init_amdv1);
}

#define GENERIC_API(format) {		\
	.alloc = alloc_##format,	\
	.free = free_table,		\
	.map = map_range,		\
	.unmap = unmap_range,		\
	.map_range = map_range,		\
	.unmap_range = unmap_range,	\
	.look_up = look_up,		\
	.alloc_and_free = alloc_and_free, \
	.translate = translate,		\
	.told = told_by_gather,		\
}

const struct bench_api bench_generic_x86_64 = GENERIC_API(x86_64);
const struct bench_api bench_generic_amdv1 = GENERIC_API(amdv1);

MODULE_IMPORT_NS("GENERIC_PT_IOMMU");
