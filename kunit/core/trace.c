// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the tracepoints of calls. The suite checks the arguments of the tracepoints, also
 * for calls that fail, and that a driver gets the same results with and without tracing.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/io-pgtable-format.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>

#include "../../core.h"
#include "../compat.h"

#define NAME	"kunit,traced"
#define IOVA	SZ_1M
#define PADDR	(SZ_16M + SZ_64K)
#define PROT	(IOMMU_READ | IOMMU_NOEXEC)

/* The events of a case, in order */
enum what { MAP, UNMAP, FLUSH_WALK, DRIVER_FLUSHES };

static struct event {
	enum what what;
	const struct io_pgtable *iop;
	unsigned long iova;
	u64 paddr;
	size_t size, pgsize, done;
	int prot, result;
} events[8];

static unsigned int n_events;

static void note(const struct event *event)
{
	if (n_events < ARRAY_SIZE(events))
		events[n_events] = *event;
	n_events++;
}

/*
 * The format. Each call maps or unmaps one page less than it is asked for. A map of one page
 * returns -EEXIST. Tables have functions for ranges if @ranges is set.
 */

static bool ranges;

static int map(size_t size, size_t *mapped)
{
	*mapped += size - SZ_4K;
	return size == SZ_4K ? -EEXIST : 0;
}

static int map_pages(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		     size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return map(pgsize * pgcount, mapped);
}

static int map_range(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		     size_t size, int prot, gfp_t gfp, size_t *mapped)
{
	return map(size, mapped);
}

static size_t unmap_range(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			  struct iommu_iotlb_gather *gather)
{
	io_pgtable_tlb_flush_walk(io_pgtable_ops_to_pgtable(ops), iova, size, SZ_4K);
	return size - SZ_4K;
}

static size_t unmap_pages(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			  size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return unmap_range(ops, iova, pgsize * pgcount, gather);
}

static struct io_pgtable *alloc_table(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop = kzalloc(sizeof(*iop), GFP_KERNEL);

	if (!iop)
		return ERR_PTR(-ENOMEM);
	iop->ops.map_pages = map_pages;
	iop->ops.unmap_pages = unmap_pages;
	if (ranges) {
		iop->ops.map_range = map_range;
		iop->ops.unmap_range = unmap_range;
	}
	return iop;
}

static void free_table(struct io_pgtable *iop)
{
	kfree(iop);
}

static const struct io_pgtable_init_fns fake_fns = { .alloc = alloc_table, .free = free_table };
static struct io_pgtable_format format;

/* The driver */

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	note(&(struct event) { DRIVER_FLUSHES, .iova = iova, .size = size, .pgsize = granule });
}

static const struct iommu_flush_ops tlb = { .tlb_flush_walk = flush_walk };
static const struct iommu_flush_ops no_callback = {};

static struct io_pgtable_ops *table(struct kunit *test, const struct iommu_flush_ops *callbacks)
{
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = SZ_4K, .ias = 32, .oas = 32, .tlb = callbacks,
	};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(NAME, &cfg, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	return ops;
}

/* Functions that are connected to the tracepoints */

static void probe_map(void *data, const struct io_pgtable *iop, unsigned long iova,
		      phys_addr_t paddr, size_t size, size_t pgsize, int prot, size_t mapped,
		      int result)
{
	if (iop->format == &format)
		note(&(struct event) { MAP, iop, iova, paddr, size, pgsize, mapped, prot, result });
}

static void probe_unmap(void *data, const struct io_pgtable *iop, unsigned long iova, size_t size,
			size_t pgsize, size_t unmapped)
{
	if (iop->format == &format)
		note(&(struct event) { UNMAP, iop, iova, 0, size, pgsize, unmapped });
}

static void probe_flush_walk(void *data, const struct io_pgtable *iop, unsigned long iova,
			     size_t size, size_t granule)
{
	if (iop->format == &format)
		note(&(struct event) { FLUSH_WALK, iop, iova, 0, size, granule });
}

static void disconnect(void *unused)
{
	unregister_trace_io_pgtable_map(probe_map, NULL);
	unregister_trace_io_pgtable_unmap(probe_unmap, NULL);
	unregister_trace_io_pgtable_flush_walk(probe_flush_walk, NULL);
	tracepoint_synchronize_unregister();
}

