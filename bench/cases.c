// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cases are cycles of steps. Each step is timed and then checked; then the step's limit is
 * timed in the same way. A step that fails its check ends the measurement with an error.
 */
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include "bench.h"
#include "samples.h"

/*
 * Aligned to every page size, and beyond the first entry of every table. Output addresses start at
 * PADDR + pgsize, so that their alignment makes generic_pt choose this page size and no larger one.
 */
#define IOVA	SZ_1G
#define PADDR	SZ_1G

static const struct bench_format formats[] = {
	{ "64 S1", ARM_64_LPAE_S1, 48, 48, SZ_4K, SZ_2M, SZ_1G, 8 },
	{ "64 S1", ARM_64_LPAE_S1, 48, 48, SZ_16K, SZ_32M, 0, 8 },
	{ "64 S1", ARM_64_LPAE_S1, 48, 48, SZ_64K, SZ_512M, 0, 8 },
	{ "64 S2", ARM_64_LPAE_S2, 48, 48, SZ_4K, SZ_2M, SZ_1G, 8 },
	{ "64 S2", ARM_64_LPAE_S2, 48, 48, SZ_16K, SZ_32M, 0, 8 },
	{ "64 S2", ARM_64_LPAE_S2, 48, 48, SZ_64K, SZ_512M, 0, 8 },
	{ "64 S1 groups", ARM_64_LPAE_S1, 48, 48, SZ_4K, SZ_2M, 0, 8, SZ_64K | SZ_32M,
	  .contig = true },
	{ "32 S1", ARM_32_LPAE_S1, 32, 40, SZ_4K, SZ_2M, SZ_1G, 8 },
	{ "Mali", ARM_MALI_LPAE, 48, 40, SZ_4K, SZ_2M, SZ_1G, 8 },
	{ "v7s", ARM_V7S, 32, 32, SZ_4K, SZ_1M, SZ_64K | SZ_16M, 4, SZ_64K | SZ_16M },
#ifdef CONFIG_IOMMU_PT_X86_64
	{ "generic_pt x86_64", 0, 48, 48, SZ_4K, SZ_2M, SZ_1G, 8, .api = &bench_generic_x86_64 },
#endif
#ifdef CONFIG_IOMMU_PT_AMDV1
	{ "generic_pt AMDv1", 0, 48, 48, SZ_4K, SZ_2M, SZ_1G, 8, .api = &bench_generic_amdv1 },
#endif
};

const unsigned int bench_formats = ARRAY_SIZE(formats);

const struct bench_format *bench_format_at(unsigned int index)
{
	return &formats[index];
}

struct step {
	const char *op;		/* NULL: not reported */
	bench_fn fn;
	bench_fn check;
	bench_fn limit;
	bool unmaps;		/* the result depends on &bench_table.tlb */
	bool may_sleep;
	struct bench_work work;
	u32 got[BENCH_SAMPLES];
	u32 least[BENCH_SAMPLES];
};

/* A kernel without the quirk maps and unmaps the single pages of a group. */
#ifdef IO_PGTABLE_QUIRK_ARM_CONTIG
#define QUIRK_CONTIG IO_PGTABLE_QUIRK_ARM_CONTIG
#else
#define QUIRK_CONTIG 0
#endif

/* --- the driver */

static void flush_all(void *cookie)
{
}

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct bench_table *table = cookie;

	table->walks++;
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
		     void *cookie)
{
	struct bench_table *table = cookie;

	table->pages += granule;
}

static const struct iommu_flush_ops per_page = {
	.tlb_flush_all = flush_all,
	.tlb_flush_walk = flush_walk,
	.tlb_add_page = add_page,
};

#ifdef IO_PGTABLE_HAS_TLB_ADD_RANGE
static void add_pages(struct iommu_iotlb_gather *gather, unsigned long iova, size_t size,
		      size_t granule, void *cookie)
{
	struct bench_table *table = cookie;

	table->pages += size;
}

static const struct iommu_flush_ops range = {
	.tlb_flush_all = flush_all,
	.tlb_flush_walk = flush_walk,
	.tlb_add_page = add_page,
	.tlb_add_range = add_pages,
};
#else
/* A kernel without the callback calls tlb_add_page() for each page. */
#define range per_page
#endif

/* --- timed functions. The loops are those of the IOMMU core, since a format may stop early. */

