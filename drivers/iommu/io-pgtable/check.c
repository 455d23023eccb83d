// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checker: an implementation of every format, with the highest priority. The checker passes
 * each call to the next implementation and checks the result. While this module is loaded, the
 * checker wraps new tables.
 *
 * The driver sees no difference: results, errors, callbacks and their order are those of the
 * format. The checker compares each map and unmap with a model of the mappings.
 */
#define pr_fmt(fmt) "io-pgtable-check: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/io-pgtable-format.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "check.h"

static char formats[256];
module_param_string(formats, formats, sizeof(formats), 0644);
MODULE_PARM_DESC(formats, "names of the formats whose new tables are checked, separated by commas; all if empty");

static bool misuse = true;
module_param(misuse, bool, 0644);
MODULE_PARM_DESC(misuse, "also report wrong calls that did no harm: the format refused the call, or there was nothing to unmap");

static atomic_t reports;

static int reports_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&reports));
}

static const struct kernel_param_ops reports_ops = {
	.get = reports_get,
};
module_param_cb(reports, &reports_ops, NULL, 0444);
MODULE_PARM_DESC(reports, "number of faults found");

static const char *const kinds[CHECK_KINDS] = {
	[CHECK_OVERLAP]		= "overlap",
	[CHECK_HOLE]		= "hole",
	[CHECK_PART]		= "part",
	[CHECK_RACE]		= "race",
	[CHECK_RESULT]		= "result",
	[CHECK_TRANSLATION]	= "translation",
	[CHECK_STALE]		= "stale",
	[CHECK_GRANULE]		= "granule",
	[CHECK_GROUP]		= "group",
	[CHECK_BREAK]		= "break",
	[CHECK_TABLE]		= "table",
	[CHECK_MEMORY]		= "memory",
};

/*
 * Reports
 */

/* Each kind of fault is printed only once for each table. */
static bool is_worth_saying(struct check_table *t, enum check_kind kind)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	return !test_bit(kind, &t->said) && __ratelimit(&limit) &&
	       !test_and_set_bit(kind, &t->said);
}

VISIBLE_IF_KUNIT void io_pgtable_check_print(struct check_table *t,
					     const struct check_call *call,
					     enum check_kind kind, struct va_format *what)
{
	struct device *dev = t->memory.iommu_dev;

	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_check_print, t, call, kind, what);
	atomic_inc(&reports);
	if (!is_worth_saying(t, kind))
		return;
	pr_err("%s: %s %s: %s: %pV\n", kinds[kind], dev ? dev_driver_string(dev) : "no driver",
	       dev ? dev_name(dev) : "no device", t->name, what);
	if (call && call->is_range && call->unmaps)
		pr_err("unmap_range(iova %#lx, size %#zx)\n", call->span.first,
		       call->pgsize * call->pgcount);
	else if (call && call->is_range)
		pr_err("map_range(iova %#lx, paddr %#llx, size %#zx)\n", call->span.first,
		       call->paddr, call->pgsize * call->pgcount);
	else if (call && call->unmaps)
		pr_err("unmap_pages(iova %#lx, pgsize %#zx, pgcount %zu)\n",
		       call->span.first, call->pgsize, call->pgcount);
	else if (call)
		pr_err("map_pages(iova %#lx, paddr %#llx, pgsize %#zx, pgcount %zu)\n",
		       call->span.first, call->paddr, call->pgsize, call->pgcount);
	dump_stack();
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_check_print);

/* @call: the call with the fault, or NULL */
void check_report(struct check_table *t, const struct check_call *call, enum check_kind kind,
		  const char *format, ...)
{
	struct va_format what = { .fmt = format };
	va_list args;

	va_start(args, format);
	what.va = &args;
	io_pgtable_check_print(t, call, kind, &what);
	va_end(args);
}

/* Called when a table can no longer be checked. The table stays usable. */
void check_blind(struct check_table *t)
{
	if (!test_and_set_bit(CHECK_KINDS, &t->said))
		pr_warn("out of memory: a table of format %s is not checked any more\n", t->name);
}

/*
 * Called when the checker no longer tracks walks to tables that pages may replace. The table stays
 * usable.
 */
