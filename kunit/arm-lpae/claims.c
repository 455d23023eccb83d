// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE: the claims of the format, and a judge that uses the walker of oracle.c
 */
#include <linux/io.h>

#include "claims.h"

#define CONTIGUOUS	BIT_ULL(52)

/* Examples of every granule, stage, number of levels, and quirk */
static const struct conf_shape shapes[] = {
	{ "s1_4k_48_48", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48 },
	{ "s1_4k_39_40_hd", ARM_64_LPAE_S1, PGSIZES_4K, 39, 40, HD },
	ROWS_ON_64BIT({ "s1_4k_39_48_ttbr1_hd", ARM_64_LPAE_S1, PGSIZES_4K, 39, 48, TTBR1 | HD })
	ROWS_ON_32BIT({ "s1_4k_30_48_ttbr1_hd", ARM_64_LPAE_S1, PGSIZES_4K, 30, 48, TTBR1 | HD })
	{ "s1_4k_41_44_ns_nc", ARM_64_LPAE_S1, PGSIZES_4K, 41, 44, NS, true },
	{ "s1_4k_30_36", ARM_64_LPAE_S1, PGSIZES_4K, 30, 36 },
	{ "s1_4k_21_32", ARM_64_LPAE_S1, PGSIZES_4K, 21, 32 },
	{ "s1_16k_48_48", ARM_64_LPAE_S1, PGSIZES_16K, 48, 48 },
	ROWS_ON_64BIT({ "s1_16k_47_48_ttbr1_nc", ARM_64_LPAE_S1, PGSIZES_16K, 47, 48, TTBR1,
		      true })
	ROWS_ON_32BIT({ "s1_16k_32_48_ttbr1_nc", ARM_64_LPAE_S1, PGSIZES_16K, 32, 48, TTBR1,
		      true })
	{ "s1_16k_36_40_hd", ARM_64_LPAE_S1, PGSIZES_16K, 36, 40, HD },
	{ "s1_64k_48_48", ARM_64_LPAE_S1, PGSIZES_64K, 48, 48 },
	{ "s1_64k_52_52_hd", ARM_64_LPAE_S1, PGSIZES_64K | SZ_4T, 52, 52, HD },
	ROWS_ON_64BIT({ "s1_64k_52_52_ttbr1_nc", ARM_64_LPAE_S1, PGSIZES_64K | SZ_4T, 52, 52,
		      TTBR1, true })
	ROWS_ON_32BIT({ "s1_64k_31_52_ttbr1_nc", ARM_64_LPAE_S1, PGSIZES_64K, 31, 52, TTBR1,
		      true })
	{ "s1_64k_42_44", ARM_64_LPAE_S1, PGSIZES_64K, 42, 44 },
	{ "s2_4k_48_48", ARM_64_LPAE_S2, PGSIZES_4K, 48, 48 },
	{ "s2_4k_43_44", ARM_64_LPAE_S2, PGSIZES_4K, 43, 44 },
	{ "s2_4k_40_40_nc", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, 0, true },
	{ "s2_4k_32_36", ARM_64_LPAE_S2, PGSIZES_4K, 32, 36 },
	ROWS_ON_7_3({ "s2_4k_42_42_fwb", ARM_64_LPAE_S2, PGSIZES_4K, 42, 42, S2FWB })
	{ "s2_16k_48_48", ARM_64_LPAE_S2, PGSIZES_16K, 48, 48 },
	{ "s2_16k_40_40", ARM_64_LPAE_S2, PGSIZES_16K, 40, 40 },
	{ "s2_16k_42_42_nc", ARM_64_LPAE_S2, PGSIZES_16K, 42, 42, 0, true },
	{ "s2_64k_48_48", ARM_64_LPAE_S2, PGSIZES_64K, 48, 48 },
	{ "s2_64k_52_52", ARM_64_LPAE_S2, PGSIZES_64K | SZ_4T, 52, 52 },
	{ "s1_v7_32_40", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40 },
	{ "s2_v7_40_40", ARM_32_LPAE_S2, PGSIZES_4K, 40, 40 },
	{ "s1_4k_48_48_contig", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, CONTIG },
	{ "s1_4k_41_44_contig_nc", ARM_64_LPAE_S1, PGSIZES_4K, 41, 44, CONTIG, true },
	{ "s1_4k_39_40_contig_hd", ARM_64_LPAE_S1, PGSIZES_4K, 39, 40, CONTIG | HD },
	{ "s1_4k_21_32_contig", ARM_64_LPAE_S1, PGSIZES_4K, 21, 32, CONTIG },
	ROWS_ON_64BIT({ "s1_16k_47_48_contig_hd_ttbr1", ARM_64_LPAE_S1, PGSIZES_16K, 47, 48,
		      CONTIG | HD | TTBR1 })
	ROWS_ON_32BIT({ "s1_16k_32_48_contig_hd_ttbr1", ARM_64_LPAE_S1, PGSIZES_16K, 32, 48,
		      CONTIG | HD | TTBR1 })
	{ "s1_64k_52_52_contig_hd", ARM_64_LPAE_S1, PGSIZES_64K | SZ_4T, 52, 52, CONTIG | HD },
	{ "s2_4k_40_40_contig", ARM_64_LPAE_S2, PGSIZES_4K, 40, 40, CONTIG },
	{ "s2_16k_40_40_contig_nc", ARM_64_LPAE_S2, PGSIZES_16K, 40, 40, CONTIG, true },
	{ "s2_64k_42_42_contig", ARM_64_LPAE_S2, PGSIZES_64K, 42, 42, CONTIG },
	{ "s1_v7_32_40_contig", ARM_32_LPAE_S1, PGSIZES_4K, 32, 40, CONTIG },
	{ "s1_4k_48_48_no_bbm", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, CONTIG | NO_BBM },
	{ "s1_64k_42_44_no_bbm_nc", ARM_64_LPAE_S1, PGSIZES_64K, 42, 44, CONTIG | NO_BBM,
	  true },
	{ "s1_4k_39_40_no_bbm_hd", ARM_64_LPAE_S1, PGSIZES_4K, 39, 40, NO_BBM | HD },
	{ "s2_16k_40_40_no_bbm", ARM_64_LPAE_S2, PGSIZES_16K, 40, 40, CONTIG | NO_BBM },
	{ "s1_4k_48_48_runs", ARM_64_LPAE_S1, PGSIZES_4K, 48, 48, RUNS },
	{ "s1_4k_41_44_runs_nc", ARM_64_LPAE_S1, PGSIZES_4K, 41, 44, CONTIG | RUNS, true },
	{ "s2_16k_40_40_runs", ARM_64_LPAE_S2, PGSIZES_16K, 40, 40, CONTIG | RUNS },
	{ "s1_64k_42_44_runs_no_bbm", ARM_64_LPAE_S1, PGSIZES_64K, 42, 44,
	  CONTIG | RUNS | NO_BBM },
	{ }
};

