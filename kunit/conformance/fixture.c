// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fixture of the conformance suites: tables, operations on them, the driver's
 * TLB, and what should be found in them.
 */
#include <kunit/device.h>
#include <linux/dma-mapping.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "conformance.h"

/*
 * Shapes
 */

static const struct conf_claims *claims;	/* of the suite that runs */

static bool is_for_any(const struct kunit_case *c)
{
	char desc[KUNIT_PARAM_DESC_SIZE];

	return FIRST_PARAM(c->generate_params, desc);
}

/* List the cases of some groups for KUnit. To be called before KUnit looks. */
int conformance_fill(struct kunit_case *cases, char *module,
		     const struct conf_claims *those,
		     const struct kunit_case *const *groups)
{
	const struct kunit_case *c;
	unsigned int n = 0;

	claims = those;
	for (; *groups; groups++)
		for (c = *groups; c->name; c++) {
			if (!is_for_any(c))
				continue;
			if (WARN_ON(n == CONFORMANCE_MAX_CASES - 1))
				return -E2BIG;
			cases[n] = *c;
			cases[n++].module_name = module;
		}
	return 0;
}
EXPORT_SYMBOL_GPL(conformance_fill);

/* Make a table of the suite's format, which has a number or a name. */
struct io_pgtable_ops *conf_alloc_table(const struct conf_shape *shape,
					struct io_pgtable_cfg *cfg, void *cookie)
{
	return claims->format ? io_pgtable_alloc_named(claims->format, cfg, cookie) :
				io_pgtable_alloc(shape->fmt, cfg, cookie);
}

/* A suite begins. Its format is loaded, and can do what it should be able to do. */
int conformance_suite_init(struct kunit_suite *suite, const struct conf_claims *those)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = those->shapes->pgsizes,
		.ias = those->shapes->ias,
		.oas = those->shapes->oas,
		.quirks = those->shapes->quirks,
		.coherent_walk = true,
		.format_cfg_size = those->format_cfg_size,
	};
	struct io_pgtable_ops *ops;

	claims = those;
	if (cfg.format_cfg_size) {
		cfg.format_cfg = kzalloc(cfg.format_cfg_size, GFP_KERNEL);
		if (!cfg.format_cfg)
			return -ENOMEM;
	}
	ops = conf_alloc_table(those->shapes, &cfg, NULL);
	if (!IS_ERR(ops))
		free_io_pgtable_ops(ops);
	kfree(cfg.format_cfg);
	return PTR_ERR_OR_ZERO(ops);
}
EXPORT_SYMBOL_GPL(conformance_suite_init);

/* The next shape that is meant */
const void *conformance_next(const void *prev, char *desc,
			     bool (*is_meant)(const struct conf_shape *shape))
{
	const struct conf_shape *shape = prev;

	do {
		shape = shape ? shape + 1 : claims->shapes;
	} while (shape->name && !is_meant(shape));
	if (!shape->name)
		return NULL;
	strscpy(desc, shape->name, KUNIT_PARAM_DESC_SIZE);
	return shape;
}
EXPORT_SYMBOL_GPL(conformance_next);

static bool is_any(const struct conf_shape *shape)
{
	return true;
}

/* The input addresses need more than one table of pages, and blocks fit in. */
bool conformance_has_blocks(const struct conf_shape *shape)
{
	u64 blocks = shape->pgsizes & (shape->pgsizes - 1);

	return blocks && shape->ias > __ffs64(blocks);
}
EXPORT_SYMBOL_GPL(conformance_has_blocks);

/* Arm's contiguous hint adds page sizes. */
bool conformance_has_groups(const struct conf_shape *shape)
{
	return shape->quirks & IO_PGTABLE_QUIRK_ARM_CONTIG &&
	       !(shape->quirks & IO_PGTABLE_QUIRK_ARM_HD);
}
EXPORT_SYMBOL_GPL(conformance_has_groups);

static bool splits_into_tables(const struct conf_shape *shape)
{
	return claims->splits_blocks && conformance_has_blocks(shape);
}

static bool splits_blocks(const struct conf_shape *shape)
{
	return splits_into_tables(shape) || conformance_has_groups(shape);
}

static bool keeps_blocks(const struct conf_shape *shape)
{
	return !claims->splits_blocks && conformance_has_blocks(shape);
}

static bool splits_without_break(const struct conf_shape *shape)
{
	return splits_blocks(shape) && shape->quirks & IO_PGTABLE_QUIRK_NO_BBM;
}

