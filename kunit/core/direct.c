// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of direct calls. The suite checks which format's functions are the targets of
 * the static calls, and that tables of all formats work. No other format may have tables while
 * the suite runs: the direct calls would call that format.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/io-pgtable-format.h>
#include <linux/kthread.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../core.h"
#include "../compat.h"

/* The fake formats. Each has its own functions, whose results identify the format. */
enum { A, B, N_FORMATS };

static const char *const names[N_FORMATS] = { "kunit,direct-a", "kunit,direct-b" };

/* The arguments of the last map and the last unmap. Only valid in tests without threads. */
static struct {
	unsigned long iova;
	phys_addr_t paddr;
	size_t pgsize, pgcount;
	int prot;
	gfp_t gfp;
	struct iommu_iotlb_gather *gather;
} seen;

static int map(unsigned int format, unsigned long iova, phys_addr_t paddr, size_t pgsize,
	       size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	WRITE_ONCE(seen.iova, iova);
	WRITE_ONCE(seen.paddr, paddr);
	WRITE_ONCE(seen.pgsize, pgsize);
	WRITE_ONCE(seen.pgcount, pgcount);
	WRITE_ONCE(seen.prot, prot);
	WRITE_ONCE(seen.gfp, gfp);
	*mapped += pgsize * pgcount;
	return format + 1;
}

static size_t unmap(unsigned int format, unsigned long iova, size_t pgsize, size_t pgcount,
		    struct iommu_iotlb_gather *gather)
{
	WRITE_ONCE(seen.gather, gather);
	return iova + pgsize * pgcount + format + 1;
}

static int map_a(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return map(A, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

static size_t unmap_a(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
		      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return unmap(A, iova, pgsize, pgcount, gather);
}

static phys_addr_t look_up_a(struct io_pgtable_ops *ops, unsigned long iova)
{
	return iova + A + 1;
}

static int map_b(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return map(B, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

static size_t unmap_b(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
		      size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return unmap(B, iova, pgsize, pgcount, gather);
}

static phys_addr_t look_up_b(struct io_pgtable_ops *ops, unsigned long iova)
{
	return iova + B + 1;
}

static const struct io_pgtable_ops functions[N_FORMATS] = {
	{ .map_pages = map_a, .unmap_pages = unmap_a, .iova_to_phys = look_up_a },
	{ .map_pages = map_b, .unmap_pages = unmap_b, .iova_to_phys = look_up_b },
};

static struct io_pgtable *alloc_with(const struct io_pgtable_ops *ops)
{
	struct io_pgtable *iop = kzalloc(sizeof(*iop), GFP_KERNEL);

	if (!iop)
		return ERR_PTR(-ENOMEM);
	iop->ops = *ops;
	return iop;
}

static struct io_pgtable *alloc_a(struct io_pgtable_cfg *cfg, void *cookie)
{
	return alloc_with(&functions[A]);
}

static struct io_pgtable *alloc_b(struct io_pgtable_cfg *cfg, void *cookie)
{
	return alloc_with(&functions[B]);
}

static void free_table(struct io_pgtable *iop)
{
	kfree(iop);
}

static const struct io_pgtable_init_fns fake_fns[N_FORMATS] = {
	{ .alloc = alloc_a, .free = free_table },
	{ .alloc = alloc_b, .free = free_table },
};

static struct io_pgtable_format formats[N_FORMATS];

/* The table below a layer's table. Format B makes it, and the layer calls it as a driver does. */
static struct io_pgtable_ops *below_b;

static int map_over(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		    size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return 100 + io_pgtable_map_pages(below_b, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

static struct io_pgtable *alloc_over(const struct io_pgtable_below *below,
				     struct io_pgtable_cfg *cfg, void *cookie)
{
	static const struct io_pgtable_ops ops = { .map_pages = map_over };

	below_b = io_pgtable_alloc_below(below, cfg, cookie);
	return IS_ERR(below_b) ? ERR_CAST(below_b) : alloc_with(&ops);
}

static void free_over(struct io_pgtable *iop)
{
	free_io_pgtable_ops(below_b);
	kfree(iop);
}

static const struct io_pgtable_init_fns over_fns = { .alloc_over = alloc_over, .free = free_over };

/*
 * Return: the format that is the target of the static calls; NONE if the targets are the default
 * functions; -EIO if the three targets disagree with each other or with io_pgtable_direct.
 */
#define NONE (-1)

static int target(void)
{
	static struct io_pgtable_ops no_functions;
	size_t mapped = 0, unmapped;
	phys_addr_t phys;
	int format;

	format = static_call_mod(io_pgtable_direct_map)(&no_functions, SZ_1M, 0, SZ_4K, 1, 0,
							GFP_KERNEL, &mapped);
	unmapped = static_call_mod(io_pgtable_direct_unmap)(&no_functions, 0, 0, 0, NULL);
	phys = static_call_mod(io_pgtable_direct_look_up)(&no_functions, 0);
	if (format == -ENODEV)
		return mapped || unmapped || phys || io_pgtable_direct.map_pages ? -EIO : NONE;
	/* All three targets belong to one format, and io_pgtable_direct has the same functions. */
	if (mapped != SZ_4K || unmapped != format || phys != format ||
	    io_pgtable_direct.map_pages != functions[format - 1].map_pages ||
	    io_pgtable_direct.unmap_pages != functions[format - 1].unmap_pages ||
	    io_pgtable_direct.iova_to_phys != functions[format - 1].iova_to_phys)
		return -EIO;
	return format - 1;
}

/* Return: the format whose functions a driver reaches with all three calls, or -EIO */
static int called(struct io_pgtable_ops *ops)
{
	size_t mapped = 1;
	int format = io_pgtable_map_pages(ops, SZ_2M, SZ_1G, SZ_16K, 3, 5, GFP_ATOMIC, &mapped);

	if (mapped != 1 + 3 * SZ_16K ||
	    io_pgtable_unmap_pages(ops, SZ_2M, SZ_16K, 3, NULL) != SZ_2M + 3 * SZ_16K + format ||
	    io_pgtable_iova_to_phys(ops, SZ_64K + 7) != SZ_64K + 7 + format)
		return -EIO;
	return format - 1;
}

static bool never_loads(const char *id)
{
	return true;
}

static void never_loads_later(const char *id)
{
}

static int direct_init(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < N_FORMATS; i++)
		formats[i] = (struct io_pgtable_format) { .name = names[i], .fns = &fake_fns[i] };
	kunit_activate_static_stub(test, io_pgtable_request_module, never_loads);
	kunit_activate_static_stub(test, io_pgtable_load_later, never_loads_later);
	KUNIT_ASSERT_EQ_MSG(test, target(), NONE, "another format has tables");
	return 0;
}

static void direct_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, target(), NONE);
}

static void put(struct kunit *test, unsigned int first, size_t n)
{
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&formats[first], n), 0);
}

static void take(struct kunit *test, unsigned int first, size_t n)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&formats[first], n), 0);
}

