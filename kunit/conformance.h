/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance suites: what every page table format has to do, for any that is
 * registered, ours or a third party's. A module of suites says what its format
 * claims (&struct pt_claims) and picks the groups of cases that it is held to:
 *
 *	static const struct pt_shape shapes[] = {
 *		{ "4k_40", VENDOR_FMT, SZ_4K | SZ_2M, 40, 40 },
 *		{ }
 *	};
 *	static const struct pt_claims vendor = { .shapes = shapes };
 *	static const struct kunit_case *const groups[] = {
 *		conformance_mapping, conformance_errors, NULL
 *	};
 *	conformance_module(vendor, groups);
 *
 * Tables are made through the public API. What is in them is judged by a walker of
 * the format (&struct pt_judge), for every range that a case maps and around it;
 * without one, by iova_to_phys() alone. Their memory is accounted for, the driver
 * is one that records what its TLB is asked for, and a recorder watches how
 * descriptors change.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_H
#define __IO_PGTABLE_CONFORMANCE_H

#include <kunit/test.h>
#include <linux/init.h>
#include <linux/io-pgtable.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "compat.h"

#define PROT_RW		(IOMMU_READ | IOMMU_WRITE)
#define PROT_SOME	(PROT_RW | IOMMU_CACHE | IOMMU_NOEXEC)

struct pt_fixture;

/* Rows of a table for what an unsigned long of 64 bits can hold, and for one of 32 bits */
#ifdef CONFIG_64BIT
#define ROWS_ON_64BIT(...)	__VA_ARGS__,
#define ROWS_ON_32BIT(...)
#else
#define ROWS_ON_64BIT(...)
#define ROWS_ON_32BIT(...)	__VA_ARGS__,
#endif

/*
 * What a format claims
 */

/**
 * struct pt_shape - a kind of table
 * @name: for the reader
 * @fmt: format, unless it has a name: &pt_claims.format
 * @pgsizes: &io_pgtable_cfg.pgsize_bitmap, which has only those that fit into an
 *	unsigned long
 * @ias: &io_pgtable_cfg.ias
 * @oas: &io_pgtable_cfg.oas
 * @quirks: &io_pgtable_cfg.quirks
 * @noncoherent: the walker does not snoop
 */
struct pt_shape {
	const char *name;
	enum io_pgtable_fmt fmt;
	u64 pgsizes;
	unsigned int ias;
	unsigned int oas;
	unsigned long quirks;
	bool noncoherent;
};

/**
 * struct pt_claims - what a format claims
 * @shapes: kinds of tables that it can make, to a nameless one
 * @format: its name, "vendor,format", NULL if it has a number
 * @format_cfg_size: &io_pgtable_cfg.format_cfg_size; what is there is zeroed
 * @judge: who reads its tables, NULL if nobody can
 * @custom_allocator: it takes table memory from the driver
 * @table_sizes: if it does not: all sizes that its tables have, in bytes, one bit
 *	each. They are told from other memory by that, and by being zeroed.
 * @stops_at_tables: a call maps and unmaps to the end of a table, and no further
 * @no_pages: what mapping no pages is: 0 or -EINVAL
 * @trusts_callers: nobody maps over a mapping or unmaps where there is none; it
 *	warns if somebody does
 * @splits_blocks: part of a block can be unmapped; if not, it is refused
 */
struct pt_claims {
	const struct pt_shape *shapes;
	const char *format;
	size_t format_cfg_size;
	const struct pt_judge *judge;
	bool custom_allocator;
	unsigned long table_sizes;
	bool stops_at_tables;
	int no_pages;
	bool trusts_callers;
	bool splits_blocks;
};

/**
 * struct pt_mapping - what should be found at an address
 * @pa: output address
 * @size: of the leaf entry; 0 if that does not matter
 * @prot: IOMMU_*
 */
struct pt_mapping {
	u64 pa;
	u64 size;
	int prot;
};