void io_pgtable_check_forget(struct check_table *t)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_check_forget, t);
	if (!test_and_set_bit(CHECK_KINDS + 1, &t->said))
		pr_warn("too many tables: a page table of format %s is no longer checked for pages that replace a table\n",
			t->name);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_check_forget);

/*
 * Translations
 */

/* Compare the translation of @iova, in the range of the call in progress, with @expected. */
static void judge_own(struct check_table *t, const struct check_call *call,
		      unsigned long iova, u64 expected)
{
	u64 got = t->inner->iova_to_phys(t->inner, iova);

	if (got == expected)
		return;
	if (!got)
		check_report(t, call, CHECK_RESULT, "iova %#lx should be mapped to %#llx", iova,
			     expected);
	else if (!expected)
		check_report(t, call, CHECK_RESULT,
			     "iova %#lx should not be mapped, but is mapped to %#llx", iova, got);
	else
		check_report(t, call, CHECK_TRANSLATION,
			     "iova %#lx should be mapped to %#llx, but is mapped to %#llx", iova,
			     expected, got);
}

/* Check that the call in progress has not changed the translation of @iova. */
static void judge_left(struct check_table *t, const struct check_call *call,
		       unsigned long iova)
{
	struct check_extent e;
	u64 expected = 0;

	if (check_model_find(t, iova, &e))
		expected = (phys_addr_t)(iova + e.offset);
	judge_own(t, call, iova, expected);
}

/*
 * Return: whether @iova is an input address of the table. The checker does not translate other
 * addresses, since that might be a wrong call itself.
 */
bool check_input(const struct check_table *t, unsigned long iova)
{
	unsigned int ias = min(t->iop.cfg.ias, BITS_PER_LONG);
	unsigned long above = ias < BITS_PER_LONG ? iova >> ias : 0;

	if (t->iop.cfg.quirks & IO_PGTABLE_QUIRK_ARM_TTBR1)
		return ias == BITS_PER_LONG || above == ~0UL >> ias;
	return !above;
}

static void judge_neighbour(struct check_table *t, const struct check_call *call,
			    unsigned long iova)
{
	u64 expected, got;

	if (check_input(t, iova) && check_model_probe(t, iova, &expected, &got) && got != expected)
		check_report(t, call, CHECK_TRANSLATION,
			     "iova %#lx beside the range should be mapped to %#llx, but is mapped to %#llx",
			     iova, expected, got);
}

/* Check that a call has not changed the translations next to its range. */
static void judge_neighbours(struct check_table *t, const struct check_call *call)
{
	judge_neighbour(t, call, call->span.first - 1);
	judge_neighbour(t, call, call->span.last + 1);
}

/*
 * Calls
 */

/* Return: false if the range is empty or wraps around. */
static bool call_init(const struct check_table *t, struct check_call *call,
		      unsigned long iova, size_t pgsize, size_t pgcount)
{
	size_t size;

	if (!pgsize || !pgcount || check_mul_overflow(pgsize, pgcount, &size))
		return false;
	call->span.first = iova;
	call->span.last = iova + (size - 1);
	call->pgsize = pgsize;
	call->pgcount = pgcount;
	call->valid = is_power_of_2(pgsize) && t->iop.cfg.pgsize_bitmap & pgsize &&
		      IS_ALIGNED(iova | call->paddr, pgsize) &&
		      check_input(t, iova) && check_input(t, call->span.last);
	return call->span.last >= iova;
}

/*
 * As call_init(), for a call for a range. A size that is not a multiple of the smallest page size
 * is not valid.
 */
static bool range_init(const struct check_table *t, struct check_call *call,
		       unsigned long iova, size_t size)
{
	size_t granule = BIT(__ffs(t->iop.cfg.pgsize_bitmap));

	if (!IS_ALIGNED(size, granule))
		granule = 1;
	call->is_range = true;
	return call_init(t, call, iova, granule, size >> __ffs(granule));
}

/*
 * A call for pages may stop early at the end of a table. A table has a multiple of granule / 8
 * pages. A call for a range must not stop early.
 */
