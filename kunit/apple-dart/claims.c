// SPDX-License-Identifier: GPL-2.0-only
/*
 * Apple DART: the claims of the kernel's own implementation and of ours, and the cases that are for
 * this format only.
 *
 * The kernel's own implementation trusts its callers. It warns if a page is mapped twice and if an
 * unmapped page is unmapped, and it does not check the ends of ranges. So the suites do none of
 * that with it.
 */
#include <linux/io-pgtable-format.h>

#include "claims.h"

static const struct conf_shape shapes[] = {
	{ "t8020_16k_36_36", APPLE_DART, SZ_16K, 36, 36 },
	{ "t8020_16k_24_36", APPLE_DART, SZ_16K, 24, 36 },
	{ "t8020_4k_30_36", APPLE_DART, SZ_4K, 30, 36 },
	{ "t8020_4k_31_36_two_roots", APPLE_DART, SZ_4K, 31, 36 },
	{ "t8020_4k_32_36_four_roots", APPLE_DART, SZ_4K, 32, 36 },
	{ "t6000_16k_32_42", APPLE_DART2, SZ_16K, 32, 42 },
	{ "t6000_16k_36_36", APPLE_DART2, SZ_16K, 36, 36 },
	ROWS_ON_6_12({ "t6000_16k_37_42_two_roots", APPLE_DART2, SZ_16K, 37, 42 })
	ROWS_ON_6_12({ "t6000_16k_38_42_four_roots", APPLE_DART2, SZ_16K, 38, 42 })
	ROWS_ON_7_3({ "t8020_4k_33_36_three_levels", APPLE_DART, SZ_4K, 33, 36 })
	ROWS_ON_7_3({ "t8020_4k_36_36_three_levels", APPLE_DART, SZ_4K, 36, 36 })
	ROWS_ON_7_3({ "t8110_16k_37_42_three_levels", APPLE_DART2, SZ_16K, 37, 42 })
	ROWS_ON_7_3({ "t8110_16k_42_42_three_levels", APPLE_DART2, SZ_16K, 42, 42 })
	{ }
};

/*
 * Cases for DART only
 */

static const struct root_row {
	const char *name;
	struct conf_shape shape;
	unsigned int n_ttbrs;
	unsigned int levels;
} roots[] = {
	{ "16k_36", { "", APPLE_DART, SZ_16K, 36, 36 }, 1, 2 },
	{ "16k_32", { "", APPLE_DART, SZ_16K, 32, 36 }, 1, 2 },
	{ "4k_30", { "", APPLE_DART, SZ_4K, 30, 36 }, 1, 2 },
	{ "4k_31", { "", APPLE_DART, SZ_4K, 31, 36 }, 2, 2 },
	{ "4k_32", { "", APPLE_DART, SZ_4K, 32, 36 }, 4, 2 },
	ROWS_ON_6_12({ "16k_37", { "", APPLE_DART2, SZ_16K, 37, 42 }, 2, 2 })
	ROWS_ON_6_12({ "16k_38", { "", APPLE_DART2, SZ_16K, 38, 42 }, 4, 2 })
	ROWS_ON_7_3({ "4k_33", { "", APPLE_DART, SZ_4K, 33, 36 }, 1, 3 })
	ROWS_ON_7_3({ "16k_37", { "", APPLE_DART2, SZ_16K, 37, 42 }, 1, 3 })
	ROWS_ON_7_3({ "16k_42", { "", APPLE_DART2, SZ_16K, 42, 42 }, 1, 3 })
};

KUNIT_ARRAY_PARAM_DESC(roots, roots, name);

static void root_tables(struct kunit *test)
{
	const struct root_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);
	const struct dart_regs *regs = dart_regs(f);

	KUNIT_EXPECT_EQ(test, regs->n_ttbrs, row->n_ttbrs);
	KUNIT_EXPECT_EQ(test, regs->levels, row->levels);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live) * f->first_size,
			row->n_ttbrs * row->shape.pgsizes);
	KUNIT_EXPECT_EQ(test, f->cfg.ias, row->shape.ias);
	KUNIT_EXPECT_EQ(test, f->cfg.oas, row->shape.oas);
	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, row->shape.pgsizes);
	conf_expect_hole(f, 0, conf_space(f));
}

/* Expected values of whole descriptors */
#define T8020	{ "", APPLE_DART, SZ_16K, 36, 36 }
#define T6000	{ "", APPLE_DART2, SZ_16K, 36, 42 }