static bool splits_by_break(const struct conf_shape *shape)
{
	return splits_blocks(shape) && !(shape->quirks & IO_PGTABLE_QUIRK_NO_BBM);
}

static bool is_nc(const struct conf_shape *shape)
{
	return shape->noncoherent;
}

static bool is_hd(const struct conf_shape *shape)
{
	return shape->quirks & IO_PGTABLE_QUIRK_ARM_HD;
}

static bool is_hd_and_splits_blocks(const struct conf_shape *shape)
{
	return is_hd(shape) && splits_into_tables(shape);
}

static bool is_no_hd(const struct conf_shape *shape)
{
	return !is_hd(shape);
}

GEN_PARAMS(conformance_all)
{
	return conformance_next(prev, desc, is_any);
}
EXPORT_SYMBOL_GPL(conformance_all);

GEN_PARAMS(conformance_blocks)
{
	return conformance_next(prev, desc, conformance_has_blocks);
}
EXPORT_SYMBOL_GPL(conformance_blocks);

GEN_PARAMS(conformance_splits_blocks)
{
	return conformance_next(prev, desc, splits_blocks);
}

GEN_PARAMS(conformance_splits_into_tables)
{
	return conformance_next(prev, desc, splits_into_tables);
}

GEN_PARAMS(conformance_splits_without_break)
{
	return conformance_next(prev, desc, splits_without_break);
}

GEN_PARAMS(conformance_splits_by_break)
{
	return conformance_next(prev, desc, splits_by_break);
}

GEN_PARAMS(conformance_keeps_blocks)
{
	return conformance_next(prev, desc, keeps_blocks);
}

GEN_PARAMS(conformance_nc)
{
	return conformance_next(prev, desc, is_nc);
}

GEN_PARAMS(conformance_hd)
{
	return conformance_next(prev, desc, is_hd);
}
EXPORT_SYMBOL_GPL(conformance_hd);

GEN_PARAMS(conformance_hd_splits_blocks)
{
	return conformance_next(prev, desc, is_hd_and_splits_blocks);
}

GEN_PARAMS(conformance_no_hd)
{
	return conformance_next(prev, desc, is_no_hd);
}

/*
 * The address space
 */

/* Input address bits that a caller can choose */
unsigned int conf_input_bits(const struct conf_fixture *f)
{
	return min(f->cfg.ias, BITS_PER_LONG);
}
EXPORT_SYMBOL_GPL(conf_input_bits);

/* The number of input addresses */
u64 conf_space(const struct conf_fixture *f)
{
	return BIT_ULL(conf_input_bits(f));
}
EXPORT_SYMBOL_GPL(conf_space);

/* First and last input address, as an unsigned long has them */
u64 conf_base(const struct conf_fixture *f)
{
	return f->shape->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ?
	       (unsigned long)GENMASK_ULL(63, f->cfg.ias) : 0;
}
EXPORT_SYMBOL_GPL(conf_base);

u64 conf_last(const struct conf_fixture *f)
{
	return conf_base(f) + (conf_space(f) - 1);
}
EXPORT_SYMBOL_GPL(conf_last);

unsigned int conf_num_pgsizes(const struct conf_fixture *f)
{
	return hweight_long(f->cfg.pgsize_bitmap);
}
EXPORT_SYMBOL_GPL(conf_num_pgsizes);

/* The page sizes from the smallest to the largest */
u64 conf_pgsize(const struct conf_fixture *f, unsigned int n)
{
	unsigned long sizes = f->cfg.pgsize_bitmap;

	while (n--)
		sizes &= sizes - 1;
	return sizes & -sizes;
}
EXPORT_SYMBOL_GPL(conf_pgsize);

unsigned int conf_granule_bits(const struct conf_fixture *f)
{
	return __ffs(f->cfg.pgsize_bitmap);
}

/* The level that has the leaf entries of a page size */
unsigned int conf_level_of(struct conf_fixture *f, u64 size)
{
	const struct conf_judge *judge = f->claims->judge;
	unsigned int level = judge->start_level(f);

	while (level < judge->last_level && BIT_ULL(judge->shift(f, level)) > size)
		level++;
	return level;
}

/* Input addresses that one descriptor of a page size is for */
u64 conf_entry_size(struct conf_fixture *f, u64 size)
{
	return BIT_ULL(f->claims->judge->shift(f, conf_level_of(f, size)));
}
EXPORT_SYMBOL_GPL(conf_entry_size);

/* A page of several descriptors that have Arm's contiguous hint */
bool conf_is_group(struct conf_fixture *f, u64 size)
{
	return conformance_has_groups(f->shape) && conf_entry_size(f, size) != size;
}
EXPORT_SYMBOL_GPL(conf_is_group);

