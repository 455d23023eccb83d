// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rockchip's formats, by themselves and in the driver that is converted to them, beside what
 * the driver makes of the same calls: each entry of all tables, what the walker is shown,
 * what is zapped, and the register. The driver is called as the IOMMU core calls it, by any
 * power of two from 4K to 4M.
 *
 * Different on purpose: -EADDRINUSE is -EEXIST. Where a part is mapped already, the driver
 * maps what comes before it and takes that away again, and we do not touch that table: both
 * leave nothing. The driver masks addresses that are too large and maps pages without
 * access, which are errors of ours: these are not asked for. After a map the driver zaps the
 * first and the last page of each step; the converted one, whose step is all that is mapped,
 * those of the whole.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/dma-direction.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/io-pgtable.h>
#include <linux/io-pgtable-rockchip.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "oracle.h"
#include "stock-rockchip.h"

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of the sequences; 0: chosen at random");

static unsigned int operations = 6000;
module_param(operations, uint, 0444);
MODULE_PARM_DESC(operations, "length of a sequence");

#define DRIVERS_PGSIZES	0x007ff000UL	/* RK_IOMMU_PGSIZE_BITMAP */
#define ENTRIES		1024

struct generation {
	const char *name;
	const char *format;
	bool v2;
	unsigned int oas;
	bool converted;
};

static const struct generation generations[] = {
	{ "rk3288", IO_PGTABLE_ROCKCHIP1, false, 32 },
	{ "rk3568", IO_PGTABLE_ROCKCHIP2, true, 40 },
	{ "rk3288_driver", IO_PGTABLE_ROCKCHIP1, false, 32, true },
	{ "rk3568_driver", IO_PGTABLE_ROCKCHIP2, true, 40, true },
};

KUNIT_ARRAY_PARAM_DESC(generations, generations, name);

/*
 * What is observed: ranges, of memory or of input addresses
 */

#define MAX_RANGES	512

struct ranges {
	struct {
		u64 first;
		u64 last;
	} range[MAX_RANGES];
	unsigned int n;
};

static void note(struct ranges *ranges, u64 first, u64 size)
{
	if (ranges->n && ranges->range[ranges->n - 1].last + 1 == first) {
		ranges->range[ranges->n - 1].last += size;
	} else if (ranges->n < MAX_RANGES) {
		ranges->range[ranges->n].first = first;
		ranges->range[ranges->n++].last = first + size - 1;
	}
}

/* Is every part of @want in @have? */
static bool covers(const struct ranges *have, const struct ranges *want)
{
	unsigned int i, j;
	u64 at;

	for (i = 0; i < want->n; i++) {
		at = want->range[i].first;
		for (j = 0; j < have->n && at <= want->range[i].last; j++) {
			if (have->range[j].first > at || have->range[j].last < at)
				continue;
			at = have->range[j].last + 1;
			j = -1;
		}
		if (at <= want->range[i].last)
			return false;
	}
	return true;
}

/**
 * struct side - a table, and what was done for it in the last call
 * @dev: the device that walks it
 * @regs: what rules a walk
 * @shown: memory that the walker was shown
 * @zaps: input addresses that the IOMMU is to forget
 * @directory: entries of the directory that the walker was shown, by input addresses
 * @pages: entries of pages, in the same way
 */
struct side {
	struct device *dev;
	struct rk_regs regs;
	struct ranges shown;
	struct ranges zaps;
	struct ranges directory;
	struct ranges pages;
};

struct pair {
	struct kunit *test;
	const struct generation *generation;
	struct rnd_state rnd;
	struct side ours;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_rockchip_cfg regs;
	struct io_pgtable_ops *ops;
	struct stock_rockchip converted_rk;
	struct iommu_domain *converted;
	struct side drivers;
	struct stock_rockchip rk;
	struct iommu_domain *domain;
};

static u32 *table_at(const struct side *side, u32 entry)
{
	return rk_is_valid(entry) ? phys_to_virt(rk_address(&side->regs, entry)) : NULL;
}

static u32 *directory_of(const struct side *side)
{
	return table_at(side, side->regs.dte_addr);
}

