// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for page tables: from the page allocator, accounted like other IOMMU page tables of the
 * kernel, or from the driver. The memory is ready for the walker to read.
 */
#include <linux/align.h>
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io-pgtable-format.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "memory.h"

static void *take(const struct io_pgtable_cfg *cfg, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page;

	/* A root may have only a few entries. No walker reads beyond their cache line. */
	if (size >= PAGE_SIZE)
		gfp |= __GFP_ZERO;
	page = alloc_pages_node(io_pgtable_nid(cfg), gfp, order);
	if (!page)
		return NULL;
	io_pgtable_account(page, 1L << order);
	if (size < PAGE_SIZE)
		memset(page_address(page), 0, ALIGN(size, SMP_CACHE_BYTES));
	return page_address(page);
}

static __always_inline void give_back(const struct io_pgtable_cfg *cfg, void *cookie,
				      void *pages, size_t size)
{
	if (cfg->free)
		cfg->free(cookie, pages, size);
	else
		io_pgtable_put(virt_to_page(pages), get_order(size));
}

/**
 * io_pgtable_alloc_pages() - allocate the memory of one table
 * @cfg: the table's configuration
 * @cookie: the driver's cookie
 * @size: bytes
 * @gfp: how to allocate
 *
 * Context: as @gfp says.
 * Return: @size bytes of zeroes, visible to the walker, aligned to @size rounded up to a power of
 * two of pages; NULL if there is no memory, or if the walker cannot access it.
 */
void *io_pgtable_alloc_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			     size_t size, gfp_t gfp)
{
	void *pages;

	size = max(size, COMPAT_MIN_TABLE);
	/* The CPU accesses tables through the linear map. */
	gfp &= ~__GFP_HIGHMEM;
	if (cfg->alloc)
		pages = cfg->alloc(cookie, size, gfp);
	else
		pages = take(cfg, size, gfp);

	if (pages && !cfg->coherent_walk &&
	    !io_pgtable_make_visible(cfg->iommu_dev, pages, size)) {
		/* There is no DMA mapping to undo, as with a walker that snoops. */
		const struct io_pgtable_cfg unmapped = {
			.coherent_walk = true,
			.free = cfg->free,
		};

		io_pgtable_free_pages(&unmapped, cookie, pages, size);
		return NULL;
	}
	return pages;
}
EXPORT_SYMBOL_GPL(io_pgtable_alloc_pages);

/**
 * io_pgtable_free_pages() - free memory that io_pgtable_alloc_pages() allocated
 * @cfg: the table's configuration
 * @cookie: the driver's cookie
 * @pages: the memory
 * @size: bytes, as allocated
 *
 * Context: any context where a spinlock can be taken and &io_pgtable_cfg.free may be called.
 */
void io_pgtable_free_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			   void *pages, size_t size)
{
	size = max(size, COMPAT_MIN_TABLE);
	if (!cfg->coherent_walk)
		dma_unmap_page(cfg->iommu_dev, virt_to_phys(pages), size,
			       DMA_TO_DEVICE);
	give_back(cfg, cookie, pages, size);
}
EXPORT_SYMBOL_GPL(io_pgtable_free_pages);

MODULE_DESCRIPTION("Library for io-pgtable formats");
MODULE_LICENSE("GPL");