static bool is_table_end(const struct check_table *t, const struct check_call *call,
			 unsigned long iova)
{
	unsigned long granule = BIT(__ffs(t->iop.cfg.pgsize_bitmap));

	return !call->is_range && IS_ALIGNED(iova, granule / sizeof(u64) * call->pgsize);
}

/* Drivers with IO_PGTABLE_QUIRK_NO_WARN may call without knowing which addresses are mapped. */
static bool reports_misuse(const struct check_table *t)
{
	return READ_ONCE(misuse) && !(t->iop.cfg.quirks & IO_PGTABLE_QUIRK_NO_WARN);
}

/* Check the result of a map. @size: number of bytes that the format has reported as mapped */
static void judge_map_result(struct check_table *t, const struct check_call *call, int ret,
			     size_t size)
{
	size_t asked = call->pgsize * call->pgcount;

	if (size > asked || !IS_ALIGNED(size, call->pgsize) || (ret && size == asked) ||
	    (!ret && !size) || (size && !call->valid))
		check_report(t, call, CHECK_RESULT, "returned %d, mapped %#zx of %#zx bytes", ret,
			     size, asked);
	else if (!ret && size < asked && !is_table_end(t, call, call->span.first + size))
		check_report(t, call, CHECK_RESULT, "returned 0, mapped only %#zx of %#zx bytes",
			     size, asked);
	else if (ret == -EEXIST && !call->overlaps && !call->is_range &&
		 call->pgsize == BIT(__ffs(t->iop.cfg.pgsize_bitmap)))
		check_report(t, call, CHECK_RESULT,
			     "returned -EEXIST, but nothing is mapped there");
}

static void judge_overlap(struct check_table *t, const struct check_call *call, int ret,
			  size_t size)
{
	if (!call->overlaps)
		return;
	if (size > call->overlap - call->span.first)
		check_report(t, call, CHECK_OVERLAP, "iova %#lx was mapped, and was replaced",
			     call->overlap);
	else if (ret == -EEXIST && reports_misuse(t))
		check_report(t, call, CHECK_OVERLAP, "iova %#lx is mapped: refused",
			     call->overlap);
}

static void judge_map(struct check_table *t, const struct check_call *call, int ret,
		      size_t size)
{
	unsigned long first = call->span.first;
	size_t asked = call->pgsize * call->pgcount;

	judge_map_result(t, call, ret, size);
	judge_overlap(t, call, ret, size);
	size = min(size, asked);
	if (size) {
		judge_own(t, call, first, call->paddr);
		judge_own(t, call, first + size - 1, (phys_addr_t)(call->paddr + size - 1));
	}
	if (size < asked && call->valid)
		judge_left(t, call, first + size);
	if (size)
		check_model_map(t, call, size);
}

static void finish_map(struct check_table *t, struct check_call *call, int ret, size_t size)
{
	check_memory_locate(t, call);
	judge_map(t, call, ret, size);
	check_break_end(t, call);
	check_model_end(t, call);
	if (call->valid)
		judge_neighbours(t, call);
}

static int check_map_pages(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			   size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	struct check_table *t = check_from_ops(ops);
	/* The checker does not see tables from a reserve being allocated: assume one. */
	struct check_call call = { .paddr = paddr, .tables = gfp == IO_PGTABLE_GFP_RESERVED };
	size_t size = 0;
	bool checked;
	int ret;

	checked = call_init(t, &call, iova, pgsize, pgcount) && check_model_begin(t, &call);
	ret = t->inner->map_pages(t->inner, iova, paddr, pgsize, pgcount, prot, gfp, &size);
	if (mapped)
		*mapped += size;
	if (checked)
		finish_map(t, &call, ret, size);
	return ret;
}

static int check_map_range(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			   size_t size, int prot, gfp_t gfp, size_t *mapped)
{
	struct check_table *t = check_from_ops(ops);
	struct check_call call = { .paddr = paddr, .tables = gfp == IO_PGTABLE_GFP_RESERVED };
	size_t done = 0;
	bool checked;
	int ret;

	checked = range_init(t, &call, iova, size) && check_model_begin(t, &call);
	ret = t->inner->map_range(t->inner, iova, paddr, size, prot, gfp, &done);
	*mapped += done;
	if (checked)
		finish_map(t, &call, ret, done);
	return ret;
}