/**
 * enum pt_fault - what came of a walk
 * @PT_FOUND: a translation
 * @PT_NOTHING: no valid descriptor, or an input address out of range
 * @PT_WRONG: anything else: a reserved value, a table that is not there
 */
enum pt_fault {
	PT_FOUND,
	PT_NOTHING,
	PT_WRONG,
};

/**
 * struct pt_result - what a walk found
 * @fault: whether it is a translation
 * @level: of the last descriptor
 * @desc: the last descriptor
 * @desc_pa: where it is
 * @size: bytes of input addresses that it is for
 * @pa: output address
 * @dirty: it says that something was written
 */
struct pt_result {
	enum pt_fault fault;
	unsigned int level;
	u64 desc;
	u64 desc_pa;
	u64 size;
	u64 pa;
	bool dirty;
};

enum pt_kind {
	PT_INVALID,
	PT_LEAF,
	PT_TABLE,
};

/**
 * struct pt_judge - a walker of a format, that shares nothing with it
 * @desc_size: bytes of a descriptor, 4 or 8
 * @last_level: levels count up to this one
 * @registers: read what the driver would program from &pt_fixture.cfg.
 *	Return: that, for &pt_fixture.regs, allocated with kunit_kzalloc()
 * @complaint: Return: what is wrong with the registers, NULL if nothing is
 * @walk: translate an address
 * @holds: translate an address, and compare with what should be there down to
 *	the last bit of the descriptor: &pt_mapping.pa is that of the address
 * @root: Return: physical address of the first table
 * @start_level: Return: its level
 * @shift: Return: input address bits below those that a level resolves
 * @kind: Return: what a descriptor of a level is; *table is the physical address
 *	that a table descriptor holds
 * @can_be_neighbours: Return: whether a table of a level can have a descriptor and
 *	another one at the next index: of several that are one leaf entry together
 *	all are there; NULL if there are none such
 * @may_change: Return: bits that may change in a live descriptor
 * @hardware_writes: do to a descriptor what an MMU with dirty tracking does when
 *	its device writes
 */
struct pt_judge {
	unsigned int desc_size;
	unsigned int last_level;
	void *(*registers)(struct pt_fixture *f);
	const char *(*complaint)(struct pt_fixture *f);
	struct pt_result (*walk)(struct pt_fixture *f, u64 iova);
	bool (*holds)(struct pt_fixture *f, u64 iova, const struct pt_mapping *m);
	u64 (*root)(struct pt_fixture *f);
	unsigned int (*start_level)(struct pt_fixture *f);
	unsigned int (*shift)(struct pt_fixture *f, unsigned int level);
	enum pt_kind (*kind)(struct pt_fixture *f, unsigned int level, u64 desc,
			     u64 *table);
	bool (*can_be_neighbours)(struct pt_fixture *f, unsigned int level,
				  unsigned int i, u64 desc, u64 next);
	u64 (*may_change)(struct pt_fixture *f);
	void (*hardware_writes)(struct pt_fixture *f, u64 iova);
};

/*
 * Cases
 */

/*
 * The shapes that a case is run with: all; those with blocks; those where parts of blocks
 * or groups can be unmapped: any, only blocks, without and with a break before the make;
 * those where parts of blocks cannot; walkers that do not snoop; dirty tracking by
 * hardware, also where blocks are split; no dirty tracking. Cases without a shape are not
 * run.
 */
GEN_PARAMS(conformance_all);
GEN_PARAMS(conformance_blocks);
GEN_PARAMS(conformance_splits_blocks);
GEN_PARAMS(conformance_splits_into_tables);
GEN_PARAMS(conformance_splits_without_break);
GEN_PARAMS(conformance_splits_by_break);
GEN_PARAMS(conformance_keeps_blocks);
GEN_PARAMS(conformance_nc);
GEN_PARAMS(conformance_hd);
GEN_PARAMS(conformance_hd_splits_blocks);
GEN_PARAMS(conformance_no_hd);

