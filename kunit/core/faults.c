// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of failing allocations. The kernel's fault injection makes each allocation of each
 * public function fail, one after the other. The suite checks that the function returns the
 * documented error, that nothing leaks, that all mappings remain, and that the next attempt works.
 *
 * The tables here are in memory of the kernel. The conformance suites do the same for formats
 * whose driver allocates the memory, and for each table of one call.
 *
 * The files ignore-gfp-wait and min-order in debugfs have to allow such failures, see
 * qemu/guest/kunit.sh.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/io-pgtable-format.h>
#include <linux/io-pgtable-rockchip.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../core.h"
#include "../compat.h"
#include "../no-tlb.h"
#include "../conformance/pages.h"

/* More allocations than any call makes */
#define MOST_ALLOCS	300
/* Tables of all levels begin at FAR, in all formats. The address has 32 bits. */
#define FAR		0x30000000UL
#define NEAR		SZ_1M
#define PROT		(IOMMU_READ | IOMMU_WRITE)
#define GFP_QUIET	(GFP_KERNEL | __GFP_NOWARN)

#define LPAE_4K		(SZ_4K | SZ_2M)
#define V7S		(SZ_4K | SZ_64K | SZ_1M | SZ_16M)

/**
 * struct shape - a kind of table
 * @title: name of the parameter
 * @fmt: number of the format, unless @name is set
 * @name: name of the format
 * @sizes: page sizes
 * @ias: input address bits
 * @oas: output address bits
 * @incoherent: the walker does not snoop the CPU's caches
 */
struct shape {
	const char *title;
	enum io_pgtable_fmt fmt;
	const char *name;
	unsigned long sizes;
	unsigned int ias;
	unsigned int oas;
	bool incoherent;
};

static const struct shape shapes[] = {
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE)
	{ "LPAE, stage 1", ARM_64_LPAE_S1, NULL, LPAE_4K, 48, 40 },
	{ "LPAE, stage 1, incoherent", ARM_64_LPAE_S1, NULL, LPAE_4K, 39, 40, true },
	{ "LPAE, stage 2", ARM_64_LPAE_S2, NULL, LPAE_4K, 40, 40 },
#endif
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_ARMV7S)
	{ "v7s", ARM_V7S, NULL, V7S, 32, 32 },
	{ "v7s, incoherent", ARM_V7S, NULL, V7S, 32, 32, true },
#endif
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_MALI)
	{ "Mali", ARM_MALI_LPAE, NULL, LPAE_4K, 48, 40 },
#endif
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_APPLE_DART)
	{ "DART", APPLE_DART2, NULL, SZ_16K, 36, 42 },
#endif
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_ROCKCHIP)
	{ "Rockchip", 0, IO_PGTABLE_ROCKCHIP2, SZ_4K, 32, 40 },
#endif
};

KUNIT_ARRAY_PARAM_DESC(shapes, shapes, title);

/**
 * struct faults - the state of a case
 * @shape: the kind of table
 * @device: the device that walks the tables
 * @rockchip: what Rockchip's format returns about a table
 * @keep: a table that exists during the whole case, so that the format's module stays loaded and
 *	has made its one-time allocations
 * @format: the format that has made @keep
 * @pins: pins of @format at the beginning of the case
 * @pages: pages of page tables at the beginning of the case
 * @page: the smallest page size, in bytes
 * @ops: the table of the current attempt
 */
struct faults {
	const struct shape *shape;
	struct platform_device *device;
	struct io_pgtable_rockchip_cfg rockchip;
	struct io_pgtable_ops *keep;
	struct io_pgtable_format *format;
	int pins;
	long pages;
	unsigned long page;
	struct io_pgtable_ops *ops;
};

/*
 * Fault injection
 */

/* The nth allocation from now on fails. */
static void inject(unsigned int nth)
{
	current->fail_nth = nth;
}

/* Return: whether an allocation has failed. */
static bool end_injection(void)
{
	bool failed = !current->fail_nth;

	current->fail_nth = 0;
	return failed;
}

