// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for page tables: from the page allocator, accounted as the kernel
 * accounts IOMMU page tables, or from the driver; ready for the walker to read.
 */
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io-pgtable-format.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "memory.h"

/*
 * Table memory shows in /proc/vmstat and /proc/meminfo, and in its cgroup. Interrupts are
 * off, once for all there is to count: each counter by itself takes twice as long.
 */
static __always_inline void account(struct page *page, long pages)
{
	/* The first one, as page_folio() would find out in the struct page. */
	struct folio *folio = (struct folio *)page;

	__mod_node_page_state(folio_pgdat(folio), NR_IOMMU_PAGES, pages);
	compat_lruvec_stat_mod_folio(folio, NR_SECONDARY_PAGETABLE, pages);
}

static int node_of(const struct io_pgtable_cfg *cfg)
{
	return cfg->iommu_dev ? dev_to_node(cfg->iommu_dev) : NUMA_NO_NODE;
}

static void *take(const struct io_pgtable_cfg *cfg, size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page;
	unsigned long flags;

	/* A root may be a few entries only: no walker looks further than their cache line. */
	if (size >= PAGE_SIZE)
		gfp |= __GFP_ZERO;
	page = alloc_pages_node(node_of(cfg), gfp, order);
	if (!page)
		return NULL;
	local_irq_save(flags);
	account(page, 1L << order);
	local_irq_restore(flags);
	if (size < PAGE_SIZE)
		memset(page_address(page), 0, ALIGN(size, SMP_CACHE_BYTES));
	return page_address(page);
}

static __always_inline void put(struct page *page, unsigned int order)
{
	unsigned long flags;

	local_irq_save(flags);
	account(page, -(1L << order));
	local_irq_restore(flags);
	__free_pages(page, order);
}

static __always_inline void give_back(const struct io_pgtable_cfg *cfg, void *cookie,
				      void *pages, size_t size)
{
	if (cfg->free)
		cfg->free(cookie, pages, size);
	else
		put(virt_to_page(pages), get_order(size));
}

/* The walker does not snoop. Return: @pages, or NULL, and they are given back. */
static noinline void *make_visible(const struct io_pgtable_cfg *cfg, void *cookie,
				   void *pages, size_t size)
{
	if (io_pgtable_make_visible(cfg->iommu_dev, pages, size))
		return pages;
	give_back(cfg, cookie, pages, size);
	return NULL;
}

/**
 * io_pgtable_alloc_pages() - memory for one table
 * @cfg: the table's configuration
 * @cookie: its driver's cookie
 * @size: bytes
 * @gfp: how to allocate
 *
 * Context: as @gfp says.
 * Return: @size bytes of zeroes, aligned to @size rounded up to a power of two of pages,
 * visible to the walker; NULL if there is none or the walker cannot reach it.
 */
void *io_pgtable_alloc_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			     size_t size, gfp_t gfp)
{
	void *pages;

	size = max(size, COMPAT_MIN_TABLE);
	/* The CPU reaches tables through the linear map. */
	gfp &= ~__GFP_HIGHMEM;
	if (cfg->alloc)
		pages = cfg->alloc(cookie, size, gfp);
	else
		pages = take(cfg, size, gfp);

	if (!pages || cfg->coherent_walk)
		return pages;
	return make_visible(cfg, cookie, pages, size);
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

/*
 * Memory taken ahead
 */

/* Take an eighth of what it has given so far, if that is worth it and there is room. */
static noinline void pool_fill(struct io_pgtable_pool *pool,
			       const struct io_pgtable_cfg *cfg, gfp_t gfp)
{
	unsigned int i, n = min(pool->given / 8, ARRAY_SIZE(pool->pages));
	unsigned long flags;

	if (n < 2)
		return;
	pool->left = compat_alloc_pages_bulk_node(gfp | __GFP_ZERO, node_of(cfg), n,
						  pool->pages);
	local_irq_save(flags);
	for (i = 0; i < pool->left; i++)
		account(pool->pages[i], 1);
	local_irq_restore(flags);
}

/* Whoever finds others at it, or an interrupt that finds its CPU at it, does without. */
static struct page *pool_take(struct io_pgtable_pool *pool,
			      const struct io_pgtable_cfg *cfg, gfp_t gfp)
{
	struct page *page = NULL;

	if (atomic_xchg_acquire(&pool->busy, 1))
		return NULL;
	if (!pool->left)
		pool_fill(pool, cfg, gfp);
	pool->given++;
	if (pool->left) {
		pool->left--;
		swap(page, pool->pages[pool->left]);
	}
	atomic_set_release(&pool->busy, 0);
	return page;
}

/**
 * io_pgtable_pool_alloc() - memory for one of many tables
 * @pool: the tables' pool, all zeroes at first
 * @cfg: their configuration
 * @cookie: their driver's cookie
 * @size: bytes
 * @gfp: how to allocate
 *
 * io_pgtable_alloc_pages() for tables that come one after the other: when there are many
 * of them, pages are taken from the page allocator several at a time, and what is left of
 * these stays in @pool. That is never more than an eighth of what it has given, and seven.
 * The memory goes back with io_pgtable_free_pages(), as any other.
 *
 * Context: as @gfp says. May be called on several CPUs at once.
 * Return: as io_pgtable_alloc_pages().
 */
void *io_pgtable_pool_alloc(struct io_pgtable_pool *pool, const struct io_pgtable_cfg *cfg,
			    void *cookie, size_t size, gfp_t gfp)
{
	struct page *page = NULL;

	/* Pages in the pool are anybody's, and from anywhere on their node. */
	if (size == PAGE_SIZE && !cfg->alloc && !(gfp & (GFP_ZONEMASK | __GFP_ACCOUNT)))
		page = pool_take(pool, cfg, gfp);
	if (!page)
		return io_pgtable_alloc_pages(cfg, cookie, size, gfp);
	if (cfg->coherent_walk)
		return page_address(page);
	return make_visible(cfg, cookie, page_address(page), size);
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_alloc);

/**
 * io_pgtable_pool_drain() - give back what is left in a pool
 * @pool: the pool
 *
 * It is as good as new then.
 *
 * Context: any. Nobody allocates from @pool meanwhile.
 */
void io_pgtable_pool_drain(struct io_pgtable_pool *pool)
{
	while (pool->left)
		put(pool->pages[--pool->left], 0);
	/* The page allocator leaves alone what is not NULL when it is to fill an array. */
	*pool = (struct io_pgtable_pool){ };
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_drain);
