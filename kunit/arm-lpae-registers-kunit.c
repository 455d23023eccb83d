// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: the configuration that comes back, and the register fields, for what goes
 * in; and the configurations that are refused. Expected values are what the
 * drivers of 6.12 get from that kernel's own formats, written down as numbers,
 * except where the architecture knows better.
 */
#include "arm-lpae-fixture.h"

#define NC		true
#define COHERENT	false

/* The kernel's own formats have these in the lower half, and 0xffffffff above. */
#define MAIR		0x00000000f404ff44ULL

struct row {
	struct lpae_shape shape;
	/* what comes back */
	unsigned long pgsizes;
	unsigned int ias;
	unsigned int oas;
	/* T0SZ or T1SZ, TG, (I)PS, SL0, SH, IRGN, ORGN */
	unsigned int tsz, tg, ps, sl0, sh, irgn, orgn;
	/* bytes of the start table */
	size_t root;
};

#define S1(_name, _sizes, _ias, _oas, _quirks, _nc) \
	{ _name, ARM_64_LPAE_S1, _sizes, _ias, _oas, _quirks, _nc }
#define S2(_name, _sizes, _ias, _oas, _nc) \
	{ _name, ARM_64_LPAE_S2, _sizes, _ias, _oas, 0, _nc }
#define V7_S1(_name, _sizes, _ias, _oas) \
	{ _name, ARM_32_LPAE_S1, _sizes, _ias, _oas }
#define V7_S2(_name, _sizes, _ias, _oas) \
	{ _name, ARM_32_LPAE_S2, _sizes, _ias, _oas }