static int map_all(const struct bench_work *work)
{
	struct io_pgtable_ops *ops = work->table->pt;
	const unsigned int shift = __ffs(work->pgsize);
	size_t left = work->count, done = 0, mapped;
	int ret;

	while (left) {
		mapped = 0;
		ret = io_pgtable_map_pages(ops, work->iova + done, work->paddr + done,
					   work->pgsize, left, BENCH_PROT, GFP_ATOMIC, &mapped);
		if (ret || !mapped)
			return ret ?: -EIO;
		done += mapped;
		left -= mapped >> shift;
	}
	return 0;
}

static int unmap_all(const struct bench_work *work)
{
	struct io_pgtable_ops *ops = work->table->pt;
	const unsigned int shift = __ffs(work->pgsize);
	size_t left = work->count, done = 0, unmapped;

	while (left) {
		unmapped = io_pgtable_unmap_pages(ops, work->iova + done, work->pgsize, left,
						  &work->table->gather);
		if (!unmapped)
			return -EIO;
		done += unmapped;
		left -= unmapped >> shift;
	}
	return 0;
}

static int map_each(const struct bench_work *work)
{
	struct io_pgtable_ops *ops = work->table->pt;
	size_t i, at, mapped = 0;
	int ret;

	for (i = 0, at = 0; i < work->count; i++, at += work->stride) {
		ret = io_pgtable_map_pages(ops, work->iova + at, work->paddr + at, work->pgsize, 1,
					   BENCH_PROT, GFP_ATOMIC, &mapped);
		if (ret)
			return ret;
	}
	return 0;
}

static int unmap_each(const struct bench_work *work)
{
	struct io_pgtable_ops *ops = work->table->pt;
	size_t i, at;

	for (i = 0, at = 0; i < work->count; i++, at += work->stride) {
		if (!io_pgtable_unmap_pages(ops, work->iova + at, work->pgsize, 1,
					    &work->table->gather))
			return -EIO;
	}
	return 0;
}

/*
 * Chooses pages as a driver does by hand: the largest page that fits and that both addresses are
 * aligned to. @count is the number of such pages before a larger page fits. Return: the page size.
 */
static size_t best_pages(const struct bench_table *table, unsigned long iova, phys_addr_t paddr,
			 size_t left, size_t *count)
{
	const unsigned long sizes = table->cfg.pgsize_bitmap, addrs = iova | paddr;
	unsigned long fitting = sizes & GENMASK(__fls(left), 0), larger;
	unsigned int shift, next;

	if (addrs)
		fitting &= GENMASK(__ffs(addrs), 0);
	shift = __fls(fitting);
	larger = shift + 1 < BITS_PER_LONG ? sizes & ~GENMASK(shift, 0) : 0;
	if (larger) {
		next = __ffs(larger);
		if (!((iova ^ paddr) & (BIT(next) - 1)) &&
		    (-iova & (BIT(next) - 1)) + BIT(next) <= left)
			left = -iova & (BIT(next) - 1);
	}
	*count = left >> shift;
	return BIT(shift);
}

static int map_by_hand(const struct bench_work *work)
{
	const size_t size = work->count * work->pgsize;
	struct io_pgtable_ops *ops = work->table->pt;
	size_t done = 0, pgsize, count;
	int ret = 0;

	while (!ret && done < size) {
		pgsize = best_pages(work->table, work->iova + done, work->paddr + done,
				    size - done, &count);
		ret = io_pgtable_map_pages(ops, work->iova + done, work->paddr + done, pgsize,
					   count, BENCH_PROT, GFP_ATOMIC, &done);
	}
	return ret;
}

static int unmap_by_hand(const struct bench_work *work)
{
	const size_t size = work->count * work->pgsize;
	struct io_pgtable_ops *ops = work->table->pt;
	size_t done = 0, unmapped, pgsize, count;

	while (done < size) {
		pgsize = best_pages(work->table, work->iova + done, work->iova + done,
				    size - done, &count);
		unmapped = io_pgtable_unmap_pages(ops, work->iova + done, pgsize, count,
						  &work->table->gather);
		if (!unmapped)
			return -EIO;
		done += unmapped;
	}
	return 0;
}

static int map_in_one(const struct bench_work *work)
{
	size_t mapped = 0;

	return io_pgtable_map_range(work->table->pt, work->iova, work->paddr,
				    work->count * work->pgsize, BENCH_PROT, GFP_ATOMIC, &mapped);
}

