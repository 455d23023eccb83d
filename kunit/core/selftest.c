// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the self-test at registration. A format in software is registered without a fault
 * and with one fault at a time. With a fault, the self-test must fail for the right reason, and the
 * format must not make tables. The kernel's own formats must pass.
 */
#include <kunit/test.h>
#include <linux/io-pgtable-format.h>
#include <linux/kmsg_dump.h>
#include <linux/ktime.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../core.h"
#include "../compat.h"

#define NAME		"kunit,software"
#define SMALL		SZ_4K
#define LARGE		SZ_64K
#define N_PAGES		256		/* of SMALL bytes, in the whole input address space */
#define SOFT_IAS	20
#define SOFT_OAS	30

enum fault {
	NO_FAULT,
	ALLOC_FAILS,
	ALLOC_RETURNS_NULL,
	CLAIMS_NO_PAGE_SIZE,
	CLAIMS_HUGE_PAGES,
	LARGE_PAGES_REFUSED,
	FIRST_PAGE_REFUSED,
	LAST_PAGE_REFUSED,
	WRONG_TRANSLATION,
	OFFSET_LOST,
	HIGH_OUTPUT_BITS_LOST,
	ONE_PAGE_TOO_MUCH,
	ONE_PAGE_TOO_LITTLE,
	TABLE_END_OFF_BY_ONE,
	SECOND_TABLE_NOT_MAPPED,
	MAPPED_IS_SET,
	MAPPED_IS_PAGES,
	MAPPED_ON_FAILURE,
	OVERLAP_REPLACES,
	OVERLAP_REPLACES_YET_FAILS,
	OVERLAP_IGNORED,
	OVERLAP_WRONG_ERROR,
	LARGE_REPLACES_SMALL,
	UNMAP_LEAVES_ENTRY,
	UNMAP_LEAVES_LAST,
	UNMAP_TAKES_NEXT,
	UNMAP_RETURNS_ONE_PAGE_LESS,
	UNMAP_RETURNS_MORE,
	UNMAP_OF_NOTHING,
	UNMAP_UNALIGNED,
	UNMAP_HALF_A_PAGE,
	UNMAP_IGNORES_HIGH_BITS,
	UNALIGNED_INPUT,
	UNALIGNED_OUTPUT,
	HALF_A_PAGE,
	PAST_INPUT_WRAPS,
	PAST_INPUT_MAPS_THE_REST,
	PAST_OUTPUT,
	BEYOND_INPUT,
	BEYOND_OUTPUT,
	HIGH_INPUT_BITS_IGNORED,
	REFUSED_BUT_MAPPED,
};

/* The format's own configuration: the fault of its tables, and the number of tables made with it */
struct soft_cfg {
	enum fault fault;
	unsigned int made;
};

/*
 * A table: an output address for each page. These bits are where the offset in the page would be.
 */
#define VALID	1
#define PART	2	/* the page is part of a large page */

struct soft_table {
	struct io_pgtable iop;
	enum fault fault;
	u64 pages[N_PAGES];
};

static unsigned int allocs, tables;	/* calls of soft_alloc(), tables that exist */

static struct soft_table *soft_from_ops(struct io_pgtable_ops *ops)
{
	return container_of(io_pgtable_ops_to_pgtable(ops), struct soft_table, iop);
}

static int range_error(const struct soft_table *t, unsigned long iova, u64 paddr,
		       size_t pgsize, size_t pgcount)
{
	u64 inputs = BIT_ULL(SOFT_IAS), outputs = BIT_ULL(SOFT_OAS), size;

	if (pgsize != SMALL && pgsize != LARGE &&
	    !(t->fault == HALF_A_PAGE && pgsize == SMALL / 2))
		return -EINVAL;
	if (t->fault == LARGE_PAGES_REFUSED && pgsize == LARGE)
		return -EINVAL;
	if (t->fault != UNALIGNED_INPUT && iova & (pgsize - 1))
		return -EINVAL;
	if (t->fault != UNALIGNED_OUTPUT && paddr & (pgsize - 1))
		return -EINVAL;
	if (t->fault == LAST_PAGE_REFUSED)
		inputs--;
	if (t->fault == FIRST_PAGE_REFUSED && !iova)
		return -ERANGE;
	if (check_mul_overflow((u64)pgsize, (u64)pgcount, &size))
		return -ERANGE;
	if (t->fault != BEYOND_INPUT && iova >= inputs)
		return -ERANGE;
	if (t->fault != BEYOND_OUTPUT && paddr >= outputs)
		return -ERANGE;
	if (t->fault != PAST_INPUT_WRAPS && t->fault != PAST_INPUT_MAPS_THE_REST &&
	    iova < inputs && size > inputs - iova)
		return -ERANGE;
	if (t->fault != PAST_OUTPUT && paddr < outputs && size > outputs - paddr)
		return -ERANGE;
	return 0;
}