/* Check why an unmap has stopped at @iova. */
static void judge_unmap_stop(struct check_table *t, const struct check_call *call,
			     unsigned long iova)
{
	size_t step, pgsize = check_model_step(t, call, iova - call->span.first, &step);
	struct check_span page = { iova, iova + (pgsize - 1) };
	struct check_extent e;
	unsigned long hole;

	if (check_model_hole(t, &page, &hole)) {
		if (reports_misuse(t))
			check_report(t, call, CHECK_HOLE, "iova %#lx is not mapped", hole);
	} else if (check_model_find(t, iova, &e) && BIT(e.page_shift) > pgsize) {
		if (reports_misuse(t))
			check_report(t, call, CHECK_PART,
				     "iova %#lx is part of a page of %#lx, which is kept", iova,
				     BIT(e.page_shift));
	} else if (iova == call->span.first || !is_table_end(t, call, iova)) {
		check_report(t, call, CHECK_RESULT, "iova %#lx is mapped, and was not unmapped",
			     iova);
	}
	judge_left(t, call, iova);
}

/*
 * Check that all of the unmapped range was mapped. In a page larger than the smallest one, the
 * hole may have been in a table: then the caller is wrong, otherwise the format.
 */
static void judge_unmap_holes(struct check_table *t, const struct check_call *call, size_t size)
{
	struct check_span span = { call->span.first, call->span.first + size - 1 };
	size_t at = 0, step = 0, pgsize;
	unsigned long hole;

	if (!check_model_hole(t, &span, &hole))
		return;
	do {
		at += step;
		pgsize = check_model_step(t, call, at, &step);
	} while (hole - call->span.first >= at + step);
	if (pgsize == BIT(__ffs(t->iop.cfg.pgsize_bitmap)))
		check_report(t, call, CHECK_RESULT,
			     "unmapped %#zx bytes, but iova %#lx was not mapped", size, hole);
	else if (reports_misuse(t))
		check_report(t, call, CHECK_HOLE, "iova %#lx was not mapped", hole);
}

/*
 * Return: whether this call must tell the driver to invalidate leaf entries. Not needed if the
 * driver invalidates everything later.
 */
static bool is_to_be_told(const struct check_table *t, struct iommu_iotlb_gather *gather)
{
	return gather && !iommu_iotlb_gather_queued(gather) && t->driver_tlb &&
	       (t->driver_tlb->tlb_add_page || t->driver_tlb->tlb_add_range);
}

static void judge_told(struct check_table *t, const struct check_call *call, size_t size,
		       struct iommu_iotlb_gather *gather)
{
	unsigned long last = call->span.first + size - 1;
	struct check_span untold;
	unsigned int i;

	if (call->all_told || !t->driver_tlb)
		return;
	if (is_to_be_told(t, gather) && check_model_untold(t, call, size, &untold))
		check_report(t, call, CHECK_STALE,
			     "iova %#lx to %#lx was unmapped, but not all of it was invalidated",
			     untold.first, untold.last);
	for (i = 0; i < call->n_parts && t->driver_tlb->tlb_flush_walk; i++)
		if (check_span_overlaps(&call->parts[i], call->span.first, last) &&
		    !check_spans_cover(&call->told, call->parts[i].first, call->parts[i].last))
			check_report(t, call, CHECK_BREAK,
				     "part of iova %#lx to %#lx was unmapped, but the whole block or group was not invalidated",
				     call->parts[i].first, call->parts[i].last);
}

static void judge_unmap(struct check_table *t, const struct check_call *call, size_t size,
			struct iommu_iotlb_gather *gather)
{
	size_t asked = call->pgsize * call->pgcount;
	unsigned long first = call->span.first;

	if (size > asked || (size && !call->valid))
		check_report(t, call, CHECK_RESULT, "unmapped %#zx of %#zx bytes", size, asked);
	if (!call->valid)
		return;
	size = min(size, asked);
	if (size) {
		judge_unmap_holes(t, call, size);
		judge_told(t, call, size, gather);
		judge_own(t, call, first, 0);
		judge_own(t, call, first + size - 1, 0);
		check_model_unmap(t, call, size);
	}
	if (size < asked)
		judge_unmap_stop(t, call, first + size);
}