static struct io_pgtable_ops *table(struct kunit *test, unsigned int format)
{
	struct io_pgtable_cfg cfg = {};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(names[format], &cfg, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	return ops;
}

/* A call of a function that the table lacks returns an error, instead of an oops. */
static void default_is_an_error(struct kunit *test)
{
	struct io_pgtable_ops none = {};
	size_t mapped = 0;

	KUNIT_EXPECT_EQ(test, io_pgtable_map_pages(&none, 0, 0, SZ_4K, 1, 0, GFP_KERNEL, &mapped),
			-ENODEV);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_unmap_pages(&none, 0, SZ_4K, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_iova_to_phys(&none, 0), 0);
}

/*
 * A format may be unregistered while a caller is on its way to the static call, if the caller's
 * table shares the functions of that format. The default functions then call by pointer.
 */
static void default_calls_by_pointer(struct kunit *test)
{
	struct io_pgtable_ops ops = functions[B];
	size_t mapped = 0;

	KUNIT_EXPECT_EQ(test, static_call_mod(io_pgtable_direct_map)(&ops, 0, 0, SZ_4K, 2, 0,
								     GFP_KERNEL, &mapped),
			B + 1);
	KUNIT_EXPECT_EQ(test, mapped, 2 * SZ_4K);
	KUNIT_EXPECT_EQ(test, static_call_mod(io_pgtable_direct_unmap)(&ops, 0, SZ_4K, 1, NULL),
			SZ_4K + B + 1);
	KUNIT_EXPECT_EQ(test, static_call_mod(io_pgtable_direct_look_up)(&ops, 9), 9 + B + 1);
}

static void first_table_sets_the_target(struct kunit *test)
{
	struct io_pgtable_ops *ops;

	put(test, A, 1);
	KUNIT_EXPECT_EQ(test, target(), NONE);
	ops = table(test, A);
	KUNIT_EXPECT_EQ(test, target(), A);
	KUNIT_EXPECT_EQ(test, called(ops), A);
	free_io_pgtable_ops(ops);
	take(test, A, 1);
}

static void arguments_arrive(struct kunit *test)
{
	struct iommu_iotlb_gather gather;
	struct io_pgtable_ops *ops;
	size_t mapped = 5;

	put(test, A, 1);
	ops = table(test, A);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_pages(ops, SZ_1M, SZ_2G, SZ_64K, 7, 11, GFP_NOWAIT,
						   &mapped), A + 1);
	KUNIT_EXPECT_EQ(test, mapped, 5 + 7 * SZ_64K);
	KUNIT_EXPECT_EQ(test, seen.iova, SZ_1M);
	KUNIT_EXPECT_EQ(test, seen.paddr, SZ_2G);
	KUNIT_EXPECT_EQ(test, seen.pgsize, SZ_64K);
	KUNIT_EXPECT_EQ(test, seen.pgcount, 7);
	KUNIT_EXPECT_EQ(test, seen.prot, 11);
	KUNIT_EXPECT_EQ(test, (__force u32)seen.gfp, (__force u32)GFP_NOWAIT);
	io_pgtable_unmap_pages(ops, SZ_1M, SZ_64K, 7, &gather);
	KUNIT_EXPECT_PTR_EQ(test, seen.gather, &gather);
	free_io_pgtable_ops(ops);
	take(test, A, 1);
}

