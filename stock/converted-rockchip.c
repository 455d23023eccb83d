// SPDX-License-Identifier: GPL-2.0-only
/* The driver of Rockchip's IOMMUs with page tables of io-pgtable, as stock-rockchip.c. */
#define stock_rockchip_open	converted_rockchip_open
#define stock_rockchip_close	converted_rockchip_close
#define DRIVER			"converted/rockchip-iommu.c"

#include "stock-rockchip.c"

MODULE_DESCRIPTION("Rockchip's driver as it is, and converted");
MODULE_LICENSE("GPL");
