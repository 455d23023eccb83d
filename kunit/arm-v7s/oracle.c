// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table walker that works like the hardware, see oracle.h. It follows the pseudocode of DDI0406C
 * B3.19 (TranslationTableWalkSD and the functions that it calls), without the parts that our tables
 * do not use: there is only domain 0, no PXN, no TEX[2:1].
 */
#include "oracle.h"

#define REPLICAS	16

static u32 bits(u32 value, unsigned int high, unsigned int low)
{
	return value << (31 - high) >> (31 - high + low);
}

static bool bit(u32 value, unsigned int n)
{
	return value >> n & 1;
}

/* Return: the shareability field for the bits S and NOS of PRRR or TTBR */
static u8 shareability(bool shareable, bool not_outer)
{
	if (!shareable)
		return 0;
	return not_outer ? 3 : 2;
}

/*
 * Registers
 */

unsigned int v7s_input_bits(const struct v7s_regs *regs)
{
	return regs->mtk_ext ? regs->mtk_ias : 32 - bits(regs->ttbcr, 2, 0);
}

/* A level-1 entry translates 1M and has four bytes. */
static u32 start_table_size(const struct v7s_regs *regs)
{
	return 4U << (v7s_input_bits(regs) - 20);
}

/* Return: physical address of the level-1 table */
u64 v7s_base(const struct v7s_regs *regs)
{
	u64 base = bits(regs->ttbr, 31, 7) << 7;

	if (regs->mtk_ttbr_ext)
		base |= (u64)bits(regs->ttbr, 2, 0) << 32;
	return base;
}

/* The field IRGN has two parts: IRGN[0] is bit 6, IRGN[1] is bit 0. */
struct v7s_walks v7s_walks(const struct v7s_regs *regs)
{
	u32 ttbr = regs->ttbr;

	return (struct v7s_walks) {
		.sh = shareability(bit(ttbr, 1), bit(ttbr, 5)),
		.irgn = bit(ttbr, 0) << 1 | bit(ttbr, 6),
		.orgn = bits(ttbr, 4, 3),
	};
}

static const char *ttbr_complaint(const struct v7s_regs *regs)
{
	if (v7s_base(regs) & (start_table_size(regs) - 1))
		return "start table not aligned";
	if (!regs->mtk_ext && bit(regs->ttbr, 2))
		return "implementation-defined bit of TTBR";
	if (regs->mtk_ext && bits(regs->ttbr, 6, regs->mtk_ttbr_ext ? 3 : 0))
		return "attribute or address bits in the base of an M4U";
	return NULL;
}

/* In PRRR, bits 23:20 are RES0, and no region has the reserved type 3. */
static const char *remap_complaint(const struct v7s_regs *regs)
{
	unsigned int n;

	if (bits(regs->prrr, 23, 20))
		return "reserved bits of PRRR";
	for (n = 0; n < 8; n++)
		if (bits(regs->prrr, 2 * n + 1, 2 * n) == 3)
			return "reserved memory type in PRRR";
	return NULL;
}

/* Return: what is wrong with the registers, NULL if nothing is */
const char *v7s_regs_complaint(const struct v7s_regs *regs)
{
	if (bit(regs->ttbcr, 31))
		return "TTBCR.EAE: that is the other format";
	if (bit(regs->ttbcr, 4))
		return "TTBCR.PD0: no walks";
	if (regs->ttbcr & ~0x27)
		return "reserved bits of TTBCR";
	if (regs->mtk_ttbr_ext && !regs->mtk_ext)
		return "MediaTek's base without MediaTek's descriptors";
	if (regs->mtk_ext && (regs->mtk_ias < 32 || regs->mtk_ias > 34))
		return "input address size of an M4U out of range";
	return ttbr_complaint(regs) ?: remap_complaint(regs);
}

/*
 * Descriptors. Level 1: 0b00 invalid, 0b01 table, 0b1x section, or supersection if bit 18 is
 * set. Level 2: 0b00 invalid, 0b01 large page, 0b1x page.
 */

/**
 * struct leaf - positions of the fields in a kind of leaf entry
 * @low: lowest bit of the output address; the size is 1 << low
 * @ap: AP[1:0]
 * @ap2: AP[2]
 * @tex: TEX[0]
 * @xn: XN
 * @s: S
 * @ng: nG
 * @reserved: all bits that are not used: domain, PXN, TEX[2:1], SBZ
 */
