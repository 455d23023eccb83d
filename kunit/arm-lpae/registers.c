// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cases for LPAE only: the configuration and the register fields that the format returns, the
 * configurations that the format refuses, and the bits of a leaf entry. Expected values are written
 * as numbers. They are those that drivers get from their kernel's own formats, except where these
 * disagree with the architecture.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>

#include "claims.h"

#define NC		true
#define COHERENT	false

/* The kernel's own formats have this value in the lower half, and 0xffffffff in the upper half. */
#define MAIR		0x00000000f404ff44ULL

struct row {
	struct conf_shape shape;
	/* the configuration that the format returns */
	u64 pgsizes;
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
#define S2_QUIRKS(_name, _quirks) \
	{ _name, ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, _quirks }
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

	/* More bits than the granule supports are reduced */
	{ S1("s1_4k_cut_to_48", PGSIZES_4K, 52, 52, 0, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },
	{ S1("s1_16k_cut_to_48", PGSIZES_16K, 64, 52, 0, COHERENT),
	  PGSIZES_16K, 48, 48, 16, 2, 5, 0, 3, 1, 1, 16 },
	{ S1("s1_64k_cut_to_52", PGSIZES_64K, 64, 64, 0, COHERENT),
	  PGSIZES_64K, 52, 52, 12, 1, 6, 0, 3, 1, 1, 8192 },

	/* Page sizes: only those of the granule that are smaller than the address space */
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
	ROWS_ON_64BIT({ S1("s1_4k_ttbr1", PGSIZES_4K, 39, 48, TTBR1, COHERENT),
		      PGSIZES_4K, 39, 48, 25, 2, 5, 0, 3, 1, 1, 4096 },
		      { S1("s1_16k_ttbr1", PGSIZES_16K, 47, 48, TTBR1, COHERENT),
		      PGSIZES_16K, 47, 48, 17, 1, 5, 0, 3, 1, 1, 16384 },
		      { S1("s1_64k_ttbr1", PGSIZES_64K, 48, 48, TTBR1, COHERENT),
		      PGSIZES_64K, 48, 48, 16, 3, 5, 0, 3, 1, 1, 512 })
	{ S1("s1_4k_ttbr1_32", PGSIZES_4K, 32, 48, TTBR1, COHERENT),
	  PGSIZES_4K, 32, 48, 32, 2, 5, 0, 3, 1, 1, 32 },
	{ S1("s1_16k_ttbr1_32", PGSIZES_16K, 32, 48, TTBR1, COHERENT),
	  PGSIZES_16K, 32, 48, 32, 1, 5, 0, 3, 1, 1, 1024 },
	{ S1("s1_64k_ttbr1_32", PGSIZES_64K, 32, 48, TTBR1, COHERENT),
	  PGSIZES_64K, 32, 48, 32, 3, 5, 0, 3, 1, 1, 64 },

	/* How the walker accesses tables */
	{ S1("s1_noncoherent", PGSIZES_4K, 48, 48, 0, NC),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 2, 0, 0, 4096 },
	{ S1("s1_outer_wbwa", PGSIZES_4K, 48, 48, OUTER_WBWA, NC),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 2, 0, 1, 4096 },
	{ S1("s1_ns_hd", PGSIZES_4K, 48, 48, NS | HD, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },

	/* Stage 2: SL0, and concatenated tables instead of level 0 */
	{ S2("s2_4k_ias_48", PGSIZES_4K, 48, 48, COHERENT),
	  PGSIZES_4K, 48, 48, 16, 0, 5, 2, 3, 1, 1, 4096 },
	{ S2("s2_4k_ias_44", PGSIZES_4K, 44, 44, COHERENT),
	  PGSIZES_4K, 44, 44, 20, 0, 4, 2, 3, 1, 1, 256 },
	/* 6.12 concatenates as many tables as possible, 7.3 as few as possible */
	{ S2("s2_4k_ias_43_16_tables", PGSIZES_4K, 43, 44, COHERENT),
	  PGSIZES_4K, 43, 44, 21, 0, 4,
	  ON_6_12(1, 3, 1, 1, 65536) ON_7_3(2, 3, 1, 1, 128) },
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
	ROWS_ON_6_12({ S2("s2_4k_ias_48_oas_40", PGSIZES_4K, 48, 40, COHERENT),
		     PGSIZES_4K, 48, 40, 16, 0, 2, 2, 3, 1, 1, 4096 })
	{ S2("s2_16k_ias_48_2_tables", PGSIZES_16K, 48, 48, COHERENT),
	  PGSIZES_16K, 48, 48, 16, 2, 5, 2, 3, 1, 1, 32768 },
	{ S2("s2_16k_ias_47", PGSIZES_16K, 47, 48, COHERENT),
	  PGSIZES_16K, 47, 48, 17, 2, 5, 2, 3, 1, 1, 16384 },
	{ S2("s2_16k_ias_42", PGSIZES_16K, 42, 42, COHERENT),
	  PGSIZES_16K, 42, 42, 22, 2, 3, 2, 3, 1, 1, 512 },
	/* With 40 output address bits there is no level 1: 16 tables at level 2 */
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

	/* Quirks that change no register */
	ROWS_ON_7_3({ S1("s1_no_warn", PGSIZES_4K, 48, 48, HD | NO_WARN, COHERENT),
		    PGSIZES_4K, 48, 48, 16, 0, 5, 0, 3, 1, 1, 4096 },
		    { S2_QUIRKS("s2_fwb_no_warn", S2FWB | NO_WARN),
		    PGSIZES_4K, 40, 40, 24, 0, 2, 1, 3, 1, 1, 8192 })

	/* Armv7: like Armv8, with fewer choices */
	{ V7_S1("v7_s1_32_40", PGSIZES_4K, 32, 40),
	  PGSIZES_4K, 32, 40, 32, 0, 2, 0, 3, 1, 1, 32 },
	{ V7_S1("v7_s1_4k_of_many", PGSIZES_4K | PGSIZES_64K, 32, 32),
	  PGSIZES_4K, 32, 32, 32, 0, 0, 0, 3, 1, 1, 32 },
	{ V7_S2("v7_s2_40_40", PGSIZES_4K, 40, 40),
	  PGSIZES_4K, 40, 40, 24, 0, 2, 1, 3, 1, 1, 8192 },
	{ V7_S2("v7_s2_32_32", PGSIZES_4K, 32, 32),
	  PGSIZES_4K, 32, 32, 32, 0, 0, 1, 3, 1, 1, 32 },
};

KUNIT_ARRAY_PARAM_DESC(rows, rows, shape.name);

static void register_values(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);

	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, (unsigned long)row->pgsizes);
	KUNIT_EXPECT_EQ(test, f->cfg.ias, row->ias);
	KUNIT_EXPECT_EQ(test, f->cfg.oas, row->oas);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->tsz, row->tsz);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->tg, row->tg);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->ps, row->ps);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->sl0, row->sl0);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->sh, row->sh);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->irgn, row->irgn);
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->orgn, row->orgn);
	/* In 7.3 the least size is the alignment that the hardware needs. */
	KUNIT_EXPECT_EQ(test, f->first_size, ON_6_12(row->root) ON_7_3(max(row->root, 64)));
	KUNIT_EXPECT_EQ(test, lpae_regs(f)->mair, lpae_regs(f)->stage2 ? 0 : MAIR);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 1);
	conf_expect_hole(f, conf_base(f), conf_space(f));
}

