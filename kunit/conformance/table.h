/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table under test: all that is known of it, and its address space.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_TABLE_H
#define __IO_PGTABLE_CONFORMANCE_TABLE_H

#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "suite.h"

/**
 * struct conf_page - the memory of one table
 * @table: as the CPU sees it
 * @shadow: as a walker without coherency sees it
 * @snapshot: as it was when the recorder last looked
 * @held: &enum conf_held of each descriptor
 * @pa: where it is
 * @size: bytes
 * @level: of the table, once it has been reached from the root
 * @base: first input address of the table
 * @known: it has been reached from the root, and walks may lead to it
 * @reachable: it was reached when the recorder last looked
 * @rcu: frees it
 */
struct conf_page {
	void *table;
	void *shadow;
	void *snapshot;
	u8 *held;
	u64 pa;
	size_t size;
	unsigned int level;
	u64 base;
	bool known;
	bool reachable;
	struct rcu_head rcu;
};

/**
 * struct conf_watcher - is told of what becomes of table memory
 * @look: descriptors may have changed; memory is about to be allocated or freed
 * @add: a table has got its memory, with these flags.
 *	Return: whether there was enough for watching it
 * @remove: a table is about to lose its memory
 */
struct conf_watcher {
	void (*look)(struct conf_fixture *f);
	bool (*add)(struct conf_page *page, gfp_t gfp);
	void (*remove)(struct conf_fixture *f, struct conf_page *page);
};

/**
 * struct conf_flush - one request to the TLB, or several that follow each other
 * @start: first input address
 * @last: last input address
 * @granule: of what is invalidated
 * @walk: whether table descriptors are meant too
 */
struct conf_flush {
	u64 start;
	u64 last;
	size_t granule;
	bool walk;
};

#define CONF_MAX_FLUSHES	64
#define CONF_MAX_TASKS	16

/**
 * struct conf_fixture - a table under test
 * @test: whose it is
 * @claims: of its format
 * @shape: what was asked for
 * @dev: the device that walks the table
 * @cfg: what was got
 * @ops: the table; NULL once it is freed
 * @regs: the registers, as the judge has them
 * @inside: who is inside of the format's code just now
 * @pages: memory of the tables, by physical address
 * @recent: of the pages, those that the judge has read last
 * @live: how many there are
 * @allocs: how often memory was asked for
 * @fail_nth: which of the allocations of the next call is to fail
 * @failed: it has failed
 * @shown: how often memory was mapped for the walker
 * @last_gfp: what the last one asked for
 * @first_size: size of the first allocation: the root
 * @lock: guards what follows
 * @flush: what the TLB was asked for, adjacent pages in one
 * @n_flush: how many of them
 * @n_pages: single pages asked for
 * @n_ranges: ranges of pages asked for
 * @n_walks: walks asked for
 * @n_all: everything asked for
 * @watch: watches every change of a descriptor, if set
 * @dirty_ok: the dirty state may change in place
 * @cleaning: the dirty state is being read and cleared
 * @dying: the table is being freed
 * @caller_flushes: a caller has asked not to be told what it unmaps: it invalidates everything
 * @on_alloc: called before each allocation, if set
 * @on_sync: called before memory is shown to a walker without coherency, if set
 * @on_walk: called when the driver is to invalidate a walk, if set
 * @private: of the case, for these
 * @delay: microseconds that an allocation takes at least
 */
struct conf_fixture {
	struct kunit *test;
	const struct conf_claims *claims;
	const struct conf_shape *shape;
	struct device *dev;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
	void *regs;
	struct task_struct *inside[CONF_MAX_TASKS];

	struct xarray pages;
	struct conf_page *recent[4];
	atomic_t live;
	atomic_t allocs;
	int fail_nth;
	bool failed;
	atomic_t shown;
	gfp_t last_gfp;
	size_t first_size;

	spinlock_t lock;	/* of the next six */
	struct conf_flush flush[CONF_MAX_FLUSHES];
	unsigned int n_flush;
	unsigned long n_pages;
	unsigned long n_ranges;
	unsigned long n_walks;
	unsigned long n_all;

	const struct conf_watcher *watch;
	bool dirty_ok;
	bool cleaning;
	bool dying;
	bool caller_flushes;
	void (*on_alloc)(struct conf_fixture *f);
	void (*on_sync)(struct conf_fixture *f);
	void (*on_walk)(struct conf_fixture *f);
	void *private;
	unsigned int delay;
};

/*
 * The address space: size, bounds, page sizes, and how tables divide it. Operations take
 * input addresses as an unsigned long. In a kernel of 32 bits they reach the first 4 GiB of
 * a larger table, so its upper levels have one descriptor in use each.
 */
unsigned int conf_input_bits(const struct conf_fixture *f);
u64 conf_space(const struct conf_fixture *f);
u64 conf_base(const struct conf_fixture *f);
u64 conf_last(const struct conf_fixture *f);
u64 conf_pgsize(const struct conf_fixture *f, unsigned int n);
unsigned int conf_num_pgsizes(const struct conf_fixture *f);
unsigned int conf_granule_bits(const struct conf_fixture *f);
unsigned int conf_level_of(struct conf_fixture *f, u64 size);
u64 conf_entry_size(struct conf_fixture *f, u64 size);
bool conf_is_group(struct conf_fixture *f, u64 size);
bool conf_splits(struct conf_fixture *f, u64 large, u64 small);
u64 conf_next_split(struct conf_fixture *f, unsigned int *i);
u64 conf_next_kept(struct conf_fixture *f, unsigned int *i);
u64 conf_span(struct conf_fixture *f, u64 size);
u64 conf_some_pa(struct conf_fixture *f, u64 size);
struct conf_result conf_walk(struct conf_fixture *f, u64 iova);

#endif /* __IO_PGTABLE_CONFORMANCE_TABLE_H */