static void other_formats_are_called_by_pointer(struct kunit *test)
{
	struct io_pgtable_ops *a, *b;

	put(test, A, 1);
	put(test, B, 1);
	a = table(test, A);
	b = table(test, B);
	KUNIT_EXPECT_EQ(test, target(), A);
	KUNIT_EXPECT_EQ(test, called(a), A);
	KUNIT_EXPECT_EQ(test, called(b), B);
	free_io_pgtable_ops(a);
	free_io_pgtable_ops(b);
	take(test, A, 1);
	take(test, B, 1);
}

/* The target never changes directly from one format to another. */
static void format_stays_without_tables(struct kunit *test)
{
	struct io_pgtable_ops *b;

	put(test, A, 1);
	put(test, B, 1);
	free_io_pgtable_ops(table(test, A));
	KUNIT_EXPECT_EQ(test, target(), A);
	b = table(test, B);
	KUNIT_EXPECT_EQ(test, target(), A);
	KUNIT_EXPECT_EQ(test, called(b), B);
	free_io_pgtable_ops(b);
	take(test, B, 1);
	KUNIT_EXPECT_EQ(test, target(), A);
	take(test, A, 1);
}

static void format_that_leaves_is_followed_by_another(struct kunit *test)
{
	struct io_pgtable_ops *b, *later;

	put(test, A, 1);
	put(test, B, 1);
	free_io_pgtable_ops(table(test, A));
	b = table(test, B);
	take(test, A, 1);
	KUNIT_EXPECT_EQ(test, target(), NONE);
	KUNIT_EXPECT_EQ(test, called(b), B);
	later = table(test, B);
	KUNIT_EXPECT_EQ(test, target(), B);
	KUNIT_EXPECT_EQ(test, called(b), B);
	KUNIT_EXPECT_EQ(test, called(later), B);
	free_io_pgtable_ops(b);
	free_io_pgtable_ops(later);
	take(test, B, 1);
}

static void busy_format_stays(struct kunit *test)
{
	struct io_pgtable_ops *ops;

	put(test, A, 1);
	ops = table(test, A);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&formats[A], 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, target(), A);
	free_io_pgtable_ops(ops);
	take(test, A, 1);
}

/* Formats that are registered together are unregistered together. */
static void any_of_several_formats_leaves(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < N_FORMATS; i++) {
		put(test, A, N_FORMATS);
		free_io_pgtable_ops(table(test, i));
		KUNIT_EXPECT_EQ(test, target(), i);
		take(test, A, N_FORMATS);
		KUNIT_EXPECT_EQ(test, target(), NONE);
	}
}