static struct io_pgtable_cfg cfg_of(struct faults *f)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap	= f->shape->sizes,
		.ias		= f->shape->ias,
		.oas		= f->shape->oas,
		.coherent_walk	= !f->shape->incoherent,
		.tlb		= &no_tlb,
		.iommu_dev	= &f->device->dev,
	};

	if (f->shape->name) {
		cfg.format_cfg = &f->rockchip;
		cfg.format_cfg_size = sizeof(f->rockchip);
	}
	return cfg;
}

static struct io_pgtable_ops *make_table(struct faults *f)
{
	struct io_pgtable_cfg cfg = cfg_of(f);

	if (f->shape->name)
		return io_pgtable_alloc_named(f->shape->name, &cfg, NULL);
	return io_pgtable_alloc(f->shape->fmt, &cfg, NULL);
}

static void expect_nothing_left(struct kunit *test)
{
	struct faults *f = test->priv;

	KUNIT_EXPECT_EQ(test, atomic_read(&f->format->pins), f->pins);
	KUNIT_EXPECT_EQ(test, conf_node_pages(NR_IOMMU_PAGES), f->pages);
}

/* Map a range to output addresses that equal the input addresses. */
static int map(struct faults *f, unsigned long iova, size_t size, gfp_t gfp, size_t *mapped)
{
	*mapped = 0;
	return io_pgtable_map_range(f->ops, iova, iova, size, PROT, gfp, mapped);
}

/* Return: whether all pages of a range are mapped as map() does (@yes), or no page is (!@yes) */
static bool all_mapped(struct faults *f, unsigned long iova, size_t size, bool yes)
{
	phys_addr_t paddr;
	size_t at;

	for (at = 0; at < size; at += f->page) {
		paddr = io_pgtable_iova_to_phys(f->ops, iova + at);
		if (paddr != (yes ? iova + at : 0))
			return false;
	}
	return true;
}

/*
 * Tables
 */

static struct io_pgtable_ops *by_old_name(struct faults *f)
{
	struct io_pgtable_cfg cfg = cfg_of(f);
	struct io_pgtable_ops *ops = alloc_io_pgtable_ops(f->shape->fmt, &cfg, NULL);

	/* alloc_io_pgtable_ops() returns NULL for every error. */
	return ops ?: ERR_PTR(-ENOMEM);
}

static struct io_pgtable_ops *by_name(struct faults *f)
{
	struct io_pgtable_cfg cfg = cfg_of(f);

	return io_pgtable_alloc_named(f->format->id, &cfg, NULL);
}

/*
 * An attempt returns -ENOMEM or a table that works. A table that could not be listed in debugfs
 * works, too. Return: the number of errors.
 */