static void connect(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, register_trace_io_pgtable_map(probe_map, NULL), 0);
	KUNIT_ASSERT_EQ(test, register_trace_io_pgtable_unmap(probe_unmap, NULL), 0);
	KUNIT_ASSERT_EQ(test, register_trace_io_pgtable_flush_walk(probe_flush_walk, NULL), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, disconnect, NULL), 0);
}

static bool never_loads(const char *id)
{
	return true;
}

static int trace_init(struct kunit *test)
{
	format = (struct io_pgtable_format) { .name = NAME, .fns = &fake_fns };
	ranges = true;
	n_events = 0;
	kunit_activate_static_stub(test, io_pgtable_request_module, never_loads);
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&format, 1), 0);
	return 0;
}

static void trace_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&format, 1), 0);
}

static void expect_events(struct kunit *test, const struct event *expected, unsigned int n)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, n_events, n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ_MSG(test, events[i].what, expected[i].what, "event %u", i);
		KUNIT_EXPECT_PTR_EQ_MSG(test, events[i].iop, expected[i].iop, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].iova, expected[i].iova, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].paddr, expected[i].paddr, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].size, expected[i].size, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].pgsize, expected[i].pgsize, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].done, expected[i].done, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].prot, expected[i].prot, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, events[i].result, expected[i].result, "event %u", i);
	}
}

/*
 * Map three pages, of which the format maps two, and one page, which the format refuses. The calls
 * add to @mapped.
 */
