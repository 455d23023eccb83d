// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the tables of one set, see pool.h.
 */
#define pr_fmt(fmt) "io-pgtable: " fmt

#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/io-pgtable-walk/pool.h>
#include <linux/irqflags.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "memory.h"

/* Where 32 bits reach, or more in a kernel without such a zone */
#ifdef CONFIG_ZONE_DMA32
#define GFP_LOW		__GFP_DMA32
#define SLAB_LOW	SLAB_CACHE_DMA32
#else
#define GFP_LOW		__GFP_DMA
#define SLAB_LOW	SLAB_CACHE_DMA
#endif

/* Caches of tables smaller than any page, by log2 of their bytes: anywhere, and below 4 GiB */
static struct kmem_cache *small_tables[12][2];
static DEFINE_MUTEX(small_tables_lock);

/* The cache for tables of @size bytes, below 4096. It stays until this module goes. */
static struct kmem_cache *small_cache(size_t size, bool low)
{
	struct kmem_cache **cache = &small_tables[ilog2(size)][low];
	char name[32];

	guard(mutex)(&small_tables_lock);
	if (!*cache) {
		snprintf(name, sizeof(name), "io-pgtable-%zu%s", size, low ? "-low" : "");
		*cache = kmem_cache_create(name, size, size, low ? SLAB_LOW : 0, NULL);
	}
	return *cache;
}

/* A cache that is not there is nothing to destroy. */
static void __exit destroy_caches(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(small_tables); i++) {
		kmem_cache_destroy(small_tables[i][0]);
		kmem_cache_destroy(small_tables[i][1]);
	}
}
module_exit(destroy_caches);

/**
 * io_pgtable_pool_init() - say what a pool is for
 * @pool: the pool, all zeroes
 * @iop: the tables, whose configuration and cookie are set
 * @size: bytes of each, a multiple of 256
 * @reach: address bits that descriptors and registers hold; 0: as many as there are
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int io_pgtable_pool_init(struct io_pgtable_pool *pool, const struct io_pgtable *iop, size_t size,
			 unsigned int reach)
{
	bool low = reach && reach <= 32;

	spin_lock_init(&pool->lock);
	pool->iop = iop;
	pool->size = size;
	pool->reach = reach;
	pool->zone = low ? GFP_LOW : 0;
	if (!io_pgtable_pool_is_small(pool))
		return 0;
	pool->cache = small_cache(size, low);
	return pool->cache ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_init);

static noinline void report_out_of_reach(struct device *dev, u64 paddr)
{
	if (dev)
		dev_err(dev, "memory at %#llx is out of reach for page tables\n", paddr);
	else
		pr_err("memory at %#llx is out of reach for page tables\n", paddr);
}

/**
 * io_pgtable_pool_reaches() - whether a table is where descriptors can point to
 * @pool: the tables' pool
 * @table: the table
 *
 * Says so in the log if not.
 *
 * Context: any.
 * Return: whether it is.
 */
bool io_pgtable_pool_reaches(const struct io_pgtable_pool *pool, void *table)
{
	u64 paddr = virt_to_phys(table);

	if (!pool->reach || !(paddr >> pool->reach))
		return true;
	report_out_of_reach(pool->iop->cfg.iommu_dev, paddr);
	return false;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_reaches);

static inline u64 or8(const u64 *word)
{
	return word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7];
}

/**
 * io_pgtable_pool_is_clear() - whether a table has no descriptors that are not 0
 * @pool: the pool that has given the table
 * @table: the table
 *
 * Plain loads do: a walker changes no descriptor that is 0.
 *
 * Context: any.
 * Return: whether it has none.
 */
bool io_pgtable_pool_is_clear(const struct io_pgtable_pool *pool, const void *table)
{
	const u64 *word = table, *end = table + pool->size;

	for (; word != end; word += 32)
		if (or8(word) | or8(word + 8) | or8(word + 16) | or8(word + 24))
			return false;
	return true;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_is_clear);

/* Take an eighth of what it has given so far, if that is worth it and there is room. */
static noinline void fill(struct io_pgtable_pool *pool, gfp_t gfp)
{
	unsigned int i, n = min(pool->given / 8, ARRAY_SIZE(pool->pages));
	unsigned long flags;

	if (n < 2)
		return;
	pool->left = compat_alloc_pages_bulk_node(gfp | __GFP_ZERO,
						  io_pgtable_nid(&pool->iop->cfg), n, pool->pages);
	local_irq_save(flags);
	for (i = 0; i < pool->left; i++)
		__io_pgtable_account(pool->pages[i], 1);
	local_irq_restore(flags);
}