/*
 * Output addresses of 52 bits: map ranges across 2^48.
 */

static void maps_and_unmaps(struct conf_fixture *f, u64 pa, u64 size, size_t count)
{
	conf_map_ok(f, 0, pa, size, count, PROT_SOME);
	conf_expect_pages(f, 0, pa, size, count, PROT_SOME);
	conf_unmap_ok(f, 0, size, count);
	conf_expect_hole(f, 0, count * size);
}

static const struct conf_shape high_outputs[] = {
	{ "s1_64k_52_52", ARM_64_LPAE_S1, PGSIZES_64K | SZ_4T, 52, 52 },
	{ "s2_64k_52_52_nc", ARM_64_LPAE_S2, PGSIZES_64K | SZ_4T, 52, 52, 0, NC },
};

KUNIT_ARRAY_PARAM_DESC(high_outputs, high_outputs, name);

static void across_2_to_the_48(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i;
	u64 size;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		maps_and_unmaps(f, BIT_ULL(48) - size, size, 2);
		maps_and_unmaps(f, BIT_ULL(48) - 3 * size, size, 7);
		maps_and_unmaps(f, 0xfULL << 48, size, 2);
		maps_and_unmaps(f, (7ULL << 48) - size, size, 2);
	}
}

/* Stage 2 and Armv7 have no dirty state. Stage 1 without HD is always clean. */
static void dirty_state_of_others(struct kunit *test)
{
	static const struct conf_shape others[] = {
		{ "", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48 },
		{ "", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40 },
		{ "", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40 },
		{ "", ARM_32_LPAE_S2, PGSIZES_4K, 40, 40 },
	};
	struct iommu_dirty_bitmap dirty;
	struct conf_fixture *f;
	unsigned int i;

	iommu_dirty_bitmap_init(&dirty, NULL, NULL);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		f = conf_fixture(test, &others[i]);
		conf_map_ok(f, 0, 0, SZ_4K, 1, PROT_RW);
		KUNIT_EXPECT_EQ(test, f->ops->read_and_clear_dirty(f->ops, 0, SZ_4K, 0,
								   &dirty),
				i ? -EINVAL : 0);
		conf_fixture_free(f);
	}
}

