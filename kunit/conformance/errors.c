// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: bad configurations, maps and unmaps are refused. The call returns the right error,
 * *mapped says how much was mapped, and existing mappings remain.
 *
 * Input addresses are an unsigned long, output addresses a phys_addr_t, sizes a size_t. The cases
 * leave out values that do not fit into these types.
 */
#include "conformance.h"

/* The allocation returns -EINVAL, keeps no memory, and does not change the configuration. */
static void refused_configurations(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);
	struct io_pgtable_cfg before;

	/* A format writes the values of its registers to this part of the configuration. */
	memset_startat(&f->cfg, 0x5a, arm_lpae_s1_cfg);
	before = f->cfg;
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), -EINVAL);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 0);
	KUNIT_EXPECT_MEMEQ(test, &f->cfg, &before, sizeof(before));
}

static bool fits(u64 iova)
{
	return iova <= ULONG_MAX;
}

static bool pa_fits(u64 pa)
{
	return pa <= (phys_addr_t)~0ULL;
}

/* Expect an error, without a change of *mapped or of the table. */
static void expect_refused(struct conf_fixture *f, u64 iova, u64 pa, u64 size,
			   size_t count, int prot, int error)
{
	int allocs = atomic_read(&f->allocs), ret;
	size_t mapped = 0x1234;

	if (!fits(iova) || !pa_fits(pa) || size > SIZE_MAX)
		return;
	ret = conf_map_pages(f, iova, pa, size, count, prot, GFP_KERNEL, &mapped);
	KUNIT_ASSERT_EQ_MSG(f->test, ret, error,
			    "iova %#llx pa %#llx size %#llx count %#zx prot %#x",
			    iova, pa, size, count, prot);
	KUNIT_EXPECT_EQ(f->test, mapped, 0x1234);
	KUNIT_EXPECT_EQ(f->test, atomic_read(&f->allocs), allocs);
	KUNIT_EXPECT_TRUE(f->test, conf_holds(f, conf_base(f), NULL));
}

/*
 * Try @mistakes in an empty table, and again after pages of each size have been mapped. A format
 * may remember properties of earlier maps and check less afterwards.
 */
static void make_twice(struct kunit *test, void (*mistakes)(struct conf_fixture *f))
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size;
	unsigned int i;

	mistakes(f);
	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, base, 0, size, 1, PROT_RW);
		conf_unmap_ok(f, base, size, 1);
	}
	mistakes(f);
}

static void expect_not_unmapped(struct conf_fixture *f, u64 iova, u64 size, size_t count)
{
	if (fits(iova) && size <= SIZE_MAX)
		KUNIT_EXPECT_EQ_MSG(f->test, conf_unmap(f, iova, size, count), 0,
				    "iova %#llx size %#llx count %#zx", iova, size, count);
}

/* A page that is mapped cannot be mapped again, with any page size. */
static void overlap(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size, other;
	unsigned int i, j;
	size_t mapped;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, base, 0, size, 1, PROT_SOME);
		for (j = 0; j < conf_num_pgsizes(f); j++) {
			other = conf_pgsize(f, j);
			KUNIT_EXPECT_EQ(test, conf_map(f, base, 0, other, 1, PROT_RW,
						       &mapped), -EEXIST);
			KUNIT_EXPECT_EQ(test, mapped, 0);
			conf_expect_pages(f, base, 0, size, 1, PROT_SOME);
		}
		conf_unmap_ok(f, base, size, 1);
	}
}

/* If one page of a run within one table is mapped already, none of the run is mapped. */
static void overlap_later(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);
	size_t mapped;

	conf_map_ok(f, base + 5 * size, 0, size, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_map(f, base, 0, size, 8, PROT_RW, &mapped), -EEXIST);
	KUNIT_EXPECT_EQ(test, mapped, 0);
	conf_expect_hole(f, base, 5 * size);
	conf_expect_pages(f, base + 5 * size, 0, size, 1, PROT_SOME);
	conf_expect_hole(f, base + 6 * size, 3 * size);
}