static const struct row rows[] = {
	/* Stage 1: T0SZ, and the size of the start table */
	{ S1("s1_4k_ias_48", PGSIZES_4K, 48, 48, 0, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_4k_ias_47", PGSIZES_4K, 47, 48, 0, COHERENT),
	  PGSIZES_4K, 47, 48, 17, 0, 5, 0, 3, 1, 1, 2048 },
	{ S1("s1_4k_ias_40", PGSIZES_4K, 40, 48, 0, COHERENT),
	  PGSIZES_4K, 40, 48, 24, 0, 5, 0, 3, 1, 1, 16 },
	{ S1("s1_4k_ias_39", PGSIZES_4K, 39, 48, 0, COHERENT),
	  PGSIZES_4K, 39, 48, 25, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_4k_ias_32", PGSIZES_4K, 32, 48, 0, COHERENT),
	  PGSIZES_4K, 32, 48, 32, 0, 5, 0, 3, 1, 1, 32 },
	{ S1("s1_4k_ias_25", PGSIZES_4K, 25, 48, 0, COHERENT),
	  SZ_4K | SZ_2M, 25, 48, 39, 0, 5, 0, 3, 1, 1, 128 },
	{ S1("s1_16k_ias_48", PGSIZES_16K, 48, 48, 0, COHERENT),
	  PGSIZES_16K, 48, 48, 16, 2, 5, 0, 3, 1, 1, 16 },
	{ S1("s1_16k_ias_47", PGSIZES_16K, 47, 48, 0, COHERENT),
	  PGSIZES_16K, 47, 48, 17, 2, 5, 0, 3, 1, 1, 16384 },
	{ S1("s1_16k_ias_36", PGSIZES_16K, 36, 48, 0, COHERENT),
	  PGSIZES_16K, 36, 48, 28, 2, 5, 0, 3, 1, 1, 16384 },
	{ S1("s1_64k_ias_48", PGSIZES_64K, 48, 48, 0, COHERENT),
	  PGSIZES_64K, 48, 48, 16, 1, 5, 0, 3, 1, 1, 512 },
	{ S1("s1_64k_ias_42", PGSIZES_64K, 42, 48, 0, COHERENT),
	  PGSIZES_64K, 42, 48, 22, 1, 5, 0, 3, 1, 1, 65536 },
	{ S1("s1_64k_ias_52", PGSIZES_64K, 52, 52, 0, COHERENT),
	  PGSIZES_64K, 52, 52, 12, 1, 6, 0, 3, 1, 1, 8192 },

	/* Output address sizes: IPS */
	{ S1("s1_oas_32", PGSIZES_4K, 48, 32, 0, COHERENT),
	  PGSIZES_4K, 48, 32, 16, 0, 0, 0, 3, 1, 1, 4096 },
	{ S1("s1_oas_36", PGSIZES_4K, 48, 36, 0, COHERENT),
	  PGSIZES_4K, 48, 36, 16, 0, 1, 0, 3, 1, 1, 4096 },
	{ S1("s1_oas_40", PGSIZES_4K, 48, 40, 0, COHERENT),
	  PGSIZES_4K, 48, 40, 16, 0, 2, 0, 3, 1, 1, 4096 },
	{ S1("s1_oas_42", PGSIZES_4K, 48, 42, 0, COHERENT),
	  PGSIZES_4K, 48, 42, 16, 0, 3, 0, 3, 1, 1, 4096 },
	{ S1("s1_oas_44", PGSIZES_4K, 48, 44, 0, COHERENT),
	  PGSIZES_4K, 48, 44, 16, 0, 4, 0, 3, 1, 1, 4096 },

	/* More than the granule can do is cut down */
	{ S1("s1_4k_cut_to_48", PGSIZES_4K, 52, 52, 0, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_16k_cut_to_48", PGSIZES_16K, 64, 52, 0, COHERENT),
	  PGSIZES_16K, 48, 48, 16, 2, 5, 0, 3, 1, 1, 16 },
	{ S1("s1_64k_cut_to_52", PGSIZES_64K, 64, 64, 0, COHERENT),
	  PGSIZES_64K, 52, 52, 12, 1, 6, 0, 3, 1, 1, 8192 },

	/* Page sizes: those of the CPU's granule, and none that the root is smaller than */
	{ S1("s1_4k_pages_only", SZ_4K, 48, 48, 0, COHERENT),
	  SZ_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_4k_1g_is_everything", PGSIZES_4K, 30, 48, 0, COHERENT),
	  SZ_4K | SZ_2M, 30, 48, 34, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_4k_1g_is_half", PGSIZES_4K, 31, 48, 0, COHERENT),
	  PGSIZES_4K, 31, 48, 33, 0, 5, 0, 3, 1, 1, 16 },
	{ S1("s1_4k_2m_is_everything", PGSIZES_4K, 21, 48, 0, COHERENT),
	  SZ_4K, 21, 48, 43, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_16k_32m_is_everything", PGSIZES_16K, 25, 48, 0, COHERENT),
	  SZ_16K, 25, 48, 39, 2, 5, 0, 3, 1, 1, 16384 },
	{ S1("s1_64k_512m_is_everything", PGSIZES_64K, 29, 48, 0, COHERENT),
	  SZ_64K, 29, 48, 35, 1, 5, 0, 3, 1, 1, 65536 },
	{ S1("s1_64k_4t_with_52", PGSIZES_64K | SZ_4T, 52, 52, 0, COHERENT),
	  PGSIZES_64K | SZ_4T, 52, 52, 12, 1, 6, 0, 3, 1, 1, 8192 },
	{ S1("s1_64k_no_4t_with_48", PGSIZES_64K | SZ_4T, 48, 48, 0, COHERENT),
	  PGSIZES_64K, 48, 48, 16, 1, 5, 0, 3, 1, 1, 512 },
	{ S1("s1_64k_4t_is_everything", PGSIZES_64K | SZ_4T, 42, 52, 0, COHERENT),
	  PGSIZES_64K, 42, 52, 22, 1, 6, 0, 3, 1, 1, 65536 },

	/* TTBR1: TG1 has its own encoding */
	{ S1("s1_4k_ttbr1", PGSIZES_4K, 39, 48, TTBR1, COHERENT),
	  PGSIZES_4K, 39, 48, 25, 2, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_16k_ttbr1", PGSIZES_16K, 47, 48, TTBR1, COHERENT),
	  PGSIZES_16K, 47, 48, 17, 1, 5, 0, 3, 1, 1, 16384 },
	{ S1("s1_64k_ttbr1", PGSIZES_64K, 48, 48, TTBR1, COHERENT),
	  PGSIZES_64K, 48, 48, 16, 3, 5, 0, 3, 1, 1, 512 },

	/* How the walker accesses tables */
	{ S1("s1_noncoherent", PGSIZES_4K, 48, 48, 0, NC),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 2, 0, 0, 4096 },
	{ S1("s1_outer_wbwa", PGSIZES_4K, 48, 48, OUTER_WBWA, NC),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 2, 0, 1, 4096 },
	{ S1("s1_ns_hd", PGSIZES_4K, 48, 48, NS | HD, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },

	/* Stage 2: SL0, and tables in a row instead of level 0 */
	{ S2("s2_4k_ias_48", PGSIZES_4K, 48, 48, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 2, 3, 1, 1, 4096 },
	{ S2("s2_4k_ias_44", PGSIZES_4K, 44, 44, COHERENT),
	  PGSIZES_4K, 44, 44, 20, 0, 4, 2, 3, 1, 1, 256 },
	{ S2("s2_4k_ias_43_16_tables", PGSIZES_4K, 43, 44, COHERENT),
	  PGSIZES_4K, 43, 44, 21, 0, 4, 1, 3, 1, 1, 65536 },
	{ S2("s2_4k_ias_42_8_tables", PGSIZES_4K, 42, 42, COHERENT),
	  PGSIZES_4K, 42, 42, 22, 0, 3, 1, 3, 1, 1, 32768 },
	{ S2("s2_4k_ias_40_2_tables", PGSIZES_4K, 40, 40, COHERENT),
	  PGSIZES_4K, 40, 40, 24, 0, 2, 1, 3, 1, 1, 8192 },
	{ S2("s2_4k_ias_39", PGSIZES_4K, 39, 40, COHERENT),
	  PGSIZES_4K, 39, 40, 25, 0, 2, 1, 3, 1, 1, 4096 },
	{ S2("s2_4k_ias_32", PGSIZES_4K, 32, 32, COHERENT),
	  PGSIZES_4K, 32, 32, 32, 0, 0, 1, 3, 1, 1, 32 },
	{ S2("s2_4k_ias_30", PGSIZES_4K, 30, 32, COHERENT),
	  SZ_4K | SZ_2M, 30, 32, 34, 0, 0, 0, 3, 1, 1, 4096 },
	{ S2("s2_4k_ias_48_oas_40", PGSIZES_4K, 48, 40, COHERENT),
	  PGSIZES_4K, 48, 40, 16, 0, 2, 2, 3, 1, 1, 4096 },
	{ S2("s2_16k_ias_48_2_tables", PGSIZES_16K, 48, 48, COHERENT),
	  PGSIZES_16K, 48, 48, 16, 2, 5, 2, 3, 1, 1, 32768 },
	{ S2("s2_16k_ias_47", PGSIZES_16K, 47, 48, COHERENT),
	  PGSIZES_16K, 47, 48, 17, 2, 5, 2, 3, 1, 1, 16384 },
	{ S2("s2_16k_ias_42", PGSIZES_16K, 42, 42, COHERENT),
	  PGSIZES_16K, 42, 42, 22, 2, 3, 2, 3, 1, 1, 512 },
	/* Level 1 is not to be had with 40 output bits: 16 tables at level 2 */
	{ S2("s2_16k_ias_40_16_tables", PGSIZES_16K, 40, 40, COHERENT),
	  PGSIZES_16K, 40, 40, 24, 2, 2, 1, 3, 1, 1, 262144 },
	{ S2("s2_16k_ias_37_2_tables", PGSIZES_16K, 37, 40, COHERENT),
	  PGSIZES_16K, 37, 40, 27, 2, 2, 1, 3, 1, 1, 32768 },
	{ S2("s2_16k_ias_36", PGSIZES_16K, 36, 36, COHERENT),
	  PGSIZES_16K, 36, 36, 28, 2, 1, 1, 3, 1, 1, 16384 },
	{ S2("s2_64k_ias_48", PGSIZES_64K, 48, 48, COHERENT),
	  PGSIZES_64K, 48, 48, 16, 1, 5, 2, 3, 1, 1, 512 },
	{ S2("s2_64k_ias_42", PGSIZES_64K, 42, 42, COHERENT),
	  PGSIZES_64K, 42, 42, 22, 1, 3, 1, 3, 1, 1, 65536 },
	{ S2("s2_64k_ias_52", PGSIZES_64K | SZ_4T, 52, 52, COHERENT),
	  PGSIZES_64K | SZ_4T, 52, 52, 12, 1, 6, 2, 3, 1, 1, 8192 },
	{ S2("s2_noncoherent", PGSIZES_4K, 40, 40, NC),
	  PGSIZES_4K, 40, 40, 24, 0, 2, 1, 2, 0, 0, 8192 },

	/* Armv7: the same with fewer choices */
	{ V7_S1("v7_s1_32_40", PGSIZES_4K, 32, 40),
	  PGSIZES_4K, 32, 40, 32, 0, 2, 0, 3, 1, 1, 32 },
	{ V7_S1("v7_s1_4k_of_many", PGSIZES_4K | PGSIZES_64K, 32, 32),
	  PGSIZES_4K, 32, 32, 32, 0, 0, 0, 3, 1, 1, 32 },
	{ V7_S2("v7_s2_40_40", PGSIZES_4K, 40, 40),
	  PGSIZES_4K, 40, 40, 24, 0, 2, 1, 3, 1, 1, 8192 },
	{ V7_S2("v7_s2_32_32", PGSIZES_4K, 32, 32),
	  PGSIZES_4K, 32, 32, 32, 0, 0, 1, 3, 1, 1, 32 },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->shape.name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rows, rows, row_desc);

static void register_values(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct lpae_fixture *f = lpae_fixture(test, &row->shape);

	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, row->pgsizes);
	KUNIT_EXPECT_EQ(test, f->cfg.ias, row->ias);
	KUNIT_EXPECT_EQ(test, f->cfg.oas, row->oas);
	KUNIT_EXPECT_EQ(test, f->regs.tsz, row->tsz);
	KUNIT_EXPECT_EQ(test, f->regs.tg, row->tg);
	KUNIT_EXPECT_EQ(test, f->regs.ps, row->ps);
	KUNIT_EXPECT_EQ(test, f->regs.sl0, row->sl0);
	KUNIT_EXPECT_EQ(test, f->regs.sh, row->sh);
	KUNIT_EXPECT_EQ(test, f->regs.irgn, row->irgn);
	KUNIT_EXPECT_EQ(test, f->regs.orgn, row->orgn);
	KUNIT_EXPECT_EQ(test, f->first_size, row->root);
	KUNIT_EXPECT_EQ(test, f->regs.mair, f->regs.stage2 ? 0 : MAIR);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 1);
	lpae_expect_hole(f, lpae_base(f), BIT_ULL(f->cfg.ias));
}

static const struct lpae_shape refused[] = {
	S1("s1_no_page_size", 0, 48, 48, 0, COHERENT),
	S1("s1_blocks_only", SZ_2M | SZ_1G, 48, 48, 0, COHERENT),
	S1("s1_8k", SZ_8K, 48, 48, 0, COHERENT),
	S1("s1_4k_ias_12", PGSIZES_4K, 12, 48, 0, COHERENT),
	S1("s1_4k_ias_0", PGSIZES_4K, 0, 48, 0, COHERENT),
	S1("s1_16k_ias_14", PGSIZES_16K, 14, 48, 0, COHERENT),
	S1("s1_64k_ias_16", PGSIZES_64K, 16, 48, 0, COHERENT),
	S1("s1_oas_0", PGSIZES_4K, 48, 0, 0, COHERENT),
	S1("s1_oas_31", PGSIZES_4K, 48, 31, 0, COHERENT),
	S1("s1_oas_39", PGSIZES_4K, 48, 39, 0, COHERENT),
	S1("s1_oas_47", PGSIZES_4K, 48, 47, 0, COHERENT),
	S1("s1_64k_oas_50", PGSIZES_64K, 48, 50, 0, COHERENT),
	S1("s1_outer_wbwa_coherent", PGSIZES_4K, 48, 48, OUTER_WBWA, COHERENT),
	S1("s1_no_perms", PGSIZES_4K, 48, 48, IO_PGTABLE_QUIRK_NO_PERMS, COHERENT),
	S1("s1_mtk_ext", PGSIZES_4K, 48, 48, IO_PGTABLE_QUIRK_ARM_MTK_EXT, COHERENT),
	S1("s1_mtk_ttbr_ext", PGSIZES_4K, 48, 48, IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT, COHERENT),
	S1("s1_quirk_2", PGSIZES_4K, 48, 48, BIT(2), COHERENT),
	S1("s1_quirk_31", PGSIZES_4K, 48, 48, BIT(31), COHERENT),
	S2("s2_blocks_only", SZ_2M | SZ_1G, 40, 40, COHERENT),
	S2("s2_oas_41", PGSIZES_4K, 40, 41, COHERENT),
	S2("s2_ias_12", PGSIZES_4K, 12, 40, COHERENT),
	{ "s2_ns", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, NS },
	{ "s2_ttbr1", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, TTBR1 },
	{ "s2_outer_wbwa", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, OUTER_WBWA, NC },
	{ "s2_hd", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, HD },
	V7_S1("v7_s1_ias_33", PGSIZES_4K, 33, 40),
	V7_S1("v7_s1_oas_42", PGSIZES_4K, 32, 42),
	V7_S1("v7_s1_16k", PGSIZES_16K, 32, 40),
	V7_S1("v7_s1_64k", PGSIZES_64K, 32, 40),
	V7_S2("v7_s2_ias_41", PGSIZES_4K, 41, 40),
	V7_S2("v7_s2_oas_48", PGSIZES_4K, 40, 48),
	V7_S2("v7_s2_64k", PGSIZES_64K, 40, 40),
};

static void shape_desc(const struct lpae_shape *shape, char *desc)
{
	strscpy(desc, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(refused, refused, shape_desc);

/* -EINVAL, no memory kept, and not a bit of the configuration changed */
static void refused_configurations(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture_alloc(test, test->param_value);
	struct io_pgtable_cfg before;

	memset(&f->cfg.arm_lpae_s1_cfg, 0x5a, sizeof(f->cfg.arm_lpae_s1_cfg));
	before = f->cfg;
	KUNIT_ASSERT_EQ(test, lpae_fixture_make(f), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 0);
	KUNIT_EXPECT_MEMEQ(test, &f->cfg, &before, sizeof(before));
}

/* A walker that does not snoop: whose DMA API would it be? */
static void noncoherent_without_device(struct kunit *test)
{
	static const struct lpae_shape shape =
		S1("", PGSIZES_4K, 48, 48, 0, NC);
	struct lpae_fixture *f = lpae_fixture_alloc(test, &shape);

	f->cfg.iommu_dev = NULL;
	KUNIT_EXPECT_EQ(test, lpae_fixture_make(f), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 0);
}

/* Of all granules the CPU's own is chosen. */
static void every_page_size_offered(struct kunit *test)
{
	static const struct lpae_shape shape =
		S1("", ULONG_MAX, 48, 48, 0, COHERENT);
	struct lpae_fixture *f = lpae_fixture(test, &shape);

	KUNIT_EXPECT_EQ(test, lpae_pgsize(f, 0), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 1UL << arm_granule_bits(&f->regs), PAGE_SIZE);
}

/* No device, no TLB, no allocator of its own: a table that only we walk */
static void bare_table(struct kunit *test)
{
	static const struct lpae_shape shape =
		S1("", PGSIZES_4K, 48, 48, 0, COHERENT);
	struct io_pgtable_cfg cfg = {
		.pgsize_bitmap = shape.pgsizes, .ias = 48, .oas = 48,
		.coherent_walk = true,
	};
	struct io_pgtable_ops *ops = io_pgtable_alloc(shape.fmt, &cfg, NULL);
	size_t mapped = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ops);
	KUNIT_EXPECT_EQ(test, ops->map_pages(ops, SZ_1G, SZ_2M, SZ_2M, 2, PROT_RW,
					     GFP_KERNEL, &mapped), 0);
	KUNIT_EXPECT_EQ(test, mapped, 2 * SZ_2M);
	KUNIT_EXPECT_EQ(test, ops->unmap_pages(ops, SZ_1G + SZ_4K, SZ_4K, 1, NULL), SZ_4K);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, SZ_1G), SZ_2M);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, SZ_1G + SZ_4K), 0);
	free_io_pgtable_ops(ops);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(register_values, rows_gen_params),
	KUNIT_CASE_PARAM(refused_configurations, refused_gen_params),
	KUNIT_CASE(noncoherent_without_device),
	KUNIT_CASE(every_page_size_offered),
	KUNIT_CASE(bare_table),
	{ }
};

static struct kunit_suite suite = {
	.name = "io-pgtable-arm-lpae-registers",
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable format LPAE");
MODULE_LICENSE("GPL");
