// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that make page tables of many formats, map and unmap, and free the tables, as long as the
 * module is loaded. They are a load for scenarios in which formats, implementations, drivers and
 * CPUs come and go. No hardware walks the tables. Each thread compares the translations of its
 * table with a bitmap of the pages that are mapped.
 *
 * With faults=1, allocations of these threads may fail: the module sets current->make_it_fail, and
 * the scenario sets up failslab and fail_page_alloc with task-filter. Then -ENOMEM is a valid
 * result, and earlier mappings must remain.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../compat.h"
#include "shape.h"

#define MAX_THREADS	16
#define PAGES		8192		/* used in each table, from its first page on */
#define OPERATIONS	16		/* on each table */

static unsigned int threads = 8;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "number of threads");
static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "seed of the random generator");
static bool faults;
module_param(faults, bool, 0444);
MODULE_PARM_DESC(faults, "allocations may fail");

/* Counters of events */
enum count {
	TABLES,		/* made */
	ABSENT,		/* not made: the format is not loaded */
	NO_TABLE,	/* not made: no memory */
	MAPS,
	NO_MAP,		/* failed, or stopped after some pages, for want of memory */
	OVERLAPS,	/* refused maps */
	UNMAPS,
	NO_SPLIT,	/* part of a block could not be unmapped */
	RESERVES,
	NO_RESERVE,	/* no memory */
	WRONG,		/* wrong results */
	COUNTS,
};

static const char *const count_names[COUNTS] = {
	"tables", "absent", "no-table", "maps", "no-map", "overlaps", "unmaps", "no-split",
	"reserves", "no-reserve", "wrong",
};

static atomic_long_t counts[COUNTS];

static int counts_get(char *buffer, const struct kernel_param *kp)
{
	int len = 0, i;

	for (i = 0; i < COUNTS; i++)
		len += sysfs_emit_at(buffer, len, "%s %ld\n", count_names[i],
				     atomic_long_read(&counts[i]));
	return len;
}

static const struct kernel_param_ops counts_ops = { .get = counts_get };
module_param_cb(counts, &counts_ops, NULL, 0444);
MODULE_PARM_DESC(counts, "counters of events: a name and a number on each line");

/* Without Mali, since its module could hardly ever be unloaded if these threads used it. */
static const struct shape shapes[] = {
	{ ARM_64_LPAE_S1, NULL, LPAE_4K, 39, 40, IO_PGTABLE_QUIRK_ARM_CONTIG },
	{ 0, "ARM_64_LPAE_S1", LPAE_4K, 48, 48, 0, true },
	{ ARM_64_LPAE_S2, NULL, LPAE_4K, 40, 40, IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS },
	{ ARM_32_LPAE_S1, NULL, LPAE_4K, 32, 40 },
	{ ARM_V7S, NULL, V7S, 32, 32 },
	{ 0, "ARM_V7S", V7S, 32, 32, IO_PGTABLE_QUIRK_NO_PERMS, true },
};

/**
 * struct churner - a thread
 * @task: the thread
 * @rnd: state of the thread's random generator
 * @ops: the current table
 * @shape: the kind of table
 * @paddr: output address of input address 0
 * @mapped: a bit for each page that is mapped
 */
struct churner {
	struct task_struct *task;
	struct rnd_state rnd;
	struct io_pgtable_ops *ops;
	const struct shape *shape;
	phys_addr_t paddr;
	DECLARE_BITMAP(mapped, PAGES);
};

static struct platform_device *device;
static struct churner *churners;

static void count(enum count what)
{
	atomic_long_inc(&counts[what]);
}