static int overlap_error(const struct soft_table *t, unsigned int i, size_t pgsize)
{
	if (!(t->pages[i] & VALID) || t->fault == OVERLAP_REPLACES)
		return 0;
	if (t->fault == LARGE_REPLACES_SMALL && pgsize == LARGE && !(t->pages[i] & PART))
		return 0;
	return t->fault == OVERLAP_WRONG_ERROR ? -EBUSY : -EEXIST;
}

static size_t pages_to_map(const struct soft_table *t, unsigned long iova, size_t bytes)
{
	size_t n = DIV_ROUND_UP(bytes, SMALL), first = iova / SMALL;

	switch (t->fault) {
	case ONE_PAGE_TOO_MUCH:
		return n + 1;
	case ONE_PAGE_TOO_LITTLE:
		return n > 1 ? n - 1 : n;
	case SECOND_TABLE_NOT_MAPPED:
		return min(n, N_PAGES / 2 - first % (N_PAGES / 2));
	case PAST_INPUT_MAPS_THE_REST:
		return min(n, N_PAGES - first);
	default:
		return n;
	}
}

static u64 page_for(const struct soft_table *t, unsigned int i, u64 paddr, size_t pgsize)
{
	u64 page = (paddr & ~(u64)(SMALL - 1)) | VALID | (pgsize == LARGE ? PART : 0);

	switch (t->fault) {
	case WRONG_TRANSLATION:
		return page ^ SZ_1M;
	case HIGH_OUTPUT_BITS_LOST:
		return page & ~BIT_ULL(SOFT_OAS - 1);
	case TABLE_END_OFF_BY_ONE:
		return page + (i == N_PAGES / 4 ? SMALL : 0);
	default:
		return page;
	}
}

static int soft_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
			  gfp_t gfp, size_t *mapped)
{
	struct soft_table *t = soft_from_ops(ops);
	size_t bytes = pgsize * pgcount, n = pages_to_map(t, iova, bytes), i;
	unsigned int first = iova / SMALL;
	int ret = range_error(t, iova, paddr, pgsize, pgcount);

	for (i = 0; i < n && !ret; i++)
		ret = overlap_error(t, (first + i) % N_PAGES, pgsize);
	if (t->fault == OVERLAP_IGNORED && ret == -EEXIST) {
		ret = 0;
		n = 0;
	}
	if (t->fault == OVERLAP_REPLACES_YET_FAILS && ret == -EEXIST)
		t->pages[first] = page_for(t, first, paddr, pgsize);
	if (t->fault == REFUSED_BUT_MAPPED && ret == -ERANGE)
		t->pages[0] = VALID | SZ_1M;
	if (ret) {
		*mapped += t->fault == MAPPED_ON_FAILURE ? pgsize : 0;
		return ret;
	}

	for (i = 0; i < n; i++)
		t->pages[(first + i) % N_PAGES] =
			page_for(t, (first + i) % N_PAGES, paddr + i * SMALL, pgsize);
	if (t->fault == MAPPED_IS_SET)
		*mapped = bytes;
	else
		*mapped += t->fault == MAPPED_IS_PAGES ? pgcount : bytes;
	return 0;
}

/* Return: whether all of a page is mapped, and the page is no part of a larger one */
static bool is_mapped(const struct soft_table *t, unsigned int i, size_t pgsize)
{
	unsigned int n = max_t(size_t, pgsize / SMALL, 1);

	if (t->pages[i] & PART && pgsize != LARGE)
		return false;
	while (n--)
		if (!(t->pages[i + n] & VALID))
			return false;
	return true;
}