/*
 * Can a page of @small be unmapped out of a page of @large? In any kernel, the
 * contiguous hint takes nothing away from what can be done with single descriptors.
 */
bool conf_splits(struct conf_fixture *f, u64 large, u64 small)
{
	return f->claims->splits_blocks ||
	       (conf_is_group(f, large) && conf_entry_size(f, large) == conf_entry_size(f, small));
}
EXPORT_SYMBOL_GPL(conf_splits);

static u64 next_size(struct conf_fixture *f, unsigned int *i, bool splits)
{
	while (++*i < conf_num_pgsizes(f))
		if (conf_splits(f, conf_pgsize(f, *i), conf_pgsize(f, 0)) == splits)
			return conf_pgsize(f, *i);
	return 0;
}

/*
 * The next larger page size than number *@i of which all smaller pages can be unmapped,
 * 0 after all
 */
u64 conf_next_split(struct conf_fixture *f, unsigned int *i)
{
	return next_size(f, i, true);
}
EXPORT_SYMBOL_GPL(conf_next_split);

/* The same of those out of which the smallest pages cannot be unmapped */
u64 conf_next_kept(struct conf_fixture *f, unsigned int *i)
{
	return next_size(f, i, false);
}
EXPORT_SYMBOL_GPL(conf_next_kept);

/*
 * Input addresses that one table with pages of @size is for. If nobody knows, they
 * are as many as pages fit into a page.
 */
u64 conf_span(struct conf_fixture *f, u64 size)
{
	unsigned int level;

	if (!f->claims->judge)
		return min(conf_pgsize(f, 0) / 8 * size, BIT_ULL(f->cfg.ias));
	level = conf_level_of(f, size);
	if (level == f->claims->judge->start_level(f))
		return BIT_ULL(f->cfg.ias);
	return BIT_ULL(f->claims->judge->shift(f, level - 1));
}
EXPORT_SYMBOL_GPL(conf_span);

/* A physical address that tells pages, tables and high bits apart */
u64 conf_some_pa(struct conf_fixture *f, u64 size)
{
	return 0x5a5a5a5a5a5a5a5a & (BIT_ULL(f->cfg.oas) - 1) & ~(size - 1);
}

/*
 * What the format has. An address that does not fit into an unsigned long is a mistake of
 * the suite: the format would get another one.
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
 * Operations, as the IOMMU core calls them
 */

/* Return: what the last call said; all that was mapped is in *@mapped. */
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

/* With a gather structure: all that is unmapped must be asked of the TLB. */
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
	conf_look(f);
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

/* Of a block @count pages are gone. A hole may be in the way of unmapping it. */
void conf_unmap_rest(struct conf_fixture *f, u64 iova, u64 bytes, u64 hole, u64 size,
		     size_t count)
{
	conf_map_ok(f, hole, 0, size, count, PROT_SOME);
	conf_unmap_ok(f, iova, bytes, 1);
}

/*
 * What should be found
 */

struct conf_result conf_walk(struct conf_fixture *f, u64 iova)
{
	return f->claims->judge->walk(f, iova);
}
EXPORT_SYMBOL_GPL(conf_walk);

/**
 * conf_holds() - ask the judge and the format itself for one address
 * @f: the fixture
 * @iova: any address
 * @m: what it should be mapped to, NULL for nothing; its pa is that of @iova
 *
 * Return: whether both agree with @m.
 */
bool conf_holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	const struct conf_judge *judge = f->claims->judge;

	if (conf_iova_to_phys(f, iova) != (m ? m->pa : 0))
		return false;
	if (!judge)
		return true;
	return m ? judge->holds(f, iova, m) : conf_walk(f, iova).fault == CONF_NOTHING;
}
EXPORT_SYMBOL_GPL(conf_holds);

static void explain(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	struct conf_result r = { };

	if (f->claims->judge)
		r = conf_walk(f, iova);
	kunit_info(f->test,
		   "walker: fault %d level %u desc %#llx size %#llx pa %#llx; iova_to_phys: %#llx\n",
		   r.fault, r.level, r.desc, r.size, r.pa, conf_iova_to_phys(f, iova));
	if (m)
		KUNIT_FAIL_AND_ABORT(f->test,
				     "%#llx should be mapped to %#llx, size %#llx, prot %#x",
				     iova, m->pa, m->size, m->prot);
	KUNIT_FAIL_AND_ABORT(f->test, "%#llx should not be mapped", iova);
}