/* Unmap stops at the first page that is not mapped. */
static void unmap_nothing(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size;
	unsigned int i;

	for (i = conf_num_pgsizes(f); i--; ) {
		size = conf_pgsize(f, i);
		if (size << 3 > conf_space(f) || size << 3 > BIT_ULL(f->cfg.oas))
			continue;
		KUNIT_EXPECT_EQ(test, conf_unmap(f, base, size, 1), 0);
		conf_map_ok(f, base, 0, size, 3, PROT_SOME);
		conf_map_ok(f, base + 4 * size, 0, size, 2, PROT_SOME);
		KUNIT_EXPECT_EQ(test, conf_unmap(f, base + size, size, 5), 2 * size);
		conf_expect_pages(f, base, 0, size, 1, PROT_SOME);
		conf_expect_hole(f, base + size, 3 * size);
		conf_expect_pages(f, base + 4 * size, 0, size, 2, PROT_SOME);
		KUNIT_EXPECT_EQ(test, conf_unmap(f, base + size, size, 1), 0);
		KUNIT_EXPECT_EQ(test, conf_unmap(f, base + 3 * size, size, 3), 0);
		conf_unmap_ok(f, base + 4 * size, size, 2);
		conf_unmap_ok(f, base, size, 1);
		KUNIT_EXPECT_EQ(test, conf_unmap(f, base, size, 6), 0);
	}
}

static void use_bad_page_sizes(struct conf_fixture *f)
{
	u64 base = conf_base(f), small = conf_pgsize(f, 0);
	unsigned int i;

	for (i = 0; i < BITS_PER_LONG; i++)
		if (!(f->cfg.pgsize_bitmap & BIT(i))) {
			expect_refused(f, base, 0, BIT(i), 1, PROT_RW, -EINVAL);
			expect_not_unmapped(f, base, BIT(i), 1);
		}
	expect_refused(f, base, 0, 0, 1, PROT_RW, -EINVAL);
	expect_refused(f, base, 0, f->cfg.pgsize_bitmap | 1, 1, PROT_RW, -EINVAL);
	if (conf_num_pgsizes(f) > 1)
		expect_refused(f, base, 0, f->cfg.pgsize_bitmap, 1, PROT_RW, -EINVAL);
	expect_not_unmapped(f, base, 0, 1);
	expect_not_unmapped(f, base, small | small << 1, 1);
}

static void bad_page_sizes(struct kunit *test)
{
	make_twice(test, use_bad_page_sizes);
}

/* Use ranges that start or end outside of the address space. */
static void use_bad_input_ranges(struct conf_fixture *f)
{
	u64 base = conf_base(f), last = conf_last(f), size, all;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		all = conf_space(f) >> __ffs64(size);
		/* The last page and the page after it */
		expect_refused(f, last - size + 1, 0, size, 2, PROT_RW, -ERANGE);
		expect_not_unmapped(f, last - size + 1, size, 2);
		/* The whole address space and one page more */
		expect_refused(f, base, 0, size, all + 1, PROT_RW, -ERANGE);
		/* Just outside of the address space, on either side, unless it has all addresses */
		if (f->cfg.ias < BITS_PER_LONG) {
			expect_refused(f, (unsigned long)(last + 1), 0, size, 1, PROT_RW,
				       -ERANGE);
			expect_not_unmapped(f, (unsigned long)(last + 1), size, 1);
			expect_refused(f, (unsigned long)(base - size), 0, size, 1,
				       PROT_RW, -ERANGE);
			expect_not_unmapped(f, (unsigned long)(base - size), size, 1);
		}
		/* Lengths that overflow a size_t */
		expect_refused(f, base, 0, size, SIZE_MAX, PROT_RW, -ERANGE);
		expect_refused(f, base, 0, size, (SIZE_MAX >> __ffs64(size)) + 1, PROT_RW,
			       -ERANGE);
		expect_not_unmapped(f, base, size, SIZE_MAX);
		expect_not_unmapped(f, base, size, (SIZE_MAX >> __ffs64(size)) + 1);
	}
	/* An address between the lower and the upper half of a split address space */
	if (f->cfg.ias < BITS_PER_LONG - 2)
		expect_refused(f, BIT(BITS_PER_LONG - 2), 0, conf_pgsize(f, 0), 1, PROT_RW,
			       -ERANGE);
}

static void bad_input_ranges(struct kunit *test)
{
	make_twice(test, use_bad_input_ranges);
}

