// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the effect of direct calls of tables: the same calls, in turns by pointer and as drivers
 * make them, in one kernel. The module measures when it is loaded.
 */
#include <linux/io-pgtable-format.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "counter.h"
#include "samples.h"

#define PROT	(IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE)
#define IOVA	SZ_1G
#define CALLS	500	/* in a sample */
#define SAMPLES	5

/* A format that does nothing, to measure the call alone */

static int null_map(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		    size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	*mapped += pgsize;
	return 0;
}

static size_t null_unmap(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			 size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return pgsize;
}

static phys_addr_t null_look_up(struct io_pgtable_ops *ops, unsigned long iova)
{
	return iova;
}

static struct io_pgtable *null_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop = kzalloc(sizeof(*iop), GFP_KERNEL);

	if (!iop)
		return NULL;
	iop->ops = (struct io_pgtable_ops) {
		.map_pages = null_map, .unmap_pages = null_unmap, .iova_to_phys = null_look_up,
	};
	return iop;
}

static void null_free(struct io_pgtable *iop)
{
	kfree(iop);
}

static const struct io_pgtable_init_fns null_fns = { .alloc = null_alloc, .free = null_free };
static struct io_pgtable_format null_format = { .name = "bench,null", .fns = &null_fns };

/* --- the cases: a lookup, or a map and an unmap */

typedef int (*calls_fn)(struct io_pgtable_ops *ops);

static noinline int look_up_by_pointer(struct io_pgtable_ops *ops)
{
	phys_addr_t sum = 0;
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		sum |= ops->iova_to_phys(ops, IOVA);
	return sum == IOVA ? 0 : -EIO;
}

static noinline int look_up(struct io_pgtable_ops *ops)
{
	phys_addr_t sum = 0;
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		sum |= io_pgtable_iova_to_phys(ops, IOVA);
	return sum == IOVA ? 0 : -EIO;
}

static noinline int map_unmap_by_pointer(struct io_pgtable_ops *ops)
{
	size_t mapped = 0, unmapped = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < CALLS; i++) {
		ret |= ops->map_pages(ops, IOVA + SZ_4K, IOVA, SZ_4K, 1, PROT, GFP_ATOMIC, &mapped);
		unmapped += ops->unmap_pages(ops, IOVA + SZ_4K, SZ_4K, 1, NULL);
	}
	return ret || mapped != unmapped ? -EIO : 0;
}

static noinline int map_unmap(struct io_pgtable_ops *ops)
{
	size_t mapped = 0, unmapped = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < CALLS; i++) {
		ret |= io_pgtable_map_pages(ops, IOVA + SZ_4K, IOVA, SZ_4K, 1, PROT, GFP_ATOMIC,
					    &mapped);
		unmapped += io_pgtable_unmap_pages(ops, IOVA + SZ_4K, SZ_4K, 1, NULL);
	}
	return ret || mapped != unmapped ? -EIO : 0;
}

static const struct {
	const char *name;
	calls_fn pointer, direct;
} cases[] = {
	{ "iova_to_phys", look_up_by_pointer, look_up },
	{ "map and unmap 4K", map_unmap_by_pointer, map_unmap },
};

static int sample(calls_fn fn, struct io_pgtable_ops *ops, u32 *result)
{
	unsigned long flags;
	u32 start, end;
	int ret;

	local_irq_save(flags);
	start = counter_read();
	ret = fn(ops);
	end = counter_read();
	local_irq_restore(flags);
	*result = end - start;
	return ret;
}

/* Hundredths of an instruction for one call, or one pair of calls */
static u32 median(u32 *samples)
{
	samples_sort(samples, SAMPLES);
	return samples[SAMPLES / 2] / (CALLS / 100);
}

static int run_case(const char *format, unsigned int n, struct io_pgtable_ops *ops)
{
	static u32 pointer[SAMPLES], direct[SAMPLES];
	u32 slow, fast;
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < SAMPLES; i++) {
		ret = sample(cases[n].pointer, ops, &pointer[i]);
		if (!ret)
			ret = sample(cases[n].direct, ops, &direct[i]);
	}
	if (ret)
		return ret;
	slow = median(pointer);
	fast = median(direct);
	pr_info("calls row|%s|%s|%u|%u\n", format, cases[n].name, slow, fast);
	return 0;
}

static const struct iommu_flush_ops no_tlb;

static int run_table(const char *name)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = SZ_4K | SZ_2M,
		.ias = 48,
		.oas = 48,
		.coherent_walk = true,
		.tlb = &no_tlb,
	};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(name, &cfg, NULL);
	size_t mapped = 0;
	unsigned int i;
	int ret;

	if (IS_ERR(ops))
		return PTR_ERR(ops);
	ret = io_pgtable_map_pages(ops, IOVA, IOVA, SZ_4K, 1, PROT, GFP_KERNEL, &mapped);
	/* Direct calls go to the format of the first table, which must be the measured one. */
	if (ops->map_pages != io_pgtable_direct.map_pages)
		ret = -EBUSY;
	for (i = 0; !ret && i < ARRAY_SIZE(cases); i++)
		ret = run_case(name, i, ops);
	free_io_pgtable_ops(ops);
	return ret;
}

static int __init calls_init(void)
{
	int ret = counter_start();

	if (!ret)
		ret = io_pgtable_register_formats(&null_format, 1);
	if (ret)
		return ret;
	ret = run_table(null_format.name);
	io_pgtable_unregister_formats(&null_format, 1);
	if (!ret)
		ret = run_table("ARM_64_LPAE_S1");
	pr_info("calls end %d\n", ret);
	return ret;
}
module_init(calls_init);

static void __exit calls_exit(void)
{
}
module_exit(calls_exit);

MODULE_DESCRIPTION("Measures direct calls of page tables");
MODULE_LICENSE("GPL");