static size_t unmap_error(const struct soft_table *t, unsigned long iova, size_t pgsize)
{
	if (pgsize != SMALL && pgsize != LARGE && t->fault != UNMAP_HALF_A_PAGE)
		return -EINVAL;
	if (iova & (pgsize - 1) && t->fault != UNMAP_UNALIGNED)
		return -EINVAL;
	return iova >> SOFT_IAS && t->fault != UNMAP_IGNORES_HIGH_BITS ? -ERANGE : 0;
}

static size_t soft_unmap_pages(struct io_pgtable_ops *ops, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	struct soft_table *t = soft_from_ops(ops);
	unsigned int first = iova / SMALL % N_PAGES, per = max_t(size_t, pgsize / SMALL, 1);
	size_t done = 0, n;

	/* Fail without a gather structure, since the IOMMU core always passes one. */
	if (!gather || unmap_error(t, iova, pgsize))
		return 0;
	while (done < pgcount && first + per <= N_PAGES && is_mapped(t, first, pgsize)) {
		n = per;
		if (t->fault == UNMAP_TAKES_NEXT && first + n < N_PAGES)
			n++;
		if (t->fault == UNMAP_LEAVES_LAST && n > 1)
			n--;
		if (t->fault != UNMAP_LEAVES_ENTRY)
			memset64(t->pages + first, 0, n);
		first += per;
		done++;
	}
	if (t->fault == UNMAP_OF_NOTHING && !done)
		done = 1;
	if (t->fault == UNMAP_RETURNS_ONE_PAGE_LESS && done)
		done--;
	return done * pgsize + (t->fault == UNMAP_RETURNS_MORE && done ? pgsize : 0);
}

static phys_addr_t soft_iova_to_phys(struct io_pgtable_ops *ops, unsigned long iova)
{
	struct soft_table *t = soft_from_ops(ops);
	u64 page = t->pages[iova / SMALL % N_PAGES];

	if (!(page & VALID) || (iova >> SOFT_IAS && t->fault != HIGH_INPUT_BITS_IGNORED))
		return 0;
	return (page & ~(u64)(SMALL - 1)) |
	       (t->fault == OFFSET_LOST ? 0 : iova % SMALL);
}

static struct io_pgtable *soft_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct soft_cfg *own = cfg->format_cfg;
	struct soft_table *t;

	allocs++;
	own->made++;
	if (own->fault == ALLOC_FAILS)
		return ERR_PTR(-ENODEV);
	t = own->fault == ALLOC_RETURNS_NULL ? NULL : kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return NULL;
	t->fault = own->fault;
	t->iop.ops = (struct io_pgtable_ops){
		.map_pages	= soft_map_pages,
		.unmap_pages	= soft_unmap_pages,
		.iova_to_phys	= soft_iova_to_phys,
	};
	if (t->fault == CLAIMS_NO_PAGE_SIZE)
		cfg->pgsize_bitmap = 0;
	if (t->fault == CLAIMS_HUGE_PAGES)
		cfg->pgsize_bitmap |= SZ_1G;
	tables++;
	return &t->iop;
}

static void soft_free(struct io_pgtable *iop)
{
	tables--;
	kfree(container_of(iop, struct soft_table, iop));
}

static struct io_pgtable *soft_alloc_over(const struct io_pgtable_below *below,
					  struct io_pgtable_cfg *cfg, void *cookie)
{
	return NULL;
}

static const struct io_pgtable_init_fns soft_fns = {
	.alloc			= soft_alloc,
	.free			= soft_free,
	.format_cfg_size	= sizeof(struct soft_cfg),
};

static const struct io_pgtable_init_fns soft_fns_over = {
	.alloc			= soft_alloc,
	.alloc_over		= soft_alloc_over,
	.free			= soft_free,
	.format_cfg_size	= sizeof(struct soft_cfg),
};

/*
 * Two implementations: @good, and @tried, which has a higher priority and is under test
 */

static struct soft_cfg tried_cfg;

static const struct io_pgtable_cfg trial = {
	.pgsize_bitmap		= SMALL | LARGE,
	.ias			= SOFT_IAS,
	.oas			= SOFT_OAS,
	.coherent_walk		= true,
	.format_cfg		= &tried_cfg,
	.format_cfg_size	= sizeof(tried_cfg),
};

static struct io_pgtable_format good, tried;
static struct kmsg_dump_iter log_end;