static int unmap_in_one(const struct bench_work *work)
{
	const size_t size = work->count * work->pgsize;

	return io_pgtable_unmap_range(work->table->pt, work->iova, size,
				      &work->table->gather) == size ? 0 : -EIO;
}

static int look_up(const struct bench_work *work)
{
	struct io_pgtable_ops *ops = work->table->pt;

	return io_pgtable_iova_to_phys(ops, work->iova) == work->paddr ? 0 : -EIO;
}

static int alloc_and_free(const struct bench_work *work)
{
	struct bench_table *table = work->table;
	struct io_pgtable_ops *ops = alloc_io_pgtable_ops(table->format->fmt, &table->cfg, table);

	if (!ops)
		return -ENODEV;
	free_io_pgtable_ops(ops);
	return 0;
}

static void *alloc_table(struct bench_table *table)
{
	return alloc_io_pgtable_ops(table->format->fmt, &table->cfg, table);
}

static void free_table(void *pt)
{
	free_io_pgtable_ops(pt);
}

static phys_addr_t look_up_at(const struct bench_table *table, unsigned long iova)
{
	struct io_pgtable_ops *ops = table->pt;

	return io_pgtable_iova_to_phys(ops, iova);
}

static size_t told_by_callbacks(const struct bench_table *table)
{
	return table->pages;
}

static const struct bench_api io_pgtable_api = {
	.alloc = alloc_table,
	.free = free_table,
	.map = map_all,
	.unmap = unmap_all,
	.map_range = BENCH_RANGES ? map_in_one : map_by_hand,
	.unmap_range = BENCH_RANGES ? unmap_in_one : unmap_by_hand,
	.look_up = look_up,
	.alloc_and_free = alloc_and_free,
	.translate = look_up_at,
	.told = told_by_callbacks,
};

static int open_table(struct bench_table *table, const struct bench_format *format,
		      struct device *dev, bool coherent, enum bench_tlb tlb)
{
	*table = (struct bench_table) {
		.format = format,
		.api = format->api ?: &io_pgtable_api,
		.tlb = tlb,
		.dev = dev,
		.cfg = {
			.quirks = format->contig ? QUIRK_CONTIG : 0,
			.pgsize_bitmap = format->page | format->span | format->other,
			.ias = format->ias,
			.oas = format->oas,
			.coherent_walk = coherent,
			.tlb = tlb == BENCH_RANGE ? &range : &per_page,
			.iommu_dev = dev,
		},
	};
	iommu_iotlb_gather_init(&table->gather);
	table->gather.queued = tlb == BENCH_QUEUED;
	table->pt = table->api->alloc(table);
	return table->pt ? 0 : -ENODEV;
}

/* --- checks */

static size_t stride(const struct bench_work *work)
{
	return work->stride ?: work->pgsize;
}

static phys_addr_t translate(const struct bench_work *work, size_t at)
{
	return work->table->api->translate(work->table, work->iova + at);
}

/* Every page translates at its start and at its end. Nothing beside the pages is mapped. */
static int check_mapped(const struct bench_work *work)
{
	const size_t size = work->count * stride(work), last = work->pgsize - 1;
	size_t at;

	for (at = 0; at < size; at += stride(work)) {
		if (translate(work, at) != work->paddr + at ||
		    translate(work, at + last) != work->paddr + at + last)
			return -EIO;
	}
	return translate(work, -1) || translate(work, size) ? -EIO : 0;
}

static bool nothing_mapped(const struct bench_work *work)
{
	const size_t size = work->count * stride(work);
	size_t at;

	for (at = 0; at < size; at += stride(work)) {
		if (translate(work, at) || translate(work, at + work->pgsize - 1))
			return false;
	}
	return true;
}

/* Nothing is mapped, and the driver was told of all pages, or of none if the gather is queued. */
static int check_unmapped(const struct bench_work *work)
{
	const struct bench_table *table = work->table;
	const size_t told = table->tlb == BENCH_QUEUED ? 0 : work->count * work->pgsize;

	return nothing_mapped(work) && table->api->told(table) == told ? 0 : -EIO;
}

/* Checks a range in steps, which include the first and last addresses of pages of all sizes. */
static bool range_is(const struct bench_work *work, bool mapped)
{
	const size_t size = work->count * work->pgsize, step = max(size / 64, SZ_4K);
	size_t at;

	for (at = 0; at < size; at += step)
		if (translate(work, at) != (mapped ? work->paddr + at : 0))
			return false;
	return translate(work, size - 1) == (mapped ? work->paddr + size - 1 : 0) &&
	       !translate(work, -1) && !translate(work, size);
}