/* Find the input addresses that entries at @pa are for. Memory of no table counts for none. */
static void resolve(struct side *side, u64 pa, u64 size)
{
	u64 page = pa & ~(SZ_4K - 1ULL), index = (pa - page) / 4, n = DIV_ROUND_UP(size, 4);
	u32 *directory = directory_of(side);
	unsigned int i;

	if (page == rk_address(&side->regs, side->regs.dte_addr))
		note(&side->directory, index * SZ_4M, n * SZ_4M);
	for (i = 0; i < ENTRIES; i++)
		if (rk_is_valid(directory[i]) && rk_address(&side->regs, directory[i]) == page)
			note(&side->pages, (u64)i * SZ_4M + index * SZ_4K, n * SZ_4K);
}

/* By page, as a table that is new and another one may be adjacent */
static void resolve_all(struct side *side)
{
	unsigned int i;
	u64 pa, size;

	for (i = 0; i < side->shown.n; i++)
		for (pa = side->shown.range[i].first; pa <= side->shown.range[i].last; pa += size) {
			size = min(SZ_4K - pa % SZ_4K, side->shown.range[i].last + 1 - pa);
			resolve(side, pa, size);
		}
}

static void forget(struct side *side)
{
	side->shown.n = 0;
	side->zaps.n = 0;
	side->directory.n = 0;
	side->pages.n = 0;
}

/* Nothing that was observed in the last calls is lost. */
static void begin(struct pair *pair)
{
	KUNIT_ASSERT_LT(pair->test, pair->ours.shown.n, MAX_RANGES);
	KUNIT_ASSERT_LT(pair->test, pair->drivers.shown.n, MAX_RANGES);
	KUNIT_ASSERT_LT(pair->test, pair->drivers.zaps.n, MAX_RANGES);
	forget(&pair->ours);
	forget(&pair->drivers);
}

/*
 * The DMA API: tracepoints tell
 */

static struct pair *traced;

static void show(struct device *dev, u64 pa, size_t size)
{
	struct pair *pair = READ_ONCE(traced);

	if (pair && dev == pair->ours.dev)
		note(&pair->ours.shown, pa, size);
	else if (pair && dev == pair->drivers.dev)
		note(&pair->drivers.shown, pa, size);
}

static void probe_map(void *data, struct device *dev, phys_addr_t pa, dma_addr_t dma,
		      size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	show(dev, pa, size);
}

static void probe_sync(void *data, struct device *dev, dma_addr_t dma, size_t size,
		       enum dma_data_direction dir)
{
	show(dev, dma, size);
}

static struct {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} probes[] = {
	{ ON_6_12("dma_map_page") ON_7_3("dma_map_phys"), probe_map },
	{ "dma_sync_single_for_device", probe_sync },
};

static void register_probe(struct tracepoint *tp, void *priv)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name) &&
		    !tracepoint_probe_register(tp, probes[i].probe, NULL))
			probes[i].tp = tp;
}

static void unregister_probes(struct kunit_suite *suite)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].tp)
			tracepoint_probe_unregister(probes[i].tp, probes[i].probe, NULL);
	tracepoint_synchronize_unregister();
}

static int register_probes(struct kunit_suite *suite)
{
	if (!seed)
		seed = get_random_u32();
	pr_info("rockchip: seed=%llu operations=%u\n", seed, operations);
	for_each_kernel_tracepoint(register_probe, NULL);
	if (probes[0].tp && probes[1].tp)
		return 0;
	unregister_probes(suite);
	return -ENOENT;
}

/*
 * Zaps
 */

static void drivers_zap(void *context, u32 iova)
{
	struct pair *pair = context;

	note(&pair->drivers.zaps, iova & ~(SZ_4K - 1U), SZ_4K);
}

static void converted_zap(void *context, u32 iova)
{
	struct pair *pair = context;

	note(&pair->ours.zaps, iova & ~(SZ_4K - 1U), SZ_4K);
}

static void our_flush_all(void *cookie)
{
}

static void our_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct pair *pair = cookie;

	note(&pair->ours.zaps, iova, size);
}

static void our_add_page(struct iommu_iotlb_gather *gather, unsigned long iova,
			 size_t granule, void *cookie)
{
	struct pair *pair = cookie;

	note(&pair->ours.zaps, iova, granule);
}

static const struct iommu_flush_ops our_tlb = {
	.tlb_flush_all	= our_flush_all,
	.tlb_flush_walk	= our_flush_walk,
	.tlb_add_page	= our_add_page,
};