static bool is_s2(const struct conf_shape *shape)
{
	return shape->fmt == ARM_64_LPAE_S2 || shape->fmt == ARM_32_LPAE_S2;
}

static void read_registers(struct conf_fixture *f)
{
	struct arm_regs *regs = lpae_regs(f);
	struct io_pgtable_cfg *cfg = &f->cfg;

	if (is_s2(f->shape)) {
		typeof(cfg->arm_lpae_s2_cfg.vtcr) *vtcr = &cfg->arm_lpae_s2_cfg.vtcr;

		*regs = (struct arm_regs){
			.stage2 = true,
			.base = cfg->arm_lpae_s2_cfg.vttbr,
			.tsz = vtcr->tsz, .tg = vtcr->tg, .ps = vtcr->ps,
			.sl0 = vtcr->sl, .sh = vtcr->sh,
			.irgn = vtcr->irgn, .orgn = vtcr->orgn,
			.fwb = cfg->quirks & S2FWB,
		};
	} else {
		typeof(cfg->arm_lpae_s1_cfg.tcr) *tcr = &cfg->arm_lpae_s1_cfg.tcr;

		*regs = (struct arm_regs){
			.upper = cfg->quirks & TTBR1,
			.base = cfg->arm_lpae_s1_cfg.ttbr,
			.tsz = tcr->tsz, .tg = tcr->tg, .ps = tcr->ips,
			.sh = tcr->sh, .irgn = tcr->irgn, .orgn = tcr->orgn,
			.mair = cfg->arm_lpae_s1_cfg.mair,
		};
	}
	regs->contiguous = f->shape->quirks & (CONTIG | RUNS) && !(f->shape->quirks & HD);
}

static const char *complaint(struct conf_fixture *f)
{
	return arm_regs_complaint(lpae_regs(f));
}

static bool read_memory(void *context, u64 pa, u64 *value)
{
	return conf_read(context, pa, value);
}

struct arm_result lpae_walk(struct conf_fixture *f, u64 iova)
{
	struct arm_memory memory = { .read = read_memory, .context = f };

	/* On 32-bit kernels, add the upper bits of an address of TTBR1. */
	if (lpae_regs(f)->upper)
		iova |= ~(u64)ULONG_MAX;
	return arm_walk(lpae_regs(f), &memory, iova);
}

static struct conf_result walk(struct conf_fixture *f, u64 iova)
{
	struct arm_result r = lpae_walk(f, iova);
	struct conf_result result = {
		.fault = CONF_WRONG, .level = r.level, .desc = r.desc,
		.desc_pa = r.desc_pa, .size = r.size, .pa = r.pa, .dirty = r.dirty,
	};