static int formats_init(struct kunit *test)
{
	good = (struct io_pgtable_format){ .name = NAME, .fns = &soft_fns };
	tried = (struct io_pgtable_format){
		.name = NAME, .fns = &soft_fns, .priority = 1, .trial = &trial,
	};
	tried_cfg = (struct soft_cfg){ };
	allocs = 0;
	tables = 0;
	kmsg_dump_rewind(&log_end);
	while (kmsg_dump_get_line(&log_end, false, NULL, 0, NULL))
		;
	return io_pgtable_register_formats(&good, 1);
}

static void formats_exit(struct kunit *test)
{
	io_pgtable_selftest_enabled = true;
	io_pgtable_unregister_formats(&tried, 1);
	KUNIT_EXPECT_EQ(test, io_pgtable_unregister_formats(&good, 1), 0);
	KUNIT_EXPECT_EQ(test, tables, 0);
}

/* Return: the first line of this case's log which says that a self-test failed, or "" */
static const char *logged_failure(struct kunit *test)
{
	char *line = kunit_kzalloc(test, 512, GFP_KERNEL);
	struct kmsg_dump_iter iter = log_end;
	size_t len;

	KUNIT_ASSERT_NOT_NULL(test, line);
	while (kmsg_dump_get_line(&iter, false, line, 511, &len)) {
		line[len] = '\0';
		if (strstr(line, "fails its self-test"))
			return line;
	}
	return "";
}

/* Return: the implementation that makes a new table */
static struct io_pgtable_format *chosen(struct kunit *test)
{
	struct soft_cfg own = { };
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = SMALL, .ias = SOFT_IAS, .oas = SOFT_OAS,
		.coherent_walk = true, .format_cfg = &own,
		.format_cfg_size = sizeof(own),
	};
	struct io_pgtable_ops *ops = io_pgtable_alloc_named(NAME, &cfg, NULL);
	struct io_pgtable_format *f;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	f = io_pgtable_ops_to_pgtable(ops)->format;
	free_io_pgtable_ops(ops);
	return f;
}

static void register_tried(struct kunit *test, enum fault fault)
{
	tried_cfg.fault = fault;
	KUNIT_ASSERT_EQ(test, io_pgtable_register_formats(&tried, 1), 0);
}

/*
 * Cases
 */

static void correct_format_passes(struct kunit *test)
{
	register_tried(test, NO_FAULT);
	KUNIT_EXPECT_EQ(test, allocs, 1);
	KUNIT_EXPECT_EQ(test, tables, 0);
	KUNIT_EXPECT_FALSE(test, tried.failed);
	KUNIT_EXPECT_STREQ(test, logged_failure(test), "");
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &tried);
}

/* The trial table gets a copy of the format's configuration, so that the original never changes. */
static void configuration_is_copied(struct kunit *test)
{
	register_tried(test, CLAIMS_HUGE_PAGES);
	KUNIT_EXPECT_EQ(test, allocs, 1);
	KUNIT_EXPECT_EQ(test, tried_cfg.made, 0);
	KUNIT_EXPECT_EQ(test, trial.pgsize_bitmap, SMALL | LARGE);
}

struct faulty {
	const char *name;
	enum fault fault;
	const char *reason;
};

#define FAULT(_fault, _reason)	{ #_fault, _fault, _reason }

