// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable: report removed leaf entries to drivers that have a callback for single entries
 * only. This runs for each page, so it is not compiled for size like the core.
 */
#include <linux/export.h>
#include <linux/io-pgtable.h>

/**
 * io_pgtable_tlb_add_each() - report removed leaf entries to the driver one by one
 * @iop: the page table
 * @gather: where the driver records what to invalidate
 * @iova: input address of the first entry
 * @size: size of all entries, in bytes
 * @granule: size of each entry, in bytes
 *
 * For io_pgtable_tlb_add_range(), if the driver has no tlb_add_range.
 *
 * Context: that of the unmap.
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
