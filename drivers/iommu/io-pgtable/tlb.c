// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable: passes leaf entries that are gone to drivers with a callback for single
 * ones. This runs for each page, so that it is not compiled for size like the core.
 */
#include <linux/export.h>
#include <linux/io-pgtable.h>

/**
 * io_pgtable_tlb_add_each() - tell the driver of leaf entries that are gone, one by one
 * @iop: their table
 * @gather: where the driver gathers what to invalidate
 * @iova: the first one's input address
 * @size: of all, in bytes
 * @granule: of each, in bytes
 *
 * For io_pgtable_tlb_add_range(), if the driver has a callback for single ones only.
 *
 * Context: that of the unmap which it is part of.
 */
void io_pgtable_tlb_add_each(struct io_pgtable *iop, struct iommu_iotlb_gather *gather,
			     unsigned long iova, size_t size, size_t granule)
{
	const struct iommu_flush_ops *tlb = iop->cfg.tlb;
	typeof(*tlb->tlb_add_page) *add_page = tlb ? tlb->tlb_add_page : NULL;
	void *cookie = iop->cookie;

	for (; add_page && size; size -= granule, iova += granule)
		add_page(gather, iova, granule, cookie);
}
EXPORT_SYMBOL_GPL(io_pgtable_tlb_add_each);
