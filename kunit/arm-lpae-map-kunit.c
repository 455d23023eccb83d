// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: map, unmap and translate, for every kind of table; what goes in comes out
 * of the oracle and of iova_to_phys(), and nothing else does.
 */
#include "arm-lpae-fixture.h"

#define PROT_SOME	(PROT_RW | IOMMU_CACHE | IOMMU_NOEXEC)

/* Physical addresses that tell pages, tables and high bits apart */
static u64 some_pa(struct lpae_fixture *f, u64 size)
{
	return 0x5a5a5a5a5a5a5a5a & (BIT_ULL(f->cfg.oas) - 1) & ~(size - 1);
}

/* As many pages as fit into @bytes, at least one, not more than @most */
static size_t some_count(u64 bytes, u64 size, size_t most)
{
	return clamp_t(u64, bytes / size, 1, most);
}

/* Nothing around a range is touched: one granule on either side. */
static void expect_hole_around(struct lpae_fixture *f, u64 iova, u64 bytes)
{
	u64 granule = lpae_pgsize(f, 0);

	if (iova != lpae_base(f))
		lpae_expect_hole(f, iova - granule, granule);
	if (iova + (bytes - 1) != lpae_last(f))
		lpae_expect_hole(f, iova + bytes, granule);
}

/* Map @count pages, find them, unmap them, find nothing; in one call each. */
static void round_trip(struct lpae_fixture *f, u64 iova, u64 pa, u64 size,
		       size_t count)
{
	lpae_map_ok(f, iova, pa, size, count, PROT_SOME);
	lpae_expect_pages(f, iova, pa, size, count, PROT_SOME);
	expect_hole_around(f, iova, count * size);
	lpae_unmap_ok(f, iova, size, count);
	lpae_expect_hole(f, iova, count * size);
}

static void every_page_size(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i;
	u64 size;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		round_trip(f, lpae_base(f) + size, some_pa(f, size), size, 1);
		round_trip(f, lpae_base(f), 0, size, 1);
	}
}

/* The last page, the first, and all if that is possible */
static void both_ends(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i;
	size_t count;
	u64 size, pa;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		count = some_count(BIT_ULL(f->cfg.ias), size, 3);
		pa = BIT_ULL(f->cfg.oas) - count * size;
		round_trip(f, lpae_base(f), pa, size, count);
		round_trip(f, lpae_last(f) - (count * size - 1), pa, size, count);
	}
}

/* From one table into the next, and on into a third */
static void across_tables(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i;
	size_t count;
	u64 size, table, iova;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		table = size << (arm_granule_bits(&f->regs) - 3);
		if (table << 2 > BIT_ULL(f->cfg.ias) || !table)
			continue;
		iova = lpae_base(f) + table - 2 * size;
		round_trip(f, iova, 0, size, 3);
		round_trip(f, iova, 0, size, 4);
		count = 4 + (table / size);
		if (count * size <= BIT_ULL(f->cfg.oas))
			round_trip(f, iova, 0, size, count);
	}
}

/* The same range again and again: tables that are left over do not matter. */
static void remap(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i, round, live;
	u64 size;

	for (round = 0; round < 3; round++)
		for (i = 0; i < lpae_num_pgsizes(f); i++) {
			size = lpae_pgsize(f, i);
			round_trip(f, lpae_base(f), some_pa(f, size) & ~(size << round),
				   size, some_count(SZ_1G, size, 5));
		}
	live = atomic_read(&f->live);
	round_trip(f, lpae_base(f), 0, lpae_pgsize(f, lpae_num_pgsizes(f) - 1), 1);
	KUNIT_EXPECT_LE(test, atomic_read(&f->live), live);
}

