/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measuring io-pgtable formats through their public API, so that one source
 * serves every kernel.
 */
#ifndef IO_PGTABLE_BENCH_H
#define IO_PGTABLE_BENCH_H

#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/types.h>

#ifndef IO_PGTABLE_HAS_TLB_ADD_RANGE
/* Drivers of the kernel's own call its tables by pointer. */
static inline int io_pgtable_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
				       phys_addr_t paddr, size_t pgsize, size_t pgcount,
				       int prot, gfp_t gfp, size_t *mapped)
{
	return ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

static inline size_t io_pgtable_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
					    size_t pgsize, size_t pgcount,
					    struct iommu_iotlb_gather *gather)
{
	return ops->unmap_pages(ops, iova, pgsize, pgcount, gather);
}

static inline phys_addr_t io_pgtable_iova_to_phys(struct io_pgtable_ops *ops,
						  unsigned long iova)
{
	return ops->iova_to_phys(ops, iova);
}
#endif

#ifdef IO_PGTABLE_HAS_MAP_RANGE
#define BENCH_RANGES	1
#else
/* Drivers of the kernel's own choose page sizes by hand. */
#define BENCH_RANGES	0
static inline int io_pgtable_map_range(struct io_pgtable_ops *ops, unsigned long iova,
				       phys_addr_t paddr, size_t size, int prot, gfp_t gfp,
				       size_t *mapped)
{
	return -EOPNOTSUPP;
}

static inline size_t io_pgtable_unmap_range(struct io_pgtable_ops *ops, unsigned long iova,
					    size_t size, struct iommu_iotlb_gather *gather)
{
	return 0;
}
#endif

#define BENCH_PROT	(IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE)

/* How often each operation is timed, and how many times before that it is not. */
#define BENCH_SAMPLES	5
#define BENCH_WARM_UP	2

/* The most descriptors that a limit stores: 512 large pages of 16 each. */
#define BENCH_DESCRIPTORS	8192
#define BENCH_TABLES		512

/* How the driver wants to hear of pages that are gone. */
enum bench_tlb {
	BENCH_PER_PAGE,	/* a callback for each */
	BENCH_RANGE,	/* one for all, where the kernel has such a callback */
	BENCH_QUEUED,	/* not at all: it invalidates everything later */
	BENCH_TLBS,
};

struct bench_api;

/**
 * struct bench_format - what is measured
 * @name: for the report
 * @fmt: its number
 * @ias: input address size in bits
 * @oas: output address size in bits
 * @page: smallest page
 * @span: what a table of such pages translates: the next size
 * @other: more page sizes, one bit each
 * @descriptor: bytes
 * @sixteen: page sizes that take sixteen descriptors
 * @contig: these are contiguous groups; only they are measured
 * @api: what it is used through if it is none of io-pgtable's, or NULL
 */
struct bench_format {
	const char *name;
	enum io_pgtable_fmt fmt;
	unsigned int ias;
	unsigned int oas;
	size_t page;
	size_t span;
	unsigned long other;
	size_t descriptor;
	unsigned long sixteen;
	bool contig;
	const struct bench_api *api;
};

/**
 * struct bench_table - a page table, as its driver sees it
 * @format: its format
 * @api: what it is used through
 * @tlb: how it hears of unmapped pages
 * @dev: the device that walks it
 * @cfg: its configuration
 * @pt: the table: for the API
 * @gather: for unmaps
 * @pages: bytes of pages of which the driver heard that they are gone
 * @walks: how often it heard that tables are gone
 */
struct bench_table {
	const struct bench_format *format;
	const struct bench_api *api;
	enum bench_tlb tlb;
	struct device *dev;
	struct io_pgtable_cfg cfg;
	void *pt;
	struct iommu_iotlb_gather gather;
	size_t pages;
	unsigned int walks;
};

/**
 * struct bench_work - what a timed function works on
 * @table: the table
 * @iova: first input address
 * @paddr: first output address
 * @pgsize: of each page
 * @count: how many
 * @pieces: how many of them are a page for the report, where the kernel has none so large
 * @stride: from one page to the next where they are mapped one by one
 * @descriptors: of the limit: to store
 * @tables: of the limit: to allocate or to free
 * @callbacks: of the limit: pages to tell the driver of
 * @walks: of the limit: walks to tell the driver of
 * @levels: of the limit: to look at
 */
struct bench_work {
	struct bench_table *table;
	unsigned long iova;
	phys_addr_t paddr;
	size_t pgsize;
	size_t count;
	size_t pieces;
	size_t stride;
	unsigned int descriptors;
	unsigned int tables;
	unsigned int callbacks;
	unsigned int walks;
	unsigned int levels;
};

/* A timed function; an error ends everything. */
typedef int (*bench_fn)(const struct bench_work *work);

/**
 * struct bench_api - how tables are used
 * @alloc: what a new table's @pt is to be, or NULL
 * @free: free what @alloc gave
 * @map: timed: map pages, as the IOMMU core does
 * @unmap: timed: unmap them
 * @map_range: timed: map what takes several page sizes, in one call if there is one for that
 * @unmap_range: timed: unmap it
 * @look_up: timed: look an address up
 * @alloc_and_free: timed: a table
 * @translate: look an address up
 * @told: bytes of pages of which the driver heard that they are gone
 */
struct bench_api {
	void *(*alloc)(struct bench_table *table);
	void (*free)(void *pt);
	bench_fn map;
	bench_fn unmap;
	bench_fn map_range;
	bench_fn unmap_range;
	bench_fn look_up;
	bench_fn alloc_and_free;
	phys_addr_t (*translate)(const struct bench_table *table, unsigned long iova);
	size_t (*told)(const struct bench_table *table);
};

extern const struct bench_api bench_generic_x86_64, bench_generic_amdv1;

int bench_time(bench_fn fn, const struct bench_work *work, bool may_sleep, u32 *instructions);

int bench_limit_init(struct device *dev);
void bench_limit_exit(void);
int bench_limit_map(const struct bench_work *work);
int bench_limit_unmap(const struct bench_work *work);
int bench_limit_lookup(const struct bench_work *work);
int bench_limit_alloc_free(const struct bench_work *work);

extern const unsigned int bench_formats;
const struct bench_format *bench_format_at(unsigned int index);
extern bool bench_only_ranges;
int bench_run_format(unsigned int index, struct device *dev, bool coherent);
int bench_run_loops(struct device *dev);

/* What a thread does in its range of a table: see bench_use_range(). */
enum bench_shared_op { BENCH_PAGE, BENCH_PAGES, BENCH_TABLE };

struct bench_shared;

struct bench_shared *bench_share(unsigned int index);
void bench_unshare(struct bench_shared *s);
const char *bench_shared_name(const struct bench_shared *s);
int bench_use_range(const struct bench_shared *s, unsigned int n, enum bench_shared_op op,
		    unsigned int rounds);

#endif
