// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conformance: the number of tables that a map will allocate, and maps that use tables which were
 * reserved in advance
 */
#include <linux/prandom.h>

#include "conformance.h"

#define SEED	14
/* The recorder looks at each page, which takes long under KASAN. */
#define COUNTED_RANGES	(IS_ENABLED(CONFIG_KASAN) ? 12 : 60)
#define RESERVED_RANGES	(IS_ENABLED(CONFIG_KASAN) ? 5 : 20)

/* Make a table that the recorder watches. Skip the case if the format does not count tables. */
static struct conf_fixture *counting_fixture(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);

	if (!f->ops->count_tables)
		kunit_skip(test, "the format does not count tables");
	if (!conf_sees_tables(f))
		kunit_skip(test, "the tables of this format are not recorded");
	conf_watch(f);
	return f;
}

static int map(struct conf_fixture *f, u64 iova, u64 size, gfp_t gfp, size_t *mapped)
{
	u64 pgsize = conf_pgsize(f, 0);

	*mapped = 0;
	return conf_map_pages(f, iova, 0, pgsize, size >> __ffs64(pgsize), PROT_RW, gfp, mapped);
}

static void unmap(struct conf_fixture *f, u64 iova, u64 size)
{
	u64 pgsize = conf_pgsize(f, 0);

	conf_unmap_ok(f, iova, pgsize, size >> __ffs64(pgsize));
}

static long count(struct conf_fixture *f, u64 iova, u64 size)
{
	return io_pgtable_count_tables(f->ops, iova, size);
}

static int reserve(struct conf_fixture *f, unsigned int n)
{
	int ret;

	conf_enter(f);
	ret = io_pgtable_reserve(f->ops, n, GFP_KERNEL);
	conf_leave(f);
	return ret;
}

static void unreserve(struct conf_fixture *f, unsigned int n)
{
	conf_enter(f);
	io_pgtable_unreserve(f->ops, n);
	conf_leave(f);
}

/* Return: the address of some pages, around an address where tables of all levels may end */
static u64 some_range(struct conf_fixture *f, struct rnd_state *rnd, u64 *size)
{
	u64 page = conf_pgsize(f, 0), table = conf_span(f, page);
	u64 space = conf_space(f), at;
	u32 pages = table >> __ffs64(page);

	*size = page * (1 + prandom_u32_state(rnd) % (2 * pages));
	at = table * (prandom_u32_state(rnd) % 64) + page * (prandom_u32_state(rnd) % pages);
	/* Half of the ranges are at the end of the address space. */
	if (prandom_u32_state(rnd) % 2)
		at = space - at - *size;
	if (*size > space || at > space - *size)
		at = 0;
	*size = min(*size, space - at);
	return conf_base(f) + at;
}

/* The count is the number of tables that a map allocates. After the map, the count is 0. */
static void count_is_exact(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	struct rnd_state rnd;
	unsigned int i, some = 0;
	size_t mapped;
	u64 iova, size;
	long n;
	int was;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < COUNTED_RANGES; i++) {
		iova = some_range(f, &rnd, &size);
		n = count(f, iova, size);
		was = atomic_read(&f->live);
		KUNIT_ASSERT_EQ(test, map(f, iova, size, GFP_KERNEL, &mapped), 0);
		KUNIT_ASSERT_EQ_MSG(test, atomic_read(&f->live) - was, n,
				    "range %u of seed %u: %llx, %llx", i, SEED, iova, size);
		KUNIT_EXPECT_EQ(test, count(f, iova, size), 0);
		some += n > 0;
		/* Unmap of pages does not free their tables. */
		unmap(f, iova, size);
		KUNIT_EXPECT_EQ(test, count(f, iova, size), 0);
	}
	if (f->claims->judge && f->claims->judge->start_level(f) != f->claims->judge->last_level)
		KUNIT_EXPECT_GT(test, some, 0);
}

static void count_refuses(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	u64 base = conf_base(f), page = conf_pgsize(f, 0);

	KUNIT_EXPECT_EQ(test, count(f, base, 0), -EINVAL);
	/* One byte after the last address, if an unsigned long can hold that address */
	if (base + conf_space(f) <= ULONG_MAX && base + conf_space(f) > base) {
		KUNIT_EXPECT_EQ(test, count(f, base + conf_space(f), page), -EINVAL);
		KUNIT_EXPECT_EQ(test, count(f, base + conf_space(f) - page, page + 1), -EINVAL);
	}
}

/* A map with reserved tables allocates nothing. Tables that are not used are freed. */
static void reserve_suffices(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	struct rnd_state rnd;
	unsigned int i;
	size_t mapped;
	int was, asked;
	u64 iova, size;
	long n;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < RESERVED_RANGES; i++) {
		iova = some_range(f, &rnd, &size);
		n = count(f, iova, size);
		was = atomic_read(&f->live);
		KUNIT_ASSERT_EQ(test, reserve(f, n + 2), 0);
		asked = atomic_read(&f->allocs);
		KUNIT_EXPECT_EQ(test, map(f, iova, size, IO_PGTABLE_GFP_RESERVED, &mapped), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->allocs), asked);
		conf_expect_mapped(f, iova, 0, size, PROT_RW);
		unreserve(f, n + 2);
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live) - was, n);
		unmap(f, iova, size);
	}
}

