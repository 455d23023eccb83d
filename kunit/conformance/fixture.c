// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fixture of the conformance suites: tables, operations on them, and the driver with its TLB
 */
#include <kunit/device.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>

#include "fixture.h"

/*
 * Calls of the format's functions. If an address does not fit into an unsigned long, the suite has
 * a bug, since the format would get a truncated address.
 */

int conf_map_pages(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
		   int prot, gfp_t gfp, size_t *mapped)
{
	int ret;

	KUNIT_EXPECT_LE(f->test, iova, ULONG_MAX);
	conf_enter(f);
	ret = io_pgtable_map_pages(f->ops, iova, pa, size, count, prot, gfp, mapped);
	conf_leave(f);
	return ret;
}
EXPORT_SYMBOL_GPL(conf_map_pages);

size_t conf_unmap_pages(struct conf_fixture *f, u64 iova, u64 size, size_t count,
			struct iommu_iotlb_gather *gather)
{
	size_t unmapped;

	KUNIT_EXPECT_LE(f->test, iova, ULONG_MAX);
	/* Other tasks may be in a call at the same time. */
	if (!gather || gather->queued)
		WRITE_ONCE(f->caller_flushes, true);
	conf_enter(f);
	unmapped = io_pgtable_unmap_pages(f->ops, iova, size, count, gather);
	conf_leave(f);
	return unmapped;
}
EXPORT_SYMBOL_GPL(conf_unmap_pages);

u64 conf_iova_to_phys(struct conf_fixture *f, u64 iova)
{
	KUNIT_EXPECT_LE(f->test, iova, ULONG_MAX);
	return io_pgtable_iova_to_phys(f->ops, iova);
}
EXPORT_SYMBOL_GPL(conf_iova_to_phys);

/*
 * Operations, with the calls that the IOMMU core would make
 */

/* Return: the result of the last call. *@mapped is the sum of all calls. */
int conf_map(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
	     int prot, size_t *mapped)
{
	size_t all = 0, bytes;
	int ret;

	do {
		bytes = 0;
		ret = conf_map_pages(f, iova + all, pa + all, size,
				     count - (all >> __ffs64(size)), prot, GFP_KERNEL,
				     &bytes);
		all += bytes;
	} while (f->claims->stops_at_tables && !ret && bytes && all < count * size);
	if (mapped)
		*mapped = all;
	return ret;
}
EXPORT_SYMBOL_GPL(conf_map);

/* Unmap with a gather structure. The format must request the invalidation of all that it unmaps. */
size_t conf_unmap(struct conf_fixture *f, u64 iova, u64 size, size_t count)
{
	struct iommu_iotlb_gather gather;
	size_t all = 0, bytes;

	conf_forget(f);
	do {
		iommu_iotlb_gather_init(&gather);
		bytes = conf_unmap_pages(f, iova + all, size,
					 count - (all >> __ffs64(size ?: 1)), &gather);
		all += bytes;
	} while (f->claims->stops_at_tables && bytes && all < count * size);
	conf_sync(f);
	if (all)
		KUNIT_EXPECT_TRUE_MSG(f->test, conf_flushed(f, iova, all),
				      "not all of %#llx..%#llx was invalidated",
				      iova, iova + all - 1);
	return all;
}
EXPORT_SYMBOL_GPL(conf_unmap);

void conf_map_ok(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
		 int prot)
{
	size_t mapped;

	conf_forget(f);
	KUNIT_ASSERT_EQ(f->test, conf_map(f, iova, pa, size, count, prot, &mapped), 0);
	KUNIT_ASSERT_EQ(f->test, mapped, size * count);
	conf_look(f);
}
EXPORT_SYMBOL_GPL(conf_map_ok);

void conf_unmap_ok(struct conf_fixture *f, u64 iova, u64 size, size_t count)
{
	KUNIT_ASSERT_EQ(f->test, conf_unmap(f, iova, size, count), size * count);
}
EXPORT_SYMBOL_GPL(conf_unmap_ok);

/*
 * Unmap a block of which @count pages at @hole are unmapped already. They are mapped again before,
 * since unmap may stop at a hole.
 */
void conf_unmap_rest(struct conf_fixture *f, u64 iova, u64 bytes, u64 hole, u64 size,
		     size_t count)
{
	conf_map_ok(f, hole, 0, size, count, PROT_SOME);
	conf_unmap_ok(f, iova, bytes, 1);
}

/*
 * The driver. It records requests for TLB invalidations.
 */