static int check_range_mapped(const struct bench_work *work)
{
	return range_is(work, true) ? 0 : -EIO;
}

static int check_range_unmapped(const struct bench_work *work)
{
	const struct bench_table *table = work->table;
	const size_t told = table->tlb == BENCH_QUEUED ? 0 : work->count * work->pgsize;

	return range_is(work, false) && table->api->told(table) == told ? 0 : -EIO;
}

static int check_tables_gone(const struct bench_work *work)
{
	return nothing_mapped(work) && work->table->walks ? 0 : -EIO;
}

static int check_replaced(const struct bench_work *work)
{
	return work->table->walks ? check_mapped(work) : -EIO;
}

/* --- cycles */

static int run_step(struct step *step, int sample)
{
	u32 got, least = 0;
	int ret;

	step->work.table->pages = 0;
	step->work.table->walks = 0;
	ret = bench_time(step->fn, &step->work, step->may_sleep, &got);
	if (!ret && step->check)
		ret = step->check(&step->work);
	if (!ret && step->limit)
		ret = bench_time(step->limit, &step->work, step->may_sleep, &least);
	if (!ret && sample >= 0) {
		step->got[sample] = got;
		step->least[sample] = least;
	}
	return ret;
}

static void report(struct step *step)
{
	static const char * const tlbs[] = { "page", "range", "queued" };
	const struct bench_work *work = &step->work;
	const struct bench_table *table = work->table;
	const size_t pieces = work->pieces ?: 1;

	samples_sort(step->got, BENCH_SAMPLES);
	samples_sort(step->least, BENCH_SAMPLES);
	pr_info("bench row|%s|%zu|%s|%s|%s|%zu|%zu|%u|%u|%u|%u\n",
		table->format->name, table->format->page,
		table->cfg.coherent_walk ? "coherent" : "non-coherent",
		step->unmaps ? tlbs[table->tlb] : "-", step->op, work->pgsize * pieces,
		work->count / pieces,
		step->got[BENCH_SAMPLES / 2], step->got[0], step->got[BENCH_SAMPLES - 1],
		step->least[BENCH_SAMPLES / 2]);
}

static int run_cycle(struct step *steps, unsigned int count)
{
	int sample, ret = 0;
	unsigned int i;

	for (sample = -BENCH_WARM_UP; sample < BENCH_SAMPLES; sample++) {
		for (i = 0; i < count && !ret; i++) {
			ret = run_step(&steps[i], sample);
			if (ret)
				pr_err("bench error: %s, %zu x %zu: %d\n",
				       steps[i].op ?: "preparation", steps[i].work.pgsize,
				       steps[i].work.count, ret);
		}
	}
	for (i = 0; i < count && !ret; i++) {
		if (steps[i].op && (steps[i].unmaps || !steps[i].work.table->tlb))
			report(&steps[i]);
	}
	return ret;
}

static unsigned int callbacks(const struct bench_table *table, size_t pages)
{
	switch (table->tlb) {
	case BENCH_PER_PAGE:
		return pages;
	case BENCH_RANGE:
		return 1;
	default:
		return 0;
	}
}

/* Adjacent pages whose tables exist already */
static int cycle_pages(struct bench_table *table, const char * const ops[2], size_t offset,
		       size_t pgsize, size_t count)
{
	const struct bench_api *api = table->api;
	const bool sixteen = table->format->sixteen & pgsize;
	const size_t pieces = sixteen && table->format->contig && !QUIRK_CONTIG ? 16 : 1;
	const struct bench_work work = {
		.table = table,
		.iova = IOVA + offset,
		.paddr = PADDR + pgsize + offset,
		.pgsize = pgsize / pieces,
		.count = count * pieces,
		.pieces = pieces,
		.descriptors = sixteen ? 16 * count : count,
		.callbacks = callbacks(table, count),
	};
	struct step steps[] = {
		{ ops[0], api->map, check_mapped, bench_limit_map, .work = work },
		{ ops[1], api->unmap, check_unmapped, bench_limit_unmap, true, .work = work },
	};

	return run_cycle(steps, ARRAY_SIZE(steps));
}