const struct conf_shape lpae_refused[] = {
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
	S2_QUIRKS("s2_ns", NS),
	S2_QUIRKS("s2_ttbr1", TTBR1),
	{ "s2_outer_wbwa", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, OUTER_WBWA, NC },
	S2_QUIRKS("s2_hd", HD),
	S1("s1_fwb", PGSIZES_4K, 48, 48, S2FWB, COHERENT),
	ROWS_ON_6_12(S1("s1_no_warn", PGSIZES_4K, 48, 48, NO_WARN, COHERENT),
		     S2_QUIRKS("s2_fwb", S2FWB), S2_QUIRKS("s2_no_warn", NO_WARN))
	/* Input addresses of these do not fit into an unsigned long of 32 bits. */
	ROWS_ON_32BIT(S1("s1_4k_ttbr1_ias_33", PGSIZES_4K, 33, 48, TTBR1, COHERENT),
		      S1("s1_64k_ttbr1_ias_52", PGSIZES_64K, 52, 52, TTBR1, COHERENT))
	/* Must start at level 1, with more concatenated tables than are allowed */
	ROWS_ON_7_3(S2("s2_4k_ias_48_oas_40", PGSIZES_4K, 48, 40, COHERENT))
	V7_S1("v7_s1_ias_33", PGSIZES_4K, 33, 40),
	V7_S1("v7_s1_oas_42", PGSIZES_4K, 32, 42),
	V7_S1("v7_s1_16k", PGSIZES_16K, 32, 40),
	V7_S1("v7_s1_64k", PGSIZES_64K, 32, 40),
	V7_S2("v7_s2_ias_41", PGSIZES_4K, 41, 40),
	V7_S2("v7_s2_oas_48", PGSIZES_4K, 40, 48),
	V7_S2("v7_s2_64k", PGSIZES_64K, 40, 40),
	{ }
};

/* A walker that does not snoop is refused without a device, which the DMA API needs. */
static void noncoherent_without_device(struct kunit *test)
{
	static const struct conf_shape shape =
		S1("", PGSIZES_4K, 48, 48, 0, NC);
	struct conf_fixture *f = conf_fixture_alloc(test, &shape);

	f->cfg.iommu_dev = NULL;
	KUNIT_EXPECT_EQ(test, conf_fixture_make(f), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 0);
}

/* If all granules are offered, the format chooses that of the CPU. */
static void every_page_size_offered(struct kunit *test)
{
	static const struct conf_shape shape =
		S1("", ULONG_MAX, 48, 48, 0, COHERENT);
	struct conf_fixture *f = conf_fixture(test, &shape);

	KUNIT_EXPECT_EQ(test, conf_pgsize(f, 0), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 1UL << arm_granule_bits(lpae_regs(f)), PAGE_SIZE);
}