static void map_three_and_one(struct kunit *test, struct io_pgtable_ops *ops)
{
	size_t mapped = 5;

	KUNIT_EXPECT_EQ(test, io_pgtable_map_pages(ops, IOVA, PADDR, SZ_4K, 3, PROT, GFP_KERNEL,
						   &mapped), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_pages(ops, IOVA, PADDR, SZ_4K, 1, PROT, GFP_KERNEL,
						   &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 5 + SZ_8K);
}

static void maps(struct kunit *test)
{
	struct io_pgtable_ops *ops = table(test, &tlb);
	const struct io_pgtable *iop = io_pgtable_ops_to_pgtable(ops);
	const struct event expected[] = {
		{ MAP, iop, IOVA, PADDR, 3 * SZ_4K, SZ_4K, SZ_8K, PROT, 0 },
		{ MAP, iop, IOVA, PADDR, SZ_4K, SZ_4K, 0, PROT, -EEXIST },
	};

	connect(test);
	map_three_and_one(test, ops);
	expect_events(test, expected, ARRAY_SIZE(expected));
	free_io_pgtable_ops(ops);
}

static void maps_of_ranges(struct kunit *test)
{
	struct io_pgtable_ops *ops = table(test, &tlb);
	const struct io_pgtable *iop = io_pgtable_ops_to_pgtable(ops);
	const struct event expected[] = {
		{ MAP, iop, IOVA, PADDR, 3 * SZ_4K, 0, SZ_8K, PROT, 0 },
		{ MAP, iop, IOVA, PADDR, SZ_4K, 0, 0, PROT, -EEXIST },
	};
	size_t mapped = 5;

	connect(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_range(ops, IOVA, PADDR, 3 * SZ_4K, PROT, GFP_KERNEL,
						   &mapped), 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_range(ops, IOVA, PADDR, SZ_4K, PROT, GFP_KERNEL,
						   &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 5 + SZ_8K);
	expect_events(test, expected, ARRAY_SIZE(expected));
	free_io_pgtable_ops(ops);
}

/* If the format has no functions for ranges, the calls for each part of a range are traced. */
static void ranges_by_pages(struct kunit *test)
{
	size_t mapped = 0;
	struct io_pgtable_ops *ops;
	const struct io_pgtable *iop;

	ranges = false;
	ops = table(test, &no_callback);
	iop = io_pgtable_ops_to_pgtable(ops);
	connect(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_map_range(ops, IOVA, PADDR, SZ_8K, PROT, GFP_KERNEL,
						   &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, io_pgtable_unmap_range(ops, IOVA, SZ_8K, NULL), SZ_4K);
	expect_events(test, (const struct event []) {
		{ MAP, iop, IOVA, PADDR, SZ_8K, SZ_4K, SZ_4K, PROT, 0 },
		{ MAP, iop, IOVA + SZ_4K, PADDR + SZ_4K, SZ_4K, SZ_4K, 0, PROT, -EEXIST },
		{ UNMAP, iop, IOVA, 0, SZ_8K, SZ_4K, SZ_4K },
		{ UNMAP, iop, IOVA + SZ_4K, 0, SZ_4K, SZ_4K, 0 },
	}, 4);
	free_io_pgtable_ops(ops);
}

/* An invalidation is traced before the driver's callback, an unmap after the format's function. */
static void unmaps(struct kunit *test)
{
	struct io_pgtable_ops *ops = table(test, &tlb);
	const struct io_pgtable *iop = io_pgtable_ops_to_pgtable(ops);
	const struct event expected[] = {
		{ FLUSH_WALK, iop, IOVA, 0, 3 * SZ_4K, SZ_4K },
		{ DRIVER_FLUSHES, NULL, IOVA, 0, 3 * SZ_4K, SZ_4K },
		{ UNMAP, iop, IOVA, 0, 3 * SZ_4K, SZ_4K, SZ_8K },
		{ FLUSH_WALK, iop, IOVA, 0, SZ_8K, SZ_4K },
		{ DRIVER_FLUSHES, NULL, IOVA, 0, SZ_8K, SZ_4K },
		{ UNMAP, iop, IOVA, 0, SZ_8K, 0, SZ_4K },
	};

	connect(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_unmap_pages(ops, IOVA, SZ_4K, 3, NULL), SZ_8K);
	KUNIT_EXPECT_EQ(test, io_pgtable_unmap_range(ops, IOVA, SZ_8K, NULL), SZ_4K);
	expect_events(test, expected, ARRAY_SIZE(expected));
	free_io_pgtable_ops(ops);
}

/* An invalidation is traced only if the driver has a callback for it. */
static void no_callback_no_event(struct kunit *test)
{
	struct io_pgtable_ops *ops = table(test, &no_callback);
	const struct io_pgtable *iop = io_pgtable_ops_to_pgtable(ops);

	connect(test);
	KUNIT_EXPECT_EQ(test, io_pgtable_unmap_pages(ops, IOVA, SZ_4K, 1, NULL), 0);
	expect_events(test, &(const struct event) { UNMAP, iop, IOVA, 0, SZ_4K, SZ_4K, 0 }, 1);
	free_io_pgtable_ops(ops);
}

static void nothing_if_disabled(struct kunit *test)
{
	struct io_pgtable_ops *ops = table(test, &tlb);

	map_three_and_one(test, ops);
	KUNIT_EXPECT_EQ(test, n_events, 0);
	connect(test);
	kunit_release_action(test, disconnect, NULL);
	map_three_and_one(test, ops);
	KUNIT_EXPECT_EQ(test, n_events, 0);
	free_io_pgtable_ops(ops);
}

/* An allocation that fails uses up no table number. */
static void numbers(struct kunit *test)
{
	struct io_pgtable_ops *first = table(test, &tlb), *second;
	struct io_pgtable_cfg bad = { .format_cfg_size = 1 };

	KUNIT_EXPECT_EQ(test, PTR_ERR(io_pgtable_alloc_named(NAME, &bad, NULL)), -EINVAL);
	second = table(test, &tlb);
	KUNIT_EXPECT_GT(test, io_pgtable_ops_to_pgtable(first)->number, 0);
	KUNIT_EXPECT_EQ(test, io_pgtable_ops_to_pgtable(second)->number,
			io_pgtable_ops_to_pgtable(first)->number + 1);
	free_io_pgtable_ops(second);
	free_io_pgtable_ops(first);
}

static struct kunit_case trace_cases[] = {
	KUNIT_CASE(maps),
	KUNIT_CASE(maps_of_ranges),
	KUNIT_CASE(ranges_by_pages),
	KUNIT_CASE(unmaps),
	KUNIT_CASE(no_callback_no_event),
	KUNIT_CASE(nothing_if_disabled),
	KUNIT_CASE(numbers),
	{}
};

static struct kunit_suite trace_suite = {
	.name		= "io_pgtable_trace",
	.init		= trace_init,
	.exit		= trace_exit,
	.test_cases	= trace_cases,
};

kunit_test_suite(trace_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit tests of tracepoints of io-pgtable");
MODULE_LICENSE("GPL");
