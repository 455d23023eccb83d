/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checker: what its parts share. check.c wraps tables and judges calls, check-model.c
 * knows what is mapped, check-tlb.c what the driver was told to invalidate, check-held.c what
 * the hardware may hold all the same, check-memory.c which table memory is in use, and
 * check-break.c which descriptors replace others.
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
 * @CHECK_OVERLAP: a map of something that is mapped
 * @CHECK_HOLE: an unmap of something that is not mapped
 * @CHECK_PART: an unmap of a part of a page, which the format refused
 * @CHECK_RACE: two calls for the same range at the same time
 * @CHECK_RESULT: a result that is not what was asked, or not what was done
 * @CHECK_TRANSLATION: a translation that differs from the model
 * @CHECK_STALE: unmapped, or mapped again, and a TLB may still hold what was there
 * @CHECK_GRANULE: an invalidation for leaf entries of another size
 * @CHECK_GROUP: an invalidation that ends inside a contiguous group
 * @CHECK_BREAK: a live descriptor is replaced without break-before-make
 * @CHECK_TABLE: a table is freed, or pages take its place, while a walk to it may be held
 * @CHECK_MEMORY: table memory that is leaked, or freed twice
 * @CHECK_KINDS: how many kinds there are
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
 * @first: its first address
 * @last: its last address
 */
struct check_span {
	unsigned long	first;
	unsigned long	last;
};

/**
 * struct check_spans - several of them, disjoint and not adjacent
 * @n: how many
 * @overflow: there were more than fit
 * @span: the ranges
 */
struct check_spans {
	unsigned int		n;
	bool			overflow;
	struct check_span	span[8];
};

/**
 * struct check_extent - pages that are mapped to contiguous memory
 * @node: their input addresses
 * @offset: output address less input address, modulo 2^64
 * @page_shift: log2 of the page size that they were mapped with
 * @leaf_shift: log2 of the smallest leaf entries that they can have
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
 * @known: it is one: nobody was about to change anything there
 * @changes: &check_table.changes at that time
 * @data: the descriptors
 */
struct check_walk {
	bool					known;
	unsigned long				changes;
	struct arm_lpae_io_pgtable_walk_data	data;
};

/**
 * struct check_call - a map or unmap that is in progress
 * @node: in &check_table.calls
 * @span: the range that the caller has to itself
 * @paddr: output address, of a map
 * @pgsize: page size; of a range, the smallest one
 * @pgcount: how many pages
 * @is_range: it is a call for a range, whose pages are as large as can be
 * @valid: the arguments are those of a page of this table
 * @unmaps: it is an unmap
 * @task: the task that called, also of a call in an interrupt
 * @id: a number of its own among the calls of the table
 * @tables: how many tables it has allocated
 * @overlaps: something was mapped in the range of a map
 * @overlap: the first such address
 * @leaf_min: log2 of the smallest leaf entry in the range of an unmap; 0 if there are none
 * @leaf_max: log2 of the largest
 * @group_shift: log2 of the contiguous groups, if the range has nothing else; or 0
 * @parts: the first and the last page, if only a part of them is unmapped
 * @n_parts: how many of the two there are
 * @told: what the driver was told to invalidate
 * @walks: what it was told to invalidate including walks
 * @all_told: it was told to invalidate everything
 * @beside: walks to the addresses before and behind the range when the call began
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
 * struct check_gather - a gather structure that puts invalidations off
 * @gather: the caller's, or NULL. It may be gone.
 * @start: its first address when the last unmap had been gathered
 * @end: its last address then
 * @pgsize: its page size then
 * @unmapped: what the unmaps were that were gathered
 * @is_again: something of that was mapped again
 * @again: its address
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
 * @iop: what the core and the driver know of it
 * @inner: the table's operations
 * @name: its format
 * @driver_tlb: the driver's invalidations
 * @driver_cookie: the driver's cookie
 * @tlb: what the format has in place of @driver_tlb
 * @memory: how to allocate table memory for it
 * @shows_walks: pgtable_walk shows Arm long descriptors
 * @lock: guards @extents, @changes and @blind. Taken with interrupts off, before
 *	@calls_lock; held over the format's iova_to_phys, hence never taken in callbacks.
 * @extents: what is mapped
 * @changes: how often that was about to change, or did
 * @blind: out of memory for @extents: there are no more checks
 * @dying: the table is being freed
 * @calls_lock: guards @calls and what the calls were told, and @gathers. Innermost.
 * @calls: calls in progress, the newest first
 * @ids: of calls
 * @gathers: gather structures of the last unmaps
 * @n_gathers: how many there have been
 * @pages: table memory in use, &struct check_page by address; its lock guards @held_pages, too
 * @held_pages: those of them that the hardware may hold walks to
 * @lost_pages: out of memory for @pages: there are no more checks of table memory
 * @regions: for each size of a region, those with a table that walks may be held to
 * @n_regions: how many, of all sizes
 * @lost_regions: there were too many of them: there are no more checks of these
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

	spinlock_t			lock;	/* of the next four */
	struct rb_root_cached		extents;
	unsigned long			changes;
	bool				blind;
	bool				dying;

	spinlock_t			calls_lock;	/* of the next four */
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
 * Memory of the checker's own is not for fault injection: what is checked is to fail.
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

/* Whether a format has Arm long descriptors: 8 bytes each, in tables of one granule */
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