/* Whoever finds others at it, or an interrupt that finds its CPU at it, does without. */
static inline struct page *take_page(struct io_pgtable_pool *pool, gfp_t gfp)
{
	struct page *page = NULL;

	if (atomic_xchg_acquire(&pool->busy, 1))
		return NULL;
	if (!pool->left)
		fill(pool, gfp);
	pool->given++;
	if (pool->left) {
		pool->left--;
		swap(page, pool->pages[pool->left]);
	}
	atomic_set_release(&pool->busy, 0);
	return page;
}

/* Memory for a table that is smaller than any page, for the walker to see */
static void *take_small(struct io_pgtable_pool *pool, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &pool->iop->cfg;
	/* The cache knows its zone. */
	void *table = kmem_cache_zalloc(pool->cache, gfp & ~GFP_ZONEMASK);

	if (!table)
		return NULL;
	if (!io_pgtable_pool_reaches(pool, table) ||
	    (!cfg->coherent_walk &&
	     !io_pgtable_make_visible(cfg->iommu_dev, table, pool->size))) {
		kmem_cache_free(pool->cache, table);
		return NULL;
	}
	/* Nothing but a physical address in another table refers to it. */
	kmemleak_ignore(table);
	return table;
}

/**
 * io_pgtable_pool_hide() - the walker no longer looks at a table that is smaller than any page
 * @pool: the pool, of a walker without coherency
 * @table: the table
 *
 * For io_pgtable_pool_free().
 *
 * Context: any.
 */
void io_pgtable_pool_hide(const struct io_pgtable_pool *pool, void *table)
{
	dma_unmap_page(pool->iop->cfg.iommu_dev, virt_to_phys(table), pool->size, DMA_TO_DEVICE);
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_hide);

/* Memory for a table that is a page, or several */
static noinline void *take_pages(struct io_pgtable_pool *pool, gfp_t gfp)
{
	const struct io_pgtable *iop = pool->iop;
	void *table = io_pgtable_alloc_pages(&iop->cfg, iop->cookie, pool->size, gfp | pool->zone);

	if (!table || io_pgtable_pool_reaches(pool, table))
		return table;
	__io_pgtable_pool_free(pool, table);
	return NULL;
}

/*
 * The reserve. A user counts the tables that are missing for what it will map, and reserves so
 * many. Whatever users map and unmap then, in whatever order, the reserve and the tables that are
 * there are together enough for all of them, since a table that goes comes into the reserve.
 */

static void put_reserved(struct io_pgtable_pool *pool, void *table)
{
	lockdep_assert_held(&pool->lock);
	*(void **)table = pool->reserve;
	pool->reserve = table;
	pool->reserved++;
}

