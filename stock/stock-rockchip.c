// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of Rockchip's IOMMUs as it is, but for what is in the way of hardware that does
 * not exist: registers, runtime PM, and the driver's registration.
 */
#include <linux/clk.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>

#include "compat.h"
#include "stock-rockchip.h"

static u32 read_register(const void __iomem *address);
static void write_register(u32 value, void __iomem *address);
static void *master_data(struct device *dev);

/* It is on at all times. */
static inline int power(struct device *dev, int on)
{
	return on;
}

#undef readl
#undef writel
#undef pr_err
#undef builtin_platform_driver
#define readl(address)			read_register(address)
#define writel(value, address)		write_register(value, address)
#define pm_runtime_get_if_in_use(dev)	power(dev, 1)
#define pm_runtime_put(dev)		power(dev, 0)
#define dev_iommu_priv_get(dev)		master_data(dev)
/* It tells of pages that are mapped twice, which we provoke. */
#define pr_err(...)			no_printk(__VA_ARGS__)
#define builtin_platform_driver(driver)	\
	static const void *const not_registered __maybe_unused = &(driver)

#ifndef DRIVER
#define DRIVER	"unchanged/rockchip-iommu.c"
#endif
#include DRIVER

/*
 * The IOMMU
 */

static struct stock_rockchip *observer;
static u32 registers[16];
static void __iomem *bases[] = { (void __iomem __force *)registers };
static struct rk_iommu iommu;
static struct rk_iommudata master = { .iommu = &iommu };

static void *master_data(struct device *dev)
{
	return &master;
}

static u32 read_register(const void __iomem *address)
{
	return registers[(address - bases[0]) / sizeof(u32)];
}

/* What the driver waits for after a command comes at once. */
static void obey(u32 command)
{
	switch (command) {
	case RK_MMU_CMD_ENABLE_PAGING:
		registers[RK_MMU_STATUS / 4] |= RK_MMU_STATUS_PAGING_ENABLED;
		break;
	case RK_MMU_CMD_DISABLE_PAGING:
		registers[RK_MMU_STATUS / 4] &= ~RK_MMU_STATUS_PAGING_ENABLED;
		break;
	case RK_MMU_CMD_ENABLE_STALL:
		registers[RK_MMU_STATUS / 4] |= RK_MMU_STATUS_STALL_ACTIVE;
		break;
	case RK_MMU_CMD_DISABLE_STALL:
		registers[RK_MMU_STATUS / 4] &= ~RK_MMU_STATUS_STALL_ACTIVE;
		break;
	}
}

static void write_register(u32 value, void __iomem *address)
{
	unsigned int offset = address - bases[0];

	switch (offset) {
	case RK_MMU_DTE_ADDR:
		observer->dte_addr = value;
		break;
	case RK_MMU_COMMAND:
		obey(value);
		break;
	case RK_MMU_ZAP_ONE_LINE:
		observer->zap(observer->context, value);
		break;
	default:
		registers[offset / sizeof(u32)] = value;
	}
}

/* An empty domain, NULL if there is none. Without @rk no IOMMU is attached to it. */
struct iommu_domain *stock_rockchip_open(struct stock_rockchip *rk, struct device *dev, bool v2)
{
	const struct rk_iommu_ops *ops = v2 ? &iommu_data_ops_v2 : &iommu_data_ops_v1;
	struct iommu_domain *domain;

	observer = rk;
	memset(registers, 0, sizeof(registers));
	iommu = (struct rk_iommu) {
		.dev = dev,
		.bases = bases,
		.num_mmu = ARRAY_SIZE(bases),
		.reset_disabled = true,
		.domain = &rk_identity_domain,
		ON_7_3(.rk_ops = ops)
	};
	ON_6_12(dma_dev = dev; rk_ops = ops;)

	domain = rk_iommu_domain_alloc_paging(dev);
	if (IS_ERR_OR_NULL(domain))
		return NULL;
	domain->ops = rk_iommu_ops.default_domain_ops;	/* as the IOMMU core does */
	if (!rk || !rk_iommu_attach_device(domain, dev ON_7_3(, &rk_identity_domain)))
		return domain;
	rk_iommu_domain_free(domain);
	return NULL;
}
EXPORT_SYMBOL_GPL(stock_rockchip_open);

void stock_rockchip_close(struct iommu_domain *domain, struct device *dev)
{
	rk_iommu_identity_attach(&rk_identity_domain, dev ON_7_3(, domain));
	rk_iommu_domain_free(domain);
}
EXPORT_SYMBOL_GPL(stock_rockchip_close);
