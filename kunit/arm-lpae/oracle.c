// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table walker that works like the hardware, see oracle.h. It follows the pseudocode of DDI0487
 * J1.3 (AArch64.S1Walk, AArch64.S2Walk and the functions that these call), without the parts that
 * our tables do not use: there is no FEAT_LPA2, no FEAT_D128, no hierarchical permissions, and no
 * big endian.
 */
#include <linux/log2.h>

#include "oracle.h"

#define LAST_LEVEL	3

static u64 bits(u64 value, unsigned int high, unsigned int low)
{
	return value << (63 - high) >> (63 - high + low);
}

static bool bit(u64 value, unsigned int n)
{
	return value >> n & 1;
}

/*
 * Registers
 */

/* TCR_EL1.TG0 and VTCR_EL2.TG0: 4K, 64K, 16K. TCR_EL1.TG1: 16K, 4K, 64K. */
unsigned int arm_granule_bits(const struct arm_regs *regs)
{
	static const unsigned int tg0[] = { 12, 16, 14, 0 };
	static const unsigned int tg1[] = { 0, 14, 12, 16 };

	return regs->upper ? tg1[regs->tg & 3] : tg0[regs->tg & 3];
}

unsigned int arm_output_bits(const struct arm_regs *regs)
{
	static const unsigned int sizes[] = { 32, 36, 40, 42, 44, 48, 52, 0 };

	return sizes[regs->ps & 7];
}

static unsigned int input_bits(const struct arm_regs *regs)
{
	return 64 - regs->tsz;
}

static unsigned int stride(const struct arm_regs *regs)
{
	return arm_granule_bits(regs) - 3;
}

/* AArch64.S1StartLevel, AArch64.S2StartLevel */
unsigned int arm_start_level(const struct arm_regs *regs)
{
	static const unsigned int sl0_4k[] = { 2, 1, 0, 3 };

	if (!regs->stage2)
		return LAST_LEVEL - (input_bits(regs) - 1 - arm_granule_bits(regs)) /
				    stride(regs);
	if (arm_granule_bits(regs) == 12)
		return sl0_4k[regs->sl0 & 3];
	return LAST_LEVEL - (regs->sl0 & 3);
}

/* Return: number of input address bits below those that the descriptors of @level resolve */
static unsigned int level_bits(const struct arm_regs *regs, unsigned int level)
{
	return arm_granule_bits(regs) + (LAST_LEVEL - level) * stride(regs);
}

/* AArch64.S2InvalidSL, for a machine whose number of output address bits is that in PS */
static bool start_level_is_invalid(const struct arm_regs *regs)
{
	unsigned int pa_max = arm_output_bits(regs);
	unsigned int start = arm_start_level(regs);

	/* More input address bits than PA_MAX: the machine has a larger PA_MAX. */
	if (input_bits(regs) > pa_max)
		pa_max = 52;

	switch (arm_granule_bits(regs)) {
	case 12:
		return start == 0 && pa_max < 44;
	case 14:
		return start == 0 || (start == 1 && pa_max < 42);
	default:
		return start == 0 || (start == 1 && pa_max < 44);
	}
}

/* AArch64.S2InconsistentSL: at the start level, at most 16 tables are concatenated. */
static bool start_level_is_inconsistent(const struct arm_regs *regs)
{
	unsigned int least = level_bits(regs, arm_start_level(regs)) + 1;

	return input_bits(regs) < least ||
	       input_bits(regs) > least + stride(regs) - 1 + 4;
}

static u64 start_table_size(const struct arm_regs *regs)
{
	return 8ULL << (input_bits(regs) - level_bits(regs, arm_start_level(regs)));
}

/*
 * Return: what is wrong with the register fields, NULL if nothing is. T0SZ may be as small as
 * FEAT_LVA allows, and as large as FEAT_TTST allows.
 */
const char *arm_regs_complaint(const struct arm_regs *regs)
{
	unsigned int granule = arm_granule_bits(regs);
	unsigned int output = arm_output_bits(regs);
	u64 size;

	if (!granule)
		return "reserved granule";
	if (!output || (output == 52 && granule != 16))
		return "reserved output address size";
	if (regs->tsz < (granule == 16 ? 12 : 16) || input_bits(regs) <= granule)
		return "input address size out of range";
	if (regs->sh == 1)
		return "reserved shareability";
	if (regs->stage2 && start_level_is_inconsistent(regs))
		return "start level does not fit the input address size";
	if (regs->stage2 && start_level_is_invalid(regs))
		return "start level not available";

	size = start_table_size(regs);
	if (regs->base & ((size < 64 ? 64 : size) - 1))
		return "start table not aligned";
	if (regs->base >> output)
		return "start table beyond the output address size";
	return NULL;
}

