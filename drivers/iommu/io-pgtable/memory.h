/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Table memory, for the core and for formats that do not take all of it from the core.
 */
#ifndef __IO_PGTABLE_MEMORY_H
#define __IO_PGTABLE_MEMORY_H

#include <linux/device.h>
#include <linux/dma-mapping.h>

/*
 * A walker that does not snoop sees the zeroes only after a DMA mapping, and
 * descriptors hold CPU physical addresses, so the mapping must not translate.
 */
static inline bool io_pgtable_make_visible(struct device *dev, void *table,
					   size_t size)
{
	dma_addr_t dma = dma_map_page(dev, virt_to_page(table),
				      offset_in_page(table), size,
				      DMA_TO_DEVICE);

	if (dma_mapping_error(dev, dma))
		return false;
	if (dma == virt_to_phys(table))
		return true;

	dev_err(dev, "DMA to page tables must not be translated or bounced\n");
	dma_unmap_page(dev, dma, size, DMA_TO_DEVICE);
	return false;
}

#endif /* __IO_PGTABLE_MEMORY_H */
