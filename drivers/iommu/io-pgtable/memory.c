// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for page tables: from the page allocator, accounted as the kernel
 * accounts IOMMU page tables, or from the driver; ready for the walker to read.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/io-pgtable-format.h>

#include "compat.h"

static void give_back(const struct io_pgtable_cfg *cfg, void *cookie,
		      void *pages, size_t size)
{
	if (cfg->free)
		cfg->free(cookie, pages, size);
	else
		compat_free_pages(pages, size);
}

/*
 * A walker that does not snoop sees the zeroes only after a DMA mapping, and
 * descriptors hold CPU physical addresses, so the mapping must not translate.
 */
static bool make_visible(struct device *dev, void *pages, size_t size)
{
	dma_addr_t dma = dma_map_page(dev, virt_to_page(pages),
				      offset_in_page(pages), size,
				      DMA_TO_DEVICE);

	if (dma_mapping_error(dev, dma))
		return false;
	if (dma == virt_to_phys(pages))
		return true;

	dev_err(dev, "DMA to page tables must not be translated or bounced\n");
	dma_unmap_page(dev, dma, size, DMA_TO_DEVICE);
	return false;
}

/**
 * io_pgtable_alloc_pages() - memory for one table
 * @cfg: the table's configuration
 * @cookie: its driver's cookie
 * @size: bytes
 * @gfp: how to allocate
 *
 * Context: as @gfp says.
 * Return: zeroed memory, aligned to @size rounded up to a power of two of pages,
 * visible to the walker; NULL if there is none or the walker cannot reach it.
 */
void *io_pgtable_alloc_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			     size_t size, gfp_t gfp)
{
	struct device *dev = cfg->iommu_dev;
	void *pages;

	/* The CPU reaches tables through the linear map. */
	gfp &= ~__GFP_HIGHMEM;
	if (cfg->alloc)
		pages = cfg->alloc(cookie, size, gfp);
	else
		pages = compat_alloc_pages(dev ? dev_to_node(dev) : NUMA_NO_NODE,
					   gfp, size);

	if (pages && !cfg->coherent_walk && !make_visible(dev, pages, size)) {
		give_back(cfg, cookie, pages, size);
		return NULL;
	}
	return pages;
}
EXPORT_SYMBOL_GPL(io_pgtable_alloc_pages);

/**
 * io_pgtable_free_pages() - give back what io_pgtable_alloc_pages() gave
 * @cfg: the table's configuration
 * @cookie: its driver's cookie
 * @pages: the memory
 * @size: bytes, as allocated
 *
 * Context: any.
 */
void io_pgtable_free_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			   void *pages, size_t size)
{
	if (!cfg->coherent_walk)
		dma_unmap_page(cfg->iommu_dev, virt_to_phys(pages), size,
			       DMA_TO_DEVICE);
	give_back(cfg, cookie, pages, size);
}
EXPORT_SYMBOL_GPL(io_pgtable_free_pages);
