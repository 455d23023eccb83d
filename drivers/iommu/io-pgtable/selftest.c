// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable self-test: a test of each implementation of a format before it makes tables for
 * drivers. The test makes one table, with the configuration that the implementation provides for
 * this. It tests every page size, both ends of the input addresses, every boundary that a table
 * can have, and calls that must fail.
 *
 * No hardware walks the table, so output addresses need not be memory.
 */
#define pr_fmt(fmt) "io-pgtable: " fmt

#include <kunit/visibility.h>
#include <linux/err.h>
#include <linux/io-pgtable-format.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "core.h"

/* The parameter's prefix does not depend on the module name. */
#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "io_pgtable."

VISIBLE_IF_KUNIT bool io_pgtable_selftest_enabled = true;
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_selftest_enabled);
module_param_named(selftest, io_pgtable_selftest_enabled, bool, 0644);
MODULE_PARM_DESC(selftest, "Test each page table format at registration (default: on)");

#define TRIAL_PROT	(IOMMU_READ | IOMMU_WRITE)
/* The value of *mapped before a call, to check that the call adds to it */
#define TRIAL_MAPPED	0x1000

/**
 * struct trial - a table under test
 * @f: its format
 * @ops: its operations
 * @pgsizes: its page sizes, one bit each
 * @first: first input address
 * @last: last input address
 * @bits: log2 of the number of input addresses
 * @last_paddr: last output address
 * @paddr_ends: whether output addresses beyond @last_paddr can be passed to the table
 */
struct trial {
	const struct io_pgtable_format	*f;
	struct io_pgtable_ops		*ops;
	unsigned long			pgsizes;
	unsigned long			first;
	unsigned long			last;
	unsigned int			bits;
	phys_addr_t			last_paddr;
	bool				paddr_ends;
};

/* An output address with bits set in all parts, aligned to @align */
static phys_addr_t trial_paddr(const struct trial *t, size_t align)
{
	return t->last_paddr & (phys_addr_t)0x5555555555555555ULL & ~((phys_addr_t)align - 1);
}

/* A range of pages of one size */
struct trial_range {
	unsigned long	iova;
	phys_addr_t	paddr;
	size_t		pgsize;
	size_t		pgcount;
};

#define TRIAL_FAILED	"format %s, priority %d, of %s fails its self-test: %s at %#lx: "

static int trial_failed(const struct trial *t, const char *check, unsigned long iova,
			u64 expected, u64 found)
{
	pr_err(TRIAL_FAILED "expected %#llx, found %#llx\n", t->f->id, t->f->priority,
	       module_name(t->f->owner), check, iova, expected, found);
	return -EIO;
}

/* Not a failure of the implementation, so it may be registered later */
static int trial_lacks_memory(const struct trial *t)
{
	pr_err("format %s, priority %d, of %s: no memory for its self-test\n", t->f->id,
	       t->f->priority, module_name(t->f->owner));
	return -ENOMEM;
}

static int trial_failed_error(const struct trial *t, const char *check,
			      unsigned long iova, int expected, int found)
{
	pr_err(TRIAL_FAILED "expected error %d, found %d\n", t->f->id, t->f->priority,
	       module_name(t->f->owner), check, iova, expected, found);
	return -EIO;
}

/*
 * Checks of a table's state and of single calls
 */

static int trial_translates(const struct trial *t, const char *check, unsigned long iova,
			    phys_addr_t expected)
{
	phys_addr_t found = t->ops->iova_to_phys(t->ops, iova);

	return found == expected ? 0 : trial_failed(t, check, iova, expected, found);
}

/* Check the translation of the first and the last byte of a page */
static int trial_page(const struct trial *t, const char *check,
		      const struct trial_range *r, size_t page)
{
	unsigned long iova = r->iova + page * r->pgsize;
	phys_addr_t paddr = r->paddr + page * r->pgsize;
	size_t last = r->pgsize - 1;

	return trial_translates(t, check, iova, paddr) ?:
	       trial_translates(t, check, iova + last, paddr + last);
}