/* If one table too few is reserved, map returns -ENOMEM, and *mapped says how much is mapped. */
static void reserve_runs_out(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	u64 page = conf_pgsize(f, 0), table = conf_span(f, page), size, base = conf_base(f);
	size_t mapped;
	long n;

	if (conf_space(f) < 3 * table)
		kunit_skip(test, "the address space has less than three tables");
	size = 2 * table;
	n = count(f, base, size);
	KUNIT_ASSERT_GE(test, n, 2);
	KUNIT_ASSERT_EQ(test, reserve(f, n - 1), 0);
	KUNIT_EXPECT_EQ(test, map(f, base, size, IO_PGTABLE_GFP_RESERVED, &mapped), -ENOMEM);
	KUNIT_EXPECT_EQ(test, mapped, table);
	conf_expect_mapped(f, base, 0, table, PROT_RW);
	conf_expect_hole(f, base + table, page);
	/* Without a reservation, a map allocates again, even with IO_PGTABLE_GFP_RESERVED. */
	unreserve(f, n - 1);
	KUNIT_EXPECT_EQ(test, map(f, base + table, table, IO_PGTABLE_GFP_RESERVED, &mapped), 0);
	unmap(f, base, size);
}

/* Other maps do not use reserved tables. A freed table returns to the reserve. */
static void reserve_is_for_its_users(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	u64 page = conf_pgsize(f, 0), table = conf_span(f, page), base = conf_base(f);
	size_t mapped;
	long n;

	if (conf_space(f) < 3 * table)
		kunit_skip(test, "the address space has less than three tables");
	n = count(f, base, table);
	KUNIT_ASSERT_EQ(test, reserve(f, n), 0);
	conf_map_ok(f, base + 2 * table, 0, page, 1, PROT_RW);
	KUNIT_EXPECT_EQ(test, map(f, base, table, IO_PGTABLE_GFP_RESERVED, &mapped), 0);

	/* The tables exist, so another user reserves none, and gets them if they are freed. */
	KUNIT_EXPECT_EQ(test, count(f, base, table), 0);
	KUNIT_ASSERT_EQ(test, reserve(f, 0), 0);
	unreserve(f, n);
	if (conf_num_pgsizes(f) > 1 && (f->cfg.pgsize_bitmap & table)) {
		conf_unmap_ok(f, base, table, 1);
		KUNIT_EXPECT_GT(test, count(f, base, table), 0);
	} else {
		unmap(f, base, table);
	}
	KUNIT_EXPECT_EQ(test, map(f, base, table, IO_PGTABLE_GFP_RESERVED, &mapped), 0);
	unreserve(f, 0);
	unmap(f, base, table);
	conf_unmap_ok(f, base + 2 * table, page, 1);
}

/* When a table is freed to the reserve and used elsewhere, no cached walk may lead to the table. */
static void reserve_moves_tables(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	u64 page = conf_pgsize(f, 0), table = conf_span(f, page), iova = conf_base(f);
	unsigned int i;
	size_t mapped;
	int asked;
	long n;

	if (conf_space(f) < 3 * table || !(f->cfg.pgsize_bitmap & table))
		kunit_skip(test, "less than three tables, or no block has the size of a table");
	conf_map_ok(f, iova + 2 * table, 0, page, 1, PROT_RW);
	n = count(f, iova, table);
	KUNIT_ASSERT_EQ(test, reserve(f, n), 0);
	asked = atomic_read(&f->allocs);
	for (i = 0; i < 2; i++, iova += table) {
		KUNIT_EXPECT_EQ(test, count(f, iova, table), n);
		KUNIT_EXPECT_EQ(test, map(f, iova, table, IO_PGTABLE_GFP_RESERVED, &mapped), 0);
		conf_unmap_ok(f, iova, table, 1);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&f->allocs), asked);
	unreserve(f, n);
	conf_unmap_ok(f, iova, page, 1);
}

/* If a reservation fails, no table is kept. */
static void reserve_fails(struct kunit *test)
{
	struct conf_fixture *f = counting_fixture(test);
	int was = atomic_read(&f->live), n, ret, failed = 0;

	if (!conf_can_fail(f))
		kunit_skip(test, "no fault injection in this kernel");
	for (n = 1; n <= 3; n++) {
		f->fail_nth = n;
		ret = reserve(f, 3);
		KUNIT_ASSERT_TRUE(test, f->failed);
		/* The slab allocator may succeed although one of its pages was refused. */
		if (!ret && !f->claims->custom_allocator)
			unreserve(f, 3);
		else
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		failed += ret < 0;
		KUNIT_EXPECT_EQ(test, atomic_read(&f->live), was);
	}
	KUNIT_EXPECT_GT(test, failed, 0);
}

const struct kunit_case conformance_reserve[] = {
	CONFORMANCE_CASE(count_is_exact, all),
	CONFORMANCE_CASE(count_refuses, all),
	CONFORMANCE_CASE(reserve_suffices, all),
	CONFORMANCE_CASE(reserve_runs_out, all),
	CONFORMANCE_CASE(reserve_is_for_its_users, all),
	CONFORMANCE_CASE(reserve_moves_tables, all),
	CONFORMANCE_CASE(reserve_fails, all),
	{ }
};
EXPORT_SYMBOL_GPL(conformance_reserve);