static const struct faulty faults[] = {
	FAULT(ALLOC_FAILS, "allocation at"),
	FAULT(ALLOC_RETURNS_NULL, "allocation at"),
	FAULT(CLAIMS_NO_PAGE_SIZE, "page sizes or addresses"),
	FAULT(CLAIMS_HUGE_PAGES, "page size that addresses have no room for"),
	FAULT(LARGE_PAGES_REFUSED, "mapping at"),
	FAULT(FIRST_PAGE_REFUSED, "mapping at 0x0:"),
	FAULT(LAST_PAGE_REFUSED, "mapping at 0xff000:"),
	FAULT(WRONG_TRANSLATION, "translation at"),
	FAULT(OFFSET_LOST, "translation at 0xfff:"),
	FAULT(HIGH_OUTPUT_BITS_LOST, "translation at 0xff000: expected 0x3ffff000,"),
	FAULT(ONE_PAGE_TOO_MUCH, "byte after a mapping"),
	FAULT(ONE_PAGE_TOO_LITTLE, "translation at"),
	FAULT(TABLE_END_OFF_BY_ONE, "translation at 0x40000:"),
	FAULT(SECOND_TABLE_NOT_MAPPED, "translation at 0x80000:"),
	FAULT(MAPPED_IS_SET, "bytes mapped at 0x0:"),
	FAULT(MAPPED_IS_PAGES, "bytes mapped at 0x0:"),
	FAULT(MAPPED_ON_FAILURE, "bytes mapped by a call that fails"),
	FAULT(OVERLAP_REPLACES, "mapping what is mapped at 0xff000: expected error -17, found 0"),
	FAULT(OVERLAP_REPLACES_YET_FAILS, "page that was to be replaced at 0xff000:"),
	FAULT(OVERLAP_IGNORED, "mapping what is mapped at 0xff000: expected error -17, found 0"),
	FAULT(OVERLAP_WRONG_ERROR,
	      "mapping what is mapped at 0xff000: expected error -17, found -16"),
	FAULT(LARGE_REPLACES_SMALL, "mapping what is mapped at 0xf0000:"),
	FAULT(UNMAP_LEAVES_ENTRY, "translation after unmap"),
	FAULT(UNMAP_LEAVES_LAST, "translation after unmap"),
	FAULT(UNMAP_TAKES_NEXT, "page after one that is unmapped"),
	FAULT(UNMAP_RETURNS_ONE_PAGE_LESS, "bytes unmapped"),
	FAULT(UNMAP_RETURNS_MORE, "bytes unmapped"),
	FAULT(UNMAP_OF_NOTHING, "unmapping"),
	FAULT(UNMAP_UNALIGNED, "unmapping an unaligned input address"),
	FAULT(UNMAP_HALF_A_PAGE, "unmapping half a page"),
	FAULT(UNMAP_IGNORES_HIGH_BITS, "unmapping beyond all input addresses"),
	FAULT(UNALIGNED_INPUT, "mapping an unaligned input address at"),
	FAULT(UNALIGNED_OUTPUT, "mapping an unaligned output address at"),
	FAULT(HALF_A_PAGE, "mapping half a page at"),
	FAULT(PAST_INPUT_WRAPS, "mapping past the last input address at"),
	FAULT(PAST_INPUT_MAPS_THE_REST, "mapping past the last input address at"),
	FAULT(PAST_OUTPUT, "mapping past the last output address at"),
	FAULT(BEYOND_INPUT, "mapping beyond all input addresses at"),
	FAULT(BEYOND_OUTPUT, "mapping beyond all output addresses at"),
	FAULT(HIGH_INPUT_BITS_IGNORED, "byte after a mapping at 0x100000:"),
	FAULT(REFUSED_BUT_MAPPED, "page that was refused at 0x0:"),
};

KUNIT_ARRAY_PARAM_DESC(faults, faults, name);

static void faulty_format_fails(struct kunit *test)
{
	const struct faulty *faulty = test->param_value;
	const char *line;

	register_tried(test, faulty->fault);
	KUNIT_EXPECT_TRUE(test, tried.failed);
	line = logged_failure(test);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(line, faulty->reason), "%s", line);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(line, "format " NAME ", priority 1"), "%s", line);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(line, module_name(THIS_MODULE)), "%s", line);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &good);
}

/* The self-test fails if the trial configuration has another size than the format expects. */
static void configuration_of_wrong_size_fails(struct kunit *test)
{
	static const struct {
		struct soft_cfg *cfg;
		size_t size;
	} wrong[] = {
		{ &tried_cfg, sizeof(tried_cfg) - 1 },
		{ &tried_cfg, 0 },
		{ NULL, sizeof(tried_cfg) },
	};
	struct io_pgtable_cfg cfg = trial;
	unsigned int i;

	tried.trial = &cfg;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		cfg.format_cfg = wrong[i].cfg;
		cfg.format_cfg_size = wrong[i].size;
		KUNIT_EXPECT_EQ(test, io_pgtable_selftest(&tried), -EIO);
		KUNIT_EXPECT_NOT_NULL(test, strstr(logged_failure(test),
						   "size of its own configuration"));
	}
	KUNIT_EXPECT_EQ(test, allocs, 0);
	register_tried(test, NO_FAULT);
	KUNIT_EXPECT_TRUE(test, tried.failed);
}