/*
 * Descriptors
 */

static u64 output_address(const struct arm_regs *regs, u64 desc,
			  unsigned int low)
{
	u64 pa = bits(desc, 47, low) << low;

	if (arm_granule_bits(regs) == 16)
		pa |= bits(desc, 15, 12) << 48;
	return pa;
}

static bool block_is_allowed(const struct arm_regs *regs, unsigned int level)
{
	switch (arm_granule_bits(regs)) {
	case 12:
		return level == 1 || level == 2;
	case 14:
		return level == 2;
	default:
		return level == 2 || (level == 1 && arm_output_bits(regs) == 52);
	}
}

/* Return: how many leaves at @level are one group, if they have the Contiguous bit (D8.7.1) */
unsigned int arm_group_entries(const struct arm_regs *regs, unsigned int level)
{
	switch (arm_granule_bits(regs)) {
	case 12:
		return 16;
	case 14:
		return level == LAST_LEVEL ? 128 : 32;
	default:
		return 32;
	}
}

/* Return: address bits of a leaf that are below its size, and all bits that are RES0 or unused */
static u64 leaf_reserved_bits(const struct arm_regs *regs, unsigned int level)
{
	u64 reserved = 0xff87ULL << 48;	/* without 54:51: XN or UXN and PXN, 52, DBM */
	unsigned int i, low = level_bits(regs, level);

	if (!regs->contiguous)
		reserved |= 1ULL << 52;
	if (arm_granule_bits(regs) == 16)
		for (i = 16; i < low; i++)
			reserved |= 1ULL << i;
	else
		for (i = 12; i < low; i++)
			reserved |= 1ULL << i;
	if (regs->stage2)
	/* The position of nG at stage 1, and XN[0], which is RES0 without FEAT_XNX */
		reserved |= 1ULL << 11 | 1ULL << 53;
	if (regs->fwb)
		reserved |= 1ULL << 5;
	return reserved;
}

/* NSTable is the only attribute that is used. Bit 55 is for software. */
static u64 table_reserved_bits(const struct arm_regs *regs)
{
	u64 reserved = 0xff7fULL << 48 | 0xffc;
	unsigned int i;

	if (!regs->stage2)
		reserved &= ~(1ULL << 63);
	if (arm_granule_bits(regs) != 16)
		for (i = 12; i < arm_granule_bits(regs); i++)
			reserved |= 1ULL << i;
	return reserved;
}

static bool is_dirty(const struct arm_regs *regs, u64 desc)
{
	return !regs->stage2 && bit(desc, 51) && !bit(desc, 7);
}

static void decode_s1(const struct arm_regs *regs, struct arm_result *r)
{
	u64 desc = r->desc;
	bool read_only;

	r->memory = regs->mair >> (8 * bits(desc, 4, 2));
	r->ns = bit(desc, 5);
	r->not_global = bit(desc, 11);
	r->dbm = bit(desc, 51);
	r->dirty = is_dirty(regs, desc);

	/* AP[2] set: read only, unless the hardware may clear AP[2]. AP[1] set: user access. */
	read_only = bit(desc, 7) && !r->dbm;
	r->perms = ARM_PRIV_READ | (read_only ? 0 : ARM_PRIV_WRITE);
	if (bit(desc, 6))
		r->perms |= ARM_USER_READ | (read_only ? 0 : ARM_USER_WRITE);
	r->perms |= bit(desc, 53) ? 0 : ARM_PRIV_EXEC;
	r->perms |= bit(desc, 54) ? 0 : ARM_USER_EXEC;
}

/* Translate half of MemAttr: 1 is Non-cacheable, 2 Write-Through, 3 Write-Back. */
static u8 s2_cacheability(unsigned int half)
{
	static const u8 mair[] = { 0, 0x4, 0xb, 0xf };

	return mair[half];
}

static u8 s2_memory(u64 desc)
{
	static const u8 device[] = { 0x00, 0x04, 0x08, 0x0c };

	if (bits(desc, 5, 4))
		return s2_cacheability(bits(desc, 5, 4)) << 4 |
		       s2_cacheability(bits(desc, 3, 2));
	return device[bits(desc, 3, 2)];
}

/* FEAT_S2FWB, for memory that is Write-Back at stage 1. Tables do not use 4 and 7. */
static u8 s2_forced_memory(u64 desc)
{
	static const u8 memory[] = { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0x00 };

	return memory[bits(desc, 4, 2)];
}