	if (r.fault == ARM_FAULT_NONE)
		result.fault = CONF_FOUND;
	else if (r.fault == ARM_FAULT_TRANSLATION)
		result.fault = CONF_NOTHING;
	return result;
}

/*
 * Return: the expected bits of a leaf entry besides the address and the type, written down bit by
 * bit. The access flag is 0x400, inner shareable is 0x300, outer shareable is 0x200.
 */
static u64 leaf_bits(const struct conf_shape *shape, int prot)
{
	/* IOMMU_MMIO determines the memory type, and IOMMU_CACHE alone the shareability. */
	static const u64 s1_memory[] = { 0x600, 0x704, 0x608, 0x708 };
	static const u64 s2_memory[] = { 0x614, 0x73c, 0x604, 0x704 };
	static const u64 s2_fwb_memory[] = { 0x614, 0x718, 0x604, 0x704 };
	/* nG; AP[1] for user access; AP[2] for read only */
	static const u64 s1_access[] = { 0, 0x8c0, 0x840, 0x840 };
	static const u64 s1_priv_access[] = { 0, 0x880, 0x800, 0x800 };
	static const u64 s2_access[] = { 0, 0x040, 0x080, 0x0c0 };
	unsigned int memory = (prot & IOMMU_CACHE ? 1 : 0) | (prot & IOMMU_MMIO ? 2 : 0);
	unsigned int access = (prot & IOMMU_READ ? 1 : 0) | (prot & IOMMU_WRITE ? 2 : 0);
	u64 leaf;

	if (is_s2(shape))
		return (shape->quirks & S2FWB ? s2_fwb_memory : s2_memory)[memory] |
		       s2_access[access] |
		       (prot & IOMMU_NOEXEC ? 0x0040000000000000 : 0);

	leaf = s1_memory[memory];
	leaf |= prot & IOMMU_PRIV ? s1_priv_access[access] : s1_access[access];
	if (prot & IOMMU_NOEXEC)
		leaf |= 0x0060000000000000;
	if (shape->quirks & HD && access != 1)
		leaf |= 0x0008000000000000;
	if (shape->quirks & NS)
		leaf |= 0x20;
	return leaf;
}

/* Check the attributes that the oracle has decoded. */
static bool attributes_hold(const struct conf_shape *shape,
			    const struct arm_result *r, int prot)
{
	unsigned int perms = 0;
	u8 memory = 0x44;

	if (prot & IOMMU_CACHE)
		memory = 0xff;
	if (prot & IOMMU_MMIO)
		memory = 0x04;

	if (prot & IOMMU_READ || !is_s2(shape))
		perms |= ARM_PRIV_READ | ARM_USER_READ;
	if (prot & IOMMU_WRITE)
		perms |= ARM_PRIV_WRITE | ARM_USER_WRITE;
	if (prot & IOMMU_PRIV && !is_s2(shape))
		perms &= ~(ARM_USER_READ | ARM_USER_WRITE);
	if (!(prot & IOMMU_NOEXEC))
		perms |= ARM_PRIV_EXEC | ARM_USER_EXEC;

	return r->memory == memory && r->perms == perms &&
	       r->sh == (prot & IOMMU_CACHE ? 3 : 2) &&
	       r->ns == !!(shape->quirks & NS) && r->not_global == !is_s2(shape) &&
	       r->dbm == (shape->quirks & HD && prot & IOMMU_WRITE);
}

static unsigned int shift(struct conf_fixture *f, unsigned int level)
{
	unsigned int granule = arm_granule_bits(lpae_regs(f));

	return granule + (3 - level) * (granule - 3);
}

static u64 address_bits(const struct conf_fixture *f, u64 pa)
{
	u64 desc = pa & 0x0000fffffffff000;

	if (f->cfg.oas > 48)
		desc |= (pa >> 48 & 0xf) << 12;
	return desc;
}

/* If a run of leaves becomes a group, each leaf has the size by which it was mapped. */
static bool size_holds(struct conf_fixture *f, const struct arm_result *r, u64 size)
{
	return !size || r->size == size ||
	       (f->shape->quirks & RUNS && r->contiguous && BIT_ULL(shift(f, r->level)) == size);
}

static bool holds(struct conf_fixture *f, u64 iova, const struct conf_mapping *m)
{
	struct arm_result r = lpae_walk(f, iova);
	u64 leaf;

	leaf = address_bits(f, m->pa & ~(BIT_ULL(shift(f, r.level)) - 1)) |
	       leaf_bits(f->shape, m->prot) | (r.level == 3 ? 3 : 1);
	if (r.contiguous)
		leaf |= CONTIGUOUS;
	/* The hardware or read_and_clear_dirty() may have changed AP[2]. */
	if (f->dirty_ok && f->shape->quirks & HD)
		leaf = (leaf & ~0x80ULL) | (r.desc & 0x80);
	return r.fault == ARM_FAULT_NONE && r.pa == m->pa &&
	       size_holds(f, &r, m->size) && r.desc == leaf &&
	       attributes_hold(f->shape, &r, m->prot) &&
	       (r.ns_tables || !(f->shape->quirks & NS) ||
		r.level == arm_start_level(lpae_regs(f)));
}