/* iova_to_phys() checks all bits of the address, even if the low bits match a mapping. */
static void translate_out_of_range(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), last = conf_last(f), size = conf_pgsize(f, 0);
	unsigned int i;

	conf_map_ok(f, base, SZ_1G, size, 1, PROT_SOME);
	conf_map_ok(f, last - size + 1, SZ_1G, size, 1, PROT_SOME);
	for (i = f->cfg.ias; i < BITS_PER_LONG; i++) {
		KUNIT_EXPECT_EQ(test, conf_iova_to_phys(f, base ^ BIT_ULL(i)), 0);
		KUNIT_EXPECT_EQ(test, conf_iova_to_phys(f, last ^ BIT_ULL(i)), 0);
		expect_not_unmapped(f, base ^ BIT_ULL(i), size, 1);
	}
	conf_expect_pages(f, base, SZ_1G, size, 1, PROT_SOME);
	conf_expect_pages(f, last - size + 1, SZ_1G, size, 1, PROT_SOME);
}

/* Use ranges whose first or last byte has an output address that is too high. */
static void use_bad_output_ranges(struct conf_fixture *f)
{
	u64 base = conf_base(f), end = BIT_ULL(f->cfg.oas), size;
	phys_addr_t most = ~(phys_addr_t)0;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		expect_refused(f, base, end, size, 1, PROT_RW, -ERANGE);
		if (end - 1 < most) {
			expect_refused(f, base, most - size + 1, size, 1, PROT_RW, -ERANGE);
			expect_refused(f, base, most ^ most >> 1, size, 1, PROT_RW, -ERANGE);
		}
		if (size << 1 > conf_space(f))
			continue;
		expect_refused(f, base, end - size, size, 2, PROT_RW, -ERANGE);
		expect_refused(f, base, most - size + 1, size, 2, PROT_RW, -ERANGE);
	}
}

static void bad_output_ranges(struct kunit *test)
{
	make_twice(test, use_bad_output_ranges);
}

static void misalign(struct conf_fixture *f)
{
	u64 base = conf_base(f), size;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		expect_refused(f, base + size / 2, 0, size, 1, PROT_RW, -EINVAL);
		expect_refused(f, base + 1, 0, size, 1, PROT_RW, -EINVAL);
		expect_refused(f, base, size / 2, size, 1, PROT_RW, -EINVAL);
		expect_refused(f, base, 1, size, 1, PROT_RW, -EINVAL);
		conf_map_ok(f, base, 0, size, 1, PROT_SOME);
		expect_not_unmapped(f, base + size / 2, size, 1);
		conf_expect_pages(f, base, 0, size, 1, PROT_SOME);
		conf_unmap_ok(f, base, size, 1);
	}
}

static void misaligned(struct kunit *test)
{
	make_twice(test, misalign);
}

/* A map of no pages maps nothing, but its other arguments are checked. */
static void no_pages(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);

	expect_refused(f, base, 0, size, 0, PROT_RW, f->claims->no_pages);
	expect_refused(f, base, 1, size, 0, PROT_RW, -EINVAL);
	expect_refused(f, base, 0, size, 0, IOMMU_CACHE, -EINVAL);
	expect_refused(f, conf_last(f) + 1, 0, size, 0, PROT_RW, -ERANGE);
	conf_map_ok(f, base, 0, size, 1, PROT_SOME);
	expect_not_unmapped(f, base, size, 0);
	conf_expect_pages(f, base, 0, size, 1, PROT_SOME);
}

/* A map without read and write permission is refused. */
static void no_protection(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	unsigned int i;
	int prot;

	for (i = 0; i < conf_num_pgsizes(f); i++)
		for (prot = 0; prot < 64; prot++)
			if (!(prot & PROT_RW))
				expect_refused(f, conf_base(f), 0, conf_pgsize(f, i), 1, prot,
					       -EINVAL);
}

const struct kunit_case conformance_errors[] = {
	CONFORMANCE_CASE(refused_configurations, refused),
	CONFORMANCE_CASE(overlap, all),
	CONFORMANCE_CASE(overlap_later, all),
	CONFORMANCE_CASE(unmap_nothing, all),
	CONFORMANCE_CASE(bad_page_sizes, all),
	CONFORMANCE_CASE(bad_input_ranges, all),
	CONFORMANCE_CASE(bad_output_ranges, all),
	CONFORMANCE_CASE(translate_out_of_range, all),
	CONFORMANCE_CASE(misaligned, all),
	CONFORMANCE_CASE(no_pages, all),
	CONFORMANCE_CASE(no_protection, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_errors);