/* Unmapping by another page size than mapping: larger ones take tables away. */
static void unmap_by_larger_pages(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 small = lpae_pgsize(f, 0), large;
	unsigned int i, live;

	for (i = 1; i < min(2U, lpae_num_pgsizes(f)); i++) {
		large = lpae_pgsize(f, i);
		lpae_map_ok(f, lpae_base(f) + large, 0, large, 1, PROT_SOME);
		lpae_unmap_ok(f, lpae_base(f) + large, large, 1);
		live = atomic_read(&f->live);
		lpae_map_ok(f, lpae_base(f) + large, 0, small, large / small, PROT_SOME);
		lpae_expect_pages(f, lpae_base(f) + large, 0, small, large / small,
				  PROT_SOME);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), live + 1);
		lpae_unmap_ok(f, lpae_base(f) + large, large, 1);
		lpae_expect_hole(f, lpae_base(f) + large, large);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), live);
	}
}

/* What is mapped already is not mapped again, by whatever page size. */
static void overlap(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size, other;
	unsigned int i, j;
	size_t mapped;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		lpae_map_ok(f, base, 0, size, 1, PROT_SOME);
		for (j = 0; j < lpae_num_pgsizes(f); j++) {
			other = lpae_pgsize(f, j);
			KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, other, 1, PROT_RW,
						       &mapped), -EEXIST);
			KUNIT_EXPECT_EQ(test, mapped, 0);
			lpae_expect_pages(f, base, 0, size, 1, PROT_SOME);
		}
		lpae_unmap_ok(f, base, size, 1);
	}
}

/* An obstacle within one table: none of the run is mapped. */
static void overlap_later(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size = lpae_pgsize(f, 0);
	size_t mapped;

	lpae_map_ok(f, base + 5 * size, 0, size, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, size, 8, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	lpae_expect_hole(f, base, 5 * size);
	lpae_expect_pages(f, base + 5 * size, 0, size, 1, PROT_SOME);
	lpae_expect_hole(f, base + 6 * size, 3 * size);
}

/* An obstacle in the second table: the first is mapped, and *mapped says so. */
static void overlap_in_next_table(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 size = lpae_pgsize(f, 0);
	u64 table = size << (arm_granule_bits(&f->regs) - 3);
	u64 iova = lpae_base(f) + table - 4 * size;
	size_t mapped;

	lpae_map_ok(f, iova + 5 * size, 0, size, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, lpae_map(f, iova, 0, size, 8, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 4 * size);
	lpae_expect_pages(f, iova, 0, size, 4, PROT_RW);
	lpae_expect_hole(f, iova + 4 * size, size);
	lpae_expect_hole(f, iova + 6 * size, 2 * size);
}

/* [live pages][room for a block]: two blocks over it are refused, untouched. */
static void blocks_over_live_pages(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), small = lpae_pgsize(f, 0), large;
	size_t mapped;
	int allocs;

	large = lpae_pgsize(f, 1);
	lpae_map_ok(f, base + small, 0, small, 3, PROT_SOME);
	lpae_watch(f);
	allocs = atomic_read(&f->allocs);

	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, large, 1, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, large, 2, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	lpae_expect_pages(f, base + small, 0, small, 3, PROT_SOME);
	lpae_expect_hole(f, base + large, large);

	/* A table that is empty, before one that is not, is not touched either. */
	lpae_map_ok(f, base + large + small, 0, small, 1, PROT_SOME);
	lpae_unmap_ok(f, base + small, small, 3);
	lpae_forget(f);
	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, large, 2, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, f->n_walks, 0);
	lpae_expect_pages(f, base + large + small, 0, small, 1, PROT_SOME);
	lpae_expect_hole(f, base, large);
	KUNIT_EXPECT_LE(test, atomic_read(&f->allocs), allocs + 1);
}

