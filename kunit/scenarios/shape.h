/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of many formats, which no hardware walks
 */
#ifndef __IO_PGTABLE_SHAPE_H
#define __IO_PGTABLE_SHAPE_H

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "../no-tlb.h"

#define LPAE_4K		(SZ_4K | SZ_2M | SZ_1G)
#define V7S		(SZ_4K | SZ_64K | SZ_1M | SZ_16M)

/**
 * struct shape - a table to make
 * @fmt: number of the format, unless @name is set
 * @name: name of the format
 * @sizes: page sizes
 * @ias: input address bits
 * @oas: output address bits
 * @quirks: IO_PGTABLE_QUIRK_*
 * @incoherent: the walker does not snoop the CPU's caches
 */
struct shape {
	enum io_pgtable_fmt fmt;
	const char *name;
	unsigned long sizes;
	unsigned int ias;
	unsigned int oas;
	unsigned long quirks;
	bool incoherent;
};

/* Make a table for @dev. @own is &io_pgtable_cfg.format_cfg for a format with a name. */
static inline struct io_pgtable_ops *shape_table(const struct shape *shape, struct device *dev,
						 void *own, size_t own_size)
{
	struct io_pgtable_cfg cfg = {
		.quirks			= shape->quirks,
		.pgsize_bitmap		= shape->sizes,
		.ias			= shape->ias,
		.oas			= shape->oas,
		.coherent_walk		= !shape->incoherent,
		.tlb			= &no_tlb,
		.iommu_dev		= dev,
		.format_cfg		= own,
		.format_cfg_size	= own_size,
	};

	if (shape->name)
		return io_pgtable_alloc_named(shape->name, &cfg, NULL);
	return io_pgtable_alloc(shape->fmt, &cfg, NULL);
}

/*
 * Register a device that walks tables. Return: the device, for platform_device_unregister(), or an
 * error.
 */
static inline struct platform_device *shape_device(const char *name)
{
	struct platform_device *pdev;
	int ret;

	pdev = platform_device_register_simple(name, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(pdev))
		return pdev;
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		return pdev;
	platform_device_unregister(pdev);
	return ERR_PTR(ret);
}

#endif /* __IO_PGTABLE_SHAPE_H */