/* Take a table out, unless that leaves less than @least. */
static void *take_reserved(struct io_pgtable_pool *pool, unsigned int least)
{
	unsigned long flags;
	void *table = NULL;

	spin_lock_irqsave(&pool->lock, flags);
	if (pool->reserved > least) {
		table = pool->reserve;
		pool->reserve = *(void **)table;
		pool->reserved--;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return table;
}

/**
 * io_pgtable_pool_keep() - put a table into the reserve that would be freed
 * @pool: the pool that has given the table
 * @table: the table, which nobody uses any more and no descriptor leads to
 *
 * It waits for a look into tables that may be at this one. Later ones do not find it.
 *
 * Context: any.
 * Return: whether the reserve has users, and the table.
 */
bool io_pgtable_pool_keep(struct io_pgtable_pool *pool, void *table)
{
	unsigned long flags;
	bool keep;

	spin_lock_irqsave(&pool->lock, flags);
	keep = pool->users;
	if (keep) {
		put_reserved(pool, table);
		pool->kept++;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return keep;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_keep);

/**
 * io_pgtable_pool_hold() - keep tables from being freed during looks
 * @pool: the tables' pool
 * @hold: whether looks begin or are over
 *
 * A look takes @pool's lock. Who frees a table stores to the descriptor that leads there before
 * it asks for holders, without a barrier: so after this all CPUs have to pass one before the first
 * look, which is left to the caller.
 *
 * Context: any where a spinlock can be taken. Nests.
 */
void io_pgtable_pool_hold(struct io_pgtable_pool *pool, bool hold)
{
	scoped_guard(spinlock_irqsave, &pool->lock)
		WRITE_ONCE(pool->holders, pool->holders + (hold ? 1 : -1));
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_hold);

/* A table for a map that may not allocate */
static noinline void *use_reserved(struct io_pgtable_pool *pool)
{
	const struct io_pgtable_cfg *cfg = &pool->iop->cfg;
	void *table = take_reserved(pool, 0);

	if (!table)
		return NULL;
	memset(table, 0, pool->size);
	if (!cfg->coherent_walk)
		dma_sync_single_for_device(cfg->iommu_dev, virt_to_phys(table), pool->size,
					   DMA_TO_DEVICE);
	return table;
}

/**
 * io_pgtable_pool_unreserve() - a user of the reserve is done
 * @pool: the pool
 * @n: what the user called io_pgtable_pool_reserve() with
 *
 * Gives back what it has not taken; with the last user, all that is left.
 *
 * Context: as io_pgtable_pool_free().
 */
void io_pgtable_pool_unreserve(struct io_pgtable_pool *pool, unsigned int n)
{
	unsigned int least = 0;
	void *table;

	scoped_guard(spinlock_irqsave, &pool->lock) {
		if (WARN_ON_ONCE(!pool->users || n > pool->wanted))
			return;
		pool->users--;
		WRITE_ONCE(pool->holders, pool->holders - 1);
		pool->wanted -= n;
		if (pool->users)
			least = pool->wanted + pool->kept;
		else
			pool->kept = 0;
	}
	while ((table = take_reserved(pool, least)))
		__io_pgtable_pool_free(pool, table);
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_unreserve);

/**
 * io_pgtable_pool_reserve() - take tables for maps that may not allocate
 * @pool: the pool
 * @n: how many; a user of none has a part in those that are unmapped
 * @gfp: how to allocate, not 0
 *
 * Context: as @gfp says. May be called on several CPUs at once.
 * Return: 0; -ENOMEM, and then none is taken.
 */
int io_pgtable_pool_reserve(struct io_pgtable_pool *pool, unsigned int n, gfp_t gfp)
{
	unsigned int i;
	void *table;

	scoped_guard(spinlock_irqsave, &pool->lock) {
		pool->users++;
		WRITE_ONCE(pool->holders, pool->holders + 1);
	}
	for (i = 0; i < n; i++) {
		table = io_pgtable_pool_alloc(pool, gfp);
		if (!table) {
			io_pgtable_pool_unreserve(pool, i);
			return -ENOMEM;
		}
		scoped_guard(spinlock_irqsave, &pool->lock) {
			pool->wanted++;
			put_reserved(pool, table);
		}
	}
	return 0;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_reserve);

/**
 * io_pgtable_pool_alloc() - memory for one of many tables
 * @pool: the tables' pool
 * @gfp: how to allocate
 *
 * What is left of pages that were taken together stays in @pool: never more than an
 * eighth of what it has given, and seven. The memory goes back with
 * io_pgtable_pool_free(). While the reserve has users, a @gfp of 0 is for a table from it.
 *
 * Context: as @gfp says. May be called on several CPUs at once.
 * Return: as io_pgtable_alloc_pages(); NULL also if it is where descriptors cannot point to.
 */
void *io_pgtable_pool_alloc(struct io_pgtable_pool *pool, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &pool->iop->cfg;
	struct page *page = NULL;

	if (unlikely(!gfp) && READ_ONCE(pool->users))
		return use_reserved(pool);
	if (pool->cache)
		return take_small(pool, gfp);
	/* Pages in the pool are anybody's, and from anywhere on their node. */
	if (pool->size == PAGE_SIZE && !cfg->alloc && !pool->reach &&
	    !(gfp & (GFP_ZONEMASK | __GFP_ACCOUNT)))
		page = take_page(pool, gfp);
	if (!page)
		return take_pages(pool, gfp);
	if (cfg->coherent_walk ||
	    io_pgtable_make_visible(cfg->iommu_dev, page_address(page), PAGE_SIZE))
		return page_address(page);
	io_pgtable_put(page, 0);
	return NULL;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_alloc);

/**
 * io_pgtable_pool_drain() - give back what is left in a pool
 * @pool: the pool; as good as new then
 *
 * Context: any where a spinlock can be taken. Nobody allocates from @pool meanwhile.
 */
void io_pgtable_pool_drain(struct io_pgtable_pool *pool)
{
	while (pool->left) {
		io_pgtable_put(pool->pages[--pool->left], 0);
		pool->pages[pool->left] = NULL;
	}
	pool->given = 0;
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_drain);