static unsigned int fail_each(struct kunit *test, struct io_pgtable_ops *(*make)(struct faults *f))
{
	struct faults *f = test->priv;
	unsigned int n, errors = 0;
	bool failed = true;
	size_t mapped;

	for (n = 1; failed && n < MOST_ALLOCS; n++) {
		inject(n);
		f->ops = make(f);
		failed = end_injection();
		if (IS_ERR(f->ops)) {
			KUNIT_ASSERT_EQ(test, PTR_ERR(f->ops), -ENOMEM);
			errors++;
		} else {
			KUNIT_EXPECT_EQ(test, map(f, FAR, f->page, GFP_QUIET, &mapped), 0);
			KUNIT_EXPECT_TRUE(test, all_mapped(f, FAR, f->page, true));
			free_io_pgtable_ops(f->ops);
		}
		expect_nothing_left(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	return errors;
}

/*
 * kmemleak and slab sometimes allocate as well, so that the numbers of the allocations shift. The
 * root's allocation may be number 3 while number 2 fails, and number 2 while number 3 fails, so
 * that it never fails. If less than two attempts return an error, the test starts again.
 */
static void each_allocation(struct kunit *test, struct io_pgtable_ops *(*make)(struct faults *f))
{
	unsigned int i, errors = 0;

	for (i = 0; i < 20 && errors <= 1; i++)
		errors = fail_each(test, make);
	KUNIT_EXPECT_GT_MSG(test, errors, 1,
			    "no allocation failed: see ignore-gfp-wait, min-order in debugfs");
}

static void no_memory_for_a_table(struct kunit *test)
{
	struct faults *f = test->priv;

	each_allocation(test, make_table);
	each_allocation(test, by_name);
	if (!f->shape->name)
		each_allocation(test, by_old_name);
}

/* A table on top of another one, with the same functions */
struct layer {
	struct io_pgtable iop;
	struct io_pgtable_ops *inner;
};

static phys_addr_t layer_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	return io_pgtable_iova_to_phys(container_of(ops, struct layer, iop.ops)->inner, iova);
}

static int layer_map_pages(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			   size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return io_pgtable_map_pages(container_of(ops, struct layer, iop.ops)->inner, iova, paddr,
				    pgsize, pgcount, prot, gfp, mapped);
}

static struct io_pgtable *layer_alloc_over(const struct io_pgtable_below *below,
					   struct io_pgtable_cfg *cfg, void *cookie)
{
	struct layer *layer = kzalloc(sizeof(*layer), GFP_KERNEL);
	struct io_pgtable_ops *inner;

	if (!layer)
		return ERR_PTR(-ENOMEM);
	inner = io_pgtable_alloc_below(below, cfg, cookie);
	if (IS_ERR(inner)) {
		kfree(layer);
		return ERR_CAST(inner);
	}
	layer->inner = inner;
	layer->iop.ops.iova_to_phys = layer_iova_to_phys;
	layer->iop.ops.map_pages = layer_map_pages;
	return &layer->iop;
}

static void layer_free(struct io_pgtable *iop)
{
	struct layer *layer = container_of(iop, struct layer, iop);

	free_io_pgtable_ops(layer->inner);
	kfree(layer);
}

static void no_memory_below_a_layer(struct kunit *test)
{
	static const struct io_pgtable_init_fns fns = {
		.alloc_over = layer_alloc_over, .free = layer_free,
	};
	/* Static, because the format remains registered if the case fails. */
	static struct io_pgtable_format layer = { .priority = 100, .fns = &fns };
	struct faults *f = test->priv;

	layer.fmt = f->shape->fmt;
	layer.name = f->shape->name;
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&layer, 1), 0);
	each_allocation(test, make_table);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&layer, 1), 0);
}

/*
 * Operations
 */

/**
 * typedef attempt_fn - a call whose nth allocation fails
 * @test: the case. Its table has pages mapped at NEAR.
 * @n: number of the allocation that fails
 *
 * Return: whether the call made at least @n allocations.
 */
typedef bool (*attempt_fn)(struct kunit *test, unsigned int n);

