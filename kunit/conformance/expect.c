// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the contents of a table under test, by its judge and by the format itself
 */
#include <linux/math64.h>
#include <linux/module.h>

#include "expect.h"

/**
 * conf_holds() - check the mapping of one address, by the judge and by iova_to_phys()
 * @f: the fixture
 * @iova: any address
 * @m: the expected mapping, or NULL for none; its @pa is the output address of @iova
 *
 * Return: whether both agree with @m.
 */
bool conf_holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	const struct conf_judge *judge = f->claims->judge;

	if (conf_iova_to_phys(f, iova) != (m ? m->pa : 0))
		return false;
	if (!judge)
		return true;
	return m ? judge->holds(f, iova, m) : conf_walk(f, iova).fault == CONF_NOTHING;
}
EXPORT_SYMBOL_GPL(conf_holds);

static void explain(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	struct conf_result r = { };

	if (f->claims->judge)
		r = conf_walk(f, iova);
	kunit_info(f->test,
		   "walker: fault %d level %u desc %#llx size %#llx pa %#llx; iova_to_phys: %#llx\n",
		   r.fault, r.level, r.desc, r.size, r.pa, conf_iova_to_phys(f, iova));
	if (m)
		KUNIT_FAIL_AND_ABORT(f->test,
				     "%#llx should be mapped to %#llx, size %#llx, prot %#x",
				     iova, m->pa, m->size, m->prot);
	KUNIT_FAIL_AND_ABORT(f->test, "%#llx should not be mapped", iova);
}

static void expect(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	if (!conf_holds(f, iova, m))
		explain(f, iova, m);
}

/* Check the first byte, the last byte and one in between of one leaf entry. */
static void expect_leaf(struct conf_fixture *f, u64 iova, u64 pa, u64 bytes,
			const struct conf_mapping *like)
{
	u64 at[] = { 0, div_u64(bytes, 3), bytes - 1 };
	struct conf_mapping m = *like;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		m.pa = pa + at[i];
		expect(f, iova + at[i], &m);
	}
}

/* Return: whether to check a leaf entry. If there are many, only some are checked. */
static bool is_sample(size_t i, size_t left)
{
	return i <= 40 || left <= 40 || i % 61 == 0;
}

/* Expect pages to be mapped. If there are many, only some are checked. */
void conf_expect_pages(struct conf_fixture *f, u64 iova, u64 pa, u64 size,
		       size_t count, int prot)
{
	struct conf_mapping like = { .size = size, .prot = prot };
	size_t i;

	for (i = 0; i < count; i++)
		if (is_sample(i, count - i))
			expect_leaf(f, iova + i * size, pa + i * size, size, &like);
}
EXPORT_SYMBOL_GPL(conf_expect_pages);

/* Expect a range to be mapped, by leaf entries of any sizes. */
void conf_expect_mapped(struct conf_fixture *f, u64 iova, u64 pa, u64 bytes, int prot)
{
	struct conf_mapping like = { .prot = prot };
	u64 at, step;
	size_t i;

	for (i = 0, at = 0; at < bytes; i++, at += step) {
		step = f->claims->judge ? conf_walk(f, iova + at).size : conf_pgsize(f, 0);
		KUNIT_ASSERT_LE(f->test, step, bytes - at);
		if (is_sample(i, (bytes - at) >> __ffs64(step)))
			expect_leaf(f, iova + at, pa + at, step, &like);
	}
}

void conf_expect_hole(struct conf_fixture *f, u64 iova, u64 size)
{
	u64 step = max(size / 128, conf_pgsize(f, 0)), at;

	for (at = 0; at < size; at += step)
		expect(f, iova + at, NULL);
	expect(f, iova + size - 1, NULL);
}
EXPORT_SYMBOL_GPL(conf_expect_hole);

/* Expect nothing to be mapped in one granule on either side of a range. */
void conf_expect_hole_around(struct conf_fixture *f, u64 iova, u64 bytes)
{
	u64 granule = conf_pgsize(f, 0);

	if (iova != conf_base(f))
		conf_expect_hole(f, iova - granule, granule);
	if (iova + (bytes - 1) != conf_last(f))
		conf_expect_hole(f, iova + bytes, granule);
}
