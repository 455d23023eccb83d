// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of "acme,two-level": the claims of the format, and a walker that judges its tables. The
 * walker does what the IOMMU would do, and shares only the public header with the format.
 */
#include "conformance.h"
#include "io-pgtable-acme-two-level.h"

#define PGSIZES	(SZ_4K | SZ_4M)

static const struct conf_shape shapes[] = {
	{ .name = "32_40", .pgsizes = PGSIZES, .ias = 32, .oas = 40 },
	{ .name = "32_40_nc", .pgsizes = PGSIZES, .ias = 32, .oas = 40, .noncoherent = true },
	{ .name = "4k_32_40", .pgsizes = SZ_4K, .ias = 32, .oas = 40 },
	{ .name = "30_32", .pgsizes = PGSIZES, .ias = 30, .oas = 32 },
	{ .name = "28_36_nc", .pgsizes = PGSIZES, .ias = 28, .oas = 36, .noncoherent = true },
	{ .name = "nobbm", .pgsizes = PGSIZES, .ias = 32, .oas = 40,
	  .quirks = IO_PGTABLE_QUIRK_NO_BBM },
	{ }
};

static const struct conf_shape refused[] = {
	{ .name = "no_page_size", .pgsizes = 0, .ias = 32, .oas = 40 },
	{ .name = "blocks_only", .pgsizes = SZ_4M, .ias = 32, .oas = 40 },
	{ .name = "16k", .pgsizes = SZ_16K, .ias = 32, .oas = 40 },
	{ .name = "ias_33", .pgsizes = PGSIZES, .ias = 33, .oas = 40 },
	{ .name = "ias_11", .pgsizes = PGSIZES, .ias = 11, .oas = 40 },
	{ .name = "oas_41", .pgsizes = PGSIZES, .ias = 32, .oas = 41 },
	{ .name = "ns", .pgsizes = PGSIZES, .ias = 32, .oas = 40,
	  .quirks = IO_PGTABLE_QUIRK_ARM_NS },
	{ }
};

/* Copies the registers as the driver would write them: the format may change format_cfg later. */
static void registers(struct conf_fixture *f)
{
	memcpy(f->regs, f->cfg.format_cfg, sizeof(struct acme_two_level_cfg));
}

/* Bits 31:4 of a register or descriptor are address bits 39:12. */
static u64 address(u32 value)
{
	return (u64)(value >> 4) << 12;
}

static u64 root(struct conf_fixture *f)
{
	struct acme_two_level_cfg *regs = f->regs;

	return address(regs->root);
}

static const char *complaint(struct conf_fixture *f)
{
	struct acme_two_level_cfg *regs = f->regs;

	if ((regs->root & 0xf) != f->cfg.coherent_walk)
		return "wrong flags in ROOT";
	if (regs->bits != f->shape->ias)
		return "wrong number of input address bits";
	if (f->first_size != SZ_4K)
		return "the first table is not 4 KiB";
	return NULL;
}

static unsigned int start_level(struct conf_fixture *f)
{
	return 1;
}

static unsigned int shift(struct conf_fixture *f, unsigned int level)
{
	return level == 1 ? 22 : 12;
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc, u64 *table)
{
	if (!(desc & 1))
		return CONF_INVALID;
	if (desc & 6)
		return CONF_LEAF;
	*table = address(desc);
	return CONF_TABLE;
}

static struct conf_result walk(struct conf_fixture *f, u64 iova)
{
	struct acme_two_level_cfg *regs = f->regs;
	struct conf_result r = { .fault = CONF_WRONG, .level = 1 };
	u64 table = root(f);

	if (iova >> regs->bits) {
		r.fault = CONF_NOTHING;
		return r;
	}
	for (; r.level <= 2; r.level++) {
		unsigned int low = shift(f, r.level);

		r.size = 1ULL << low;
		r.desc_pa = table + 4 * (iova >> low & 1023);
		if (!conf_read(f, r.desc_pa, &r.desc))
			return r;
		switch (kind(f, r.level, r.desc, &table)) {
		case CONF_INVALID:
			r.fault = CONF_NOTHING;
			return r;
		case CONF_LEAF:
			r.pa = address(r.desc) + (iova & (r.size - 1));
			if (!(address(r.desc) & (r.size - 1)) && !(r.pa >> f->cfg.oas))
				r.fault = CONF_FOUND;
			return r;
		case CONF_TABLE:
			break;
		}
	}
	return r;	/* a table below level 2 */
}

