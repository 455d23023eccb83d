/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the tables of one set: of their size, and where their descriptors can point to.
 * Tables that are pages are taken ahead when there are many of them: several pages at a time
 * from the page allocator.
 */
#ifndef __IO_PGTABLE_POOL_H
#define __IO_PGTABLE_POOL_H

#include <linux/atomic.h>
#include <linux/io-pgtable-format.h>
#include <linux/sizes.h>
#include <linux/slab.h>

struct page;

/**
 * struct io_pgtable_pool - memory for the tables of one set
 * @iop: the set
 * @size: bytes of each, a multiple of 256
 * @cache: of tables smaller than any page; else NULL
 * @zone: the zone that they have to come from, as allocation flags
 * @reach: address bits that descriptors hold; 0: as many as there are
 * @lock: of the reserve
 * @reserve: tables for maps that may not allocate: the first, which begins with the address of
 *	the next
 * @reserved: how many there are
 * @users: how many users have reserved tables, and have not given them back
 * @wanted: how many they have reserved
 * @kept: how many tables were put there since there are users, in place of being freed
 * @holders: how many users there are, and how many look into tables: while it is not 0, a table
 *	is freed under @lock only
 * @busy: 1 while somebody is at the pages
 * @given: how many it was asked for
 * @left: how many it has
 * @pages: these; NULL from there on, as the page allocator fills what is NULL
 */
struct io_pgtable_pool {
	const struct io_pgtable *iop;
	size_t		size;
	struct kmem_cache *cache;
	gfp_t		zone;
	unsigned int	reach;
	spinlock_t	lock;		/* @reserve to @holders */
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

/* No page is smaller than 4K, nor is a table that is meant to be one. */
static inline bool io_pgtable_pool_is_small(const struct io_pgtable_pool *pool)
{
	return pool->size < SZ_4K;
}

/* Give back the memory of a table, whether somebody has reserved it or not. */
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
 * io_pgtable_pool_free() - give back the memory of a table
 * @pool: the tables' pool
 * @table: what io_pgtable_pool_alloc() gave
 *
 * Context: any where a spinlock can be taken, as far as &io_pgtable_cfg.free allows.
 */
static inline void io_pgtable_pool_free(struct io_pgtable_pool *pool, void *table)
{
	if (unlikely(READ_ONCE(pool->holders)) && io_pgtable_pool_keep(pool, table))
		return;
	__io_pgtable_pool_free(pool, table);
}

#endif /* __IO_PGTABLE_POOL_H */