static const struct page_row {
	const char *name;
	struct conf_shape shape;
	int prot;
	u64 desc;
} pages[] = {
	{ "t8020_rw", T8020, PROT_RW, 0x000fff08fffc4003 },
	{ "t8020_ro", T8020, IOMMU_READ, 0x000fff08fffc4083 },
	{ "t8020_wo", T8020, IOMMU_WRITE, 0x000fff08fffc4103 },
	{ "t8020_rw_cache", T8020, PROT_RW | IOMMU_CACHE, 0x000fff08fffc4003 },
	{ "t6000_rw", T6000, PROT_RW, 0x000fff008fffc403 },
	{ "t6000_ro", T6000, IOMMU_READ, 0x000fff008fffc407 },
	{ "t6000_wo", T6000, IOMMU_WRITE, 0x000fff008fffc40b },
	ROWS_ON_6_12({ "t6000_rw_cache", T6000, PROT_RW | IOMMU_CACHE, 0x000fff008fffc403 })
	ROWS_ON_7_3({ "t6000_rw_cache", T6000, PROT_RW | IOMMU_CACHE, 0x000fff008fffc401 })
};

KUNIT_ARRAY_PARAM_DESC(pages, pages, name);

static void page_values(struct kunit *test)
{
	const struct page_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);

	conf_map_ok(f, SZ_16K, 0x8fffc4000, SZ_16K, 1, row->prot);
	KUNIT_EXPECT_EQ(test, *(u64 *)conf_desc(f, SZ_16K), row->desc);
}

/* Map the first and the last page below every TTBR. Each TTBR has a root table of its own. */
static void every_root(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i, n = dart_regs(f)->n_ttbrs;
	u64 size = conf_pgsize(f, 0), space = conf_space(f) / n, first, last;

	for (i = 0; i < n; i++) {
		first = i * space;
		last = first + space - size;
		conf_map_ok(f, first, (4 * i + 1) * size, size, 1, PROT_SOME);
		conf_map_ok(f, last, (4 * i + 2) * size, size, 1, PROT_SOME);
	}
	for (i = 0; i < n; i++) {
		first = i * space;
		last = first + space - size;
		conf_expect_pages(f, first, (4 * i + 1) * size, size, 1, PROT_SOME);
		conf_expect_pages(f, last, (4 * i + 2) * size, size, 1, PROT_SOME);
	}
	KUNIT_EXPECT_EQ(test, conf_count_leaves(f), 2 * n);
}

static const struct kunit_case dart_cases[] = {
	KUNIT_CASE_PARAM(root_tables, roots_gen_params),
	KUNIT_CASE_PARAM(page_values, pages_gen_params),
	KUNIT_CASE_PARAM(every_root, conformance_all),
	{ }
};

/*
 * Implementations. The implementation with the highest priority makes new tables. A layer above
 * all of them, and below the checker, passes each table on to the implementation that the current
 * suite tests.
 */

#define KERNELS_OWN	IO_PGTABLE_PRIORITY_DEFAULT
#define OURS		10

static const struct conf_claims kernels_own = {
	.shapes = shapes,
	.judge = &dart_judge,
	.table_sizes = SZ_4K | SZ_16K,
	.stops_at_tables = true,
	.trusts_callers = true,
};

static struct io_pgtable_format *makers[2];	/* makers of the last APPLE_DART, APPLE_DART2 */

/* Defined below. Its inspect functions are those of the implementation that made the last table. */
static struct io_pgtable_init_fns chooser;

static struct io_pgtable *choose(const struct io_pgtable_below *below,
				 struct io_pgtable_cfg *cfg, void *cookie)
{
	int wanted = conf_suite_claims() == &kernels_own ? KERNELS_OWN : OURS;
	struct io_pgtable_below maker = *below;
	struct io_pgtable_ops *ops;

	/* The loop ends: the kernel's own format is registered and has the lowest priority. */
	while (maker.format->id != below->name || maker.format->priority > wanted)
		maker.format = list_next_entry(maker.format, node);
	if (maker.format->priority != wanted)
		return ERR_PTR(-ENOENT);

	ops = io_pgtable_alloc_below(&maker, cfg, cookie);
	if (IS_ERR(ops))
		return ERR_CAST(ops);
	makers[below->fmt - APPLE_DART] = maker.format;
	chooser.inspect = maker.format->fns->inspect;
	return io_pgtable_ops_to_pgtable(ops);
}