/* A table with nothing in it makes room for a block. */
static void blocks_over_empty_tables(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), small = lpae_pgsize(f, 0), large;
	unsigned int i, live;

	for (i = 1; i < lpae_num_pgsizes(f); i++) {
		large = lpae_pgsize(f, i);
		lpae_map_ok(f, base, 0, large, 2, PROT_SOME);
		lpae_unmap_ok(f, base, large, 2);
		live = atomic_read(&f->live);
		lpae_map_ok(f, base, 0, small, 1, PROT_SOME);
		lpae_unmap_ok(f, base, small, 1);
		KUNIT_EXPECT_GT(test, atomic_read(&f->live), live);
		lpae_map_ok(f, base, 0, large, 2, PROT_SOME);
		KUNIT_EXPECT_EQ(test, f->n_walks, 1);
		KUNIT_EXPECT_TRUE(test, lpae_flushed(f, base, large));
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), live);
		lpae_expect_pages(f, base, 0, large, 2, PROT_SOME);
		lpae_unmap_ok(f, base, large, 2);
	}
}

/* Unmap goes as far as pages go, and does nothing where there are none. */
static void holes(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size;
	unsigned int i;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		if (size << 3 > BIT_ULL(f->cfg.ias) || size << 3 > BIT_ULL(f->cfg.oas))
			continue;
		/* An empty table is unmapped like a block, as in the kernel's own. */
		if (i)
			lpae_unmap_ok(f, base, size, 1);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, size, 1), 0);
		lpae_map_ok(f, base, 0, size, 3, PROT_SOME);
		lpae_map_ok(f, base + 4 * size, 0, size, 2, PROT_SOME);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base + size, size, 5), 2 * size);
		lpae_expect_pages(f, base, 0, size, 1, PROT_SOME);
		lpae_expect_hole(f, base + size, 3 * size);
		lpae_expect_pages(f, base + 4 * size, 0, size, 2, PROT_SOME);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base + size, size, 1), 0);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base + 3 * size, size, 3), 0);
		lpae_unmap_ok(f, base + 4 * size, size, 2);
		lpae_unmap_ok(f, base, size, 1);
	}
}

/* 52-bit output: a range that crosses 2^48 comes out of both sides of it. */
static void across_2_to_the_48(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	unsigned int i;
	u64 size;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		round_trip(f, lpae_base(f), BIT_ULL(48) - size, size, 2);
		round_trip(f, lpae_base(f), BIT_ULL(48) - 3 * size, size, 7);
		round_trip(f, lpae_base(f), 0xfULL << 48, size, 2);
		round_trip(f, lpae_base(f), (7ULL << 48) - size, size, 2);
	}
}

/*
 * Protections: every combination, on pages and on blocks. What is expected is in
 * lpae_leaf_bits(), bit for bit, and checked once more by what the oracle reads.
 */
static void protections(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size;
	unsigned int i;
	int prot;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		for (prot = 0; prot < 64; prot++) {
			if (!(prot & PROT_RW)) {
				KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, size, 1, prot,
							       NULL), -EINVAL);
				lpae_expect_hole(f, base, size);
				continue;
			}
			lpae_map_ok(f, base, 0, size, 1, prot);
			lpae_expect_pages(f, base, 0, size, 1, prot);
			lpae_unmap_ok(f, base, size, 1);
		}
	}
}

/* The numbers themselves, for the cases that everybody uses */
struct leaf_row {
	const char *name;
	struct lpae_shape shape;
	int prot;
	u64 page;
	u64 block;
};

#define S1(_quirks) { "", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, _quirks }
#define S2 { "", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40 }

