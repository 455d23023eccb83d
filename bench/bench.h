/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measures io-pgtable formats through the public API, so that every kernel can build the same
 * source.
 */
#ifndef IO_PGTABLE_BENCH_H
#define IO_PGTABLE_BENCH_H

#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/types.h>

#ifndef IO_PGTABLE_HAS_TLB_ADD_RANGE
/* In such a kernel drivers call tables by pointer. */
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
/* In such a kernel drivers choose page sizes themselves. */
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

/* Timed runs of each operation, and runs before them that are not timed */
#define BENCH_SAMPLES	5
#define BENCH_WARM_UP	2

/* The largest number of descriptors that a limit stores: 512 large pages of 16 each */
#define BENCH_DESCRIPTORS	8192
#define BENCH_TABLES		512

/* How the driver is told of unmapped pages */
enum bench_tlb {
	BENCH_PER_PAGE,	/* a callback for each page */
	BENCH_RANGE,	/* a callback for a range, if the kernel has such a callback */
	BENCH_QUEUED,	/* no callback: the driver invalidates everything later */
	BENCH_TLBS,
};

struct bench_api;

/**
 * struct bench_format - a format that is measured
 * @name: for the report
 * @fmt: number of the format
 * @ias: input address size in bits
 * @oas: output address size in bits
 * @page: size of the smallest page
 * @span: the next larger page size: bytes that a table of the smallest pages translates
 * @other: more page sizes, one bit each
 * @descriptor: size of a descriptor in bytes
 * @sixteen: page sizes that take sixteen descriptors
 * @contig: @sixteen are contiguous groups, and only these sizes are measured
 * @api: functions of a format that is not io-pgtable's, or NULL
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
 * struct bench_table - a page table and its driver's data
 * @format: the table's format
 * @api: functions that use the table
 * @tlb: how the driver is told of unmapped pages
 * @dev: the device that walks the table
 * @cfg: the table's configuration
 * @pt: the table, as @api knows it
 * @gather: for unmaps
 * @pages: bytes of unmapped pages that the driver was told of
 * @walks: number of calls of tlb_flush_walk()
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
 * struct bench_work - arguments of a timed function
 * @table: the table
 * @iova: first input address
 * @paddr: first output address
 * @pgsize: size of each page
 * @count: number of pages
 * @pieces: number of pages that the report counts as one, if the kernel has no page so large
 * @stride: distance from one page to the next, for pages that are mapped one by one
 * @descriptors: number of descriptors that the limit stores
 * @tables: number of tables that the limit allocates or frees
 * @callbacks: number of tlb_add_page() calls of the limit
 * @walks: number of tlb_flush_walk() calls of the limit
 * @levels: number of descriptors that the limit loads
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

/* A timed function. An error ends the measurement. */
typedef int (*bench_fn)(const struct bench_work *work);

/**
 * struct bench_api - functions that use tables
 * @alloc: allocate a table; returns &bench_table.pt, or NULL
 * @free: free a table from @alloc
 * @map: timed: map pages, as the IOMMU core does
 * @unmap: timed: unmap pages, as the IOMMU core does
 * @map_range: timed: map a range of several page sizes, in one call if the kernel has such a call
 * @unmap_range: timed: unmap a range of several page sizes
 * @look_up: timed: translate an address
 * @alloc_and_free: timed: allocate and free a table
 * @translate: translate an address
 * @told: returns the bytes of unmapped pages that the driver was told of
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

/* Operation of a thread in its range of a table: see bench_use_range(). */
enum bench_shared_op { BENCH_PAGE, BENCH_PAGES, BENCH_TABLE };

struct bench_shared;

struct bench_shared *bench_share(unsigned int index);
void bench_unshare(struct bench_shared *s);
const char *bench_shared_name(const struct bench_shared *s);
int bench_use_range(const struct bench_shared *s, unsigned int n, enum bench_shared_op op,
		    unsigned int rounds);

#endif
