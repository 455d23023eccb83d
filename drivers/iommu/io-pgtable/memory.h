/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Table memory, for the core and for formats that allocate some of it themselves.
 */
#ifndef __IO_PGTABLE_MEMORY_H
#define __IO_PGTABLE_MEMORY_H

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io-pgtable.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "compat.h"

static inline int io_pgtable_nid(const struct io_pgtable_cfg *cfg)
{
	return cfg->iommu_dev ? dev_to_node(cfg->iommu_dev) : NUMA_NO_NODE;
}

/*
 * Table memory is counted in /proc/vmstat and /proc/meminfo, and in its cgroup. Interrupts are
 * disabled once for all counters: to disable them for each counter takes twice as long.
 */
static __always_inline void __io_pgtable_account(struct page *page, long pages)
{
	/* @page is the first page of the folio, so page_folio() is not needed. */
	struct folio *folio = (struct folio *)page;

	__mod_node_page_state(folio_pgdat(folio), NR_IOMMU_PAGES, pages);
	compat_lruvec_stat_mod_folio(folio, NR_SECONDARY_PAGETABLE, pages);
}

static __always_inline void io_pgtable_account(struct page *page, long pages)
{
	unsigned long flags;

	local_irq_save(flags);
	__io_pgtable_account(page, pages);
	local_irq_restore(flags);
}

static __always_inline void io_pgtable_put(struct page *page, unsigned int order)
{
	io_pgtable_account(page, -(1L << order));
	__free_pages(page, order);
}

/*
 * A walker that does not snoop sees the zeroes only after a DMA mapping. Descriptors hold CPU
 * physical addresses, so the DMA mapping must not translate.
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