static const struct leaf_row leaves[] = {
	{ "s1_rw", S1(0), PROT_RW, 0x0000000080000e43, 0x0000000080000e41 },
	{ "s1_ro", S1(0), IOMMU_READ, 0x0000000080000ec3, 0x0000000080000ec1 },
	{ "s1_wo_is_rw", S1(0), IOMMU_WRITE, 0x0000000080000e43, 0x0000000080000e41 },
	{ "s1_rw_cache", S1(0), PROT_RW | IOMMU_CACHE,
	  0x0000000080000f47, 0x0000000080000f45 },
	{ "s1_rw_mmio", S1(0), PROT_RW | IOMMU_MMIO,
	  0x0000000080000e4b, 0x0000000080000e49 },
	{ "s1_rw_mmio_cache", S1(0), PROT_RW | IOMMU_MMIO | IOMMU_CACHE,
	  0x0000000080000f4b, 0x0000000080000f49 },
	{ "s1_rw_noexec", S1(0), PROT_RW | IOMMU_NOEXEC,
	  0x0060000080000e43, 0x0060000080000e41 },
	{ "s1_rw_priv", S1(0), PROT_RW | IOMMU_PRIV,
	  0x0000000080000e03, 0x0000000080000e01 },
	{ "s1_ns_rw", S1(NS), PROT_RW, 0x0000000080000e63, 0x0000000080000e61 },
	{ "s1_hd_rw", S1(HD), PROT_RW, 0x0008000080000e43, 0x0008000080000e41 },
	{ "s1_hd_ro", S1(HD), IOMMU_READ, 0x0000000080000ec3, 0x0000000080000ec1 },
	{ "s2_rw", S2, PROT_RW, 0x00000000800006d7, 0x00000000800006d5 },
	{ "s2_ro", S2, IOMMU_READ, 0x0000000080000657, 0x0000000080000655 },
	{ "s2_wo", S2, IOMMU_WRITE, 0x0000000080000697, 0x0000000080000695 },
	{ "s2_rw_cache", S2, PROT_RW | IOMMU_CACHE,
	  0x00000000800007ff, 0x00000000800007fd },
	{ "s2_rw_mmio", S2, PROT_RW | IOMMU_MMIO,
	  0x00000000800006c7, 0x00000000800006c5 },
	{ "s2_rw_noexec_is_never", S2, PROT_RW | IOMMU_NOEXEC,
	  0x00400000800006d7, 0x00400000800006d5 },
	{ "s2_priv_is_nothing", S2, PROT_RW | IOMMU_PRIV,
	  0x00000000800006d7, 0x00000000800006d5 },
};

KUNIT_ARRAY_PARAM_DESC(leaves, leaves, name);

static void leaf_values(struct kunit *test)
{
	const struct leaf_row *row = test->param_value;
	struct lpae_fixture *f = lpae_fixture(test, &row->shape);

	lpae_map_ok(f, SZ_4K, SZ_2G, SZ_4K, 1, row->prot);
	lpae_map_ok(f, SZ_2M, SZ_2G, SZ_2M, 1, row->prot);
	lpae_map_ok(f, SZ_1G, SZ_2G, SZ_1G, 1, row->prot);
	KUNIT_EXPECT_EQ(test, *lpae_desc(f, SZ_4K), row->page);
	KUNIT_EXPECT_EQ(test, *lpae_desc(f, SZ_2M), row->block);
	KUNIT_EXPECT_EQ(test, *lpae_desc(f, SZ_1G), row->block);
}

/*
 * Bad arguments: the error, *mapped as it was, and no trace in the table
 */

static void expect_refused(struct lpae_fixture *f, u64 iova, u64 pa, u64 size,
			   size_t count, int prot, int error)
{
	size_t mapped = 0x1234;
	int allocs = atomic_read(&f->allocs), ret;

	ret = f->ops->map_pages(f->ops, iova, pa, size, count, prot, GFP_KERNEL,
				&mapped);
	KUNIT_ASSERT_EQ_MSG(f->test, ret, error,
			    "iova %#llx pa %#llx size %#llx count %#zx prot %#x",
			    iova, pa, size, count, prot);
	KUNIT_EXPECT_EQ(f->test, mapped, 0x1234);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->allocs), allocs);
	KUNIT_EXPECT_EQ(f->test, lpae_walk(f, lpae_base(f)).fault,
			ARM_FAULT_TRANSLATION);
}