static int trial_no_page(const struct trial *t, const char *check,
			 const struct trial_range *r, size_t page)
{
	unsigned long iova = r->iova + page * r->pgsize;

	return trial_translates(t, check, iova, 0) ?:
	       trial_translates(t, check, iova + (r->pgsize - 1), 0);
}

/* Check that nothing is mapped beside a range, where that is an input address */
static int trial_neighbours(const struct trial *t, const struct trial_range *r)
{
	unsigned long end = r->iova + r->pgsize * r->pgcount;
	int ret = 0;

	if (r->iova)
		ret = trial_translates(t, "byte before a mapping", r->iova - 1, 0);
	if (!ret && end)
		ret = trial_translates(t, "byte after a mapping", end, 0);
	return ret;
}

/* Map a range. As in the IOMMU core, a call may stop at the end of a table. */
static int trial_map(const struct trial *t, const struct trial_range *r)
{
	size_t size = r->pgsize * r->pgcount, done = 0, mapped;
	int ret;

	while (done < size) {
		mapped = TRIAL_MAPPED;
		ret = t->ops->map_pages(t->ops, r->iova + done, r->paddr + done, r->pgsize,
					(size - done) / r->pgsize, TRIAL_PROT, GFP_KERNEL,
					&mapped);
		if (ret == -ENOMEM)
			return trial_lacks_memory(t);
		if (ret)
			return trial_failed_error(t, "mapping", r->iova + done, 0, ret);
		mapped -= TRIAL_MAPPED;
		if (!mapped || mapped > size - done || mapped % r->pgsize)
			return trial_failed(t, "bytes mapped", r->iova + done, size - done,
					    mapped);
		done += mapped;
	}
	return 0;
}

static size_t trial_unmap_pages(const struct trial *t, unsigned long iova, size_t pgsize,
				size_t pgcount)
{
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	return t->ops->unmap_pages(t->ops, iova, pgsize, pgcount, &gather);
}

static int trial_unmap(const struct trial *t, const struct trial_range *r)
{
	size_t size = r->pgsize * r->pgcount, done = 0, unmapped;

	while (done < size) {
		unmapped = trial_unmap_pages(t, r->iova + done, r->pgsize,
					     (size - done) / r->pgsize);
		if (!unmapped || unmapped > size - done || unmapped % r->pgsize)
			return trial_failed(t, "bytes unmapped", r->iova + done,
					    size - done, unmapped);
		done += unmapped;
	}
	return 0;
}

/* Check that a map fails, with -EEXIST if @expected is -EEXIST, and adds nothing to *mapped */
static int trial_refuses(const struct trial *t, const char *check,
			 const struct trial_range *r, int expected)
{
	size_t mapped = TRIAL_MAPPED;
	int ret = t->ops->map_pages(t->ops, r->iova, r->paddr, r->pgsize, r->pgcount,
				    TRIAL_PROT, GFP_KERNEL, &mapped);

	if (ret >= 0 || (expected == -EEXIST && ret != expected))
		return trial_failed_error(t, check, r->iova, expected, ret);
	if (mapped != TRIAL_MAPPED)
		return trial_failed(t, "bytes mapped by a call that fails", r->iova, 0,
				    mapped - TRIAL_MAPPED);
	return 0;
}

static int trial_refuses_unmap(const struct trial *t, const char *check,
			       unsigned long iova, size_t pgsize)
{
	size_t unmapped = trial_unmap_pages(t, iova, pgsize, 1);

	return unmapped ? trial_failed(t, check, iova, 0, unmapped) : 0;
}

/*
 * Tests
 */

/* Unmap the second page of a range, and map it again */
static int trial_hole(const struct trial *t, const struct trial_range *r)
{
	const struct trial_range second = {
		.iova = r->iova + r->pgsize, .paddr = r->paddr + r->pgsize,
		.pgsize = r->pgsize, .pgcount = 1,
	};

	return trial_unmap(t, &second) ?:
	       trial_page(t, "page before one that is unmapped", r, 0) ?:
	       trial_no_page(t, "page that is unmapped", r, 1) ?:
	       (r->pgcount > 2 ? trial_page(t, "page after one that is unmapped", r, 2) : 0) ?:
	       trial_map(t, &second);
}

