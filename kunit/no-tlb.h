/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLB callbacks of a driver without hardware. They do nothing.
 */
#ifndef __IO_PGTABLE_KUNIT_NO_TLB_H
#define __IO_PGTABLE_KUNIT_NO_TLB_H

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

#endif /* __IO_PGTABLE_KUNIT_NO_TLB_H */
