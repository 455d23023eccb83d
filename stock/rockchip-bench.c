// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Rockchip's driver takes to map and to unmap 2 MiB, 512 pages of 4K: as it is, converted,
 * and the format by itself, in instructions. The device is not coherent, and no IOMMU is attached.
 * All is done when the module is loaded.
 */
#include <linux/dma-mapping.h>
#include <linux/io-pgtable.h>
#include <linux/io-pgtable-rockchip.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "counter.h"
#include "samples.h"
#include "stock-rockchip.h"

#define SIZE	SZ_2M
#define PAGES	(SIZE / SZ_4K)
#define IOVA	SZ_1G
#define PADDR	SZ_1G
#define SPAN	SZ_4M	/* of a table */
#define PROT	(IOMMU_READ | IOMMU_WRITE)
#define SAMPLES	5
#define WARM_UP	2

struct generation {
	const char *format;
	bool v2;
	unsigned int oas;
};

static const struct generation generations[] = {
	{ IO_PGTABLE_ROCKCHIP1, false, 32 },
	{ IO_PGTABLE_ROCKCHIP2, true, 40 },
};

enum side { DRIVER, CONVERTED, FORMAT, SIDES };

static const char * const sides[] = { "driver", "converted", "format" };

/**
 * struct table - of one of the sides
 * @side: which
 * @dev: the device that walks it
 * @domain: a driver's, NULL for the format's
 * @ops: the format's
 * @cfg: the format's
 * @regs: the format's
 * @gather: for unmaps
 */
struct table {
	enum side side;
	struct device *dev;
	struct iommu_domain *domain;
	struct io_pgtable_ops *ops;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_rockchip_cfg regs;
	struct iommu_iotlb_gather gather;
};

/**
 * struct step - 2 MiB that are mapped or unmapped
 * @name: for the report, NULL to leave it out
 * @unmaps: they are unmapped
 * @paddr: first output address in the first region
 * @most: pages in a call
 */
struct step {
	const char *name;
	bool unmaps;
	phys_addr_t paddr;
	size_t most;
};

/* All of these for one region, then for the next one, whose table is missing. */
static const struct step steps[] = {
	{ "map, table missing", false, PADDR, PAGES },
	{ NULL, true, PADDR, PAGES },
	{ "map", false, PADDR, PAGES },
	{ "unmap", true, PADDR, PAGES },
	{ "map, output address aligned to 4K", false, PADDR + SZ_4K, PAGES },
	{ NULL, true, PADDR, PAGES },
	{ "map, one page in each call", false, PADDR, 1 },
	{ "unmap, one page in each call", true, PADDR, 1 },
};

static u32 samples[ARRAY_SIZE(steps)][SAMPLES];

/* --- the user of the format */