static bool holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	struct conf_result r = walk(f, iova);
	u32 bits = 1;

	if (m->prot & IOMMU_READ)
		bits |= 2;
	if (m->prot & IOMMU_WRITE)
		bits |= 4;
	if (m->prot & IOMMU_CACHE && !(m->prot & IOMMU_MMIO))
		bits |= 8;
	return r.fault == CONF_FOUND && r.pa == m->pa && (r.desc & 0xf) == bits &&
	       (!m->size || r.size == m->size);
}

/* The description that debugfs must show */
static void words(struct conf_fixture *f, u64 iova, char *words, size_t size)
{
	u64 desc = walk(f, iova).desc;

	snprintf(words, size, "%c%c--  %-13s  -", desc & 2 ? 'r' : '-', desc & 4 ? 'w' : '-',
		 desc & 8 ? "cacheable" : "non-cacheable");
}

/* A live descriptor may change only with NO_BBM, when a block is split without a break. */
static u64 may_change(struct conf_fixture *f)
{
	return f->shape->quirks & IO_PGTABLE_QUIRK_NO_BBM ? U32_MAX : 0;
}

static const struct conf_judge judge = {
	.desc_size = 4,
	.last_level = 2,
	.regs_size = sizeof(struct acme_two_level_cfg),
	.registers = registers,
	.complaint = complaint,
	.walk = walk,
	.holds = holds,
	.words = words,
	.root = root,
	.start_level = start_level,
	.shift = shift,
	.kind = kind,
	.may_change = may_change,
};

static const struct conf_claims acme = {
	.shapes = shapes,
	.refused = refused,
	.format = ACME_TWO_LEVEL,
	.format_cfg_size = sizeof(struct acme_two_level_cfg),
	.judge = &judge,
	.custom_allocator = true,
	.splits_blocks = true,
};

/*
 * Cases for this format only
 */

/* A driver that was built with another version of the header may have a struct of another size. */
static void refused_format_cfg(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, shapes);

	f->cfg.format_cfg_size--;
	KUNIT_EXPECT_EQ(test, conf_fixture_make(f), -EINVAL);
}

/* Page sizes larger than the input space are not offered. */
static void no_room_for_blocks(struct kunit *test)
{
	static const struct conf_shape small = {
		.name = "", .pgsizes = PGSIZES, .ias = 21, .oas = 40,
	};
	struct conf_fixture *f = conf_fixture(test, &small);

	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, SZ_4K);
}

/* The driver is told of unmapped pages even if the caller has no gather structure. */
static void unmap_without_gather(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, shapes);

	conf_map_ok(f, 0, 0, SZ_4K, 2, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, 0, SZ_4K, 2, NULL), 2 * SZ_4K);
	KUNIT_EXPECT_EQ(test, f->n_pages, 2);
}

static struct kunit_case own_cases[] = {
	KUNIT_CASE(refused_format_cfg),
	KUNIT_CASE(no_room_for_blocks),
	KUNIT_CASE(unmap_without_gather),
	{ }
};

conformance_suite("io-pgtable-acme-own", acme, own_cases);

static const struct kunit_case *const groups[] = {
	conformance_mapping,
	conformance_page_sizes,
	conformance_ranges,
	conformance_errors,
	conformance_splits,
	conformance_tlb,
	conformance_tlb_of_tables,
	conformance_tlb_ranges,
	conformance_not_dirty,
	conformance_memory,
	conformance_memory_of_tables,
	conformance_reserve,
	conformance_dump,
	conformance_dump_races,
	conformance_reserve_races,
	conformance_noncoherent,
	conformance_random,
	conformance_races,
	conformance_split_races,
	NULL
};

conformance_module(acme, groups);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable format acme,two-level");
MODULE_LICENSE("GPL");