/* The limit of a range: stores of the descriptors of the best pages, and callbacks for the pages */
static struct bench_work range_work(struct bench_table *table, size_t offset, size_t size)
{
	struct bench_work work = {
		.table = table,
		.iova = IOVA + offset,
		.paddr = PADDR + offset,
		.pgsize = table->format->page,
		.count = size / table->format->page,
	};
	size_t at, pgsize, count;

	for (at = 0; at < size; at += pgsize * count) {
		pgsize = best_pages(table, work.iova + at, work.paddr + at, size - at, &count);
		work.descriptors += table->format->sixteen & pgsize ? 16 * count : count;
		work.callbacks += callbacks(table, count);
	}
	return work;
}

/* A range of several page sizes: by hand, as drivers do, and in one call */
static int cycle_range(struct bench_table *table, size_t offset, size_t size)
{
	const struct bench_api *api = table->api;
	const struct bench_work work = range_work(table, offset, size);
	struct step by_hand[] = {
		{ "map by hand", map_by_hand, check_range_mapped, bench_limit_map, .work = work },
		{ "unmap by hand", unmap_by_hand, check_range_unmapped, bench_limit_unmap, true,
		  .work = work },
	};
	struct step in_one[] = {
		{ "map range", api->map_range, check_range_mapped, bench_limit_map, .work = work },
		{ "unmap range", api->unmap_range, check_range_unmapped, bench_limit_unmap, true,
		  .work = work },
	};
	int ret = 0;

	if (api == &io_pgtable_api)
		ret = run_cycle(by_hand, ARRAY_SIZE(by_hand));
	return ret ?: run_cycle(in_one, ARRAY_SIZE(in_one));
}

static int cycle_range_of_pages(struct bench_table *table)
{
	return cycle_range(table, SZ_64K, SZ_64K);
}

static int cycle_range_around_block(struct bench_table *table)
{
	return cycle_range(table, SZ_2M - SZ_32K, SZ_2M + SZ_64K);
}

/* 1 GiB without the last page */
static int cycle_long_range(struct bench_table *table)
{
	return cycle_range(table, 0, SZ_1G - SZ_4K);
}

/* A page in each of many tables, which are allocated by the maps and freed later */
static int cycle_strided(struct bench_table *table)
{
	const struct bench_format *format = table->format;
	struct bench_work work = {
		.table = table,
		.iova = IOVA,
		.paddr = PADDR,
		.pgsize = format->page,
		.count = 512,
		.stride = format->span,
		.descriptors = 2 * 512,
		.tables = 512,
	};
	struct step steps[] = {
		{ "map strided", map_each, check_mapped, bench_limit_map, .work = work },
		{ "unmap strided", unmap_each, check_unmapped, bench_limit_unmap, true },
		{ "free tables", unmap_all, check_tables_gone, bench_limit_unmap, true },
	};

	work.descriptors = 512;
	work.tables = 0;
	work.callbacks = table->tlb == BENCH_QUEUED ? 0 : 512;
	steps[1].work = work;
	work.pgsize = format->span;
	work.stride = 0;
	work.tables = 512;
	work.callbacks = 0;
	work.walks = 1;
	steps[2].work = work;
	return run_cycle(steps, ARRAY_SIZE(steps));
}

static int cycle_replace(struct bench_table *table)
{
	const struct bench_format *format = table->format;
	struct bench_work page = {
		.table = table,
		.iova = IOVA,
		.paddr = PADDR,
		.pgsize = format->page,
		.count = 1,
		.tables = 1,
	};
	struct bench_work block = page;
	struct step steps[] = {
		{ NULL, map_all, check_mapped, bench_limit_map, .work = page },
		{ NULL, unmap_all, check_unmapped, .work = page },
		{ "map over table", map_all, check_replaced, bench_limit_unmap },
		{ NULL, unmap_all, check_unmapped },
	};

	block.pgsize = format->span;
	block.descriptors = 1;
	block.walks = 1;
	steps[2].work = block;
	steps[3].work = block;
	return run_cycle(steps, ARRAY_SIZE(steps));
}

static int cycle_whole_table(struct bench_table *table)
{
	const struct bench_format *format = table->format;
	struct bench_work pages = {
		.table = table,
		.iova = IOVA,
		.paddr = PADDR,
		.pgsize = format->page,
		.count = format->span / format->page,
		.tables = 1,
	};
	struct bench_work whole = pages;
	struct step steps[] = {
		{ NULL, map_all, check_mapped, bench_limit_map, .work = pages },
		{ "unmap table", unmap_all, check_tables_gone, bench_limit_unmap, true },
	};

	whole.pgsize = format->span;
	whole.count = 1;
	whole.descriptors = 1;
	whole.walks = 1;
	steps[1].work = whole;
	return run_cycle(steps, ARRAY_SIZE(steps));
}