static void bad_page_sizes(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), small = lpae_pgsize(f, 0);
	unsigned int i;

	for (i = 0; i < 64; i++)
		if (!(f->cfg.pgsize_bitmap & BIT_ULL(i))) {
			expect_refused(f, base, 0, BIT_ULL(i), 1, PROT_RW, -EINVAL);
			KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, BIT_ULL(i), 1), 0);
		}
	expect_refused(f, base, 0, 0, 1, PROT_RW, -EINVAL);
	expect_refused(f, base, 0, f->cfg.pgsize_bitmap | 1, 1, PROT_RW, -EINVAL);
	if (lpae_num_pgsizes(f) > 1)
		expect_refused(f, base, 0, f->cfg.pgsize_bitmap, 1, PROT_RW, -EINVAL);
	KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, small | small << 1, 1), 0);
}

/* From below the end to beyond it, and the other way round */
static void bad_input_ranges(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), last = lpae_last(f), size;
	unsigned int i;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		/* The last page and one more */
		expect_refused(f, last - size + 1, 0, size, 2, PROT_RW, -ERANGE);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, last - size + 1, size, 2), 0);
		/* All and one more */
		expect_refused(f, base, 0, size, (BIT_ULL(f->cfg.ias) >> __ffs(size)) + 1,
			       PROT_RW, -ERANGE);
		/* Just outside, on either side */
		expect_refused(f, last + 1, 0, size, 1, PROT_RW, -ERANGE);
		expect_refused(f, base - size, 0, size, 1, PROT_RW, -ERANGE);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, last + 1, size, 1), 0);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base - size, size, 1), 0);
		/* Lengths that do not fit into 64 bits */
		expect_refused(f, base, 0, size, SIZE_MAX, PROT_RW, -ERANGE);
		expect_refused(f, base, 0, size, SIZE_MAX / size + 1, PROT_RW, -ERANGE);
		expect_refused(f, base, 0, size, SIZE_MAX / size, PROT_RW, -ERANGE);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, size, SIZE_MAX), 0);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, size, SIZE_MAX / size + 1), 0);
	}
	/* A hole in the middle of the address space: neither TTBR0 nor TTBR1 */
	expect_refused(f, BIT_ULL(62), 0, lpae_pgsize(f, 0), 1, PROT_RW, -ERANGE);
	KUNIT_EXPECT_EQ(test, f->ops->iova_to_phys(f->ops, BIT_ULL(62)), 0);
	KUNIT_EXPECT_EQ(test, f->ops->iova_to_phys(f->ops, last + 1), 0);
	KUNIT_EXPECT_EQ(test, f->ops->iova_to_phys(f->ops, base - 1), 0);
}

/* iova_to_phys() looks at all of the address, also when low bits would match. */
static void translate_out_of_range(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), last = lpae_last(f), size = lpae_pgsize(f, 0);
	unsigned int i;

	lpae_map_ok(f, base, SZ_1G, size, 1, PROT_SOME);
	lpae_map_ok(f, last - size + 1, SZ_1G, size, 1, PROT_SOME);
	for (i = f->cfg.ias; i < 64; i++) {
		KUNIT_EXPECT_EQ(test, f->ops->iova_to_phys(f->ops, base ^ BIT_ULL(i)), 0);
		KUNIT_EXPECT_EQ(test, f->ops->iova_to_phys(f->ops, last ^ BIT_ULL(i)), 0);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base ^ BIT_ULL(i), size, 1), 0);
	}
	lpae_expect_pages(f, base, SZ_1G, size, 1, PROT_SOME);
}

static void bad_output_ranges(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), end = BIT_ULL(f->cfg.oas), size;
	unsigned int i;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		expect_refused(f, base, end, size, 1, PROT_RW, -ERANGE);
		if (size << 1 <= BIT_ULL(f->cfg.ias))
			expect_refused(f, base, end - size, size, 2, PROT_RW, -ERANGE);
		expect_refused(f, base, -size, size, 1, PROT_RW, -ERANGE);
		if (size << 1 <= BIT_ULL(f->cfg.ias))
			expect_refused(f, base, -size, size, 2, PROT_RW, -ERANGE);
		expect_refused(f, base, BIT_ULL(63), size, 1, PROT_RW, -ERANGE);
	}
}