/* A table without a device, TLB callbacks and a custom allocator works, too. */
static void bare_table(struct kunit *test)
{
	static const struct conf_shape shape =
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
	KUNIT_EXPECT_EQ(test, ops->unmap_pages(ops, SZ_1G + SZ_4K, SZ_4K, 1, NULL),
			SPLITS_BLOCKS ? SZ_4K : 0);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, SZ_1G), SZ_2M);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, SZ_1G + SZ_4K),
			SPLITS_BLOCKS ? 0 : SZ_2M + SZ_4K);
	KUNIT_EXPECT_EQ(test, ops->unmap_pages(ops, SZ_1G + SZ_2M, SZ_2M, 1, NULL), SZ_2M);
	KUNIT_EXPECT_EQ(test, ops->iova_to_phys(ops, SZ_1G + SZ_2M), 0);
	free_io_pgtable_ops(ops);
}

/* Expected values of whole leaf entries, for common protections */
struct leaf_row {
	const char *name;
	struct conf_shape shape;
	int prot;
	u64 page;
	u64 block;
};

#define LEAF_S1(_quirks) { "", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, _quirks }
#define LEAF_S2 { "", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40 }
#define LEAF_S2_FWB { "", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, S2FWB }

static const struct leaf_row leaves[] = {
	{ "s1_rw", LEAF_S1(0), PROT_RW, 0x0000000080000e43, 0x0000000080000e41 },
	{ "s1_ro", LEAF_S1(0), IOMMU_READ, 0x0000000080000ec3, 0x0000000080000ec1 },
	{ "s1_wo_is_rw", LEAF_S1(0), IOMMU_WRITE, 0x0000000080000e43, 0x0000000080000e41 },
	{ "s1_rw_cache", LEAF_S1(0), PROT_RW | IOMMU_CACHE,
	  0x0000000080000f47, 0x0000000080000f45 },
	{ "s1_rw_mmio", LEAF_S1(0), PROT_RW | IOMMU_MMIO,
	  0x0000000080000e4b, 0x0000000080000e49 },
	{ "s1_rw_mmio_cache", LEAF_S1(0), PROT_RW | IOMMU_MMIO | IOMMU_CACHE,
	  0x0000000080000f4b, 0x0000000080000f49 },
	{ "s1_rw_noexec", LEAF_S1(0), PROT_RW | IOMMU_NOEXEC,
	  0x0060000080000e43, 0x0060000080000e41 },
	{ "s1_rw_priv", LEAF_S1(0), PROT_RW | IOMMU_PRIV,
	  0x0000000080000e03, 0x0000000080000e01 },
	{ "s1_ns_rw", LEAF_S1(NS), PROT_RW, 0x0000000080000e63, 0x0000000080000e61 },
	{ "s1_hd_rw", LEAF_S1(HD), PROT_RW, 0x0008000080000e43, 0x0008000080000e41 },
	{ "s1_hd_ro", LEAF_S1(HD), IOMMU_READ, 0x0000000080000ec3, 0x0000000080000ec1 },
	{ "s2_rw", LEAF_S2, PROT_RW, 0x00000000800006d7, 0x00000000800006d5 },
	{ "s2_ro", LEAF_S2, IOMMU_READ, 0x0000000080000657, 0x0000000080000655 },
	{ "s2_wo", LEAF_S2, IOMMU_WRITE, 0x0000000080000697, 0x0000000080000695 },
	{ "s2_rw_cache", LEAF_S2, PROT_RW | IOMMU_CACHE,
	  0x00000000800007ff, 0x00000000800007fd },
	{ "s2_rw_mmio", LEAF_S2, PROT_RW | IOMMU_MMIO,
	  0x00000000800006c7, 0x00000000800006c5 },
	{ "s2_rw_noexec_is_never", LEAF_S2, PROT_RW | IOMMU_NOEXEC,
	  0x00400000800006d7, 0x00400000800006d5 },
	{ "s2_priv_is_nothing", LEAF_S2, PROT_RW | IOMMU_PRIV,
	  0x00000000800006d7, 0x00000000800006d5 },
	ROWS_ON_7_3({ "s2_fwb_rw", LEAF_S2_FWB, PROT_RW,
		    0x00000000800006d7, 0x00000000800006d5 },
		    { "s2_fwb_rw_cache", LEAF_S2_FWB, PROT_RW | IOMMU_CACHE,
		    0x00000000800007db, 0x00000000800007d9 },
		    { "s2_fwb_rw_mmio", LEAF_S2_FWB, PROT_RW | IOMMU_MMIO,
		    0x00000000800006c7, 0x00000000800006c5 })
};