static void expect(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	if (!conf_holds(f, iova, m))
		explain(f, iova, m);
}

/* First, last and a byte in between of one leaf entry */
static void expect_leaf(struct conf_fixture *f, u64 iova, u64 pa, u64 bytes,
			const struct conf_mapping *like)
{
	u64 at[] = { 0, div_u64(bytes, 3), bytes - 1 };
	struct conf_mapping m = *like;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		m.pa = pa + at[i];
		expect(f, iova + at[i], &m);
	}
}

/* Of many leaf entries only some are looked at. */
static bool is_sample(size_t i, size_t left)
{
	return i <= 40 || left <= 40 || i % 61 == 0;
}

/* Each page; of many pages, some. */
void conf_expect_pages(struct conf_fixture *f, u64 iova, u64 pa, u64 size,
		       size_t count, int prot)
{
	struct conf_mapping like = { .size = size, .prot = prot };
	size_t i;

	for (i = 0; i < count; i++)
		if (is_sample(i, count - i))
			expect_leaf(f, iova + i * size, pa + i * size, size, &like);
}
EXPORT_SYMBOL_GPL(conf_expect_pages);

/* Mapped, in leaf entries of whatever sizes */
void conf_expect_mapped(struct conf_fixture *f, u64 iova, u64 pa, u64 bytes, int prot)
{
	struct conf_mapping like = { .prot = prot };
	u64 at, step;
	size_t i;

	for (i = 0, at = 0; at < bytes; i++, at += step) {
		step = f->claims->judge ? conf_walk(f, iova + at).size : conf_pgsize(f, 0);
		KUNIT_ASSERT_LE(f->test, step, bytes - at);
		if (is_sample(i, (bytes - at) >> __ffs64(step)))
			expect_leaf(f, iova + at, pa + at, step, &like);
	}
}

void conf_expect_hole(struct conf_fixture *f, u64 iova, u64 size)
{
	u64 step = max(size / 128, conf_pgsize(f, 0)), at;

	for (at = 0; at < size; at += step)
		expect(f, iova + at, NULL);
	expect(f, iova + size - 1, NULL);
}
EXPORT_SYMBOL_GPL(conf_expect_hole);

/* Nothing around a range is touched: one granule on either side. */
void conf_expect_hole_around(struct conf_fixture *f, u64 iova, u64 bytes)
{
	u64 granule = conf_pgsize(f, 0);

	if (iova != conf_base(f))
		conf_expect_hole(f, iova - granule, granule);
	if (iova + (bytes - 1) != conf_last(f))
		conf_expect_hole(f, iova + bytes, granule);
}

/*
 * The driver: notes what its TLB is asked for
 */

/* The caller has its TLB invalidated, and asks what comes next. */
void conf_forget(struct conf_fixture *f)
{
	unsigned long flags;

	conf_look(f);
	if (f->watch)
		conf_invalidate(f, 0, U64_MAX, false);
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
	spin_unlock_irqrestore(&f->lock, flags);
}

static void fixture_flush_all(void *cookie)
{
	struct conf_fixture *f = cookie;

	f->n_all++;
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
		conf_invalidate(f, iova, (u64)iova + size - 1, true);
	}
}

/* What is cleaned stays mapped. */
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

/* The driver of a table that is not made yet cannot invalidate a walk. */
void conf_hear_no_walks(struct conf_fixture *f)
{
	f->cfg.tlb = &fixture_no_walk_tlb;
}

/* The driver of a table that is not made yet has a callback for ranges. */
void conf_hear_ranges(struct conf_fixture *f)
{
	f->cfg.tlb = &fixture_range_tlb;
}
EXPORT_SYMBOL_GPL(conf_hear_ranges);

/* Was all of a range asked for, in whatever pieces? */
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

/* Did somebody ask for all of a range at once, table descriptors included? */
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

/* An address space, not yet with a table, so that the caller can change things. */
struct conf_fixture *conf_fixture_alloc(struct kunit *test, const struct conf_shape *shape)
{
	struct conf_fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
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
	f->regs = judge->registers(f);
	KUNIT_ASSERT_NOT_NULL(f->test, f->regs);
	KUNIT_ASSERT_STREQ(f->test, judge->complaint(f) ?: "", "");
}

/* Return: 0, or what io_pgtable_alloc() said. */
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

/* Free the table, and see that it gives all of its memory back. */
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
	KUNIT_EXPECT_EQ(f->test, f->n_all, 1);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->live), 0);
	xa_destroy(&f->pages);
}
EXPORT_SYMBOL_GPL(conf_fixture_free);
