/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces between the parts of the checker. check.c wraps tables and checks the results of
 * calls. check-model.c has the model of the mappings. check-tlb.c records which invalidations the
 * format has asked the driver for. check-held.c tracks what the hardware may still hold.
 * check-memory.c tracks which table memory is in use. check-break.c checks break-before-make.
 */
#ifndef __IO_PGTABLE_CHECK_H
#define __IO_PGTABLE_CHECK_H

#include <linux/interval_tree.h>
#include <linux/io-pgtable-format.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

/**
 * enum check_kind - kinds of reports
 * @CHECK_OVERLAP: a map of addresses that are already mapped
 * @CHECK_HOLE: an unmap of addresses that are not mapped
 * @CHECK_PART: an unmap of part of a page, which the format refused
 * @CHECK_RACE: calls for overlapping ranges at the same time, or a table freed during a call
 * @CHECK_RESULT: a return value that contradicts the arguments or the contents of the table
 * @CHECK_TRANSLATION: a translation that differs from the model
 * @CHECK_STALE: an address is unmapped, or mapped again, while a TLB may hold its old translation
 * @CHECK_GRANULE: an invalidation with a granule that is not the size of the leaf entries
 * @CHECK_GROUP: an invalidation that ends inside a contiguous group
 * @CHECK_BREAK: a live descriptor is replaced without break-before-make
 * @CHECK_TABLE: a table is freed, or replaced by pages, while the hardware may hold a walk to it
 * @CHECK_MEMORY: table memory is leaked, freed twice, or freed with another size
 * @CHECK_KINDS: number of kinds
 */
enum check_kind {
	CHECK_OVERLAP,
	CHECK_HOLE,
	CHECK_PART,
	CHECK_RACE,
	CHECK_RESULT,
	CHECK_TRANSLATION,
	CHECK_STALE,
	CHECK_GRANULE,
	CHECK_GROUP,
	CHECK_BREAK,
	CHECK_TABLE,
	CHECK_MEMORY,
	CHECK_KINDS,
};

/**
 * struct check_span - a range of input addresses
 * @first: the first address
 * @last: the last address
 */
struct check_span {
	unsigned long	first;
	unsigned long	last;
};

/**
 * struct check_spans - a set of ranges that neither overlap nor are adjacent
 * @n: number of ranges
 * @overflow: the set needs more ranges than fit into @span
 * @span: the ranges
 */
struct check_spans {
	unsigned int		n;
	bool			overflow;
	struct check_span	span[8];
};

/**
 * struct check_extent - pages that are mapped to contiguous memory
 * @node: input addresses of the pages
 * @offset: output address minus input address, modulo 2^64
 * @page_shift: log2 of the page size that the pages were mapped with
 * @leaf_shift: log2 of the smallest leaf entry that these pages can have
 * @split: parts of these pages were unmapped
 */
struct check_extent {
	struct interval_tree_node	node;
	u64				offset;
	u8				page_shift;
	u8				leaf_shift;
	bool				split;
};

/**
 * struct check_walk - the walk to an address, at some time
 * @known: @data is valid: no call for this address was in progress
 * @told: since then, the driver was told to invalidate the address
 * @changes: &check_table.changes at that time
 * @data: the descriptors
 */
struct check_walk {
	bool					known;
	bool					told;
	unsigned long				changes;
	struct arm_lpae_io_pgtable_walk_data	data;
};

/**
 * struct check_call - a map or unmap that is in progress
 * @node: entry in &check_table.calls
 * @span: the range. Other calls must not use this range meanwhile.
 * @paddr: output address, for a map
 * @pgsize: page size; for a call for a range, the smallest page size
 * @pgcount: number of pages
 * @is_range: the call is for a range, and uses the largest pages that fit
 * @valid: the arguments are valid for this table
 * @unmaps: the call is an unmap
 * @task: the calling task; for a call in an interrupt, the interrupted task
 * @id: number of the call, unique among the calls of the table
 * @tables: number of tables that the call has allocated
 * @overlaps: for a map, part of the range was already mapped
 * @overlap: the first address that was already mapped
 * @leaf_min: log2 of the smallest leaf entry in the range of an unmap; 0 if there are none
 * @leaf_max: log2 of the largest leaf entry in the range of an unmap
 * @group_shift: log2 of the contiguous groups, if the range has only such groups; otherwise 0
 * @parts: pages that are only partly in the range, at its ends
 * @n_parts: number of pages in @parts
 * @told: ranges that the driver was told to invalidate
 * @walks: ranges that the driver was told to invalidate including walks
 * @all_told: the driver was told to invalidate everything
 * @beside: walks to the addresses just before and after the range, when the call began
 */
