// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures how long one call can keep a CPU: address spaces full of 4K pages are mapped, queried
 * for dirty pages, unmapped and freed. The loops around the calls of a format are those of the
 * IOMMU core, which does not give up the CPU between these calls.
 *
 * With "-icount shift=0" QEMU's clock advances by one nanosecond for each instruction, so time
 * counts instructions, in steps of the architected timer. Interrupts are on: timer ticks add less
 * than a thousandth.
 */
#include <linux/dma-mapping.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "bench.h"
#include "no-tlb.h"

/* Gathers leaves as drivers of SMMUs do. */
static void gather_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			void *cookie)
{
	iommu_iotlb_gather_add_range(gather, iova, granule);
	gather->pgsize = granule;
}

static const struct iommu_flush_ops gathers = {
	.tlb_flush_all	= no_tlb_flush_all,
	.tlb_flush_walk	= no_tlb_flush_walk,
	.tlb_add_page	= gather_page,
};

static unsigned int gib = 16;
module_param(gib, uint, 0444);
MODULE_PARM_DESC(gib, "size of the largest address space in GiB");

struct longest {
	const char *name;
	enum io_pgtable_fmt fmt;
	unsigned int ias;
	unsigned int oas;
	unsigned long pgsizes;
	size_t block;		/* page size that the IOMMU core uses to unmap an aligned range */
	unsigned int most;	/* size of the input address space in GiB */
	bool dirty;
};

static const struct longest formats[] = {
	{ "64 S1", ARM_64_LPAE_S1, 48, 48, SZ_4K | SZ_2M | SZ_1G, SZ_1G, 1 << 17, true },
	{ "64 S2", ARM_64_LPAE_S2, 48, 48, SZ_4K | SZ_2M | SZ_1G, SZ_1G, 1 << 17, false },
	{ "v7s", ARM_V7S, 32, 32, SZ_4K | SZ_64K | SZ_1M | SZ_16M, SZ_16M, 2, false },
};

static struct io_pgtable_ops *open_table(const struct longest *format, struct device *dev)
{
	struct io_pgtable_cfg cfg = {
		.quirks = format->dirty ? IO_PGTABLE_QUIRK_ARM_HD : 0,
		.pgsize_bitmap = format->pgsizes,
		.ias = format->ias,
		.oas = format->oas,
		.coherent_walk = true,
		.tlb = &gathers,
		.iommu_dev = dev,
	};

	return alloc_io_pgtable_ops(format->fmt, &cfg, NULL);
}

/* Maps @size bytes from address 0 on. Output addresses are equal to input addresses. */
static int map_all(struct io_pgtable_ops *ops, size_t size)
{
	size_t done = 0, mapped;
	int ret = 0;

	while (!ret && done < size) {
		mapped = 0;
		ret = io_pgtable_map_pages(ops, done, done, SZ_4K, (size - done) / SZ_4K,
					   BENCH_PROT, GFP_KERNEL, &mapped);
		if (!ret && !mapped)
			ret = -EIO;
		done += mapped;
	}
	return ret;
}

/* Maps single pages from address 0 on. Only every other page is writable, and can be dirty. */
static int map_by_pages(struct io_pgtable_ops *ops, size_t size)
{
	size_t iova, mapped = 0;
	int prot, ret = 0;

	for (iova = 0; iova < size && !ret; iova += SZ_4K) {
		prot = iova & SZ_4K ? IOMMU_READ : BENCH_PROT;
		ret = io_pgtable_map_pages(ops, iova, iova, SZ_4K, 1, prot, GFP_KERNEL, &mapped);
	}
	return ret;
}

static int unmap_all(struct io_pgtable_ops *ops, size_t size, size_t pgsize)
{
	struct iommu_iotlb_gather gather;
	size_t done = 0, unmapped;

	iommu_iotlb_gather_init(&gather);
	while (done < size) {
		unmapped = io_pgtable_unmap_pages(ops, done, pgsize, (size - done) / pgsize,
						  &gather);
		if (!unmapped)
			return -EIO;
		done += unmapped;
	}
	return 0;
}