/* Make one attempt for each allocation, with a new table. Return: the number of allocations. */
static unsigned int attempts(struct kunit *test, attempt_fn attempt)
{
	struct faults *f = test->priv;
	bool failed = true;
	unsigned int n;
	size_t mapped;

	for (n = 1; failed && n < MOST_ALLOCS; n++) {
		f->ops = make_table(f);
		KUNIT_ASSERT_FALSE(test, IS_ERR(f->ops));
		KUNIT_ASSERT_EQ(test, map(f, NEAR, 3 * f->page, GFP_QUIET, &mapped), 0);
		failed = attempt(test, n);
		KUNIT_EXPECT_TRUE(test, all_mapped(f, NEAR, 3 * f->page, true));
		free_io_pgtable_ops(f->ops);
		expect_nothing_left(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	return n - 2;
}

/* A map that fails reports how much it has mapped. The rest can be mapped later. */
static bool map_attempt(struct kunit *test, unsigned int n, unsigned long iova, size_t size)
{
	struct faults *f = test->priv;
	size_t mapped, more;
	bool failed;
	int ret;

	inject(n);
	ret = map(f, iova, size, GFP_QUIET, &mapped);
	failed = end_injection();
	KUNIT_ASSERT_EQ(test, ret, mapped == size ? 0 : -ENOMEM);
	KUNIT_EXPECT_TRUE(test, ret == 0 || failed);
	KUNIT_EXPECT_TRUE(test, all_mapped(f, iova, mapped, true));
	KUNIT_EXPECT_TRUE(test, all_mapped(f, iova + mapped, size - mapped, false));
	KUNIT_EXPECT_EQ(test, map(f, iova + mapped, size - mapped, GFP_QUIET, &more), 0);
	KUNIT_EXPECT_TRUE(test, all_mapped(f, iova, size, true));
	return failed;
}

/* Map one page, whose last-level table does not exist yet. */
static bool map_one(struct kunit *test, unsigned int n)
{
	return map_attempt(test, n, FAR, ((struct faults *)test->priv)->page);
}

/* Map the last pages of one table and the first pages of the next table. */
static bool map_two_tables(struct kunit *test, unsigned int n)
{
	unsigned long page = ((struct faults *)test->priv)->page;

	return map_attempt(test, n, FAR - 2 * page, 4 * page);
}

static void no_memory_for_maps(struct kunit *test)
{
	KUNIT_EXPECT_GT(test, attempts(test, map_one), 0);
	KUNIT_EXPECT_GT(test, attempts(test, map_two_tables), 1);
}

/* Return: the largest page size that the tests use, or 0 if there is only one size */
static unsigned long block_size(const struct faults *f)
{
	unsigned long sizes = f->shape->sizes & ~f->page & ~(unsigned long)SZ_16M;

	return sizes ? 1UL << __fls(sizes) : 0;
}

/* If a block cannot be split for want of memory, it stays mapped. */
static bool split_one(struct kunit *test, unsigned int n)
{
	struct faults *f = test->priv;
	unsigned long block = block_size(f), hole = FAR + 2 * f->page;
	size_t mapped, unmapped;
	bool failed;

	KUNIT_ASSERT_EQ(test, map(f, FAR, block, GFP_QUIET, &mapped), 0);
	inject(n);
	unmapped = io_pgtable_unmap_pages(f->ops, hole, f->page, 1, NULL);
	failed = end_injection();
	KUNIT_EXPECT_TRUE(test, unmapped == f->page || (failed && !unmapped));
	if (!unmapped) {
		KUNIT_EXPECT_TRUE(test, all_mapped(f, FAR, block, true));
		unmapped = io_pgtable_unmap_pages(f->ops, hole, f->page, 1, NULL);
		KUNIT_EXPECT_EQ(test, unmapped, f->page);
	}
	KUNIT_EXPECT_TRUE(test, all_mapped(f, FAR, 2 * f->page, true));
	KUNIT_EXPECT_TRUE(test, all_mapped(f, hole, f->page, false));
	KUNIT_EXPECT_TRUE(test, all_mapped(f, hole + f->page, block - 3 * f->page, true));
	return failed;
}

static void no_memory_for_splits(struct kunit *test)
{
	if (!SPLITS_BLOCKS || !block_size(test->priv))
		kunit_skip(test, "the format has no blocks, or does not split them");
	KUNIT_EXPECT_GT(test, attempts(test, split_one), 0);
}

/* A call reserves all tables or none. After it succeeds, a map allocates nothing. */
static bool reserve_some(struct kunit *test, unsigned int n)
{
	struct faults *f = test->priv;
	size_t size = 4 * f->page, mapped;
	unsigned long iova = FAR - size / 2;
	long tables = io_pgtable_count_tables(f->ops, iova, size), pages;
	bool failed;
	int ret;

	KUNIT_ASSERT_GT(test, tables, 1);
	pages = conf_node_pages(NR_IOMMU_PAGES);
	inject(n);
	ret = io_pgtable_reserve(f->ops, tables, GFP_QUIET);
	failed = end_injection();
	if (ret) {
		KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_TRUE(test, failed);
		KUNIT_EXPECT_EQ(test, conf_node_pages(NR_IOMMU_PAGES), pages);
		KUNIT_ASSERT_EQ(test, io_pgtable_reserve(f->ops, tables, GFP_QUIET), 0);
	}
	inject(1);
	KUNIT_EXPECT_EQ(test, map(f, iova, size, IO_PGTABLE_GFP_RESERVED, &mapped), 0);
	KUNIT_EXPECT_FALSE(test, end_injection());
	io_pgtable_unreserve(f->ops, tables);
	KUNIT_EXPECT_TRUE(test, all_mapped(f, iova, size, true));
	return failed;
}

static void no_memory_for_a_reserve(struct kunit *test)
{
	struct faults *f = test->priv;

	if (!f->keep->reserve || !f->keep->count_tables)
		kunit_skip(test, "the format has no reserve");
	KUNIT_EXPECT_GT(test, attempts(test, reserve_some), 1);
}

/* Return: whether one of the calls that are documented to allocate no memory has tried to. */
static bool some_call_allocates(struct kunit *test)
{
	struct faults *f = test->priv;
	struct iommu_dirty_bitmap dirty = { };
	struct iommu_iotlb_gather gather;
	size_t mapped;
	bool failed;

	f->ops = make_table(f);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->ops));
	KUNIT_ASSERT_EQ(test, map(f, FAR - 2 * f->page, 4 * f->page, GFP_QUIET, &mapped), 0);
	iommu_iotlb_gather_init(&gather);
	inject(1);
	io_pgtable_iova_to_phys(f->ops, FAR);
	io_pgtable_count_tables(f->ops, NEAR, SZ_16M);
	if (f->ops->read_and_clear_dirty)
		f->ops->read_and_clear_dirty(f->ops, FAR, f->page, 0, &dirty);
	/* The tables for these pages exist already. */
	map(f, FAR + 2 * f->page, 2 * f->page, GFP_QUIET, &mapped);
	io_pgtable_unmap_range(f->ops, FAR - 2 * f->page, 4 * f->page, &gather);
	io_pgtable_unmap_pages(f->ops, FAR + 2 * f->page, f->page, 2, &gather);
	free_io_pgtable_ops(f->ops);
	failed = end_injection();
	KUNIT_EXPECT_EQ(test, mapped, 2 * f->page);
	expect_nothing_left(test);
	return failed;
}

