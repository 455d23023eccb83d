/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of Rockchip's IOMMUs, for comparing: compiled from the source package's
 * unchanged file, and from what the overlay's semantic patch makes of it. Each has one IOMMU,
 * whose registers are in memory.
 */
#ifndef __STOCK_ROCKCHIP_H
#define __STOCK_ROCKCHIP_H

#include <linux/iommu.h>

/**
 * struct stock_rockchip - what the driver does to its IOMMU
 * @dte_addr: the last value of MMU_DTE_ADDR
 * @zap: called for each input address that is zapped
 * @context: handed to it
 */
struct stock_rockchip {
	u32 dte_addr;
	void (*zap)(void *context, u32 iova);
	void *context;
};

struct iommu_domain *stock_rockchip_open(struct stock_rockchip *rk, struct device *dev, bool v2);
void stock_rockchip_close(struct iommu_domain *domain, struct device *dev);
struct iommu_domain *converted_rockchip_open(struct stock_rockchip *rk, struct device *dev,
					     bool v2);
void converted_rockchip_close(struct iommu_domain *domain, struct device *dev);

#endif /* __STOCK_ROCKCHIP_H */