/* Carry out the invalidations that were requested so far, and clear the record. */
void conf_forget(struct conf_fixture *f)
{
	unsigned long flags;

	conf_sync(f);
	spin_lock_irqsave(&f->lock, flags);
	f->n_flush = 0;
	f->n_pages = 0;
	f->n_ranges = 0;
	f->n_walks = 0;
	f->n_all = 0;
	spin_unlock_irqrestore(&f->lock, flags);
}

static void note_flush(struct conf_fixture *f, u64 start, u64 size, size_t granule,
		       unsigned long *count)
{
	bool walk = count == &f->n_walks;
	struct conf_flush *last;
	unsigned long flags;

	spin_lock_irqsave(&f->lock, flags);
	++*count;
	last = f->n_flush ? &f->flush[f->n_flush - 1] : NULL;
	if (last && last->walk == walk && last->granule == granule &&
	    last->last + 1 == start)
		last->last = start + size - 1;
	else if (f->n_flush < CONF_MAX_FLUSHES)
		f->flush[f->n_flush++] = (struct conf_flush){
			.start = start, .last = start + size - 1,
			.granule = granule, .walk = walk,
		};
	else	/* After too many requests, a driver invalidates everything. */
		WRITE_ONCE(f->caller_flushes, true);
	spin_unlock_irqrestore(&f->lock, flags);
}

static void fixture_flush_all(void *cookie)
{
	struct conf_fixture *f = cookie;
	unsigned long flags;

	spin_lock_irqsave(&f->lock, flags);
	f->n_all++;
	spin_unlock_irqrestore(&f->lock, flags);
	if (f->watch) {
		conf_look(f);
		conf_invalidate_walk(f, 0, U64_MAX, 1);
	}
}

static void fixture_flush_walk(unsigned long iova, size_t size, size_t granule,
			       void *cookie)
{
	struct conf_fixture *f = cookie;

	note_flush(f, iova, size, granule, &f->n_walks);
	if (f->on_walk)
		f->on_walk(f);
	if (f->watch) {
		conf_look(f);
		conf_invalidate_walk(f, iova, (u64)iova + size - 1, granule);
	}
}

/* Pages that are invalidated must be unmapped, except when their dirty state is cleared. */
static void expect_gone(struct conf_fixture *f, unsigned long iova)
{
	if (f->watch && !f->cleaning)
		KUNIT_EXPECT_EQ_MSG(f->test, conf_walk(f, iova).fault, CONF_NOTHING,
				    "invalidated while it is mapped: %#lx", iova);
}

static void fixture_add_page(struct iommu_iotlb_gather *gather,
			     unsigned long iova, size_t granule, void *cookie)
{
	struct conf_fixture *f = cookie;

	note_flush(f, iova, granule, granule, &f->n_pages);
	expect_gone(f, iova);
}

static void fixture_add_range(struct iommu_iotlb_gather *gather,
			      unsigned long iova, size_t size, size_t granule,
			      void *cookie)
{
	struct conf_fixture *f = cookie;

	note_flush(f, iova, size, granule, &f->n_ranges);
	KUNIT_EXPECT_NE(f->test, size, 0);
	for (; size >= granule; size -= granule, iova += granule)
		expect_gone(f, iova);
	KUNIT_EXPECT_EQ(f->test, size, 0);
}

static const struct iommu_flush_ops fixture_tlb = {
	.tlb_flush_all	= fixture_flush_all,
	.tlb_flush_walk	= fixture_flush_walk,
	.tlb_add_page	= fixture_add_page,
};

static const struct iommu_flush_ops fixture_range_tlb = {
	.tlb_flush_all	= fixture_flush_all,
	.tlb_flush_walk	= fixture_flush_walk,
	.tlb_add_page	= fixture_add_page,
	.tlb_add_range	= fixture_add_range,
};

static const struct iommu_flush_ops fixture_no_walk_tlb = {
	.tlb_flush_all	= fixture_flush_all,
	.tlb_add_page	= fixture_add_page,
};

/* Use a driver without a callback for walks. To be called before the table is made. */
void conf_hear_no_walks(struct conf_fixture *f)
{
	f->cfg.tlb = &fixture_no_walk_tlb;
}

/* Use a driver with a callback for ranges. To be called before the table is made. */
void conf_hear_ranges(struct conf_fixture *f)
{
	f->cfg.tlb = &fixture_range_tlb;
}
EXPORT_SYMBOL_GPL(conf_hear_ranges);