/* The layer is called by pointer. The layer calls the implementation below directly. */
static void layer_is_called_by_pointer(struct kunit *test)
{
	struct io_pgtable_format over = {
		.name = names[B], .priority = 1, .fns = &over_fns,
	};
	struct io_pgtable_ops *ops;
	size_t mapped = 0;

	put(test, B, 1);
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&over, 1), 0);
	ops = table(test, B);
	KUNIT_EXPECT_EQ(test, target(), B);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_pages(ops, 0, 0, SZ_4K, 1, 0, GFP_KERNEL, &mapped),
			100 + B + 1);
	free_io_pgtable_ops(ops);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&over, 1), 0);
	take(test, B, 1);
}

/*
 * Threads make tables of all formats and call them, while the formats are registered and
 * unregistered.
 */

#define THREADS	2
#define ROUNDS	(IS_ENABLED(CONFIG_KASAN) ? 100 : 300)

struct caller {
	struct kunit *test;	/* the thread uses the static stubs of this test */
	struct completion done;
	unsigned long calls, wrong;
};

static bool finished;

static void call_some_format(struct caller *caller, unsigned int format)
{
	struct io_pgtable_cfg cfg = {};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(names[format], &cfg, NULL);
	unsigned int i;

	if (IS_ERR(ops))
		return;
	for (i = 0; i < 20; i++)
		caller->wrong += called(ops) != format;
	free_io_pgtable_ops(ops);
	caller->calls += 3 * i;
}

static int caller_thread(void *data)
{
	struct caller *caller = data;
	unsigned int i;

	current->kunit_test = caller->test;
	for (i = 0; !READ_ONCE(finished); i++) {
		call_some_format(caller, i % N_FORMATS);
		cond_resched();
	}
	current->kunit_test = NULL;
	complete(&caller->done);
	return 0;
}

static int start_callers(struct caller *callers, struct kunit *test)
{
	struct task_struct *thread;
	unsigned int i;

	WRITE_ONCE(finished, false);
	for (i = 0; i < THREADS; i++) {
		callers[i].test = test;
		init_completion(&callers[i].done);
		thread = kthread_run(caller_thread, &callers[i], "direct-%u", i);
		if (IS_ERR(thread))
			break;
	}
	return i;
}

static void formats_change_under_load(struct kunit *test)
{
	struct caller *callers = kunit_kcalloc(test, THREADS, sizeof(*callers), GFP_KERNEL);
	unsigned int i, running, round;
	unsigned long calls = 0;

	KUNIT_ASSERT_NOT_NULL(test, callers);
	for (i = 0; i < N_FORMATS; i++)
		put(test, i, 1);
	running = start_callers(callers, test);
	for (round = 0; round < ROUNDS; round++) {
		i = round % N_FORMATS;
		while (io_pgtable_unregister_formats(&formats[i], 1))
			cond_resched();
		cond_resched();
		KUNIT_EXPECT_EQ(test, io_pgtable_register_formats(&formats[i], 1), 0);
	}
	WRITE_ONCE(finished, true);
	for (i = 0; i < running; i++) {
		wait_for_completion(&callers[i].done);
		calls += callers[i].calls;
		KUNIT_EXPECT_EQ(test, callers[i].wrong, 0);
	}
	kunit_info(test, "%lu calls, formats were unregistered %u times\n", calls, round);
	KUNIT_EXPECT_GT(test, calls, 10 * ROUNDS);
	KUNIT_EXPECT_EQ(test, running, THREADS);
	for (i = 0; i < N_FORMATS; i++)
		take(test, i, 1);
}

static struct kunit_case direct_cases[] = {
	KUNIT_CASE(default_is_an_error),
	KUNIT_CASE(default_calls_by_pointer),
	KUNIT_CASE(first_table_sets_the_target),
	KUNIT_CASE(arguments_arrive),
	KUNIT_CASE(other_formats_are_called_by_pointer),
	KUNIT_CASE(format_stays_without_tables),
	KUNIT_CASE(format_that_leaves_is_followed_by_another),
	KUNIT_CASE(busy_format_stays),
	KUNIT_CASE(any_of_several_formats_leaves),
	KUNIT_CASE(layer_is_called_by_pointer),
	KUNIT_CASE_SLOW(formats_change_under_load),
	{}
};

static struct kunit_suite direct_suite = {
	.name		= "io_pgtable_direct",
	.init		= direct_init,
	.exit		= direct_exit,
	.test_cases	= direct_cases,
};

kunit_test_suite(direct_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit tests of direct calls of io-pgtable");
MODULE_LICENSE("GPL");
