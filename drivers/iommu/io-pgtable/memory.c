// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for page tables: from the page allocator, accounted as the kernel
 * accounts IOMMU page tables, or from the driver; ready for the walker to read.
 */
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io-pgtable-format.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "memory.h"

/* Table memory shows in /proc/vmstat and /proc/meminfo, and in its cgroup. */
static __always_inline void account(struct page *page, long pages)
{
	unsigned long flags;

	/* Once for both counters: each by itself takes twice as long. */
	local_irq_save(flags);
	__mod_node_page_state(page_pgdat(page), NR_IOMMU_PAGES, pages);
	compat_lruvec_stat_mod_folio(page_folio(page), NR_SECONDARY_PAGETABLE, pages);
	local_irq_restore(flags);
}

static void *take(struct device *dev, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	int nid = dev ? dev_to_node(dev) : NUMA_NO_NODE;
	struct page *page = alloc_pages_node(nid, gfp | __GFP_ZERO, order);

	if (!page)
		return NULL;
	account(page, 1L << order);
	return page_address(page);
}

static __always_inline void give_back(const struct io_pgtable_cfg *cfg, void *cookie,
				      void *pages, size_t size)
{
	unsigned int order = get_order(size);
	struct page *page;

	if (cfg->free) {
		cfg->free(cookie, pages, size);
		return;
	}
	page = virt_to_page(pages);
	account(page, -(1L << order));
	__free_pages(page, order);
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

	size = max(size, COMPAT_MIN_TABLE);
	/* The CPU reaches tables through the linear map. */
	gfp &= ~__GFP_HIGHMEM;
	if (cfg->alloc)
		pages = cfg->alloc(cookie, size, gfp);
	else
		pages = take(dev, size, gfp);

	if (pages && !cfg->coherent_walk && !io_pgtable_make_visible(dev, pages, size)) {
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
	size = max(size, COMPAT_MIN_TABLE);
	if (!cfg->coherent_walk)
		dma_unmap_page(cfg->iommu_dev, virt_to_phys(pages), size,
			       DMA_TO_DEVICE);
	give_back(cfg, cookie, pages, size);
}
EXPORT_SYMBOL_GPL(io_pgtable_free_pages);