static bool start_unmap(struct check_table *t, struct check_call *call,
			const struct iommu_iotlb_gather *gather)
{
	check_held_begin_unmap(t, call, gather);
	if (!check_model_begin(t, call))
		return false;
	if (call->valid) {
		judge_left(t, call, call->span.first);
		judge_left(t, call, call->span.last);
	}
	return true;
}

static void finish_unmap(struct check_table *t, struct check_call *call, size_t size,
			 struct iommu_iotlb_gather *gather)
{
	check_memory_locate(t, call);
	judge_unmap(t, call, size, gather);
	check_held_end_unmap(t, call, size, gather);
	check_break_end(t, call);
	check_model_end(t, call);
	if (call->valid)
		judge_neighbours(t, call);
}

static size_t check_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
				size_t pgcount, struct iommu_iotlb_gather *gather)
{
	struct check_table *t = check_from_ops(ops);
	struct check_call call = { .unmaps = true };
	bool checked;
	size_t size;

	checked = call_init(t, &call, iova, pgsize, pgcount) && start_unmap(t, &call, gather);
	size = t->inner->unmap_pages(t->inner, iova, pgsize, pgcount, gather);
	if (checked)
		finish_unmap(t, &call, size, gather);
	return size;
}

static size_t check_unmap_range(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
				struct iommu_iotlb_gather *gather)
{
	struct check_table *t = check_from_ops(ops);
	struct check_call call = { .unmaps = true };
	bool checked;

	checked = range_init(t, &call, iova, size) && start_unmap(t, &call, gather);
	size = t->inner->unmap_range(t->inner, iova, size, gather);
	if (checked)
		finish_unmap(t, &call, size, gather);
	return size;
}

static phys_addr_t check_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct check_table *t = check_from_ops(ops);
	unsigned long changes = READ_ONCE(t->changes);
	phys_addr_t got = t->inner->iova_to_phys(t->inner, iova);
	u64 expected;

	if (check_model_denies(t, iova, got, changes, &expected))
		check_report(t, NULL, CHECK_TRANSLATION,
			     "iova_to_phys(%#lx) should be %#llx, but is %#llx", iova, expected,
			     (u64)got);
	return got;
}

static int check_pgtable_walk(struct io_pgtable_ops *ops, unsigned long iova, void *wd)
{
	struct io_pgtable_ops *inner = check_from_ops(ops)->inner;

	return inner->pgtable_walk(inner, iova, wd);
}

static int check_read_and_clear_dirty(struct io_pgtable_ops *ops, unsigned long iova,
				      size_t size, unsigned long flags,
				      struct iommu_dirty_bitmap *dirty)
{
	struct io_pgtable_ops *inner = check_from_ops(ops)->inner;

	return inner->read_and_clear_dirty(inner, iova, size, flags, dirty);
}

/*
 * Tables
 */

/* Return: whether @name is in @list. Commas separate names, and names may contain commas. */
static bool is_listed(const char *list, const char *name)
{
	const char *at = list;
	size_t len = strlen(name);

	for (; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ',') && strchr(",\n", at[len]))
			return true;
	return false;
}

static bool is_wanted(const struct io_pgtable_below *below)
{
	bool wanted;

	/* AMD's formats expect cfg to be a member of a struct of their driver. */
	if (below->fmt == AMD_IOMMU_V1 || below->fmt == AMD_IOMMU_V2)
		return false;
	kernel_param_lock(THIS_MODULE);
	/* A value that is written in sysfs ends with a newline. */
	wanted = strchr("\n", *formats) || is_listed(formats, below->name);
	kernel_param_unlock(THIS_MODULE);
	return wanted;
}

static struct check_table *table_new(const struct io_pgtable_below *below, void *cookie)
{
	unsigned int nth = check_hold_injection();
	struct check_table *t = kzalloc(sizeof(*t), GFP_KERNEL);

	check_resume_injection(nth);
	if (!t)
		return NULL;
	strscpy(t->name, below->name);
	t->driver_cookie = cookie;
	t->extents = RB_ROOT_CACHED;
	spin_lock_init(&t->lock);
	spin_lock_init(&t->calls_lock);
	INIT_LIST_HEAD(&t->calls);
	xa_init_flags(&t->pages, XA_FLAGS_LOCK_IRQ);
	t->held_pages = RB_ROOT_CACHED;
	check_held_init(t);
	return t;
}

