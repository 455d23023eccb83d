// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mali: the claims of the format, and a walker as its judge. The walker is written from what the
 * panfrost driver programs, and from the tables of the kernel's own format. It has nothing in
 * common with our format.
 *
 * Mali uses long descriptors with a granule of 4K and always four levels. A leaf entry has type 1
 * at every level, including the last one, and no access flag. Permissions are those of stage 2 of
 * the Arm architecture, memory types those of stage 1.
 */
#include "../conformance/conformance.h"

#define PGSIZES		(SZ_4K | SZ_2M | SZ_1G)

#define LAST_LEVEL	3
#define TYPE_LEAF	1
#define TYPE_TABLE	3
#define ADDRESS		0x0000fffffffff000ULL
#define EXECUTE_NEVER	0x0060000000000000ULL
#define SOFTWARE	0x0080000000000000ULL
#define OUTER_SHAREABLE	0x200

/* AS_TRANSTAB: table mode; table walks are cached; tables are shared with the CPU if coherent */
#define MODE_TABLE	0x03
#define READ_INNER	0x04
#define SHARE_OUTER	0x10

static const struct conf_shape shapes[] = {
	{ "4k_48_40", ARM_MALI_LPAE, PGSIZES, 48, 40 },
	{ "4k_48_40_nc", ARM_MALI_LPAE, PGSIZES, 48, 40, 0, true },
	{ "4k_40_36", ARM_MALI_LPAE, PGSIZES, 40, 36 },
	{ "4k_39_40", ARM_MALI_LPAE, PGSIZES, 39, 40 },
	{ "4k_2m_33_40", ARM_MALI_LPAE, SZ_4K | SZ_2M, 33, 40 },
	{ "4k_32_32_nc", ARM_MALI_LPAE, PGSIZES, 32, 32, 0, true },
	{ "4k_48_40_no_bbm", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_NO_BBM },
	{ "4k_39_40_no_bbm_nc", ARM_MALI_LPAE, PGSIZES, 39, 40, IO_PGTABLE_QUIRK_NO_BBM, true },
	{ }
};

static const struct conf_shape refused[] = {
	{ "no_page_size", ARM_MALI_LPAE, 0, 48, 40 },
	{ "blocks_only", ARM_MALI_LPAE, SZ_2M | SZ_1G, 48, 40 },
	{ "16k", ARM_MALI_LPAE, SZ_16K | SZ_32M, 48, 40 },
	{ "64k", ARM_MALI_LPAE, SZ_64K, 48, 40 },
	{ "ias_49", ARM_MALI_LPAE, PGSIZES, 49, 40 },
	{ "ias_12", ARM_MALI_LPAE, PGSIZES, 12, 40 },
	{ "oas_41", ARM_MALI_LPAE, PGSIZES, 48, 41 },
	{ "oas_48", ARM_MALI_LPAE, PGSIZES, 48, 48 },
	{ "ns", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_ARM_NS },
	{ "no_perms", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_NO_PERMS },
	{ "ttbr1", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "hd", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_ARM_HD },
	{ "outer_wbwa", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_ARM_OUTER_WBWA, true },
	{ "s2fwb", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_ARM_S2FWB },
	{ "no_warn", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_NO_WARN },
	{ "contig", ARM_MALI_LPAE, PGSIZES, 48, 40, IO_PGTABLE_QUIRK_ARM_CONTIG },
	{ }
};

struct mali_regs {
	u64 transtab;
	u64 memattr;
};

static void registers(struct conf_fixture *f)
{
	struct mali_regs *regs = f->regs;

	regs->transtab = f->cfg.arm_mali_lpae_cfg.transtab;
	regs->memattr = f->cfg.arm_mali_lpae_cfg.memattr;
}

static u64 root(struct conf_fixture *f)
{
	struct mali_regs *regs = f->regs;

	return regs->transtab & ADDRESS;
}

/* The root table has a whole page, even if few of its entries are used. */
static const char *complaint(struct conf_fixture *f)
{
	struct mali_regs *regs = f->regs;
	u64 flags = MODE_TABLE | READ_INNER | (f->cfg.coherent_walk ? SHARE_OUTER : 0);

	if ((regs->transtab & ~ADDRESS) != flags)
		return "wrong flags, or address not aligned";
	if (f->first_size != SZ_4K)
		return "the first table is not a page";
	return NULL;
}

static struct conf_result walk(struct conf_fixture *f, u64 iova)
{
	struct conf_result r = { .fault = CONF_WRONG };
	u64 table = root(f);

	if (iova >> 48) {
		r.fault = CONF_NOTHING;
		return r;
	}
	for (; ; r.level++) {
		unsigned int low = 12 + 9 * (LAST_LEVEL - r.level);

		r.size = 1ULL << low;
		r.desc_pa = table + 8 * (iova >> low & 511);
		if (!conf_read(f, r.desc_pa, &r.desc))
			return r;
		if (!(r.desc & 1)) {
			r.fault = CONF_NOTHING;
			return r;
		}
		if ((r.desc & 3) != TYPE_TABLE || r.level == LAST_LEVEL)
			break;
		table = r.desc & ADDRESS;
		if (r.desc & ~(ADDRESS | SOFTWARE | TYPE_TABLE) || table >> f->cfg.oas)
			return r;
	}
	r.pa = (r.desc & ADDRESS & ~(r.size - 1)) | (iova & (r.size - 1));
	if ((r.desc & 3) == TYPE_LEAF && r.level && !(r.desc & ADDRESS & (r.size - 1)) &&
	    !(r.pa >> f->cfg.oas))
		r.fault = CONF_FOUND;
	return r;
}

