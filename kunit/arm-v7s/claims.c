// SPDX-License-Identifier: GPL-2.0-only
/*
 * Armv7 short descriptors: the claims of the format, a judge that uses the walker of oracle.h, and
 * the cases that are for this format only
 */
#include "claims.h"

#define PGSIZES		(SZ_4K | SZ_64K | SZ_1M | SZ_16M)

#define NS		IO_PGTABLE_QUIRK_ARM_NS
#define NO_PERMS	IO_PGTABLE_QUIRK_NO_PERMS
#define MTK		(NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_EXT)
#define MTK_TTBR	(MTK | IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT)

static const struct conf_shape shapes[] = {
	{ "32_32", ARM_V7S, PGSIZES, 32, 32 },
	{ "32_32_nc", ARM_V7S, PGSIZES, 32, 32, 0, true },
	{ "32_32_ns", ARM_V7S, PGSIZES, 32, 32, NS },
	{ "4k_1m_32_32", ARM_V7S, SZ_4K | SZ_1M, 32, 32 },
	{ "no_perms_31_32_nc", ARM_V7S, PGSIZES, 31, 32, NO_PERMS, true },
#ifdef CONFIG_PHYS_ADDR_T_64BIT
	{ "mtk_32_34", ARM_V7S, PGSIZES, 32, 34, MTK },
	{ "mtk_33_35_nc", ARM_V7S, PGSIZES, 33, 35, MTK, true },
	{ "mtk_ttbr_34_35", ARM_V7S, PGSIZES, 34, 35, MTK_TTBR },
	{ "mtk_ttbr_34_35_nc", ARM_V7S, PGSIZES, 34, 35, MTK_TTBR, true },
#endif
	{ }
};

static const struct conf_shape refused[] = {
	{ "no_page_size", ARM_V7S, 0, 32, 32 },
	{ "lpae_blocks", ARM_V7S, SZ_2M | SZ_1G, 32, 32 },
	{ "ias_33", ARM_V7S, PGSIZES, 33, 32 },
	{ "oas_33", ARM_V7S, PGSIZES, 32, 33 },
	{ "oas_40", ARM_V7S, PGSIZES, 32, 40 },
	{ "mtk_with_permissions", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_ARM_MTK_EXT },
	{ "mtk_ttbr_alone", ARM_V7S, PGSIZES, 32, 32,
	  NO_PERMS | IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT },
	{ "mtk_ias_35", ARM_V7S, PGSIZES, 35, 35, MTK },
	{ "mtk_oas_36", ARM_V7S, PGSIZES, 34, 36, MTK },
	{ "ttbr1", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_ARM_TTBR1 },
	{ "hd", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_ARM_HD },
	{ "outer_wbwa", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_ARM_OUTER_WBWA, true },
	{ "quirk_2", ARM_V7S, PGSIZES, 32, 32, BIT(2) },
	{ "s2fwb", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_ARM_S2FWB },
	{ "no_warn", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_NO_WARN },
	{ "contig", ARM_V7S, PGSIZES, 32, 32, IO_PGTABLE_QUIRK_ARM_CONTIG },
	{ }
};

static void registers(struct conf_fixture *f)
{
	unsigned long quirks = f->cfg.quirks;
	struct v7s_regs *regs = f->regs;

	regs->ttbr = f->cfg.arm_v7s_cfg.ttbr;
	regs->ttbcr = f->cfg.arm_v7s_cfg.tcr;
	regs->prrr = f->cfg.arm_v7s_cfg.prrr;
	regs->nmrr = f->cfg.arm_v7s_cfg.nmrr;
	regs->no_perms = quirks & NO_PERMS;
	regs->mtk_ext = quirks & IO_PGTABLE_QUIRK_ARM_MTK_EXT;
	regs->mtk_ttbr_ext = quirks & IO_PGTABLE_QUIRK_ARM_MTK_TTBR_EXT;
	regs->mtk_ias = f->cfg.ias;
}

static const char *complaint(struct conf_fixture *f)
{
	return v7s_regs_complaint(f->regs);
}

static bool read_memory(void *context, u64 pa, u32 *value)
{
	u64 desc;

	if (!conf_read(context, pa, &desc))
		return false;
	*value = desc;
	return true;
}

struct v7s_result v7s_walk_tables(struct conf_fixture *f, u64 iova)
{
	struct v7s_memory memory = { .read = read_memory, .context = f };

	return v7s_walk(f->regs, &memory, iova);
}

