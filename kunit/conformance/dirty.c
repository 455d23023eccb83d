// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: dirty tracking. The judge acts as the hardware that writes. The cases read the
 * result from the gather structure, which has the first and the last dirty byte.
 */
#include "conformance.h"

static struct conf_fixture *hd_fixture(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);

	f->dirty_ok = true;
	return f;
}

static void hardware_writes(struct conf_fixture *f, u64 iova)
{
	f->claims->judge->hardware_writes(f, iova);
}

static bool is_dirty(struct conf_fixture *f, u64 iova)
{
	return conf_walk(f, iova).dirty;
}

static int read_dirty(struct conf_fixture *f, u64 iova, u64 size,
		      unsigned long flags, struct iommu_iotlb_gather *gather)
{
	struct iommu_dirty_bitmap dirty;
	int ret;

	iommu_dirty_bitmap_init(&dirty, NULL, gather);
	f->cleaning = true;
	ret = f->ops->read_and_clear_dirty(f->ops, iova, size, flags, &dirty);
	f->cleaning = false;
	return ret;
}

/* Expect [start, start + size) to be recorded as dirty, or nothing if @size is 0. */
static void expect_dirty(struct conf_fixture *f, u64 iova, u64 bytes,
			 unsigned long flags, u64 start, u64 size)
{
	struct iommu_iotlb_gather gather;

	KUNIT_EXPECT_EQ(f->test, read_dirty(f, iova, bytes, flags, &gather), 0);
	if (size) {
		KUNIT_EXPECT_EQ(f->test, gather.start, start);
		KUNIT_EXPECT_EQ(f->test, gather.end, start + size - 1);
	} else {
		KUNIT_EXPECT_EQ(f->test, gather.start, ULONG_MAX);
		KUNIT_EXPECT_EQ(f->test, gather.end, 0);
	}
}

static void written_once_read_once(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), size;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, base, 0, size, 2, PROT_RW);
		/* A new mapping is dirty. */
		expect_dirty(f, base, 2 * size, 0, base, 2 * size);
		expect_dirty(f, base, 2 * size, 0, 0, 0);
		conf_expect_pages(f, base, 0, size, 2, PROT_RW);
		conf_expect_dump(f);
		hardware_writes(f, base + size);
		conf_expect_dump(f);
		expect_dirty(f, base, 2 * size, 0, base + size, size);
		expect_dirty(f, base, 2 * size, 0, 0, 0);
		conf_unmap_ok(f, base, size, 2);
	}
}

static void no_clear(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), size;
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++) {
		size = conf_pgsize(f, i);
		conf_map_ok(f, base, 0, size, 1, PROT_RW);
		expect_dirty(f, base, size, IOMMU_DIRTY_NO_CLEAR, base, size);
		expect_dirty(f, base, size, IOMMU_DIRTY_NO_CLEAR, base, size);
		expect_dirty(f, base, size, 0, base, size);
		expect_dirty(f, base, size, IOMMU_DIRTY_NO_CLEAR, 0, 0);
		conf_unmap_ok(f, base, size, 1);
	}
}

/* Dirty state is per page, also across the boundary between two tables. */
static void single_pages(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 size = conf_pgsize(f, 0);
	u64 iova = conf_base(f) + conf_span(f, size) - 4 * size;
	unsigned int i;

	conf_map_ok(f, iova, 0, size, 8, PROT_RW);
	expect_dirty(f, iova, 8 * size, 0, iova, 8 * size);
	hardware_writes(f, iova + size);
	hardware_writes(f, iova + 5 * size);
	for (i = 0; i < 8; i++)
		expect_dirty(f, iova + i * size, size, IOMMU_DIRTY_NO_CLEAR,
			     i == 1 || i == 5 ? iova + i * size : 0,
			     i == 1 || i == 5 ? size : 0);
	expect_dirty(f, iova + 2 * size, 3 * size, 0, 0, 0);
	expect_dirty(f, iova + 2 * size, 6 * size, 0, iova + 5 * size, size);
	KUNIT_EXPECT_TRUE(test, is_dirty(f, iova + size));
	expect_dirty(f, iova, 8 * size, 0, iova + size, size);
	expect_dirty(f, iova, 8 * size, 0, 0, 0);
}