struct check_call {
	struct list_head	node;
	struct check_span	span;
	u64			paddr;
	size_t			pgsize;
	size_t			pgcount;
	bool			is_range;
	bool			valid;
	bool			unmaps;
	struct task_struct	*task;
	unsigned long		id;
	unsigned int		tables;
	bool			overlaps;
	unsigned long		overlap;
	unsigned int		leaf_min;
	unsigned int		leaf_max;
	unsigned int		group_shift;
	struct check_span	parts[2];
	unsigned int		n_parts;
	struct check_spans	told;
	struct check_spans	walks;
	bool			all_told;
	struct check_walk	beside[2];
};

/**
 * struct check_gather - a gather structure with deferred invalidations
 * @gather: the caller's structure, or NULL. The structure may no longer exist.
 * @start: first address in the structure after the last unmap
 * @end: last address in the structure after the last unmap
 * @pgsize: page size in the structure after the last unmap
 * @unmapped: ranges of the unmaps that were gathered
 * @is_again: an address in @unmapped was mapped again
 * @again: the address that was mapped again
 */
struct check_gather {
	const struct iommu_iotlb_gather	*gather;
	unsigned long			start;
	unsigned long			end;
	size_t				pgsize;
	struct check_spans		unmapped;
	bool				is_again;
	unsigned long			again;
};

/**
 * struct check_table - a table that is checked
 * @iop: the table that the core and the driver use
 * @inner: operations of the format's own table
 * @name: name of the format
 * @driver_tlb: the driver's invalidation callbacks
 * @driver_cookie: the driver's cookie
 * @tlb: callbacks that the format gets in place of @driver_tlb
 * @memory: configuration for the allocation of table memory
 * @shows_walks: pgtable_walk returns Arm long descriptors
 * @lock: protects @extents, @changes and @blind. Taken with interrupts off, before @calls_lock.
 *	Held during the format's iova_to_phys, so callbacks must not take this lock.
 * @extents: the mappings
 * @changes: incremented when a call begins and when it ends
 * @blind: memory for @extents ran out: the table is no longer checked
 * @dying: the table is being freed
 * @calls_lock: protects @calls, their invalidations, and @gathers. Innermost lock.
 * @calls: calls in progress, the newest first
 * @ids: number of the newest call
 * @gathers: gather structures of the last unmaps
 * @n_gathers: number of gather structures noted so far
 * @pages: table memory in use, &struct check_page by address. The lock of this xarray also
 *	protects @held_pages.
 * @held_pages: entries of @pages that the hardware may hold walks to
 * @lost_pages: memory for @pages ran out: a free of unknown table memory is no longer reported
 * @regions: for each size of a region, the regions with a table that the hardware may hold walks to
 * @n_regions: number of entries in all @regions
 * @lost_regions: @regions had too many entries: regions are no longer checked
 * @said: kinds that have been reported
 */
struct check_table {
	struct io_pgtable		iop;
	struct io_pgtable_ops		*inner;
	char				name[IO_PGTABLE_NAME_MAX + 1];
	const struct iommu_flush_ops	*driver_tlb;
	void				*driver_cookie;
	struct iommu_flush_ops		tlb;
	struct io_pgtable_cfg		memory;
	bool				shows_walks;

	spinlock_t			lock;	/* protects the next three */
	struct rb_root_cached		extents;
	unsigned long			changes;
	bool				blind;
	bool				dying;

	spinlock_t			calls_lock;	/* protects the next four */
	struct list_head		calls;
	unsigned long			ids;
	struct check_gather		gathers[4];
	unsigned int			n_gathers;
	struct xarray			pages;
	struct rb_root_cached		held_pages;
	bool				lost_pages;
	struct xarray			regions[3];
	atomic_t			n_regions;
	bool				lost_regions;
	unsigned long			said;
};

static inline struct check_table *check_from_ops(struct io_pgtable_ops *ops)
{
	return container_of(ops, struct check_table, iop.ops);
}

/*
 * Suspends fault injection for an allocation of the checker's own: only the code under the checker
 * should fail. Return: the value to pass to check_resume_injection().
 */