KUNIT_ARRAY_PARAM_DESC(leaves, leaves, name);

static u64 read_leaf(struct conf_fixture *f, u64 iova)
{
	return *(u64 *)conf_desc(f, iova);
}

static void leaf_values(struct kunit *test)
{
	const struct leaf_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);

	conf_map_ok(f, SZ_4K, SZ_2G, SZ_4K, 1, row->prot);
	conf_map_ok(f, SZ_2M, SZ_2G, SZ_2M, 1, row->prot);
	conf_map_ok(f, SZ_1G, SZ_2G, SZ_1G, 1, row->prot);
	KUNIT_EXPECT_EQ(test, read_leaf(f, SZ_4K), row->page);
	KUNIT_EXPECT_EQ(test, read_leaf(f, SZ_2M), row->block);
	KUNIT_EXPECT_EQ(test, read_leaf(f, SZ_1G), row->block);
}

/*
 * Walkers that do not snoop
 */

#define SW_SYNC		BIT_ULL(55)

/*
 * Return: the descriptor of the last-level table for @iova. The root must be one level above that
 * table.
 */
static u64 *table_desc(struct conf_fixture *f, u64 iova)
{
	u64 size = conf_pgsize(f, 0), *desc;
	u64 pa = conf_walk(f, iova).desc_pa & ~(size - 1);
	unsigned int i;

	for (i = 0; i < size / 8; i++) {
		desc = phys_to_virt(lpae_regs(f)->base) + 8 * i;
		if ((*desc & GENMASK_ULL(47, 12)) == pa)
			return desc;
	}
	return NULL;
}

/* Table descriptors have the bit "is cleaned to memory" only if the walker does not snoop. */
static void sync_mark(struct kunit *test)
{
	static const struct conf_shape shapes[] = {
		{ "", ARM_64_LPAE_S1, PGSIZES_4K, 30, 40, 0, true },
		{ "", ARM_64_LPAE_S1, PGSIZES_4K, 30, 40 },
		{ "", ARM_64_LPAE_S2, PGSIZES_64K, 42, 42, 0, true },
	};
	struct conf_fixture *f;
	unsigned int i;
	u64 *desc, size;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		f = conf_fixture(test, &shapes[i]);
		size = conf_pgsize(f, 0);
		conf_map_ok(f, 0, 0, size, 1, PROT_SOME);
		desc = table_desc(f, 0);
		KUNIT_ASSERT_NOT_NULL(test, desc);
		KUNIT_EXPECT_EQ(test, !!(*desc & SW_SYNC), shapes[i].noncoherent);
		/* Leaf entries never have the bit. */
		KUNIT_EXPECT_FALSE(test, read_leaf(f, 0) & SW_SYNC);
		conf_fixture_free(f);
	}
}

/*
 * Two CPUs install an upper table at the same place. The CPU that comes second finds the descriptor
 * of the first CPU, which may not have cleaned the descriptor to memory yet. So the second CPU must
 * clean the descriptor.
 */
static void install_faster(struct conf_fixture *f)
{
	u64 *desc = phys_to_virt(lpae_regs(f)->base), live;
	size_t mapped = 0;

	f->on_alloc = NULL;
	KUNIT_EXPECT_EQ(f->test, conf_map_pages(f, 0, 0, SZ_4K, 1, PROT_SOME, GFP_ATOMIC, &mapped),
			0);
	/* The state between cmpxchg and sync: the walker still sees a 0. */
	live = *desc;
	*desc = 0;
	dma_sync_single_for_device(f->dev, virt_to_phys(desc), 8, DMA_TO_DEVICE);
	*desc = live & ~SW_SYNC;
}

static void sync_of_faster_tables(struct kunit *test)
{
	static const struct conf_shape shape = {
		"", ARM_64_LPAE_S1, PGSIZES_4K, 39, 40, 0, true
	};
	struct conf_fixture *f;

	if (!conf_sees_syncs())
		kunit_skip(test, "this kernel lacks the tracepoints of the DMA API");
	f = conf_fixture(test, &shape);
	f->on_alloc = install_faster;
	conf_map_ok(f, SZ_4K, SZ_4K, SZ_4K, 1, PROT_SOME);
	KUNIT_EXPECT_NULL(test, f->on_alloc);
	conf_expect_pages(f, 0, 0, SZ_4K, 2, PROT_SOME);
}