/* If the range covers part of a block, only that part is reported, and the block stays dirty. */
static void part_of_a_block(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large;
	unsigned int i;

	for (i = 1; i < conf_num_pgsizes(f); i++) {
		large = conf_pgsize(f, i);
		conf_map_ok(f, base, 0, large, 3, PROT_RW);
		expect_dirty(f, base, 3 * large, 0, base, 3 * large);

		hardware_writes(f, base + large);
		expect_dirty(f, base + large + small, small, 0, base + large + small, small);
		KUNIT_EXPECT_TRUE(test, is_dirty(f, base + large));
		expect_dirty(f, base + large, small, 0, base + large, small);
		KUNIT_EXPECT_TRUE(test, is_dirty(f, base + large));

		/* The range starts in the middle of a block. The next block is reported, too. */
		hardware_writes(f, base + 2 * large);
		expect_dirty(f, base + large + small, 2 * large - small, 0,
			     base + large + small, 2 * large - small);
		KUNIT_EXPECT_TRUE(test, is_dirty(f, base + large));
		KUNIT_EXPECT_FALSE(test, is_dirty(f, base + 2 * large));

		/* The range ends in the middle of a block. */
		expect_dirty(f, base, 2 * large - small, 0, base + large, large - small);
		KUNIT_EXPECT_TRUE(test, is_dirty(f, base + large));
		expect_dirty(f, base, 2 * large, 0, base + large, large);
		KUNIT_EXPECT_FALSE(test, is_dirty(f, base + large));
		conf_unmap_ok(f, base, large, 3);
	}
}

/* The driver was asked to invalidate [iova, iova + bytes), in leaves of @size, and nothing else. */
static void expect_told(struct conf_fixture *f, u64 iova, u64 bytes, u64 size)
{
	KUNIT_ASSERT_EQ(f->test, f->n_flush, 1);
	KUNIT_EXPECT_EQ(f->test, f->flush[0].start, iova);
	KUNIT_EXPECT_EQ(f->test, f->flush[0].last, iova + bytes - 1);
	KUNIT_EXPECT_EQ(f->test, f->flush[0].granule, size);
	KUNIT_EXPECT_FALSE(f->test, f->flush[0].walk);
	conf_forget(f);
}

static void expect_not_told(struct conf_fixture *f)
{
	KUNIT_EXPECT_EQ(f->test, f->n_flush, 0);
	KUNIT_EXPECT_EQ(f->test, f->n_all, 0);
}

static void tell_what_is_cleaned(struct conf_fixture *f, u64 size)
{
	u64 base = conf_base(f), small = conf_pgsize(f, 0);

	conf_map_ok(f, base, 0, size, 3, PROT_RW);
	conf_forget(f);
	expect_dirty(f, base, 3 * size, IOMMU_DIRTY_NO_CLEAR, base, 3 * size);
	expect_not_told(f);
	expect_dirty(f, base, 3 * size, 0, base, 3 * size);
	expect_told(f, base, 3 * size, size);
	expect_dirty(f, base, 3 * size, 0, 0, 0);
	expect_not_told(f);

	hardware_writes(f, base + 2 * size);
	expect_dirty(f, base, 3 * size, 0, base + 2 * size, size);
	expect_told(f, base + 2 * size, size, size);

	/* If the range covers part of a block, that part is reported, but not cleaned. */
	hardware_writes(f, base + size);
	if (size > small) {
		expect_dirty(f, base + size, small, 0, base + size, small);
		expect_not_told(f);
	}
	conf_unmap_ok(f, base, size, 3);
}

/*
 * While a TLB entry says that a page is dirty, the hardware does not record later writes in memory.
 * The driver must invalidate the leaves that were cleaned, and nothing else.
 */
static void cleaned_is_told(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	unsigned int i;

	for (i = 0; i < conf_num_pgsizes(f); i++)
		tell_what_is_cleaned(f, conf_pgsize(f, i));
}

static void cleaned_is_told_by_ranges(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, test->param_value);
	unsigned int i;

	conf_hear_ranges(f);
	KUNIT_ASSERT_EQ(test, conf_fixture_make(f), 0);
	f->dirty_ok = true;
	for (i = 0; i < conf_num_pgsizes(f); i++)
		tell_what_is_cleaned(f, conf_pgsize(f, i));
}

/* A range from pages into a block: each leaf is invalidated with its own size. */
static void cleaned_sizes_are_told(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 small = conf_pgsize(f, 0), large = conf_pgsize(f, 1);
	u64 block = conf_base(f) + large, page = block - 2 * small;

	conf_map_ok(f, page, 0, small, 2, PROT_RW);
	conf_map_ok(f, block, 0, large, 1, PROT_RW);
	conf_forget(f);
	expect_dirty(f, page, 2 * small + large, 0, page, 2 * small + large);
	KUNIT_ASSERT_EQ(test, f->n_flush, 2);
	KUNIT_EXPECT_EQ(test, f->flush[0].start, page);
	KUNIT_EXPECT_EQ(test, f->flush[0].last, block - 1);
	KUNIT_EXPECT_EQ(test, f->flush[0].granule, small);
	KUNIT_EXPECT_EQ(test, f->flush[1].start, block);
	KUNIT_EXPECT_EQ(test, f->flush[1].last, block + large - 1);
	KUNIT_EXPECT_EQ(test, f->flush[1].granule, large);
}

