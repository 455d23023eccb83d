/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Callbacks of a driver that do nothing, and that share no data between threads
 */
#ifndef __BENCH_NO_TLB_H
#define __BENCH_NO_TLB_H

#include <linux/io-pgtable.h>

static void no_tlb_flush_all(void *cookie)
{
}

static void no_tlb_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
}

static void no_tlb_add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
			    size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops no_tlb = {
	.tlb_flush_all	= no_tlb_flush_all,
	.tlb_flush_walk	= no_tlb_flush_walk,
	.tlb_add_page	= no_tlb_add_page,
};

#endif /* __BENCH_NO_TLB_H */