struct leaf {
	u8 low;
	u8 ap;
	u8 ap2;
	u8 tex;
	u8 xn;
	u8 s;
	u8 ng;
	u32 reserved;
};

static const struct leaf section = {
	.low = 20, .ap = 10, .ap2 = 15, .tex = 12, .xn = 4, .s = 16, .ng = 17,
	.reserved = 0x000063e1,
};

/* PA[39:36] of a supersection are in the domain field of a section. */
static const struct leaf supersection = {
	.low = 24, .ap = 10, .ap2 = 15, .tex = 12, .xn = 4, .s = 16, .ng = 17,
	.reserved = 0x00006201,
};

static const struct leaf large_page = {
	.low = 16, .ap = 4, .ap2 = 9, .tex = 12, .xn = 15, .s = 10, .ng = 11,
	.reserved = 0x000061c0,
};

static const struct leaf small_page = {
	.low = 12, .ap = 4, .ap2 = 9, .tex = 6, .xn = 0, .s = 10, .ng = 11,
	.reserved = 0x00000180,
};

static bool is_leaf(u32 desc, unsigned int level)
{
	return level == 2 || bit(desc, 1);
}

static const struct leaf *leaf_of(u32 desc, unsigned int level)
{
	if (level == 1)
		return bit(desc, 18) ? &supersection : &section;
	return bit(desc, 1) ? &small_page : &large_page;
}

/* MediaTek's upper output address bits, at the same positions in every kind of descriptor */
#define MTK_PA32	0x200
#define MTK_PA33	0x010
#define MTK_PA34	0x020
#define MTK_PA		(MTK_PA32 | MTK_PA33 | MTK_PA34)

static u64 mtk_high_address(u32 desc)
{
	return (desc & MTK_PA32 ? 1ULL << 32 : 0) |
	       (desc & MTK_PA33 ? 1ULL << 33 : 0) |
	       (desc & MTK_PA34 ? 1ULL << 34 : 0);
}

/* Return: the bits that must be 0; these include AP and XN if the MMU does not use them */
static u32 leaf_reserved_bits(const struct v7s_regs *regs,
			      const struct leaf *leaf)
{
	u32 reserved = leaf->reserved;

	if (regs->no_perms)
		reserved |= 3U << leaf->ap | 1U << leaf->ap2 | 1U << leaf->xn;
	if (regs->mtk_ext) {
		if (leaf == &supersection)
			reserved |= 0x00f001e0;
		reserved &= ~MTK_PA;
	}
	return reserved;
}

static u64 leaf_address(const struct v7s_regs *regs, const struct leaf *leaf,
			u32 desc)
{
	u64 pa = bits(desc, 31, leaf->low) << leaf->low;

	if (regs->mtk_ext)
		return pa | mtk_high_address(desc);
	if (leaf == &supersection)
		pa |= (u64)bits(desc, 23, 20) << 32 |
		      (u64)bits(desc, 8, 5) << 36;
	return pa;
}

/* AP[2] set: read only. AP[1] set: user access. XN set: no execution, privileged or user. */
static unsigned int leaf_perms(const struct v7s_regs *regs,
			       const struct leaf *leaf, u32 desc)
{
	unsigned int perms = V7S_ALL_PERMS;

	if (regs->no_perms)
		return perms;
	if (bit(desc, leaf->ap2))
		perms &= ~(V7S_PRIV_WRITE | V7S_USER_WRITE);
	if (bit(desc, leaf->xn))
		perms &= ~(V7S_PRIV_EXEC | V7S_USER_EXEC);
	if (!bit(desc, leaf->ap + 1))
		perms &= ~(V7S_USER_READ | V7S_USER_WRITE | V7S_USER_EXEC);
	return perms;
}

/* Return: two bits of cacheability in NMRR, translated to half of an attribute byte in MAIR */
static u8 cacheability(unsigned int region)
{
	static const u8 mair[] = { 0x4, 0xf, 0xa, 0xe };

	return mair[region];
}

/*
 * TEX remap (DDI0406C B3.8.3): TEX[0], C and B select fields of PRRR and NMRR. PRRR also maps bit S
 * to a shareability, by DS0 and DS1 for Device memory, and by NS0 and NS1 for Normal memory.
 */
static void decode_memory(const struct v7s_regs *regs, const struct leaf *leaf,
			  struct v7s_result *r)
{
	unsigned int n = bit(r->desc, leaf->tex) << 2 | bits(r->desc, 3, 2);
	bool s = bit(r->desc, leaf->s), not_outer = bit(regs->prrr, 24 + n);