/* Return: whether invalidations of all of a range were requested, in any number of requests */
bool conf_flushed(struct conf_fixture *f, u64 iova, u64 size)
{
	u64 last = iova + size - 1;
	unsigned int i;
	bool progress;

	do {
		progress = false;
		for (i = 0; i < f->n_flush; i++) {
			if (f->flush[i].start > iova || f->flush[i].last < iova)
				continue;
			if (f->flush[i].last >= last)
				return true;
			iova = f->flush[i].last + 1;
			progress = true;
		}
	} while (progress);
	return f->n_all;
}
EXPORT_SYMBOL_GPL(conf_flushed);

/* Return: whether one request was for all of a range, table descriptors included */
bool conf_walk_flushed(struct conf_fixture *f, u64 iova, u64 size)
{
	unsigned int i;

	for (i = 0; i < f->n_flush; i++)
		if (f->flush[i].walk && f->flush[i].start <= iova &&
		    f->flush[i].last >= iova + size - 1)
			return true;
	return false;
}

/*
 * Tables
 */

/* Prepare a table without making it, so that the caller can change the configuration. */
struct conf_fixture *conf_fixture_alloc(struct kunit *test, const struct conf_shape *shape)
{
	struct conf_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	const struct conf_claims *claims = conf_suite_claims();
	static atomic_t walkers;
	char name[16];

	KUNIT_ASSERT_NOT_NULL(test, f);
	snprintf(name, sizeof(name), "walker%d", atomic_inc_return(&walkers));
	f->test = test;
	f->claims = claims;
	f->shape = shape;
	xa_init_flags(&f->pages, XA_FLAGS_LOCK_IRQ);
	spin_lock_init(&f->lock);

	f->dev = kunit_device_register(test, name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->dev);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(f->dev, DMA_BIT_MASK(64)), 0);

	f->cfg = (struct io_pgtable_cfg){
		.quirks = shape->quirks,
		.pgsize_bitmap = shape->pgsizes,
		.ias = shape->ias,
		.oas = shape->oas,
		.coherent_walk = !shape->noncoherent,
		.tlb = &fixture_tlb,
		.iommu_dev = f->dev,
		.alloc = claims->custom_allocator ? conf_custom_alloc : NULL,
		.free = claims->custom_allocator ? conf_custom_free : NULL,
		.format_cfg_size = claims->format_cfg_size,
	};
	if (claims->format_cfg_size) {
		f->cfg.format_cfg = kunit_kzalloc(test, claims->format_cfg_size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->cfg.format_cfg);
	}
	return f;
}
EXPORT_SYMBOL_GPL(conf_fixture_alloc);

static void fixture_action(void *data)
{
	conf_fixture_free(data);
}

static void check_registers(struct conf_fixture *f)
{
	const struct conf_judge *judge = f->claims->judge;

	if (!judge)
		return;
	f->regs = kunit_kzalloc(f->test, judge->regs_size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(f->test, f->regs);
	judge->registers(f);
	KUNIT_ASSERT_STREQ(f->test, judge->complaint(f) ?: "", "");
}

/* Return: 0, or the error of io_pgtable_alloc(). */
int conf_fixture_make(struct conf_fixture *f)
{
	struct io_pgtable_ops *ops;

	conf_trace(f);
	conf_enter(f);
	ops = conf_alloc_table(f->shape, &f->cfg, f);
	conf_leave(f);
	if (IS_ERR(ops)) {
		conf_untrace(f);
		return PTR_ERR(ops);
	}
	f->ops = ops;
	KUNIT_ASSERT_EQ(f->test,
			kunit_add_action_or_reset(f->test, fixture_action, f), 0);
	check_registers(f);
	return 0;
}
EXPORT_SYMBOL_GPL(conf_fixture_make);

struct conf_fixture *conf_fixture(struct kunit *test, const struct conf_shape *shape)
{
	struct conf_fixture *f = conf_fixture_alloc(test, shape);

	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	return f;
}
EXPORT_SYMBOL_GPL(conf_fixture);

/* Free the table, and check that all of its memory is freed. */
void conf_fixture_free(struct conf_fixture *f)
{
	struct io_pgtable_ops *ops = f->ops;

	if (!ops)
		return;
	f->ops = NULL;
	f->dying = true;
	f->n_all = 0;
	conf_enter(f);
	free_io_pgtable_ops(ops);
	conf_leave(f);
	conf_untrace(f);
	f->dying = false;
	KUNIT_EXPECT_EQ(f->test, f->n_all, !!f->cfg.tlb);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->live), 0);
	xa_destroy(&f->pages);
}
EXPORT_SYMBOL_GPL(conf_fixture_free);