/*
 * KASAN records the stack of each free. The first record of a stack may allocate a page for the
 * stack depot, which counts as an allocation of the task. So the case fails only if each of five
 * attempts allocates.
 */
static void calls_that_never_allocate(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 5; i++)
		if (!some_call_allocates(test))
			return;
	KUNIT_FAIL(test, "a call that is documented to allocate no memory has tried to");
}

/*
 * Registration, pins, probes
 */

/*
 * If the self-test of a format fails with -ENOMEM, the format is not registered. A later attempt,
 * with enough memory, registers the format and passes.
 */
static void no_memory_to_register(struct kunit *test)
{
	static struct io_pgtable_format format;
	struct faults *f = test->priv;
	unsigned int n, errors = 0;
	bool failed = true;
	int ret;

	for (n = 1; failed && n < MOST_ALLOCS; n++) {
		format = (struct io_pgtable_format){
			.fmt = f->shape->fmt, .name = f->shape->name, .priority = 50,
			.fns = f->format->fns, .trial = f->format->trial,
		};
		inject(n);
		ret = io_pgtable_register_formats(&format, 1);
		failed = end_injection();
		if (ret) {
			KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
			KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&format, 1), -ENOENT);
			errors++;
		} else {
			KUNIT_EXPECT_FALSE(test, format.failed);
			KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&format, 1), 0);
		}
		expect_nothing_left(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_EQ(test, ret, 0);
	if (IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_SELFTEST) && f->format->trial)
		KUNIT_EXPECT_GT(test, errors, 1);
}

static void free_table(void *ops)
{
	free_io_pgtable_ops(ops);
}