static long check_count_tables(struct io_pgtable_ops *ops, unsigned long iova, size_t size)
{
	return io_pgtable_count_tables(check_from_ops(ops)->inner, iova, size);
}

static int check_reserve(struct io_pgtable_ops *ops, unsigned int n, gfp_t gfp)
{
	return io_pgtable_reserve(check_from_ops(ops)->inner, n, gfp);
}

static void check_unreserve(struct io_pgtable_ops *ops, unsigned int n)
{
	io_pgtable_unreserve(check_from_ops(ops)->inner, n);
}

static void table_init_ops(struct check_table *t, enum io_pgtable_fmt fmt)
{
	const struct io_pgtable_ops *inner = t->inner;

	t->iop.ops = (struct io_pgtable_ops){
		.map_pages	= check_map_pages,
		.unmap_pages	= check_unmap_pages,
		.iova_to_phys	= check_iova_to_phys,
		.pgtable_walk	= inner->pgtable_walk ? check_pgtable_walk : NULL,
		.read_and_clear_dirty = inner->read_and_clear_dirty ?
					check_read_and_clear_dirty : NULL,
		/* Without these, a range is split into calls for pages. */
		.map_range	= inner->map_range ? check_map_range : NULL,
		.unmap_range	= inner->unmap_range ? check_unmap_range : NULL,
		.count_tables	= inner->count_tables ? check_count_tables : NULL,
		.reserve	= inner->reserve ? check_reserve : NULL,
		.unreserve	= inner->unreserve ? check_unreserve : NULL,
	};
	t->shows_walks = inner->pgtable_walk && check_has_long_descriptors(fmt);
}

static struct io_pgtable *check_alloc_over(const struct io_pgtable_below *below,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable_cfg inner = *cfg;
	struct check_table *t;

	if (!is_wanted(below))
		return NULL;
	t = table_new(below, cookie);
	if (!t) {
		pr_warn("out of memory: a table of format %s is not checked\n", below->name);
		return NULL;
	}
	t->memory.iommu_dev = cfg->iommu_dev;
	check_tlb_wrap(t, &inner);
	/* A driver's allocator expects the driver's cookie, so it is always wrapped. */
	if (cfg->alloc || (below->format->fns->caps & IO_PGTABLE_CAP_CUSTOM_ALLOCATOR))
		check_memory_wrap(t, &inner);
	t->inner = io_pgtable_alloc_below(below, &inner, t);
	if (IS_ERR(t->inner)) {
		struct io_pgtable_ops *error = t->inner;

		check_memory_free(t);
		kfree(t);
		return ERR_CAST(error);
	}
	table_init_ops(t, below->fmt);
	inner.tlb = cfg->tlb;
	inner.alloc = cfg->alloc;
	inner.free = cfg->free;
	*cfg = inner;
	return &t->iop;
}

static void check_free(struct io_pgtable *iop)
{
	struct check_table *t = container_of(iop, struct check_table, iop);

	if (!list_empty(&t->calls))
		check_report(t, NULL, CHECK_RACE, "the table is freed while it is in use");
	t->dying = true;
	free_io_pgtable_ops(t->inner);
	check_memory_free(t);
	check_held_free(t);
	check_model_free(t);
	kfree(t);
}

static struct io_pgtable_ops *check_below(struct io_pgtable *iop)
{
	return container_of(iop, struct check_table, iop)->inner;
}

static const struct io_pgtable_init_fns check_fns = {
	.alloc_over	= check_alloc_over,
	.free		= check_free,
	.below		= check_below,
	.caps		= IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
};

static struct io_pgtable_format check_formats[] = {
	{
		.name		= IO_PGTABLE_EVERY_FORMAT,
		.priority	= IO_PGTABLE_PRIORITY_CHECK,
		.fns		= &check_fns,
	},
};
module_io_pgtable_formats(check_formats);

MODULE_DESCRIPTION("io-pgtable: checker for drivers and page table formats");
MODULE_LICENSE("GPL");