static struct conf_result walk(struct conf_fixture *f, u64 iova)
{
	struct v7s_result r = v7s_walk_tables(f, iova);
	struct conf_result result = {
		.fault = CONF_WRONG, .level = r.level, .desc = r.desc,
		.desc_pa = r.desc_pa, .size = r.size, .pa = r.pa,
	};

	if (r.fault == V7S_FAULT_NONE)
		result.fault = CONF_FOUND;
	else if (r.fault == V7S_FAULT_TRANSLATION)
		result.fault = CONF_NOTHING;
	return result;
}

/*
 * Expected bits of a leaf entry besides the address, written down bit by bit, for each kind of leaf
 * entry. In order: nG, S and the type; TEX[0]; XN; the access flag; AP[1] for user access; AP[2]
 * for read only.
 */
static const struct {
	u32 always, tex, xn, af, user, read_only;
} bits[] = {
	[0] = { 0x00000c02, 0x0040, 0x0001, 0x0010, 0x0020, 0x0200 },	/* 4K */
	[1] = { 0x00000c01, 0x1000, 0x8000, 0x0010, 0x0020, 0x0200 },	/* 64K */
	[2] = { 0x00030002, 0x1000, 0x0010, 0x0400, 0x0800, 0x8000 },	/* 1M */
	[3] = { 0x00070002, 0x1000, 0x0010, 0x0400, 0x0800, 0x8000 },	/* 16M */
};

static u32 leaf_bits(unsigned long quirks, u64 size, int prot)
{
	unsigned int n = (size >= SZ_64K) + (size >= SZ_1M) + (size >= SZ_16M);
	u32 leaf = bits[n].always;

	/* B for a device. TEX[0] for normal memory, with C and B if the memory is cached. */
	if (prot & IOMMU_MMIO)
		leaf |= 0x4;
	else
		leaf |= bits[n].tex | (prot & IOMMU_CACHE ? 0xc : 0);
	if (quirks & NS && size >= SZ_1M)
		leaf |= 0x80000;
	if (quirks & NO_PERMS)
		return leaf;

	leaf |= bits[n].af;
	leaf |= prot & IOMMU_PRIV ? 0 : bits[n].user;
	leaf |= prot & IOMMU_WRITE ? 0 : bits[n].read_only;
	leaf |= prot & IOMMU_NOEXEC ? bits[n].xn : 0;
	return leaf;
}

/* MediaTek's M4U has output address bits 32, 33 and 34 in descriptor bits 9, 4 and 5. */
static u32 address_bits(u64 pa)
{
	return (u32)pa | (pa & BIT_ULL(32) ? 0x200 : 0) |
	       (pa & BIT_ULL(33) ? 0x10 : 0) | (pa & BIT_ULL(34) ? 0x20 : 0);
}

/* Check the attributes that the oracle has decoded. */
static bool attributes_hold(unsigned long quirks, const struct v7s_result *r, int prot)
{
	unsigned int perms = V7S_ALL_PERMS;
	u8 memory = 0x44, sh = 2;

	if (prot & IOMMU_CACHE) {
		memory = 0xff;
		sh = 3;
	}
	if (prot & IOMMU_MMIO) {
		memory = 0x04;
		sh = 2;
	}

	if (!(prot & IOMMU_WRITE))
		perms &= ~(V7S_PRIV_WRITE | V7S_USER_WRITE);
	if (prot & IOMMU_PRIV)
		perms &= ~(V7S_USER_READ | V7S_USER_WRITE | V7S_USER_EXEC);
	if (prot & IOMMU_NOEXEC)
		perms &= ~(V7S_PRIV_EXEC | V7S_USER_EXEC);
	if (quirks & NO_PERMS)
		perms = V7S_ALL_PERMS;

	return r->memory == memory && r->sh == sh && r->perms == perms &&
	       r->ns == !!(quirks & NS) && r->not_global;
}

static bool holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	unsigned long quirks = f->shape->quirks;
	struct v7s_result r = v7s_walk_tables(f, iova);

	return r.fault == V7S_FAULT_NONE && r.pa == m->pa &&
	       (!m->size || r.size == m->size) &&
	       r.desc == (address_bits(m->pa & ~(r.size - 1)) |
			  leaf_bits(quirks, r.size, m->prot)) &&
	       attributes_hold(quirks, &r, m->prot);
}