static inline unsigned int check_hold_injection(void)
{
	unsigned int nth = 0;
#ifdef CONFIG_FAULT_INJECTION
	nth = current->fail_nth;
	WRITE_ONCE(current->fail_nth, 0);
#endif
	return nth;
}

static inline void check_resume_injection(unsigned int nth)
{
#ifdef CONFIG_FAULT_INJECTION
	WRITE_ONCE(current->fail_nth, nth);
#endif
}

static inline bool check_spans_touch(const struct check_span *s, unsigned long first,
				     unsigned long last)
{
	return (s->first <= last || s->first - last == 1) &&
	       (first <= s->last || first - s->last == 1);
}

static inline bool check_span_overlaps(const struct check_span *s, unsigned long first,
				       unsigned long last)
{
	return s->first <= last && first <= s->last;
}

/* check.c */
__printf(4, 5)
void check_report(struct check_table *t, const struct check_call *call, enum check_kind kind,
		  const char *format, ...);
void check_blind(struct check_table *t);
void io_pgtable_check_forget(struct check_table *t);

bool check_input(const struct check_table *t, unsigned long iova);

/* Return: whether a format has Arm long descriptors, of 8 bytes each, in tables of one granule. */
static inline bool check_has_long_descriptors(enum io_pgtable_fmt fmt)
{
	return fmt <= ARM_64_LPAE_S2 || fmt == ARM_MALI_LPAE;
}

/* check-model.c */
bool check_model_begin(struct check_table *t, struct check_call *call);
void check_model_end(struct check_table *t, struct check_call *call);
void check_model_map(struct check_table *t, const struct check_call *call, size_t size);
size_t check_model_step(const struct check_table *t, const struct check_call *call, size_t at,
			size_t *size);
void check_model_unmap(struct check_table *t, const struct check_call *call, size_t size);
bool check_model_find(struct check_table *t, unsigned long iova, struct check_extent *found);
bool check_model_hole(struct check_table *t, const struct check_span *span,
		      unsigned long *hole);
bool check_model_untold(struct check_table *t, const struct check_call *call, size_t size,
			struct check_span *untold);
bool check_model_probe(struct check_table *t, unsigned long iova, u64 *expected, u64 *got);
bool check_model_walk(struct check_table *t, unsigned long iova, struct check_walk *walk);
bool check_model_denies(struct check_table *t, unsigned long iova, u64 got,
			unsigned long changes, u64 *expected);
void check_model_free(struct check_table *t);

/* check-tlb.c */
void check_spans_add(struct check_spans *s, unsigned long first, unsigned long last);
bool check_spans_cover(const struct check_spans *s, unsigned long first, unsigned long last);
bool check_spans_overlap(const struct check_spans *s, unsigned long first, unsigned long last);
struct check_call *check_own_call(struct check_table *t);
void check_tlb_wrap(struct check_table *t, struct io_pgtable_cfg *cfg);

/* check-held.c */
void check_held_init(struct check_table *t);
void check_held_free(struct check_table *t);
void check_held_map(struct check_table *t, const struct check_call *call, unsigned long first,
		    unsigned long last, unsigned int leaf);
void check_held_invalidate(struct check_table *t, const struct check_spans *walks,
			   const struct check_span *told);
void check_held_begin_unmap(struct check_table *t, const struct check_call *call,
			    const struct iommu_iotlb_gather *gather);
void check_held_end_unmap(struct check_table *t, const struct check_call *call, size_t size,
			  const struct iommu_iotlb_gather *gather);

/* check-break.c */
void check_break_begin(struct check_table *t, struct check_call *call);
void check_break_invalidated(struct check_table *t, const struct check_call *call,
			     unsigned long iova, size_t size);
void check_break_told(struct check_call *call, unsigned long first, unsigned long last);
void check_break_end(struct check_table *t, const struct check_call *call);

/* check-memory.c */
void check_memory_wrap(struct check_table *t, struct io_pgtable_cfg *cfg);
void check_memory_locate(struct check_table *t, const struct check_call *call);
void check_memory_invalidate(struct check_table *t, const struct check_spans *walks,
			     const struct check_span *told);
void check_memory_free(struct check_table *t);

#if IS_ENABLED(CONFIG_KUNIT)
void io_pgtable_check_print(struct check_table *t, const struct check_call *call,
			    enum check_kind kind, struct va_format *what);
extern unsigned int io_pgtable_check_regions;
#endif

#endif /* __IO_PGTABLE_CHECK_H */