/* Of pages that are dirty here and there, each run is recorded, cleaned and invalidated. */
static void cleaned_runs_are_told(struct kunit *test)
{
	static const unsigned int pages[] = { 1, 2, 5, 7 };
	static const struct { unsigned int first, last; } runs[] = { { 1, 2 }, { 5, 5 }, { 7, 7 } };
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);
	unsigned int i;

	conf_map_ok(f, base, 0, size, 8, PROT_RW);
	expect_dirty(f, base, 8 * size, 0, base, 8 * size);
	conf_forget(f);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		hardware_writes(f, base + pages[i] * size);
	expect_dirty(f, base, 8 * size, 0, base + size, 7 * size);
	KUNIT_ASSERT_EQ(test, f->n_flush, ARRAY_SIZE(runs));
	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		KUNIT_EXPECT_EQ(test, f->flush[i].start, base + runs[i].first * size);
		KUNIT_EXPECT_EQ(test, f->flush[i].last, base + (runs[i].last + 1) * size - 1);
	}
	expect_dirty(f, base, 8 * size, 0, 0, 0);
	conf_expect_dump(f);
}

/*
 * A driver that has gathered leaves of the same size invalidates the whole range of the gather
 * structure. Leaves of another size are told.
 */
static void gathered_size_is_not_told_again(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 small = conf_pgsize(f, 0), large = conf_pgsize(f, 1);
	u64 block = conf_base(f) + large, page = block - 2 * small;
	struct iommu_iotlb_gather gather;
	struct iommu_dirty_bitmap dirty;

	conf_map_ok(f, page, 0, small, 2, PROT_RW);
	conf_map_ok(f, block, 0, large, 1, PROT_RW);
	conf_forget(f);
	iommu_dirty_bitmap_init(&dirty, NULL, &gather);
	gather.pgsize = small;
	f->cleaning = true;
	KUNIT_EXPECT_EQ(test, f->ops->read_and_clear_dirty(f->ops, page, 2 * small + large, 0,
							   &dirty), 0);
	f->cleaning = false;
	KUNIT_EXPECT_EQ(test, gather.start, page);
	KUNIT_EXPECT_EQ(test, gather.end, block + large - 1);
	expect_told(f, block, large, large);
	KUNIT_EXPECT_FALSE(test, is_dirty(f, page + small));
	KUNIT_EXPECT_FALSE(test, is_dirty(f, block));
}

/* A caller without a gather structure invalidates on its own. */
static void cleaned_without_gather(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);

	conf_map_ok(f, base, 0, size, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, f->ops->read_and_clear_dirty(f->ops, base, size, 0,
							   &(struct iommu_dirty_bitmap){ }),
			0);
	expect_not_told(f);
	KUNIT_EXPECT_FALSE(test, is_dirty(f, base));
}

static void dirty_holes(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);
	struct iommu_iotlb_gather gather;

	KUNIT_EXPECT_EQ(test, read_dirty(f, base, size, 0, &gather), -EINVAL);
	conf_map_ok(f, base, 0, size, 2, PROT_RW);
	conf_map_ok(f, base + 3 * size, 0, size, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, read_dirty(f, base, 4 * size, 0, &gather), -EINVAL);
	KUNIT_EXPECT_EQ(test, read_dirty(f, base + 2 * size, size, 0, &gather), -EINVAL);
	KUNIT_EXPECT_EQ(test, gather.end, 0);
	KUNIT_EXPECT_TRUE(test, is_dirty(f, base + 3 * size));
}

static void read_only_is_never_dirty(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);

	conf_map_ok(f, base, 0, size, 2, IOMMU_READ);
	expect_dirty(f, base, 2 * size, 0, 0, 0);
	/* A page without DBM is never dirty, even if AP[2] has been cleared. */
	hardware_writes(f, base);
	expect_dirty(f, base, 2 * size, 0, 0, 0);
}

