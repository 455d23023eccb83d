// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the tables of one page table, see pool.h.
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

/* GFP zone for addresses below 4 GiB. ZONE_DMA instead, if the kernel has no ZONE_DMA32. */
#ifdef CONFIG_ZONE_DMA32
#define GFP_LOW		__GFP_DMA32
#define SLAB_LOW	SLAB_CACHE_DMA32
#else
#define GFP_LOW		__GFP_DMA
#define SLAB_LOW	SLAB_CACHE_DMA
#endif

/* Caches for tables smaller than a page, by log2 of their size: any address, below 4 GiB */
static struct kmem_cache *small_tables[12][2];
static DEFINE_MUTEX(small_tables_lock);

/* The cache for tables of @size bytes, below 4096. It is kept until this module is unloaded. */
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

/* modprobe loads this module before a format's module, while a caller waits for the format. */
static int __init lib_init(void)
{
	io_pgtable_wait_for_no_async_work();
	return 0;
}
module_init(lib_init);

/* kmem_cache_destroy() ignores caches that are NULL. */
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
 * io_pgtable_pool_init() - initialize a pool
 * @pool: the pool, zeroed
 * @iop: the page table, whose configuration and cookie are set
 * @size: size of each table in bytes, a multiple of 256
 * @reach: number of address bits that descriptors and registers can hold; 0: no limit
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
		dev_err(dev, "address %#llx of table memory is too large for descriptors\n", paddr);
	else
		pr_err("address %#llx of table memory is too large for descriptors\n", paddr);
}

/**
 * io_pgtable_pool_reaches() - whether descriptors can hold the address of a table
 * @pool: the pool that the table was allocated from
 * @table: the table
 *
 * Logs an error if they cannot.
 *
 * Context: any.
 * Return: whether descriptors can hold the address.
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
 * io_pgtable_pool_is_clear() - whether all descriptors of a table are 0
 * @pool: the pool that the table was allocated from
 * @table: the table
 *
 * Plain loads are sufficient, since a walker does not change descriptors that are 0.
 *
 * Context: any.
 * Return: whether all descriptors are 0.
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

/* Allocate an eighth of the number of tables given so far, if that is 2 pages or more. */
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

/* Returns NULL if another CPU uses the pages, or the code that an interrupt has interrupted. */
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

/* Allocate a table smaller than a page, and make it visible to the walker */
static void *take_small(struct io_pgtable_pool *pool, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &pool->iop->cfg;
	/* The cache has its own zone. */
	void *table = kmem_cache_zalloc(pool->cache, gfp & ~GFP_ZONEMASK);

	if (!table)
		return NULL;
	if (!io_pgtable_pool_reaches(pool, table) ||
	    (!cfg->coherent_walk &&
	     !io_pgtable_make_visible(cfg->iommu_dev, table, pool->size))) {
		kmem_cache_free(pool->cache, table);
		return NULL;
	}
	/* Only a physical address in another table refers to this table. */
	kmemleak_ignore(table);
	return table;
}

/**
 * io_pgtable_pool_hide() - unmap a table smaller than a page from the walker's view of memory
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

/* Allocate a table of one or several pages */
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
 * The reserve. A user counts the tables that are missing for what it will map, and reserves this
 * number of tables. A table that is removed is added to the reserve. So the reserve and the
 * existing tables together are enough for all users, in whatever order they map and unmap.
 */

static void put_reserved(struct io_pgtable_pool *pool, void *table)
{
	lockdep_assert_held(&pool->lock);
	*(void **)table = pool->reserve;
	pool->reserve = table;
	pool->reserved++;
}

/* Take a table from the reserve, unless fewer than @least tables would remain. */
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
 * io_pgtable_pool_keep() - put a table into the reserve instead of freeing it
 * @pool: the pool that the table was allocated from
 * @table: the table, which is unused and which no descriptor points to
 *
 * Waits for a reader that may be reading the table. Later readers do not find the table.
 *
 * Context: any.
 * Return: true if the reserve has users, and the table is now in the reserve.
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
 * io_pgtable_pool_hold() - protect tables from being freed while readers read them
 * @pool: the tables' pool
 * @hold: true when reading begins, false when it ends
 *
 * A reader takes @pool's lock. A CPU that frees a table first clears the descriptor that points
 * to the table, then reads the number of holders, with no barrier in between. So after this
 * function, all CPUs must execute a barrier before the first reader takes the lock. The caller
 * ensures this.
 *
 * Context: any context where a spinlock can be taken. Nests.
 */
void io_pgtable_pool_hold(struct io_pgtable_pool *pool, bool hold)
{
	scoped_guard(spinlock_irqsave, &pool->lock)
		WRITE_ONCE(pool->holders, pool->holders + (hold ? 1 : -1));
}
EXPORT_SYMBOL_GPL(io_pgtable_pool_hold);

/* A table for a map that must not allocate */
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
 * io_pgtable_pool_unreserve() - end a user's use of the reserve
 * @pool: the pool
 * @n: what the user called io_pgtable_pool_reserve() with
 *
 * Frees the tables that the user has not taken. The last user's call frees all that are left.
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
		WRITE_ONCE(pool->users, pool->users - 1);
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
 * io_pgtable_pool_reserve() - allocate tables for maps that must not allocate
 * @pool: the pool
 * @n: number of tables; a user of 0 tables may use tables that are unmapped later
 * @gfp: how to allocate, not 0
 *
 * Context: as @gfp says. May be called on several CPUs at once.
 * Return: 0; -ENOMEM if nothing was reserved for lack of memory.
 */
int io_pgtable_pool_reserve(struct io_pgtable_pool *pool, unsigned int n, gfp_t gfp)
{
	unsigned int i;
	void *table;

	scoped_guard(spinlock_irqsave, &pool->lock) {
		WRITE_ONCE(pool->users, pool->users + 1);
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
 * io_pgtable_pool_alloc() - allocate the memory of one table
 * @pool: the pool
 * @gfp: how to allocate
 *
 * Unused pages of a bulk allocation stay in @pool: at most an eighth of the number of tables that
 * @pool has given, and at most seven. The memory is freed with io_pgtable_pool_free(). While the
 * reserve has users, a @gfp of 0 takes a table from the reserve.
 *
 * Context: as @gfp says. May be called on several CPUs at once.
 * Return: as io_pgtable_alloc_pages(); also NULL if descriptors cannot hold the table's address.
 */
void *io_pgtable_pool_alloc(struct io_pgtable_pool *pool, gfp_t gfp)
{
	const struct io_pgtable_cfg *cfg = &pool->iop->cfg;
	struct page *page = NULL;

	if (unlikely(!gfp) && READ_ONCE(pool->users))
		return use_reserved(pool);
	if (pool->cache)
		return take_small(pool, gfp);
	/* Pages in the pool belong to no cgroup, and come from any zone of their node. */
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
 * io_pgtable_pool_drain() - free the unused pages of a pool
 * @pool: the pool; as after io_pgtable_pool_init() then
 *
 * Context: any context where a spinlock can be taken. @pool must not be in use meanwhile.
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