/* Does what a typical driver does: pins its format, makes a table, maps. */
static int prober_probe(struct platform_device *pdev)
{
	struct faults *f = *(struct faults **)dev_get_platdata(&pdev->dev);
	struct device *dev = &pdev->dev;
	size_t mapped;
	int ret;

	ret = f->shape->name ? devm_io_pgtable_get_format_named(dev, f->shape->name) :
			       devm_io_pgtable_get_format(dev, f->shape->fmt);
	if (ret)
		return ret;
	f->ops = make_table(f);
	if (IS_ERR(f->ops))
		return PTR_ERR(f->ops);
	ret = devm_add_action_or_reset(dev, free_table, f->ops);
	return ret ?: map(f, FAR - 2 * f->page, 4 * f->page, GFP_QUIET, &mapped);
}

static struct platform_driver prober = {
	.probe	= prober_probe,
	.driver	= { .name = "io-pgtable-faults" },
};

static void drop_driver(void *driver)
{
	platform_driver_unregister(driver);
}

static void drop_device(void *pdev)
{
	platform_device_unregister(pdev);
}

/* Return: a device that is not bound to its driver */
static struct platform_device *some_device(struct kunit *test)
{
	struct faults *f = test->priv;
	struct platform_device *pdev;

	KUNIT_ASSERT_EQ(test, platform_driver_register(&prober), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, drop_driver, &prober), 0);
	pdev = platform_device_register_data(NULL, "io-pgtable-faults", PLATFORM_DEVID_AUTO, &f,
					     sizeof(f));
	KUNIT_ASSERT_FALSE(test, IS_ERR(pdev));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, drop_device, pdev), 0);
	device_release_driver(&pdev->dev);
	return pdev;
}