static unsigned int levels(const struct bench_format *format)
{
	const unsigned int shift = __ffs(format->page);

	return format->fmt == ARM_V7S ? 2 : DIV_ROUND_UP(format->ias - shift, shift - 3);
}

static int cycle_look_up(struct bench_table *table)
{
	const struct bench_format *format = table->format;
	const struct bench_api *api = table->api;
	const struct bench_work page = {
		.table = table,
		.iova = IOVA,
		.paddr = PADDR + format->page,
		.pgsize = format->page,
		.count = 1,
		.levels = levels(format),
	};
	struct bench_work block = page, miss = page;
	struct step steps[] = {
		{ "look up page", api->look_up, NULL, bench_limit_lookup, .work = page },
		{ "look up block", api->look_up, NULL, bench_limit_lookup },
		{ "look up nothing", api->look_up, NULL, bench_limit_lookup },
	};

	block.pgsize = format->span;
	block.iova += format->span;
	block.paddr = PADDR + format->span;
	block.levels--;
	miss.iova += format->page;
	miss.paddr = 0;
	steps[1].work = block;
	steps[2].work = miss;
	return api->map(&page) ?: api->map(&block) ?: run_cycle(steps, ARRAY_SIZE(steps));
}

/* Return: bytes of the root: 16 KiB for v7s, for other formats one descriptor for each index */
static size_t root_size(const struct bench_format *format)
{
	const unsigned int shift = __ffs(format->page), bits = shift - 3;

	if (format->fmt == ARM_V7S)
		return SZ_16K;
	return sizeof(u64) << ((format->ias - shift) % bits ?: bits);
}

static int cycle_alloc_and_free(struct bench_table *table)
{
	struct step steps[] = {
		{ "allocate and free", table->api->alloc_and_free, NULL, bench_limit_alloc_free,
		  .may_sleep = true, .work = {
			.table = table, .pgsize = root_size(table->format), .count = 1 } },
	};

	return run_cycle(steps, ARRAY_SIZE(steps));
}

/* --- runs of all cases, each on its own table */

static int run_pages(const struct bench_format *format, struct device *dev, bool coherent,
		     enum bench_tlb tlb, const char * const ops[2], size_t offset, size_t pgsize,
		     size_t count)
{
	struct bench_table table;
	int ret = open_table(&table, format, dev, coherent, tlb);

	if (ret)
		return ret;
	ret = cycle_pages(&table, ops, offset, pgsize, count);
	table.api->free(table.pt);
	return ret;
}

static int run_cycle_of(int (*cycle)(struct bench_table *table), const struct bench_format *format,
			struct device *dev, bool coherent, enum bench_tlb tlb)
{
	struct bench_table table;
	int ret = open_table(&table, format, dev, coherent, tlb);

	if (ret)
		return ret;
	ret = cycle(&table);
	table.api->free(table.pt);
	return ret;
}

/*
 * Large counts are measured for small pages only. Pages of sixteen descriptors are measured like
 * other pages. A format with contiguous groups skips the other page sizes, which the format without
 * groups measures.
 */
static int run_page_sizes(const struct bench_format *format, struct device *dev, bool coherent,
			  enum bench_tlb tlb)
{
	static const char * const ops[2] = { "map", "unmap" };
	const unsigned long sizes = format->contig ? format->sixteen :
				    format->page | format->span | format->other;
	static const size_t counts[] = { 1, 8, 64, 512, 4096 };
	unsigned int i, bit;
	int ret = 0;

	for_each_set_bit(bit, &sizes, BITS_PER_LONG) {
		const size_t pgsize = BIT(bit);

		for (i = 0; i < ARRAY_SIZE(counts) && !ret; i++) {
			if (counts[i] > 512 && pgsize != format->page)
				break;
			if (counts[i] * pgsize > SZ_1G && counts[i] > 1 && format->ias == 32)
				break;
			if (counts[i] > 1 && pgsize == SZ_1G)
				break;
			ret = run_pages(format, dev, coherent, tlb, ops, 0, pgsize, counts[i]);
		}
	}
	return ret;
}