static void decode_s2(const struct arm_regs *regs, struct arm_result *r)
{
	u64 desc = r->desc;

	r->memory = regs->fwb ? s2_forced_memory(desc) : s2_memory(desc);
	r->dbm = bit(desc, 51);
	r->perms = (bit(desc, 6) ? ARM_PRIV_READ | ARM_USER_READ : 0) |
		   (bit(desc, 7) ? ARM_PRIV_WRITE | ARM_USER_WRITE : 0) |
		   (bit(desc, 54) ? 0 : ARM_PRIV_EXEC | ARM_USER_EXEC);
}

static enum arm_fault decode_leaf(const struct arm_regs *regs,
				  struct arm_result *r, u64 va)
{
	u64 desc = r->desc;

	if (r->level < LAST_LEVEL && !block_is_allowed(regs, r->level))
		return ARM_FAULT_RESERVED;
	if (desc & leaf_reserved_bits(regs, r->level))
		return ARM_FAULT_RESERVED;

	r->pa = output_address(regs, desc, level_bits(regs, r->level)) |
		(va & (r->size - 1));
	if (r->pa >> arm_output_bits(regs))
		return ARM_FAULT_ADDRESS_SIZE;
	if (!bit(desc, 10))
		return ARM_FAULT_ACCESS_FLAG;

	r->sh = bits(desc, 9, 8);
	if (r->sh == 1)
		return ARM_FAULT_RESERVED;
	if (regs->stage2)
		decode_s2(regs, r);
	else
		decode_s1(regs, r);
	return ARM_FAULT_NONE;
}

/*
 * If a leaf has the Contiguous bit, all leaves of its group must have it. They must be equal except
 * for the address, and the group must be aligned to its size in the table and in output addresses.
 */
static enum arm_fault decode_group(const struct arm_regs *regs,
				   const struct arm_memory *memory,
				   struct arm_result *r)
{
	unsigned int i, n = arm_group_entries(regs, r->level);
	u64 size = n * r->size, first = r->desc_pa & ~(8ULL * n - 1);
	u64 desc, expected;

	if (size > 1ULL << input_bits(regs))
		return ARM_FAULT_RESERVED;
	expected = r->desc - (r->desc_pa - first) / 8 * r->size;
	if (output_address(regs, expected, level_bits(regs, r->level)) & (size - 1))
		return ARM_FAULT_RESERVED;
	for (i = 0; i < n; i++, expected += r->size) {
		if (!memory->read(memory->context, first + 8 * i, &desc))
			return ARM_FAULT_EXTERNAL;
		if (desc != expected)
			return ARM_FAULT_RESERVED;
	}
	r->size = size;
	r->contiguous = true;
	return ARM_FAULT_NONE;
}

/*
 * The walk
 */

static enum arm_fault decode(const struct arm_regs *regs,
			     const struct arm_memory *memory,
			     struct arm_result *r, u64 va)
{
	enum arm_fault fault = decode_leaf(regs, r, va);

	if (fault == ARM_FAULT_NONE && bit(r->desc, 52))
		return decode_group(regs, memory, r);
	return fault;
}

static bool input_is_in_range(const struct arm_regs *regs, u64 va)
{
	return (regs->upper ? ~va : va) >> input_bits(regs) == 0;
}

static enum arm_fault walk(const struct arm_regs *regs,
			   const struct arm_memory *memory, u64 va,
			   struct arm_result *r)
{
	unsigned int high = input_bits(regs) - 1, low;
	u64 table = regs->base;

	if (!input_is_in_range(regs, va))
		return ARM_FAULT_TRANSLATION;

	r->ns_tables = true;
	for (r->level = arm_start_level(regs); ; r->level++) {
		low = level_bits(regs, r->level);
		r->size = 1ULL << low;
		r->desc_pa = table + 8 * bits(va, high, low);
		if (!memory->read(memory->context, r->desc_pa, &r->desc))
			return ARM_FAULT_EXTERNAL;

		if (!bit(r->desc, 0))
			return ARM_FAULT_TRANSLATION;
		if (r->level == LAST_LEVEL)
			return bit(r->desc, 1) ? decode(regs, memory, r, va) :
						 ARM_FAULT_RESERVED;
		if (!bit(r->desc, 1))
			return decode(regs, memory, r, va);

		if (r->desc & table_reserved_bits(regs))
			return ARM_FAULT_RESERVED;
		r->ns_tables &= bit(r->desc, 63);
		table = output_address(regs, r->desc, arm_granule_bits(regs));
		if (table >> arm_output_bits(regs))
			return ARM_FAULT_ADDRESS_SIZE;
		high = low - 1;
	}
}

/* Translate @va. arm_regs_complaint() must be NULL for @regs. */
struct arm_result arm_walk(const struct arm_regs *regs,
			   const struct arm_memory *memory, u64 va)
{
	struct arm_result r = { };

	r.fault = walk(regs, memory, va, &r);
	return r;
}
