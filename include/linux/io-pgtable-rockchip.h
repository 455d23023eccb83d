/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page table formats of Rockchip's IOMMU, by name: see io_pgtable_alloc_named().
 */
#ifndef __IO_PGTABLE_ROCKCHIP_H
#define __IO_PGTABLE_ROCKCHIP_H

#include <linux/types.h>

/* The first generation: output addresses and tables in 32 bits */
#define IO_PGTABLE_ROCKCHIP1	"rockchip,rk3288"
/* The second one: in 40 bits */
#define IO_PGTABLE_ROCKCHIP2	"rockchip,rk3568"

/**
 * struct io_pgtable_rockchip_cfg - what the format tells its driver
 * @dte_addr: out: the value of the register MMU_DTE_ADDR, the address of the directory
 *
 * It goes into &io_pgtable_cfg.format_cfg. The table has pages of 4K, ias is 32, and oas at most
 * 32 or 40.
 */
struct io_pgtable_rockchip_cfg {
	u32 dte_addr;
};

#endif /* __IO_PGTABLE_ROCKCHIP_H */