/*
 * Tables in memory from the kernel's allocator, as most drivers have them. The format takes pages
 * in advance, and a root may be smaller than a page.
 */

static const struct conf_shape own_memory[] = {
	{ "s1_4k_48", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48 },
	{ "s1_4k_39_nc", ARM_64_LPAE_S1, PGSIZES_4K, 39, 48, 0, NC },
	{ "s1_v7_four_entries", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40 },
	{ "s1_16k_two_entries", ARM_64_LPAE_S1, PGSIZES_16K, 48, 48 },
	{ "s1_16k_two_entries_nc", ARM_64_LPAE_S1, PGSIZES_16K, 48, 48, 0, NC },
	{ "s2_4k_40_nc", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, 0, NC },
	{ "s2_64k_42", ARM_64_LPAE_S2, PGSIZES_64K, 42, 42 },
};

KUNIT_ARRAY_PARAM_DESC(own_memory, own_memory, name);

/* Number of last-level tables, if there are input addresses for so many */
#define LAST_TABLES	100

static void expect_empty_root(struct conf_fixture *f)
{
	unsigned int level = f->claims->judge->start_level(f);
	u64 *root = phys_to_virt(lpae_regs(f)->base);

	KUNIT_EXPECT_NULL(f->test, memchr_inv(root, 0, 8ULL << (f->cfg.ias -
					      f->claims->judge->shift(f, level))));
}

/* Map a page in each last-level table. Return: the number of tables, at all levels. */
static unsigned int make_last_tables(struct conf_fixture *f)
{
	u64 size = conf_pgsize(f, 0), span = conf_span(f, size);
	unsigned int i, n = min_t(u64, LAST_TABLES, conf_space(f) >> __ffs64(span));

	for (i = 0; i < n; i++)
		conf_map_ok(f, i * span, (i + 1) * size, size, 1, PROT_RW);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(f->test, conf_iova_to_phys(f, i * span), (i + 1) * size);
		KUNIT_EXPECT_EQ(f->test, conf_iova_to_phys(f, i * span + size), 0);
	}
	/* Add the tables above the last level. */
	return n + 3 - f->claims->judge->start_level(f);
}

static void own_memory_comes_back(struct kunit *test)
{
	const struct conf_shape *shape = test->param_value;
	struct conf_fixture *f = conf_fixture_alloc(test, shape);
	long iommu = conf_node_pages(NR_IOMMU_PAGES);
	long secondary = conf_node_pages(NR_SECONDARY_PAGETABLE);
	unsigned int tables;

	f->cfg.alloc = NULL;
	f->cfg.free = NULL;
	conf_leave_dirt(test, 2 * LAST_TABLES);
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	expect_empty_root(f);
	tables = make_last_tables(f);
	if (conf_sees_syncs())
		KUNIT_EXPECT_EQ(test, atomic_read(&f->shown), shape->noncoherent ? tables : 0);
	KUNIT_EXPECT_GE(test, conf_node_pages(NR_IOMMU_PAGES), iommu + tables);

	conf_fixture_free(f);
	KUNIT_EXPECT_EQ(test, conf_node_pages(NR_IOMMU_PAGES), iommu);
	KUNIT_EXPECT_EQ(test, conf_node_pages(NR_SECONDARY_PAGETABLE), secondary);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(register_values, rows_gen_params),
	KUNIT_CASE(noncoherent_without_device),
	KUNIT_CASE(every_page_size_offered),
	KUNIT_CASE(bare_table),
	KUNIT_CASE_PARAM(across_2_to_the_48, high_outputs_gen_params),
	KUNIT_CASE(dirty_state_of_others),
	KUNIT_CASE_PARAM(leaf_values, leaves_gen_params),
	KUNIT_CASE(sync_mark),
	KUNIT_CASE(sync_of_faster_tables),
	KUNIT_CASE_PARAM(own_memory_comes_back, own_memory_gen_params),
	{ }
};

conformance_suite("io-pgtable-lpae-registers", lpae, cases);