/* Count a wrong result. The scenario reads the counter. The first ten results are logged. */
#define wrong(c, text, ...)						\
do {									\
	if (atomic_long_inc_return(&counts[WRONG]) <= 10)		\
		dev_err(&device->dev, "shape %td: " text "\n",		\
			(c)->shape - shapes, ##__VA_ARGS__);		\
} while (0)

static unsigned int below(struct churner *c, unsigned int n)
{
	return prandom_u32_state(&c->rnd) % n;
}

/*
 * The model
 */

static void check_page(struct churner *c, unsigned int page)
{
	unsigned long iova = (unsigned long)page * SZ_4K + 5;
	phys_addr_t expected = test_bit(page, c->mapped) ? c->paddr + iova : 0;
	phys_addr_t found = io_pgtable_iova_to_phys(c->ops, iova);

	if (found != expected)
		wrong(c, "%#lx translates to %pa, not to %pa", iova, &found, &expected);
}

/* Check both ends of a range, the pages next to the range, and a few random pages. */
static void check_around(struct churner *c, unsigned int first, unsigned int n)
{
	unsigned int i;

	check_page(c, first);
	check_page(c, first + n - 1);
	if (first)
		check_page(c, first - 1);
	if (first + n < PAGES)
		check_page(c, first + n);
	for (i = 0; i < 8; i++)
		check_page(c, below(c, PAGES));
}

/*
 * A map has returned @ret and has mapped @bytes, starting with page @first. Check that @ret
 * explains the number of bytes.
 */
static void check_map(struct churner *c, int ret, unsigned int first, unsigned int n, size_t bytes,
		      bool may_lack_memory)
{
	unsigned int taken = find_next_bit(c->mapped, PAGES, first), done = bytes / SZ_4K;
	bool overlap = taken < first + n;

	count(MAPS);
	if (bytes % SZ_4K || done > n || first + done > taken) {
		wrong(c, "%zu bytes of %u pages mapped at page %u, %u are free", bytes, n, first,
		      taken - first);
		return;
	}
	bitmap_set(c->mapped, first, done);
	if (ret == -EEXIST && overlap)
		count(OVERLAPS);
	else if (ret == -ENOMEM && may_lack_memory && done < n)
		count(NO_MAP);
	else if (ret || overlap || done < n)
		wrong(c, "map of %u pages returned %d, %u are mapped", n, ret, done);
	check_around(c, first, n);
}

/*
 * Operations
 */

/* Return: a short or a long run of pages. Half of the runs begin at the start of a block. */
static unsigned int some_pages(struct churner *c, unsigned int *first)
{
	unsigned int n = 1 + below(c, below(c, 2) ? 16 : 1200);

	*first = below(c, PAGES);
	if (below(c, 2))
		*first &= ~511;
	return min(n, PAGES - *first);
}

static gfp_t some_gfp(struct churner *c)
{
	return below(c, 2) ? GFP_KERNEL | __GFP_NOWARN : GFP_ATOMIC | __GFP_NOWARN;
}

static void map_range(struct churner *c)
{
	unsigned int first, n = some_pages(c, &first);
	unsigned long iova = (unsigned long)first * SZ_4K;
	size_t mapped = 0;
	int ret;

	ret = io_pgtable_map_range(c->ops, iova, c->paddr + iova, n * SZ_4K,
				   IOMMU_READ | IOMMU_WRITE, some_gfp(c), &mapped);
	check_map(c, ret, first, n, mapped, faults);
}

/* map_pages() of a format may return 0 at the end of a table, before it has mapped everything. */
static void map_pages(struct churner *c)
{
	unsigned int first, n = some_pages(c, &first);
	unsigned long iova = (unsigned long)first * SZ_4K;
	size_t mapped = 0, before;
	int ret;

	do {
		before = mapped;
		ret = io_pgtable_map_pages(c->ops, iova + mapped, c->paddr + iova + mapped, SZ_4K,
					   n - mapped / SZ_4K, IOMMU_READ, some_gfp(c), &mapped);
	} while (!ret && mapped > before && mapped < n * SZ_4K);
	check_map(c, ret, first, n, mapped, faults);
}

/* Tables that are counted and reserved suffice for the map, even if allocations fail. */
static void map_reserved(struct churner *c)
{
	unsigned int first, n = some_pages(c, &first);
	unsigned long iova = (unsigned long)first * SZ_4K;
	long tables = io_pgtable_count_tables(c->ops, iova, n * SZ_4K);
	size_t mapped = 0;
	int ret;

	if (tables == -EOPNOTSUPP || !c->ops->reserve)
		return;
	if (tables < 0) {
		wrong(c, "count of %u pages at page %u returned %ld", n, first, tables);
		return;
	}
	ret = io_pgtable_reserve(c->ops, tables, some_gfp(c));
	if (ret == -ENOMEM && faults) {
		count(NO_RESERVE);
		return;
	}
	if (ret) {
		wrong(c, "reserve of %ld tables returned %d", tables, ret);
		return;
	}
	count(RESERVES);
	ret = io_pgtable_map_range(c->ops, iova, c->paddr + iova, n * SZ_4K, IOMMU_READ,
				   IO_PGTABLE_GFP_RESERVED, &mapped);
	io_pgtable_unreserve(c->ops, tables);
	check_map(c, ret, first, n, mapped, false);
}

/*
 * Unmap part of some adjacent pages that are mapped. If part of a block is unmapped, that may fail
 * for want of memory, or because the format does not split blocks.
 */
static void unmap_some(struct churner *c)
{
	unsigned int first = find_next_bit(c->mapped, PAGES, below(c, PAGES)), n;
	struct iommu_iotlb_gather gather;
	size_t bytes;

	if (first == PAGES)
		return;
	n = find_next_zero_bit(c->mapped, PAGES, first) - first;
	n = below(c, 2) ? n : 1 + below(c, n);
	iommu_iotlb_gather_init(&gather);
	bytes = io_pgtable_unmap_range(c->ops, (unsigned long)first * SZ_4K, n * SZ_4K, &gather);
	count(UNMAPS);
	if (bytes % SZ_4K || bytes > n * SZ_4K) {
		wrong(c, "unmap of %u pages returned %zu", n, bytes);
		return;
	}
	bitmap_clear(c->mapped, first, bytes / SZ_4K);
	if (bytes < n * SZ_4K) {
		count(NO_SPLIT);
		if (!faults && SPLITS_BLOCKS)
			wrong(c, "unmap of %u pages at page %u returned %zu", n, first, bytes);
	}
	check_around(c, first, n);
}

static void (*const operations[])(struct churner *c) = {
	map_range, map_pages, map_reserved, unmap_some, unmap_some,
};

/*
 * Tables
 */

/* Work on the table, and free the table while pages are mapped. */
static void use_table(struct churner *c)
{
	unsigned int i;

	bitmap_zero(c->mapped, PAGES);
	c->paddr = (phys_addr_t)(1 + below(c, 32)) * SZ_16M;
	for (i = 0; i < OPERATIONS && !kthread_should_stop(); i++) {
		operations[below(c, ARRAY_SIZE(operations))](c);
		cond_resched();
	}
	free_io_pgtable_ops(c->ops);
}

static void one_table(struct churner *c)
{
	c->shape = &shapes[below(c, ARRAY_SIZE(shapes))];
	c->ops = shape_table(c->shape, &device->dev, NULL, 0);
	if (!IS_ERR(c->ops)) {
		count(TABLES);
		use_table(c);
	} else if (PTR_ERR(c->ops) == -ENOENT) {
		count(ABSENT);
	} else if (PTR_ERR(c->ops) == -ENOMEM && faults) {
		count(NO_TABLE);
	} else {
		wrong(c, "no table: %ld", PTR_ERR(c->ops));
	}
}

static int churn(void *data)
{
	struct churner *c = data;

	/* Leave CPU time to the other parts of the scenario. */
	set_user_nice(current, MAX_NICE);
#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = faults;
#endif
	while (!kthread_should_stop()) {
		one_table(c);
		msleep(below(c, 300));
	}
	return 0;
}

static void stop_all(void)
{
	unsigned int i;

	for (i = 0; i < threads; i++)
		if (!IS_ERR_OR_NULL(churners[i].task))
			kthread_stop(churners[i].task);
	kvfree(churners);
	platform_device_unregister(device);
}

static int __init churn_init(void)
{
	unsigned int i;
	int ret = 0;

	threads = clamp(threads, 1U, MAX_THREADS);
	device = shape_device("io-pgtable-churn");
	if (IS_ERR(device))
		return PTR_ERR(device);
	churners = kvcalloc(threads, sizeof(*churners), GFP_KERNEL);
	if (!churners) {
		platform_device_unregister(device);
		return -ENOMEM;
	}
	for (i = 0; !ret && i < threads; i++) {
		prandom_seed_state(&churners[i].rnd, (u64)seed << 8 | i);
		churners[i].task = kthread_run(churn, &churners[i], "churn/%u", i);
		ret = PTR_ERR_OR_ZERO(churners[i].task);
	}
	if (ret)
		stop_all();
	return ret;
}
module_init(churn_init);

static void __exit churn_exit(void)
{
	stop_all();
}
module_exit(churn_exit);

MODULE_DESCRIPTION("Page tables that come and go, for tests");
MODULE_LICENSE("GPL");