bool conformance_has_blocks(const struct pt_shape *shape);
bool conformance_has_groups(const struct pt_shape *shape);
const void *conformance_next(const void *prev, char *desc,
			     bool (*is_meant)(const struct pt_shape *shape));

#define CONFORMANCE_CASE(_case, _which) \
	KUNIT_CASE_PARAM(_case, conformance_##_which)

#define CONFORMANCE_SLOW_CASE(_case, _which) \
	KUNIT_CASE_PARAM_ATTR(_case, conformance_##_which, { .speed = KUNIT_SPEED_SLOW })

/*
 * Groups of cases, that a format is held to or not
 */

/* What goes in comes out, and nothing else does; mappings, holes, boundaries. */
extern const struct kunit_case conformance_mapping[];
/* Several page sizes in one table */
extern const struct kunit_case conformance_page_sizes[];
/* pgtable_walk shows what is in memory: 64-bit descriptors at up to four levels. */
extern const struct kunit_case conformance_walk[];
/* One call for what takes several page sizes, in pages as large as can be */
extern const struct kunit_case conformance_ranges[];
/* Bad arguments are refused with the right error, and leave no trace. */
extern const struct kunit_case conformance_errors[];
/* Part of a block is unmapped, or is not. */
extern const struct kunit_case conformance_splits[];
/* What the TLB is asked for, and when; the same for tables that go; and by ranges */
extern const struct kunit_case conformance_tlb[];
extern const struct kunit_case conformance_tlb_of_tables[];
extern const struct kunit_case conformance_tlb_ranges[];
/* Dirty tracking by hardware, or none */
extern const struct kunit_case conformance_dirty[];
extern const struct kunit_case conformance_not_dirty[];
/* Allocations that fail, one after the other; what is freed, and how */
extern const struct kunit_case conformance_memory[];
extern const struct kunit_case conformance_memory_of_tables[];
/* Walkers without coherency see what the CPU sees. */
extern const struct kunit_case conformance_noncoherent[];
/* Random sequences against a model */
extern const struct kunit_case conformance_random[];
/* Several CPUs at once; the same for parts of a block */
extern const struct kunit_case conformance_races[];
extern const struct kunit_case conformance_split_races[];

#define CONFORMANCE_MAX_CASES	100

int conformance_fill(struct kunit_case *cases, char *module,
		     const struct pt_claims *claims,
		     const struct kunit_case *const *groups);
int conformance_suite_init(struct kunit_suite *suite,
			   const struct pt_claims *claims);

/**
 * conformance_suite() - a suite of a format's own cases
 * @__name: of the suite, a string
 * @__claims: the &struct pt_claims
 * @__cases: array of &struct kunit_case
 *
 * The suite runs when the module is loaded.
 */
#define conformance_suite(__name, __claims, __cases)			\
static const struct pt_claims *const __cases##_claims = &(__claims);	\
static int __cases##_suite_init(struct kunit_suite *suite)		\
{									\
	return conformance_suite_init(suite, __cases##_claims);		\
}									\
static struct kunit_suite __cases##_suite = {				\
	.name = __name,							\
	.suite_init = __cases##_suite_init,				\
	.test_cases = __cases,						\
};									\
kunit_test_suite(__cases##_suite)

/**
 * conformance_module() - a module's suite, and its init
 * @__claims: the &struct pt_claims
 * @__groups: array of groups of cases, to a NULL
 *
 * The suite runs when the module is loaded. A module can have others beside it:
 * conformance_suite().
 */
#define conformance_module(__claims, __groups)				\
static struct kunit_case __claims##_cases[CONFORMANCE_MAX_CASES];	\
conformance_suite("io-pgtable-" #__claims, __claims, __claims##_cases);	\
static int __init __claims##_module_init(void)				\
{									\
	return conformance_fill(__claims##_cases, KBUILD_MODNAME,	\
				__claims##_cases_claims, __groups);	\
}									\
module_init(__claims##_module_init);					\
static void __exit __claims##_module_exit(void)				\
{									\
}									\
module_exit(__claims##_module_exit)

/*
 * Tables under test
 */

/**
 * struct pt_page - the memory of one table
 * @table: as the CPU sees it
 * @shadow: as a walker without coherency sees it
 * @snapshot: as it was when the recorder last looked
 * @unflushed: descriptors that became invalid, and may still be in a TLB
 * @pa: where it is
 * @size: bytes
 * @level: of the table, once it has been reached from the root
 * @base: first input address of the table
 * @linked: it has been reached from the root
 * @reachable: it was, when the recorder last looked
 * @flushed: its range was invalidated after it could not be reached any more
 * @rcu: frees it
 */
struct pt_page {
	void *table;
	void *shadow;
	void *snapshot;
	unsigned long *unflushed;
	u64 pa;
	size_t size;
	unsigned int level;
	u64 base;
	bool linked;
	bool reachable;
	bool flushed;
	struct rcu_head rcu;
};

/**
 * struct pt_flush - one request to the TLB, or several that follow each other
 * @start: first input address
 * @last: last input address
 * @granule: of what is invalidated
 * @walk: whether table descriptors are meant too
 */
struct pt_flush {
	u64 start;
	u64 last;
	size_t granule;
	bool walk;
};

#define PT_MAX_FLUSHES	64
#define PT_MAX_TASKS	8

/**
 * struct pt_fixture - a table under test
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
 * @watch: watch every change of a descriptor
 * @dirty_ok: the dirty state may change in place
 * @cleaning: the dirty state is being read and cleared
 * @dying: the table is being freed
 * @on_alloc: called before each allocation, if set
 * @on_walk: called when the driver is to invalidate a walk, if set
 * @private: of the case, for the two
 * @delay: microseconds that an allocation takes at least
 */
struct pt_fixture {
	struct kunit *test;
	const struct pt_claims *claims;
	const struct pt_shape *shape;
	struct device *dev;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
	void *regs;
	struct task_struct *inside[PT_MAX_TASKS];

	struct xarray pages;
	struct pt_page *recent[4];
	atomic_t live;
	atomic_t allocs;
	int fail_nth;
	bool failed;
	atomic_t shown;
	gfp_t last_gfp;
	size_t first_size;

	spinlock_t lock;	/* of the next six */
	struct pt_flush flush[PT_MAX_FLUSHES];
	unsigned int n_flush;
	unsigned long n_pages;
	unsigned long n_ranges;
	unsigned long n_walks;
	unsigned long n_all;

	bool watch;
	bool dirty_ok;
	bool cleaning;
	bool dying;
	void (*on_alloc)(struct pt_fixture *f);
	void (*on_walk)(struct pt_fixture *f);
	void *private;
	unsigned int delay;
};

struct pt_fixture *pt_fixture_alloc(struct kunit *test,
				    const struct pt_shape *shape);
void pt_hear_ranges(struct pt_fixture *f);
void pt_hear_no_walks(struct pt_fixture *f);
struct io_pgtable_ops *pt_alloc_table(const struct pt_shape *shape,
				      struct io_pgtable_cfg *cfg, void *cookie);
int pt_fixture_make(struct pt_fixture *f);
struct pt_fixture *pt_fixture(struct kunit *test, const struct pt_shape *shape);
void pt_fixture_free(struct pt_fixture *f);

/*
 * The address space: size, bounds, page sizes, and how tables divide it. Operations take
 * input addresses as an unsigned long. In a kernel of 32 bits they reach the first 4 GiB of
 * a larger table, so its upper levels have one descriptor in use each.
 */
unsigned int pt_input_bits(const struct pt_fixture *f);
u64 pt_space(const struct pt_fixture *f);
u64 pt_base(const struct pt_fixture *f);
u64 pt_last(const struct pt_fixture *f);
u64 pt_pgsize(const struct pt_fixture *f, unsigned int n);
unsigned int pt_num_pgsizes(const struct pt_fixture *f);
unsigned int pt_granule_bits(const struct pt_fixture *f);
unsigned int pt_level_of(struct pt_fixture *f, u64 size);
u64 pt_entry_size(struct pt_fixture *f, u64 size);
bool pt_is_group(struct pt_fixture *f, u64 size);
bool pt_splits(struct pt_fixture *f, u64 large, u64 small);
u64 pt_next_split(struct pt_fixture *f, unsigned int *i);
u64 pt_next_kept(struct pt_fixture *f, unsigned int *i);
u64 pt_span(struct pt_fixture *f, u64 size);
u64 pt_some_pa(struct pt_fixture *f, u64 size);

/* Operations. The first three are what the format has, nothing else. */
int pt_map_pages(struct pt_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
		 int prot, gfp_t gfp, size_t *mapped);
size_t pt_unmap_pages(struct pt_fixture *f, u64 iova, u64 size, size_t count,
		      struct iommu_iotlb_gather *gather);
u64 pt_iova_to_phys(struct pt_fixture *f, u64 iova);
int pt_map(struct pt_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
	   int prot, size_t *mapped);
size_t pt_unmap(struct pt_fixture *f, u64 iova, u64 size, size_t count);
void pt_map_ok(struct pt_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
	       int prot);
void pt_unmap_ok(struct pt_fixture *f, u64 iova, u64 size, size_t count);
void pt_unmap_rest(struct pt_fixture *f, u64 iova, u64 bytes, u64 hole, u64 size,
		   size_t count);

/* Judging */
struct pt_result pt_walk(struct pt_fixture *f, u64 iova);
bool pt_holds(struct pt_fixture *f, u64 iova, const struct pt_mapping *m);
void pt_expect_pages(struct pt_fixture *f, u64 iova, u64 pa, u64 size,
		     size_t count, int prot);
void pt_expect_mapped(struct pt_fixture *f, u64 iova, u64 pa, u64 bytes, int prot);
void pt_expect_hole(struct pt_fixture *f, u64 iova, u64 size);
void pt_expect_hole_around(struct pt_fixture *f, u64 iova, u64 bytes);

/* The memory of the tables */
struct pt_page *pt_find_page(struct pt_fixture *f, u64 pa);
u64 pt_read_desc(const struct pt_fixture *f, const void *table, unsigned int i);
bool pt_read(struct pt_fixture *f, u64 pa, u64 *desc);
void *pt_view(const struct pt_page *page);
void *pt_desc(struct pt_fixture *f, u64 iova);
void pt_trace(struct pt_fixture *f);
void pt_untrace(struct pt_fixture *f);
void pt_enter(struct pt_fixture *f);
void pt_leave(struct pt_fixture *f);
bool pt_sees_syncs(void);
bool pt_sees_tables(const struct pt_fixture *f);
bool pt_can_fail(const struct pt_fixture *f);
long pt_node_pages(enum node_stat_item item);
void **pt_leave_dirt(struct kunit *test, unsigned int n);
void *pt_custom_alloc(void *cookie, size_t size, gfp_t gfp);
void pt_custom_free(void *cookie, void *pages, size_t size);

/* The recorder */
void pt_watch(struct pt_fixture *f);
void pt_look(struct pt_fixture *f);
void pt_forget(struct pt_fixture *f);
void pt_invalidate(struct pt_fixture *f, u64 start, u64 last, bool walk);
bool pt_flushed(struct pt_fixture *f, u64 iova, u64 size);
bool pt_walk_flushed(struct pt_fixture *f, u64 iova, u64 size);
size_t pt_count_leaves(struct pt_fixture *f);

#endif /* __IO_PGTABLE_CONFORMANCE_H */