static int trial_range(const struct trial *t, const struct trial_range *r)
{
	int ret = trial_map(t, r);
	size_t i;

	for (i = 0; i < r->pgcount && !ret; i++)
		ret = trial_page(t, "translation", r, i);
	ret = ret ?: trial_neighbours(t, r);
	if (!ret && r->pgcount > 1)
		ret = trial_hole(t, r);
	ret = ret ?: trial_unmap(t, r);
	for (i = 0; i < r->pgcount && !ret; i++)
		ret = trial_no_page(t, "translation after unmap", r, i);
	return ret;
}

/* Map four pages, or two, across each boundary that a table of these pages can have */
static int trial_boundaries(const struct trial *t, size_t pgsize)
{
	struct trial_range r = { .pgsize = pgsize, .pgcount = 4 };
	unsigned int shift = __ffs(pgsize);
	int ret = 0;

	while (r.pgcount > 1 && r.pgcount > min_t(u64, t->last_paddr, SIZE_MAX) >> shift)
		r.pgcount /= 2;
	r.paddr = trial_paddr(t, r.pgcount * pgsize);

	while (r.pgcount > 1 && ++shift < t->bits && !ret) {
		r.iova = t->first + (BIT(shift) - r.pgcount / 2 * pgsize);
		ret = trial_range(t, &r);
	}
	return ret;
}

/* Map the first page to the lowest output addresses, the last page to the highest */
static int trial_page_size(const struct trial *t, size_t pgsize)
{
	const struct trial_range first = {
		.iova = t->first, .paddr = 0, .pgsize = pgsize, .pgcount = 1,
	};
	const struct trial_range last = {
		.iova = t->last - (pgsize - 1), .paddr = t->last_paddr - (pgsize - 1),
		.pgsize = pgsize, .pgcount = 1,
	};

	return trial_range(t, &first) ?: trial_range(t, &last) ?:
	       trial_boundaries(t, pgsize);
}

static int trial_page_sizes(const struct trial *t)
{
	unsigned long sizes = t->pgsizes;
	int ret = 0;

	for (; sizes && !ret; sizes &= sizes - 1)
		ret = trial_page_size(t, BIT(__ffs(sizes)));
	return ret;
}

/* Check that pages of any size do not replace a mapped page */
static int trial_overlap(const struct trial *t, size_t pgsize)
{
	const struct trial_range r = {
		.iova = t->last - (pgsize - 1), .paddr = trial_paddr(t, pgsize),
		.pgsize = pgsize, .pgcount = 1,
	};
	struct trial_range other = { .pgcount = 1 };
	unsigned long sizes = t->pgsizes;
	int ret = trial_map(t, &r);

	for (; sizes && !ret; sizes &= sizes - 1) {
		other.pgsize = BIT(__ffs(sizes));
		other.iova = r.iova & ~(other.pgsize - 1);
		ret = trial_refuses(t, "mapping what is mapped", &other, -EEXIST) ?:
		      trial_page(t, "page that was to be replaced", &r, 0);
	}
	return ret ?: trial_unmap(t, &r);
}

static int trial_overlaps(const struct trial *t)
{
	unsigned long sizes = t->pgsizes;
	int ret = 0;

	for (; sizes && !ret; sizes &= sizes - 1)
		ret = trial_overlap(t, BIT(__ffs(sizes)));
	return ret;
}

/* Check that wrong page sizes and unaligned addresses are refused */
static int trial_refuses_sizes(const struct trial *t, size_t pgsize)
{
	struct trial_range r = { .iova = t->first, .pgsize = pgsize / 2, .pgcount = 1 };
	int ret = trial_refuses(t, "mapping half a page", &r, -EINVAL);

	r.pgsize = pgsize;
	r.iova = t->first + pgsize / 2;
	ret = ret ?: trial_refuses(t, "mapping an unaligned input address", &r, -EINVAL);
	r.iova = t->first;
	r.paddr = pgsize / 2;
	return ret ?: trial_refuses(t, "mapping an unaligned output address", &r, -EINVAL);
}