/* The core has called tlb_flush_all() already. The cases expect only one call. */
static void free_with_maker(struct io_pgtable *iop)
{
	iop->format = makers[iop->fmt - APPLE_DART];
	iop->cfg.tlb = NULL;
	free_io_pgtable_ops(&iop->ops);
}

static struct io_pgtable_init_fns chooser = {
	.alloc_over = choose,
	.free = free_with_maker,
};

static struct io_pgtable_format choosers[] = {
	{ .fmt = APPLE_DART, .priority = IO_PGTABLE_PRIORITY_CHECK - 1, .fns = &chooser },
	{ .fmt = APPLE_DART2, .priority = IO_PGTABLE_PRIORITY_CHECK - 1, .fns = &chooser },
};

static const struct kunit_case *const kernels_own_groups[] = {
	conformance_mapping,
	conformance_ranges,
	conformance_tlb,
	conformance_memory,
	conformance_random,
	conformance_races,
	dart_cases,
	NULL
};

static struct kunit_case kernels_own_cases[CONFORMANCE_MAX_CASES];

conformance_suite("io-pgtable-dart-kernels-own", kernels_own, kernels_own_cases);

#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_APPLE_DART)
/* Only for our implementation, since the kernel's own accepts some of these. */
static const struct conf_shape refused[] = {
	{ "no_page_size", APPLE_DART, 0, 32, 36 },
	{ "two_page_sizes", APPLE_DART, SZ_4K | SZ_16K, 32, 36 },
	{ "64k", APPLE_DART, SZ_64K, 32, 36 },
	{ "block", APPLE_DART, SZ_16K | SZ_32M, 36, 36 },
	{ "noncoherent", APPLE_DART, SZ_16K, 36, 36, 0, true },
	{ "ias_37_oas_36", APPLE_DART, SZ_16K, 37, 36 },
	{ "oas_40", APPLE_DART, SZ_16K, 36, 40 },
	{ "t6000_4k", APPLE_DART2, SZ_4K, 32, 42 },
	{ "ias_13", APPLE_DART, SZ_16K, 13, 36 },
	ROWS_ON_6_12({ "t8020_4k_33", APPLE_DART, SZ_4K, 33, 36 })
	ROWS_ON_6_12({ "t6000_16k_39", APPLE_DART2, SZ_16K, 39, 42 })
	{ "ns", APPLE_DART, SZ_16K, 36, 36, IO_PGTABLE_QUIRK_ARM_NS },
	{ "no_perms", APPLE_DART, SZ_16K, 36, 36, IO_PGTABLE_QUIRK_NO_PERMS },
	{ "quirk_2", APPLE_DART, SZ_16K, 36, 36, BIT(2) },
	{ }
};

static const struct conf_claims ours = {
	.shapes = shapes,
	.refused = refused,
	.judge = &dart_judge,
	.custom_allocator = true,
};

static const struct kunit_case *const our_groups[] = {
	conformance_mapping,
	conformance_ranges,
	conformance_errors,
	conformance_tlb,
	conformance_tlb_ranges,
	conformance_not_dirty,
	conformance_memory,
	conformance_reserve,
	conformance_dump,
	conformance_dump_races,
	conformance_reserve_races,
	conformance_random,
	conformance_races,
	dart_cases,
	NULL
};

static struct kunit_case our_cases[CONFORMANCE_MAX_CASES];

conformance_suite("io-pgtable-dart", ours, our_cases);

static int fill_ours(void)
{
	return conformance_fill(our_cases, KBUILD_MODNAME, &ours, our_groups);
}
#else
static int fill_ours(void)
{
	return 0;
}
#endif

static int __init apple_dart_kunit_init(void)
{
	int ret = conformance_fill(kernels_own_cases, KBUILD_MODNAME, &kernels_own,
				   kernels_own_groups) ?: fill_ours();

	return ret ?: io_pgtable_register_formats(choosers, ARRAY_SIZE(choosers));
}
module_init(apple_dart_kunit_init);

static void __exit apple_dart_kunit_exit(void)
{
	io_pgtable_unregister_formats(choosers, ARRAY_SIZE(choosers));
}
module_exit(apple_dart_kunit_exit);

MODULE_SOFTDEP("pre: io-pgtable-dart io-pgtable-apple-dart");
MODULE_DESCRIPTION("KUnit tests of the io-pgtable format Apple DART");
MODULE_LICENSE("GPL");