static void misaligned(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size;
	unsigned int i;

	for (i = 0; i < lpae_num_pgsizes(f); i++) {
		size = lpae_pgsize(f, i);
		expect_refused(f, base + size / 2, 0, size, 1, PROT_RW, -EINVAL);
		expect_refused(f, base + 1, 0, size, 1, PROT_RW, -EINVAL);
		expect_refused(f, base, size / 2, size, 1, PROT_RW, -EINVAL);
		expect_refused(f, base, 1, size, 1, PROT_RW, -EINVAL);
		lpae_map_ok(f, base, 0, size, 1, PROT_SOME);
		KUNIT_EXPECT_EQ(test, lpae_unmap(f, base + size / 2, size, 1), 0);
		lpae_expect_pages(f, base, 0, size, 1, PROT_SOME);
		lpae_unmap_ok(f, base, size, 1);
	}
}

static void no_pages(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size = lpae_pgsize(f, 0);
	size_t mapped;

	lpae_map_ok(f, base, 0, size, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, size, 0, PROT_RW, &mapped), 0);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 1, size, 0, PROT_RW, &mapped), -EINVAL);
	KUNIT_EXPECT_EQ(test, lpae_map(f, lpae_last(f) + 1, 0, size, 0, PROT_RW, &mapped),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, lpae_map(f, base, 0, size, 0, IOMMU_CACHE, &mapped), -EINVAL);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	KUNIT_EXPECT_EQ(test, lpae_unmap(f, base, size, 0), 0);
	lpae_expect_pages(f, base, 0, size, 1, PROT_SOME);
}

/* *mapped is added to, so that a caller can go on where it stopped. */
static void mapped_adds_up(struct kunit *test)
{
	struct lpae_fixture *f = lpae_fixture(test, test->param_value);
	u64 base = lpae_base(f), size = lpae_pgsize(f, 0);
	size_t mapped = 7;

	KUNIT_EXPECT_EQ(test, f->ops->map_pages(f->ops, base, 0, size, 2, PROT_RW,
						GFP_KERNEL, &mapped), 0);
	KUNIT_EXPECT_EQ(test, mapped, 7 + 2 * size);
}

LPAE_SHAPES_PARAM(block_shapes, lpae_shape_has_blocks(shape))
LPAE_SHAPES_PARAM(high_output_shapes, shape->oas > 48)

#define SHAPES(_case) KUNIT_CASE_PARAM(_case, lpae_shapes_gen_params)
#define BLOCK_SHAPES(_case) KUNIT_CASE_PARAM(_case, block_shapes_gen_params)

static struct kunit_case cases[] = {
	SHAPES(every_page_size),
	SHAPES(both_ends),
	SHAPES(across_tables),
	SHAPES(remap),
	SHAPES(unmap_by_larger_pages),
	SHAPES(overlap),
	SHAPES(overlap_later),
	BLOCK_SHAPES(overlap_in_next_table),
	BLOCK_SHAPES(blocks_over_live_pages),
	SHAPES(blocks_over_empty_tables),
	SHAPES(holes),
	KUNIT_CASE_PARAM(across_2_to_the_48, high_output_shapes_gen_params),
	SHAPES(protections),
	KUNIT_CASE_PARAM(leaf_values, leaves_gen_params),
	SHAPES(bad_page_sizes),
	SHAPES(bad_input_ranges),
	SHAPES(translate_out_of_range),
	SHAPES(bad_output_ranges),
	SHAPES(misaligned),
	SHAPES(no_pages),
	SHAPES(mapped_adds_up),
	{ }
};

static struct kunit_suite suite = {
	.name = "io-pgtable-arm-lpae-map",
	.test_cases = cases,
};

kunit_test_suite(suite);