/*
 * Both
 */

static void free_pair(void *data)
{
	struct pair *pair = data;

	WRITE_ONCE(traced, NULL);
	if (!IS_ERR_OR_NULL(pair->ops))
		free_io_pgtable_ops(pair->ops);
	if (pair->converted)
		converted_rockchip_close(pair->converted, pair->ours.dev);
	if (pair->domain)
		stock_rockchip_close(pair->domain, pair->drivers.dev);
}

static struct device *new_device(struct kunit *test)
{
	static unsigned int devices;
	struct device *dev;
	char name[16];

	snprintf(name, sizeof(name), "rockchip%u", devices++);
	dev = kunit_device_register(test, name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)), 0);
	return dev;
}

static void make_drivers(struct pair *pair)
{
	bool v2 = pair->generation->v2;

	pair->rk = (struct stock_rockchip){ .zap = drivers_zap, .context = pair };
	pair->drivers.dev = new_device(pair->test);
	pair->domain = stock_rockchip_open(&pair->rk, pair->drivers.dev, v2);
	KUNIT_ASSERT_NOT_NULL(pair->test, pair->domain);
	pair->drivers.regs = (struct rk_regs){ .dte_addr = pair->rk.dte_addr, .v2 = v2 };
	KUNIT_ASSERT_STREQ(pair->test, rk_regs_complaint(&pair->drivers.regs) ?: "", "");
}

static void make_format(struct pair *pair)
{
	pair->cfg = (struct io_pgtable_cfg){
		.pgsize_bitmap = SZ_4K,
		.ias = 32,
		.oas = pair->generation->oas,
		.tlb = &our_tlb,
		.iommu_dev = pair->ours.dev,
		.format_cfg = &pair->regs,
		.format_cfg_size = sizeof(pair->regs),
	};
	pair->ops = io_pgtable_alloc_named(pair->generation->format, &pair->cfg, pair);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(pair->test, pair->ops);
	pair->ours.regs.dte_addr = pair->regs.dte_addr;
}

static void make_converted(struct pair *pair)
{
	pair->converted_rk = (struct stock_rockchip){ .zap = converted_zap, .context = pair };
	pair->converted = converted_rockchip_open(&pair->converted_rk, pair->ours.dev,
						  pair->generation->v2);
	KUNIT_ASSERT_NOT_NULL(pair->test, pair->converted);
	KUNIT_ASSERT_EQ(pair->test, pair->converted->pgsize_bitmap, SZ_4K);
	pair->ours.regs.dte_addr = pair->converted_rk.dte_addr;
}

static void make_ours(struct pair *pair)
{
	pair->ours.dev = new_device(pair->test);
	pair->ours.regs.v2 = pair->generation->v2;
	if (pair->generation->converted)
		make_converted(pair);
	else
		make_format(pair);
	KUNIT_ASSERT_STREQ(pair->test, rk_regs_complaint(&pair->ours.regs) ?: "", "");
}

static struct pair *new_pair(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pair);
	pair->test = test;
	pair->generation = test->param_value;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_pair, pair), 0);
	make_drivers(pair);
	make_ours(pair);
	WRITE_ONCE(traced, pair);
	return pair;
}

/* What the driver has made invalid keeps its address. */
static u32 comparable(u32 entry)
{
	return rk_is_valid(entry) ? entry : 0;
}

static void compare_pages(struct pair *pair, u32 index)
{
	u32 *ours = table_at(&pair->ours, directory_of(&pair->ours)[index]);
	u32 *drivers = table_at(&pair->drivers, directory_of(&pair->drivers)[index]);
	unsigned int i;

	KUNIT_ASSERT_EQ_MSG(pair->test, !ours, !drivers, "table %u", index);
	for (i = 0; ours && i < ENTRIES; i++)
		KUNIT_ASSERT_EQ_MSG(pair->test, comparable(ours[i]), comparable(drivers[i]),
				    "entry of %#llx", (u64)index * SZ_4M + i * SZ_4K);
}

/* Of an entry of the directory: all but the address of a table */
static u32 flags_of(const struct side *side, u32 index)
{
	u32 entry = directory_of(side)[index];

	return comparable(entry) & (side->regs.v2 ? GENMASK(3, 0) : GENMASK(11, 0));
}

