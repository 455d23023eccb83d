/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the LPAE suites share: tables made through the public API from memory that
 * is accounted for page by page, a driver that records what its TLB is asked for,
 * and checks by the oracle of what the hardware would make of the tables.
 */
#ifndef __ARM_LPAE_FIXTURE_H
#define __ARM_LPAE_FIXTURE_H

#include <kunit/test.h>
#include <linux/io-pgtable.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "arm-lpae-oracle.h"

#define PGSIZES_4K	(SZ_4K | SZ_2M | SZ_1G)
#define PGSIZES_16K	(SZ_16K | SZ_32M)
#define PGSIZES_64K	(SZ_64K | SZ_512M)

#define NS		IO_PGTABLE_QUIRK_ARM_NS
#define TTBR1		IO_PGTABLE_QUIRK_ARM_TTBR1
#define OUTER_WBWA	IO_PGTABLE_QUIRK_ARM_OUTER_WBWA
#define HD		IO_PGTABLE_QUIRK_ARM_HD

#define PROT_RW		(IOMMU_READ | IOMMU_WRITE)

/**
 * struct lpae_shape - a kind of table
 * @name: for the reader
 * @fmt: format
 * @pgsizes: &io_pgtable_cfg.pgsize_bitmap
 * @ias: &io_pgtable_cfg.ias
 * @oas: &io_pgtable_cfg.oas
 * @quirks: &io_pgtable_cfg.quirks
 * @noncoherent: the walker does not snoop
 */
struct lpae_shape {
	const char *name;
	enum io_pgtable_fmt fmt;
	unsigned long pgsizes;
	unsigned int ias;
	unsigned int oas;
	unsigned long quirks;
	bool noncoherent;
};

/**
 * struct lpae_page - the memory of one table
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
 */
struct lpae_page {
	u64 *table;
	u64 *shadow;
	u64 *snapshot;
	unsigned long *unflushed;
	u64 pa;
	size_t size;
	unsigned int level;
	u64 base;
	bool linked;
	bool reachable;
	bool flushed;
};

/**
 * struct lpae_flush - one request to the TLB, or several that follow each other
 * @start: first input address
 * @last: last input address
 * @granule: of what is invalidated
 * @walk: whether table descriptors are meant too
 */
struct lpae_flush {
	u64 start;
	u64 last;
	size_t granule;
	bool walk;
};

#define LPAE_MAX_FLUSHES	64

/**
 * struct lpae_fixture - a table under test
 * @test: whose it is
 * @shape: what was asked for
 * @dev: the device that walks the table
 * @cfg: what was got
 * @ops: the table; NULL once it is freed
 * @regs: the registers, from @cfg
 * @pages: memory of the tables, by physical address
 * @recent: of the pages, those that the oracle has read last
 * @live: how many there are
 * @allocs: how often memory was asked for
 * @fail_at: which of these times to fail
 * @last_gfp: what the last one asked for
 * @first_size: size of the first allocation: the root
 * @lock: guards what follows
 * @flush: what the TLB was asked for, adjacent pages in one
 * @n_flush: how many of them
 * @n_pages: single pages asked for
 * @n_walks: walks asked for
 * @n_all: everything asked for
 * @watch: watch every change of a descriptor
 * @dirty_ok: AP[2] may change in place
 * @dying: the table is being freed
 * @on_alloc: called before each allocation, if set
 * @delay: microseconds that an allocation takes at least
 */
struct lpae_fixture {
	struct kunit *test;
	const struct lpae_shape *shape;
	struct device *dev;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
	struct arm_regs regs;

	struct xarray pages;
	struct lpae_page *recent[4];
	atomic_t live;
	atomic_t allocs;
	int fail_at;
	gfp_t last_gfp;
	size_t first_size;

	spinlock_t lock;	/* of the next five */
	struct lpae_flush flush[LPAE_MAX_FLUSHES];
	unsigned int n_flush;
	unsigned long n_pages;
	unsigned long n_walks;
	unsigned long n_all;

	bool watch;
	bool dirty_ok;
	bool dying;
	void (*on_alloc)(struct lpae_fixture *f);
	unsigned int delay;
};

/**
 * struct lpae_mapping - what should be found
 * @pa: output address
 * @size: of the leaf entry
 * @prot: IOMMU_*
 */
struct lpae_mapping {
	u64 pa;
	u64 size;
	int prot;
};

extern const struct lpae_shape lpae_shapes[];
const void *lpae_shapes_gen_params(const void *prev, char *desc);

/* _name_gen_params(): the shapes for which _condition of shape holds. */
#define LPAE_SHAPES_PARAM(_name, _condition)				\
static const void *_name##_gen_params(const void *prev, char *desc)	\
{									\
	const struct lpae_shape *shape = prev;				\
									\
	do {								\
		shape = lpae_shapes_gen_params(shape, desc);		\
	} while (shape && !(_condition));				\
	return shape;							\
}

/* Its input addresses need more than one table of pages, and blocks fit in. */
static inline bool lpae_shape_has_blocks(const struct lpae_shape *shape)
{
	u64 blocks = shape->pgsizes & (shape->pgsizes - 1);

	return shape->ias > __ffs64(blocks);
}

struct lpae_fixture *lpae_fixture_alloc(struct kunit *test,
					const struct lpae_shape *shape);
int lpae_fixture_make(struct lpae_fixture *f);
struct lpae_fixture *lpae_fixture(struct kunit *test,
				  const struct lpae_shape *shape);
void lpae_fixture_free(struct lpae_fixture *f);
bool lpae_fixture_sees_syncs(void);

void lpae_watch(struct lpae_fixture *f);
void lpae_look(struct lpae_fixture *f);
void lpae_forget(struct lpae_fixture *f);
bool lpae_flushed(struct lpae_fixture *f, u64 iova, u64 size);

struct arm_result lpae_walk(struct lpae_fixture *f, u64 iova);
u64 *lpae_desc(struct lpae_fixture *f, u64 iova);
u64 *lpae_shadow_desc(struct lpae_fixture *f, u64 iova);
size_t lpae_count_leaves(struct lpae_fixture *f);
u64 lpae_leaf_bits(const struct lpae_shape *shape, int prot);
bool lpae_holds(struct lpae_fixture *f, u64 iova, const struct lpae_mapping *m);
void lpae_expect_pages(struct lpae_fixture *f, u64 iova, u64 pa, u64 size,
		       size_t count, int prot);
void lpae_expect_hole(struct lpae_fixture *f, u64 iova, u64 size);

u64 lpae_base(const struct lpae_fixture *f);
u64 lpae_last(const struct lpae_fixture *f);
u64 lpae_pgsize(const struct lpae_fixture *f, unsigned int n);
unsigned int lpae_num_pgsizes(const struct lpae_fixture *f);

int lpae_map(struct lpae_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
	     int prot, size_t *mapped);
size_t lpae_unmap(struct lpae_fixture *f, u64 iova, u64 size, size_t count);
void lpae_map_ok(struct lpae_fixture *f, u64 iova, u64 pa, u64 size,
		 size_t count, int prot);
void lpae_unmap_ok(struct lpae_fixture *f, u64 iova, u64 size, size_t count);

#endif /* __ARM_LPAE_FIXTURE_H */
