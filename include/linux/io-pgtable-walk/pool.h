/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the tables of one page table, with the right size and within reach of the
 * descriptors. If tables are whole pages, a large page table allocates several pages at a time.
 */
#ifndef __IO_PGTABLE_POOL_H
#define __IO_PGTABLE_POOL_H

#include <linux/atomic.h>
#include <linux/io-pgtable-format.h>
#include <linux/sizes.h>
#include <linux/slab.h>

struct page;

/**
 * struct io_pgtable_pool - memory for the tables of one page table
 * @iop: the page table
 * @size: size of each table in bytes, a multiple of 256
 * @cache: the slab cache for tables smaller than a page; else NULL
 * @zone: GFP flags of the memory zone for tables
 * @reach: number of table address bits that descriptors can hold; 0: no limit
 * @lock: protects the reserve
 * @reserve: reserved tables for maps that must not allocate. Points to the first table; each
 *	table begins with the address of the next.
 * @reserved: number of tables in the reserve
 * @users: number of users that have reserved tables and not yet unreserved them
 * @wanted: number of tables that the users have reserved
 * @kept: number of removed tables that were put into the reserve instead of being freed, since
 *	there are users
 * @holders: number of users plus number of readers of the tables. While not 0, tables are freed
 *	under @lock only.
 * @busy: 1 while a CPU uses @given, @left and @pages
 * @given: number of tables that the pool was asked for
 * @left: number of pages that the pool has
 * @pages: these pages; NULL from index @left on, since the bulk allocator fills entries that are
 *	NULL
 */
struct io_pgtable_pool {
	const struct io_pgtable *iop;
	size_t		size;
	struct kmem_cache *cache;
	gfp_t		zone;
	unsigned int	reach;
	spinlock_t	lock;		/* protects @reserve to @holders */
	void		*reserve;
	unsigned int	reserved;
	unsigned int	users;
	unsigned int	wanted;
	unsigned int	kept;
	unsigned int	holders;
	atomic_t	busy;
	unsigned int	given;
	unsigned int	left;
	struct page	*pages[8];
};

int io_pgtable_pool_init(struct io_pgtable_pool *pool, const struct io_pgtable *iop, size_t size,
			 unsigned int reach);
bool io_pgtable_pool_reaches(const struct io_pgtable_pool *pool, void *table);
void *io_pgtable_pool_alloc(struct io_pgtable_pool *pool, gfp_t gfp);
void io_pgtable_pool_drain(struct io_pgtable_pool *pool);
bool io_pgtable_pool_is_clear(const struct io_pgtable_pool *pool, const void *table);
void io_pgtable_pool_hide(const struct io_pgtable_pool *pool, void *table);
bool io_pgtable_pool_keep(struct io_pgtable_pool *pool, void *table);
void io_pgtable_pool_hold(struct io_pgtable_pool *pool, bool hold);
int io_pgtable_pool_reserve(struct io_pgtable_pool *pool, unsigned int n, gfp_t gfp);
void io_pgtable_pool_unreserve(struct io_pgtable_pool *pool, unsigned int n);

/* A table of 4K or more takes whole pages, since no page is smaller than 4K. */
static inline bool io_pgtable_pool_is_small(const struct io_pgtable_pool *pool)
{
	return pool->size < SZ_4K;
}

/* Free the memory of a table without putting it into the reserve. */
static inline void __io_pgtable_pool_free(struct io_pgtable_pool *pool, void *table)
{
	const struct io_pgtable_cfg *cfg = &pool->iop->cfg;

	if (!io_pgtable_pool_is_small(pool)) {
		io_pgtable_free_pages(cfg, pool->iop->cookie, table, pool->size);
		return;
	}
	if (!cfg->coherent_walk)
		io_pgtable_pool_hide(pool, table);
	kmem_cache_free(pool->cache, table);
}

/**
 * io_pgtable_pool_free() - free the memory of a table
 * @pool: the pool that the table was allocated from
 * @table: what io_pgtable_pool_alloc() returned
 *
 * Context: any context where a spinlock can be taken and &io_pgtable_cfg.free may be called.
 */
static inline void io_pgtable_pool_free(struct io_pgtable_pool *pool, void *table)
{
	if (unlikely(READ_ONCE(pool->holders)) && io_pgtable_pool_keep(pool, table))
		return;
	__io_pgtable_pool_free(pool, table);
}

#endif /* __IO_PGTABLE_POOL_H */
