/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page table formats of Rockchip's IOMMU, by name: see io_pgtable_alloc_named().
 */
#ifndef __IO_PGTABLE_ROCKCHIP_H
#define __IO_PGTABLE_ROCKCHIP_H

#include <linux/types.h>

/* The first generation: 32-bit addresses of memory and of tables */
#define IO_PGTABLE_ROCKCHIP1	"rockchip,rk3288"
/* The second generation: 40-bit addresses */
#define IO_PGTABLE_ROCKCHIP2	"rockchip,rk3568"

/**
 * struct io_pgtable_rockchip_cfg - the format's own configuration
 * @dte_addr: out: the value for the register MMU_DTE_ADDR, the address of the directory
 *
 * &io_pgtable_cfg.format_cfg points to this struct. The page size is 4K, ias is 32, and oas is at
 * most 32 (first generation) or 40 (second).
 */
struct io_pgtable_rockchip_cfg {
	u32 dte_addr;
};

#endif /* __IO_PGTABLE_ROCKCHIP_H */