static void compare_tables(struct pair *pair, u64 iova, u64 last)
{
	u32 i;

	for (i = iova / SZ_4M; i <= last / SZ_4M; i++) {
		KUNIT_ASSERT_EQ_MSG(pair->test, flags_of(&pair->ours, i),
				    flags_of(&pair->drivers, i), "table %u", i);
		compare_pages(pair, i);
	}
}

/*
 * Operations
 */

struct span {
	u64 iova;
	u64 last;
	u64 bytes;
};

static u32 below(struct pair *pair, u32 n)
{
	return prandom_u32_state(&pair->rnd) % n;
}

/* At both ends, and around a border of tables in the middle, so that ranges meet */
static struct span some_span(struct pair *pair)
{
	static const u64 places[] = { 0, SZ_2G - SZ_4M, SZ_4G - 3 * (u64)SZ_4M };
	u64 at = places[below(pair, ARRAY_SIZE(places))] + below(pair, 3 * ENTRIES) * (u64)SZ_4K;
	u64 count = 1 + below(pair, below(pair, 8) ? 24 : 2 * ENTRIES);
	struct span r = { .iova = at };

	r.bytes = min(count * SZ_4K, SZ_4G - at);
	r.last = at + r.bytes - 1;
	return r;
}

static u64 some_pa(struct pair *pair, const struct span *r)
{
	u64 space = BIT_ULL(pair->generation->oas);
	u64 pa = ((u64)prandom_u32_state(&pair->rnd) << 32 | prandom_u32_state(&pair->rnd)) &
		 (space - 1) & ~(SZ_4K - 1ULL);

	/* The driver takes larger steps if both addresses allow. */
	if (below(pair, 2))
		pa = (pa & ~(SZ_4M - 1ULL)) | (r->iova & (SZ_4M - 1));
	return min(pa, space - r->bytes);
}

/* The largest power of two that the IOMMU core would choose */
static size_t drivers_step(u64 addresses, u64 bytes)
{
	unsigned long sizes = DRIVERS_PGSIZES & GENMASK(__fls(bytes), 0);

	if (addresses)
		sizes &= GENMASK(min(__ffs64(addresses), BITS_PER_LONG - 1), 0);
	return BIT(__fls(sizes));
}

static u64 drivers_unmap(struct pair *pair, u64 iova, u64 bytes)
{
	u64 done = 0;
	size_t step;

	for (; done < bytes; done += step) {
		step = drivers_step(iova + done, bytes - done);
		step = pair->domain->ops->unmap_pages(pair->domain, iova + done, step, 1, NULL);
		if (!step)
			break;
	}
	return done;
}

static u64 our_unmap(struct pair *pair, u64 iova, u64 bytes)
{
	struct iommu_domain *domain = pair->converted;
	struct iommu_iotlb_gather gather;

	iommu_iotlb_gather_init(&gather);
	if (domain)
		return domain->ops->unmap_pages(domain, iova, SZ_4K, bytes / SZ_4K, &gather);
	return pair->ops->unmap_pages(pair->ops, iova, SZ_4K, bytes / SZ_4K, &gather);
}

/* All or nothing, as the IOMMU core does it */
static int drivers_map(struct pair *pair, const struct span *r, u64 pa, int prot)
{
	size_t mapped = 0, step;
	u64 done;
	int ret;

	for (done = 0; done < r->bytes; done += mapped) {
		step = drivers_step((r->iova + done) | (pa + done), r->bytes - done);
		mapped = 0;
		ret = pair->domain->ops->map_pages(pair->domain, r->iova + done, pa + done, step,
						   1, prot, GFP_KERNEL, &mapped);
		if (!ret)
			continue;
		if (done)
			drivers_unmap(pair, r->iova, done);
		return ret == -EADDRINUSE ? -EEXIST : ret;
	}
	return 0;
}

static int our_map(struct pair *pair, const struct span *r, u64 pa, int prot)
{
	struct iommu_domain *domain = pair->converted;
	size_t mapped = 0, n = r->bytes / SZ_4K;
	int ret;

	if (domain)
		ret = domain->ops->map_pages(domain, r->iova, pa, SZ_4K, n, prot, GFP_KERNEL,
					     &mapped);
	else
		ret = pair->ops->map_pages(pair->ops, r->iova, pa, SZ_4K, n, prot, GFP_KERNEL,
					   &mapped);
	if (ret && mapped)
		our_unmap(pair, r->iova, mapped);
	return ret;
}