static void off_is_not_tried(struct kunit *test)
{
	io_pgtable_selftest_enabled = false;
	register_tried(test, WRONG_TRANSLATION);
	KUNIT_EXPECT_EQ(test, allocs, 0);
	KUNIT_EXPECT_FALSE(test, tried.failed);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &tried);
}

static void without_configuration_is_not_tried(struct kunit *test)
{
	tried.trial = NULL;
	register_tried(test, WRONG_TRANSLATION);
	KUNIT_EXPECT_EQ(test, allocs, 0);
	KUNIT_EXPECT_FALSE(test, tried.failed);
}

static void on_top_of_others_is_not_tried(struct kunit *test)
{
	tried.fns = &soft_fns_over;
	register_tried(test, WRONG_TRANSLATION);
	KUNIT_EXPECT_EQ(test, allocs, 0);
	KUNIT_EXPECT_FALSE(test, tried.failed);
}

/* Each registration runs the self-test, also after an earlier failure. */
static void mended_format_passes(struct kunit *test)
{
	register_tried(test, WRONG_TRANSLATION);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &good);
	KUNIT_ASSERT_EQ(test, io_pgtable_unregister_formats(&tried, 1), 0);
	register_tried(test, NO_FAULT);
	KUNIT_EXPECT_FALSE(test, tried.failed);
	KUNIT_EXPECT_PTR_EQ(test, chosen(test), &tried);
}

/* The kernel's own formats. The case prints how long the self-test of each takes. */
static const struct kernels_format {
	const char *name;
	enum io_pgtable_fmt fmt;
	bool is_configured;
} kernels_formats[] = {
	{ "ARM_32_LPAE_S1", ARM_32_LPAE_S1, IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE) },
	{ "ARM_32_LPAE_S2", ARM_32_LPAE_S2, IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE) },
	{ "ARM_64_LPAE_S1", ARM_64_LPAE_S1, IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE) },
	{ "ARM_64_LPAE_S2", ARM_64_LPAE_S2, IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE) },
	{ "ARM_V7S", ARM_V7S, IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_ARMV7S) },
	{ "ARM_MALI_LPAE", ARM_MALI_LPAE, IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_MALI) },
};

KUNIT_ARRAY_PARAM_DESC(kernels_formats, kernels_formats, name);

static void kernels_format_passes(struct kunit *test)
{
	const struct kernels_format *k = test->param_value;
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = SZ_4K, .ias = 32, .oas = 32, .coherent_walk = true,
	};
	struct io_pgtable_ops *ops;
	struct io_pgtable_format *f;
	ktime_t start;
	int ret;

	if (!k->is_configured)
		kunit_skip(test, "this kernel is built without the format");
	ops = io_pgtable_alloc(k->fmt, &cfg, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	f = io_pgtable_ops_to_pgtable(ops)->format;
	KUNIT_EXPECT_NOT_NULL(test, f->trial);
	start = ktime_get();
	ret = io_pgtable_selftest(f);
	kunit_info(test, "%s: the self-test takes %lld us\n", k->name,
		   ktime_us_delta(ktime_get(), start));
	free_io_pgtable_ops(ops);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_FALSE(test, f->failed);
}

static struct kunit_case selftest_cases[] = {
	KUNIT_CASE(correct_format_passes),
	KUNIT_CASE(configuration_is_copied),
	KUNIT_CASE_PARAM(faulty_format_fails, faults_gen_params),
	KUNIT_CASE(configuration_of_wrong_size_fails),
	KUNIT_CASE(off_is_not_tried),
	KUNIT_CASE(without_configuration_is_not_tried),
	KUNIT_CASE(on_top_of_others_is_not_tried),
	KUNIT_CASE(mended_format_passes),
	KUNIT_CASE_PARAM(kernels_format_passes, kernels_formats_gen_params),
	{ }
};

static struct kunit_suite selftest_suite = {
	.name = "io_pgtable_selftest",
	.init = formats_init,
	.exit = formats_exit,
	.test_cases = selftest_cases,
};

kunit_test_suite(selftest_suite);

IMPORT_EXPORTED_FOR_KUNIT();
MODULE_DESCRIPTION("KUnit suite of the self-test of io-pgtable formats");
MODULE_LICENSE("GPL");