/* Check that a range is refused if any part is out of range, and that no address bits are lost */
static int trial_refuses_ranges(const struct trial *t, size_t pgsize)
{
	const struct trial_range past_input = {
		.iova = t->last - (pgsize - 1), .pgsize = pgsize, .pgcount = 2,
	};
	const struct trial_range past_output = {
		.iova = t->first, .paddr = t->last_paddr - (pgsize - 1), .pgsize = pgsize,
		.pgcount = 2,
	};
	const struct trial_range beyond_input = {
		.iova = t->last + 1, .pgsize = pgsize, .pgcount = 1,
	};
	const struct trial_range before_input = {
		.iova = t->first - pgsize, .pgsize = pgsize, .pgcount = 1,
	};
	const struct trial_range beyond_output = {
		.iova = t->first, .paddr = t->last_paddr + 1, .pgsize = pgsize, .pgcount = 1,
	};
	int ret;

	ret = trial_refuses(t, "mapping past the last input address", &past_input,
			    -ERANGE);
	if (!ret && t->paddr_ends)
		ret = trial_refuses(t, "mapping past the last output address",
				    &past_output, -ERANGE);
	if (!ret && t->bits < BITS_PER_LONG)
		ret = trial_refuses(t, "mapping beyond all input addresses",
				    &beyond_input, -ERANGE) ?:
		      trial_refuses(t, "mapping before all input addresses",
				    &before_input, -ERANGE);
	if (!ret && t->paddr_ends && beyond_output.paddr)
		ret = trial_refuses(t, "mapping beyond all output addresses",
				    &beyond_output, -ERANGE);
	return ret;
}

/*
 * With the first and the last page mapped, check that nothing else is, and that invalid calls do
 * not unmap them
 */
static int trial_refuses_others(const struct trial *t, size_t pgsize)
{
	const struct trial_range first = {
		.iova = t->first, .paddr = trial_paddr(t, pgsize), .pgsize = pgsize,
		.pgcount = 1,
	};
	const struct trial_range last = {
		.iova = t->last - (pgsize - 1), .paddr = first.paddr, .pgsize = pgsize,
		.pgcount = 1,
	};
	int ret = trial_map(t, &first) ?: trial_map(t, &last);

	if (!ret && t->bits < BITS_PER_LONG)
		ret = trial_neighbours(t, &first) ?: trial_neighbours(t, &last) ?:
		      trial_refuses_unmap(t, "unmapping beyond all input addresses",
					  t->last + 1, pgsize) ?:
		      trial_refuses_unmap(t, "unmapping before all input addresses",
					  t->first - pgsize, pgsize);
	return ret ?:
	       trial_refuses_unmap(t, "unmapping half a page", t->first, pgsize / 2) ?:
	       trial_refuses_unmap(t, "unmapping an unaligned input address",
				   t->first + pgsize / 2, pgsize) ?:
	       trial_page(t, "first page", &first, 0) ?:
	       trial_page(t, "last page", &last, 0) ?:
	       trial_unmap(t, &first) ?: trial_unmap(t, &last);
}

/* Check that refused calls have no effect */
static int trial_refusals(const struct trial *t)
{
	size_t pgsize = BIT(__ffs(t->pgsizes));
	const struct trial_range first = {
		.iova = t->first, .pgsize = pgsize, .pgcount = 1,
	};
	const struct trial_range last = {
		.iova = t->last - (pgsize - 1), .pgsize = pgsize, .pgcount = 1,
	};

	return trial_refuses_sizes(t, pgsize) ?: trial_refuses_ranges(t, pgsize) ?:
	       trial_no_page(t, "page that was refused", &first, 0) ?:
	       trial_no_page(t, "page that was refused", &last, 0) ?:
	       trial_refuses_others(t, pgsize) ?:
	       trial_refuses_unmap(t, "unmapping what is not mapped", t->first, pgsize);
}

/*
 * Making the table
 */

/* Compute the table's addresses, limited to those that callers can pass */
static int trial_init(struct trial *t, const struct io_pgtable_cfg *cfg,
		      struct io_pgtable_ops *ops)
{
	unsigned int paddr_max = 8 * sizeof(phys_addr_t);
	unsigned int paddr_bits = min(cfg->oas, paddr_max);
	unsigned long largest;