static void words(struct conf_fixture *f, u64 iova, char *words, size_t size)
{
	struct v7s_result r = v7s_walk_tables(f, iova);

	snprintf(words, size, "%c%c%c%c  %-13s  %s%s%s", r.perms & V7S_PRIV_READ ? 'r' : '-',
		 r.perms & V7S_PRIV_WRITE ? 'w' : '-',
		 r.perms & (V7S_PRIV_EXEC | V7S_USER_EXEC) ? 'x' : '-',
		 r.perms & V7S_USER_READ ? 'u' : '-', conf_memory_word(r.memory),
		 r.sh ? "shareable" : "", r.not_global ? ", not-global" : "",
		 r.ns && r.level == 1 ? ", non-secure" : "");
}

static u64 root(struct conf_fixture *f)
{
	return v7s_base(f->regs);
}

static unsigned int start_level(struct conf_fixture *f)
{
	return 1;
}

static unsigned int shift(struct conf_fixture *f, unsigned int level)
{
	return level == 1 ? 20 : 12;
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc, u64 *table)
{
	struct v7s_regs *regs = f->regs;

	if (!(desc & 3))
		return CONF_INVALID;
	if (level == 2 || (desc & 3) != 1)
		return CONF_LEAF;
	*table = desc & 0xfffffc00;
	if (regs->mtk_ttbr_ext)
		*table |= (desc & 0x200) << 23 | (desc & 0x30) << 29;
	return CONF_TABLE;
}

/* Return: whether a descriptor is one of the 16 of a large page or a supersection */
static bool is_replica(unsigned int level, u64 desc)
{
	return level == 2 ? (desc & 3) == 1 : (desc & 0x40002) == 0x40002;
}

static bool can_be_neighbours(struct conf_fixture *f, unsigned int level, unsigned int i,
			      u64 desc, u64 next)
{
	return i % 16 == 15 || desc == next ||
	       (!is_replica(level, desc) && !is_replica(level, next));
}

static const struct conf_judge judge = {
	.desc_size = 4,
	.last_level = 2,
	.regs_size = sizeof(struct v7s_regs),
	.registers = registers,
	.complaint = complaint,
	.walk = walk,
	.holds = holds,
	.words = words,
	.root = root,
	.start_level = start_level,
	.shift = shift,
	.kind = kind,
	.can_be_neighbours = can_be_neighbours,
};

/* The root has 4096 descriptors, or more for MediaTek's M4U. A table at level 2 has 256. */
const struct conf_claims v7s = {
	.shapes = shapes,
	.refused = refused,
	.judge = &judge,
	.table_sizes = SZ_1K | SZ_16K | SZ_32K | SZ_64K,
	.no_pages = -EINVAL,
	.splits_blocks = SPLITS_BLOCKS,
};

/*
 * Cases for short descriptors only
 */

/* The values of the registers are those that drivers get from their kernel's own format. */
static void register_values(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, test->param_value);
	struct v7s_regs *regs = f->regs;
	u32 attributes = f->cfg.coherent_walk ? 0x6a : 0x02;

	KUNIT_EXPECT_EQ(test, regs->ttbcr, 0);
	KUNIT_EXPECT_EQ(test, regs->prrr, 0x800b8204);
	KUNIT_EXPECT_EQ(test, regs->nmrr, 0x40004000);
	if (!regs->mtk_ext)
		KUNIT_EXPECT_EQ(test, regs->ttbr & 0x3fff, attributes);
	KUNIT_EXPECT_EQ(test, f->first_size, regs->mtk_ext ? SZ_16K << (f->cfg.ias - 32) :
							     SZ_16K);
	KUNIT_EXPECT_EQ(test, atomic_read(&f->live), 1);
	KUNIT_EXPECT_EQ(test, f->cfg.ias, f->shape->ias);
	KUNIT_EXPECT_EQ(test, f->cfg.oas, f->shape->oas);
	KUNIT_EXPECT_EQ(test, f->cfg.pgsize_bitmap, f->shape->pgsizes);
	conf_expect_hole(f, 0, conf_space(f));
}

/* A custom allocator is refused: drivers' allocators return pages, and tables have 1K. */
static void custom_allocator_is_refused(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture_alloc(test, &shapes[0]);

	f->cfg.alloc = conf_custom_alloc;
	f->cfg.free = conf_custom_free;
	KUNIT_EXPECT_EQ(test, conf_fixture_make(f), -EOPNOTSUPP);
}

/* Expected values of whole leaf entries, for common protections */
#define LEAF(_quirks) { "", ARM_V7S, PGSIZES, 32, 32, _quirks }