static void dirty_bad_ranges(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	u64 base = conf_base(f), last = conf_last(f), size = conf_pgsize(f, 0);
	struct iommu_iotlb_gather gather;

	conf_map_ok(f, base, 0, size, 1, PROT_RW);
	conf_map_ok(f, last - size + 1, 0, size, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, read_dirty(f, base, 0, 0, &gather), -EINVAL);
	KUNIT_EXPECT_EQ(test, read_dirty(f, last - size + 1, 2 * size, 0, &gather),
			-EINVAL);
	if (last + 1 <= ULONG_MAX)
		KUNIT_EXPECT_EQ(test, read_dirty(f, last + 1, size, 0, &gather), -EINVAL);
	KUNIT_EXPECT_EQ(test, read_dirty(f, base - size, 2 * size, 0, &gather), -EINVAL);
	if (conf_space(f) <= SIZE_MAX)
		KUNIT_EXPECT_EQ(test, read_dirty(f, base, SIZE_MAX, 0, &gather), -EINVAL);
	KUNIT_EXPECT_EQ(test, gather.end, 0);
	KUNIT_EXPECT_TRUE(test, is_dirty(f, base));
	/* The last page of the address space works like any other. */
	expect_dirty(f, last - size + 1, size, 0, last - size + 1, size);
	KUNIT_EXPECT_FALSE(test, is_dirty(f, last));
}

/* When a block is split, all of its parts get its dirty state. */
static void dirty_state_survives_split(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	unsigned int m = 0;
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large = conf_next_split(f, &m);

	conf_watch(f);
	conf_map_ok(f, base, 0, large, 2, PROT_RW);
	expect_dirty(f, base, large, 0, base, large);
	conf_unmap_ok(f, base, small, 1);
	conf_unmap_ok(f, base + large, small, 1);
	expect_dirty(f, base + small, large - small, 0, 0, 0);
	expect_dirty(f, base + large + small, large - small, 0, base + large + small,
		     large - small);
}

static void write_to_first_block(struct conf_fixture *f)
{
	hardware_writes(f, conf_base(f));
}

/* A write by the hardware just before a block is split is not lost. */
static void write_during_split(struct kunit *test)
{
	struct conf_fixture *f = hd_fixture(test);
	unsigned int m = 0;
	u64 base = conf_base(f), small = conf_pgsize(f, 0), large = conf_next_split(f, &m);

	conf_watch(f);
	conf_map_ok(f, base, 0, large, 1, PROT_RW);
	expect_dirty(f, base, large, 0, base, large);
	f->on_alloc = write_to_first_block;
	conf_unmap_ok(f, base + large - small, small, 1);
	f->on_alloc = NULL;
	conf_expect_pages(f, base, 0, small, (large >> __ffs64(small)) - 1, PROT_RW);
	expect_dirty(f, base, large - small, 0, base, large - small);
}

/* A table without dirty tracking returns an error or reports nothing. */
static void no_dirty_state(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	u64 base = conf_base(f), size = conf_pgsize(f, 0);
	struct iommu_iotlb_gather gather;
	int ret;

	conf_map_ok(f, base, 0, size, 1, PROT_RW);
	if (f->ops->read_and_clear_dirty) {
		ret = read_dirty(f, base, size, 0, &gather);
		KUNIT_EXPECT_TRUE(test, ret == 0 || ret == -EINVAL);
		KUNIT_EXPECT_EQ(test, gather.end, 0);
	}
	conf_expect_pages(f, base, 0, size, 1, PROT_RW);
}

const struct kunit_case conformance_dirty[] = {
	CONFORMANCE_CASE(written_once_read_once, hd),
	CONFORMANCE_CASE(no_clear, hd),
	CONFORMANCE_CASE(single_pages, hd),
	CONFORMANCE_CASE(part_of_a_block, hd),
	CONFORMANCE_CASE(cleaned_is_told, hd),
	CONFORMANCE_CASE(cleaned_is_told_by_ranges, hd),
	CONFORMANCE_CASE(cleaned_sizes_are_told, hd),
	CONFORMANCE_CASE(cleaned_runs_are_told, hd),
	CONFORMANCE_CASE(gathered_size_is_not_told_again, hd),
	CONFORMANCE_CASE(cleaned_without_gather, hd),
	CONFORMANCE_CASE(dirty_holes, hd),
	CONFORMANCE_CASE(read_only_is_never_dirty, hd),
	CONFORMANCE_CASE(dirty_bad_ranges, hd),
	CONFORMANCE_CASE(dirty_state_survives_split, hd_splits_blocks),
	CONFORMANCE_CASE(write_during_split, hd_splits_blocks),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_dirty);

const struct kunit_case conformance_not_dirty[] = {
	CONFORMANCE_CASE(no_dirty_state, no_hd),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_not_dirty);