/* Return: the attributes in MEMATTR that a descriptor's index selects */
static u8 memory_of(struct conf_fixture *f, u64 desc)
{
	struct mali_regs *regs = f->regs;

	return regs->memattr >> (8 * (desc >> 2 & 7));
}

static bool holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	/* Bits 4:2, the index: 0 for uncached, 1 for cached, 2 for device memory */
	static const u64 memory[] = { 0x00, 0x04, 0x08, 0x08 };
	static const u64 access[] = { 0x00, 0x40, 0x80, 0xc0 };
	struct conf_result r = walk(f, iova);
	u64 want;

	want = (m->pa & ~(r.size - 1)) | TYPE_LEAF | OUTER_SHAREABLE;
	want |= access[(m->prot & IOMMU_READ ? 1 : 0) | (m->prot & IOMMU_WRITE ? 2 : 0)];
	want |= memory[(m->prot & IOMMU_CACHE ? 1 : 0) | (m->prot & IOMMU_MMIO ? 2 : 0)];
	want |= m->prot & IOMMU_NOEXEC ? EXECUTE_NEVER : 0;

	/* 0x88: defined by the implementation. 0x8d: write-back with allocation on writes. */
	return r.fault == CONF_FOUND && r.pa == m->pa && r.desc == want &&
	       (!m->size || r.size == m->size) &&
	       memory_of(f, r.desc) ==
	       ((m->prot & (IOMMU_CACHE | IOMMU_MMIO)) == IOMMU_CACHE ? 0x8d : 0x88);
}

static void words(struct conf_fixture *f, u64 iova, char *words, size_t size)
{
	static const char *const memory[] = { "non-cacheable", "write-back", "device" };
	u64 desc = walk(f, iova).desc;

	snprintf(words, size, "%c%c%cu  %-13s  outer-shareable", desc & 0x40 ? 'r' : '-',
		 desc & 0x80 ? 'w' : '-', desc & EXECUTE_NEVER ? '-' : 'x', memory[desc >> 2 & 3]);
}

static unsigned int start_level(struct conf_fixture *f)
{
	return 0;
}

static unsigned int shift(struct conf_fixture *f, unsigned int level)
{
	return 12 + 9 * (LAST_LEVEL - level);
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc, u64 *table)
{
	if (!(desc & 1))
		return CONF_INVALID;
	if ((desc & 3) != TYPE_TABLE || level == LAST_LEVEL)
		return CONF_LEAF;
	*table = desc & ADDRESS;
	return CONF_TABLE;
}

/* If the format splits blocks without break before make, a table replaces a live block. */
static u64 may_change(struct conf_fixture *f)
{
	return f->shape->quirks & IO_PGTABLE_QUIRK_NO_BBM ? U64_MAX : SOFTWARE;
}

static const struct conf_judge judge = {
	.desc_size = 8,
	.last_level = LAST_LEVEL,
	.regs_size = sizeof(struct mali_regs),
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

static const struct conf_claims mali = {
	.shapes = shapes,
	.refused = refused,
	.judge = &judge,
	.custom_allocator = true,
	.splits_blocks = SPLITS_BLOCKS,
};

/*
 * Cases for Mali only
 */

/* The values that panfrost writes to the registers of the GPU */
static void register_values(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	struct mali_regs *regs = f->regs;

	KUNIT_EXPECT_EQ(test, regs->transtab & ~ADDRESS, f->cfg.coherent_walk ? 0x17 : 0x07);
	KUNIT_EXPECT_EQ(test, regs->memattr, 0x888d88);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 1);
	KUNIT_EXPECT_EQ(test, f->cfg.ias, f->shape->ias);
	KUNIT_EXPECT_EQ(test, f->cfg.oas, f->shape->oas);
	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, f->shape->pgsizes);
	conf_expect_hole(f, 0, conf_space(f));
}

static struct kunit_case register_cases[] = {
	KUNIT_CASE_PARAM(register_values, conformance_all),
	{ }
};

conformance_suite("io-pgtable-mali-registers", mali, register_cases);

static const struct kunit_case *const groups[] = {
	conformance_mapping,
	conformance_page_sizes,
	conformance_walk,
	conformance_ranges,
	conformance_errors,
	conformance_splits,
	conformance_tlb,
	conformance_tlb_of_tables,
	conformance_tlb_ranges,
	conformance_not_dirty,
	conformance_memory,
	conformance_reserve,
	conformance_dump,
	conformance_dump_races,
	conformance_reserve_races,
	conformance_memory_of_tables,
	conformance_noncoherent,
	conformance_random,
	conformance_races,
	conformance_split_races,
	NULL
};

conformance_module(mali, groups);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable format of Mali GPUs");
MODULE_LICENSE("GPL");
