// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that only has a page table, to see formats come and go in the real driver core. The
 * platform devices come from a devicetree overlay. Each device names the format of its table. A
 * name with a comma is that of a vendor's format:
 *
 *	format = "acme,two-level";
 *	input-bits = <32>;
 *	output-bits = <40>;
 *	format-cfg-size = <8>;
 *
 * With block-size = <0x200000>, the driver also maps a block by pages and unmaps the block in one
 * call, which frees a table.
 */
#include <linux/delay.h>
#include <linux/io-pgtable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "../no-tlb.h"

struct consumer_format {
	const char *name;
	enum io_pgtable_fmt fmt;
	u32 ias;
	u32 oas;
	u32 cfg_size;
	u32 block_size;
};

static const struct consumer_format formats[] = {
	{ "ARM_64_LPAE_S1", ARM_64_LPAE_S1, 39, 40 },
	{ "ARM_64_LPAE_S2", ARM_64_LPAE_S2, 40, 40 },
	{ "ARM_V7S", ARM_V7S, 32, 32 },
	{ "ARM_MALI_LPAE", ARM_MALI_LPAE, 39, 40 },
	{ "AMD_IOMMU_V1", AMD_IOMMU_V1, 48, 48 },
};

static bool is_named(const struct consumer_format *format)
{
	return format->fmt == IO_PGTABLE_NUM_FMTS;
}

static int read_named(struct device_node *np, struct consumer_format *format)
{
	format->fmt = IO_PGTABLE_NUM_FMTS;
	of_property_read_u32(np, "format-cfg-size", &format->cfg_size);
	return of_property_read_u32(np, "input-bits", &format->ias) ?:
	       of_property_read_u32(np, "output-bits", &format->oas);
}

static int read_format(struct device *dev, struct consumer_format *format)
{
	unsigned int i;

	if (of_property_read_string(dev->of_node, "format", &format->name))
		return -EINVAL;
	if (strchr(format->name, ','))
		return read_named(dev->of_node, format);
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].name, format->name)) {
			*format = formats[i];
			of_property_read_u32(dev->of_node, "block-size", &format->block_size);
			return 0;
		}
	return -EINVAL;
}

static int pin_format(struct device *dev, const struct consumer_format *format)
{
	if (is_named(format))
		return devm_io_pgtable_get_format_named(dev, format->name);
	return devm_io_pgtable_get_format(dev, format->fmt);
}

static struct io_pgtable_ops *make_table(struct device *dev,
					 const struct consumer_format *format)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap		= SZ_4K | format->block_size,
		.ias			= format->ias,
		.oas			= format->oas,
		.coherent_walk		= true,
		.tlb			= &no_tlb,
		.iommu_dev		= dev,
		.format_cfg_size	= format->cfg_size,
	};

	if (!is_named(format))
		return io_pgtable_alloc(format->fmt, &cfg, dev);
	if (cfg.format_cfg_size) {
		cfg.format_cfg = devm_kzalloc(dev, cfg.format_cfg_size, GFP_KERNEL);
		if (!cfg.format_cfg)
			return ERR_PTR(-ENOMEM);
	}
	return io_pgtable_alloc_named(format->name, &cfg, dev);
}

static void free_table(void *ops)
{
	free_io_pgtable_ops(ops);
}

#define IOVA	(SZ_1M + SZ_4K)

/* Unmap with a gather structure, as IOMMU drivers do. */
static void unmap_one_page(void *ops)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	io_pgtable_unmap_pages(ops, IOVA, SZ_4K, 1, &gather);
}

static int map_one_page(struct device *dev, struct io_pgtable_ops *ops,
			const struct consumer_format *format)
{
	const phys_addr_t paddr = SZ_16M + SZ_64K;
	size_t mapped = 0;
	int ret;

	ret = io_pgtable_map_pages(ops, IOVA, paddr, SZ_4K, 1, IOMMU_READ | IOMMU_WRITE,
				   GFP_KERNEL, &mapped);
	if (ret)
		return ret;
	ret = devm_add_action_or_reset(dev, unmap_one_page, ops);
	if (ret)
		return ret;
	if (io_pgtable_iova_to_phys(ops, IOVA + 5) != paddr + 5)
		return -EFAULT;
	dev_info(dev, "translates with %s\n", format->name);
	return 0;
}

static int map_and_unmap_block(struct io_pgtable_ops *ops, size_t size)
{
	const phys_addr_t paddr = SZ_16M + SZ_64K;
	struct iommu_iotlb_gather gather;
	size_t mapped = 0;
	int ret;

	ret = io_pgtable_map_pages(ops, size, paddr, SZ_4K, size / SZ_4K, IOMMU_READ, GFP_KERNEL,
				   &mapped);
	if (ret)
		return ret;
	iommu_iotlb_gather_init(&gather);
	return io_pgtable_unmap_pages(ops, size, size, 1, &gather) == size ? 0 : -EFAULT;
}

static unsigned int probe_ms;
module_param(probe_ms, uint, 0444);
MODULE_PARM_DESC(probe_ms, "milliseconds that each probe sleeps before it asks for a format");

static int consumer_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct consumer_format format = { };
	struct io_pgtable_ops *ops;
	int ret;

	msleep(probe_ms);
	ret = read_format(dev, &format);
	if (ret)
		return dev_err_probe(dev, ret, "no such format\n");

	ret = pin_format(dev, &format);
	if (ret)
		return ret;

	ops = make_table(dev, &format);
	if (IS_ERR(ops))
		return dev_err_probe(dev, PTR_ERR(ops), "no table\n");
	ret = devm_add_action_or_reset(dev, free_table, ops);
	if (ret)
		return ret;

	ret = map_one_page(dev, ops, &format);
	if (ret || !format.block_size)
		return ret;
	return map_and_unmap_block(ops, format.block_size);
}

static const struct of_device_id consumer_match[] = {
	{ .compatible = "io-pgtable,consumer" },
	{ }
};
MODULE_DEVICE_TABLE(of, consumer_match);

static struct platform_driver consumer_driver = {
	.probe	= consumer_probe,
	.driver	= {
		.name		= "io-pgtable-consumer",
		.of_match_table	= consumer_match,
	},
};
module_platform_driver(consumer_driver);

MODULE_DESCRIPTION("Consumer of page table formats, for tests");
MODULE_LICENSE("GPL");