/* A probe that fails leaves no pin and no table. The next probe succeeds. */
static void no_memory_to_probe(struct kunit *test)
{
	struct platform_device *pdev = some_device(test);
	struct faults *f = test->priv;
	unsigned int n, errors = 0;
	bool failed = true;
	int ret;

	expect_nothing_left(test);
	for (n = 1; failed && n < MOST_ALLOCS; n++) {
		inject(n);
		ret = device_driver_attach(&prober.driver, &pdev->dev);
		failed = end_injection();
		if (ret) {
			KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
			errors++;
		} else {
			KUNIT_EXPECT_EQ(test, atomic_read(&f->format->pins), f->pins + 2);
			KUNIT_EXPECT_TRUE(test, all_mapped(f, FAR, 2 * f->page, true));
			device_release_driver(&pdev->dev);
		}
		expect_nothing_left(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* Allocations of the pin, the root, the action that frees the table, tables of a map */
	KUNIT_EXPECT_GT(test, errors, 4);
}

/*
 * For a format that is not registered and has no module, the error is -ENOENT, whichever
 * allocation fails.
 */
static void no_memory_to_ask_for_a_module(struct kunit *test)
{
	struct faults *f = test->priv;
	struct io_pgtable_cfg cfg = cfg_of(f);
	struct io_pgtable_ops *ops;
	bool failed = true;
	unsigned int n;

	for (n = 1; failed && n < MOST_ALLOCS; n++) {
		inject(n);
		ops = io_pgtable_alloc_named("kunit,missing", &cfg, NULL);
		failed = end_injection();
		KUNIT_ASSERT_EQ(test, PTR_ERR_OR_ZERO(ops), -ENOENT);
		expect_nothing_left(test);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_GT(test, n, 2);
	inject(1);
	io_pgtable_load_later("kunit,missing");
	KUNIT_EXPECT_TRUE(test, end_injection());
}

/*
 * debugfs
 */

/* Read all lines of "map". That allocates nothing, since seq_file has its buffer already. */
static void read_all(struct kunit *test, void *dump)
{
	struct seq_file s = { .private = dump, .size = SZ_4K };
	loff_t pos = 0;
	void *at;

	s.buf = kunit_kzalloc(test, s.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s.buf);
	inject(1);
	at = io_pgtable_dump_lines.start(&s, &pos);
	while (at && !IS_ERR(at)) {
		io_pgtable_dump_lines.show(&s, at);
		at = io_pgtable_dump_lines.next(&s, at, &pos);
	}
	io_pgtable_dump_lines.stop(&s, at);
	KUNIT_EXPECT_FALSE(test, end_injection());
	KUNIT_EXPECT_FALSE(test, IS_ERR(at));
	KUNIT_EXPECT_GT(test, s.count, 0);
}

/* If the file cannot be opened, the table is not held. */
static void no_memory_to_open(struct kunit *test)
{
	struct faults *f = test->priv;
	struct io_pgtable_listed *l;
	unsigned int n, errors = 0;
	bool failed = true;
	void *dump;

	f->ops = make_table(f);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->ops));
	l = io_pgtable_listed_as(io_pgtable_ops_to_pgtable(f->ops));
	KUNIT_ASSERT_NOT_NULL(test, l);
	for (n = 1; failed && n < MOST_ALLOCS; n++) {
		inject(n);
		dump = io_pgtable_dump_begin(io_pgtable_ops_to_pgtable(f->ops));
		failed = end_injection();
		if (IS_ERR(dump)) {
			KUNIT_ASSERT_EQ(test, PTR_ERR(dump), -ENOMEM);
			errors++;
		} else {
			KUNIT_EXPECT_EQ(test, l->opens, 1);
			read_all(test, dump);
			io_pgtable_dump_end(dump);
		}
		KUNIT_EXPECT_EQ(test, l->opens, 0);
	}
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_GT(test, errors, 0);
	free_io_pgtable_ops(f->ops);
	expect_nothing_left(test);
}

/*
 * The suite
 */

static int faults_init(struct kunit *test)
{
	struct faults *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->shape = test->param_value ?: &shapes[0];
	f->page = f->shape->sizes & -f->shape->sizes;
	f->device = platform_device_register_simple("io-pgtable-faults-walker",
						    PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(f->device))
		return PTR_ERR(f->device);
	dma_coerce_mask_and_coherent(&f->device->dev, DMA_BIT_MASK(64));
	f->keep = make_table(f);
	if (IS_ERR(f->keep)) {
		platform_device_unregister(f->device);
		return PTR_ERR(f->keep);
	}
	f->format = io_pgtable_ops_to_pgtable(f->keep)->format;
	f->pins = atomic_read(&f->format->pins);
	f->pages = conf_node_pages(NR_IOMMU_PAGES);
	test->priv = f;
	return 0;
}

static void faults_exit(struct kunit *test)
{
	struct faults *f = test->priv;

	if (!f)
		return;
	expect_nothing_left(test);
	free_io_pgtable_ops(f->keep);
	platform_device_unregister(f->device);
}

static struct kunit_case faults_cases[] = {
	KUNIT_CASE_PARAM(no_memory_for_a_table, shapes_gen_params),
	KUNIT_CASE_PARAM(no_memory_below_a_layer, shapes_gen_params),
	KUNIT_CASE_PARAM(no_memory_for_maps, shapes_gen_params),
	KUNIT_CASE_PARAM(no_memory_for_splits, shapes_gen_params),
	KUNIT_CASE_PARAM(no_memory_for_a_reserve, shapes_gen_params),
	KUNIT_CASE_PARAM(calls_that_never_allocate, shapes_gen_params),
	KUNIT_CASE_PARAM(no_memory_to_register, shapes_gen_params),
	KUNIT_CASE_PARAM(no_memory_to_probe, shapes_gen_params),
	KUNIT_CASE(no_memory_to_ask_for_a_module),
	KUNIT_CASE_PARAM(no_memory_to_open, shapes_gen_params),
	{ }
};

static struct kunit_suite faults_suite = {
	.name		= "io_pgtable_faults",
	.init		= faults_init,
	.exit		= faults_exit,
	.test_cases	= faults_cases,
};

kunit_test_suite(faults_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit suite of io-pgtable with failing allocations");
MODULE_LICENSE("GPL");