static void add_pages(struct iommu_iotlb_gather *gather, unsigned long iova, size_t size,
		      size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops no_tlb = { .tlb_add_range = add_pages };

static int open_format(struct table *t, const struct generation *generation)
{
	t->cfg = (struct io_pgtable_cfg) {
		.pgsize_bitmap = SZ_4K,
		.ias = 32,
		.oas = generation->oas,
		.tlb = &no_tlb,
		.iommu_dev = t->dev,
		.format_cfg = &t->regs,
		.format_cfg_size = sizeof(t->regs),
	};
	t->ops = io_pgtable_alloc_named(generation->format, &t->cfg, t);
	return PTR_ERR_OR_ZERO(t->ops);
}

static int open_table(struct table *t, const struct generation *generation)
{
	if (t->side == FORMAT)
		return open_format(t, generation);
	if (t->side == DRIVER)
		t->domain = stock_rockchip_open(NULL, t->dev, generation->v2);
	else
		t->domain = converted_rockchip_open(NULL, t->dev, generation->v2);
	return t->domain ? 0 : -ENOMEM;
}

static void close_table(struct table *t)
{
	if (t->side == FORMAT)
		free_io_pgtable_ops(t->ops);
	else if (t->side == DRIVER)
		stock_rockchip_close(t->domain, t->dev);
	else
		converted_rockchip_close(t->domain, t->dev);
}

/* --- what is counted. The loops are those of the IOMMU core: a call may stop early. */

/* The driver as it is announces all powers of two up to 4M, and maps one of them in a call. */
static unsigned int step_shift(const struct table *t, const struct step *step)
{
	if (t->side == DRIVER && step->most > 1)
		return __ffs(SIZE | step->paddr);
	return __ffs(SZ_4K);
}

static int map(struct table *t, unsigned long iova, phys_addr_t paddr, unsigned int shift,
	       size_t most)
{
	size_t done, mapped, n;
	int ret;

	for (done = 0; done < SIZE; done += mapped) {
		n = min((SIZE - done) >> shift, most);
		mapped = 0;
		if (t->domain)
			ret = t->domain->ops->map_pages(t->domain, iova + done, paddr + done,
							BIT(shift), n, PROT, GFP_ATOMIC, &mapped);
		else
			ret = io_pgtable_map_pages(t->ops, iova + done, paddr + done, BIT(shift),
						   n, PROT, GFP_ATOMIC, &mapped);
		if (ret || !mapped)
			return ret ?: -EIO;
	}
	return 0;
}

static int unmap(struct table *t, unsigned long iova, unsigned int shift, size_t most)
{
	size_t done, unmapped, n;

	for (done = 0; done < SIZE; done += unmapped) {
		n = min((SIZE - done) >> shift, most);
		if (t->domain)
			unmapped = t->domain->ops->unmap_pages(t->domain, iova + done, BIT(shift),
							       n, &t->gather);
		else
			unmapped = io_pgtable_unmap_pages(t->ops, iova + done, BIT(shift), n,
							  &t->gather);
		if (!unmapped)
			return -EIO;
	}
	return 0;
}

static phys_addr_t look_up(struct table *t, unsigned long iova)
{
	if (t->domain)
		return t->domain->ops->iova_to_phys(t->domain, iova);
	return io_pgtable_iova_to_phys(t->ops, iova);
}

/* Every page is where it should be, or nowhere, and there is none on either side. */
static bool is_right(struct table *t, const struct step *step, unsigned long iova,
		     phys_addr_t paddr)
{
	size_t at;

	for (at = 0; at < SIZE; at += SZ_4K)
		if (look_up(t, iova + at) != (step->unmaps ? 0 : paddr + at))
			return false;
	return !look_up(t, iova - SZ_4K) && !look_up(t, iova + SIZE);
}

static int run_step(struct table *t, unsigned int index, unsigned int round)
{
	const struct step *step = &steps[index];
	unsigned int shift = step_shift(t, step);
	unsigned long iova = IOVA + round * SPAN, flags;
	phys_addr_t paddr = step->paddr + round * SPAN;
	u32 start, end;
	int ret;

	iommu_iotlb_gather_init(&t->gather);
	local_irq_save(flags);
	start = counter_read();
	ret = step->unmaps ? unmap(t, iova, shift, step->most) :
			     map(t, iova, paddr, shift, step->most);
	end = counter_read();
	local_irq_restore(flags);
	if (round >= WARM_UP)
		samples[index][round - WARM_UP] = end - start;
	if (!ret && !is_right(t, step, iova, paddr))
		ret = -EIO;
	return ret;
}

static void report(const char *format, enum side side)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (!steps[i].name)
			continue;
		samples_sort(samples[i], SAMPLES);
		pr_info("bench row|%s|%u|%s|-|%s|%u|%u|%u|%u|%u|0\n", format, SZ_4K, sides[side],
			steps[i].name, SZ_4K, PAGES, samples[i][SAMPLES / 2], samples[i][0],
			samples[i][SAMPLES - 1]);
	}
}

static int run_side(struct device *dev, const struct generation *generation, enum side side)
{
	struct table t = { .side = side, .dev = dev };
	unsigned int round, i;
	int ret = open_table(&t, generation);

	if (ret)
		return ret;
	for (round = 0; round < WARM_UP + SAMPLES; round++)
		for (i = 0; !ret && i < ARRAY_SIZE(steps); i++)
			ret = run_step(&t, i, round);
	close_table(&t);
	if (!ret)
		report(generation->format, side);
	return ret;
}

static int run_all(struct device *dev)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(generations) * SIDES; i++)
		ret = run_side(dev, &generations[i / SIDES], i % SIDES);
	pr_info("bench end %d\n", ret);
	return ret;
}

static int __init bench_init(void)
{
	struct platform_device *pdev;
	int ret = counter_start();

	if (ret)
		return ret;
	pdev = platform_device_register_simple("rockchip-bench", -1, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = run_all(&pdev->dev);
	platform_device_unregister(pdev);
	return ret;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Measures Rockchip's driver and format");
MODULE_LICENSE("GPL");
