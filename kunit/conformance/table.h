/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table under test, and its address space
 */
#ifndef __IO_PGTABLE_CONFORMANCE_TABLE_H
#define __IO_PGTABLE_CONFORMANCE_TABLE_H

#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "suite.h"

/**
 * struct conf_page - the memory of one table
 * @table: contents as the CPU sees them
 * @shadow: contents as a walker that does not snoop sees them
 * @snapshot: contents at the last look of the recorder
 * @held: &enum conf_held of each descriptor
 * @pa: physical address
 * @size: bytes
 * @level: level of the table, once the recorder has reached it from the root
 * @base: first input address of the table
 * @known: the recorder has reached the table from the root, and cached walks may lead to it
 * @reachable: the recorder has reached the table at its last look
 * @rcu: for freeing this record
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
 * struct conf_watcher - functions that are called for changes of table memory
 * @look: descriptors may have changed; or memory is about to be allocated or freed
 * @add: a table has been allocated with these flags.
 *	Return: whether there was enough memory to watch the table
 * @remove: a table is about to be freed
 */
struct conf_watcher {
	void (*look)(struct conf_fixture *f);
	bool (*add)(struct conf_page *page, gfp_t gfp);
	void (*remove)(struct conf_fixture *f, struct conf_page *page);
};

/**
 * struct conf_flush - one request for a TLB invalidation, or several for adjacent addresses
 * @start: first input address
 * @last: last input address
 * @granule: size of the leaves that are invalidated
 * @walk: whether table descriptors are invalidated, too
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
 * @test: the case that uses the table
 * @claims: claims of the format
 * @shape: the kind of table that was requested
 * @dev: the device that walks the table
 * @cfg: configuration of the table
 * @ops: the table; NULL once it is freed
 * @regs: the registers, as the judge has them
 * @inside: tasks that are in a call of the format
 * @pages: records of the memory of the tables, by physical address
 * @recent: records that the judge has read last
 * @live: number of records in @pages
 * @allocs: number of allocations
 * @fail_nth: number of the allocation in the next call that will fail
 * @failed: the allocation has failed
 * @shown: how often memory was mapped for the walker
 * @last_gfp: flags of the last allocation
 * @first_size: size of the first allocation, which is the root
 * @lock: guards @flush to @n_all
 * @flush: requests for TLB invalidations; requests for adjacent pages are merged
 * @n_flush: number of entries in @flush
 * @n_pages: number of requests for single pages
 * @n_ranges: number of requests for ranges of pages
 * @n_walks: number of requests for walks
 * @n_all: number of requests to invalidate everything
 * @watch: watches every change of a descriptor, if set
 * @dirty_ok: the dirty state may change in place
 * @cleaning: the dirty state is being read and cleared
 * @dying: the table is being freed
 * @caller_flushes: the caller invalidates everything, and wants no requests for what it unmaps
 * @on_alloc: called before each allocation, if set
 * @on_sync: called before memory is cleaned for a walker that does not snoop, if set
 * @on_walk: called when the driver should invalidate a walk, if set
 * @private: data of the case, for these three functions
 * @delay: minimum duration of an allocation in microseconds
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

	spinlock_t lock;	/* guards the next six members */
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
 * input addresses as an unsigned long. In a 32-bit kernel these reach only the first 4 GiB of a
 * larger table, so each table of the upper levels has only one descriptor in use.
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
