/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages for tables, taken ahead: for a format whose tables are pages, and come one after
 * the other. When there are many of them, memory is taken from the page allocator several
 * pages at a time.
 */
#ifndef __IO_PGTABLE_POOL_H
#define __IO_PGTABLE_POOL_H

#include <linux/atomic.h>
#include <linux/io-pgtable-format.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>

#include "compat.h"
#include "memory.h"

/**
 * struct io_pgtable_pool - pages for one set of tables; all zeroes when it is new
 * @busy: 1 while somebody is at it
 * @given: how many it was asked for
 * @left: how many it has
 * @pages: these; NULL from there on, as the page allocator fills what is NULL
 */
struct io_pgtable_pool {
	atomic_t	busy;
	unsigned int	given;
	unsigned int	left;
	struct page	*pages[8];
};

/* Take an eighth of what it has given so far, if that is worth it and there is room. */
static noinline void io_pgtable_pool_fill(struct io_pgtable_pool *pool,
					  const struct io_pgtable_cfg *cfg, gfp_t gfp)
{
	unsigned int i, n = min(pool->given / 8, ARRAY_SIZE(pool->pages));
	unsigned long flags;

	if (n < 2)
		return;
	pool->left = compat_alloc_pages_bulk_node(gfp | __GFP_ZERO, io_pgtable_nid(cfg), n,
						  pool->pages);
	local_irq_save(flags);
	for (i = 0; i < pool->left; i++)
		__io_pgtable_account(pool->pages[i], 1);
	local_irq_restore(flags);
}

/* Whoever finds others at it, or an interrupt that finds its CPU at it, does without. */
static inline struct page *io_pgtable_pool_take(struct io_pgtable_pool *pool,
						const struct io_pgtable_cfg *cfg,
						gfp_t gfp)
{
	struct page *page = NULL;

	if (atomic_xchg_acquire(&pool->busy, 1))
		return NULL;
	if (!pool->left)
		io_pgtable_pool_fill(pool, cfg, gfp);
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
 * @pool: the tables' pool
 * @cfg: their configuration
 * @cookie: their driver's cookie
 * @size: bytes
 * @gfp: how to allocate
 *
 * What is left of pages that were taken together stays in @pool: never more than an
 * eighth of what it has given, and seven. The memory goes back with
 * io_pgtable_free_pages(), as any other.
 *
 * Context: as @gfp says. May be called on several CPUs at once.
 * Return: as io_pgtable_alloc_pages().
 */
static inline void *io_pgtable_pool_alloc(struct io_pgtable_pool *pool,
					  const struct io_pgtable_cfg *cfg, void *cookie,
					  size_t size, gfp_t gfp)
{
	struct page *page = NULL;

	/* Pages in the pool are anybody's, and from anywhere on their node. */
	if (size == PAGE_SIZE && !cfg->alloc && !(gfp & (GFP_ZONEMASK | __GFP_ACCOUNT)))
		page = io_pgtable_pool_take(pool, cfg, gfp);
	if (!page)
		return io_pgtable_alloc_pages(cfg, cookie, size, gfp);
	if (cfg->coherent_walk ||
	    io_pgtable_make_visible(cfg->iommu_dev, page_address(page), size))
		return page_address(page);
	io_pgtable_put(page, 0);
	return NULL;
}

/**
 * io_pgtable_pool_drain() - give back what is left in a pool
 * @pool: the pool; as good as new then
 *
 * Context: any where a spinlock can be taken. Nobody allocates from @pool meanwhile.
 */
static inline void io_pgtable_pool_drain(struct io_pgtable_pool *pool)
{
	while (pool->left)
		io_pgtable_put(pool->pages[--pool->left], 0);
	*pool = (struct io_pgtable_pool){ };
}

#endif /* __IO_PGTABLE_POOL_H */