static const char *memory_word(const struct conf_shape *shape, u8 memory)
{
	return memory == 0xff && shape->quirks & S2FWB ? "forced-wb" : conf_memory_word(memory);
}

static const char *dirty_word(const struct conf_shape *shape, const struct arm_result *r)
{
	if (is_s2(shape) || !r->dbm)
		return "";
	return r->dirty ? ", dirty" : ", clean";
}

static void words(struct conf_fixture *f, u64 iova, char *words, size_t size)
{
	static const char *const sh[] = { "non", "reserved", "outer", "inner" };
	struct arm_result r = lpae_walk(f, iova);
	bool user = is_s2(f->shape) || (r.perms & ARM_USER_READ);

	snprintf(words, size, "%c%c%c%c  %-13s  %s-shareable%s%s%s%s",
		 r.perms & ARM_PRIV_READ ? 'r' : '-', r.perms & ARM_PRIV_WRITE ? 'w' : '-',
		 r.perms & (ARM_PRIV_EXEC | ARM_USER_EXEC) ? 'x' : '-', user ? 'u' : '-',
		 memory_word(f->shape, r.memory), sh[r.sh], r.not_global ? ", not-global" : "",
		 r.ns ? ", non-secure" : "", dirty_word(f->shape, &r),
		 r.contiguous ? ", contiguous" : "");
}

static u64 root(struct conf_fixture *f)
{
	return lpae_regs(f)->base;
}

static unsigned int start_level(struct conf_fixture *f)
{
	return arm_start_level(lpae_regs(f));
}

static enum conf_kind kind(struct conf_fixture *f, unsigned int level, u64 desc, u64 *table)
{
	if (!(desc & 1))
		return CONF_INVALID;
	if (level == 3 || !(desc & 2))
		return CONF_LEAF;
	*table = desc & GENMASK_ULL(47, arm_granule_bits(lpae_regs(f)));
	return CONF_TABLE;
}

static u64 software_or_dirty_bits(struct conf_fixture *f)
{
	return BIT_ULL(55) | (f->dirty_ok ? BIT_ULL(7) : 0);
}

/*
 * Bit 55 is for software. The hardware may change AP[2] if it tracks the dirty state. Without break
 * before make, a table may replace a block, and a leaf without the contiguous hint one with it.
 */
static u64 may_change(struct conf_fixture *f)
{
	if (f->shape->quirks & NO_BBM)
		return U64_MAX;
	return software_or_dirty_bits(f);
}

/*
 * If one of two adjacent leaves belongs to a contiguous group that contains both, both must be
 * present. They must be equal except for the address and the bits that may change on their own.
 */
static bool can_be_neighbours(struct conf_fixture *f, unsigned int level, unsigned int i,
			      u64 desc, u64 next)
{
	unsigned int n = arm_group_entries(lpae_regs(f), level);
	u64 ignored = software_or_dirty_bits(f), table;

	if (i % n == n - 1 ||
	    !((kind(f, level, desc, &table) == CONF_LEAF && desc & CONTIGUOUS) ||
	      (kind(f, level, next, &table) == CONF_LEAF && next & CONTIGUOUS)))
		return true;
	return (desc | ignored) + BIT_ULL(shift(f, level)) == (next | ignored);
}

/* AP[2] set means read only, which is clean. The hardware clears AP[2]. */
static void hardware_writes(struct conf_fixture *f, u64 iova)
{
	*(u64 *)conf_desc(f, iova) &= ~BIT_ULL(7);
}

static const struct conf_judge judge = {
	.desc_size = 8,
	.last_level = 3,
	.regs_size = sizeof(struct arm_regs),
	.registers = read_registers,
	.complaint = complaint,
	.walk = walk,
	.holds = holds,
	.words = words,
	.root = root,
	.start_level = start_level,
	.shift = shift,
	.kind = kind,
	.can_be_neighbours = can_be_neighbours,
	.may_change = may_change,
	.hardware_writes = hardware_writes,
};

const struct conf_claims lpae = {
	.shapes = shapes,
	.refused = lpae_refused,
	.judge = &judge,
	.custom_allocator = true,
	.splits_blocks = SPLITS_BLOCKS,
};

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
	conformance_dirty,
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

conformance_module(lpae, groups);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable format LPAE");
MODULE_LICENSE("GPL");