/* 512 pages. The first 256, or at most half of a table, are at the end of a table. */
static int run_straddling(const struct bench_format *format, struct device *dev, bool coherent,
			  enum bench_tlb tlb)
{
	static const char * const ops[2] = { "map straddling", "unmap straddling" };
	const size_t before = min_t(size_t, 256 * format->page, format->span / 2);

	return run_pages(format, dev, coherent, tlb, ops, format->span - before, format->page, 512);
}

/* The same ranges for all formats with 4K pages */
static int run_ranges(const struct bench_format *format, struct device *dev)
{
	enum bench_tlb tlb;
	int ret = 0;

	for (tlb = 0; format->page == SZ_4K && tlb < BENCH_TLBS && !ret; tlb++)
		ret = run_cycle_of(cycle_range_of_pages, format, dev, true, tlb) ?:
		      run_cycle_of(cycle_range_around_block, format, dev, true, tlb) ?:
		      run_cycle_of(cycle_long_range, format, dev, true, tlb);
	return ret;
}

/* Cases that do not depend on the treatment of empty tables, for formats outside of io-pgtable */
static int run_other(const struct bench_format *format, struct device *dev)
{
	enum bench_tlb tlb;
	int ret = 0;

	for (tlb = 0; tlb < BENCH_TLBS && !ret; tlb++)
		ret = run_page_sizes(format, dev, true, tlb) ?:
		      run_straddling(format, dev, true, tlb);
	return ret ?: run_cycle_of(cycle_look_up, format, dev, true, BENCH_PER_PAGE) ?:
		      run_cycle_of(cycle_alloc_and_free, format, dev, true, BENCH_PER_PAGE);
}

/* Only groups: the other cases are the same as without groups. */
static int run_groups(const struct bench_format *format, struct device *dev, bool coherent)
{
	enum bench_tlb tlb;
	int ret = 0;

	for (tlb = 0; tlb < BENCH_TLBS && !ret; tlb++)
		ret = run_page_sizes(format, dev, coherent, tlb);
	return ret;
}

/* Measure ranges only. */
bool bench_only_ranges;

int bench_run_format(unsigned int index, struct device *dev, bool coherent)
{
	const struct bench_format *format = &formats[index];
	enum bench_tlb tlb;
	int ret = 0;

	if (coherent && !format->contig)
		ret = run_ranges(format, dev);
	if (ret || bench_only_ranges)
		return ret;
	if (format->api)
		return coherent ? run_other(format, dev) : 0;
	if (format->contig)
		return run_groups(format, dev, coherent);
	for (tlb = 0; tlb < BENCH_TLBS && !ret; tlb++)
		ret = run_page_sizes(format, dev, coherent, tlb) ?:
		      run_straddling(format, dev, coherent, tlb) ?:
		      run_cycle_of(cycle_strided, format, dev, coherent, tlb) ?:
		      run_cycle_of(cycle_whole_table, format, dev, coherent, tlb);
	return ret ?: run_cycle_of(cycle_replace, format, dev, coherent, BENCH_PER_PAGE) ?:
		      run_cycle_of(cycle_look_up, format, dev, coherent, BENCH_PER_PAGE) ?:
		      run_cycle_of(cycle_alloc_and_free, format, dev, coherent, BENCH_PER_PAGE);
}

/* --- the cost of the timed loops, measured with a format that does nothing */

static int map_nothing(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
		       size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	*mapped = pgsize * pgcount;
	return 0;
}

static size_t unmap_nothing(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			    size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return pgsize * pgcount;
}

static phys_addr_t translate_nothing(struct io_pgtable_ops *ops, unsigned long iova)
{
	return iova;
}

int bench_run_loops(struct device *dev)
{
	static const struct bench_format format = { "loop" };
	struct io_pgtable_ops ops = {
		.map_pages = map_nothing,
		.unmap_pages = unmap_nothing,
		.iova_to_phys = translate_nothing,
	};
	struct bench_table table = {
		.format = &format,
		.dev = dev,
		.cfg.coherent_walk = true,
		.pt = &ops,
	};
	const struct bench_work work = {
		.table = &table,
		.iova = IOVA,
		.paddr = IOVA,
		.pgsize = SZ_4K,
		.count = 1,
	};
	struct step steps[] = {
		{ "map", map_all, .work = work },
		{ "unmap", unmap_all, .work = work },
		{ "look up", look_up, .work = work },
	};

	return run_cycle(steps, ARRAY_SIZE(steps));
}