	t->ops = ops;
	t->pgsizes = cfg->pgsize_bitmap;
	t->bits = min_t(unsigned int, cfg->ias, BITS_PER_LONG);
	if (!t->pgsizes || !t->bits || !paddr_bits)
		return trial_failed(t, "page sizes or addresses", 0, 1, 0);
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1)
		t->first = (unsigned long)(~0ULL << cfg->ias);
	t->last = t->first + (~0UL >> (BITS_PER_LONG - t->bits));
	t->last_paddr = ~(phys_addr_t)0 >> (paddr_max - paddr_bits);
	t->paddr_ends = cfg->oas <= paddr_max;
	largest = BIT(__fls(t->pgsizes));
	if (largest - 1 > t->last - t->first || largest - 1 > t->last_paddr)
		return trial_failed(t, "page size that addresses have no room for", t->first,
				    t->last - t->first, largest - 1);
	return 0;
}

/*
 * Allocate a table without pins of the core, since the format is not registered yet. NULL may
 * mean any error, and counts as a failure.
 */
static struct io_pgtable *trial_alloc(struct io_pgtable_format *f,
				      struct io_pgtable_cfg *cfg)
{
	struct io_pgtable *iop = f->fns->alloc(cfg, NULL) ?: ERR_PTR(-EIO);

	if (!IS_ERR(iop)) {
		iop->fmt = f->name ? IO_PGTABLE_NUM_FMTS : f->fmt;
		iop->format = f;
		iop->cookie = NULL;
		iop->cfg = *cfg;
	}
	return iop;
}

static int trial_run(struct trial *t, struct io_pgtable_format *f,
		     struct io_pgtable_cfg *cfg)
{
	struct io_pgtable *iop;
	int ret;

	iop = trial_alloc(f, cfg);
	if (PTR_ERR(iop) == -ENOMEM)
		return trial_lacks_memory(t);
	if (IS_ERR(iop)) {
		trial_failed_error(t, "allocation", 0, 0, PTR_ERR(iop));
		return PTR_ERR(iop);
	}
	ret = trial_init(t, cfg, &iop->ops) ?: trial_page_sizes(t) ?: trial_overlaps(t) ?:
	      trial_refusals(t);
	f->fns->free(iop);
	return ret;
}

/**
 * io_pgtable_selftest() - test a format before it is registered
 * @f: the format, not yet registered, with its owner set
 *
 * A format without a configuration for the self-test is not tested, nor is one that builds on
 * others. Failures are logged.
 *
 * Context: process context. May sleep. Takes a few milliseconds at most.
 * Return: 0 if the test passes, or the self-test is disabled; the error of
 * &io_pgtable_init_fns.alloc; -EIO if the table behaves wrongly; -ENOMEM if there was no memory
 * for the test: its result is unknown then.
 */
int io_pgtable_selftest(struct io_pgtable_format *f)
{
	struct trial t = { .f = f };
	struct io_pgtable_cfg cfg;
	ktime_t start;
	int ret;

	if (!READ_ONCE(io_pgtable_selftest_enabled) || !f->trial || f->fns->alloc_over)
		return 0;

	cfg = *f->trial;
	if (cfg.format_cfg_size != f->fns->format_cfg_size ||
	    !cfg.format_cfg != !cfg.format_cfg_size)
		return trial_failed(&t, "size of its own configuration", 0,
				    f->fns->format_cfg_size,
				    cfg.format_cfg ? cfg.format_cfg_size : 0);
	/* The test writes to the configuration and to format_cfg, so copy both. */
	if (cfg.format_cfg_size) {
		cfg.format_cfg = kmemdup(cfg.format_cfg, cfg.format_cfg_size, GFP_KERNEL);
		if (!cfg.format_cfg)
			return trial_lacks_memory(&t);
	}
	start = ktime_get();
	ret = trial_run(&t, f, &cfg);
	if (!ret)
		pr_debug("format %s passes its self-test: %lld us\n",
			 f->id, ktime_us_delta(ktime_get(), start));
	kfree(cfg.format_cfg);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_selftest);