static void compare_shown(struct pair *pair, const struct span *r)
{
	resolve_all(&pair->ours);
	resolve_all(&pair->drivers);
	KUNIT_ASSERT_TRUE_MSG(pair->test,
			      covers(&pair->ours.directory, &pair->drivers.directory) &&
			      covers(&pair->ours.pages, &pair->drivers.pages),
			      "%#llx..%#llx: not all that the driver flushes", r->iova, r->last);
}

static void compare_zaps_of_map(struct pair *pair, const struct span *r)
{
	struct ranges *wanted = &pair->drivers.zaps;

	wanted->n = 0;
	note(wanted, r->iova, SZ_4K);
	note(wanted, r->last & ~(SZ_4K - 1ULL), SZ_4K);
	KUNIT_ASSERT_TRUE_MSG(pair->test, covers(&pair->ours.zaps, wanted),
			      "%#llx..%#llx: ends are not zapped", r->iova, r->last);
}

static void compare_map(struct pair *pair)
{
	int prot = below(pair, 64) | (below(pair, 2) ? IOMMU_READ : IOMMU_WRITE), ret;
	struct span r = some_span(pair);
	u64 pa = some_pa(pair, &r);

	begin(pair);
	ret = our_map(pair, &r, pa, prot);
	KUNIT_ASSERT_EQ_MSG(pair->test, ret, drivers_map(pair, &r, pa, prot),
			    "%#llx..%#llx", r.iova, r.last);
	compare_tables(pair, r.iova, r.last);
	/* What the driver has taken back it flushes, and we have not written it. */
	if (ret)
		return;
	compare_shown(pair, &r);
	if (pair->converted)
		compare_zaps_of_map(pair, &r);
}

static void compare_unmap(struct pair *pair)
{
	struct span r = some_span(pair);
	u64 unmapped;

	begin(pair);
	unmapped = our_unmap(pair, r.iova, r.bytes);
	KUNIT_ASSERT_EQ_MSG(pair->test, unmapped, drivers_unmap(pair, r.iova, r.bytes),
			    "%#llx..%#llx", r.iova, r.last);
	compare_tables(pair, r.iova, r.last);
	compare_shown(pair, &r);
	KUNIT_ASSERT_TRUE_MSG(pair->test, covers(&pair->ours.zaps, &pair->drivers.zaps),
			      "%#llx..%#llx: not all that the driver zaps", r.iova, r.last);
}

static void compare_translation(struct pair *pair)
{
	struct iommu_domain *domain = pair->converted;
	u64 iova = some_span(pair).iova + below(pair, SZ_4K), pa;

	pa = domain ? domain->ops->iova_to_phys(domain, iova) :
		      pair->ops->iova_to_phys(pair->ops, iova);
	KUNIT_ASSERT_EQ(pair->test, pa, pair->domain->ops->iova_to_phys(pair->domain, iova));
}

static void sequence(struct kunit *test)
{
	struct pair *pair = new_pair(test);
	unsigned int i, what;

	prandom_seed_state(&pair->rnd, seed + test->param_index);
	for (i = 0; i < operations; i++) {
		what = below(pair, 16);
		if (what < 7)
			compare_map(pair);
		else if (what < 14)
			compare_unmap(pair);
		else
			compare_translation(pair);
		cond_resched();
	}
	begin(pair);
	compare_tables(pair, 0, SZ_4G - 1);
}

static struct kunit_case rockchip_cases[] = {
	KUNIT_CASE_PARAM_ATTR(sequence, generations_gen_params, { .speed = KUNIT_SPEED_SLOW }),
	{ }
};

static struct kunit_suite rockchip_suite = {
	.name		= "io-pgtable-stock-rockchip",
	.suite_init	= register_probes,
	.suite_exit	= unregister_probes,
	.test_cases	= rockchip_cases,
};

kunit_test_suite(rockchip_suite);

MODULE_DESCRIPTION("io-pgtable: Rockchip's formats against their driver");
MODULE_LICENSE("GPL");