	switch (bits(regs->prrr, 2 * n + 1, 2 * n)) {
	case 0:
		r->memory = 0x00;
		r->sh = shareability(true, false);
		break;
	case 1:
		r->memory = 0x04;
		r->sh = shareability(bit(regs->prrr, 16 + s), not_outer);
		break;
	default:
		r->memory = cacheability(bits(regs->nmrr, 2 * n + 17, 2 * n + 16)) << 4 |
			    cacheability(bits(regs->nmrr, 2 * n + 1, 2 * n));
		r->sh = shareability(bit(regs->prrr, 18 + s), not_outer);
		break;
	}
}

/* The 16 entries of a large page or supersection must be equal. */
static enum v7s_fault check_replicas(const struct v7s_memory *memory,
				     const struct v7s_result *r)
{
	u64 first = r->desc_pa & ~(REPLICAS * 4ULL - 1);
	unsigned int i;
	u32 desc;

	for (i = 0; i < REPLICAS; i++) {
		if (!memory->read(memory->context, first + 4 * i, &desc))
			return V7S_FAULT_EXTERNAL;
		if (desc != r->desc)
			return V7S_FAULT_RESERVED;
	}
	return V7S_FAULT_NONE;
}

static enum v7s_fault decode_leaf(const struct v7s_regs *regs,
				  const struct v7s_memory *memory, u64 va,
				  struct v7s_result *r)
{
	const struct leaf *leaf = leaf_of(r->desc, r->level);

	r->size = 1ULL << leaf->low;
	r->contiguous = leaf == &supersection || leaf == &large_page;
	if (r->desc & leaf_reserved_bits(regs, leaf))
		return V7S_FAULT_RESERVED;
	if (!regs->no_perms && !bit(r->desc, leaf->ap))
		return V7S_FAULT_ACCESS_FLAG;

	r->pa = leaf_address(regs, leaf, r->desc) | (va & (r->size - 1));
	r->perms = leaf_perms(regs, leaf, r->desc);
	r->not_global = bit(r->desc, leaf->ng);
	if (r->level == 1)
		r->ns = bit(r->desc, 19);
	decode_memory(regs, leaf, r);
	return r->contiguous ? check_replicas(memory, r) : V7S_FAULT_NONE;
}

/* NS is the only attribute of a table descriptor that is used. */
static u32 table_reserved_bits(const struct v7s_regs *regs)
{
	u32 reserved = 0x3f4;

	return regs->mtk_ttbr_ext ? reserved & ~MTK_PA : reserved;
}

static u64 table_address(const struct v7s_regs *regs, u32 desc)
{
	u64 pa = bits(desc, 31, 10) << 10;

	return regs->mtk_ttbr_ext ? pa | mtk_high_address(desc) : pa;
}

/*
 * The walk
 */

static enum v7s_fault walk(const struct v7s_regs *regs,
			   const struct v7s_memory *memory, u64 va,
			   struct v7s_result *r)
{
	if (va >> v7s_input_bits(regs))
		return V7S_FAULT_TRANSLATION;

	r->level = 1;
	r->size = 1ULL << section.low;
	r->desc_pa = v7s_base(regs) + 4 * (va >> section.low);
	if (!memory->read(memory->context, r->desc_pa, &r->desc))
		return V7S_FAULT_EXTERNAL;
	if (!bits(r->desc, 1, 0))
		return V7S_FAULT_TRANSLATION;
	if (is_leaf(r->desc, 1))
		return decode_leaf(regs, memory, va, r);
	if (r->desc & table_reserved_bits(regs))
		return V7S_FAULT_RESERVED;

	r->ns = bit(r->desc, 3);
	r->level = 2;
	r->size = 1ULL << small_page.low;
	r->desc_pa = table_address(regs, r->desc) +
		     4 * bits(va, section.low - 1, small_page.low);
	if (!memory->read(memory->context, r->desc_pa, &r->desc))
		return V7S_FAULT_EXTERNAL;
	if (!bits(r->desc, 1, 0))
		return V7S_FAULT_TRANSLATION;
	return decode_leaf(regs, memory, va, r);
}

/* Translate @va. v7s_regs_complaint() must be NULL for @regs. */
struct v7s_result v7s_walk(const struct v7s_regs *regs,
			   const struct v7s_memory *memory, u64 va)
{
	struct v7s_result r = { };

	r.fault = walk(regs, memory, va, &r);
	return r;
}