static const struct leaf_row {
	const char *name;
	struct conf_shape shape;
	int prot;
	u32 small, large, section, supersection;
} leaves[] = {
	{ "rw", LEAF(0), PROT_RW, 0x80000c72, 0x80001c31, 0x80031c02, 0x80071c02 },
	{ "ro", LEAF(0), IOMMU_READ, 0x80000e72, 0x80001e31, 0x80039c02, 0x80079c02 },
	{ "wo_is_rw", LEAF(0), IOMMU_WRITE, 0x80000c72, 0x80001c31, 0x80031c02, 0x80071c02 },
	{ "rw_cache", LEAF(0), PROT_RW | IOMMU_CACHE,
	  0x80000c7e, 0x80001c3d, 0x80031c0e, 0x80071c0e },
	{ "rw_mmio", LEAF(0), PROT_RW | IOMMU_MMIO,
	  0x80000c36, 0x80000c35, 0x80030c06, 0x80070c06 },
	{ "rw_noexec", LEAF(0), PROT_RW | IOMMU_NOEXEC,
	  0x80000c73, 0x80009c31, 0x80031c12, 0x80071c12 },
	{ "rw_priv", LEAF(0), PROT_RW | IOMMU_PRIV,
	  0x80000c52, 0x80001c11, 0x80031402, 0x80071402 },
	{ "no_perms", LEAF(NO_PERMS), IOMMU_READ | IOMMU_NOEXEC | IOMMU_PRIV,
	  0x80000c42, 0x80001c01, 0x80031002, 0x80071002 },
	{ "ns", LEAF(NS), PROT_RW, 0x80000c72, 0x80001c31, 0x800b1c02, 0x800f1c02 },
};

KUNIT_ARRAY_PARAM_DESC(leaves, leaves, name);

static void leaf_values(struct kunit *test)
{
	const struct leaf_row *row = test->param_value;
	struct conf_fixture *f = conf_fixture(test, &row->shape);

	conf_map_ok(f, SZ_4K, SZ_2G, SZ_4K, 1, row->prot);
	conf_map_ok(f, SZ_64K, SZ_2G, SZ_64K, 1, row->prot);
	conf_map_ok(f, SZ_1M, SZ_2G, SZ_1M, 1, row->prot);
	conf_map_ok(f, SZ_16M, SZ_2G, SZ_16M, 1, row->prot);
	KUNIT_EXPECT_EQ(test, *(u32 *)conf_desc(f, SZ_4K), row->small);
	KUNIT_EXPECT_EQ(test, *(u32 *)conf_desc(f, SZ_64K), row->large);
	KUNIT_EXPECT_EQ(test, *(u32 *)conf_desc(f, SZ_1M), row->section);
	KUNIT_EXPECT_EQ(test, *(u32 *)conf_desc(f, SZ_16M), row->supersection);
}

/* If a large page of a section is unmapped, the rest of the section becomes large pages. */
static void split_into_large_pages(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, &shapes[0]);

	if (!f->claims->splits_blocks)
		kunit_skip(test, "sections are not split");
	conf_map_ok(f, 0, 0, SZ_1M, 1, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_unmap(f, 0, SZ_64K, 1), SZ_64K);
	conf_expect_pages(f, SZ_64K, SZ_64K, SZ_64K, 15, PROT_SOME);
}

/*
 * Without a gather structure, pages are invalidated one by one, since the drivers of this format do
 * not invalidate on their own then.
 */
static void unmap_without_gather(struct kunit *test)
{
	struct conf_fixture *f = conf_fixture(test, &shapes[0]);

	conf_map_ok(f, 0, 0, SZ_4K, 2, PROT_SOME);
	KUNIT_EXPECT_EQ(test, conf_unmap_pages(f, 0, SZ_4K, 2, NULL), 2 * SZ_4K);
	KUNIT_EXPECT_EQ(test, f->n_pages, 2);
}

static struct kunit_case register_cases[] = {
	KUNIT_CASE_PARAM(register_values, conformance_all),
	KUNIT_CASE(custom_allocator_is_refused),
	KUNIT_CASE_PARAM(leaf_values, leaves_gen_params),
	KUNIT_CASE(split_into_large_pages),
	KUNIT_CASE(unmap_without_gather),
	{ }
};

conformance_suite("io-pgtable-v7s-registers", v7s, register_cases);

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

conformance_module(v7s, groups);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable format Armv7 short descriptors");
MODULE_LICENSE("GPL");