static bool is_mapped(struct io_pgtable_ops *ops, size_t size, bool mapped)
{
	return io_pgtable_iova_to_phys(ops, 1) == (mapped ? 1 : 0) &&
	       io_pgtable_iova_to_phys(ops, size - 1) == (mapped ? size - 1 : 0);
}

static void report(const struct longest *format, const char *call, size_t size, ktime_t began)
{
	pr_info("longest row|%s|%s|%zu|%lld\n", format->name, call, size / SZ_1G,
		ktime_to_ns(ktime_sub(ktime_get_raw(), began)));
}

static int query_dirty(const struct longest *format, const char *call,
		       struct io_pgtable_ops *ops, size_t size)
{
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;
	ktime_t began = ktime_get_raw();
	int ret;

	iommu_dirty_bitmap_init(&dirty, NULL, &gather);
	ret = ops->read_and_clear_dirty(ops, 0, size, 0, &dirty);
	report(format, call, size, began);
	return ret;
}

/* Measures queries of a mapped address space: all pages are dirty, none, every other one. */
static int query_all(const struct longest *format, struct io_pgtable_ops *ops, size_t size)
{
	return query_dirty(format, "clear dirty, all pages", ops, size) ?:
	       query_dirty(format, "clear dirty, no page", ops, size) ?:
	       unmap_all(ops, size, format->block) ?:
	       map_by_pages(ops, size) ?:
	       query_dirty(format, "clear dirty, every other page", ops, size);
}

/* Measures each call on an address space of @size bytes. */
static int run_calls(const struct longest *format, struct io_pgtable_ops *ops, size_t size)
{
	ktime_t began = ktime_get_raw();
	int ret = map_all(ops, size);

	report(format, "map", size, began);
	if (ret || !is_mapped(ops, size, true))
		return ret ?: -EIO;
	if (format->dirty)
		ret = query_all(format, ops, size);
	if (ret)
		return ret;
	began = ktime_get_raw();
	ret = unmap_all(ops, size, SZ_4K);
	report(format, "unmap pages", size, began);
	if (ret || !is_mapped(ops, size, false))
		return ret ?: -EIO;

	ret = map_all(ops, size);
	if (ret)
		return ret;
	began = ktime_get_raw();
	ret = unmap_all(ops, size, format->block);
	report(format, "unmap blocks", size, began);
	if (ret || !is_mapped(ops, size, false))
		return ret ?: -EIO;
	return map_all(ops, size);
}

static int run_size(const struct longest *format, struct device *dev, size_t size)
{
	struct io_pgtable_ops *ops = open_table(format, dev);
	ktime_t began;
	int ret;

	if (!ops)
		return -ENODEV;
	ret = run_calls(format, ops, size);
	began = ktime_get_raw();
	free_io_pgtable_ops(ops);
	report(format, "free", size, began);
	return ret;
}

/* Measures a quarter of the largest size, too, which shows whether the time is linear. */
static int run_all(struct device *dev)
{
	unsigned int i, most;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(formats) && !ret; i++) {
		most = min(gib, formats[i].most);
		if (most >= 4)
			ret = run_size(&formats[i], dev, (size_t)most / 4 * SZ_1G);
		ret = ret ?: run_size(&formats[i], dev, (size_t)most * SZ_1G);
	}
	pr_info("bench end %d\n", ret);
	return ret;
}

static int __init longest_init(void)
{
	struct platform_device *pdev;
	int ret;

	pdev = platform_device_register_simple("io-pgtable-longest", -1, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = run_all(&pdev->dev);
	platform_device_unregister(pdev);
	return ret;
}
module_init(longest_init);

static void __exit longest_exit(void)
{
}
module_exit(longest_exit);

MODULE_DESCRIPTION("Measures the longest calls of io-pgtable formats");
MODULE_LICENSE("GPL");
